"""What a sender can get wrong over AMQP: its own code and path, quarantine, the sender told; a good one passes."""

import pytest
from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.envelope import MessageType, decode
from board_hub.services.exchange.hub_messages import digest
from board_hub.store.engine import snapshot
from board_hub.store.tables import Quarantine
from tests.exchange.scene import Ear, bodies, channel_of, check_evidence, errors_of, publish, stored
from tests.support.exchange import Exchange
from tests.support.hub import DE, FR, notice
from tests.support.refusals import REFUSALS, Refusal, Sender, ready_to_fail


@pytest.fixture(scope="module")
def sender(exchange: Exchange) -> Sender:
    return ready_to_fail(exchange.hub, exchange.parties[FR])


def send_and_one_behind(exchange: Exchange, body: bytes, signature: object) -> str:
    """The bad message, and a good one right behind it; returns the good one's id."""
    good = notice(exchange.hub)
    with channel_of(exchange, FR) as channel:
        publish(channel, body, signature)
        publish(channel, good, exchange.parties[FR].key.sign(good))
    return decode(good).id


def quarantined(exchange: Exchange, body: bytes) -> list[Quarantine]:
    with snapshot(exchange.hub.engine) as session:
        rows = session.execute(select(Quarantine).where(col(Quarantine.sha256) == digest(body))).scalars()
        return [row for row in rows if row.body == body]


@pytest.mark.parametrize("bad", REFUSALS, ids=lambda bad: bad.name)
def test_it_is_refused_with_its_own_code_kept_and_told_and_a_good_one_passes(
    exchange: Exchange, sender: Sender, bad: Refusal
) -> None:
    body, signature = bad.make(sender)
    before = len(quarantined(exchange, body))
    with Ear(exchange, FR) as ear:
        good = send_and_one_behind(exchange, body, signature)
        ear.await_receipts(MessageType.RECEIPT_ACCEPTED, message_id=good)
        [(receipt, _)] = ear.await_receipts(MessageType.RECEIPT_REJECTED, sha256=digest(body))

    [kept] = quarantined(exchange, body)[before:]
    assert (bad.code, bad.path) in [(flaw["code"], flaw["path"]) for flaw in kept.flaws]
    assert (kept.participant, kept.signature or "") == (FR, signature)
    assert receipt.data["errors"] == kept.flaws


def test_anothers_own_message_is_refused_in_ones_own_virtual_host(exchange: Exchange) -> None:
    body = notice(exchange.hub, DE)
    with Ear(exchange, FR) as ear:
        send_and_one_behind(exchange, body, exchange.parties[DE].key.sign(body))
        [(receipt, _)] = ear.await_receipts(MessageType.RECEIPT_REJECTED, sha256=digest(body))
    assert [(error["code"], error["path"]) for error in errors_of(receipt)] == [("source.mismatch", "/source")]
    assert stored(exchange.hub, [decode(body).id]) == 0


@pytest.mark.parametrize("signature", ["x\0y", "\ud7ff…", 7, b"\xff", ["a..b"], None, {"a": "b"}], ids=repr)
def test_no_signature_header_is_too_strange_to_be_refused(exchange: Exchange, signature: object) -> None:
    body = notice(exchange.hub)
    with Ear(exchange, FR) as ear:
        good = send_and_one_behind(exchange, body, signature)
        ear.await_receipts(MessageType.RECEIPT_ACCEPTED, message_id=good)
        [(receipt, _)] = ear.await_receipts(MessageType.RECEIPT_REJECTED, sha256=digest(body))
    [error] = errors_of(receipt)
    assert error["code"] in ("signature.missing", "signature.malformed")
    assert len(quarantined(exchange, body)) == 1


def test_the_same_bytes_again_get_the_same_receipt(exchange: Exchange) -> None:
    body = notice(exchange.hub)
    signature = exchange.parties[FR].key.sign(body)
    with Ear(exchange, FR) as ear, channel_of(exchange, FR) as channel:
        for times in (1, 2, 3):
            publish(channel, body, signature)
            receipts = ear.await_receipts(MessageType.RECEIPT_ACCEPTED, times, message_id=decode(body).id)
    assert len({receipt for _, receipt in receipts}) == 1
    assert stored(exchange.hub, [decode(body).id]) == 1


def test_the_same_id_with_other_bytes_is_refused(exchange: Exchange) -> None:
    first = notice(exchange.hub)
    [second] = bodies(exchange.hub, FR, [decode(first).id])
    with Ear(exchange, FR) as ear, channel_of(exchange, FR) as channel:
        for body in (first, second):
            publish(channel, body, exchange.parties[FR].key.sign(body))
        [(receipt, _)] = ear.await_receipts(MessageType.RECEIPT_REJECTED, sha256=digest(second))
        ear.await_receipts(MessageType.RECEIPT_ACCEPTED, sha256=digest(first))
    assert [(error["code"], error["path"]) for error in errors_of(receipt)] == [("id.reused", "/id")]
    assert receipt.data["message_id"] == decode(first).id


def test_the_evidence_log_vouches_for_all_of_it(exchange: Exchange) -> None:
    report = check_evidence(exchange.hub)
    assert report.first == []
    assert report.quarantined
