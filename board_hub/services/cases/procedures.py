"""Procedures under way: entering a state, following the clocks, a step noted by the secretariat."""

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
from board_hub.services.clocks.clock_changes import end_clock, end_needless, standing_of
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
    step = row_of(
        ProcedureStep,
        id=uuid7(uow.now),
        procedure_id=setting.procedure_id,
        state=state,
        notice_id=notice_id,
        cause=cause,
        at=uow.now,
    )
    uow.add(ProcedureStep, step)
    if not opening:
        end_needless(uow, setting, procedure=procedure.code, state=state, final=procedure.states[state].final)
    return start_by_state(uow, setting, procedure=procedure.code, state=state)


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


def move_by_clocks(uow: UnitOfWork, setting: Setting, procedure: Procedure, *, state: str, cause: str) -> None:
    """A step that no notice takes: recorded, shown and told to all who may read the procedure."""
    set_state(uow, setting.procedure_id, state, final=procedure.states[state].final)
    opened_by = opening_notice(uow, setting.procedure_id)
    readers_see = Setting(
        setting.catalogue, setting.case_id, setting.reference, setting.procedure_id, setting.originator, opened_by
    )
    enter_state(uow, readers_see, procedure, state=state, notice_id=None, cause=cause)
    detail: dict[str, object] = {"case": setting.reference, "state": state, "cause": cause}
    seen = [Seen("procedure", str(setting.procedure_id), setting.case_id, opened_by)]
    uow.record(Event(EventName.PROCEDURE_MOVED, str(setting.procedure_id), {}, detail), seen)
    content = {
        "case": setting.reference,
        "procedure": procedure_words(procedure, state),
        "cause": cause,
        "at": uow.now.isoformat(),
    }
    uow.tell(readers_of(uow, opened_by, setting.originator.code), MessageType.CASE_CHANGED, News(content))


def set_state(uow: UnitOfWork, procedure_id: UUID, state: str, *, final: bool) -> None:
    """The procedure's new state, and its case's new version."""
    run = uow.session.get_one(ProcedureRun, procedure_id)
    run.state, run.changed_at = state, uow.now
    run.closed_at = (run.closed_at or uow.now) if final else None
    uow.session.execute(
        update(Case)
        .where(col(Case.id) == run.case_id)
        .values(version=Case.version + 1, changed_at=uow.now)
        .execution_options(synchronize_session=False)
    )


def opening_notice(uow: UnitOfWork, procedure_id: UUID) -> UUID:
    """The message that opened the procedure: who may read it may know the procedure's state."""
    uow.write()
    opened_by: UUID = uow.session.get_one(ProcedureRun, procedure_id).opened_by
    return opened_by


def readers_of(uow: UnitOfWork, notice_id: UUID, sender: str) -> list[str]:
    """Codes of the participants a notice was addressed to, and its sender."""
    statement = select(col(Delivery.recipient)).where(col(Delivery.message_id) == notice_id)
    return sorted({sender, *uow.session.execute(statement).scalars()})


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
