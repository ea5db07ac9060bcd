"""Procedures as a reader may know them: the state is that of the last step it may see."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, exists, func, not_, select, true, tuple_
from sqlalchemy.orm import aliased
from sqlmodel import col

from board_hub.law.catalogue import title_in
from board_hub.services.access import Reader
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.services.visibility import visible_step
from board_hub.store.case_tables import Case, ProcedureRun, ProcedureStep


@dataclass(frozen=True)
class KnownProcedure:
    """A procedure of a case. state, since: of the last step the reader may see; titles in English."""

    id: UUID
    code: str
    title: str
    state: str
    state_title: str
    final: bool
    since: datetime


def list_procedures(
    uow: UnitOfWork, reader: Reader, case_ids: Sequence[UUID]
) -> dict[UUID, tuple[KnownProcedure, ...]]:
    """The procedures of these cases that the reader may know of, in the order in which they began."""
    order = func.row_number().over(partition_by=col(ProcedureStep.procedure_id), order_by=col(ProcedureStep.id).desc())
    columns: tuple[Any, ...] = (
        col(ProcedureRun.id).label("run_id"),
        col(ProcedureRun.case_id),
        col(ProcedureRun.code),
        col(Case.law_version),
        col(ProcedureStep.state),
        col(ProcedureStep.at),
        order.label("place"),
    )
    ranked = (
        select(*columns)
        .select_from(ProcedureStep)
        .join(ProcedureRun, col(ProcedureRun.id) == ProcedureStep.procedure_id)
        .join(Case, col(Case.id) == ProcedureRun.case_id)
        .where(col(ProcedureRun.case_id).in_(case_ids), visible_step(reader, ProcedureStep, ProcedureRun))
        .subquery()
    )
    found: dict[UUID, list[KnownProcedure]] = {}
    for row in uow.session.execute(select(ranked).where(ranked.c.place == 1).order_by(ranked.c.run_id)):
        procedure = uow.hub.catalogues[row.law_version].procedures[row.code]
        state = procedure.states[row.state]
        known = KnownProcedure(
            id=row.run_id,
            code=row.code,
            title=title_in(procedure.title),
            state=row.state,
            state_title=title_in(state.title),
            final=state.final,
            since=row.at,
        )
        found.setdefault(row.case_id, []).append(known)
    return {case_id: tuple(procedures) for case_id, procedures in found.items()}


def final_states(uow: UnitOfWork) -> list[tuple[str, str, str]]:
    """(law version, procedure, state) of all final states."""
    return [
        (version, code, state)
        for version, catalogue in uow.hub.catalogues.items()
        for code, procedure in catalogue.procedures.items()
        for state, one in procedure.states.items()
        if one.final
    ]


def known_run(
    reader: Reader,
    *,
    procedure: str | None = None,
    state: str | None = None,
    outside: Collection[tuple[str, str, str]] = (),
) -> ColumnElement[bool]:
    """The `Case` has a procedure known to the reader, of this code, in this state, in none of those `outside`.

    The state is that of the last step the reader may see, so that filtering tells no more than reading.
    """
    later: Any = aliased(ProcedureStep)
    newer = (
        select(true())
        .select_from(later)
        .where(later.procedure_id == ProcedureRun.id, later.id > ProcedureStep.id)
        .where(visible_step(reader, later, ProcedureRun))
        .correlate_except(later)
    )
    known = (
        select(true())
        .select_from(ProcedureRun)
        .join(ProcedureStep, col(ProcedureStep.procedure_id) == ProcedureRun.id)
        .where(col(ProcedureRun.case_id) == Case.id, visible_step(reader, ProcedureStep, ProcedureRun))
        .where(not_(exists(newer)))
        .correlate_except(ProcedureRun, ProcedureStep)
    )
    if procedure:
        known = known.where(col(ProcedureRun.code) == procedure)
    if state:
        known = known.where(col(ProcedureStep.state) == state)
    if outside:
        position = tuple_(col(Case.law_version), col(ProcedureRun.code), col(ProcedureStep.state))
        known = known.where(position.not_in(list(outside)))
    return exists(known)
