"""A participant's clocks as iCalendar (RFC 5545): the day, the article, why it ends then; nothing of a notice."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from importlib import import_module
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, or_, select
from sqlmodel import col

from board_hub.domain.calendars import start_of, zone_of
from board_hub.domain.clocks import ClockRule, ClockState
from board_hub.law.catalogue import title_in
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Case, Clock

if TYPE_CHECKING:
    from icalendar import Alarm, Event

REFRESH = timedelta(hours=6)
KEPT = timedelta(days=90)
"""How long an expired clock stays in the calendar."""
MOST_EVENTS = 2000


def _library() -> Any:
    """Imported with the first calendar: it costs a process half a second and some megabytes that most never need."""
    return import_module("icalendar")


def write_calendar(uow: UnitOfWork, participant: str) -> bytes:
    """The clocks that the participant holds: one all-day event each, on its last day. Equal clocks, equal bytes."""
    calendar = _library().Calendar()
    for name, value in {
        "prodid": "-//AI Board hub//Legal clocks//EN",
        "version": "2.0",
        "calscale": "GREGORIAN",
        "method": "PUBLISH",
        "x-wr-calname": f"{participant}: legal clocks",
        "x-published-ttl": "PT6H",
    }.items():
        calendar.add(name, value)
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"})
    for clock, reference in _clocks(uow, participant):
        rule = uow.hub.catalogues[clock.law_version].clocks[clock.rule]
        calendar.add_component(_event(clock, rule, reference))
    written: bytes = calendar.to_ical()
    return written


def _clocks(uow: UnitOfWork, participant: str) -> Iterator[tuple[Clock, str | None]]:
    shown = or_(
        col(Clock.state).in_([ClockState.RUNNING, ClockState.SUSPENDED]),
        and_(col(Clock.state) == ClockState.EXPIRED, col(Clock.end_at) > uow.now - KEPT),
    )
    statement = (
        select(Clock, col(Case.reference))
        .outerjoin(Case, col(Case.id) == Clock.case_id)
        .where(col(Clock.holder) == participant, col(Clock.end_on).is_not(None), shown)
        .order_by(col(Clock.end_at), col(Clock.id))
        .limit(MOST_EVENTS)
    )
    return ((row[0], row[1]) for row in uow.session.execute(statement))


def _event(clock: Clock, rule: ClockRule, reference: str | None) -> "Event":
    assert clock.end_on is not None
    event: Event = _library().Event()
    about = " ".join(part for part in (reference, f"{rule.act} {rule.article}") if part)
    values: dict[str, Any] = {
        "uid": f"{clock.id}@clocks.aiboard",
        "dtstamp": clock.started_at,
        "dtstart": clock.end_on,
        "dtend": clock.end_on + timedelta(days=1),
        "summary": f"{about}: {title_in(rule.title)}",
        "description": clock.explanation,
        "sequence": clock.extensions + len(clock.suspensions),
        "status": "TENTATIVE" if clock.state == ClockState.SUSPENDED else "CONFIRMED",
        "transp": "TRANSPARENT",
        "class": "CONFIDENTIAL",
    }
    for name, value in values.items():
        event.add(name, value)
    if clock.state == ClockState.RUNNING:
        for moment in _warnings(clock, rule):
            event.add_component(_alarm(moment, f"{about}: {title_in(rule.title)}"))
    return event


def _warnings(clock: Clock, rule: ClockRule) -> list[datetime]:
    """The starts of the days so long before the nominal end, as the hub itself warns."""
    if clock.nominal_on is None:
        return []
    moments = {start_of(clock.nominal_on - timedelta(days=days), zone_of(clock.calendar)) for days in rule.warn}
    return sorted(moment for moment in moments if clock.started_at is None or moment > clock.started_at)


def _alarm(moment: datetime, words: str) -> "Alarm":
    alarm: Alarm = _library().Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", words)
    alarm.add("trigger", moment)
    return alarm
