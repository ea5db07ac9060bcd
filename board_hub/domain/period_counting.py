"""Art 3 of Regulation 1182/71 over calendar days: counting, clock stops, roll-over and the two working days."""

import calendar as months
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR, date, timedelta
from enum import StrEnum

from board_hub.domain.calendars import ONE_DAY, Calendar
from board_hub.domain.period_steps import Step, StepCode

Days = tuple[date, date]
"""From the first to the last local day, both included."""
_NONE: frozenset[date] = frozenset()


class Unit(StrEnum):
    HOUR = "hour"
    DAY = "day"
    CALENDAR_DAY = "calendar_day"
    """As worded in Art 46(4) of the AI Act; counts like a day, and rolls over like one."""
    WORKING_DAY = "working_day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True)
class Period:
    """How long something may take: `n` units, forwards from an event or backwards from it.

    part_days: parts of a month on top of `n` whole ones, a month being thirty days (Art 3(2)(d)): one and a half
    months are `Period(1, Unit.MONTH, part_days=15)`, half a month is `Period(0, Unit.MONTH, part_days=15)`.
    ValueError where the values make no period.
    """

    n: int
    unit: Unit
    backwards: bool = False
    part_days: int = 0

    def __post_init__(self) -> None:
        if self.part_days and (self.unit is not Unit.MONTH or not 0 < self.part_days < 30):
            raise ValueError("parts of a period are 1 to 29 days of a month (Art 3(2)(d) of Regulation 1182/71)")
        if self.n < 0 or self.n + self.part_days == 0:
            raise ValueError(f"a period is at least one {self.unit} long, not {self.n}")

    @property
    def needs_two_working_days(self) -> bool:
        """Whether it is a period of two days or more (Art 3(5)); those in hours and in working days are not."""
        if self.backwards or self.unit in (Unit.HOUR, Unit.WORKING_DAY):
            return False
        if self.unit in (Unit.DAY, Unit.CALENDAR_DAY):
            return self.n >= 2
        return self.n > 0 or self.part_days >= 2


@dataclass(frozen=True)
class Counted:
    """The local days on which a period ends, before (`nominal`) and after roll-over (`end`), and the steps to them."""

    nominal: date
    end: date
    steps: tuple[Step, ...]


def count(day: date, period: Period, calendar: Calendar, stops: Sequence[Days] = ()) -> Counted:
    """Counts a period not in hours from the day of its event, which is excluded (Art 3(1)).

    stops: local days on which the clock stood still, in order; they count for nothing. OverflowError outside the years
    1 to 9999.
    """
    running = _running(day, period, calendar)
    if period.backwards:
        return Counted(running.nominal, running.nominal, running.steps)
    counted, stopped = _with(day, period, calendar, running), set[date]()
    for stop in stops:
        if stop[0] > counted.end:
            break
        stopped.update(_each(stop))
        counted = _with(day, period, calendar, running, frozenset(stopped))
    return counted


def _running(day: date, period: Period, calendar: Calendar) -> Counted:
    """Art 3(2), as if the clock never stopped and all days were working days."""
    sign = -1 if period.backwards else 1
    code = StepCode.BACKWARDS if period.backwards else StepCode.PERIOD
    month_end: tuple[Step, ...] = ()
    match period.unit:
        case Unit.WORKING_DAY:
            nominal = _nth_working_day(day, sign * period.n, calendar)
        case Unit.MONTH | Unit.YEAR:
            whole = add_months(day, sign * period.n * (12 if period.unit is Unit.YEAR else 1))
            nominal = whole + sign * timedelta(days=period.part_days)
            if whole.day != day.day:
                month_end = (Step(StepCode.MONTH_END, {"wanted": day.day, "on": whole.isoformat()}),)
        case _:
            nominal = day + sign * period.n * (timedelta(weeks=1) if period.unit is Unit.WEEK else ONE_DAY)
    return Counted(nominal, nominal, (period_step(code, period, {"on": nominal.isoformat()}), *month_end))


def period_step(code: StepCode, period: Period, ends: dict[str, str | int]) -> Step:
    """The step from the event to where the period ends, in a day (`on`) or also a wall time (`at`)."""
    parts: dict[str, str | int] = {"part_days": period.part_days} if period.part_days else {}
    return Step(code, {"n": period.n, "unit": str(period.unit), **parts, **ends})


def add_months(day: date, n: int) -> date:
    """The same date number n months later (earlier below 0), or the last day of that month (Art 3(2)(c))."""
    year, month = divmod(day.year * 12 + day.month - 1 + n, 12)
    if not MINYEAR <= year <= MAXYEAR:
        raise OverflowError(f"there is no year {year}")
    return date(year, month + 1, min(day.day, months.monthrange(year, month + 1)[1]))


def _nth_working_day(day: date, n: int, calendar: Calendar, stopped: frozenset[date] = _NONE) -> date:
    """The n-th working day after the day (before it below 0) on which the clock does not stand still (Art 3(3))."""
    step = ONE_DAY if n > 0 else -ONE_DAY
    left = abs(n)
    while left:
        day += step
        left -= calendar.is_working(day) and day not in stopped
    return day


def _with(day: date, period: Period, calendar: Calendar, running: Counted, stopped: frozenset[date] = _NONE) -> Counted:
    """The running count, moved on by the days on which the clock stood still, then rolled over."""
    nominal, steps = running.nominal, running.steps
    if stopped:
        nominal, added = _moved(day, period, calendar, running.nominal, stopped)
        unit = Unit.WORKING_DAY if period.unit is Unit.WORKING_DAY else Unit.DAY
        steps += (Step(StepCode.SUSPENDED, {"days": added, "unit": str(unit), "on": nominal.isoformat()}),)
    end = nominal
    if not calendar.is_working(end):
        end = calendar.next_working(end)
        steps += (_rolled_step(nominal, end, calendar),)
    worked = _two_working_days(day, end, calendar, stopped)
    if period.needs_two_working_days and worked < 2:
        while _two_working_days(day, end, calendar, stopped) < 2:
            end += ONE_DAY
        steps += (Step(StepCode.TWO_WORKING_DAYS, {"count": worked, "to": end.isoformat()}),)
    return Counted(nominal, end, steps)


def _moved(day: date, period: Period, calendar: Calendar, nominal: date, stopped: frozenset[date]) -> tuple[date, int]:
    """The nominal end after the clock stops, and how many days (or working days) they added."""
    if period.unit is not Unit.WORKING_DAY:
        return nominal + timedelta(days=len(stopped)), len(stopped)
    moved = _nth_working_day(day, period.n, calendar, stopped)
    return moved, sum(calendar.is_working(one) for one in stopped if day < one <= moved)


def _two_working_days(day: date, end: date, calendar: Calendar, stopped: frozenset[date]) -> int:
    """How many working days lie after the day of the event up to the end, counted no further than two (Art 3(5))."""
    found = 0
    for one in _each((day + ONE_DAY, end)):
        found += calendar.is_working(one) and one not in stopped
        if found == 2:
            break
    return found


def _rolled_step(nominal: date, end: date, calendar: Calendar) -> Step:
    holiday = calendar.holidays.get(nominal)
    name: dict[str, str | int] = {"holiday": holiday} if holiday else {}
    return Step(StepCode.ROLLED, {"on": nominal.isoformat(), **name, "to": end.isoformat()})


def _each(days: Days) -> Iterator[date]:
    first, last = days
    return (first + timedelta(days=passed) for passed in range((last - first).days + 1))
