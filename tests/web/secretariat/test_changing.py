"""Steps of the secretariat: asked for with a reason, taken once, by those who may, high-value ones in twos."""

import json
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.deliveries import Transport
from board_hub.domain.events import HUB
from board_hub.services.directory import directory
from board_hub.services.exchange import refusal_reads
from board_hub.services.exchange.signing import SigningKey
from board_hub.services.operation.job_requests import take_requests
from board_hub.services.people import mandates
from board_hub.services.unit_of_work import Hub
from board_hub.store.tables import EvidenceLeaf
from tests.support.hub import AIO, DE, FR, Party, join, notice, send
from tests.support.officials import HANDLER_DE, add_official, form_token, sign_in
from tests.web.secretariat.forms import follow, take

WHY = {"because": "Asked for in the letter of 3 March."}
S = "/secretariat"


def recorded(hub: Hub, subject: str) -> list[str]:
    """Names of the events on record about a subject."""
    with hub.work(HUB) as uow:
        entries = select(col(EvidenceLeaf.entry)).where(col(EvidenceLeaf.subject) == subject)
        return [json.loads(one)["event"] for one in uow.session.execute(entries).scalars()]


def status_of(hub: Hub, code: str = FR) -> str:
    with hub.work(HUB) as uow:
        return directory.get_participant(uow, code).status


def kids(hub: Hub, code: str = FR) -> set[str]:
    with hub.work(HUB) as uow:
        return {key.kid for key in directory.list_keys(uow, code)}


def new_jwk() -> str:
    return json.dumps(SigningKey.generate("new").public_jwk())


# --- steps in twos ---------------------------------------------------------------------------------------------------


def test_a_key_is_proposed_by_one_and_confirmed_by_another(ada: FlaskClient, ben: FlaskClient, sqlite_hub: Hub) -> None:
    answer = take(ada, f"{S}/participants/{FR}/keys/add", public_key=new_jwk(), kid="new", **WHY)
    page, proposal = follow(ada, answer), answer.location
    assert "You proposed this" in page
    assert "new" not in kids(sqlite_hub)
    refused = take(ada, f"{proposal}/confirm", 403)
    assert "another administrator has to confirm it" in refused.text
    assert "new" not in kids(sqlite_hub)
    assert "Added new" in follow(ben, take(ben, f"{proposal}/confirm"))
    assert "new" in kids(sqlite_hub)
    assert "confirmed already" in take(ben, f"{proposal}/confirm", 409).text


def test_a_key_may_come_as_a_file_and_a_private_one_is_refused(ada: FlaskClient, sqlite_hub: Hub) -> None:
    path = f"{S}/participants/{FR}/keys/rotate"
    private = (BytesIO(SigningKey.generate("x").to_pem()), "key.pem")
    refused = take(ada, path, 422, file=private, overlap_hours="48", **WHY)
    assert "private key" in refused.text
    assert "Asked for in the letter" in refused.text  # what was entered stays in the form
    public = (BytesIO(new_jwk().encode()), "key.jwk")
    assert "Proposed" in follow(ada, take(ada, path, file=public, overlap_hours="48", **WHY))


def test_a_declined_step_is_not_done_and_the_reason_is_shown(
    ada: FlaskClient, ben: FlaskClient, sqlite_hub: Hub
) -> None:
    proposal = take(ada, f"{S}/participants/{FR}/remove", **WHY).location
    shown = follow(ben, take(ben, f"{proposal}/decline", because="It only changes its name."))
    assert "It only changes its name." in shown
    assert status_of(sqlite_hub) == "active"
    assert "Declined" in ada.get(f"{S}/proposals").text


def test_a_participant_is_removed_in_twos(ada: FlaskClient, ben: FlaskClient, sqlite_hub: Hub) -> None:
    proposal = take(ada, f"{S}/participants/{FR}/remove", **WHY).location
    assert "Remove a participant" in ben.get(f"{S}/participants/{FR}").text
    take(ben, f"{proposal}/confirm")
    assert status_of(sqlite_hub) == "removed"


