"""My actions and Cases: what they show, for whom, and what they do with rubbish."""

import csv
import io
from collections.abc import Iterator
from zipfile import ZipFile

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.events import HUB
from board_hub.services.people.officials import Person
from board_hub.services.unit_of_work import Hub
from board_hub.store.desk_tables import SavedView
from board_hub.store.tables import EvidenceLeaf
from board_hub.wsgi import create_app
from tests.support.hub import EE, FR, Party, join_four, notice, send, sqlite_settings
from tests.support.officials import HANDLER_DE, SECRETARIAT, add_official, form_token, sign_in
from tests.support.statements import counted_statements


@pytest.fixture
def parties(sqlite_hub: Hub) -> dict[str, Party]:
    return join_four(sqlite_hub)


@pytest.fixture
def app(sqlite_hub: Hub, parties: dict[str, Party], tmp_path: object) -> Flask:
    return create_app(sqlite_settings(tmp_path), sqlite_hub)  # type: ignore[arg-type]


@pytest.fixture
def handler(sqlite_hub: Hub, parties: dict[str, Party]) -> Person:
    return add_official(sqlite_hub, HANDLER_DE)


@pytest.fixture
def client(app: Flask, handler: Person) -> FlaskClient:
    return sign_in(app, handler)


def issue(hub: Hub, parties: dict[str, Party], notice_type: str = "art79-5", sender: str = FR) -> None:
    outcome = send(hub, parties[sender].arrival(notice(hub, sender, notice_type)))
    assert outcome.accepted, outcome.flaws


def page(client: FlaskClient, address: str, **options: object) -> str:
    answer = client.get(address, **options)  # type: ignore[arg-type]
    assert answer.status_code == 200, answer.get_data(as_text=True)[:500]
    return answer.get_data(as_text=True)


def test_who_has_nothing_to_do_is_told_so(client: FlaskClient) -> None:
    assert "Nothing needs you at the moment" in page(client, "/")
    assert "There is no case yet" in page(client, "/cases")


def test_a_window_stands_on_the_first_page_with_its_end_and_what_answers_it(
    client: FlaskClient, sqlite_hub: Hub, parties: dict[str, Party]
) -> None:
    issue(sqlite_hub, parties)
    text = page(client, "/")
    for words in ("Deadlines and windows", "Window", "days left", "Why it ends then", "Not opened yet", "New since"):
        assert words in text, words
    objection = sqlite_hub.catalogues[max(sqlite_hub.catalogues)].notice_types["art79-8-objection"]
    assert objection.title["en"] in text


def test_a_refresh_of_what_has_not_changed_is_empty(
    client: FlaskClient, sqlite_hub: Hub, parties: dict[str, Party]
) -> None:
    issue(sqlite_hub, parties)
    for address in ("/", "/cases"):
        text = page(client, address)
        refresh = text.split('hx-get="', 1)[1].split('"', 1)[0].replace("&amp;", "&")
        assert client.get(refresh, headers={"HX-Request": "true"}).status_code == 204
        issue(sqlite_hub, parties)
        assert client.get(refresh, headers={"HX-Request": "true"}).status_code == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=zzzzz", False),
        ("state=open", True),
        ("state=closed", False),
        ("part=addressed", True),
        ("part=sent", False),
        ("procedure=art79&type=art79-5&member=FR&participant=FR-CNIL&marking=restricted", True),
        ("ends=2099-01-01", True),
        ("since=2099-01-01", False),
    ],
)
def test_filters_narrow_the_list(
    client: FlaskClient, sqlite_hub: Hub, parties: dict[str, Party], query: str, found: bool
) -> None:
    issue(sqlite_hub, parties)
    assert ("AIB-" in page(client, f"/cases?{query}")) is found


@pytest.mark.parametrize(
    "query",
    ["state=x", "marking=x%00", "ends=yesterday", "since=2026-02-31", "q=%25%22", "type=nothing", "ends=9999-12-31"],
)
def test_a_filter_that_means_nothing_is_explained(client: FlaskClient, query: str) -> None:
    assert "Please mend the following" in page(client, f"/cases?{query}")


