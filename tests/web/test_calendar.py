"""The calendar: the periods ahead, a month with whose holidays count, the Act's dates, links for calendar programs."""

import re
from collections.abc import Iterator
from html import unescape

import pytest
from flask import Flask
from flask.testing import FlaskClient

from board_hub.services.access import Role
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.people.officials import Held
from tests.support.cases import issue
from tests.support.hub import FR, sqlite_settings
from tests.support.officials import add_official, form_token, sign_in
from tests.support.statements import counted_statements
from tests.web.case_scene import ESTONIA, GERMANY, CaseScene, open_scene, play_case
from tests.web.html import read_page

PAGE = "/calendar-view"
ADDRESS = re.compile(r'id="calendar-address">[^<]*(/calendar/[^<]+\.ics)<')


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaseScene]:
    folder = tmp_path_factory.mktemp("calendar")
    hub = prepare(sqlite_settings(folder))
    scene = open_scene(hub, folder)
    play_case(scene)
    yield scene
    hub.engine.dispose()


@pytest.fixture(scope="module")
def app(scene: CaseScene) -> Flask:
    return scene.app()


@pytest.fixture(scope="module")
def estonia(scene: CaseScene, app: Flask) -> FlaskClient:
    return sign_in(app, add_official(scene.hub, [Held(ESTONIA, Role.CASE_HANDLER)]))


def text_of(client: FlaskClient, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status, (path, answer.status_code)
    return unescape(answer.get_data(as_text=True))


def test_the_periods_ahead_are_those_of_ones_own(scene: CaseScene, estonia: FlaskClient) -> None:
    page = text_of(estonia, PAGE)
    for words in (
        scene.case,
        "Objection to the provisional measure",
        "Tue 2 Feb 2027",
        "not confirmed",
        "concerns you",
    ):
        assert words in page, words
    html = read_page(page)
    assert (html.unclosed, html.inline_scripts, len(html.ids)) == ([], 0, len(set(html.ids)))


def test_a_month_shows_what_ends_in_it_and_its_holidays(scene: CaseScene, estonia: FlaskClient) -> None:
    page = text_of(estonia, f"{PAGE}?month=2027-02")
    month = page[page.index('id="month"') : page.index('id="fixed"')]
    assert scene.case in month
    assert "Independence Day" in month
    later = text_of(estonia, f"{PAGE}?month=2027-08")
    assert "national AI regulatory sandbox" in later[later.index('id="month"') : later.index('id="fixed"')]


def test_it_is_narrowed_by_participant_and_kind(scene: CaseScene, app: Flask) -> None:
    both = sign_in(app, add_official(scene.hub, [Held(ESTONIA, Role.EXPERT), Held("ES-MSA", Role.EXPERT)]))
    agenda = re.compile(r'id="agenda".*?</section>', re.DOTALL)

    def rows(query: str) -> int:
        found = agenda.search(text_of(both, f"{PAGE}{query}"))
        assert found is not None
        return found[0].count("data-key=")

    assert (rows(""), rows(f"?participant={ESTONIA}"), rows("?kind=limit")) == (2, 1, 0)


@pytest.mark.parametrize(
    "query", ["month=2027-13", "month=0001-01", "month=x", "kind=late", f"participant={GERMANY}", "later=x"]
)
def test_a_filter_with_rubbish_says_what_is_wrong(estonia: FlaskClient, query: str) -> None:
    assert "Must be" in text_of(estonia, f"{PAGE}?{query}", 422)


def test_a_link_shows_its_secret_once_and_can_be_revoked(app: Flask, estonia: FlaskClient) -> None:
    token = form_token(estonia, PAGE)
    given = {"csrf_token": token, "participant": ESTONIA, "label": "phone"}
    made = estonia.post(f"{PAGE}/links", data=given)
    assert made.status_code == 201
    found = ADDRESS.search(made.get_data(as_text=True))
    assert found is not None
    assert b"BEGIN:VCALENDAR" in app.test_client().get(found[1]).data
    page = text_of(estonia, PAGE)
    assert "phone" in page
    assert found[1] not in page
    revoke = re.search(r'action="(/calendar-view/links/[^"]+/revoke)"', page)
    assert revoke is not None
    assert estonia.post(revoke[1], data={"csrf_token": token, "participant": ESTONIA}).status_code == 303
    assert app.test_client().get(found[1]).status_code == 404


def test_a_link_is_for_ones_own_participants_alone(scene: CaseScene, app: Flask, estonia: FlaskClient) -> None:
    token = form_token(estonia, PAGE)
    given = {"csrf_token": token, "participant": FR, "label": ""}
    assert estonia.post(f"{PAGE}/links", data=given).status_code == 403
    assert estonia.post(f"{PAGE}/links", data=given | {"participant": ESTONIA, "label": "x" * 101}).status_code == 422
    auditor = sign_in(app, add_official(scene.hub, [Held("EU-AIO", Role.AUDITOR)]))
    assert "No period of yours is running" in text_of(auditor, PAGE)
    given = {"csrf_token": form_token(estonia, PAGE), "participant": "EU-AIO"}
    assert estonia.post(f"{PAGE}/links", data=given).status_code == 403


def test_more_periods_cost_the_same_statements(scene: CaseScene, estonia: FlaskClient) -> None:
    costs = []
    for more in (1, 10):
        for _ in range(more):
            issue(scene.hub, scene.parties[FR])
        text_of(estonia, PAGE)
        with counted_statements(scene.hub) as statements:
            text_of(estonia, PAGE)
        costs.append(len(statements))
    assert costs[0] == costs[1], costs
