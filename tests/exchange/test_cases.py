"""Cases through the queue: a notice opens or joins one, clocks run from receipt, illegal steps are refused."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.envelope import MessageType, participant_urn
from board_hub.law.examples import example_notice
from board_hub.store.case_tables import Notice, ProcedureRun
from board_hub.store.engine import snapshot
from board_hub.store.tables import Message
from messaging.client import Client, Receipt
from tests.exchange.scene import await_message, await_news
from tests.support.exchange import Exchange
from tests.support.hub import AIO, DE, EE, FR, catalogue_of
from tests.support.rabbitmq import eventually


@pytest.fixture
def france(exchange: Exchange) -> Iterator[Client]:
    with exchange.client(FR) as client:
        yield client


@pytest.fixture
def germany(exchange: Exchange) -> Iterator[Client]:
    with exchange.client(DE) as client:
        yield client


@pytest.fixture
def estonia(exchange: Exchange) -> Iterator[Client]:
    with exchange.client(EE) as client:
        yield client


def content(exchange: Exchange, sender: str, notice_type: str, **fields: object) -> dict[str, Any]:
    """The data of a valid notice; `fields` are set besides, `to` names its recipient."""
    data = example_notice(catalogue_of(exchange.hub), notice_type, sender=sender)
    if to := fields.pop("to", None):
        data["to"] = [to]
    data["fields"] |= fields
    return data


def answer_to(client: Client, message_id: str) -> Receipt:
    receipt = client.receipt(message_id, 60)
    assert receipt is not None, f"{message_id} of {client.code} was not answered"
    return receipt


def say(exchange: Exchange, client: Client, notice_type: str, **given: Any) -> Receipt:
    """Send a notice and await its receipt. subject, marking, revision are the SDK's; the rest are fields."""
    own = {name: given.pop(name) for name in ("subject", "marking", "revision") if name in given}
    return answer_to(client, client.send_notice(content(exchange, client.code, notice_type, **given), **own))


def accepted(receipt: Receipt) -> Receipt:
    assert receipt.accepted, receipt.errors
    return receipt


def refusal(receipt: Receipt) -> dict[str, str]:
    assert not receipt.accepted
    [error] = receipt.errors
    return error


def reference(client: Client, receipt: Receipt) -> dict[str, str]:
    return {"source": participant_urn(client.code), "id": receipt.message_id}


def versions(exchange: Exchange, case: Receipt) -> list[Notice]:
    """The notices of the case that the receipt's notice is in, oldest first."""
    with snapshot(exchange.hub.engine) as session:
        mine = select(col(Notice.case_id)).join(Message, col(Message.id) == Notice.id)
        found = select(Notice).where(col(Notice.case_id).in_(mine.where(col(Message.message_id) == case.message_id)))
        return list(session.execute(found.order_by(col(Notice.id))).scalars())


def state_of(exchange: Exchange, case: Receipt) -> str:
    """The state of the only procedure of the case."""
    with snapshot(exchange.hub.engine) as session:
        case_id = versions(exchange, case)[0].case_id
        return session.execute(select(col(ProcedureRun.state)).where(col(ProcedureRun.case_id) == case_id)).scalar_one()


# --- opening and joining ---------------------------------------------------------------------------------------------


def test_a_measure_opens_a_case_whose_windows_run_from_each_recipients_receipt(
    exchange: Exchange, france: Client, germany: Client
) -> None:
    receipt = accepted(say(exchange, france, "art79-5", grounds=["requirement-not-met"]))
    assert receipt.case is not None
    assert receipt.case.startswith(f"AIB-{datetime.now(UTC).year}-")
    assert receipt.content["procedure"]["state"] == "objection-window"

    opened = await_news(germany, MessageType.CASE_OPENED, case=receipt.case)
    assert opened["notice"] == reference(france, receipt)
    window = await_news(germany, MessageType.CLOCK_STARTED, case=receipt.case, holder=DE)
    assert (window["rule"], window["state"], window["effect"]) == ("E06", "running", "deemed-justified")
    assert window["explanation"]

    def ends() -> dict[str, str]:
        france.exchange()
        return {one["holder"]: one["end_at"] for one in france.clocks(receipt.message_id) if one["rule"] == "E06"}

    eventually(lambda: {DE, EE, AIO} <= ends().keys())
    assert ends()[DE] == window["end_at"]


def test_news_are_not_sent_to_who_did_it(exchange: Exchange, france: Client, germany: Client) -> None:
    receipt = accepted(say(exchange, france, "art79-5"))
    await_news(germany, MessageType.CASE_OPENED, case=receipt.case)
    told = [one for one in france.receive(1) if any(item.get("case") == receipt.case for item in one.items)]
    assert [one.type for one in told if one.type == MessageType.CASE_OPENED] == []


def test_a_later_notice_joins_the_case_that_its_subject_names(exchange: Exchange, estonia: Client) -> None:
    first = accepted(say(exchange, estonia, "art73-11", report_stage="initial"))
    second = accepted(say(exchange, estonia, "art73-11", report_stage="complete", subject=first.case))
    assert second.case == first.case
    assert second.content["procedure"]["state"] == "complete-report"
    assert len(versions(exchange, first)) == 2


