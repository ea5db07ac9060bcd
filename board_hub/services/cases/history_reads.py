"""The history of a case for people: the newest first, formal or informal, and how far each notice has come."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import col

from board_hub.domain.deliveries import DeliveryState
from board_hub.services.access import Reader
from board_hub.services.cases.timeline_reads import (
    ListedNotice,
    TimelineEntry,
    listed_notices,
    listed_steps,
    select_notices,
    select_steps,
)
from board_hub.services.paging import PAGE, Page, cut, read_id, to_cursor
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Notice, ProcedureStep
from board_hub.store.tables import Delivery


class Shown(StrEnum):
    """What of a case's history is shown."""

    ALL = "all"
    FORMAL = "formal"
    INFORMAL = "informal"


@dataclass(frozen=True)
class Progress:
    """How far a notice has come. counts: recipients by state, and `opened` how many opened it; own: the reader's row.

    For its sender all recipients count, for everybody else only the reader's own.
    """

    is_sender: bool
    counts: Counter[DeliveryState]
    opened: int
    opened_at: datetime | None

    @property
    def total(self) -> int:
        return self.counts.total()


def list_history(
    uow: UnitOfWork,
    reader: Reader,
    case_id: UUID,
    shown: Shown = Shown.ALL,
    *,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[TimelineEntry]:
    """What happened in a case the reader may know of, newest first. Raises Invalid for a cursor no page gave."""
    before = read_id(cursor) if cursor else None
    entries: list[TimelineEntry] = [*_notices(uow, reader, case_id, shown, before=before, limit=limit + 1)]
    if shown is not Shown.INFORMAL:
        steps = select_steps(reader, case_id).order_by(col(ProcedureStep.id).desc()).limit(limit + 1)
        entries += listed_steps(uow, steps.where(col(ProcedureStep.id) < before) if before else steps)
    entries.sort(key=lambda entry: entry.row_id, reverse=True)
    return cut(entries, limit, lambda entry: to_cursor(str(entry.row_id)))


def _notices(
    uow: UnitOfWork, reader: Reader, case_id: UUID, shown: Shown, *, before: UUID | None, limit: int
) -> list[ListedNotice]:
    statement = select_notices(reader, case_id).order_by(col(Notice.id).desc()).limit(limit)
    if before:
        statement = statement.where(col(Notice.id) < before)
    if shown is not Shown.ALL:
        statement = statement.where(col(Notice.informal).is_(shown is Shown.INFORMAL))
    return listed_notices(uow, reader, statement)


def list_progress(uow: UnitOfWork, reader: Reader, notices: Sequence[ListedNotice]) -> dict[UUID, Progress]:
    """How far these notices (readable ones) have come, by row id; those neither sent by nor to the reader are absent.

    One statement for all of them.
    """
    sent = {one.row_id for one in notices if one.key.source in reader.participants}
    columns: list[Any] = [Delivery.message_id, Delivery.state, Delivery.opened_at]
    mine = col(Delivery.recipient).in_(sorted(reader.participants))
    statement = select(*columns).where(
        col(Delivery.message_id).in_([one.row_id for one in notices]),
        or_(mine, col(Delivery.message_id).in_(sorted(sent))),
    )
    rows: dict[UUID, list[Any]] = {}
    for row in uow.session.execute(statement):
        rows.setdefault(row.message_id, []).append(row)
    return {row_id: _progress(found, is_sender=row_id in sent) for row_id, found in rows.items()}


def _progress(rows: Sequence[Any], *, is_sender: bool) -> Progress:
    moments = sorted(row.opened_at for row in rows if row.opened_at)
    counts = Counter(DeliveryState(row.state) for row in rows)
    return Progress(is_sender, counts, len(moments), moments[0] if moments else None)
