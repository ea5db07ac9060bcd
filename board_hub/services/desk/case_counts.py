"""How many cases were opened, by Member State and procedure: of what the reader may see, in a handful of rows.

A case counts where the notice that opened it is readable: who opened it and under which procedure is known by that
notice alone, so a number tells no more than the list of cases does.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from board_hub.services.access import Reader, readable
from board_hub.services.desk.kept import Kept, keep
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Case, Notice, ProcedureRun


@dataclass(frozen=True)
class CaseCount:
    """Cases that authorities of a member opened under a procedure; None: an informal exchange without one."""

    member: str
    procedure: str | None
    number: int


AN_HOUR = timedelta(hours=1)
"""How long the count of the days before today is kept: only what is shared late changes it."""


def recent_cases(uow: UnitOfWork, reader: Reader, days: int) -> Kept[tuple[CaseCount, ...]]:
    """Cases opened in so many days and today. Only today is counted anew every minute, so that it costs little."""
    today = uow.now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    first = today - timedelta(days=days)
    name = f"cases of {days} days before {today.date()}"
    before = keep(uow, reader, name, lambda: count_cases(uow, reader, first, today), lasting=AN_HOUR)
    latest = keep(uow, reader, "cases of today", lambda: count_cases(uow, reader, today))
    return Kept(_sum(before.answer + latest.answer), latest.at)


def count_cases(
    uow: UnitOfWork, reader: Reader, since: datetime, until: datetime | None = None
) -> tuple[CaseCount, ...]:
    """Cases opened since then and before `until`, by the member whose authority opened them and by procedure."""
    number = func.count().label("number")
    statement: Any = (
        select(col(Notice.sender), col(ProcedureRun.code), number)
        .select_from(Notice)
        .join(Case, col(Case.opened_by) == Notice.id)
        .outerjoin(ProcedureRun, col(ProcedureRun.id) == Notice.procedure_id)
        .where(col(Notice.issued_at) >= since, readable(reader))
        .group_by(col(Notice.sender), col(ProcedureRun.code))
    )
    if until:
        statement = statement.where(col(Notice.issued_at) < until)
    known = uow.directory.participants
    return _sum(CaseCount(known[row[0]].member, row[1], row[2]) for row in uow.session.execute(statement))


def _sum(counts: Iterable[CaseCount]) -> tuple[CaseCount, ...]:
    found: dict[tuple[str, str | None], int] = {}
    for one in counts:
        found[one.member, one.procedure] = found.get((one.member, one.procedure), 0) + one.number
    return tuple(CaseCount(member, code, number) for (member, code), number in found.items())