@pytest.mark.parametrize("text", ['"', "*", "a OR", "NEAR(", "x' OR 1=1 --", "()", "words:", "\u0000", "-a", "é*" * 90])
def test_no_query_breaks_the_search(client: FlaskClient, sqlite_hub: Hub, parties: dict[str, Party], text: str) -> None:
    issue(sqlite_hub, parties)
    assert client.get("/cases", query_string={"q": text}).status_code == 200


def test_a_cursor_of_nobody_s_is_refused(client: FlaskClient) -> None:
    for address in ("/?after=x", "/cases?after=x"):
        assert 400 <= client.get(address).status_code < 500


def test_who_is_not_addressed_finds_nothing(
    app: Flask, sqlite_hub: Hub, parties: dict[str, Party], handler: Person
) -> None:
    issue(sqlite_hub, parties)
    stranger = sign_in(app, add_official(sqlite_hub, (), name="Nobody"))
    assert "AIB-" not in page(stranger, "/cases")
    assert "AIB-" not in page(stranger, "/")


def test_a_view_is_kept_opened_and_deleted_by_its_owner_alone(
    app: Flask, client: FlaskClient, sqlite_hub: Hub, parties: dict[str, Party]
) -> None:
    issue(sqlite_hub, parties)
    token = form_token(client, "/cases?state=open")
    kept = {"csrf_token": token, "name": "Open ones", "query": "state=open"}
    assert client.post("/cases/views", data=kept).location == "/cases?state=open"
    assert "Open ones" in page(client, "/cases")
    with sqlite_hub.work(HUB) as uow:
        view_id = uow.session.execute(select(col(SavedView.id))).scalar_one()
    other = sign_in(app, add_official(sqlite_hub, SECRETARIAT, name="Other"))
    stolen = other.post(f"/cases/views/{view_id}/delete", data={"csrf_token": form_token(other, "/cases?state=open")})
    assert stolen.status_code == 404
    assert client.post(f"/cases/views/{view_id}/delete", data={"csrf_token": token}).status_code == 303
    assert "is deleted" in page(client, "/cases")
    assert "Open ones" not in page(client, "/cases")


def test_the_list_is_taken_away_as_a_file_and_that_is_recorded(
    client: FlaskClient, sqlite_hub: Hub, parties: dict[str, Party]
) -> None:
    issue(sqlite_hub, parties)
    sent = {"csrf_token": form_token(client, "/cases"), "query": "state=open"}
    answer = client.post("/cases/export", data={**sent, "format": "csv"})
    rows = list(csv.reader(io.StringIO(answer.get_data(as_text=True).lstrip("\ufeff"))))
    assert len(rows) == 2
    assert rows[1][0].startswith("AIB-")
    workbook = ZipFile(io.BytesIO(client.post("/cases/export", data={**sent, "format": "xlsx"}).get_data()))
    assert b"AIB-" in workbook.read("xl/worksheets/sheet1.xml")
    with sqlite_hub.work(HUB) as uow:
        entries = uow.session.execute(select(col(EvidenceLeaf.entry))).scalars().all()
    assert sum("cases:exported" in one for one in entries) == 2


def measure(hub: Hub, client: FlaskClient) -> Iterator[int]:
    for address in ("/", "/cases", "/cases?q=recruit&state=open&type=art79-5&member=FR"):
        with counted_statements(hub) as statements:
            page(client, address)
        yield len(statements)


def test_a_page_costs_the_same_statements_however_much_there_is(
    client: FlaskClient, sqlite_hub: Hub, parties: dict[str, Party]
) -> None:
    for sender in (FR, EE):
        issue(sqlite_hub, parties, sender=sender)
    list(measure(sqlite_hub, client))  # the directory is read once
    few = list(measure(sqlite_hub, client))
    for _ in range(5):
        issue(sqlite_hub, parties)
        issue(sqlite_hub, parties, "msr22-request")
    assert list(measure(sqlite_hub, client)) == few
