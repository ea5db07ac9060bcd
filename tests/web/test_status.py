"""The status page says what stands, who must act and why something was refused; it never says what a notice says."""

import re
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from board_hub.domain.errors import Unavailable
from board_hub.domain.events import HUB
from board_hub.services.exchange import message_reads
from board_hub.services.unit_of_work import Hub
from board_hub.web import blueprints
from board_hub.web.look import POLICY, STYLES
from board_hub.web.status import status
from board_hub.wsgi import create_app
from tests.support.hub import sqlite_settings
from tests.web.html import Page, read_page
from tests.web.showcase import SECRET, Showcase


def message_path(hub: Hub, notice_type: str = "art79-5") -> str:
    with hub.work(HUB) as uow:
        found = [one for one in message_reads.list_messages(uow).messages if one.notice_type == notice_type]
    return f"/messages/{found[0].id}"


def refusal_path(hub: Hub) -> str:
    with hub.work(HUB) as uow:
        return f"/refused/{message_reads.list_refusals(uow).refusals[-1].id}"


def paths(hub: Hub) -> list[str]:
    return ["/", "/?state=owed", "/refused", message_path(hub), refusal_path(hub), f"/messages/{uuid4()}"]


def pages(client: FlaskClient, full_hub: Hub) -> dict[str, Page]:
    return {path: read_page(client.get(path).text) for path in paths(full_hub)}


