"""Reading cases back: lists and one case, each as far as the reader may know of it."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from board_hub.domain.errors import NotFound
from board_hub.services.access import Reader, readable
from board_hub.services.cases.case_filters import CaseFilter
from board_hub.services.cases.case_index import find_cases
from board_hub.services.cases.procedure_reads import KnownProcedure, list_procedures
from board_hub.services.paging import PAGE, Page, Place, cut, place_cursor, read_place
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.services.visibility import visible_case, visible_change
from board_hub.store.case_tables import Case, Change, ExternalReference, Notice
from board_hub.store.tables import Delivery

NO_FILTER = CaseFilter()
_REFERENCE = re.compile(r"[A-Z]{3}-[0-9]{4}-[0-9]{6,9}")


@dataclass(frozen=True)
class CaseHeader:
    """A case in a list. originator, opened_at: None for who may not read the notice that opened it.

    changed_at, version: of the changes that the reader may see, so that neither tells of another one.
    """

    id: UUID
    reference: str
    law_version: str
    title: str
    originator: str | None
    opened_at: datetime | None
    changed_at: datetime
    version: int
    procedures: tuple[KnownProcedure, ...]

    @property
    def is_open(self) -> bool:
        """Whether something is under way, or nothing has begun yet."""
        return not self.procedures or any(not one.final for one in self.procedures)


@dataclass(frozen=True)
class Party:
    """A participant in a case: it sent, or was sent, a notice that the reader reads."""

    participant: str
    member: str
    roles: tuple[str, ...]


@dataclass(frozen=True)
class OutsideReference:
    """The number a matter has in a legal notification system."""

    system: str
    reference: str


@dataclass(frozen=True)
class CaseView:
    """One case: its header, who takes part, its numbers elsewhere."""

    header: CaseHeader
    parties: tuple[Party, ...]
    external_references: tuple[OutsideReference, ...]


def check_reference(reference: str) -> None:
    """Raises NotFound for what is no case reference: not every database takes every text."""
    if not _REFERENCE.fullmatch(reference):
        raise NotFound("There is no such case.")


def find_case_id(uow: UnitOfWork, reader: Reader, reference: str) -> UUID:
    """The row id of a case the reader may know of. Raises NotFound."""
    check_reference(reference)
    statement = select(col(Case.id)).where(col(Case.reference) == reference, visible_case(reader))
    found: UUID | None = uow.session.execute(statement).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such case.")
    return found


def list_cases(
    uow: UnitOfWork, reader: Reader, wanted: CaseFilter = NO_FILTER, *, cursor: str | None = None, limit: int = PAGE
) -> Page[CaseHeader]:
    """Cases the reader may know of, those that changed last first. Raises Invalid for a cursor no page gave.

    A page may be short, or empty, and yet have a following one: where a filter matches few of very many cases.
    """
    found = find_cases(uow, reader, wanted, after=read_place(cursor) if cursor else None, limit=limit)
    page = cut(found.places, limit, place_cursor)
    following = page.following or (place_cursor(found.stopped) if found.stopped else None)
    return Page(_headers_at(uow, reader, page.lines), following)


def _headers_at(uow: UnitOfWork, reader: Reader, places: Sequence[Place]) -> tuple[CaseHeader, ...]:
    statement = _headers(reader).where(col(Case.id).in_([one.id for one in places]))
    headers = {one.id: one for one in _with_titles(uow, reader, uow.session.execute(statement).all())}
    return tuple(headers[one.id] for one in places)


def _headers(reader: Reader) -> Select[Any]:
    seen = (visible_change(reader), col(Change.case_id) == Case.id)
    newest = select(func.max(Change.at)).select_from(Change).where(*seen).correlate_except(Change).scalar_subquery()
    count = select(func.count()).select_from(Change).where(*seen).correlate_except(Change).scalar_subquery()
    changed = func.coalesce(newest, Case.opened_at)
    columns: list[Any] = [Case.id, Case.reference, Case.law_version, Case.opened_by]
    return select(*columns, changed.label("changed_at"), count.label("version"))


def _with_titles(uow: UnitOfWork, reader: Reader, rows: Sequence[Any]) -> tuple[CaseHeader, ...]:
    ids = [row.id for row in rows]
    first, procedures = _first_notices(uow, reader, ids), list_procedures(uow, reader, ids)
    return tuple(_header(row, first.get(row.id), procedures.get(row.id, ())) for row in rows)


def _first_notices(uow: UnitOfWork, reader: Reader, case_ids: Sequence[UUID]) -> dict[UUID, Any]:
    """The earliest readable notice of each case: the one that opened it, where that is readable."""
    order = func.row_number().over(partition_by=col(Notice.case_id), order_by=col(Notice.id)).label("place")
    columns: list[Any] = [Notice.id, Notice.case_id, Notice.title, Notice.sender, Notice.issued_at]
    ranked = select(*columns, order).where(col(Notice.case_id).in_(case_ids), readable(reader)).subquery()
    return {row.case_id: row for row in uow.session.execute(select(ranked).where(ranked.c.place == 1))}


def _header(row: Any, first: Any, procedures: tuple[KnownProcedure, ...]) -> CaseHeader:
    opening = first if first and first.id == row.opened_by else None
    return CaseHeader(
        id=row.id,
        reference=row.reference,
        law_version=row.law_version,
        title=first.title if first else "",
        originator=opening.sender if opening else None,
        opened_at=opening.issued_at if opening else None,
        changed_at=row.changed_at,
        version=row.version,
        procedures=procedures,
    )


def get_case(uow: UnitOfWork, reader: Reader, reference: str) -> CaseView:
    """One case, as far as the reader may know of it. Raises NotFound."""
    check_reference(reference)
    statement = _headers(reader).where(col(Case.reference) == reference, visible_case(reader))
    row = uow.session.execute(statement).one_or_none()
    if row is None:
        raise NotFound("There is no such case.")
    (header,) = _with_titles(uow, reader, [row])
    return CaseView(header, _parties(uow, reader, row.id), _outside(uow, reader, row.id))


def _parties(uow: UnitOfWork, reader: Reader, case_id: UUID) -> tuple[Party, ...]:
    """Who reads a notice may know who else it was sent to, as in any letter."""
    delivery: Any = aliased(Delivery)  # the rule of `readable` has deliveries of its own
    readable_here: ColumnElement[bool] = and_(col(Notice.case_id) == case_id, readable(reader))
    senders = uow.session.execute(select(col(Notice.sender)).where(readable_here).distinct()).scalars()
    recipients = uow.session.execute(
        select(delivery.recipient).join(Notice, col(Notice.id) == delivery.message_id).where(readable_here).distinct()
    ).scalars()
    roles: dict[str, list[str]] = {}
    for role, codes in (("sender", senders), ("recipient", recipients)):
        _note(roles, role, codes)
    known = uow.directory.participants
    return tuple(Party(code, known[code].member, tuple(roles[code])) for code in sorted(roles))


def _note(roles: dict[str, list[str]], role: str, codes: Iterable[str]) -> None:
    for code in codes:
        roles.setdefault(code, []).append(role)


def _outside(uow: UnitOfWork, reader: Reader, case_id: UUID) -> tuple[OutsideReference, ...]:
    columns = (col(ExternalReference.system), col(ExternalReference.reference))
    rows = uow.session.execute(
        select(*columns)
        .join(Notice, col(Notice.id) == ExternalReference.notice_id)
        .where(col(Notice.case_id) == case_id, readable(reader))
        .distinct()
        .order_by(*columns)
    )
    return tuple(OutsideReference(*row) for row in rows)
