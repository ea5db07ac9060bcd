"""Legal periods of one's own that end in the weeks to come, by week and by what their end means."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlalchemy import func, select
from sqlmodel import col

from board_hub.domain.calendars import local_date
from board_hub.domain.clocks import ClockKind, ClockState
from board_hub.services.access import Reader
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Clock

WEEKS = 12
ENDING = (ClockKind.LIMIT, ClockKind.WINDOW)
"""Kinds whose end asks for something: to act by then, or to use a right by then."""


@dataclass(frozen=True)
class Week:
    """monday: its first day; by_kind: how many periods end in it."""

    monday: date
    by_kind: dict[ClockKind, int]


@dataclass(frozen=True)
class ClocksAhead:
    """weeks: this one and those after it, empty ones too; later: how many end after them."""

    weeks: tuple[Week, ...]
    later: int


def count_clocks_ahead(uow: UnitOfWork, reader: Reader, zone: str) -> ClocksAhead:
    """Running periods that participants of the reader hold, from today where the reader is."""
    today = local_date(uow.now, zone)
    monday = today - timedelta(days=today.weekday())
    weeks = {monday + timedelta(weeks=number): dict.fromkeys(ENDING, 0) for number in range(WEEKS)}
    later = 0
    for day, kind, number in _days(uow, reader, uow.now):
        week = weeks.get(max(day, today) - timedelta(days=max(day, today).weekday()))
        if week is None:
            later += number
        else:
            week[ClockKind(kind)] += number
    return ClocksAhead(tuple(Week(first, by_kind) for first, by_kind in weeks.items()), later)


def _days(uow: UnitOfWork, reader: Reader, now: datetime) -> list[tuple[date, str, int]]:
    statement = (
        select(col(Clock.end_on), col(Clock.kind), func.count())
        .where(
            col(Clock.holder).in_(sorted(reader.participants)),
            col(Clock.state) == ClockState.RUNNING,
            col(Clock.end_at) > now,
            col(Clock.kind).in_(ENDING),
        )
        .group_by(col(Clock.end_on), col(Clock.kind))
    )
    return [(day, kind, number) for day, kind, number in uow.session.execute(statement) if day is not None]
