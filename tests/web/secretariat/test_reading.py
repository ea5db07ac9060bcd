"""Every page of the secretariat, as whoever may open it reads it: well formed, linked, without content, cheap."""

import re
from itertools import pairwise
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from board_hub.domain.events import HUB
from board_hub.services.exchange import message_reads, refusal_reads
from board_hub.services.operation import proposals
from board_hub.services.operation.job_runs import list_runs
from board_hub.services.operation.snapshot import look
from board_hub.services.people.access_changes import list_officials
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings
from board_hub.web.secretariat.jobs import COUNTED
from board_hub.web.session import limits_of
from tests.support.officials import AUDITOR, HANDLER_DE, SECRETARIAT, add_official, sign_in
from tests.support.statements import counted_statements
from tests.web.html import Page, read_page
from tests.web.secretariat.conftest import OFFICER
from tests.web.showcase import SECRET

PAGES = ("", "/members", "/members/FR", "/participants", "/participants/FR-CNIL", "/participants/EU-HUB", "/proposals",
         "/officials", "/officials?q=anna", "/messages", "/messages?state=owed", "/messages?name=AIB-2026-000001",
         "/quarantine", "/quarantine?decided=undecided", "/jobs", "/jobs?job=evidence", "/evidence", "/calendars",
         "/calendars/FR/2026")  # fmt: skip
STEPS = ("/members/FR/mandates/add", "/participants/add", "/participants/FR-CNIL/change",
         "/participants/FR-CNIL/suspend", "/participants/FR-CNIL/transport", "/participants/FR-CNIL/resend",
         "/participants/FR-CNIL/keys/add", "/participants/FR-CNIL/keys/rotate", "/participants/FR-CNIL/remove",
         "/participants/FR-CNIL/keys/FR-CNIL-2026-1/revoke", "/jobs/evidence/run",
         "/calendars/FR/2026/change")  # fmt: skip
CHANGES_OF_CLERKS = ("/members/FR/mandates/add", "/calendars/FR/2026/change")
STEP = r"/(add|change|suspend|end|run|renew|revoke|confirm|resend|remove|transport|rotate)$"
OF_LOOKERS = ("/proposals", "/officials", "/messages", "/quarantine", "/jobs", "/evidence")


def addresses(hub: Hub) -> list[str]:
    """Pages of single things too."""
    with look(hub, HUB) as uow:
        messages = message_reads.list_messages(uow).messages
        receipt = message_reads.get_message(uow, messages[0].id).receipts[0]
        refusal = refusal_reads.list_refusals(uow).refusals[0]
        official = list_officials(uow, limits_of(Settings())).lines[0].official
        run, waiting = list_runs(uow)[0], proposals.list_open(uow)[0]
    singles = [f"/messages/{messages[0].id}", f"/messages/{receipt.id}", f"/quarantine/{refusal.id}"]
    singles += [f"/officials/{official.id}", f"/jobs/runs/{run.id}", f"/proposals/{waiting.id}"]
    return ["/secretariat" + path for path in (*PAGES, *singles)]


@pytest.fixture
def client(furnished: Flask, furnished_hub: Hub) -> FlaskClient:
    return sign_in(furnished, add_official(furnished_hub, SECRETARIAT, name="Reader"))


def get(client: FlaskClient, path: str) -> str:
    answer = client.get(path, follow_redirects=True)
    assert answer.status_code == 200, (path, answer.status_code, answer.text[:3000])
    return answer.text


