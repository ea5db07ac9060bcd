"""The feed of changes: in commit order, what of them one may see; enough to mirror the hub."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select
from sqlmodel import col

from board_hub.services.access import Reader
from board_hub.services.cases.timeline_reads import NoticeKey
from board_hub.services.paging import from_cursor, to_cursor, unreadable
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.services.visibility import readable_notice, visible_change
from board_hub.store.case_tables import Case, Change, Notice
from board_hub.store.tables import Message

MOST_CHANGES = 500
BEGINNING = (-1, 0)
_LARGEST, _LARGEST_NUMBER = 2**63 - 1, 2**31 - 1


@dataclass(frozen=True)
class ListedChange:
    """One change. kind, subject: what changed; case: its reference; notice: the readable one that it hangs on."""

    cursor: str
    kind: str
    subject: str
    case: str | None
    notice: NoticeKey | None
    at: datetime


@dataclass(frozen=True)
class Changes:
    """Some changes in their order. `following` goes on after them: always, for more will come."""

    items: tuple[ListedChange, ...]
    following: str
    has_more: bool


def list_changes(uow: UnitOfWork, reader: Reader, *, after: str | None = None, limit: int = MOST_CHANGES) -> Changes:
    """Changes after a cursor (from the beginning without one). Raises Invalid for a cursor the feed did not give.

    A right to read that is given later shows as a change of its own, so whoever follows misses nothing.
    """
    place = _place(after)
    rows = _rows(uow, reader, place, limit + 1)
    items = tuple(_listed(row) for row in rows[:limit])
    if len(rows) > limit:
        return Changes(items, items[-1].cursor, has_more=True)
    return Changes(items, _end(uow, place), has_more=False)


def _place(after: str | None) -> tuple[int, int]:
    if not after:
        return BEGINNING
    position, number = (int(part) for part in from_cursor(after, int, int))
    if not (-1 <= position <= _LARGEST and 0 <= number <= _LARGEST_NUMBER):
        raise unreadable()
    return position, number


def _rows(uow: UnitOfWork, reader: Reader, place: tuple[int, int], limit: int) -> list[Any]:
    names = ("position", "number", "kind", "subject", "at")
    columns: list[Any] = [getattr(Change, name) for name in names]
    statement = (
        select(
            *columns,
            col(Case.reference),
            col(Message.source),
            col(Message.message_id),
            readable_notice(reader, Change.notice_id).label("readable"),
        )
        .select_from(Change)
        .outerjoin(Notice, col(Notice.id) == Change.notice_id)
        .outerjoin(Message, col(Message.id) == Notice.id)
        .outerjoin(Case, col(Case.id) == func.coalesce(Change.case_id, Notice.case_id))
        .where(_after(place), visible_change(reader))
        .order_by(col(Change.position), col(Change.number))
        .limit(limit)
    )
    return list(uow.session.execute(statement))


def _after(place: tuple[int, int]) -> Any:
    position, number = place
    later_in_same = and_(col(Change.position) == position, col(Change.number) > number)
    return or_(col(Change.position) > position, later_in_same)


def _listed(row: Any) -> ListedChange:
    return ListedChange(
        cursor=to_cursor(row.position, row.number),
        kind=row.kind,
        subject=row.subject,
        case=row.reference,
        notice=NoticeKey(row.source, row.message_id) if row.readable else None,
        at=row.at,
    )


def _end(uow: UnitOfWork, place: tuple[int, int]) -> str:
    """The end of the feed: a follower need not look again at what it may not see."""
    newest = select(col(Change.position), col(Change.number))
    row = uow.session.execute(
        newest.order_by(col(Change.position).desc(), col(Change.number).desc()).limit(1)
    ).one_or_none()
    return to_cursor(*max(place, (row.position, row.number) if row else place))
