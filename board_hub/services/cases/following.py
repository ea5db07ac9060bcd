"""Procedures that follow their clocks, many at once: locked in order, judged by one count, moved together."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select

from board_hub.domain.errors import Conflict
from board_hub.domain.procedures import Procedure, Standing, after_clocks, watched_clocks
from board_hub.services.cases.procedures import MAX_STEPS, Move, move_all, setting_of
from board_hub.services.clocks.clock_changes import to_standing
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Case, Clock, ProcedureRun
from board_hub.store.tables import table_of

_RUN, _CASE, _CLOCK = table_of(ProcedureRun), table_of(Case), table_of(Clock)


@dataclass(frozen=True, slots=True)
class Run:
    """A procedure under way, locked, and its case."""

    id: UUID
    code: str
    state: str
    originator: str
    reference: str
    law_version: str


def lock_runs(uow: UnitOfWork, ids: Collection[UUID]) -> dict[UUID, Run]:
    """These procedures and their cases, locked until the unit of work ends; without those that others hold."""
    if not ids:
        return {}
    statement = (
        select(_RUN.c.id, _RUN.c.code, _RUN.c.state, _RUN.c.originator, _CASE.c.reference, _CASE.c.law_version)
        .join(_CASE, _CASE.c.id == _RUN.c.case_id)
        .where(_RUN.c.id.in_(ids))
        .order_by(_RUN.c.id)
        .with_for_update(of=[_RUN, _CASE], skip_locked=True)
    )
    return {row.id: Run(*row) for row in uow.session.execute(statement)}


def step_all(uow: UnitOfWork, runs: Mapping[UUID, Run], touched: Collection[UUID]) -> set[UUID]:
    """Take the steps that the clocks of these procedures now lead to; returns those that are final afterwards.

    As `procedures.follow_clocks`, in rounds: one count tells for all which move on. Raises Conflict for a circle.
    """
    states = {run_id: runs[run_id].state for run_id in touched}
    waiting = sorted(touched)
    for _ in range(MAX_STEPS):
        standings = _standings(uow, waiting)
        moving = {run_id: to for run_id in waiting if (to := _leads_to(uow, runs[run_id], states, standings))}
        if not moving:
            return {run_id for run_id, state in states.items() if _procedure(uow, runs[run_id]).states[state].final}
        move_all(uow, [_move(uow, run, moving[run.id]) for run in _load(uow, moving)])
        states |= moving
        waiting = sorted(moving)
    raise Conflict(f"The procedure {runs[waiting[0]].code} goes round in circles; mend the catalogue.")


def _move(uow: UnitOfWork, run: ProcedureRun, state: str) -> Move:
    setting, procedure = setting_of(uow, run, started_by=run.opened_by)
    return Move(setting, procedure, run, state, f"clocks {', '.join(sorted(watched_clocks(procedure, run.state)))}")


def _load(uow: UnitOfWork, ids: Collection[UUID]) -> Sequence[ProcedureRun]:
    """The rows of these procedures, in order; with their cases, so that the session need not read each."""
    statement = (
        select(ProcedureRun, Case)
        .join(Case, _CASE.c.id == _RUN.c.case_id)
        .where(_RUN.c.id.in_(ids))
        .order_by(_RUN.c.id)
        .execution_options(populate_existing=True)
    )
    found = uow.session.execute(statement).all()
    uow.memo["following"] = [row[1] for row in found]  # the session holds rows weakly
    return [row[0] for row in found]


def watched_by(uow: UnitOfWork, run: Run) -> frozenset[str]:
    """Clock rules whose end may lead this procedure on from its present state."""
    return watched_clocks(_procedure(uow, run), run.state)


def _procedure(uow: UnitOfWork, run: Run) -> Procedure:
    return uow.hub.catalogues[run.law_version].procedures[run.code]


def _leads_to(
    uow: UnitOfWork, run: Run, states: Mapping[UUID, str], standings: Mapping[UUID, Mapping[str, Standing]]
) -> str | None:
    procedure, state, standing = _procedure(uow, run), states[run.id], standings.get(run.id, {})
    watched = watched_clocks(procedure, state)
    return after_clocks(procedure, state, {rule: standing[rule] for rule in watched if rule in standing})


def _standings(uow: UnitOfWork, ids: Collection[UUID]) -> dict[UUID, dict[str, Standing]]:
    """How the clocks of these procedures stand, by procedure and rule: one count for all."""
    if not ids:
        return {}
    uow.write()
    uow.session.flush()
    keys = (_CLOCK.c.procedure_id, _CLOCK.c.rule, _CLOCK.c.state)
    rows = uow.session.execute(select(*keys, func.count()).where(_CLOCK.c.procedure_id.in_(ids)).group_by(*keys))
    counts: dict[UUID, dict[str, dict[str, int]]] = {}
    for procedure_id, rule, state, number in rows:
        counts.setdefault(procedure_id, {}).setdefault(rule, {})[state] = number
    return {
        procedure_id: {rule: to_standing(by_state) for rule, by_state in by_rule.items()}
        for procedure_id, by_rule in counts.items()
    }