def text_of(html: str) -> str:
    """The words as read: tags gone, spaces single."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def test_no_page_shows_any_content(client: FlaskClient, full_hub: Hub) -> None:
    for path in paths(full_hub):
        assert SECRET not in client.get(path).text, path


def test_without_the_setting_no_route_exists(sqlite_hub: Hub, tmp_path: Path) -> None:
    settings = sqlite_settings(tmp_path)
    assert status not in blueprints(settings)
    assert create_app(settings, sqlite_hub).test_client().get("/refused").status_code == 404


def test_every_page_is_well_formed_with_one_heading_and_all_landmarks(client: FlaskClient, full_hub: Hub) -> None:
    for path, page in pages(client, full_hub).items():
        levels = [level for level, _ in page.headings]
        assert page.unclosed == [], path
        assert levels.count(1) == 1, path
        assert levels[0] == 1, path
        assert all(after - before <= 1 for before, after in pairwise(levels)), path
        assert {"header", "nav", "main", "footer"} <= set(page.landmarks), path
        assert page.landmarks.count("main") == 1, path


def test_ids_are_unique_on_every_page(client: FlaskClient, full_hub: Hub) -> None:
    for path, page in pages(client, full_hub).items():
        assert len(page.ids) == len(set(page.ids)), path


def test_every_page_has_a_title_of_its_own(client: FlaskClient, full_hub: Hub) -> None:
    titles = [page.title for path, page in pages(client, full_hub).items() if "?" not in path]
    assert all(title.endswith(" – AI Board hub") for title in titles)
    assert len(titles) == len(set(titles))


def test_every_link_leads_somewhere(client: FlaskClient, full_hub: Hub) -> None:
    links = {link.partition("#")[0] for page in pages(client, full_hub).values() for link in page.links}
    for link in sorted(links - {""}):
        assert client.get(link).status_code == 200, link


def test_pages_carry_a_strict_policy_and_keep_it(client: FlaskClient, full_hub: Hub) -> None:
    for path in paths(full_hub):
        answer = client.get(path)
        page = read_page(answer.text)
        assert answer.headers["Content-Security-Policy"] == POLICY
        assert answer.headers["Cache-Control"] == "no-store"
        assert page.inline_scripts == 0, path
        assert not [name for name in page.attributes if name == "style" or name.startswith("on")], path


def test_assets_are_kept_by_caches_under_their_digest(empty_client: FlaskClient) -> None:
    assets = re.findall(r'"(/assets/[^"]+)"', empty_client.get("/").text)
    assert len(assets) >= 3 + len(STYLES)
    for asset in assets:
        assert "immutable" in empty_client.get(asset).headers["Cache-Control"]


def test_home_names_the_notice_and_its_article(client: FlaskClient) -> None:
    text = text_of(client.get("/").text)
    assert "Provisional measure against a non-compliant AI system" in text
    assert "Article 79(5) AI Act" in text
    assert "Article 22 Regulation (EU) 2019/1020" in text


def test_home_says_how_far_each_recipient_is(client: FlaskClient) -> None:
    assert "1 handled · 2 collected · 2 delivered" in text_of(client.get("/?participant=FR-CNIL").text)


def test_home_says_what_must_be_mended(client: FlaskClient) -> None:
    """The objection, and the news that it changed the case, which its recipient is told besides."""
    assert "2 deliveries could not be made" in text_of(client.get("/").text)


def test_home_and_the_message_show_the_reference_of_the_case(client: FlaskClient, full_hub: Hub) -> None:
    year = datetime.now(UTC).year
    assert f"AIB-{year}-000001" in text_of(client.get("/").text)
    objected = text_of(client.get(message_path(full_hub, "art79-8-objection")).text)
    measure = text_of(client.get(message_path(full_hub, "art79-5")).text)
    [reference] = set(re.findall(r"AIB-[0-9]{4}-[0-9]{6}", objected))
    assert reference in measure


def test_home_says_whose_connection_is_lost(empty_client: FlaskClient, sqlite_hub: Hub) -> None:
    Showcase(sqlite_hub).connect(DE_BNETZA="the virtual host does not exist")
    text = text_of(empty_client.get("/").text)
    assert "No connection to DE-BNETZA" in text
    assert "the virtual host does not exist" in text


def test_greece_is_shown_as_el(client: FlaskClient) -> None:
    assert "EL · GR-EETT" in text_of(client.get("/").text)
    assert '<abbr class="hub-member" title="Greece">EL</abbr>' in client.get("/").text


def test_an_empty_hub_says_what_to_do_next(empty_client: FlaskClient) -> None:
    text = text_of(empty_client.get("/").text)
    assert "No messages yet" in text
    assert "board-hub participant send" in text
    assert "Nothing was refused" in text_of(empty_client.get("/refused").text)


@pytest.mark.parametrize(("query", "shown", "hidden"), [
    ("state=handled", "Serious incident", "Objection"),
    ("state=owed", "Objection", "Serious incident"),
    ("participant=GR-EETT", "Objection", "Serious incident"),
    ("participant=EU-AIO&state=handled", "Serious incident", "Objection"),
])  # fmt: skip
def test_the_list_can_be_narrowed(client: FlaskClient, query: str, shown: str, hidden: str) -> None:
    listed = client.get(f"/?{query}").text.partition('id="message-list"')[2].partition("</table>")[0]
    assert shown in listed
    assert hidden not in listed


@pytest.mark.parametrize("query", ["state=lost", "before=yesterday"])
def test_a_wrong_address_is_said_to_be_wrong(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/?{query}")
    assert answer.status_code == 400
    assert answer.mimetype == "text/html"


def test_a_hostile_filter_is_shown_as_text(client: FlaskClient) -> None:
    assert "<b>x" not in client.get("/?participant=%22%3E%3Cb%3Ex").text


def test_a_message_shows_its_matrix_with_who_must_act(client: FlaskClient, full_hub: Hub) -> None:
    text = text_of(client.get(message_path(full_hub, "art79-8-objection")).text)
    assert "The queue is full" in text
    assert "The hub" in text
    assert "Recipient" in text


def test_a_message_names_the_keys_that_signed_it(client: FlaskClient, full_hub: Hub) -> None:
    text = client.get(message_path(full_hub)).text
    assert "<code>FR-CNIL-2026-1</code>" in text
    assert f"<code>{full_hub.key.kid}</code>" in text


def test_a_refusal_shows_code_path_and_message_of_each_error(client: FlaskClient, full_hub: Hub) -> None:
    text = client.get(refusal_path(full_hub)).text
    assert text.count("<code>envelope.missing</code>") == 5
    assert "/source" in text
    assert "The attribute id is required; add it." in text


@pytest.mark.parametrize("path", ["messages", "refused"])
def test_what_is_not_there_is_a_page_that_says_so(client: FlaskClient, path: str) -> None:
    answer = client.get(f"/{path}/{UUID(int=7)}")
    assert answer.status_code == 404
    assert "There is no such page" in answer.text


def test_without_its_database_the_page_asks_to_try_again(
    empty_client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object) -> None:
        raise Unavailable("The database is away.")

    monkeypatch.setattr("board_hub.services.operation.overview.get_state", away)
    answer = empty_client.get("/")
    assert answer.status_code == 503
    assert "Nothing accepted is lost" in answer.text
