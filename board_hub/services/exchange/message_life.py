"""A message's whole life as the evidence log has it; a message found by any of its names. Metadata, never a body."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlmodel import col

from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Case, Notice
from board_hub.store.tables import EvidenceLeaf, Message

MOST = 200
_SHOWN = ("because", "codes", "stage", "to", "of", "from", "deliveries")
"""Details of an entry that people are shown; all are codes, counts and reasons."""


@dataclass(frozen=True)
class LifeEvent:
    """One leaf about the message. position: its place in the log."""

    position: int
    name: str
    actor: str
    at: datetime
    detail: dict[str, Any]


def list_events_about(uow: UnitOfWork, subject: str) -> list[LifeEvent]:
    """What the log has on a subject (a message, a refusal, a key), in its order."""
    statement = select(col(EvidenceLeaf.position), col(EvidenceLeaf.entry)).where(col(EvidenceLeaf.subject) == subject)
    rows = uow.session.execute(statement.order_by(col(EvidenceLeaf.position)).limit(MOST))
    return [_event(row.position, json.loads(row.entry)) for row in rows]


def _event(position: int, entry: dict[str, Any]) -> LifeEvent:
    detail = {name: value for name, value in entry.get("detail", {}).items() if name in _SHOWN}
    return LifeEvent(position, entry["event"], entry["actor"], datetime.fromisoformat(entry["at"]), detail)


def find_by_name(uow: UnitOfWork, name: str) -> Sequence[UUID]:
    """The hub's ids of messages by what somebody calls them: the hub's id, the sender's id, or a case's number.

    The newest first; a case has many.
    """
    name = name.strip()
    if not 1 <= len(name) <= 64:
        return []
    sources = sorted(uow.directory.participants)
    keys = [(source, name) for source in sources]
    conditions: Any = tuple_(col(Message.source), col(Message.message_id)).in_(keys)
    found = list(uow.session.execute(select(col(Message.id)).where(conditions)).scalars())
    if (own := _uuid(name)) and uow.session.execute(select(col(Message.id)).where(col(Message.id) == own)).first():
        found.append(own)
    in_case = select(col(Notice.id)).join(Case, col(Case.id) == Notice.case_id)
    of_case = in_case.where(col(Case.reference) == name.upper()).order_by(col(Notice.id).desc()).limit(MOST)
    return list(dict.fromkeys([*found, *uow.session.execute(of_case).scalars()]))


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
