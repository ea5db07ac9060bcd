"""Reading messages and refusals back, for people: lists, a message with its delivery matrix. Metadata, never a body."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from joserfc.util import urlsafe_b64decode
from sqlalchemy import ColumnElement, Row, Subquery, and_, exists, func, not_, or_, select
from sqlmodel import col

from board_hub.domain import strict_json
from board_hub.domain.deliveries import DeliveryState, MustAct, who_must_act
from board_hub.domain.errors import NotFound
from board_hub.services.operation.overview import BOUNDS, LISTED
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Case, Notice
from board_hub.store.tables import Delivery, Message

PAGE = 25
MOST_RECEIPTS = 100
PROGRESS = tuple(DeliveryState)
"""The stages of a delivery, from the first to the last."""


@dataclass(frozen=True)
class ListedMessage:
    """One line of the list of messages; `recipients` holds (participant code, state of its delivery).

    case: the reference of the case that a notice is in.
    """

    id: UUID
    source: str
    type: str
    notice_type: str | None
    received_at: datetime
    recipients: tuple[tuple[str, DeliveryState], ...]
    case: str | None = None

    @property
    def stage(self) -> DeliveryState | None:
        return stage_of(state for _, state in self.recipients)

    @property
    def counts(self) -> Counter[DeliveryState]:
        return Counter(state for _, state in self.recipients)


@dataclass(frozen=True)
class MessagePage:
    """One page, newest first. `older` continues it; `is_partial` if the search met its bound before it was full."""

    messages: tuple[ListedMessage, ...]
    older: UUID | None = None
    is_partial: bool = False


@dataclass(frozen=True)
class MatrixRow:
    """One recipient's delivery."""

    recipient: str
    via: str
    state: DeliveryState
    attempts: int
    last_error: str | None
    next_attempt_at: datetime | None
    delivered_at: datetime | None
    collected_at: datetime | None
    handled_at: datetime | None

    @property
    def is_given_up(self) -> bool:
        """Never collected, and no longer tried: the participant was removed."""
        return self.next_attempt_at is None and self.collected_at is None

    @property
    def must_act(self) -> MustAct:
        return MustAct.NOBODY if self.is_given_up else who_must_act(self.state)


@dataclass(frozen=True)
class SentReceipt:
    """A receipt of the hub about the message, and whether the sender has collected it."""

    id: UUID
    type: str
    sent_at: datetime
    state: DeliveryState


@dataclass(frozen=True)
class MessageView:
    """One message, its deliveries (the matrix's rows for it, by recipient) and the hub's receipts about it."""

    id: UUID
    source: str
    message_id: str
    type: str
    notice_type: str | None
    subject: str | None
    marking: str | None
    about: UUID | None
    time: datetime
    received_at: datetime
    sha256: str
    bytes: int
    key_id: str
    hub_key_id: str | None
    deliveries: tuple[MatrixRow, ...]
    receipts: tuple[SentReceipt, ...]
    case: str | None = None

    @property
    def stage(self) -> DeliveryState | None:
        return stage_of(row.state for row in self.deliveries)


def stage_of(states: Iterable[DeliveryState]) -> DeliveryState | None:
    """A message is as far as the recipient that is least far; None where it has no recipients."""
    return min(states, key=PROGRESS.index, default=None)


def list_messages(
    uow: UnitOfWork,
    *,
    participant: str | None = None,
    stage: DeliveryState | None = None,
    before: UUID | None = None,
    limit: int = PAGE,
    window: int = BOUNDS.messages,
) -> MessagePage:
    """Notices, withdrawals and pings from or to `participant` at `stage` that are older than `before`.

    Looks at no more than `window` messages (receipts are messages too); where that ends a page early, it says so.
    """
    looked_at = _window(before, window)
    conditions = [looked_at.c.type.in_(LISTED), *_conditions(looked_at, participant, stage)]
    statement = select(looked_at).where(*conditions).order_by(looked_at.c.id.desc()).limit(limit + 1)
    rows = uow.session.execute(statement).all()
    messages = _with_recipients(uow, rows[:limit])
    if len(rows) > limit:
        return MessagePage(messages, rows[limit - 1].id)
    end = uow.session.execute(select(looked_at.c.id).order_by(looked_at.c.id.desc()).offset(window - 1)).scalar()
    return MessagePage(messages, end, is_partial=end is not None)


def list_named(uow: UnitOfWork, ids: Sequence[UUID]) -> tuple[ListedMessage, ...]:
    """These messages, the newest first."""
    names = ("id", "source", "type", "notice_type", "received_at")
    columns: list[Any] = [getattr(Message, name) for name in names]
    statement = select(*columns).where(col(Message.id).in_(list(ids))).order_by(col(Message.id).desc())
    return _with_recipients(uow, uow.session.execute(statement).all())