def test_a_key_is_revoked_in_twos(ada: FlaskClient, ben: FlaskClient, sqlite_hub: Hub) -> None:
    (kid,) = kids(sqlite_hub)
    take(ben, take(ada, f"{S}/participants/{FR}/keys/{kid}/revoke", **WHY).location + "/confirm")
    with sqlite_hub.work(HUB) as uow:
        (key,) = directory.list_keys(uow, FR)
    assert key.revoked_because == WHY["because"]


# --- steps of one ----------------------------------------------------------------------------------------------------


def test_a_step_without_a_reason_is_not_taken(ada: FlaskClient, sqlite_hub: Hub) -> None:
    answer = take(ada, f"{S}/participants/{FR}/suspend", 422, because=" ")
    assert "Give the reason" in answer.text
    assert status_of(sqlite_hub) == "active"


def test_a_participant_is_suspended_and_restored(ada: FlaskClient, sqlite_hub: Hub) -> None:
    assert "is suspended" in follow(ada, take(ada, f"{S}/participants/{FR}/suspend", **WHY))
    assert status_of(sqlite_hub) == "suspended"
    assert "suspended already" in take(ada, f"{S}/participants/{FR}/suspend", 409, **WHY).text
    take(ada, f"{S}/participants/{FR}/restore", **WHY)
    assert status_of(sqlite_hub) == "active"


def test_the_secretariat_cannot_lock_itself_out(ada: FlaskClient, sqlite_hub: Hub) -> None:
    assert "nobody could administer" in take(ada, f"{S}/participants/{AIO}/suspend", 409, **WHY).text


def test_a_participant_is_added_and_changed(ada: FlaskClient, sqlite_hub: Hub) -> None:
    facts = {"name": "RTR", "kinds": ["MSA", "SPOC"], "languages": "de, en", "contact": "ai@rtr.example"}
    page = follow(ada, take(ada, f"{S}/participants/add", code="at-rtr", transport="mailbox", four_eyes="yes", **facts))
    assert "It needs a key" in page
    wrong = take(ada, f"{S}/participants/add", 422, code="XX-1", transport="mailbox", **facts | {"kinds": []})
    assert "XX is no member" in wrong.text
    take(ada, f"{S}/participants/AT-RTR/change", **facts | {"name": "RTR GmbH"})
    with sqlite_hub.work(HUB) as uow:
        found = directory.get_participant(uow, "AT-RTR")
    assert (found.name, found.four_eyes, found.languages) == ("RTR GmbH", False, ["de", "en"])


def test_a_participant_is_reached_otherwise_once(ada: FlaskClient, sqlite_hub: Hub) -> None:
    path = f"{S}/participants/{FR}/transport"
    take(ada, path, to="amqp", **WHY)
    with sqlite_hub.work(HUB) as uow:
        assert directory.get_participant(uow, FR).transport == Transport.AMQP
    assert "moved meanwhile" in take(ada, path, 409, to="amqp", **WHY).text


def test_owed_deliveries_are_sent_again(ada: FlaskClient, sqlite_hub: Hub) -> None:
    austria = join(sqlite_hub, "AT-RTR", kinds=("MSA", "SPOC"))
    send(sqlite_hub, austria.arrival(notice(sqlite_hub, "AT-RTR")))
    page = ada.get(f"{S}/participants/{DE}").text
    message = re.findall(r"/secretariat/messages/([0-9a-f-]{36})", page)[0]
    take(ada, f"{S}/messages/{message}/deliveries/{DE}/resend", **WHY)
    assert "delivery:resent" in recorded(sqlite_hub, message)
    assert "due now" in follow(ada, take(ada, f"{S}/participants/{DE}/resend", **WHY))
    assert "delivery:resent" in recorded(sqlite_hub, DE)


# --- refused messages ------------------------------------------------------------------------------------------------


@pytest.fixture
def refused(app: Flask, sqlite_hub: Hub) -> tuple[str, Party]:
    """The address of a refused notice, and its sender: its key was not in the directory."""
    late = Party(FR, SigningKey.generate("FR-late"))
    assert not send(sqlite_hub, late.arrival(notice(sqlite_hub))).accepted
    with sqlite_hub.work(HUB) as uow:
        refusal_id = refusal_reads.list_refusals(uow).refusals[0].id
    return f"{S}/quarantine/{refusal_id}", late


