"""What a case is about: the system or model, its provider, the operators, as the earliest readable notice says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.envelope import decode
from board_hub.services.access import Reader, readable
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Notice
from board_hub.store.tables import Message

MOST_OPERATORS = 5


@dataclass(frozen=True)
class Subject:
    """Names as the sender gave them, empty where it gave none. operators: the first few."""

    notice_type: str
    name: str = ""
    version: str = ""
    provider: str = ""
    operators: tuple[str, ...] = ()


def find_subject(uow: UnitOfWork, reader: Reader, case_id: UUID) -> Subject | None:
    """By the earliest notice of the case that the reader reads; None where it reads none."""
    statement = (
        select(col(Notice.notice_type), col(Message.body))
        .join(Message, col(Message.id) == Notice.id)
        .where(col(Notice.case_id) == case_id, readable(reader))
        .order_by(col(Notice.id))
        .limit(1)
    )
    row = uow.session.execute(statement).one_or_none()
    return _subject(row[0], decode(row[1]).data.get("fields")) if row else None


def _subject(notice_type: str, fields: Any) -> Subject:
    if not isinstance(fields, Mapping):
        return Subject(notice_type)
    about = [fields[one] for one in ("system", "model") if isinstance(fields.get(one), Mapping)]
    named: Mapping[str, Any] = about[0] if about else {}
    listed = fields.get("operators")
    operators = [one for one in listed if isinstance(one, Mapping)] if isinstance(listed, list) else []
    return Subject(
        notice_type=notice_type,
        name=str(named.get("name", "")),
        version=str(named.get("version", "")),
        provider=str(named.get("provider", "")),
        operators=tuple(str(one.get("name", "")) for one in operators[:MOST_OPERATORS]),
    )
