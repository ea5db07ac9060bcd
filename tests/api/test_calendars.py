"""Calendar links: iCalendar that programs read, behind an address that can be revoked."""

from datetime import date

import pytest
from icalendar import Calendar

from tests.api.calls import Stage, System
from tests.support.hub import DE, notice


@pytest.fixture
def feed(here: Stage, france: System, germany: System) -> str:
    """The path of Germany's calendar, with an objection window in it."""
    assert france.send(notice(here.hub)).status_code == 202
    return made_by(germany)


def made_by(system: System) -> str:
    answer = system.post_json("/api/v1/calendar-links", {"label": "Outlook"})
    assert answer.status_code == 201, answer.text
    return str(answer.json["url"]).removeprefix("https://hub.example")


def test_the_calendar_has_an_event_for_each_clock_of_the_participant(here: Stage, germany: System, feed: str) -> None:
    answer = here.client().get(feed)
    calendar = Calendar.from_ical(answer.data)
    assert (calendar["method"], answer.headers["Cache-Control"]) == ("PUBLISH", "no-store")
    assert calendar["refresh-interval"].dt.total_seconds() == 6 * 3600
    clocks = {clock["id"]: clock for clock in germany.get("/api/v1/clocks").json["clocks"] if clock["end"]}
    events = {str(event["uid"]).partition("@")[0]: event for event in calendar.walk("VEVENT")}
    assert set(events) == set(clocks)
    for id_, event in events.items():
        assert event["dtstart"].dt == date.fromisoformat(clocks[id_]["end"])
        assert str(event["description"]) == clocks[id_]["explanation"]
        assert str(event["summary"]).startswith(clocks[id_]["case"])


def test_the_calendar_says_nothing_of_what_notices_contain(here: Stage, feed: str) -> None:
    assert b"Veridia" not in here.client().get(feed).data


def test_the_calendar_is_the_same_until_a_clock_changes(here: Stage, feed: str) -> None:
    etag = here.client().get(feed).headers["ETag"]
    assert here.client().get(feed, headers={"If-None-Match": etag}).status_code == 304


def test_a_revoked_link_is_as_unknown_as_none(here: Stage, germany: System, feed: str) -> None:
    [link] = germany.get("/api/v1/calendar-links").json["links"]
    assert germany.delete(f"/api/v1/calendar-links/{link['id']}").status_code == 204
    revoked, unknown = here.client().get(feed), here.client().get("/calendar/never-made.ics")
    assert (revoked.status_code, unknown.status_code) == (404, 404)
    assert revoked.json["detail"] == unknown.json["detail"]
    assert germany.get("/api/v1/calendar-links").json["links"] == []


def test_nobody_revokes_anothers_link(germany: System, france: System, feed: str) -> None:
    [link] = germany.get("/api/v1/calendar-links").json["links"]
    assert france.delete(f"/api/v1/calendar-links/{link['id']}").status_code == 404
    assert france.delete("/api/v1/calendar-links/x").status_code == 404
    assert len(germany.get("/api/v1/calendar-links").json["links"]) == 1


def test_the_address_is_shown_once_also_to_a_repeated_call(germany: System) -> None:
    first, again = (
        germany.post_once("/api/v1/calendar-links", {"label": "Phone"}, "the-same-call").json for _ in range(2)
    )
    assert first["url"].startswith("https://hub.example/calendar/")
    assert again == first | {"url": None}
    assert len(germany.get("/api/v1/calendar-links").json["links"]) == 1


def test_the_use_of_a_link_is_noted(here: Stage, germany: System, feed: str) -> None:
    assert germany.get("/api/v1/calendar-links").json["links"][0]["used_at"] is None
    here.client().get(feed)
    assert germany.get("/api/v1/calendar-links").json["links"][0]["used_at"] is not None


def test_an_event_warns_as_the_hub_does(here: Stage, feed: str) -> None:
    calendar = Calendar.from_ical(here.client().get(feed).data)
    assert all(event.walk("VALARM") for event in calendar.walk("VEVENT")), DE
