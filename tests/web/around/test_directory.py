"""The directory's pages: who is there, what is missing, whom a notice reaches instead."""

import pytest
from flask import Flask
from flask.testing import FlaskClient

from board_hub.services.access import Role
from board_hub.services.people.officials import Held
from board_hub.services.unit_of_work import Hub
from tests.support.officials import add_official, sign_in
from tests.support.statements import counted_statements
from tests.web.html import read_page


def text(client: FlaskClient, path: str, status: int = 200) -> str:
    response = client.get(path)
    assert response.status_code == status, path
    return response.get_data(as_text=True)


def test_every_member_is_listed_and_greece_is_el(client: FlaskClient) -> None:
    page = text(client, "/directory")
    assert page.count('href="/directory/') == 31
    assert 'href="/directory/EL"' in page
    assert 'href="/directory/GR"' not in page


def test_a_member_shows_contact_languages_way_and_gaps(client: FlaskClient) -> None:
    page = text(client, "/directory/EL")
    for shown in ("mailto:ai@eett.example", "ελληνικά", "HTTPS mailbox", "Eleni Papadaki", "Missing in the directory"):
        assert shown in page


def test_whom_a_notice_reaches_instead_is_said(client: FlaskClient) -> None:
    page = text(client, "/directory/AT")
    assert "Whom your notices reach instead" in page
    assert "Single point of contact or Market surveillance authority" in page


def test_only_who_may_write_is_offered_to(app: Flask, client: FlaskClient, hub: Hub) -> None:
    app.view_functions.setdefault("compose.new", lambda: "")
    if "compose.new" not in {rule.endpoint for rule in app.url_map.iter_rules()}:
        app.url_map.add(app.url_rule_class("/notices/new", endpoint="compose.new", methods=["GET"]))
    expert = sign_in(app, add_official(hub, [Held("DE-BNETZA", Role.EXPERT)]))
    assert 'href="/notices/new?to=FR-CNIL"' in text(client, "/directory/FR")
    assert "/notices/new?to=" not in text(client, "/directory/DE"), "nobody writes to itself"
    assert "/notices/new?to=" not in text(expert, "/directory/FR")


@pytest.mark.parametrize(
    ("query", "shown", "hidden"),
    [("q=aesia", "Spain", "Greece"), ("kind=DPA", "France", "Spain"), ("incomplete=yes", "Spain", "France")],
)
def test_the_list_is_narrowed(client: FlaskClient, query: str, shown: str, hidden: str) -> None:
    page = text(client, f"/directory?{query}")
    assert shown in page
    assert hidden not in page


def test_what_fits_no_filter_says_what_to_do(client: FlaskClient) -> None:
    assert "Show the whole directory" in text(client, "/directory?q=<script>alert(1)</script>")
    assert "<script>alert" not in text(client, "/directory?q=<script>alert(1)</script>")


@pytest.mark.parametrize(
    ("path", "status"), [("/directory?kind=XX", 400), ("/directory/GR", 404), ("/directory/%00", 404)]
)
def test_rubbish_is_answered_clearly(client: FlaskClient, path: str, status: int) -> None:
    text(client, path, status)


@pytest.mark.parametrize("path", ["/directory", "/directory/EL", "/directory/AT", "/overview", "/profile"])
def test_every_page_has_one_heading_a_title_and_unique_ids(client: FlaskClient, path: str) -> None:
    page = read_page(text(client, path))
    assert [level for level, _ in page.headings].count(1) == 1
    assert "– AI Board hub" in page.title
    assert (page.unclosed, page.inline_scripts) == ([], 0)
    assert page.attributes.isdisjoint({"style", "onclick"})
    assert len(page.ids) == len(set(page.ids))


def test_a_page_costs_few_statements_whatever_the_directory_holds(client: FlaskClient, hub: Hub) -> None:
    for path, most in (("/directory", 9), ("/directory/AT", 9), ("/overview", 9), ("/profile", 12)):
        client.get(path)
        with counted_statements(hub) as statements:
            client.get(path)
        assert len(statements) <= most, (path, statements)
