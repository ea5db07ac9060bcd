"""Writing a notice in the browser: from the list of what may be sent to the message in the recipients' mailboxes."""

import re
from io import BytesIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlmodel import func, select

from board_hub.domain.audience import Kind
from board_hub.domain.envelope import decode
from board_hub.domain.events import HUB
from board_hub.law.examples import example_notice
from board_hub.law.loader import load_catalogue
from board_hub.services.access import Role
from board_hub.services.desk.sending import envelope_of
from board_hub.services.people import sessions
from board_hub.services.people.officials import Held
from board_hub.services.unit_of_work import Hub
from board_hub.store.case_tables import Case, Notice
from board_hub.store.desk_tables import Draft
from board_hub.store.tables import Message, Participant
from tests.support.hub import AIO, DE, FR, catalogue_of
from tests.support.officials import add_official, sign_in, want_four_eyes
from tests.support.statements import counted_statements
from tests.web.compose.conftest import Desk, open_desk, text_of

CATALOGUE = load_catalogue()


def count(hub: Hub, model: Any) -> int:
    with hub.work(HUB) as uow:
        return uow.session.execute(select(func.count()).select_from(model)).scalar_one()


def sent_notice(hub: Hub, draft: Draft) -> tuple[str, str]:
    with hub.work(HUB) as uow:
        message = uow.session.get_one(Message, draft.message_id)
        return f"{message.source}/{message.message_id}", uow.session.get_one(Notice, draft.message_id).notice_type


def test_the_list_shows_what_the_participant_may_send_and_why_the_rest_is_not_possible(france: Desk) -> None:
    page = text_of(france.get("/notices/new"))
    assert "Provisional measure against a non-compliant AI system" in page
    assert "It needs a procedure that is under way; that begins with: " in page


def test_the_form_of_every_type_opens_and_keeps_its_example(app: Flask, hub: Hub) -> None:
    """One hub for all of them: a participant of every kind."""
    with hub.work(HUB) as uow:
        uow.session.get_one(Participant, FR).kind_codes = sorted(set(Kind) - {Kind.HUB})
        uow.commit()
    want_four_eyes(hub, FR)  # counts the directory's version up
    desk = open_desk(app, hub)
    for code in CATALOGUE.notice_types:
        page = desk.get(f"/notices/new?type={code}")
        names = set(re.findall(r'name="(f-[^"]+)"', page))
        wanted = {name for name, _ in desk.form(code, fields={}) if name.startswith("f-")}
        assert wanted <= names, (code, wanted - names)
        draft_id = desk.write(code)
        assert desk.draft(draft_id).content["data"]["fields"] == example_notice(CATALOGUE, code)["fields"], code


def test_a_notice_is_checked_and_sent(france: Desk, hub: Hub) -> None:
    draft_id = france.write()
    page = text_of(france.get(f"/drafts/{draft_id}/check"))
    assert "Nothing is sent yet" in page
    assert "DE-BNETZA" in page
    assert "Objection to the provisional measure" in page
    assert count(hub, Case) == 0
    assert france.send(draft_id).status_code == 303
    draft = france.draft(draft_id)
    assert (draft.state, count(hub, Case)) == ("sent", 1)
    assert draft.case_reference in france.get(f"/drafts/{draft_id}")
    with hub.work(HUB) as uow:
        body = uow.session.get_one(Message, draft.message_id).body
    assert decode(body).data == example_notice(catalogue_of(hub), "art79-5")


def test_sending_twice_sends_once(france: Desk, hub: Hub) -> None:
    draft_id = france.write()
    assert [france.send(draft_id).status_code for _ in range(2)] == [303, 303]
    assert count(hub, Notice) == 1


def test_what_the_gate_refuses_stands_at_the_field(france: Desk) -> None:
    draft_id = france.write(fields={"system": {"version": "4"}})
    answer = france.client.get(f"/drafts/{draft_id}/check")
    assert answer.status_code == 422
    assert 'href="#f-system-name"' in answer.text
    assert 'id="f-system-name-error"' in answer.text
    assert "AI system – Name: Fill this in." in text_of(answer.text)


