"""A procedure as a path: the states it went through as far as the reader may know, and those it can go to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.procedures import Procedure
from board_hub.law.catalogue import title_in
from board_hub.services.access import Reader
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.services.visibility import visible_step
from board_hub.store.case_tables import Case, ProcedureRun, ProcedureStep

MOST_STEPS = 500
"""Steps of all procedures of one case that are looked at, the last ones."""


@dataclass(frozen=True)
class Passed:
    """A state the procedure came to, and when; title in English."""

    state: str
    title: str
    at: datetime


@dataclass(frozen=True)
class ProcedurePath:
    """The states passed, oldest first, the present one last; ahead: (code, title in English) of the next ones."""

    id: UUID
    code: str
    title: str
    cite: str
    final: bool
    passed: tuple[Passed, ...]
    ahead: tuple[tuple[str, str], ...]

    @property
    def present(self) -> Passed:
        return self.passed[-1]


def list_paths(uow: UnitOfWork, reader: Reader, case_id: UUID) -> tuple[ProcedurePath, ...]:
    """The procedures of a case that the reader may know of, in the order in which they began; one statement."""
    columns: list[Any] = [ProcedureStep.procedure_id, ProcedureStep.state, ProcedureStep.at, ProcedureRun.code]
    statement = (
        select(*columns, col(Case.law_version))
        .select_from(ProcedureStep)
        .join(ProcedureRun, col(ProcedureRun.id) == ProcedureStep.procedure_id)
        .join(Case, col(Case.id) == ProcedureRun.case_id)
        .where(col(ProcedureRun.case_id) == case_id, visible_step(reader, ProcedureStep, ProcedureRun))
        .order_by(col(ProcedureStep.id).desc())
        .limit(MOST_STEPS)
    )
    rows: dict[UUID, list[Any]] = {}
    for row in uow.session.execute(statement):
        rows.setdefault(row.procedure_id, []).append(row)
    return tuple(_path(uow, run_id, rows[run_id][::-1]) for run_id in sorted(rows))


def _path(uow: UnitOfWork, run_id: UUID, rows: list[Any]) -> ProcedurePath:
    procedure = uow.hub.catalogues[rows[0].law_version].procedures[rows[0].code]
    passed: list[Passed] = []
    for row in rows:
        if not passed or passed[-1].state != row.state:
            passed.append(Passed(row.state, title_in(procedure.states[row.state].title), row.at))
    present = procedure.states[passed[-1].state]
    return ProcedurePath(
        id=run_id,
        code=procedure.code,
        title=title_in(procedure.title),
        cite=procedure.cite,
        final=present.final,
        passed=tuple(passed),
        ahead=_ahead(procedure, present.code),
    )


def _ahead(procedure: Procedure, state: str) -> tuple[tuple[str, str], ...]:
    """The states that one step leads to, in the table's order."""
    codes = [one.to for one in procedure.states[state].transitions if one.to and one.to != state]
    return tuple((code, title_in(procedure.states[code].title)) for code in dict.fromkeys(codes))