def test_content_is_shown_only_after_a_recorded_reason_and_to_that_person(
    ada: FlaskClient, ben: FlaskClient, auditor: FlaskClient, refused: tuple[str, Party], sqlite_hub: Hub
) -> None:
    address, _ = refused
    assert "Veridia" not in ada.get(address).text
    assert ada.get(f"{address}/content").location == f"{address}/open"
    assert "Veridia" in follow(ada, take(ada, f"{address}/open", **WHY))
    assert recorded(sqlite_hub, address.rpartition("/")[2]) == ["message:refused", "quarantine:opened"]
    assert "quarantine:opened" in ada.get(address).text
    assert ben.get(f"{address}/content").status_code == 303
    assert auditor.get(f"{address}/content").status_code == 403


def test_a_refused_message_is_let_in_once_what_was_wrong_is_mended(
    ada: FlaskClient, refused: tuple[str, Party], sqlite_hub: Hub
) -> None:
    address, late = refused
    assert "key" in take(ada, f"{address}/release", 422, **WHY).text
    with sqlite_hub.work(HUB) as uow:
        since = datetime.now(UTC) - timedelta(hours=1)
        directory.add_key(uow, FR, late.key.kid, jwk=late.key.public_jwk(), valid_from=since)
        uow.commit()
    assert "Let in after all" in follow(ada, take(ada, f"{address}/release", **WHY))
    assert "released already" in take(ada, f"{address}/release", 409, **WHY).text


def test_a_refused_message_is_rejected_and_kept(ada: FlaskClient, refused: tuple[str, Party]) -> None:
    address, _ = refused
    assert WHY["because"] in follow(ada, take(ada, f"{address}/reject", **WHY))
    assert address not in ada.get(f"{S}/quarantine?decided=undecided").text
    assert address in ada.get(f"{S}/quarantine?decided=rejected").text


def test_hostile_content_is_shown_as_text(ada: FlaskClient, app: Flask, sqlite_hub: Hub) -> None:
    with sqlite_hub.work(HUB) as uow:
        known = directory.get_participant(uow, FR).code
    party = Party(known, SigningKey.generate("x"))
    send(sqlite_hub, party.arrival("<script>alert(1)</script>\u202e\x00".encode()))
    with sqlite_hub.work(HUB) as uow:
        refusal_id: UUID = refusal_reads.list_refusals(uow).refusals[0].id
    page = follow(ada, take(ada, f"{S}/quarantine/{refusal_id}/open", **WHY))
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;\\u202e\\u0000" in page


# --- people, mandates, calendars, jobs, evidence ---------------------------------------------------------------------


def test_sessions_and_access_are_ended_and_restored(ada: FlaskClient, app: Flask, sqlite_hub: Hub) -> None:
    anna = add_official(sqlite_hub, HANDLER_DE, name="Anna Schmidt")
    browser = sign_in(app, anna)
    page = ada.get(f"{S}/officials/{anna.id}").text
    end = re.findall(r'href="(/secretariat/officials/[^"]+/sessions/[0-9a-f]{64}/end)"', page)
    take(ada, end[0], **WHY)
    assert browser.get("/").status_code == 303
    again = sign_in(app, anna)
    assert "The access is ended." in follow(ada, take(ada, f"{S}/officials/{anna.id}/end", **WHY))
    assert again.get("/").status_code == 303
    take(ada, f"{S}/officials/{anna.id}/restore", **WHY)
    assert sign_in(app, anna).get("/").status_code == 200


def test_one_does_not_end_ones_own_access(ada: FlaskClient, sqlite_hub: Hub) -> None:
    me = re.findall(r"/secretariat/officials/([0-9a-f-]{36})", ada.get(f"{S}/officials").text)[0]
    assert "your own access" in take(ada, f"{S}/officials/{me}/end", 409, **WHY).text


