"""The overview: what the reader may see and nothing more, each picture with its table."""

from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient

from board_hub.domain.events import HUB
from board_hub.law.members import MEMBERS
from board_hub.services.access import NOBODY, Role, reader_of
from board_hub.services.desk.answer_times import Share, answer_times
from board_hub.services.desk.case_counts import count_cases
from board_hub.services.desk.clocks_ahead import count_clocks_ahead
from board_hub.services.people.officials import Held
from board_hub.services.unit_of_work import Hub
from board_hub.web.tile_map import PLACES, draw
from tests.support.officials import add_official, sign_in

QUARTER = timedelta(days=90)


def text(client: FlaskClient, path: str = "/overview", status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status
    return response.get_data(as_text=True)


def cases(hub: Hub, *codes: str) -> dict[str, int]:
    with hub.work(HUB) as uow:
        reader = reader_of([uow.directory.participants[code] for code in codes]) if codes else NOBODY
        found: dict[str, int] = {}
        for one in count_cases(uow, reader, uow.now - QUARTER):
            found[one.member] = found.get(one.member, 0) + one.number
    return found


def test_each_state_counts_the_cases_that_the_reader_may_see(hub: Hub) -> None:
    germany, malta = cases(hub, "DE-BNETZA"), cases(hub, "MT-MDIA")
    assert (germany["FR"], germany["DE"], germany["IT"]) == (7, 6, 3)
    assert (malta["FR"], malta["DE"], malta["IT"]) == (7, 5, 2), "requests between others are not its own"
    assert cases(hub) == {}


def test_the_page_shows_numbers_links_and_the_table_of_the_map(client: FlaskClient) -> None:
    page = text(client)
    assert "<title>FR 7 cases, France</title>" in page
    assert page.count('class="hub-tile hub-tile--') == 28
    assert page.count("The numbers as a table") >= 2


def test_who_reads_no_content_counts_nothing(app: Flask, hub: Hub) -> None:
    auditor = sign_in(app, add_official(hub, [Held("EU-AIO", Role.AUDITOR)]))
    page = text(auditor)
    assert "No case was opened in this time that you may see" in page
    assert "7 cases" not in page


def test_what_one_reader_is_shown_is_kept_for_nobody_else(app: Flask, client: FlaskClient, hub: Hub) -> None:
    text(client)
    malta = sign_in(app, add_official(hub, [Held("MT-MDIA", Role.CASE_HANDLER)]))
    assert "IT 2 cases, Italy" in text(malta)
    assert "IT 3 cases, Italy" in text(client)


def test_answer_times_are_those_of_the_scoreboard(hub: Hub) -> None:
    with hub.work(HUB) as uow:
        reader = reader_of([uow.directory.participants["DE-BNETZA"]])
        asked, asking = answer_times(uow, reader, uow.now - QUARTER)
    assert (asked.number, asked.answered, asked.median_days) == (3, 2, pytest.approx(16))
    assert (asked.accepted_soon, asked.by_agreed_date) == (Share(2, 3), Share(1, 2))
    assert asked.within_legal_period == Share(2, 2), "what still runs is neither kept nor broken"
    assert (asking.number, asking.median_days, asking.accepted_soon) == (1, pytest.approx(9), Share(1, 1))


def test_periods_ahead_are_those_of_the_reader_by_week(hub: Hub) -> None:
    with hub.work(HUB) as uow:
        reader = reader_of([uow.directory.participants["DE-BNETZA"]])
        ahead = count_clocks_ahead(uow, reader, "Europe/Brussels")
        nothing = count_clocks_ahead(uow, NOBODY, "Europe/Brussels")
    assert len(ahead.weeks) == 12
    assert sum(sum(week.by_kind.values()) for week in ahead.weeks) >= 1
    assert all(week.monday.weekday() == 0 for week in ahead.weeks)
    assert sum(sum(week.by_kind.values()) for week in nothing.weeks) == nothing.later == 0


@pytest.mark.parametrize("days", ["31", "x", "-1", ""])
def test_another_time_than_those_offered_is_refused(client: FlaskClient, days: str) -> None:
    assert "days must be one of 30, 90, 365" in text(client, f"/overview?days={days}", 400)


def test_the_map_has_every_member_state_once_and_no_two_in_one_place() -> None:
    states = {one.code for one in MEMBERS if one.kind == "member_state"}
    assert set(PLACES) == states | {"EU"}
    assert len(set(PLACES.values())) == len(PLACES)


@pytest.mark.parametrize("most", [0, 1, 2, 3, 5, 1000])
def test_the_key_of_the_map_says_what_the_shades_mean(most: int) -> None:
    for number in {0, 1, most // 2, most} & set(range(most + 1)):
        drawn = draw({"FR": most, "DE": number})
        shade = next(tile.shade for tile in drawn.tiles if tile.code == "DE")
        fits = [step for step, first, last in drawn.steps if first <= number <= last]
        assert ([shade] if shade else []) == fits