def test_a_notice_that_names_another_joins_its_case_without_a_subject(
    exchange: Exchange, france: Client, germany: Client
) -> None:
    measure = accepted(say(exchange, france, "art79-5"))
    await_message(germany, measure.message_id)
    answer = accepted(say(exchange, germany, "art79-7", notice=reference(france, measure)))
    assert answer.case == measure.case


# --- steps of the procedure ------------------------------------------------------------------------------------------


def test_an_objection_moves_the_procedure_and_all_are_told(
    exchange: Exchange, france: Client, germany: Client, estonia: Client
) -> None:
    measure = accepted(say(exchange, france, "art79-5"))
    await_news(germany, MessageType.CLOCK_STARTED, case=measure.case, holder=DE)
    objection = say(exchange, germany, "art79-8-objection", notice=reference(france, measure), subject=measure.case)
    assert accepted(objection).content["procedure"]["state"] == "objected"
    for client in (france, estonia):
        told = await_news(client, MessageType.CASE_CHANGED, case=measure.case, notice_type="art79-8-objection")
        assert told["procedure"]["state"] == "objected"


def test_a_step_that_is_not_legal_is_refused_with_what_is_possible_instead(exchange: Exchange, france: Client) -> None:
    measure = accepted(say(exchange, france, "art79-5"))
    error = refusal(say(exchange, france, "art79-8-objection", notice=reference(france, measure)))
    assert error["code"] == "procedure.not_possible"
    assert "art81-1-consultation" in error["message"]
    assert state_of(exchange, measure) == "objection-window"


def test_the_competence_test_shows_the_way_to_the_ai_office(exchange: Exchange, france: Client) -> None:
    answers = content(exchange, FR, "art79-5")["fields"]["competence"] | {"vlop_vlose": True}
    error = refusal(say(exchange, france, "art79-5", competence=answers))
    assert (error["code"], error["path"]) == ("competence.elsewhere", "/data/fields/competence")
    assert "art75-2a" in error["message"]


# --- versions --------------------------------------------------------------------------------------------------------


def test_a_correction_keeps_the_earlier_version(exchange: Exchange, france: Client, germany: Client) -> None:
    first = accepted(say(exchange, france, "art79-5"))
    revision = {"of": reference(france, first), "kind": "correction", "reason": "The version was wrong."}
    second = accepted(say(exchange, france, "art79-5", risk_involved="Corrected.", revision=revision))
    assert second.case == first.case
    earlier, later = versions(exchange, first)
    assert (earlier.replaced_by, later.replaces, later.version) == (later.id, earlier.id, 2)
    assert await_news(germany, MessageType.CASE_CHANGED, case=first.case)["change"] == "correction"
    assert await_message(germany, second.message_id).data["revision"] == revision


def test_a_withdrawn_notice_stays_on_record_and_its_readers_get_the_withdrawal(
    exchange: Exchange, france: Client, germany: Client
) -> None:
    measure = accepted(say(exchange, france, "art79-5"))
    sent = france.withdraw_notice(measure.message_id, "It was sent by mistake.")
    assert accepted(answer_to(france, sent)).case == measure.case
    withdrawal = await_message(germany, sent)
    assert withdrawal.data == {"notice": reference(france, measure), "reason": "It was sent by mistake."}
    [kept] = versions(exchange, measure)
    assert kept.withdrawn_at is not None
    assert state_of(exchange, measure) == "withdrawn"


def test_what_was_withdrawn_cannot_be_withdrawn_again(exchange: Exchange, france: Client) -> None:
    measure = accepted(say(exchange, france, "art79-5"))
    for code in (None, "notice.not_current"):
        receipt = answer_to(france, france.withdraw_notice(measure.message_id, "It was sent by mistake."))
        assert (refusal(receipt)["code"] if code else receipt.accepted) == (code or True)


# --- what one may not know -------------------------------------------------------------------------------------------


def test_a_case_that_one_may_not_read_is_refused_as_if_it_did_not_exist(
    exchange: Exchange, france: Client, estonia: Client
) -> None:
    others = accepted(say(exchange, france, "msr22-request", to=DE)).case
    nobodys = f"AIB-{datetime.now(UTC).year}-999999"
    errors = [refusal(say(exchange, estonia, "art73-11", subject=case)) for case in (others, nobodys)]
    assert errors[0] == errors[1]
    assert (errors[0]["code"], errors[0]["path"]) == ("case.unknown", "/subject")


def test_a_notice_that_one_may_not_read_is_refused_as_if_it_did_not_exist(
    exchange: Exchange, france: Client, estonia: Client
) -> None:
    others = reference(france, accepted(say(exchange, france, "msr22-request", to=DE)))
    nobodys = {**others, "id": "nothing"}
    errors = [refusal(say(exchange, estonia, "msr22-answer", request=named, to=FR)) for named in (others, nobodys)]
    assert [error["code"] for error in errors] == ["notice.unknown"] * 2
    assert errors[0]["message"].replace(others["id"], "nothing") == errors[1]["message"]


def test_a_marking_that_is_none_is_refused(exchange: Exchange, france: Client) -> None:
    error = refusal(say(exchange, france, "art79-5", marking="secret"))
    assert (error["code"], error["path"]) == ("code.unknown", "/marking")