def test_an_officer_keeps_mandates(officer: FlaskClient, sqlite_hub: Hub) -> None:
    with sqlite_hub.work(HUB) as uow:
        today = mandates.today(uow, "FR")
    person = {"kind": "representative", "name": "Camille Martin", "email": "camille@example.eu"}
    add = f"{S}/members/FR/mandates/add"
    ends = (today + timedelta(days=30)).isoformat()
    page = follow(officer, take(officer, add, begins_on=today.isoformat(), ends_on=ends, **person))
    assert "30 days left" in page
    assert "Give a day" in take(officer, add, 422, begins_on="soon", **person).text
    mandate = re.findall(r"/secretariat/mandates/([0-9a-f-]{36})/renew", page)[0]
    take(officer, f"{S}/mandates/{mandate}/renew")
    assert "renewable once" in take(officer, f"{S}/mandates/{mandate}/renew", 409).text
    take(officer, f"{S}/mandates/{mandate}/end", on=today.isoformat(), **WHY)
    assert recorded(sqlite_hub, mandate) == ["mandate:added", "mandate:ended"]


def test_holidays_are_changed_with_their_source(officer: FlaskClient, sqlite_hub: Hub) -> None:
    path = f"{S}/calendars/FR/2031/change"
    assert "Line 2" in take(officer, path, 422, days="2031-01-01 New Year\nrubbish", source="OJ").text
    assert "Say where" in take(officer, path, 422, days="2031-01-01 New Year", source="").text
    days = "2031-01-01 New Year\n2031-05-01 Labour Day"
    page = follow(officer, take(officer, path, days=days, source="OJ C 1, 3.1.2030", confirmed="yes"))
    assert "Confirmed" in page
    assert "Labour Day" in page
    assert "OJ C 1, 3.1.2030" in page


def test_a_job_is_asked_for(ada: FlaskClient, sqlite_hub: Hub) -> None:
    take(ada, f"{S}/jobs/purge/run")
    take_token = form_token(ada, f"{S}/evidence")
    assert ada.post(f"{S}/evidence/verify", data={"csrf_token": take_token}).status_code == 303
    with sqlite_hub.work(HUB) as uow:
        assert take_requests(uow) == ["evidence", "purge"]


def test_a_head_is_signed_and_downloaded_and_a_message_proved(ada: FlaskClient, sqlite_hub: Hub) -> None:
    austria = join(sqlite_hub, "AT-RTR", kinds=("MSA", "SPOC"))
    send(sqlite_hub, austria.arrival(notice(sqlite_hub, "AT-RTR")))
    assert ada.get(f"{S}/evidence/head.json").status_code == 404
    token = form_token(ada, f"{S}/evidence")
    ada.post(f"{S}/evidence/head", data={"csrf_token": token})
    head = ada.get(f"{S}/evidence/head.json")
    assert json.loads(json.loads(head.text)["body"])["size"] == json.loads(head.text)["size"]
    assert "attachment" in head.headers["Content-Disposition"]
    message = re.findall(r"/secretariat/messages/([0-9a-f-]{36})", ada.get(f"{S}/messages").text)[0]
    proof = ada.post(f"{S}/messages/{message}/proof", data={"csrf_token": token})
    assert json.loads(proof.text)["message"] == message


def test_nobody_but_an_administrator_takes_a_step(auditor: FlaskClient, officer: FlaskClient, sqlite_hub: Hub) -> None:
    for client in (auditor, officer):
        token = form_token(client, f"{S}/")
        for path in (f"participants/{FR}/suspend", f"participants/{FR}/keys/add", "evidence/verify", "jobs/purge/run"):
            answer = client.post(f"{S}/{path}", data={"csrf_token": token, **WHY})
            assert answer.status_code == 403, path
    assert status_of(sqlite_hub) == "active"


def test_a_step_without_the_forms_token_is_refused(ada: FlaskClient, sqlite_hub: Hub) -> None:
    assert ada.post(f"{S}/participants/{FR}/suspend", data=WHY).status_code == 400
    assert status_of(sqlite_hub) == "active"
