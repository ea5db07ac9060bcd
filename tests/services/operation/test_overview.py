"""Counts are right, say when they met their bound, and cost the same however much is stored."""

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert

from board_hub.domain.deliveries import DeliveryState
from board_hub.domain.envelope import MessageType
from board_hub.domain.events import HUB
from board_hub.domain.ids import uuid7
from board_hub.services.exchange import message_reads, refusal_reads
from board_hub.services.operation.overview import Bounds, Count, get_state
from board_hub.services.unit_of_work import Hub, UnitOfWork
from board_hub.store.tables import Delivery, Message
from tests.support.hub import AIO, DE, EE, FR, hub, hub_settings, join_four, notice, send, sqlite_hub
from tests.support.statements import counted_statements

__all__ = ["hub", "hub_settings", "sqlite_hub"]

SMALL = Bounds(messages=50, deliveries=100)


def store(hub: Hub, notices: int, *, ended: datetime) -> None:
    """Put notices of one a second, two recipients and a receipt each, straight into the tables."""
    messages: list[dict[str, Any]] = []
    deliveries: list[dict[str, Any]] = []
    for number in range(notices):
        moment = ended - timedelta(seconds=notices - number)
        notice_row = message_row(moment, FR, MessageType.NOTICE_ISSUED)
        receipt_row = message_row(moment, "EU-HUB", MessageType.RECEIPT_ACCEPTED) | {"about": notice_row["id"]}
        messages += [notice_row, receipt_row]
        deliveries += [delivery_row(notice_row, DE), delivery_row(notice_row, EE), delivery_row(receipt_row, FR)]
    with hub.work(HUB) as uow:
        uow.session.execute(insert(Message), messages)
        uow.session.execute(insert(Delivery), deliveries)
        uow.commit()


def message_row(moment: datetime, source: str, type_: MessageType) -> dict[str, Any]:
    id_ = uuid7(moment)
    kind = "art79-5" if type_ is MessageType.NOTICE_ISSUED else None
    row: dict[str, Any] = {"id": id_, "source": source, "message_id": str(id_), "type": type_, "notice_type": kind}
    empty = {"subject": None, "marking": None, "about": None, "hub_signature": None}
    content = {"sha256": "0" * 64, "body": b"x" * 500, "signature": "s"}
    return row | empty | content | {"time": moment, "received_at": moment}


def delivery_row(message: dict[str, Any], recipient: str) -> dict[str, Any]:
    at = message["received_at"]
    state = {"state": DeliveryState.DELIVERED, "attempts": 1, "next_attempt_at": at, "delivered_at": at}
    return {"message_id": message["id"], "recipient": recipient, "via": "mailbox", **state}


def steps_of(hub: Hub, read: Callable[[UnitOfWork], object]) -> int:
    """Steps of SQLite's virtual machine that a read takes, in hundreds: a cost that no other process disturbs."""
    steps = 0

    def step() -> int:
        nonlocal steps
        steps += 1
        return 0

    with hub.work(HUB) as uow:
        connection: sqlite3.Connection = uow.session.connection().connection.dbapi_connection  # type: ignore[assignment]
        connection.set_progress_handler(step, 100)
        read(uow)
        connection.set_progress_handler(None, 0)
    return steps


READS: dict[str, Callable[[UnitOfWork], object]] = {
    "state": lambda uow: get_state(uow, SMALL),
    "list": lambda uow: message_reads.list_messages(uow, window=50),
    "none found": lambda uow: message_reads.list_messages(uow, participant="LT-NONE", window=50),
    "stage": lambda uow: message_reads.list_messages(uow, stage=DeliveryState.HANDLED, window=50),
    "refusals": refusal_reads.list_refusals,
}


@pytest.mark.parametrize("read", READS)
def test_a_view_of_forty_times_the_messages_costs_the_same(sqlite_hub: Hub, read: str) -> None:
    ended = datetime.now(UTC).replace(hour=12)
    at_noon = replace(sqlite_hub, clock=lambda: ended)
    join_four(at_noon)
    store(at_noon, 100, ended=ended - timedelta(hours=3))
    before = steps_of(at_noon, READS[read])
    store(at_noon, 4_000, ended=ended)
    assert steps_of(at_noon, READS[read]) <= 1.2 * before + 3


