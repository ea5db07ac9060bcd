"""Procedures under way: entering a state, following the clocks, a step noted by the secretariat."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import col

from board_hub.domain.clocks import ClockState
from board_hub.domain.envelope import MessageType
from board_hub.domain.errors import Conflict, NotFound
from board_hub.domain.events import Event, EventName
from board_hub.domain.ids import uuid7
from board_hub.domain.procedures import Procedure, after_clocks, after_withdrawal, watched_clocks
from board_hub.law.catalogue import title_in
from board_hub.services.clocks.clock_changes import end_clock, end_needless, open_clocks_of, standing_of
from board_hub.services.clocks.clocks import Setting, start_by_state
from board_hub.services.unit_of_work import News, Seen, UnitOfWork
from board_hub.store.case_tables import Case, Clock, Notice, ProcedureRun, ProcedureStep
from board_hub.store.tables import Delivery, row_of

MAX_STEPS = 10
"""Steps by clocks in a row; more would be a circle in the catalogue."""


def procedure_words(procedure: Procedure, state: str) -> dict[str, object]:
    """A procedure's position, as receipts and news say it."""
    return {"code": procedure.code, "state": state, "title": title_in(procedure.states[state].title)}


def enter_state(
    uow: UnitOfWork,
    setting: Setting,
    procedure: Procedure,
    *,
    state: str,
    notice_id: UUID | None,
    cause: str,
    opening: bool = False,
) -> list[dict[str, Any]]:
    """Note the step, end the clocks that mean nothing any more, start those of the state; returns descriptions.

    opening: the procedure begins with this step, so it has no clocks yet.
    """
    _note_step(uow, setting.procedure_id, state, notice_id=notice_id, cause=cause)
    if not opening:
        _end_needless(uow, setting, procedure, state, open_clocks_of(uow, [setting.procedure_id]))
    return start_by_state(uow, setting, procedure=procedure.code, state=state)


def _note_step(uow: UnitOfWork, procedure_id: UUID, state: str, *, notice_id: UUID | None, cause: str) -> None:
    values = {"procedure_id": procedure_id, "state": state, "notice_id": notice_id, "cause": cause, "at": uow.now}
    uow.add(ProcedureStep, row_of(ProcedureStep, id=uuid7(uow.now), **values))


def _end_needless(
    uow: UnitOfWork, setting: Setting, procedure: Procedure, state: str, clocks: Mapping[UUID, Sequence[Clock]]
) -> None:
    own, final = clocks.get(setting.procedure_id, ()), procedure.states[state].final
    end_needless(uow, setting.catalogue, own, procedure=procedure.code, state=state, final=final)


def follow_clocks(uow: UnitOfWork, setting: Setting, procedure: Procedure, *, state: str) -> str:
    """Take the steps that the clocks now lead to; returns the state after them. The procedure's row is locked."""
    for _ in range(MAX_STEPS):
        watched = watched_clocks(procedure, state)
        to = after_clocks(procedure, state, standing_of(uow, setting.procedure_id, watched)) if watched else None
        if to is None:
            return state
        move_by_clocks(uow, setting, procedure, state=to, cause=f"clocks {', '.join(sorted(watched))}")
        state = to
    raise Conflict(f"The procedure {procedure.code} goes round in circles at {state}; mend the catalogue.")


@dataclass(frozen=True)
class Move:
    """A step that no notice takes. setting.started_by: the message that opened the procedure."""

    setting: Setting
    procedure: Procedure
    run: ProcedureRun
    state: str
    cause: str


def move_by_clocks(uow: UnitOfWork, setting: Setting, procedure: Procedure, *, state: str, cause: str) -> None:
    """A step that no notice takes: recorded, shown and told to all who may read the procedure."""
    uow.write()
    run = uow.session.get_one(ProcedureRun, setting.procedure_id)
    move_all(uow, [Move(replace(setting, started_by=run.opened_by), procedure, run, state, cause)])


def move_all(uow: UnitOfWork, moves: Sequence[Move]) -> None:
    """Many such steps, each of another procedure: what they need is read, and their cases are changed, all at once."""
    clocks = open_clocks_of(uow, [move.run.id for move in moves])
    readers = _readers(uow, {move.run.opened_by for move in moves})
    uow.session.execute(
        update(Case)
        .where(col(Case.id).in_({move.run.case_id for move in moves}))
        .values(version=Case.version + 1, changed_at=uow.now)
        .execution_options(synchronize_session=False)
    )
    for move in moves:
        _move(uow, move, clocks, readers.get(move.run.opened_by, set()))