def _window(before: UUID | None, size: int) -> Subquery:
    names = ("id", "source", "type", "notice_type", "received_at")
    columns: list[Any] = [getattr(Message, name) for name in names]
    statement = select(*columns).order_by(col(Message.id).desc()).limit(size)
    return (statement.where(col(Message.id) < before) if before else statement).subquery()


def _conditions(
    messages: Subquery, participant: str | None, stage: DeliveryState | None
) -> Iterable[ColumnElement[bool]]:
    if participant:
        to_it = exists().where(col(Delivery.message_id) == messages.c.id, col(Delivery.recipient) == participant)
        yield or_(messages.c.source == participant, to_it)
    if stage:
        yield and_(_has(messages, stage), *(not_(_has(messages, one)) for one in PROGRESS[: PROGRESS.index(stage)]))


def _has(messages: Subquery, state: DeliveryState) -> ColumnElement[bool]:
    return exists().where(col(Delivery.message_id) == messages.c.id, col(Delivery.state) == state)


def _with_recipients(uow: UnitOfWork, rows: Sequence[Row[Any]]) -> tuple[ListedMessage, ...]:
    recipients: defaultdict[UUID, list[tuple[str, DeliveryState]]] = defaultdict(list)
    found = uow.session.execute(
        select(col(Delivery.message_id), col(Delivery.recipient), col(Delivery.state))
        .where(col(Delivery.message_id).in_([row.id for row in rows]))
        .order_by(col(Delivery.recipient))
    )
    for message_id, recipient, state in found:
        recipients[message_id].append((recipient, DeliveryState(state)))
    cases = _cases(uow, [row.id for row in rows])
    return tuple(
        ListedMessage(**row._mapping, recipients=tuple(recipients[row.id]), case=cases.get(row.id)) for row in rows
    )


def _cases(uow: UnitOfWork, notices: Sequence[UUID]) -> dict[UUID, str]:
    """References of the cases that these notices are in."""
    statement = select(col(Notice.id), col(Case.reference)).join(Case, col(Case.id) == Notice.case_id)
    return {row.id: row.reference for row in uow.session.execute(statement.where(col(Notice.id).in_(notices)))}


def get_message(uow: UnitOfWork, message_id: UUID) -> MessageView:
    """One message of any type by the hub's id for it."""
    names = ("id", "source", "message_id", "type", "notice_type", "subject", "marking", "about", "time", "received_at")
    columns: list[Any] = [getattr(Message, name) for name in (*names, "sha256", "signature", "hub_signature")]
    size = func.length(Message.body).label("bytes")
    row = uow.session.execute(select(*columns, size).where(col(Message.id) == message_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no message {message_id}.")
    return MessageView(
        **{name: row._mapping[name] for name in (*names, "sha256", "bytes")},
        key_id=key_id_of(row.signature),
        hub_key_id=key_id_of(row.hub_signature) if row.hub_signature else None,
        deliveries=_matrix(uow, message_id),
        case=_cases(uow, [message_id]).get(message_id),
        receipts=_receipts(uow, message_id),
    )


def key_id_of(signature: str) -> str:
    """The key id that a stored (so verified) detached signature names."""
    return str(strict_json.decode(urlsafe_b64decode(signature.partition(".")[0].encode()))["kid"])


def _matrix(uow: UnitOfWork, message_id: UUID) -> tuple[MatrixRow, ...]:
    statement = select(Delivery).where(col(Delivery.message_id) == message_id).order_by(col(Delivery.recipient))
    return tuple(
        MatrixRow(
            recipient=one.recipient,
            via=one.via,
            state=DeliveryState(one.state),
            attempts=one.attempts,
            last_error=one.last_error,
            next_attempt_at=one.next_attempt_at,
            delivered_at=one.delivered_at,
            collected_at=one.collected_at,
            handled_at=one.handled_at,
        )
        for one in uow.session.execute(statement).scalars()
    )


def _receipts(uow: UnitOfWork, message_id: UUID) -> tuple[SentReceipt, ...]:
    rows = uow.session.execute(
        select(col(Message.id), col(Message.type), col(Message.received_at), col(Delivery.state))
        .join(Delivery, col(Delivery.message_id) == col(Message.id))
        .where(col(Message.about) == message_id)
        .order_by(col(Message.id))
        .limit(MOST_RECEIPTS)
    )
    return tuple(SentReceipt(row[0], row[1], row[2], DeliveryState(row[3])) for row in rows)
