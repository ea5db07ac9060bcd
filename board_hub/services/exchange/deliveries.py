"""Deliveries: which are due, and what the attempt to deliver them came to. Only the relay and the mailbox call this."""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import StrEnum
from itertools import accumulate
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, null, select, tuple_, update
from sqlmodel import col

from board_hub.domain.deliveries import (
    RETRY_AFTER_FAILURE,
    DeliveryState,
    Transport,
    pause_before_resend,
    pause_before_retry,
)
from board_hub.domain.envelope import HUB
from board_hub.services.clocks.clocks import start_received
from board_hub.services.exchange.receipts import send_delivered, tell_senders
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.bulk import Outcome, update_deliveries
from board_hub.store.tables import Delivery, Message, table_of

MAX_COPIED = 16 * 2**20
"""Bytes that one batch of deliveries may come to: each copy is buffered until the broker takes it."""
_D, _M = table_of(Delivery).c, table_of(Message).c
AS_RECEIVED = select(_M.received_at).where(_M.id == _D.message_id).scalar_subquery()
"""Due at once, in its old place. By the moment at which it is made due, what a transaction that began earlier and ends
later brings would overtake it."""
IN_DOUBT = timedelta(seconds=15)
"""How long a delivery whose confirm has not come rests before it is published again."""


@dataclass(frozen=True, slots=True)
class Post:
    """The bytes and signatures of one message, shared by all its due deliveries."""

    id: UUID
    source: str
    message_id: str
    sha256: str
    body: bytes
    signature: str
    hub_signature: str | None


@dataclass(frozen=True, slots=True)
class Due:
    """One delivery to make now."""

    post: Post
    recipient: str
    attempts: int
    first: bool
    """Whether it was never confirmed to be in the mailbox."""


class Result(StrEnum):
    CONFIRMED = "confirmed"
    FAILED = "failed"
    IN_DOUBT = "in_doubt"
    """No confirm within the batch's patience; it may still come."""


@dataclass(frozen=True, slots=True)
class Attempt:
    due: Due
    result: Result
    error: str | None = None


def claim_due(uow: UnitOfWork, recipients: Collection[str], limit: int) -> list[Due]:
    """Up to `limit` due deliveries to these recipients, oldest first.

    On PostgreSQL the rows stay locked until the unit of work ends and other relays skip them. SQLite has no row locks:
    there a single relay runs, and the transaction ends here so that publishing does not hold the only write lock.
    """
    rows = uow.session.execute(
        select(_D.message_id, _D.recipient, _D.attempts, _D.state, func.length(_M.body).label("size"))
        .select_from(table_of(Delivery).join(table_of(Message), _M.id == _D.message_id))
        .where(_D.via == Transport.AMQP, _D.next_attempt_at <= uow.now, _D.recipient.in_(sorted(recipients)))
        .order_by(_D.next_attempt_at, _D.message_id)
        .limit(limit)
        .with_for_update(skip_locked=True, of=table_of(Delivery))
    ).all()
    if not rows:
        return []
    sizes = list(accumulate(row.size for row in rows))
    rows = rows[: max(1, bisect_right(sizes, MAX_COPIED))]
    posts = _posts(uow, {row.message_id for row in rows})
    if uow.session.get_bind().dialect.name == "sqlite":
        uow.session.commit()
    return [Due(posts[row.message_id], row.recipient, row.attempts, row.state == DeliveryState.OWED) for row in rows]


def _posts(uow: UnitOfWork, ids: Iterable[UUID]) -> dict[UUID, Post]:
    columns = (_M.id, _M.source, _M.message_id, _M.sha256, _M.body, _M.signature, _M.hub_signature)
    rows = uow.session.execute(select(*columns).where(_M.id.in_(list(ids))))
    return {row.id: Post(*row) for row in rows}


def settle(uow: UnitOfWork, attempts: Sequence[Attempt]) -> None:
    """Record what became of attempts: delivered (and the sender told), failed with the next try, or in doubt.

    A delivery that was collected meanwhile stays collected, and its sender was told then.
    """
    if uow.session.get_bind().dialect.name == "sqlite":  # nothing was locked since the claim
        attempts = recheck(uow, attempts)
    changes = [(attempt.due.post.id, attempt.due.recipient, _outcome(uow, attempt)) for attempt in attempts]
    update_deliveries(uow.session, changes, uow.now)
    arrived: dict[UUID, dict[str, Due]] = defaultdict(dict)  # a late confirm and a new one may come together
    for attempt in attempts:
        due = attempt.due
        if attempt.result is Result.CONFIRMED and due.first and due.post.source != HUB:
            arrived[due.post.id][due.recipient] = due
    clocks = start_received(uow, [(id_, recipient, uow.now) for id_, dues in arrived.items() for recipient in dues])
    for dues in arrived.values():
        post = next(iter(dues.values())).post
        send_delivered(uow, _as_row(post), [(recipient, uow.now) for recipient in dues], clocks)


