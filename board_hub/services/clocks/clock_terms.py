"""The terms of a clock: when it ends and why, when it is due next, how participants see it."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from board_hub.domain.calendars import end_of, start_of, zone_of
from board_hub.domain.clocks import ClockKind, ClockRule, ClockState
from board_hub.domain.ids import uuid7
from board_hub.domain.periods import Deadline, Period, explain, warnings
from board_hub.law.catalogue import title_in
from board_hub.services.clocks.calendars import Calendars
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.tables import row_of
from board_hub.store.work_tables import DueItem

OPERATOR = "operator"
DUE_CLOCK = "clock"
DUE_FOLLOWUP = "followup"
REMINDER = timedelta(days=30)
"""How often the holder of a duty without a number is reminded; not statutory."""


def read_instant(value: object, member: str, now: datetime) -> datetime | None:
    """A field's moment, or the last hour of its day where the member is; never later than now."""
    given = read_moment(value)
    if given is None or isinstance(given, datetime):
        return given
    return min(end_of(given, zone_of(member)), now)


def calendars_of(uow: UnitOfWork) -> Calendars:
    """The calendars of this unit of work, read once."""
    if "calendars" not in uow.memo:
        uow.memo["calendars"] = Calendars(uow)
    found: Calendars = uow.memo["calendars"]
    return found


def read_moment(value: object) -> datetime | date | None:
    """A field's day or moment; None when it is not given."""
    if not isinstance(value, str):
        return None
    return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)


def begin(calendars: Calendars, rule: ClockRule, member: str, at: datetime | date) -> dict[str, Any]:
    """The columns of a clock that begins with this event."""
    return {"state": ClockState.RUNNING} | ends(calendars, rule, member, at, extensions=0)


def ends(
    calendars: Calendars,
    rule: ClockRule,
    member: str,
    at: datetime | date,
    *,
    extensions: int,
    suspensions: Sequence[tuple[datetime, datetime]] = (),
) -> dict[str, Any]:
    """started_at, the ends and the explanation; a duty has none of these but its start."""
    period = _period(rule, extensions)
    if period is None:
        started = at if isinstance(at, datetime) else start_of(at, zone_of(member))
        return {"started_at": started, "explanation": "Without undue delay: the law gives no number."}
    found = calendars.deadline(member, at, period, suspensions)
    return {"started_at": at if isinstance(at, datetime) else found.event, **calendars.told(found, end_columns)}


def end_columns(found: Deadline) -> dict[str, Any]:
    """The columns of `Clock` that say when and why."""
    return {
        "nominal_on": found.nominal_on,
        "end_on": found.end_on,
        "nominal_at": found.nominal_at,
        "end_at": found.end_at,
        "calendar": found.calendar,
        "calendar_confirmed": found.confirmed,
        "steps": [step.as_dict() for step in found.steps],
        "explanation": explain(found.steps),
    }


def _period(rule: ClockRule, extensions: int) -> Period | None:
    """The rule's period, with its extensions in the same unit."""
    if rule.period is None or not extensions or rule.extension is None:
        return rule.period
    return Period(rule.period.n + extensions * rule.extension.period.n, rule.period.unit, rule.period.backwards)


def schedule(uow: UnitOfWork, rule: ClockRule, clock: Mapping[str, Any]) -> None:
    """Put the clock's next moment on the list of due work: a warning, its end, or a duty's reminder."""
    kind, moment = next_moment(rule, clock, uow.now)
    uow.add(DueItem, row_of(DueItem, id=uuid7(uow.now), kind=kind, subject=str(clock["id"]), due_at=moment))


def next_moment(rule: ClockRule, clock: Mapping[str, Any], now: datetime) -> tuple[str, datetime]:
    """What is due next for a running clock, and when: of the warnings only those still ahead."""
    if rule.kind is ClockKind.DUTY:
        started: datetime = clock["started_at"]
        return DUE_FOLLOWUP, started + REMINDER * max(1, (now - started) // REMINDER + 1)
    ahead = [moment for moment in warnings(_deadline_of(clock, rule), rule.warn) if moment > now]
    return DUE_CLOCK, min([*ahead, clock["end_at"]])


def _deadline_of(clock: Mapping[str, Any], rule: ClockRule) -> Deadline:
    """The stored end as the domain knows it."""
    calendar: str = clock["calendar"]
    return Deadline(
        event=clock["started_at"],
        nominal_on=clock["nominal_on"],
        end_on=clock["end_on"],
        nominal_at=clock["nominal_at"],
        end_at=clock["end_at"],
        calendar=calendar,
        zone=zone_of(calendar),
        confirmed=clock["calendar_confirmed"],
        forward=not (rule.period and rule.period.backwards),
        steps=(),
    )


def describe(clock: Mapping[str, Any], reference: str | None, rule: ClockRule) -> dict[str, Any]:
    """A clock as participants see it: the same in receipts, news, the interface and calendars."""
    return {
        "id": str(clock["id"]),
        "case": reference,
        "rule": clock["rule"],
        "law_version": clock["law_version"],
        "article": f"{rule.act} {rule.article}",
        "title": title_in(rule.title),
        "kind": str(clock["kind"]),
        "effect": rule.effect,
        "holder": clock["holder"],
        "state": str(clock["state"]),
        "event": str(clock["event"]),
        "started_at": _iso(clock["started_at"]),
        "nominal_end": _iso(clock["nominal_on"]),
        "end": _iso(clock["end_on"]),
        "end_at": _iso(clock["end_at"]),
        "calendar": clock["calendar"],
        "calendar_confirmed": clock["calendar_confirmed"],
        "explanation": clock["explanation"],
        "done_at": _iso(clock["done_at"]),
        "expired_at": _iso(clock["expired_at"]),
    }


def _iso(value: date | datetime | None) -> str | None:
    return value.isoformat() if value is not None else None