def text_of(html: str) -> str:
    """The words as read: tags gone, spaces single."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", html))


def read_all(client: FlaskClient, hub: Hub) -> dict[str, Page]:
    steps = ["/secretariat" + path for path in STEPS]
    return {path: read_page(get(client, path)) for path in (*addresses(hub), *steps)}


def test_every_page_is_well_formed_has_its_own_title_and_leads_somewhere(
    client: FlaskClient, furnished_hub: Hub
) -> None:
    found = read_all(client, furnished_hub)
    links = set()
    for path, page in found.items():
        levels = [level for level, _ in page.headings]
        assert page.unclosed == [], path
        assert levels.count(1) == 1, path
        assert all(after - before <= 1 for before, after in pairwise(levels)), (path, page.headings)
        assert len(page.ids) == len(set(page.ids)), path
        assert page.inline_scripts == 0, path
        assert not [name for name in page.attributes if name == "style" or name.startswith("on")], path
        links |= {link.partition("#")[0] for link in page.links if link.startswith("/secretariat")}
    titles = [page.title for path, page in found.items() if "?" not in path]
    assert len(titles) == len(set(titles))
    for link in sorted(links - set(found)):
        get(client, link)


def test_no_page_shows_any_content(client: FlaskClient, furnished_hub: Hub) -> None:
    for path in addresses(furnished_hub):
        assert SECRET not in get(client, path), path


def test_an_auditor_reads_all_and_is_offered_no_step(furnished: Flask, furnished_hub: Hub) -> None:
    client = sign_in(furnished, add_official(furnished_hub, AUDITOR, name="Auditor"))
    for path in addresses(furnished_hub):
        shown = read_page(get(client, path))
        assert [link for link in shown.links if re.search(STEP, link)] == [], path
    for path in STEPS:
        assert client.get("/secretariat" + path).status_code == 403, path


def test_an_officer_keeps_the_boards_records_and_sees_no_messages(furnished: Flask, furnished_hub: Hub) -> None:
    client = sign_in(furnished, add_official(furnished_hub, OFFICER, name="Officer"))
    for path in OF_LOOKERS:
        assert client.get("/secretariat" + path).status_code == 403, path
    for path in ("/", "/members", "/participants", "/participants/FR-CNIL", "/calendars", *CHANGES_OF_CLERKS):
        assert client.get("/secretariat" + path).status_code == 200, path
    assert "/secretariat/messages" not in client.get("/secretariat/").text
    assert client.get("/secretariat/participants/add").status_code == 403


def test_nobody_else_gets_in(furnished: Flask, furnished_hub: Hub) -> None:
    handler = sign_in(furnished, add_official(furnished_hub, HANDLER_DE, name="Handler"))
    for path in addresses(furnished_hub):
        assert handler.get(path, follow_redirects=True).status_code == 403, path
        assert furnished.test_client().get(path, follow_redirects=False).status_code in (303, 308), path


@pytest.mark.parametrize("path", [
    "members/XX", "members/EU", "participants/XX-NONE", f"proposals/{UUID(int=7)}", f"officials/{UUID(int=7)}",
    f"messages/{UUID(int=7)}", f"quarantine/{UUID(int=7)}", f"jobs/runs/{UUID(int=7)}", "calendars/XX/2026",
    "calendars/FR/1900", "jobs/none/run", "proposals/rubbish", f"mandates/{UUID(int=7)}/end",
])  # fmt: skip
def test_what_is_not_there_is_not_found(client: FlaskClient, path: str) -> None:
    assert client.get(f"/secretariat/{path}").status_code == 404


@pytest.mark.parametrize("query", [
    "messages?state=lost", "messages?before=yesterday", "quarantine?decided=maybe", "quarantine?before=x",
    "proposals?before=x",
])  # fmt: skip
def test_a_wrong_address_is_said_to_be_wrong(client: FlaskClient, query: str) -> None:
    answer = client.get(f"/secretariat/{query}")
    assert (answer.status_code, answer.mimetype) == (400, "text/html")


def test_a_hostile_filter_is_shown_as_text(client: FlaskClient) -> None:
    for query in ("messages?name=", "messages?participant=", "officials?q=", "participants?member="):
        assert "<b>x" not in client.get(f"/secretariat/{query}%22%3E%3Cb%3Ex").text


def test_the_first_page_says_what_is_wrong_and_how_to_mend_it(client: FlaskClient) -> None:
    text = text_of(get(client, "/secretariat/"))
    assert "Something needs attention" in text
    assert "is missing" in text  # the settings of the test name a key file that is not there
    assert "No connection" not in text
    assert "2 could not be delivered and will be tried again" in text


def test_the_list_of_messages_names_notice_article_case_and_stages(client: FlaskClient) -> None:
    text = text_of(get(client, "/secretariat/messages"))
    assert "Provisional measure against a non-compliant AI system" in text
    assert "Article 79(5) AI Act" in text
    assert re.search(r"AIB-[0-9]{4}-[0-9]{6}", text)
    assert "1 handled · 2 collected · 2 delivered" in text_of(get(client, "/secretariat/messages?participant=FR-CNIL"))


def test_a_message_is_found_by_its_id_its_senders_id_and_its_case(client: FlaskClient, furnished_hub: Hub) -> None:
    with look(furnished_hub, HUB) as uow:
        (shown,) = [one for one in message_reads.list_messages(uow).messages if one.notice_type == "msr22-request"]
        whole = message_reads.get_message(uow, shown.id)
    for name in (str(shown.id), whole.message_id, str(whole.case)):
        assert f"/secretariat/messages/{shown.id}" in get(client, f"/secretariat/messages?name={name}"), name
    assert "None match" in get(client, "/secretariat/messages?name=nothing")


def test_a_message_shows_its_whole_life(client: FlaskClient, furnished_hub: Hub) -> None:
    with look(furnished_hub, HUB) as uow:
        listed = message_reads.list_messages(uow).messages
    (objection,) = [one for one in listed if one.notice_type == "art79-8-objection"]
    text = text_of(get(client, f"/secretariat/messages/{objection.id}"))
    assert "The queue is full" in text
    assert "The hub" in text
    assert "message:accepted" in text
    assert "EE-TTJA-2026-1" in text
    assert furnished_hub.key.kid in text


def test_a_refusal_names_each_error(client: FlaskClient, furnished_hub: Hub) -> None:
    with look(furnished_hub, HUB) as uow:
        last = refusal_reads.list_refusals(uow).refusals[-1]
    text = get(client, f"/secretariat/quarantine/{last.id}")
    assert text.count('<code translate="no">envelope.missing</code>') == 5
    assert "The attribute id is required; add it." in text


def test_pages_cost_the_same_statements_however_much_there_is(
    client: FlaskClient, furnished_hub: Hub, app: Flask, sqlite_hub: Hub, ada: FlaskClient
) -> None:
    for path in PAGES:
        with counted_statements(sqlite_hub) as few:
            ada.get("/secretariat" + path, follow_redirects=True)
        with counted_statements(furnished_hub) as many:
            client.get("/secretariat" + path, follow_redirects=True)
        assert len(many) <= len(few) + 4, (path, len(few), len(many))


def test_an_empty_hub_says_what_to_do_next(ada: FlaskClient) -> None:
    for path, words in (
        ("/messages", "board-hub participant send"),
        ("/quarantine", "Nothing was refused"),
        ("/proposals", "Nothing waits for a second person"),
        ("/jobs", "board-hub scheduler"),
        ("/evidence", "Not verified yet"),
        ("/members/FR", "No mandate on record"),
    ):
        assert words in get(ada, "/secretariat" + path), path


def test_members_and_what_a_run_counted_have_names_in_the_reader_s_language(
    furnished: Flask, furnished_hub: Hub
) -> None:
    client = sign_in(furnished, add_official(furnished_hub, SECRETARIAT, name="Leserin", language="de"))
    with look(furnished_hub, HUB) as uow:
        run = next(one for one in list_runs(uow) if one.job == "evidence")
    assert set(run.counts) <= set(COUNTED)
    text = text_of(get(client, f"/secretariat/jobs/runs/{run.id}"))
    assert "Einträge des Protokolls" in text
    assert "leaves" not in text
    assert "Ein Mandat von Frankreich hinzufügen" in text_of(get(client, "/secretariat/members/FR/mandates/add"))


def test_templates_stay_short() -> None:
    folder = Path(__file__).parents[3] / "templates" / "secretariat"
    assert all(path.read_text().count("\n") <= 120 for path in folder.iterdir())