def recheck(uow: UnitOfWork, late: Sequence[Attempt]) -> list[Attempt]:
    """Outcomes of deliveries that were not locked meanwhile, with `first` as it is now: they may have moved on."""
    keys = [(attempt.due.post.id, attempt.due.recipient) for attempt in late]
    if not keys:
        return []
    owed = {
        tuple(row)
        for row in uow.session.execute(
            select(col(Delivery.message_id), col(Delivery.recipient))
            .where(
                tuple_(col(Delivery.message_id), col(Delivery.recipient)).in_(keys),
                col(Delivery.state) == DeliveryState.OWED,
            )
            .with_for_update()
        )
    }
    return [
        replace(attempt, due=replace(attempt.due, first=key in owed)) for attempt, key in zip(late, keys, strict=True)
    ]


def _outcome(uow: UnitOfWork, attempt: Attempt) -> Outcome:
    tries = attempt.due.attempts + 1
    match attempt.result:
        case Result.CONFIRMED:
            pause = pause_before_resend(tries, uow.hub.resend_intervals)
        case Result.FAILED:
            pause = pause_before_retry(tries)
        case Result.IN_DOUBT:
            pause = IN_DOUBT
    return Outcome(attempt.result is Result.CONFIRMED, uow.now + pause, attempt.error)


def _as_row(post: Post) -> dict[str, Any]:
    return {"id": post.id, "source": post.source, "message_id": post.message_id, "sha256": post.sha256}


def postpone(uow: UnitOfWork, recipient: str, reason: str) -> None:
    """Note why a recipient's due deliveries cannot be made; they stay owed and are tried again within a minute."""
    uow.session.execute(
        update(Delivery)
        .where(
            col(Delivery.via) == Transport.AMQP,
            col(Delivery.recipient) == recipient,
            col(Delivery.next_attempt_at) <= uow.now,
        )
        .values(
            attempts=Delivery.attempts + 1,
            last_error=reason[:300],
            next_attempt_at=uow.now + RETRY_AFTER_FAILURE[-1],
        )
        .execution_options(synchronize_session=False)
    )


def list_unreachable(uow: UnitOfWork, reachable: Collection[str]) -> list[str]:
    """Codes of recipients by broker with deliveries due that are not among the reachable."""
    statement = select(col(Delivery.recipient)).where(
        col(Delivery.via) == Transport.AMQP,
        col(Delivery.next_attempt_at) <= uow.now,
        col(Delivery.recipient).not_in(sorted(reachable)),
    )
    return list(uow.session.execute(statement.distinct()).scalars())


def note_returned(uow: UnitOfWork, recipient: str, source: str | None, message_id: str | None) -> None:
    """A recipient's system rejected a message, or let it expire: said on the delivery, which is sent again in time."""
    of_message = select(col(Message.id)).where(col(Message.source) == source, col(Message.message_id) == message_id)
    uow.session.execute(
        update(Delivery)
        .where(col(Delivery.recipient) == recipient, col(Delivery.message_id).in_(of_message))
        .values(last_error="The recipient's system rejected the message, or let it expire.")
        .execution_options(synchronize_session=False)
    )


def resume(uow: UnitOfWork, recipient: str) -> None:
    """A recipient can be reached again: whatever is not yet in its mailbox is due at once, in the order of arrival.

    What failed before is then not overtaken by what came later.
    """
    uow.session.execute(
        update(Delivery)
        .where(
            col(Delivery.via) == Transport.AMQP,
            col(Delivery.recipient) == recipient,
            col(Delivery.state) == DeliveryState.OWED,
            col(Delivery.next_attempt_at).is_not(None),
        )
        .values(next_attempt_at=AS_RECEIVED)
        .execution_options(synchronize_session=False)
    )


def move_open(uow: UnitOfWork, recipient: str, transport: Transport) -> None:
    """A participant changed how it is reached: its open deliveries follow at once."""
    values: dict[str, Any] = {"via": transport, "next_attempt_at": AS_RECEIVED}
    if transport == Transport.MAILBOX:  # there they are by this, and their senders are told
        owed = select(_D.message_id).where(_D.recipient == recipient, _D.state == DeliveryState.OWED)
        tell_senders(uow, uow.session.execute(owed).scalars().all(), recipient)
        values |= {
            "state": case((col(Delivery.state) == DeliveryState.OWED, DeliveryState.DELIVERED), else_=Delivery.state),
            "delivered_at": func.coalesce(Delivery.delivered_at, uow.now),
        }
    uow.session.execute(
        update(Delivery)
        .where(col(Delivery.recipient) == recipient, col(Delivery.next_attempt_at).is_not(None))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
    uow.ring()


def give_up(uow: UnitOfWork, recipient: str) -> None:
    """A participant is removed: its open deliveries are no longer tried, and say why."""
    uow.session.execute(
        update(Delivery)
        .where(col(Delivery.recipient) == recipient, col(Delivery.next_attempt_at).is_not(None))
        .values(next_attempt_at=null(), last_error="The participant was removed from the directory.")
        .execution_options(synchronize_session=False)
    )
