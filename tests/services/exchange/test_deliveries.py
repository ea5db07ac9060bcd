"""Claiming and settling deliveries, on both databases: order, locks, outcomes, receipts to the sender."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.deliveries import DeliveryState, Transport
from board_hub.domain.envelope import MessageType
from board_hub.domain.events import HUB
from board_hub.services.directory import directory
from board_hub.services.exchange import deliveries
from board_hub.services.exchange.deliveries import Attempt, Due, Result
from board_hub.services.unit_of_work import Hub
from board_hub.store.tables import Delivery, Message
from tests.support.hub import AIO, DE, EE, FR, OF_PARTICIPANTS, is_of_hub, join_four, notice, send

ALL = (FR, DE, EE, AIO)


@pytest.fixture
def busy_hub(hub: Hub) -> Hub:
    """France has sent two notices to the three others; nothing is delivered yet."""
    parties = join_four(hub, Transport.AMQP)
    for number in (1, 2):
        assert send(hub, parties[FR].arrival(notice(hub, id_=f"n{number}"))).accepted
    return hub


def claim(hub: Hub, *recipients: str, limit: int = 100) -> list[Due]:
    """Due deliveries of what participants sent; the hub's receipts and news are due besides."""
    return [due for due in claim_all(hub, *recipients, limit=limit) if not is_of_hub(due.post)]


def claim_all(hub: Hub, *recipients: str, limit: int = 100) -> list[Due]:
    with hub.work(HUB) as uow:
        return deliveries.claim_due(uow, recipients or ALL, limit)


def settle(hub: Hub, dues: list[Due], result: Result, error: str | None = None) -> None:
    with hub.work(HUB) as uow:
        deliveries.settle(uow, [Attempt(due, result, error) for due in dues])
        uow.commit()


def rows(hub: Hub, recipient: str) -> list[Delivery]:
    """Deliveries to the recipient of what participants sent."""
    statement = select(Delivery).join(Message, col(Message.id) == Delivery.message_id)
    with hub.work(HUB) as uow:
        found = uow.session.execute(statement.where(col(Delivery.recipient) == recipient, OF_PARTICIPANTS))
        return list(found.scalars())


def delivered_receipts(hub: Hub) -> list[dict[str, Any]]:
    with hub.work(HUB) as uow:
        statement = select(Message).where(col(Message.type) == MessageType.RECEIPT_DELIVERED)
        return [row.model_dump() for row in uow.session.execute(statement).scalars()]


def test_due_deliveries_come_oldest_first(busy_hub: Hub) -> None:
    assert [due.post.message_id for due in claim(busy_hub, DE)] == ["n1", "n2"]


def test_only_the_named_recipients_are_claimed(busy_hub: Hub) -> None:
    assert {due.recipient for due in claim(busy_hub, DE, EE)} == {DE, EE}


def test_a_claim_is_bounded(busy_hub: Hub) -> None:
    assert len(claim_all(busy_hub, limit=3)) == 3


@pytest.mark.postgres
@pytest.mark.parametrize("hub_settings", ["postgres"], indirect=True)
def test_two_relays_never_claim_the_same_delivery(busy_hub: Hub) -> None:
    """SQLite has no row locks; there the relay's command holds a file lock, which is tested with the command."""
    with busy_hub.work(HUB) as first, busy_hub.work(HUB) as second:
        mine = deliveries.claim_due(first, ALL, 4)
        others = deliveries.claim_due(second, ALL, 100)
    keys = [(due.post.id, due.recipient) for due in [*mine, *others]]
    assert len(keys) == len(set(keys))
    assert len(mine) == 4
    assert len([due for due in [*mine, *others] if not is_of_hub(due.post)]) == 6


def test_a_confirmed_delivery_is_delivered_and_its_sender_told_once(busy_hub: Hub) -> None:
    settle(busy_hub, claim(busy_hub, DE, EE, AIO), Result.CONFIRMED)
    assert {row.state for row in rows(busy_hub, DE)} == {DeliveryState.DELIVERED}
    assert len(delivered_receipts(busy_hub)) == 2


