"""Owed deliveries as the secretariat sees them, and what it does about them: send again now, one or all."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, text, update
from sqlmodel import col

from board_hub.domain.deliveries import DeliveryState, MustAct, Transport, who_must_act
from board_hub.domain.errors import Conflict, NotFound
from board_hub.domain.events import Event, EventName
from board_hub.services.exchange.deliveries import AS_RECEIVED
from board_hub.services.operation.reasons import check_reason
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.tables import Delivery, Message, table_of

_D, _M = table_of(Delivery).c, table_of(Message).c


@dataclass(frozen=True)
class OpenDelivery:
    """A delivery that is not collected yet."""

    message_id: UUID
    recipient: str
    source: str
    type: str
    notice_type: str | None
    received_at: datetime
    via: str
    state: DeliveryState
    attempts: int
    next_attempt_at: datetime | None
    last_error: str | None

    @property
    def must_act(self) -> MustAct:
        return who_must_act(self.state)


def list_open_deliveries(uow: UnitOfWork, recipient: str, *, limit: int = 50) -> Sequence[OpenDelivery]:
    """What waits for a participant, the oldest first; reads open deliveries only, by their partial indexes."""
    found: list[OpenDelivery] = []
    for via in Transport:
        statement = (
            select(
                _D.message_id,
                _D.recipient,
                _M.source,
                _M.type,
                _M.notice_type,
                _M.received_at,
                _D.via,
                _D.state,
                _D.attempts,
                _D.next_attempt_at,
                _D.last_error,
            )
            .join_from(table_of(Delivery), table_of(Message), _M.id == _D.message_id)
            .where(_D.recipient == recipient, text(f"delivery.via = '{via}' AND delivery.next_attempt_at IS NOT NULL"))
            .order_by(_D.message_id)
            .limit(limit)
        )
        for row in uow.session.execute(statement):
            values = dict(row._mapping) | {"state": DeliveryState(row.state)}
            found.append(OpenDelivery(**values))
    return sorted(found, key=lambda one: one.message_id)[:limit]


def resend(uow: UnitOfWork, message_id: UUID, recipient: str, because: str) -> None:
    """Make one open delivery due at once. Raises NotFound, Conflict if nothing is owed there any more."""
    because = check_reason(because)
    statement = select(_D.next_attempt_at).where(_D.message_id == message_id, _D.recipient == recipient)
    row = uow.session.execute(statement).one_or_none()
    if row is None:
        raise NotFound("There is no such delivery.")
    if row.next_attempt_at is None:
        raise Conflict(f"{recipient} has collected it, or takes no part any more: there is nothing to send again.")
    where = (col(Delivery.message_id) == message_id, col(Delivery.recipient) == recipient)
    uow.session.execute(
        update(Delivery)
        .where(*where, col(Delivery.next_attempt_at).is_not(None))
        .values(next_attempt_at=uow.now)
        .execution_options(synchronize_session=False)
    )
    _record(uow, str(message_id), {"to": recipient, "because": because})


def resend_all(uow: UnitOfWork, recipient: str, because: str) -> int:
    """Make everything that waits for a participant due at once; returns how many deliveries."""
    because = check_reason(because)
    changed = uow.session.execute(
        update(Delivery)
        .where(col(Delivery.recipient) == recipient, col(Delivery.next_attempt_at).is_not(None))
        .values(next_attempt_at=AS_RECEIVED)
        .execution_options(synchronize_session=False)
    )
    number = int(changed.rowcount)  # type: ignore[attr-defined]
    if number:
        _record(uow, recipient, {"deliveries": number, "because": because})
    return number


def _record(uow: UnitOfWork, subject: str, detail: dict[str, object]) -> None:
    uow.record(Event(EventName.DELIVERY_RESENT, subject, {}, detail))
    uow.ring()