@pytest.mark.parametrize("read", READS)
def test_a_view_takes_few_statements(hub: Hub, read: str) -> None:
    join_four(hub)
    store(hub, 40, ended=datetime.now(UTC))
    with hub.work(HUB) as uow, counted_statements(hub) as statements:
        READS[read](uow)
    assert len([one for one in statements if one.startswith("SELECT")]) <= 9


def test_a_count_that_met_its_bound_says_so(hub: Hub) -> None:
    join_four(hub)
    now = datetime.now(UTC).replace(hour=12)
    store(hub, 60, ended=now)
    with replace(hub, clock=lambda: now).work(HUB) as uow:
        today = get_state(uow, SMALL).today
    assert today.accepted.at_least
    assert today.deliveries[DeliveryState.DELIVERED].at_least


def test_todays_counts_are_of_notices_and_of_today(hub: Hub) -> None:
    join_four(hub)
    now = datetime.now(UTC).replace(hour=12)
    store(hub, 3, ended=now - timedelta(days=1))
    store(hub, 2, ended=now)
    with replace(hub, clock=lambda: now).work(HUB) as uow:
        state = get_state(uow)
    assert state.today.accepted == Count(2)
    assert state.today.deliveries[DeliveryState.DELIVERED] == Count(4)
    assert state.waiting.uncollected == Count(15)


def test_a_refusal_is_counted_and_listed_without_its_body(hub: Hub) -> None:
    parties = join_four(hub)
    send(hub, parties[FR].arrival(b"{}"))
    with hub.work(HUB) as uow:
        assert get_state(uow).today.refused == Count(1)
        (refusal,) = refusal_reads.list_refusals(uow, participant=FR).refusals
    assert (refusal.bytes, refusal.is_signed) == (2, True)
    assert not hasattr(refusal, "body")


def test_the_state_has_every_participant_but_the_hub(hub: Hub) -> None:
    join_four(hub)
    with hub.work(HUB) as uow:
        assert [one.participant.code for one in get_state(uow).standings] == [DE, EE, AIO, FR]


def test_pages_follow_each_other_without_a_gap_or_a_double(hub: Hub) -> None:
    join_four(hub)
    store(hub, 23, ended=datetime.now(UTC))
    seen, before = [], None
    with hub.work(HUB) as uow:
        while True:
            page = message_reads.list_messages(uow, before=before, limit=5)
            seen += [one.id for one in page.messages]
            before = page.older
            if before is None:
                break
    assert len(seen) == len(set(seen)) == 23
    assert seen == sorted(seen, reverse=True)


def test_a_search_that_met_its_bound_goes_on_from_there(hub: Hub) -> None:
    parties = join_four(hub)
    send(hub, parties[EE].arrival(notice(hub, EE)))
    store(hub, 30, ended=datetime.now(UTC) + timedelta(minutes=5))
    with hub.work(HUB) as uow:
        first = message_reads.list_messages(uow, participant=AIO, window=60)
        assert (first.messages, first.is_partial) == ((), True)
        second = message_reads.list_messages(uow, participant=AIO, window=60, before=first.older)
    assert [one.source for one in second.messages] == [EE]


def test_refusals_page_by_page(hub: Hub) -> None:
    parties = join_four(hub)
    for _ in range(3):
        send(hub, parties[FR].arrival(b"{}"))
    with hub.work(HUB) as uow:
        first = refusal_reads.list_refusals(uow, limit=2)
        second = refusal_reads.list_refusals(uow, limit=2, before=first.older)
    assert [len(first.refusals), len(second.refusals)] == [2, 1]
    assert second.older is None


def test_a_message_is_as_far_as_its_slowest_recipient() -> None:
    assert message_reads.stage_of([DeliveryState.HANDLED, DeliveryState.OWED]) is DeliveryState.OWED
    assert message_reads.stage_of([]) is None
