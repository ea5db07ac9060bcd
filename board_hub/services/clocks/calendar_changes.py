"""What follows from a changed calendar: the ends of the clocks that run by it."""

from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.clocks import ClockState
from board_hub.domain.events import Event, EventName
from board_hub.services.clocks.clock_changes import recompute
from board_hub.services.unit_of_work import Seen, UnitOfWork
from board_hub.store.case_tables import Clock

PORTION = 1000


def recompute_calendar(uow: UnitOfWork, calendar: str) -> int:
    """Work out anew the ends of the running clocks of this calendar; returns how many of them moved.

    calendar: member code or `EU`, whose holidays were changed in this unit of work. A clock that has ended stays ended.
    """
    uow.session.flush()
    uow.memo.pop("calendars", None)  # read before the change
    moved = 0
    last = None
    while portion := _running(uow, calendar, last):
        moved += sum(_moves(uow, clock) for clock in portion)
        last = portion[-1].id
    return moved


def _running(uow: UnitOfWork, calendar: str, after: object) -> list[Clock]:
    statement = (
        select(Clock)
        .where(col(Clock.calendar) == calendar, col(Clock.state) == ClockState.RUNNING)
        .order_by(col(Clock.id))
        .limit(PORTION)
        .with_for_update()
    )
    if after is not None:
        statement = statement.where(col(Clock.id) > after)
    return list(uow.session.execute(statement).scalars())


def _moves(uow: UnitOfWork, clock: Clock) -> bool:
    """Whether the clock ends at another moment now; then it is on record and in the feed."""
    before = (clock.end_at, clock.calendar_confirmed, clock.explanation)
    recompute(uow, clock, uow.hub.catalogues[clock.law_version].clocks[clock.rule])
    if (clock.end_at, clock.calendar_confirmed, clock.explanation) == before:
        return False
    detail: dict[str, object] = {
        "rule": clock.rule,
        "holder": clock.holder,
        "end_at": clock.end_at.isoformat() if clock.end_at else None,
        "because": "calendar",
    }
    seen = [Seen("clock", str(clock.id), clock.case_id, clock.started_by, clock.holder)]
    uow.record(Event(EventName.CLOCK_CHANGED, str(clock.id), {}, detail), seen)
    return clock.end_at != before[0]
