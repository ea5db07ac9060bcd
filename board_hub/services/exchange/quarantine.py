"""What the secretariat does about refused messages: look inside for a reason, let in after all, or reject for good.

A refused body is its sender's content. Whoever looks inside says why first, and that is on record: the record itself is
what the content is shown on, for a while and to that person alone.
"""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.bytes_shown import Shown, show_bytes
from board_hub.domain.deliveries import Transport
from board_hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from board_hub.domain.events import Event, EventName
from board_hub.services.exchange.intake import Arrival, Outcome, receive
from board_hub.services.exchange.refusal_reads import Decided
from board_hub.services.operation.reasons import check_reason
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.tables import EvidenceLeaf, Quarantine

OPEN_FOR = timedelta(minutes=15)
"""How long a recorded reason lets its giver look inside."""


@dataclass(frozen=True)
class Content:
    """A refused message as it came, made safe to show."""

    body: Shown
    signature: Shown | None


def open_content(uow: UnitOfWork, refusal_id: UUID, because: str) -> None:
    """Put on record that the actor looks inside, and why. Raises NotFound."""
    because, row = check_reason(because), _get(uow, refusal_id)
    uow.record(Event(EventName.QUARANTINE_OPENED, str(row.id), {}, {"from": row.participant, "because": because}))


def read_content(uow: UnitOfWork, refusal_id: UUID) -> Content:
    """The content, for whoever gave a reason lately. Raises Forbidden without one, NotFound."""
    row = _get(uow, refusal_id)
    if not is_open(uow, refusal_id):
        raise Forbidden("Say first why you look inside: it goes on record.")
    signature = show_bytes(row.signature.encode()) if row.signature else None
    return Content(show_bytes(row.body), signature)


def is_open(uow: UnitOfWork, refusal_id: UUID) -> bool:
    """Whether the actor gave a reason to look inside within the last quarter of an hour."""
    entries = select(col(EvidenceLeaf.entry)).where(col(EvidenceLeaf.subject) == str(refusal_id))
    return any(_opens(uow, json.loads(entry)) for entry in uow.session.execute(entries).scalars())


def _opens(uow: UnitOfWork, entry: dict[str, str]) -> bool:
    if (entry["event"], entry["actor"]) != (EventName.QUARANTINE_OPENED, str(uow.actor)):
        return False
    return uow.now - OPEN_FOR < datetime.fromisoformat(entry["at"]) <= uow.now


def release(uow: UnitOfWork, refusal_id: UUID, because: str) -> Outcome:
    """Let a refused message in after all, as it came: it passes all checks but that of its time.

    Raises Invalid with what still speaks against it; then nothing changes. Its sender gets an `accepted` receipt.
    """
    because, row, actor = check_reason(because), _lock_undecided(uow, refusal_id), uow.actor
    arrival = Arrival(row.participant, Transport(row.via), row.body, row.signature, released=True)
    outcome = receive(uow, arrival)
    uow.actor = actor
    if not outcome.accepted:
        raise Invalid(outcome.flaws)
    _decide(uow, row, Decided.RELEASED, because)
    uow.record(Event(EventName.QUARANTINE_RELEASED, str(row.id), {"sha256": row.sha256}, {"because": because}))
    return outcome


def reject(uow: UnitOfWork, refusal_id: UUID, because: str) -> None:
    """Mark a refused message as seen to: it stays refused, and stays kept. Its sender was told when it came."""
    because, row = check_reason(because), _lock_undecided(uow, refusal_id)
    _decide(uow, row, Decided.REJECTED, because)
    uow.record(Event(EventName.QUARANTINE_REJECTED, str(row.id), {"sha256": row.sha256}, {"because": because}))


def _decide(uow: UnitOfWork, row: Quarantine, decision: Decided, because: str) -> None:
    row.decision, row.decided_by, row.decided_at, row.decided_because = decision, str(uow.actor), uow.now, because


def _get(uow: UnitOfWork, refusal_id: UUID) -> Quarantine:
    row = uow.session.get(Quarantine, refusal_id)
    if row is None:
        raise NotFound(f"There is no refused message {refusal_id}.")
    return row


def _lock_undecided(uow: UnitOfWork, refusal_id: UUID) -> Quarantine:
    statement = select(Quarantine).where(col(Quarantine.id) == refusal_id).with_for_update()
    row = uow.session.execute(statement).scalar_one_or_none()
    if row is None:
        raise NotFound(f"There is no refused message {refusal_id}.")
    if row.decision is not None:
        raise Conflict(f"This refusal was {row.decision} already.")
    return row
