"""A delivery is owed until its recipient signs that it has it: whatever becomes of queues, connections and copies."""

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest

from board_hub.domain.deliveries import DeliveryState
from board_hub.domain.envelope import Envelope, MessageType, encode, participant_urn
from messaging.lane import NOT_ROUTED, REFUSED
from messaging.management import Management
from messaging.topology import FROM_HUB, HUB_USER, vhost_name
from tests.exchange.scene import (
    Ear,
    await_delivery,
    channel_of,
    check_evidence,
    delivery,
    errors_of,
    find_delivery,
    issue,
    publish,
    take_of,
)
from tests.support.exchange import PASSWORD, Exchange
from tests.support.hub import DE, EE, FR, envelope
from tests.support.rabbitmq import eventually

NO_CONNECTION = "There is no connection to the recipient's virtual host."


def test_copy_headers_copy_nothing(exchange: Exchange) -> None:
    with Ear(exchange, FR) as ear, exchange.client(DE) as client:
        sent = issue(exchange, FR, headers={"CC": [FROM_HUB, "to-hub.dead"], "BCC": [FROM_HUB]})
        assert take_of(client, [sent]) == [sent]
        assert len(ear.await_receipts(MessageType.RECEIPT_ACCEPTED, message_id=sent)) == 1


def test_an_uncollected_message_is_sent_again_under_its_id_and_given_to_the_program_once(exchange: Exchange) -> None:
    sent = issue(exchange, FR)
    eventually(lambda: (found := find_delivery(exchange.hub, sent, DE)) is not None and found.attempts >= 3)
    assert delivery(exchange.hub, sent, DE).state == DeliveryState.DELIVERED
    with exchange.client(DE) as client:
        assert take_of(client, [sent]) == [sent]


def test_what_was_collected_is_never_sent_again(exchange: Exchange) -> None:
    sent = issue(exchange, FR)
    with exchange.client(DE) as client:
        assert take_of(client, [sent]) == [sent]
    collected = await_delivery(exchange.hub, sent, DE, state=DeliveryState.COLLECTED)
    assert collected.next_attempt_at is None
    later = issue(exchange, FR)  # by its second sending, the first could have been sent again too
    eventually(lambda: (found := find_delivery(exchange.hub, later, DE)) is not None and found.attempts >= 2)
    assert delivery(exchange.hub, sent, DE).attempts == collected.attempts


def test_handled_closes_a_delivery_that_was_never_said_to_be_collected(exchange: Exchange) -> None:
    sent = issue(exchange, FR)
    with Ear(exchange, EE) as ear:
        eventually(lambda: any(said.id == sent for said, _ in ear.listen()))
        [(_, body), *_] = [one for one in ear.heard if one[0].id == sent]
    tell(exchange, EE, MessageType.RECEIPT_HANDLED, item(FR, sent, body))
    handled = await_delivery(exchange.hub, sent, EE, state=DeliveryState.HANDLED)
    assert handled.next_attempt_at is None
    assert handled.collected_at is not None


def test_a_purged_message_comes_again(exchange: Exchange) -> None:
    sent = issue(exchange, FR)
    await_delivery(exchange.hub, sent, DE, state=DeliveryState.DELIVERED)
    with channel_of(exchange, DE) as channel:
        channel.queue_purge(FROM_HUB)
    with exchange.client(DE) as client:
        assert take_of(client, [sent]) == [sent]


# --- receipts that are not in order ----------------------------------------------------------------------------------


def item(source: str, id_: str, body: bytes) -> dict[str, str]:
    return {"source": participant_urn(source), "id": id_, "sha256": sha256(body).hexdigest()}


def tell(exchange: Exchange, code: str, type_: MessageType, *items: dict[str, str]) -> str:
    """Send a receipt by hand; returns its id."""
    body = encode(said := envelope(code, type_, data={"items": list(items)}))
    with channel_of(exchange, code) as channel:
        publish(channel, body, exchange.parties[code].key.sign(body))
    return said.id


def refusal_of(ear: Ear, id_: str) -> list[dict[str, Any]]:
    [(receipt, _)] = ear.await_receipts(MessageType.RECEIPT_REJECTED, message_id=id_)
    return errors_of(receipt)


def heard_by(exchange: Exchange, code: str, id_: str) -> tuple[Envelope, bytes]:
    with Ear(exchange, code) as ear:
        eventually(lambda: any(said.id == id_ for said, _ in ear.listen()))
        return next(one for one in ear.heard if one[0].id == id_)


