"""The mailbox over HTTPS: what waits for a participant, what it acknowledges, what became of what it sent."""

import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import monotonic
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlmodel import col

from board_hub.domain.deliveries import DeliveryState, MustAct, Transport, pause_before_resend, who_must_act
from board_hub.domain.envelope import MessageType
from board_hub.domain.errors import Conflict, Flaw, Invalid, NotFound
from board_hub.services.unit_of_work import Hub, UnitOfWork
from board_hub.store.doorbell import Doorbell
from board_hub.store.tables import Delivery, Message, Participant

MOST_ITEMS = 100
PAGE_BYTES = 2 * 1024 * 1024
"""Bodies on one page together, unless the first alone is longer: a page is held in memory several times over."""
LONGEST_WAIT = 30.0
"""Seconds."""
_LOOK_UP = 1.0
"""Seconds after which a waiting call looks whether the process is stopping."""
_MESSAGE_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")


@dataclass(frozen=True, slots=True)
class Item:
    """A message in the mailbox. id: the hub's handle, to acknowledge it by; attempt: 1 the first time it is shown."""

    id: UUID
    source: str
    body: bytes = field(repr=False)
    signature: str
    hub_signature: str | None
    attempt: int


@dataclass(frozen=True, slots=True)
class Page:
    """Items, oldest first; `following` continues after the last one where there are more now."""

    items: list[Item]
    following: UUID | None = None


@dataclass(frozen=True, slots=True)
class Stage:
    """How far a message is with one recipient."""

    row: Delivery
    must_act: MustAct


@dataclass(frozen=True, slots=True)
class Sent:
    """A message one sent, the receipt for it, and its deliveries by recipient."""

    message: Message
    receipt: Message | None
    stages: list[Stage]


def check_by_mailbox(participant: Participant) -> None:
    """Raises Conflict if the participant's messages go to its queue instead."""
    if participant.transport != Transport.MAILBOX:
        message = f"Messages to {participant.code} go to its queue from-hub on the broker; there is no mailbox to read."
        raise Conflict(message)


def list_items(uow: UnitOfWork, recipient: str, *, after: UUID | None = None, limit: int = MOST_ITEMS) -> Page:
    """What waits for the recipient now, oldest first, from after `after`. Reading changes nothing."""
    statement = (
        select(col(Delivery.message_id), col(Delivery.attempts), func.length(col(Message.body)).label("size"))
        .join(Message, col(Message.id) == col(Delivery.message_id))
        .where(
            col(Delivery.recipient) == recipient,
            col(Delivery.via) == Transport.MAILBOX,
            col(Delivery.next_attempt_at) <= uow.now,
        )
        .order_by(col(Delivery.message_id))
        .limit(limit + 1)
    )
    if after is not None:
        statement = statement.where(col(Delivery.message_id) > after)
    rows = uow.session.execute(statement).all()
    fitting = _fitting([row.size for row in rows[:limit]])
    shown = {row.message_id: row.attempts + 1 for row in rows[:fitting]}
    return Page(_items(uow, shown), rows[fitting - 1].message_id if fitting < len(rows) else None)


def _fitting(sizes: Sequence[int]) -> int:
    """How many bodies fit on a page; always one, if there is one."""
    total = 0
    for count, size in enumerate(sizes):
        total += size
        if total > PAGE_BYTES and count:
            return count
    return len(sizes)


def _items(uow: UnitOfWork, shown: dict[UUID, int]) -> list[Item]:
    statement = select(Message).where(col(Message.id).in_(list(shown))).order_by(col(Message.id))
    return [
        Item(row.id, row.source, row.body, row.signature, row.hub_signature, shown[row.id])
        for row in uow.session.execute(statement).scalars()
    ]


def await_items(hub: Hub, read: Callable[[], Page], *, seconds: float, stopping: threading.Event) -> Page:
    """What `read` finds, waiting up to `seconds` for it to find something; at once when the process is stopping."""
    page = read()
    deadline = monotonic() + seconds
    with Doorbell(hub.engine) as bell:
        while not page.items and (left := deadline - monotonic()) > 0 and not stopping.is_set():
            if bell.wait(min(left, _LOOK_UP)):
                page = read()
    return page


def acknowledge(uow: UnitOfWork, recipient: str, ids: Sequence[UUID]) -> None:
    """Hide these items for a while: the signed `collected` closes them, without it they show again.

    Raises Invalid `item.unknown` for each id that is not in the caller's mailbox, and changes nothing then. Doing it
    twice is doing it once: an item that is hidden already stays hidden as long as it was.
    """
    statement = select(Delivery).where(
        col(Delivery.recipient) == recipient,
        col(Delivery.via) == Transport.MAILBOX,
        col(Delivery.message_id).in_(sorted(set(ids))),
    )
    rows = {row.message_id: row for row in uow.session.execute(statement.with_for_update()).scalars()}
    flaws = [_unknown(index) for index, one in enumerate(ids) if one not in rows]
    if flaws:
        raise Invalid(flaws)
    for row in rows.values():
        if row.next_attempt_at is not None and row.next_attempt_at <= uow.now:
            _hide(uow, row)


def _hide(uow: UnitOfWork, row: Delivery) -> None:
    attempts = row.attempts + 1
    again = uow.now + pause_before_resend(attempts, uow.hub.resend_intervals)
    values: dict[str, Any] = {"attempts": attempts, "next_attempt_at": None if row.collected_at else again}
    uow.session.execute(
        update(Delivery)
        .where(col(Delivery.message_id) == row.message_id, col(Delivery.recipient) == row.recipient)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


def _unknown(index: int) -> Flaw:
    return Flaw("item.unknown", f"/ids/{index}", "There is no such item in your mailbox.")


def get_sent(uow: UnitOfWork, sender: str, message_id: str) -> Sent:
    """A message by the id its sender gave it. Raises NotFound for everybody else, as if it did not exist."""
    statement = select(Message).where(col(Message.source) == sender, col(Message.message_id) == message_id)
    found = uow.session.execute(statement).scalar_one_or_none() if _MESSAGE_ID.fullmatch(message_id) else None
    if found is None:
        raise NotFound("You sent no message with this id, or it was refused.")
    receipt = select(Message).where(col(Message.about) == found.id, col(Message.type) == MessageType.RECEIPT_ACCEPTED)
    rows = select(Delivery).where(col(Delivery.message_id) == found.id).order_by(col(Delivery.recipient))
    return Sent(
        found,
        uow.session.execute(receipt).scalar_one_or_none(),
        [Stage(row, who_must_act(DeliveryState(row.state))) for row in uow.session.execute(rows).scalars()],
    )