def test_a_failed_delivery_stays_owed_with_its_reason_and_is_tried_again(busy_hub: Hub) -> None:
    settle(busy_hub, claim(busy_hub, DE), Result.FAILED, "The queue is full.")
    row = rows(busy_hub, DE)[0]
    assert (row.state, row.last_error, row.attempts) == (DeliveryState.OWED, "The queue is full.", 1)
    assert row.next_attempt_at is not None
    assert row.next_attempt_at - busy_hub.clock() < timedelta(seconds=2)


def test_a_delivery_in_doubt_rests_before_it_is_published_again(busy_hub: Hub) -> None:
    settle(busy_hub, claim(busy_hub, DE), Result.IN_DOUBT)
    assert claim(busy_hub, DE) == []
    assert rows(busy_hub, DE)[0].state == DeliveryState.OWED


def test_a_confirm_that_came_late_tells_the_sender_once(busy_hub: Hub) -> None:
    dues = claim(busy_hub, DE)
    settle(busy_hub, dues, Result.CONFIRMED)
    with busy_hub.work(HUB) as uow:
        late = deliveries.recheck(uow, [Attempt(due, Result.CONFIRMED) for due in dues])
        deliveries.settle(uow, late)
        uow.commit()
    assert len(delivered_receipts(busy_hub)) == 2


def test_unreachable_recipients_are_named_and_their_deliveries_say_why(busy_hub: Hub) -> None:
    with busy_hub.work(HUB) as uow:
        assert deliveries.list_unreachable(uow, [FR, EE, AIO]) == [DE]
        deliveries.postpone(uow, DE, "There is no connection.")
        uow.commit()
    assert claim(busy_hub, DE) == []
    assert {row.last_error for row in rows(busy_hub, DE)} == {"There is no connection."}


def test_what_is_owed_is_due_at_once_when_a_recipient_is_reached_again(busy_hub: Hub) -> None:
    with busy_hub.work(HUB) as uow:
        deliveries.postpone(uow, DE, "There is no connection.")
        deliveries.resume(uow, DE)
        uow.commit()
    assert len(claim(busy_hub, DE)) == 2


def test_what_failed_before_comes_first_when_a_recipient_is_reached_again(busy_hub: Hub) -> None:
    settle(busy_hub, claim(busy_hub, DE)[:1], Result.FAILED, "The connection was lost.")
    assert [due.post.message_id for due in claim(busy_hub, DE)] == ["n2"]
    with busy_hub.work(HUB) as uow:
        deliveries.resume(uow, DE)
        uow.commit()
    assert [due.post.message_id for due in claim(busy_hub, DE)] == ["n1", "n2"]


def test_what_waited_is_not_overtaken_by_what_was_received_while_its_recipient_came_back(hub: Hub) -> None:
    """A batch of intake bears the moment at which it began; it may end after the recipient is reached again."""
    parties = join_four(hub, Transport.AMQP)
    assert send(hub, parties[FR].arrival(notice(hub, id_="n1"))).accepted
    begun = hub.clock()
    later = replace(hub, clock=lambda: begun + timedelta(seconds=1))
    with later.work(HUB) as uow:
        deliveries.postpone(uow, DE, "There is no connection.")
        deliveries.resume(uow, DE)
        uow.commit()
    assert send(replace(hub, clock=lambda: begun), parties[FR].arrival(notice(hub, id_="n2"))).accepted
    assert [due.post.message_id for due in claim(later, DE)] == ["n1", "n2"]


def test_what_is_owed_follows_a_participant_to_its_mailbox(busy_hub: Hub) -> None:
    with busy_hub.work(HUB) as uow:
        directory.set_transport(uow, DE, Transport.MAILBOX)
        uow.commit()
    assert claim(busy_hub, DE) == []
    assert {(row.via, row.state) for row in rows(busy_hub, DE)} == {(Transport.MAILBOX, DeliveryState.DELIVERED)}
    assert len(delivered_receipts(busy_hub)) == 2


def test_nothing_more_is_tried_for_a_removed_participant(busy_hub: Hub) -> None:
    with busy_hub.work(HUB) as uow:
        directory.remove_participant(uow, DE)
        uow.commit()
    assert claim(busy_hub, DE) == []
    assert all(row.next_attempt_at is None and row.last_error for row in rows(busy_hub, DE))
