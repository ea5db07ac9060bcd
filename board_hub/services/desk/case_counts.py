"""How many cases were opened, by Member State and procedure: of what the reader may see, in a handful of rows.

A case counts where the notice that opened it is readable: who opened it and under which procedure is known by that
notice alone, so a number tells no more than the list of cases does.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlmodel import col

from board_hub.services.access import Reader, readable
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Case, Notice, ProcedureRun


@dataclass(frozen=True)
class CaseCount:
    """Cases that authorities of a member opened under a procedure; None: an informal exchange without one."""

    member: str
    procedure: str | None
    number: int


def count_cases(uow: UnitOfWork, reader: Reader, since: datetime) -> tuple[CaseCount, ...]:
    """Cases opened since that moment, by the member whose authority opened them and by procedure."""
    number = func.count().label("number")
    statement: Any = (
        select(col(Notice.sender), col(ProcedureRun.code), number)
        .select_from(Notice)
        .join(Case, col(Case.opened_by) == Notice.id)
        .outerjoin(ProcedureRun, col(ProcedureRun.id) == Notice.procedure_id)
        .where(col(Notice.issued_at) >= since, readable(reader))
        .group_by(col(Notice.sender), col(ProcedureRun.code))
    )
    known, counts = uow.directory.participants, dict[tuple[str, str | None], int]()
    for sender, code, found in uow.session.execute(statement):
        key = (known[sender].member, code)
        counts[key] = counts.get(key, 0) + found
    return tuple(CaseCount(member, code, found) for (member, code), found in counts.items())
