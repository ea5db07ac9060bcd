"""The profile: preferences kept, sessions ended, links shown once, and nothing of anybody else's."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from board_hub.domain.events import HUB
from board_hub.services.access import Role
from board_hub.services.clocks.calendar_links import make_link
from board_hub.services.people.officials import Held, Person
from board_hub.services.people.sessions import Limits, list_sessions
from board_hub.services.unit_of_work import Hub
from board_hub.store.people_tables import ClaimRule, Official
from tests.support.officials import add_official, form_token, sign_in

LIMITS = Limits(timedelta(minutes=30), timedelta(hours=9))


def post(client: FlaskClient, path: str, status: int = 303, **form: str) -> str:
    response = client.post(path, data={"csrf_token": form_token(client, "/profile"), **form})
    assert response.status_code == status, response.get_data(as_text=True)[:2000]
    return response.get_data(as_text=True)


def text(client: FlaskClient) -> str:
    response = client.get("/profile")
    assert response.status_code == 200
    return response.get_data(as_text=True)


@pytest.fixture
def somebody(hub: Hub) -> Person:
    """An official of the test's own."""
    return add_official(hub, [Held("FR-CNIL", Role.CASE_HANDLER)], name="Anne Petit")


@pytest.fixture
def own(app: Flask, somebody: Person) -> FlaskClient:
    return sign_in(app, somebody)


def stored(hub: Hub, person: Person) -> Official:
    with hub.work(HUB) as uow:
        found = uow.session.get(Official, person.id)
        assert found is not None
        return found


def test_language_and_zone_are_kept(own: FlaskClient, hub: Hub, somebody: Person) -> None:
    post(own, "/profile/language", language="fr", time_zone="Europe/Paris")
    official = stored(hub, somebody)
    assert (official.language, official.time_zone) == ("fr", "Europe/Paris")
    assert '<html lang="fr"' in text(own)


def test_all_24_languages_are_offered_the_complete_ones_first(own: FlaskClient) -> None:
    offered = text(own).split('name="language"', 1)[1].split("</select>", 1)[0]
    codes = re.findall(r'<option value="(\w\w)"', offered)
    assert len(codes) == 24
    assert set(codes[:3]) == {"en", "fr", "de"}


def test_mails_are_kept_and_a_warning_cannot_be_switched_off(own: FlaskClient, hub: Hub, somebody: Person) -> None:
    post(own, "/profile/mails", notice="never", clock_warned="daily")
    assert stored(hub, somebody).preferences["mails"] == {"notice": "never", "clock_warned": "daily"}
    page = post(own, "/profile/mails", status=422, clock_warned="never")
    assert "Choose one of immediate, daily." in page
    assert stored(hub, somebody).preferences["mails"]["clock_warned"] == "daily"


def test_a_form_from_elsewhere_changes_nothing(own: FlaskClient, hub: Hub, somebody: Person) -> None:
    assert own.post("/profile/mails", data={"notice": "weekly"}).status_code == 400
    assert stored(hub, somebody).preferences == {}


def test_this_session_is_marked_and_another_is_ended(app: Flask, own: FlaskClient, hub: Hub, somebody: Person) -> None:
    other = sign_in(app, somebody)
    page = text(own)
    assert page.count("this one") == 1
    [path] = re.findall(r'action="(/profile/sessions/[0-9a-f]{16}/end)"', page)
    post(own, path)
    assert other.get("/profile").status_code == 303
    assert own.get("/profile").status_code == 200


def test_all_others_are_ended_at_once(app: Flask, own: FlaskClient, hub: Hub, somebody: Person) -> None:
    others = [sign_in(app, somebody) for _ in range(2)]
    post(own, "/profile/sessions/end-others")
    assert [one.get("/profile").status_code for one in others] == [303, 303]
    with hub.work(HUB) as uow:
        assert len(list_sessions(uow, somebody.id, LIMITS)) == 1


def test_nobody_ends_or_revokes_what_is_somebody_elses(
    own: FlaskClient, client: FlaskClient, hub: Hub, person: Person
) -> None:
    with hub.work(HUB) as uow:
        session_id = list_sessions(uow, person.id, LIMITS)[0].id
        participant = uow.directory.participants["FR-CNIL"]
        link = make_link(uow, participant, official=str(person.id)).link
        uow.commit()
    foreign = post(own, f"/profile/sessions/{session_id[:16]}/end", status=404)
    absent = post(own, "/profile/sessions/0123456789abcdef/end", status=404)
    assert _without_token(foreign) == _without_token(absent)
    post(own, f"/profile/calendar-links/{link.id}/revoke", status=404)
    post(own, "/profile/calendar-links/rubbish/revoke", status=404)


def _without_token(page: str) -> str:
    return re.sub(r'(csrf_token" value=")[^"]*|<code[^>]*>[^<]*</code>', "", page)


def test_a_calendar_link_is_shown_once_works_and_is_revoked(own: FlaskClient) -> None:
    post(own, "/profile/calendar-links", participant="FR-CNIL", label="Outlook")
    page = text(own)
    [address] = re.findall(r"<code>http://127.0.0.1:8080(/calendar/[^<]+\.ics)</code>", page)
    assert address not in text(own)
    assert own.get(address).status_code == 200
    [path] = re.findall(r'action="(/profile/calendar-links/[0-9a-f-]{36}/revoke)"', page)
    post(own, path)
    assert own.get(address).status_code == 404


def test_a_link_ends_with_the_role_of_who_made_it(own: FlaskClient, hub: Hub, somebody: Person) -> None:
    post(own, "/profile/calendar-links", participant="FR-CNIL")
    [address] = re.findall(r"<code>http://127.0.0.1:8080(/calendar/[^<]+\.ics)</code>", text(own))
    with hub.work(HUB) as uow:
        official = uow.session.get(Official, somebody.id)
        assert official is not None
        official.ended_at = uow.now
        uow.commit()
    assert own.get(address).status_code == 404


def test_no_link_is_made_for_an_authority_one_does_not_act_for(own: FlaskClient) -> None:
    post(own, "/profile/calendar-links", status=422, participant="DE-BNETZA")


def test_roles_say_where_they_come_from(own: FlaskClient, hub: Hub, somebody: Person) -> None:
    with hub.work(HUB) as uow:
        uow.session.add(
            ClaimRule(provider="FR", claim="groups", value="ai-team", participant="FR-CNIL", role=Role.CASE_HANDLER)
        )
        uow.commit()
    page = text(own)
    assert "groups = ai-team" in page
    assert "Case handler" in page


def test_an_auditor_is_not_offered_what_it_is_never_told(app: Flask, hub: Hub) -> None:
    page = text(sign_in(app, add_official(hub, [Held("EU-AIO", Role.AUDITOR)])))
    assert 'name="notice"' not in page
    assert 'name="sign_in"' in page
