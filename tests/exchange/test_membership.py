"""Suspension and removal take effect while the participant is connected, and on nobody else."""

import time
from collections.abc import Callable

from pika.adapters.blocking_connection import BlockingChannel
from pika.exceptions import AMQPError

from board_hub.domain.deliveries import DeliveryState
from board_hub.domain.envelope import decode
from board_hub.domain.events import HUB
from board_hub.services.directory import directory
from board_hub.services.unit_of_work import UnitOfWork
from messaging.management import Management
from messaging.topology import FROM_HUB, vhost_name
from tests.exchange.scene import await_delivery, channel_of, delivery, find_delivery, issue, publish, stored, take_of
from tests.support.exchange import PASSWORD, Exchange
from tests.support.hub import DE, EE, FR, notice
from tests.support.rabbitmq import eventually

DATABASES = ("sqlite",)
AT = "AT-RTR"
MOST_SECONDS = 5.0


def change(exchange: Exchange, how: Callable[[UnitOfWork, str], None], code: str) -> None:
    """Change the directory, as the command line does before it tells the broker."""
    with exchange.hub.work(HUB) as uow:
        how(uow, code)
        uow.commit()


def seconds_until_cut_off(exchange: Exchange, code: str, cut: Callable[[], None]) -> float:
    """How long after `cut` a participant's open connection can still be used."""
    with channel_of(exchange, code) as channel:
        assert is_usable(channel)
        start = time.monotonic()
        cut()
        eventually(lambda: not is_usable(channel))
        return time.monotonic() - start


def is_usable(channel: BlockingChannel) -> bool:
    try:
        channel.connection.process_data_events(0)
    except AMQPError:
        return False
    return bool(channel.connection.is_open)


def suspend(exchange: Exchange, code: str) -> None:
    change(exchange, directory.suspend_participant, code)
    exchange.provisioner.suspend(code)


def restore(exchange: Exchange, code: str) -> None:
    change(exchange, directory.restore_participant, code)
    exchange.provisioner.restore(code, PASSWORD)
    exchange.provisioner.await_ready(code, may_recreate=True)


def test_a_suspended_participant_is_cut_off_while_the_others_go_on_and_gets_what_it_is_owed_later(
    exchange: Exchange,
) -> None:
    Management(exchange.node.management_url).delete("queues", vhost_name(DE), FROM_HUB)
    owed = issue(exchange, FR)
    eventually(lambda: (found := find_delivery(exchange.hub, owed, DE)) is not None and found.last_error)

    assert seconds_until_cut_off(exchange, DE, lambda: suspend(exchange, DE)) < MOST_SECONDS
    try:
        meanwhile = issue(exchange, FR)
        await_delivery(exchange.hub, meanwhile, EE, state=DeliveryState.DELIVERED)
        assert find_delivery(exchange.hub, meanwhile, DE) is None
        assert delivery(exchange.hub, owed, DE).state == DeliveryState.OWED
    finally:
        restore(exchange, DE)
    with exchange.client(DE) as client:
        assert take_of(client, [owed]) == [owed]
    after = issue(exchange, FR)
    await_delivery(exchange.hub, after, DE, state=DeliveryState.DELIVERED)


def test_what_a_participant_sent_before_it_was_suspended_is_taken_once_it_is_restored(exchange: Exchange) -> None:
    exchange.stop("intake")
    body = notice(exchange.hub, EE)
    with channel_of(exchange, EE) as channel:
        publish(channel, body, exchange.parties[EE].key.sign(body))
    suspend(exchange, EE)
    exchange.start("intake")
    other = issue(exchange, FR)
    eventually(lambda: stored(exchange.hub, [other]), timeout=60)
    assert stored(exchange.hub, [decode(body).id]) == 0
    restore(exchange, EE)
    eventually(lambda: stored(exchange.hub, [decode(body).id]))


def test_a_removed_participant_is_cut_off_and_the_others_go_on(exchange: Exchange) -> None:
    exchange.add({AT: ("MSA", "SPOC")})
    before = issue(exchange, FR)
    await_delivery(exchange.hub, before, AT, state=DeliveryState.DELIVERED)

    def remove() -> None:
        change(exchange, directory.remove_participant, AT)
        exchange.provisioner.remove(AT)

    assert seconds_until_cut_off(exchange, AT, remove) < MOST_SECONDS
    given_up = delivery(exchange.hub, before, AT)
    assert given_up.next_attempt_at is None
    assert given_up.last_error
    with exchange.client(DE) as client:
        after = issue(exchange, FR)
        assert take_of(client, [after]) == [after]
    assert find_delivery(exchange.hub, after, AT) is None
    del exchange.parties[AT]