def test_every_problem_leads_to_an_element_of_the_page(france: Desk) -> None:
    fields = {"system": {"version": "4"}, "operators": [{"country": "FRA"}], "grounds": ["art5-prohibited-practice"]}
    draft_id = france.write(fields=fields, missing={"measures": {"status": "", "reason": "later"}})
    page = france.client.get(f"/drafts/{draft_id}/check").text
    anchors = re.findall(r'<li><a class="ecl-link" href="#([^"]+)"', page)
    assert len(anchors) > 5
    assert all(f'id="{anchor}"' in page for anchor in anchors)


def test_a_refused_notice_leaves_the_draft_open_with_the_flaws(france: Desk) -> None:
    draft_id = france.write(fields={})
    assert france.send(draft_id).status_code == 303
    assert france.draft(draft_id).state == "open"
    assert "Please mend the following" in france.get(f"/drafts/{draft_id}")


def test_rows_are_added_and_removed_without_javascript(france: Desk) -> None:
    draft_id = france.write("msr22-request")
    form = [*france.form("msr22-request"), ("action", "add:f-questions")]
    answer = france.post(f"/drafts/{draft_id}", [(k, "1" if k == "version" else v) for k, v in form])
    assert "rows=f-questions:2" in answer.location
    assert answer.location.endswith("#f-questions-1")
    assert 'name="f-questions-1"' in france.get(answer.location)
    form = [("type", "msr22-request"), ("version", "1"), ("f-questions-0", "A?"), ("f-questions-1", "B?")]
    france.post(f"/drafts/{draft_id}", [*form, ("action", "remove:f-questions-0")])
    assert france.draft(draft_id).content["data"]["fields"] == {"questions": ["B?"]}


def test_saving_by_itself_answers_with_the_state_alone(france: Desk) -> None:
    draft_id = uuid4()
    answer = france.post(
        f"/drafts/{draft_id}", [*france.form(), ("action", "autosave")], headers={"HX-Request": "true"}
    )
    assert answer.status_code == 200
    assert 'name="version" value="1"' in answer.text
    assert "<html" not in answer.text
    assert answer.headers["HX-Replace-Url"] == f"/drafts/{draft_id}"


def test_two_who_write_at_once_see_both_and_lose_nothing(app: Flask, hub: Hub, france: Desk) -> None:
    colleague = open_desk(app, hub, name="Dominique Petit")
    draft_id = france.write("informal-message", fields={"subject": "Meeting", "text": "On Monday"})

    def save(desk: Desk, text: str, version: int) -> Any:
        form = {"type": "informal-message", "version": str(version), "f-subject": "Meeting", "f-text": text}
        return desk.post(f"/drafts/{draft_id}", form)

    assert save(colleague, "On Tuesday", 1).status_code == 303
    clash = save(france, "On Friday", 1)
    assert clash.status_code == 409
    assert "On Tuesday" in clash.text
    assert "On Friday" in clash.text
    assert france.draft(draft_id).content["data"]["fields"]["text"] == "On Tuesday"
    assert 'name="version" value="2"' in clash.text
    assert save(france, "On Friday", 2).status_code == 303
    assert france.draft(draft_id).content["data"]["fields"]["text"] == "On Friday"


def test_what_is_written_into_a_sent_draft_is_kept_as_a_new_one(france: Desk) -> None:
    draft_id = france.write()
    france.send(draft_id)
    answer = france.post(f"/drafts/{draft_id}", [*france.form(), ("action", "save")])
    assert answer.status_code == 303
    assert str(draft_id) not in answer.location
    assert france.draft(UUID(answer.location.rpartition("/")[2])).state == "open"


def test_a_discarded_draft_gives_what_is_still_typed_a_new_draft(france: Desk) -> None:
    draft_id = france.write()
    assert france.post(f"/drafts/{draft_id}/discard").status_code == 303
    assert "put away" in france.get(f"/drafts/{draft_id}")
    answer = france.post(f"/drafts/{draft_id}", [*france.form(), ("action", "save")])
    assert france.draft(UUID(answer.location.rpartition("/")[2])).content["data"]["fields"]


