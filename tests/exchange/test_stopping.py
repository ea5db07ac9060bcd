"""SIGTERM in the middle of traffic ends a process in time, loses and doubles nothing, and keeps each sender's order."""

import time
from collections.abc import Iterator

import pytest
from sqlmodel import col

from board_hub.domain.deliveries import DeliveryState
from board_hub.domain.envelope import MessageType
from board_hub.domain.ids import uuid7
from board_hub.store.tables import Delivery
from messaging.topology import TO_HUB_DEAD
from tests.exchange.scene import (
    Ear,
    bodies,
    check_evidence,
    count,
    issue,
    publish_all,
    stored,
    take_of,
)
from tests.support.exchange import BOARD_HUB, Exchange
from tests.support.hub import AIO, DE, EE, FR
from tests.support.rabbitmq import eventually

RECIPIENTS = (AIO, DE, EE)
MOST_SECONDS = 10.0


@pytest.fixture(scope="module", autouse=True)
def small_batches(exchange: Exchange) -> Iterator[None]:
    """So that a few hundred notices have a middle."""
    exchange.extra_environment |= {"BOARD_HUB_INTAKE_BATCH": "5", "BOARD_HUB_RELAY_BATCH": "20"}
    start_again(exchange)
    yield
    exchange.extra_environment.clear()
    start_again(exchange)


def start_again(exchange: Exchange) -> None:
    for name in ("intake", "relay"):
        exchange.stop(name)
        exchange.start(name)


def fresh_ids(number: int) -> list[str]:
    return [str(uuid7()) for _ in range(number)]


def delivered(exchange: Exchange) -> int:
    """Deliveries of any message that have left the hub."""
    return count(exchange.hub, Delivery, col(Delivery.state) != DeliveryState.OWED)


def end(exchange: Exchange, name: str) -> tuple[int, float]:
    """Exit code after SIGTERM, and the seconds it took."""
    start = time.monotonic()
    return exchange.stop(name), time.monotonic() - start


def given_to(exchange: Exchange, code: str, ids: list[str]) -> list[str]:
    with exchange.client(code) as client:
        return take_of(client, ids, seconds=90)


def test_a_message_that_expired_before_it_was_taken_is_taken_all_the_same(exchange: Exchange) -> None:
    exchange.stop("intake")
    sent = issue(exchange, FR, expiration="1")
    eventually(lambda: exchange.provisioner.depths(FR)[TO_HUB_DEAD].messages)
    exchange.start("intake")
    with Ear(exchange, FR) as ear:
        ear.await_receipts(MessageType.RECEIPT_ACCEPTED, message_id=sent)


def test_intake_ends_in_the_middle_of_traffic(exchange: Exchange) -> None:
    ids = fresh_ids(300)
    publish_all(exchange, exchange.parties[FR], bodies(exchange.hub, FR, ids))
    eventually(lambda: stored(exchange.hub, ids))
    code, seconds = end(exchange, "intake")
    middle = stored(exchange.hub, ids)
    exchange.start("intake")
    assert code == 0, exchange.log("intake")[-2000:]
    assert seconds < MOST_SECONDS
    assert 0 < middle < len(ids)
    for recipient in RECIPIENTS:
        assert given_to(exchange, recipient, ids) == ids
    assert stored(exchange.hub, ids) == len(ids)


def test_the_relay_ends_in_the_middle_of_traffic(exchange: Exchange) -> None:
    exchange.stop("relay")
    ids = fresh_ids(300)
    publish_all(exchange, exchange.parties[FR], bodies(exchange.hub, FR, ids))
    eventually(lambda: stored(exchange.hub, ids) == len(ids), timeout=60)
    before = delivered(exchange)
    exchange.start("relay")
    eventually(lambda: delivered(exchange) > before, timeout=60)
    code, seconds = end(exchange, "relay")
    middle = delivered(exchange) - before
    exchange.start("relay")
    assert code == 0, exchange.log("relay")[-2000:]
    assert seconds < MOST_SECONDS
    assert middle < len(ids) * len(RECIPIENTS)
    for recipient in RECIPIENTS:
        assert given_to(exchange, recipient, ids) == ids


def test_two_intakes_keep_each_senders_order_even_when_one_leaves(exchange: Exchange) -> None:
    exchange.commands["intake-2"] = [str(BOARD_HUB), "intake"]
    exchange.start("intake-2")
    ids = fresh_ids(300)
    publish_all(exchange, exchange.parties[FR], bodies(exchange.hub, FR, ids))
    eventually(lambda: stored(exchange.hub, ids) >= 100, timeout=60)
    assert exchange.stop("intake") == 0
    try:
        given = {recipient: given_to(exchange, recipient, ids) for recipient in RECIPIENTS}
    finally:
        exchange.start("intake")
        assert exchange.stop("intake-2") == 0
    assert given == dict.fromkeys(RECIPIENTS, ids)


def test_the_evidence_log_vouches_for_all_of_it(exchange: Exchange) -> None:
    assert check_evidence(exchange.hub).first == []