def test_a_receipt_for_what_one_was_never_sent_is_refused_as_if_that_did_not_exist(exchange: Exchange) -> None:
    ping = encode(pinged := envelope(DE, MessageType.PING_SENT, data={}))
    with channel_of(exchange, DE) as channel, Ear(exchange, DE) as ear:
        publish(channel, ping, exchange.parties[DE].key.sign(ping))
        ear.await_receipts(MessageType.RECEIPT_ACCEPTED, message_id=pinged.id)
    with Ear(exchange, EE) as ear:
        others = refusal_of(ear, tell(exchange, EE, MessageType.RECEIPT_COLLECTED, item(DE, pinged.id, ping)))
        nobodys = refusal_of(ear, tell(exchange, EE, MessageType.RECEIPT_COLLECTED, item(DE, "nothing", ping)))
    assert others == nobodys
    assert [(error["code"], error["path"]) for error in others] == [("item.unknown", "/data/items/0")]


def test_a_receipt_with_another_digest_is_refused_and_closes_nothing(exchange: Exchange) -> None:
    sent = issue(exchange, FR)
    _, body = heard_by(exchange, EE, sent)
    with Ear(exchange, EE) as ear:
        [error] = refusal_of(ear, tell(exchange, EE, MessageType.RECEIPT_COLLECTED, item(FR, sent, body + b" ")))
    assert (error["code"], error["path"]) == ("item.changed", "/data/items/0/sha256")
    assert delivery(exchange.hub, sent, EE).state == DeliveryState.DELIVERED


# --- recipients that cannot be reached -------------------------------------------------------------------------------


def delete_queue(management: Management, vhost: str) -> None:
    management.delete("queues", vhost, FROM_HUB)


def shorten_queue(management: Management, vhost: str) -> None:
    """A policy of the administrator's own, stronger than the hub's; it fills the queue with nothing collected."""
    policy = {"vhost": vhost, "name": "tight", "pattern": f"^{FROM_HUB}$", "apply-to": "queues", "priority": 9}
    limits = {"max-length": 1, "overflow": "reject-publish"}
    management.import_definitions({"policies": [{**policy, "definition": limits}]})


def shut_out_hub(management: Management, vhost: str) -> None:
    management.delete("permissions", vhost, HUB_USER)
    management.delete("connections", "username", HUB_USER)


FAILURES: dict[str, tuple[Callable[[Management, str], None], str]] = {
    "deleted": (delete_queue, NOT_ROUTED),
    "full": (shorten_queue, REFUSED),
    "unreachable": (shut_out_hub, NO_CONNECTION),
}


@pytest.mark.parametrize(("break_it", "error"), FAILURES.values(), ids=FAILURES.keys())
def test_a_mailbox_that_fails_is_owed_what_it_does_not_take_and_holds_up_nobody(
    exchange: Exchange, break_it: Callable[[Management, str], None], error: str
) -> None:
    break_it(Management(exchange.node.management_url), vhost_name(EE))
    try:
        sent = [issue(exchange, FR) for _ in range(6)]  # more than a queue of one takes before it says that it is full
        eventually(lambda: any(delivery_error(exchange, id_, EE) == error for id_ in sent))
        for id_ in sent:
            await_delivery(exchange.hub, id_, DE, state=DeliveryState.DELIVERED)
        failing = [id_ for id_ in sent if delivery(exchange.hub, id_, EE).state == DeliveryState.OWED]
        assert failing
        assert all(delivery(exchange.hub, id_, EE).next_attempt_at for id_ in failing)
    finally:
        exchange.provisioner.ensure(EE, PASSWORD)
        exchange.provisioner.await_ready(EE, may_recreate=True)
    with exchange.client(EE) as client:
        assert sorted(take_of(client, sent, seconds=60)) == sorted(sent)
    for id_ in sent:
        assert await_delivery(exchange.hub, id_, EE, state=DeliveryState.COLLECTED).last_error is None


def delivery_error(exchange: Exchange, id_: str, recipient: str) -> str | None:
    found = find_delivery(exchange.hub, id_, recipient)
    return found.last_error if found else None


def test_the_evidence_log_vouches_for_all_of_it(exchange: Exchange) -> None:
    assert check_evidence(exchange.hub).first == []