def test_a_draft_survives_a_lost_session(app: Flask, hub: Hub) -> None:
    official = add_official(hub, [Held(FR, Role.CASE_HANDLER)])
    desk = Desk(app, hub, sign_in(app, official))
    draft_id, form = uuid4(), [*desk.form(), ("action", "check")]
    with hub.work(HUB) as uow:
        sessions.end_sessions_of(uow, official.id, "idle")
        uow.commit()
    kept = desk.post(f"/drafts/{draft_id}", form)
    assert kept.status_code == 401
    assert "Veridia Recruit" in kept.text
    assert count(hub, Draft) == 0
    desk.client = sign_in(app, official)
    confirm = desk.post(f"/drafts/{draft_id}", form)  # the token is still the old session's
    assert confirm.status_code == 200
    assert "You are signed in again" in confirm.text
    desk.token = re.search(r'name="csrf_token" value="([^"]+)"', confirm.text)[1]  # type: ignore[index]
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', confirm.text)
    assert desk.post(f"/drafts/{draft_id}", [one for one in fields if one[0] != "csrf_token"]).status_code == 303
    assert desk.draft(draft_id).content["data"]["fields"] == example_notice(catalogue_of(hub), "art79-5")["fields"]


def test_another_site_gets_nothing_kept(france: Desk) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert france.post(f"/drafts/{uuid4()}", france.form(), headers=headers).status_code == 400


