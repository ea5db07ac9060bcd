"""How the exchange stands: today's counts, what waits, how the hub stands with each participant, the evidence log.

Every count looks at a bounded number of rows, found by a primary key (they sort by time) or a partial index of open
deliveries: a view costs the same with a thousand messages stored as with a million. A count that met its bound says so.
"""

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import Select, func, select, text, union_all
from sqlmodel import col

from board_hub.domain.deliveries import DeliveryState
from board_hub.domain.envelope import HUB, MessageType
from board_hub.services.exchange import broker_connections
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.evidence import read_tree
from board_hub.store.tables import BrokerConnection, Delivery, Message, Participant, Quarantine

LISTED = (MessageType.NOTICE_ISSUED, MessageType.NOTICE_WITHDRAWN, MessageType.PING_SENT)
"""What a person looks for; receipts are shown with the message they are about, news are the hub's own."""


@dataclass(frozen=True)
class Bounds:
    """Rows that one view looks at, at most: of messages, and of deliveries."""

    messages: int = 5_000
    deliveries: int = 10_000


BOUNDS = Bounds()


class Count(NamedTuple):
    """A number of rows; `at_least` where there may be more beyond the bound."""

    number: int
    at_least: bool = False


@dataclass(frozen=True)
class Today:
    """Messages of participants received since 00:00 UTC, refusals likewise, and the notices' deliveries by state."""

    accepted: Count
    refused: Count
    deliveries: dict[DeliveryState, Count]


@dataclass(frozen=True)
class Waiting:
    """Open deliveries of any day and of any message: owed (some failing after a try), delivered but uncollected."""

    owed: Count
    failing: Count
    uncollected: Count


@dataclass(frozen=True)
class Standing:
    """A participant, how the hub's processes stand with its virtual host, and how many deliveries wait for it."""

    participant: Participant
    connections: tuple[BrokerConnection, ...]
    waiting: int

    @property
    def is_lost(self) -> bool:
        return self.participant.active and any(one.state == "lost" for one in self.connections)


@dataclass(frozen=True)
class ExchangeState:
    """How the exchange stands at `at`; the evidence log's size and root are those of the last commit."""

    at: datetime
    today: Today
    waiting: Waiting
    standings: tuple[Standing, ...]
    evidence_size: int
    evidence_root: str

    @property
    def lost(self) -> list[str]:
        """Codes of active participants whose virtual host the hub cannot reach."""
        return [one.participant.code for one in self.standings if one.is_lost]

    @property
    def needs_attention(self) -> bool:
        return bool(self.lost or self.waiting.failing.number)


class _OpenRow(NamedTuple):
    recipient: str
    state: str
    failing: bool
    number: int


def get_log(uow: UnitOfWork) -> tuple[int, str]:
    """The evidence log's size, and its root in hex."""
    tree = read_tree(uow.session)
    return tree.size, tree.root().hex()


def get_state(uow: UnitOfWork, bounds: Bounds = BOUNDS) -> ExchangeState:
    """Counts, connections and the evidence log, in a fixed number of queries."""
    open_rows = _count_open(uow, bounds.deliveries)
    tree = read_tree(uow.session)
    return ExchangeState(
        at=uow.now,
        today=_count_today(uow, bounds),
        waiting=_sum_waiting(open_rows, bounds.deliveries),
        standings=_list_standings(uow, open_rows),
        evidence_size=tree.size,
        evidence_root=tree.root().hex(),
    )


def _count_today(uow: UnitOfWork, bounds: Bounds) -> Today:
    start = _first_id(uow.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0))
    messages: Select[Any] = (
        select(col(Message.type).label("word")).where(col(Message.id) >= start).order_by(col(Message.id).desc())
    )
    by_type = _count_words(uow, messages, bounds.messages)
    refusals: Select[Any] = select(col(Quarantine.via).label("word")).where(col(Quarantine.id) >= start)
    by_via = _count_words(uow, refusals.order_by(col(Quarantine.id).desc()), bounds.messages)
    return Today(
        accepted=Count(sum(by_type[kind] for kind in LISTED), by_type.total() > bounds.messages),
        refused=Count(min(by_via.total(), bounds.messages), by_via.total() > bounds.messages),
        deliveries=_count_deliveries(uow, start, bounds.deliveries),
    )


def _first_id(moment: datetime) -> UUID:
    """The smallest id that a row of this moment or later can have: ids are UUIDv7, milliseconds first."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)


def _count_words(uow: UnitOfWork, rows: Select[Any], bound: int) -> Counter[str]:
    """How often each `word` occurs in the first rows, one more than `bound` at most."""
    some = rows.limit(bound + 1).subquery()
    counted = uow.session.execute(select(some.c.word, func.count()).group_by(some.c.word))
    return Counter({row[0]: row[1] for row in counted})


def _count_deliveries(uow: UnitOfWork, start: UUID, bound: int) -> dict[DeliveryState, Count]:
    """Deliveries of notices from `start` on by state, among the newest deliveries of all messages."""
    newest = (
        select(col(Delivery.message_id), col(Delivery.state))
        .where(col(Delivery.message_id) >= start)
        .order_by(col(Delivery.message_id).desc())
        .limit(bound + 1)
        .subquery()
    )
    is_notice = col(Message.notice_type).is_not(None)
    rows = uow.session.execute(
        select(newest.c.state, is_notice, func.count())
        .join(Message, col(Message.id) == newest.c.message_id)
        .group_by(newest.c.state, is_notice)
    ).all()
    cut = sum(row[2] for row in rows) > bound
    of_notices = Counter({row[0]: row[2] for row in rows if row[1]})
    return {state: Count(of_notices[state], cut) for state in DeliveryState}


def _count_open(uow: UnitOfWork, bound: int) -> list[_OpenRow]:
    """Open deliveries by recipient and state. The conditions are literals, as the partial indexes' are."""
    columns = (col(Delivery.recipient), col(Delivery.state), (col(Delivery.attempts) > 0).label("tried"))
    parts = [
        select(*columns).where(text(f"via = '{via}' AND next_attempt_at IS NOT NULL")).limit(bound + 1).subquery()
        for via in ("amqp", "mailbox")
    ]
    found = union_all(*(select(part) for part in parts)).subquery()
    grouping = (found.c.recipient, found.c.state, found.c.tried)
    rows = uow.session.execute(select(*grouping, func.count()).group_by(*grouping))
    return [_OpenRow(row[0], row[1], row[1] == DeliveryState.OWED and bool(row[2]), row[3]) for row in rows]


def _sum_waiting(rows: list[_OpenRow], bound: int) -> Waiting:
    cut = sum(row.number for row in rows) > bound
    owed = sum(row.number for row in rows if row.state == DeliveryState.OWED)
    failing = sum(row.number for row in rows if row.failing)
    uncollected = sum(row.number for row in rows if row.state == DeliveryState.DELIVERED)
    return Waiting(Count(owed, cut), Count(failing, cut), Count(uncollected, cut))


def _list_standings(uow: UnitOfWork, open_rows: list[_OpenRow]) -> tuple[Standing, ...]:
    connections = list(broker_connections.list_connections(uow).values())
    waiting: Counter[str] = Counter()
    for row in open_rows:
        waiting[row.recipient] += row.number
    return tuple(
        Standing(one, tuple(c for c in connections if c.participant == one.code), waiting[one.code])
        for one in uow.directory.participants.values()
        if one.code != HUB
    )
