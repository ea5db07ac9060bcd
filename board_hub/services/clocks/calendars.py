"""Holidays per actor and year: those the hub ships, replaced where the secretariat has edited or confirmed them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, select
from sqlmodel import col

from board_hub.domain.calendars import ZONES, Calendar, local_date, zone_of
from board_hub.domain.events import Event, EventName
from board_hub.domain.periods import Deadline, Period, deadline
from board_hub.law.holidays import default_calendar, years_needed
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.tables import row_of
from board_hub.store.work_tables import CalendarYear

YEARS_AHEAD = 6
"""How far the table is filled: no period of the Act is longer."""


class Calendars:
    """The calendars of one unit of work; a deadline asked for again (26 recipients of one state) is not worked out.

    The table holds what the scheduler filled in and the secretariat edited; a year it does not hold comes from the
    library, whose first use costs a process 20 MB and a second.
    """

    def __init__(self, uow: UnitOfWork) -> None:
        self._years = _read_years(uow)
        self._calendars: dict[tuple[str, int, int], Calendar] = {}
        self._deadlines: dict[tuple[object, ...], Deadline] = {}
        self._told: dict[int, Mapping[str, Any]] = {}

    def calendar(self, code: str, first: int, last: int) -> Calendar:
        """Holidays of a member code or `EU` for the years from `first` to `last`."""
        key = (code, first, last)
        if key not in self._calendars:
            self._calendars[key] = self._joined(code, range(first, last + 1))
        return self._calendars[key]

    def _joined(self, code: str, years: range) -> Calendar:
        missing = [year for year in years if (code, year) not in self._years]
        shipped = default_calendar(code, missing) if missing else Calendar(code, zone_of(code), {})
        holidays = dict(shipped.holidays)
        confirmed = set(shipped.confirmed)
        for year in years:
            if row := self._years.get((code, year)):
                holidays |= row.holidays
                confirmed |= {year} if row.confirmed else set()
        return Calendar(code, shipped.zone, holidays, frozenset(confirmed))

    def deadline(
        self,
        code: str,
        event: datetime | date,
        period: Period,
        suspensions: Sequence[tuple[datetime, datetime]] = (),
    ) -> Deadline:
        """The end of a period of one who acts in `code`; see `periods.deadline`."""
        key = (code, event, period, tuple(suspensions))
        if key not in self._deadlines:
            day = local_date(event, zone_of(code)) if isinstance(event, datetime) else event
            years = years_needed(day, period)
            stopped = sum((until - since for since, until in suspensions), timedelta())
            first, last = years[0], (date(years[-1], 12, 31) + stopped).year
            calendar = self.calendar(code, first, last)
            self._deadlines[key] = deadline(event, period, calendar, suspensions=suspensions)
        return self._deadlines[key]

    def told(self, found: Deadline, tell: Callable[[Deadline], Mapping[str, Any]]) -> Mapping[str, Any]:
        """What `tell` says of a deadline of these calendars; said once for all clocks that end by it."""
        if id(found) not in self._told:
            self._told[id(found)] = tell(found)
        return self._told[id(found)]


@dataclass(frozen=True)
class _Year:
    holidays: dict[date, str]
    confirmed: bool


def _read_years(uow: UnitOfWork) -> dict[tuple[str, int], _Year]:
    """All rows of the table; kept in the process until one changes."""
    newest = uow.session.execute(select(func.count(), func.max(col(CalendarYear.changed_at)))).one()
    version = tuple(newest)
    kept: tuple[object, dict[tuple[str, int], _Year]] | None = uow.hub.memo.get("calendars")
    if kept is None or kept[0] != version:
        rows = uow.session.execute(select(CalendarYear)).scalars()
        kept = (version, {(row.calendar, row.year): _year(row) for row in rows})
        uow.hub.memo["calendars"] = kept
    return kept[1]


def _year(row: CalendarYear) -> _Year:
    return _Year({date.fromisoformat(day): name for day, name in row.holidays.items()}, row.confirmed)


def fill_calendars(uow: UnitOfWork) -> int:
    """Write the shipped holidays of the years that will be needed into the table, where it has none; returns how many.

    Last year's too: a period may begin with a day long past. What was edited or confirmed stays.
    """
    rows = uow.session.execute(select(col(CalendarYear.calendar), col(CalendarYear.year)))
    held = {(row.calendar, row.year) for row in rows}
    wanted = [(code, year) for code in ZONES for year in range(uow.now.year - 1, uow.now.year + YEARS_AHEAD + 1)]
    absent = [key for key in wanted if key not in held]
    for code, year in absent:
        shipped = default_calendar(code, [year])
        days = {day.isoformat(): name for day, name in sorted(shipped.holidays.items()) if day.year == year}
        confirmed = year in shipped.confirmed
        uow.session.add(
            CalendarYear(
                calendar=code, year=year, holidays=days, confirmed=confirmed, source=SHIPPED, changed_at=uow.now
            )
        )
    return len(absent)


SHIPPED = "shipped with the hub"


def set_calendar_year(
    uow: UnitOfWork, calendar: str, year: int, *, holidays: Mapping[date, str], confirmed: bool, source: str
) -> None:
    """Replace the holidays of a calendar and year; running clocks follow by `clocks.recompute`.

    calendar: member code or `EU` (ValueError otherwise); source: where the list is published.
    """
    zone_of(calendar)
    uow.session.execute(
        delete(CalendarYear).where(col(CalendarYear.calendar) == calendar, col(CalendarYear.year) == year)
    )
    days = {day.isoformat(): name for day, name in sorted(holidays.items())}
    row = row_of(
        CalendarYear,
        calendar=calendar,
        year=year,
        holidays=days,
        confirmed=confirmed,
        source=source,
        changed_at=uow.now,
    )
    uow.session.add(CalendarYear(**row))
    detail: dict[str, object] = {"days": days, "confirmed": confirmed, "source": source}
    uow.record(Event(EventName.CALENDAR_CHANGED, f"{calendar}:{year}", {}, detail))


def get_calendar_year(uow: UnitOfWork, calendar: str, year: int) -> Calendar:
    """Holidays of one year, edited or as shipped."""
    return Calendars(uow).calendar(calendar, year, year)


def list_years(uow: UnitOfWork) -> dict[tuple[str, int], bool]:
    """Calendars and years on record, each with whether somebody confirmed it."""
    return {key: one.confirmed for key, one in _read_years(uow).items()}


def find_source(uow: UnitOfWork, calendar: str, year: int) -> tuple[str, datetime] | None:
    """Where the list of a year on record was published, and when it was last changed."""
    row = uow.session.get(CalendarYear, (calendar, year))
    return (row.source, row.changed_at) if row else None
