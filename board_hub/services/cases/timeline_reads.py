"""The timeline of a case: its notices, formal and informal, and the steps that its clocks took."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlmodel import col

from board_hub.domain.clocks import ClockKind
from board_hub.law.catalogue import title_in
from board_hub.services.access import Reader, readable
from board_hub.services.cases.case_reads import find_case_id
from board_hub.services.paging import PAGE, Page, cut, read_id, to_cursor
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.services.visibility import visible_step
from board_hub.store.case_tables import Case, Notice, ProcedureRun, ProcedureStep
from board_hub.store.tables import Message


@dataclass(frozen=True)
class NoticeKey:
    """What names a notice everywhere: its sender's code and the id its sender gave it."""

    source: str
    id: str


@dataclass(frozen=True)
class ListedNotice:
    """A notice in a list. replaces, replaced_by: its other versions, as far as readable; complete: per cent."""

    row_id: UUID
    key: NoticeKey
    notice_type: str
    title: str
    marking: str
    informal: bool
    version: int
    change: str | None
    complete: int
    issued_at: datetime
    withdrawn_at: datetime | None
    replaces: NoticeKey | None
    replaced_by: NoticeKey | None


@dataclass(frozen=True)
class ListedStep:
    """A procedure's step that no notice took: by its clocks, a withdrawal, or the secretariat."""

    row_id: UUID
    procedure: str
    state: str
    title: str
    cause: str
    at: datetime


TimelineEntry = ListedNotice | ListedStep


def list_timeline(
    uow: UnitOfWork, reader: Reader, reference: str, *, cursor: str | None = None, limit: int = PAGE
) -> Page[TimelineEntry]:
    """What happened in a case, oldest first. Raises NotFound; Invalid for a cursor no page gave."""
    case_id = find_case_id(uow, reader, reference)
    after = read_id(cursor) if cursor else None
    notices = list_notices(uow, reader, case_id, after=after, limit=limit + 1)
    steps = _steps(uow, reader, case_id, after=after, limit=limit + 1)
    entries: list[TimelineEntry] = sorted([*notices, *steps], key=lambda entry: entry.row_id)
    return cut(entries, limit, lambda entry: to_cursor(str(entry.row_id)))


def list_objections(
    uow: UnitOfWork, reader: Reader, reference: str, *, cursor: str | None = None, limit: int = PAGE
) -> Page[ListedNotice]:
    """Notices of a case that make use of a window (Art 79(8), Art 46(4), Art 30(4)), oldest first. Raises NotFound."""
    case_id = find_case_id(uow, reader, reference)
    after = read_id(cursor) if cursor else None
    notices = list_notices(uow, reader, case_id, after=after, limit=limit + 1, notice_types=_objections(uow, case_id))
    return cut(notices, limit, lambda notice: to_cursor(str(notice.row_id)))


def _objections(uow: UnitOfWork, case_id: UUID) -> frozenset[str]:
    """Notice types by which a window is used, by the law of the case."""
    catalogue = uow.hub.catalogues[uow.session.get_one(Case, case_id).law_version]
    windows = (rule for rule in catalogue.clocks.values() if rule.kind is ClockKind.WINDOW)
    return frozenset(match.notice for rule in windows for match in rule.met_by)


def list_notices(
    uow: UnitOfWork,
    reader: Reader,
    case_id: UUID,
    *,
    after: UUID | None,
    limit: int,
    notice_types: Collection[str] | None = None,
) -> list[ListedNotice]:
    """Readable notices of a case by their row ids, which sort by time; in two statements, however many there are."""
    statement = select_notices(reader, case_id).order_by(col(Notice.id)).limit(limit)
    if after:
        statement = statement.where(col(Notice.id) > after)
    if notice_types is not None:
        statement = statement.where(col(Notice.notice_type).in_(sorted(notice_types)))
    return listed_notices(uow, reader, statement)


def select_notices(reader: Reader, case_id: UUID) -> Select[Any]:
    """The readable notices of a case, for `listed_notices`; in no order yet."""
    columns: list[Any] = [Notice, Message.message_id]
    statement = select(*columns).join(Message, col(Message.id) == Notice.id)
    return statement.where(col(Notice.case_id) == case_id, readable(reader))


def listed_notices(uow: UnitOfWork, reader: Reader, statement: Select[Any]) -> list[ListedNotice]:
    """What a statement of `select_notices` finds, with the keys of other versions: two statements."""
    rows = [(row[0], row[1]) for row in uow.session.execute(statement)]
    versions = keys_of_versions(uow, reader, [notice for notice, _ in rows])
    return [_listed(notice, message_id, versions) for notice, message_id in rows]


def keys_of_versions(uow: UnitOfWork, reader: Reader, notices: Sequence[Notice]) -> dict[UUID, NoticeKey]:
    """The keys of other versions of these notices, by row id; of those that are readable."""
    wanted = {other for one in notices for other in (one.replaces, one.replaced_by) if other}
    rows = uow.session.execute(
        select(col(Message.id), col(Message.source), col(Message.message_id))
        .join(Notice, col(Notice.id) == Message.id)
        .where(col(Message.id).in_(sorted(wanted)), readable(reader))
    )
    return {row[0]: NoticeKey(row[1], row[2]) for row in rows}


def _listed(notice: Notice, message_id: str, versions: dict[UUID, NoticeKey]) -> ListedNotice:
    return ListedNotice(
        row_id=notice.id,
        key=NoticeKey(notice.sender, message_id),
        notice_type=notice.notice_type,
        title=notice.title,
        marking=notice.marking,
        informal=notice.informal,
        version=notice.version,
        change=notice.change,
        complete=notice.complete,
        issued_at=notice.issued_at,
        withdrawn_at=notice.withdrawn_at,
        replaces=versions.get(notice.replaces) if notice.replaces else None,
        replaced_by=versions.get(notice.replaced_by) if notice.replaced_by else None,
    )


def _steps(uow: UnitOfWork, reader: Reader, case_id: UUID, *, after: UUID | None, limit: int) -> list[ListedStep]:
    statement = select_steps(reader, case_id).order_by(col(ProcedureStep.id)).limit(limit)
    if after:
        statement = statement.where(col(ProcedureStep.id) > after)
    return listed_steps(uow, statement)


def select_steps(reader: Reader, case_id: UUID) -> Select[Any]:
    """The visible steps of a case that no notice took, for `listed_steps`; in no order yet."""
    columns: list[Any] = [ProcedureStep.id, ProcedureStep.state, ProcedureStep.cause, ProcedureStep.at]
    return (
        select(*columns, col(ProcedureRun.code), col(Case.law_version))
        .select_from(ProcedureStep)
        .join(ProcedureRun, col(ProcedureRun.id) == ProcedureStep.procedure_id)
        .join(Case, col(Case.id) == ProcedureRun.case_id)
        .where(col(ProcedureRun.case_id) == case_id, col(ProcedureStep.notice_id).is_(None))
        .where(visible_step(reader, ProcedureStep, ProcedureRun))
    )


def listed_steps(uow: UnitOfWork, statement: Select[Any]) -> list[ListedStep]:
    """What a statement of `select_steps` finds, with titles."""
    return [_listed_step(uow, row) for row in uow.session.execute(statement)]


def _listed_step(uow: UnitOfWork, row: Any) -> ListedStep:
    state = uow.hub.catalogues[row.law_version].procedures[row.code].states[row.state]
    return ListedStep(row.id, row.code, row.state, title_in(state.title), row.cause, row.at)
