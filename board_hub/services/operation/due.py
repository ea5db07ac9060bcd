"""Due work: what is to be done at a moment, once, however often and however late somebody ticks."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.dialects import postgresql, sqlite

from board_hub.domain.ids import uuid7
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.bulk import insert_due
from board_hub.store.tables import row_of, table_of
from board_hub.store.work_tables import DueItem

_TABLE = table_of(DueItem)
_KEY = ("kind", "subject", "due_at")


@dataclass(frozen=True, slots=True)
class Due:
    """One item of due work. subject: what it is about, by its kind: a clock's id, a key's id."""

    id: UUID
    kind: str
    subject: str
    due_at: datetime


def take_due(uow: UnitOfWork, kinds: Collection[str], limit: int) -> list[Due]:
    """Up to `limit` open items of these kinds whose moment has come, oldest first.

    On PostgreSQL they stay locked until the unit of work ends, and others skip them; on SQLite one unit of work
    writes at a time. Whoever takes an item marks it done in the same unit of work, or leaves it for the next tick.
    """
    columns = _TABLE.c
    statement = (
        select(columns.id, columns.kind, columns.subject, columns.due_at)
        .where(columns.done_at.is_(None), columns.due_at <= uow.now, columns.kind.in_(sorted(kinds)))
        .order_by(columns.due_at)  # as the index has them: many may be due at the same midnight
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [Due(*row) for row in uow.session.execute(statement)]


def mark_done(uow: UnitOfWork, items: Collection[Due], outcome: str) -> None:
    """These items are done, with this outcome (at most 100 characters)."""
    if not items:
        return
    uow.session.execute(
        update(_TABLE)
        .where(_TABLE.c.id.in_([item.id for item in items]), _TABLE.c.done_at.is_(None))
        .values(done_at=uow.now, outcome=outcome)
    )


def add_due(uow: UnitOfWork, kind: str, subject: str, due_at: datetime) -> None:
    """Put an item on the list, once: one that is there, open or done, stays as it is."""
    add_all_due(uow, [(kind, subject, due_at)])


def add_all_due(uow: UnitOfWork, items: Iterable[tuple[str, str, datetime]]) -> None:
    """Put (kind, subject, due_at) on the list; see `add_due`."""
    rows = [_row(uow, item) for item in items]
    if rows:
        insert_due(uow.session, rows)


def renew_due(uow: UnitOfWork, kind: str, subject: str, due_at: datetime) -> None:
    """Put an item on the list even if it was done before: a period that was moved away and back ends again then."""
    again = _insert(uow).on_conflict_do_update(
        index_elements=_KEY, set_={"done_at": None, "outcome": None}, where=_TABLE.c.done_at.is_not(None)
    )
    uow.session.execute(again, [_row(uow, (kind, subject, due_at))])


def note_once(uow: UnitOfWork, kind: str, subject: str, due_at: datetime) -> bool:
    """Note something as done that has no item of its own; whether it was not noted before.

    Whoever gets True may tell it: two that ask at the same moment wait for each other, and one gets False.
    """
    row = _row(uow, (kind, subject, due_at)) | {"done_at": uow.now, "outcome": "told"}
    statement = _insert(uow).values(row).on_conflict_do_nothing(index_elements=_KEY).returning(_TABLE.c.id)
    return uow.session.execute(statement).first() is not None


def count_due(uow: UnitOfWork, kinds: Collection[str], at: datetime) -> int:
    """Open items of these kinds whose moment came by `at`."""
    statement = select(func.count()).where(
        _TABLE.c.done_at.is_(None), _TABLE.c.due_at <= at, _TABLE.c.kind.in_(sorted(kinds))
    )
    return int(uow.session.execute(statement).scalar_one())


def _row(uow: UnitOfWork, item: tuple[str, str, datetime]) -> dict[str, Any]:
    kind, subject, due_at = item
    return row_of(DueItem, id=uuid7(uow.now), kind=kind, subject=subject, due_at=due_at)


def _insert(uow: UnitOfWork) -> Any:
    """Both databases know ON CONFLICT; SQLAlchemy has it in two places."""
    on_postgres = uow.session.get_bind().dialect.name == "postgresql"
    return (postgresql.insert if on_postgres else sqlite.insert)(_TABLE)
