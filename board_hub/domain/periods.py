"""Legal periods of Regulation (EEC, Euratom) 1182/71: when a period ends, by which steps, and when to warn of it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from board_hub.domain.calendars import Calendar, end_of, local_date, start_of
from board_hub.domain.period_counting import Counted, Days, Period, Unit, count, period_step
from board_hub.domain.period_steps import Step, StepCode
from board_hub.domain.period_words import explain

__all__ = ["Deadline", "Period", "Step", "StepCode", "Unit", "deadline", "explain", "fixed_date", "warnings"]

Stop = tuple[datetime, datetime]
"""From and until when (aware) a clock stood still."""
_HOUR = timedelta(hours=1)
_TICK = timedelta(microseconds=1)


@dataclass(frozen=True, kw_only=True)
class Deadline:
    """When a period ends, and why.

    event: the instant (aware, UTC) it counts from: of a plain day, and of a fixed date, the first hour of that day;
    nominal_on / end_on: the local day of the last hour before and after roll-over and the two working days;
    nominal_at / end_at: the instant (aware, UTC) at which that hour is over: local midnight after the day, or for
    hours the hour's own end; calendar, zone: the Calendar's code and zone; confirmed: no year whose holidays could
    move the end is unconfirmed (always true for hours, fixed dates and days counted backwards, which heed no
    holidays); forward: it runs on from the event, so that nothing is due before it; steps: see `explain`.
    """

    event: datetime
    nominal_on: date
    end_on: date
    nominal_at: datetime
    end_at: datetime
    calendar: str
    zone: str
    confirmed: bool
    forward: bool
    steps: tuple[Step, ...]


def deadline(
    event: datetime | date, period: Period, calendar: Calendar, *, suspensions: Sequence[Stop] = ()
) -> Deadline:
    """The end of a period by Art 3 of Regulation 1182/71, in the calendar of whoever has to act.

    event: an aware moment, whose day in the calendar's zone counts, or that day itself (not for hours).
    suspensions: from and until when (aware) the clock stood still; each local day touched is added (of periods in
    working days, each such working day; of hours, the exact time), then the end rolls over. Stops before the event
    or after the end change nothing. Where the law lets a period begin anew instead, pass the new event.
    Raises ValueError: a naive moment, hours from a day, a stop that ends before it begins or in a period counted
    backwards, an end outside the years 1 to 9999.
    """
    if period.backwards and suspensions:
        raise ValueError("a period counted backwards cannot be suspended")
    try:
        if period.unit is Unit.HOUR:
            return _in_hours(event, period, calendar, suspensions)
        return _in_days(event, period, calendar, suspensions)
    except OverflowError:
        raise ValueError("the period ends outside the years 1 to 9999") from None


def fixed_date(day: date, calendar: Calendar) -> Deadline:
    """The end of a date that the law names: its last hour, without roll-over (Art 4, 5 of Regulation 1182/71)."""
    step = Step(StepCode.FIXED, {"on": day.isoformat(), "calendar": calendar.code, "zone": calendar.zone})
    try:
        return _ending(start_of(day, calendar.zone), Counted(day, day, (step,)), calendar, forward=False)
    except OverflowError:
        raise ValueError("the date lies outside the years 1 to 9999") from None


def warnings(deadline: Deadline, days: Sequence[int]) -> tuple[datetime, ...]:
    """When to warn: the starts (aware, UTC; sorted, distinct) of the local days so many days before the nominal end.

    Of a period that runs on from its event, only those after the event. ValueError for a negative number of days.
    """
    if any(before < 0 for before in days):
        raise ValueError("a warning comes before the end: its number of days cannot be negative")
    known = (deadline.nominal_on - date.min).days
    moments = {start_of(deadline.nominal_on - timedelta(before), deadline.zone) for before in days if before < known}
    return tuple(sorted(moment for moment in moments if not deadline.forward or moment > deadline.event))


def _in_days(event: datetime | date, period: Period, calendar: Calendar, suspensions: Sequence[Stop]) -> Deadline:
    moment = _moment(event) if isinstance(event, datetime) else start_of(event, calendar.zone)
    day = local_date(moment, calendar.zone)
    stops = [_days(stop, calendar.zone) for stop in _stops(suspensions, moment)]
    counted = count(day, period, calendar, stops)
    steps = (_event_step(event, calendar), *counted.steps, *_unconfirmed(day, counted.end, period, calendar))
    return _ending(moment, Counted(counted.nominal, counted.end, steps), calendar, forward=not period.backwards)


def _in_hours(event: datetime | date, period: Period, calendar: Calendar, suspensions: Sequence[Stop]) -> Deadline:
    """Art 3(1), (2)(a): the hour of the event is excluded; hours that pass, whatever the clocks do; no roll-over."""
    if not isinstance(event, datetime):
        raise ValueError("a period in hours needs the moment of its event, not only the day")
    moment = _moment(event)
    hour = moment.replace(minute=0, second=0, microsecond=0)
    end = hour - period.n * _HOUR if period.backwards else hour + (1 + period.n) * _HOUR
    code = StepCode.BACKWARDS if period.backwards else StepCode.PERIOD
    steps = [_event_step(event, calendar), period_step(code, period, _hour_values(end, calendar))]
    for first, until in _stops(suspensions, moment):
        if first < end:
            end += until - first
            stood = int((until - first).total_seconds())
            steps.append(Step(StepCode.SUSPENDED, {"seconds": stood, **_hour_values(end, calendar)}))
    last = local_date(end - _TICK, calendar.zone)
    counted = _ending(moment, Counted(last, last, tuple(steps)), calendar, forward=not period.backwards)
    return replace(counted, nominal_at=end, end_at=end)


def _ending(event: datetime, counted: Counted, calendar: Calendar, *, forward: bool) -> Deadline:
    """The deadline that ends with the last hour of the days counted."""
    nominal_at = end_of(counted.nominal, calendar.zone)
    return Deadline(
        event=event,
        nominal_on=counted.nominal,
        end_on=counted.end,
        nominal_at=nominal_at,
        end_at=nominal_at if counted.end == counted.nominal else end_of(counted.end, calendar.zone),
        calendar=calendar.code,
        zone=calendar.zone,
        confirmed=all(step.code != StepCode.UNCONFIRMED for step in counted.steps),
        forward=forward,
        steps=counted.steps,
    )


def _moment(event: datetime) -> datetime:
    if event.tzinfo is None:
        raise ValueError("a moment without a time zone has no place in a legal period")
    return event.astimezone(UTC)


def _stops(suspensions: Sequence[Stop], since: datetime) -> list[Stop]:
    """The stops after an instant, in order, those that overlap made one."""
    found: list[Stop] = []
    for first, until in sorted((_moment(first), _moment(until)) for first, until in suspensions):
        if until < first:
            raise ValueError(f"a suspension ends ({until.isoformat()}) before it begins ({first.isoformat()})")
        before = found[-1][1] if found else since
        if until <= max(before, first):
            continue
        if found and first <= before:
            found[-1] = (found[-1][0], until)
        else:
            found.append((max(first, since), until))
    return found


def _days(stop: Stop, zone: str) -> Days:
    """The local days that a stop touches."""
    first, until = stop
    return local_date(first, zone), local_date(until - _TICK, zone)


def _unconfirmed(day: date, end: date, period: Period, calendar: Calendar) -> tuple[Step, ...]:
    """The step that names the years whose holidays could move the end and are not confirmed; none where none could."""
    if period.backwards and period.unit is not Unit.WORKING_DAY:
        return ()
    years = ", ".join(str(year) for year in calendar.unconfirmed(min(day, end).year, max(day, end).year))
    return (Step(StepCode.UNCONFIRMED, {"calendar": calendar.code, "years": years}),) if years else ()


def _event_step(event: datetime | date, calendar: Calendar) -> Step:
    """Where counting starts: the local day, and of a moment its wall time and its day in UTC."""
    values: dict[str, str | int] = {"calendar": calendar.code, "zone": calendar.zone}
    if not isinstance(event, datetime):
        return Step(StepCode.EVENT, {"on": event.isoformat(), **values})
    local = event.astimezone(ZoneInfo(calendar.zone)).isoformat(timespec="minutes")
    utc = event.astimezone(UTC).date().isoformat()
    return Step(StepCode.EVENT, {"on": local[:10], "at": local, "utc": utc, **values})


def _hour_values(end: datetime, calendar: Calendar) -> dict[str, str | int]:
    """The wall time (ISO 8601 with its offset) at which an hour is over, and the day that it is part of."""
    wall = end.astimezone(ZoneInfo(calendar.zone)).isoformat(timespec="minutes")
    return {"on": local_date(end - _TICK, calendar.zone).isoformat(), "at": wall}