def test_saving_by_itself_says_that_the_session_ended(app: Flask, hub: Hub, france: Desk) -> None:
    answer = app.test_client().post(f"/drafts/{uuid4()}", data={"f-text": "x"}, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "You were signed out" in answer.text


@pytest.mark.parametrize("page", ["", "/check", "/as?participant=DE-BNETZA", "/files"])
def test_the_draft_of_another_participant_is_as_one_that_does_not_exist(france: Desk, germany: Desk, page: str) -> None:
    foreign = germany.client.get(f"/drafts/{france.write()}{page}")
    absent = germany.client.get(f"/drafts/{uuid4()}{page}")
    assert foreign.status_code == absent.status_code == 404


@pytest.mark.parametrize("step", ["", "/send", "/submit", "/approve", "/return", "/discard", "/files/0/remove"])
def test_nobody_changes_the_draft_of_another_participant(france: Desk, germany: Desk, step: str) -> None:
    draft_id = france.write()
    before = france.draft(draft_id)
    answer = germany.post(f"/drafts/{draft_id}{step}", {"version": "1", "remark": "x", "type": "informal-message"})
    assert answer.status_code == 404
    assert france.draft(draft_id).model_dump() == before.model_dump()


@pytest.mark.parametrize("role", [Role.EXPERT, Role.AUDITOR, Role.SECRETARIAT_ADMINISTRATOR])
def test_who_writes_for_nobody_is_refused(app: Flask, hub: Hub, role: Role) -> None:
    client = sign_in(app, add_official(hub, [Held(FR, role)]))
    for page in ("/notices/new", "/drafts", "/approvals", f"/drafts/{uuid4()}"):
        assert client.get(page).status_code == 403


@pytest.mark.parametrize(
    "query",
    [
        "type=none",
        "type=art79-5&case=XXX-2026-000001",
        "type=art79-5&case=rubbish",
        "type=art79-5&about=rubbish",
        "type=art79-5&participant=DE-BNETZA",
        "type=msr22-request&from=FR-CNIL/none",
        "case=%00",
    ],
)
def test_rubbish_in_the_address_is_no_fault_of_the_hub(france: Desk, query: str) -> None:
    assert france.client.get(f"/notices/new?{query}").status_code in (404, 422)


def test_the_preview_shows_the_notice_through_another_states_eyes(france: Desk) -> None:
    draft_id = france.write("msr22-request", to=[DE])
    assert "It receives this notice" in france.get(f"/drafts/{draft_id}/as?participant={DE}")
    unseen = france.get(f"/drafts/{draft_id}/as?participant={AIO}")
    assert "It sees nothing of this notice" in unseen
    assert "Example: " not in unseen
    assert france.client.get(f"/drafts/{draft_id}/as?participant=XX-NONE").status_code == 404


@pytest.fixture
def four_eyes(hub: Hub) -> None:
    want_four_eyes(hub, FR)


@pytest.mark.usefixtures("four_eyes")
def test_a_second_person_approves(app: Flask, hub: Hub, france: Desk) -> None:
    colleague = open_desk(app, hub, name="Dominique Petit")
    draft_id = france.write()
    assert "Submit for approval" in france.get(f"/drafts/{draft_id}/check")
    assert france.send(draft_id).status_code == 403
    assert france.post(f"/drafts/{draft_id}/submit", {"version": "1"}).status_code == 303
    own = france.post(f"/drafts/{draft_id}/approve", {"version": "1"})
    assert own.status_code == 403
    assert "second person" in own.text
    assert "Approve and send" in colleague.get(f"/drafts/{draft_id}/check")
    assert str(draft_id) in colleague.get("/approvals")
    for _ in range(2):
        assert colleague.post(f"/drafts/{draft_id}/approve", {"version": "1"}).status_code == 303
    assert (france.draft(draft_id).state, count(hub, Notice)) == ("sent", 1)


@pytest.mark.usefixtures("four_eyes")
def test_a_second_person_returns_with_a_remark(app: Flask, hub: Hub, france: Desk) -> None:
    colleague = open_desk(app, hub, name="Dominique Petit")
    draft_id = france.write()
    france.post(f"/drafts/{draft_id}/submit", {"version": "1"})
    assert colleague.post(f"/drafts/{draft_id}/return", {"remark": " "}).status_code == 422
    assert colleague.post(f"/drafts/{draft_id}/return", {"remark": "Name the importer."}).status_code == 303
    page = france.get(f"/drafts/{draft_id}")
    assert "Name the importer." in page
    assert "Dominique Petit" in page


def upload(
    desk: Desk, draft_id: UUID, content: bytes = b"%PDF-1.7 x", kind: str = "application/pdf", **form: str
) -> Any:
    fields = {"csrf_token": desk.token, "file": (BytesIO(content), "../report.pdf", kind), **form}
    return desk.client.post(f"/drafts/{draft_id}/files", data=fields, content_type="multipart/form-data")


def test_an_attachment_is_uploaded_marked_sent_and_seen_as_its_marking_allows(france: Desk, hub: Hub) -> None:
    draft_id = france.write()
    assert upload(france, draft_id, marking="originator-controlled").status_code == 303
    pointer = {"marking": "pointer-only", "name": "Annex IV", "pointer": "Room 4, ask the registry"}
    assert france.post(f"/drafts/{draft_id}/files", pointer).status_code == 303
    attachments = france.draft(draft_id).content["data"]["attachments"]
    assert attachments[0]["name"] == "_report.pdf"
    assert attachments[0]["size"] == 10
    assert "Annex IV" in france.get(f"/drafts/{draft_id}/files")
    seen = text_of(france.get(f"/drafts/{draft_id}/as?participant={DE}"))
    assert "It can open this file." in seen
    assert "Stays with its owner: Room 4, ask the registry" in seen
    france.send(draft_id)
    draft = france.draft(draft_id)
    assert draft.state == "sent"
    assert envelope_of(draft, id_="x", time=draft.created_at).data["attachments"] == attachments


def test_saving_the_form_leaves_the_attachments(france: Desk) -> None:
    draft_id = france.write()
    upload(france, draft_id)
    version = str(france.draft(draft_id).version)
    france.post(f"/drafts/{draft_id}", [("type", "art79-5"), ("version", version), ("f-system-name", "Other")])
    assert len(france.draft(draft_id).content["data"]["attachments"]) == 1


def test_an_attachment_is_removed_by_its_name(france: Desk) -> None:
    draft_id = france.write()
    upload(france, draft_id)
    assert france.post(f"/drafts/{draft_id}/files/0/remove", {"name": "other"}).status_code == 409
    assert france.post(f"/drafts/{draft_id}/files/0/remove", {"name": "_report.pdf"}).status_code == 303
    assert france.draft(draft_id).content["data"]["attachments"] == []


def test_a_wrong_file_is_refused_at_its_field(app: Flask, france: Desk) -> None:
    draft_id = france.write()
    for answer in (
        upload(france, draft_id, kind="application/x-msdownload"),
        upload(france, draft_id, content=b""),
        france.post(f"/drafts/{draft_id}/files", {"marking": "pointer-only"}),
        france.post(f"/drafts/{draft_id}/files", {"marking": ""}),
    ):
        assert answer.status_code == 422
        assert 'class="ecl-feedback-message"' in answer.text
    assert not france.draft(draft_id).content["data"].get("attachments")


def test_a_correction_begins_with_what_was_sent_and_replaces_it(france: Desk, germany: Desk, hub: Hub) -> None:
    draft_id = france.write()
    france.send(draft_id)
    about, _ = sent_notice(hub, france.draft(draft_id))
    page = france.get(f"/notices/revise?about={about}")
    assert 'value="Veridia Recruit"' in page
    assert germany.client.get(f"/notices/revise?about={about}").status_code == 409
    revised = uuid4()
    form = [*france.form(), ("start", "revise"), ("about", about), ("revision-kind", "correction")]
    france.post(f"/drafts/{revised}", [*form, ("revision-reason", "A wrong number.")])
    assert france.send(revised).status_code == 303
    assert france.draft(revised).state == "sent"
    with hub.work(HUB) as uow:
        assert uow.session.get_one(Notice, france.draft(draft_id).message_id).replaced_by is not None
    assert count(hub, Case) == 1


def test_a_withdrawal_takes_a_reason_and_a_confirmation(france: Desk, germany: Desk, hub: Hub) -> None:
    draft_id = france.write()
    france.send(draft_id)
    about, _ = sent_notice(hub, france.draft(draft_id))
    assert "Reason of the withdrawal" in france.get(f"/notices/withdraw?about={about}")
    assert germany.client.get(f"/notices/withdraw?about={about}").status_code == 409
    gone = uuid4()
    form = {"start": "withdraw", "about": about, "version": "0", "action": "check"}
    france.post(f"/drafts/{gone}", form)
    assert france.client.get(f"/drafts/{gone}/check").status_code == 422
    france.post(f"/drafts/{gone}", form | {"version": "1", "reason": "Sent by mistake."})
    assert "Sent by mistake." in france.get(f"/drafts/{gone}/check")
    france.send(gone)
    with hub.work(HUB) as uow:
        assert uow.session.get_one(Notice, france.draft(draft_id).message_id).withdrawn_at is not None


def test_an_informal_message_becomes_a_formal_request_in_one_click(france: Desk, germany: Desk, hub: Hub) -> None:
    draft_id = france.write("informal-message", to=[DE], fields={"subject": "Veridia", "text": "Which versions?"})
    france.send(draft_id)
    about, _ = sent_notice(hub, france.draft(draft_id))
    chosen = germany.get(f"/notices/new?from={about}")
    assert "type=msr22-request" in chosen
    page = germany.get(f"/notices/new?type=msr22-request&from={about}")
    assert "Which versions?" in page
    assert re.search(rf'value="{FR}" checked', page)


def test_a_form_in_a_case_begins_with_its_system_and_operators(france: Desk, germany: Desk, hub: Hub) -> None:
    draft_id = france.write()
    france.send(draft_id)
    case = france.draft(draft_id).case_reference
    assert 'value="Veridia Recruit"' in germany.get(f"/notices/new?type=art79-5&case={case}")
    assert "Objection" in germany.get(f"/notices/new?case={case}")


def test_without_a_held_key_the_page_says_who_makes_one(app: Flask, hub: Hub) -> None:
    desk = open_desk(app, hub, AIO, Role.SECRETARIAT_OFFICER)
    draft_id = desk.write("informal-message", to=[DE])
    page = desk.get(f"/drafts/{draft_id}/check")
    assert "board-hub participant hold-key EU-AIO" in page
    assert "Sign and send" not in page
    assert desk.send(draft_id).status_code == 409


def test_a_form_of_many_thousand_controls_is_refused_and_not_a_fault(france: Desk) -> None:
    form = [("type", "art79-5"), ("version", "0"), *((f"f-operators-{n}-name", "x") for n in range(4000))]
    assert france.post(f"/drafts/{uuid4()}", form).status_code == 303
    answer = france.post(f"/drafts/{uuid4()}", [("version", "0"), ("f-system-name", "x" * 4_000_000)])
    assert answer.status_code in (303, 413)


def test_the_list_of_drafts_takes_as_many_statements_for_many_as_for_one(france: Desk, hub: Hub) -> None:
    def statements() -> int:
        with counted_statements(hub) as seen:
            france.get("/drafts")
        return len(seen)

    france.write()
    one = statements()
    for _ in range(3):
        france.write()
    assert statements() == one