def _move(uow: UnitOfWork, move: Move, clocks: Mapping[UUID, Sequence[Clock]], readers: Collection[str]) -> None:
    setting, procedure, run, state = move.setting, move.procedure, move.run, move.state
    run.state, run.changed_at = state, uow.now
    run.closed_at = (run.closed_at or uow.now) if procedure.states[state].final else None
    _note_step(uow, run.id, state, notice_id=None, cause=move.cause)
    _end_needless(uow, setting, procedure, state, clocks)
    start_by_state(uow, setting, procedure=procedure.code, state=state)
    detail: dict[str, object] = {"case": setting.reference, "state": state, "cause": move.cause}
    seen = [Seen("procedure", str(run.id), setting.case_id, run.opened_by)]
    uow.record(Event(EventName.PROCEDURE_MOVED, str(run.id), {}, detail), seen)
    content = {
        "case": setting.reference,
        "procedure": procedure_words(procedure, state),
        "cause": move.cause,
        "at": uow.now.isoformat(),
    }
    uow.tell(sorted({setting.originator.code, *readers}), MessageType.CASE_CHANGED, News(content))


def _readers(uow: UnitOfWork, notice_ids: Collection[UUID]) -> dict[UUID, set[str]]:
    """Codes of the participants these notices were addressed to, by notice."""
    found: dict[UUID, set[str]] = {}
    statement = select(col(Delivery.message_id), col(Delivery.recipient))
    for notice_id, code in uow.session.execute(statement.where(col(Delivery.message_id).in_(notice_ids))):
        found.setdefault(notice_id, set()).add(code)
    return found


def readers_of(uow: UnitOfWork, notice_id: UUID, sender: str) -> list[str]:
    """Codes of the participants a notice was addressed to, and its sender."""
    return sorted({sender, *_readers(uow, {notice_id}).get(notice_id, ())})


def setting_of(uow: UnitOfWork, run: ProcedureRun, *, started_by: UUID) -> tuple[Setting, Procedure]:
    """What clocks and steps of this procedure need to know, and the procedure by the case's law."""
    case = uow.session.get_one(Case, run.case_id)
    catalogue = uow.hub.catalogues[case.law_version]
    originator = uow.directory.participants[run.originator]
    setting = Setting(catalogue, case.id, case.reference, run.id, originator, started_by)
    return setting, catalogue.procedures[run.code]


def lock_run(uow: UnitOfWork, procedure_id: UUID) -> ProcedureRun:
    """The procedure, locked until the unit of work ends. Raises NotFound."""
    statement = select(ProcedureRun).where(col(ProcedureRun.id) == procedure_id).with_for_update()
    run = uow.session.execute(statement.execution_options(populate_existing=True)).scalar_one_or_none()
    if run is None:
        raise NotFound("There is no such procedure.")
    return run


def withdraw(uow: UnitOfWork, notice: Notice) -> None:
    """The procedure goes where the withdrawal of this notice leads, if anywhere."""
    if notice.procedure_id is None:
        return
    run = lock_run(uow, notice.procedure_id)
    setting, procedure = setting_of(uow, run, started_by=run.opened_by)
    to = after_withdrawal(procedure, run.state, notice.notice_type)
    if to is not None and (run.opened_by == notice.id or to != run.state):
        move_by_clocks(uow, setting, procedure, state=to, cause=f"withdrawal of {notice.notice_type}")


def override_state(uow: UnitOfWork, procedure_id: UUID, *, state: str, reason: str) -> None:
    """A step that the table does not know, noted by the secretariat with its reason (law.md §3.1.2).

    Raises NotFound for the procedure, Conflict for a state it does not have or is in already.
    """
    run = lock_run(uow, procedure_id)
    setting, procedure = setting_of(uow, run, started_by=run.opened_by)
    if state not in procedure.states or state == run.state:
        known = ", ".join(one for one in procedure.states if one != run.state)
        raise Conflict(f"{procedure.code} can be set to one of: {known}.")
    detail: dict[str, object] = {"from": run.state, "to": state, "reason": reason}
    uow.record(Event(EventName.PROCEDURE_OVERRIDDEN, str(run.id), {}, detail))
    move_by_clocks(uow, setting, procedure, state=state, cause=f"secretariat: {reason}"[:200])


def release_waiting(uow: UnitOfWork, holder: str) -> None:
    """A participant left the hub: periods that wait for a notice to reach it begin no more, and hold nothing up."""
    waiting = (col(Clock.holder) == holder, col(Clock.state) == ClockState.WAITING)
    uow.write()
    ids = uow.session.execute(select(col(Clock.procedure_id)).where(*waiting).distinct()).scalars().all()
    for procedure_id in sorted(id_ for id_ in ids if id_):
        run = lock_run(uow, procedure_id)
        setting, procedure = setting_of(uow, run, started_by=run.opened_by)
        mine = select(Clock).where(*waiting, col(Clock.procedure_id) == procedure_id).with_for_update()
        for clock in uow.session.execute(mine).scalars():
            end_clock(uow, clock)
        follow_clocks(uow, setting, procedure, state=run.state)
