"""Expiry: what happens when a clock's moment comes: a warning, its end, a duty's reminder, the procedure's next step.

In bulk: clocks are read and changed as rows, in a handful of statements for a batch; only procedures that move are
taken one by one. Locks are taken in the order in which intake takes them (procedure, case, clock), and what another
holds is left for the next tick.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import select, update

from board_hub.domain.calendars import local_date, zone_of
from board_hub.domain.clocks import ClockRule, ClockState
from board_hub.domain.envelope import MessageType
from board_hub.domain.events import Event, EventName
from board_hub.domain.ids import uuid7
from board_hub.domain.periods import Unit
from board_hub.services.cases.following import Run, lock_runs, step_all, watched_by
from board_hub.services.clocks.clock_terms import (
    DUE_CLOCK,
    DUE_FOLLOWUP,
    OPERATOR,
    begin,
    calendars_of,
    describe,
    next_moment,
    schedule,
)
from board_hub.services.exchange.escalation import tell_ai_office
from board_hub.services.operation.due import Due, add_all_due, mark_done, take_due
from board_hub.services.unit_of_work import News, Seen, UnitOfWork
from board_hub.store.case_tables import Clock
from board_hub.store.tables import row_of, table_of

log = structlog.get_logger(__name__)

DUE_KINDS = (DUE_CLOCK, DUE_FOLLOWUP)
BATCH = 500
"""Items of one unit of work: more would be no faster, and take memory that the process then keeps."""
_INSTANT = timedelta(microseconds=1)
_CLOCK = table_of(Clock)
_COLUMNS = [column for column in _CLOCK.c if column.name not in ("steps", "suspensions")]
EXPIRED, WARNED, REMINDED, NOT_NEEDED = "expired", "warned", "reminded", "not needed"

Row = Mapping[str, Any]


@dataclass
class _Batch:
    """Items taken together, what they are about, and what is to become of it."""

    uow: UnitOfWork
    runs: Mapping[UUID, Run]
    clocks: Mapping[UUID, Row]
    latest: Mapping[UUID, datetime] = field(default_factory=dict)
    outcomes: dict[str, list[Due]] = field(default_factory=dict)
    expired: dict[UUID, Row] = field(default_factory=dict)
    warned: list[Row] = field(default_factory=list)
    reminded: list[Row] = field(default_factory=list)
    again: list[Row] = field(default_factory=list)
    next: list[tuple[str, str, datetime]] = field(default_factory=list)

    def rule_of(self, clock: Row) -> ClockRule | None:
        catalogue = self.uow.hub.catalogues.get(clock["law_version"])
        return catalogue.clocks.get(clock["rule"]) if catalogue else None

    def rule(self, clock: Row) -> ClockRule:
        return self.uow.hub.catalogues[clock["law_version"]].clocks[clock["rule"]]

    def reference(self, clock: Row) -> str | None:
        run = self.runs.get(clock["procedure_id"])
        return run.reference if run else None

    def describe(self, clock: Row, **more: object) -> News:
        return News({**describe(clock, self.reference(clock), self.rule(clock)), **more})

    def holders(self, clock: Row) -> list[str]:
        """Who is told: the holder; for one who is not on the hub, the participant that opened the procedure."""
        run = self.runs.get(clock["procedure_id"])
        return [run.originator] if clock["holder"] == OPERATOR and run else [clock["holder"]]


def expire_due(uow: UnitOfWork, limit: int = BATCH) -> int:
    """Do what is due about clocks, `limit` items at most; returns how many were done, 0 when nothing is left.

    A clock expires when its end is over (`end_at` <= now), never before, and stays expired whatever the machine's
    clock does afterwards.
    """
    items = take_due(uow, DUE_KINDS, limit)
    if not items:
        return 0
    batch = _load(uow, items)
    _expire(batch)
    _tell(batch)
    add_all_due(uow, batch.next)
    finals = step_all(uow, batch.runs, {row["procedure_id"] for row in batch.expired.values()} - {None})
    for clock in batch.again:
        if clock["procedure_id"] not in finals:
            _begin_again(batch, clock)
    for outcome, done in batch.outcomes.items():
        mark_done(uow, done, outcome)
    return sum(map(len, batch.outcomes.values()))


def _load(uow: UnitOfWork, items: Sequence[Due]) -> _Batch:
    """The items' clocks and procedures, locked, and each item judged; one whose clock is locked by others is left."""
    ids = {UUID(item.subject) for item in items}
    known = uow.session.execute(select(_CLOCK.c.id, _CLOCK.c.procedure_id).where(_CLOCK.c.id.in_(ids))).all()
    runs = lock_runs(uow, {row.procedure_id for row in known} - {None})
    free = {row.id for row in known if row.procedure_id is None or row.procedure_id in runs}
    statement = select(*_COLUMNS).where(_CLOCK.c.id.in_(free)).order_by(_CLOCK.c.id)
    rows = uow.session.execute(statement.with_for_update(skip_locked=True)).mappings()
    batch = _Batch(uow, runs, {row["id"]: dict(row) for row in rows})
    batch.latest = _latest_watched(batch)
    exist = {row.id for row in known}
    for item in items:
        subject = UUID(item.subject)
        if subject in batch.clocks:
            outcome = _judge(batch, item, batch.clocks[subject])
        else:
            outcome = None if subject in exist else "no such clock"
        if outcome:
            batch.outcomes.setdefault(outcome, []).append(item)
    return batch


def _latest_watched(batch: _Batch) -> dict[UUID, datetime]:
    """By procedure, the latest end that may lead it on: after an outage, what ended later is judged after that step."""
    latest: dict[UUID, datetime] = {}
    for clock in batch.clocks.values():
        run, end = batch.runs.get(clock["procedure_id"]), clock["end_at"]
        over = end is not None and end <= batch.uow.now and clock["state"] == ClockState.RUNNING
        if run and over and clock["rule"] in watched_by(batch.uow, run):
            latest[run.id] = max(latest.get(run.id, end), end)
    return latest


def _judge(batch: _Batch, item: Due, clock: Row) -> str | None:
    """What becomes of an item; None leaves it open."""
    rule, now = batch.rule_of(clock), batch.uow.now
    if rule is None:
        log.error("clock without its rule", clock=item.subject, rule=clock["rule"], law_version=clock["law_version"])
        return None
    if clock["state"] != ClockState.RUNNING or clock["id"] in batch.expired:
        return _judge_closed(batch, clock, rule)
    if clock["end_at"] is not None and clock["end_at"] <= now:
        if clock["end_at"] > batch.latest.get(clock["procedure_id"], now):
            return None  # the next batch knows whether the procedure's step has made it needless
        batch.expired[clock["id"]] = {**clock, "state": ClockState.EXPIRED, "expired_at": now}
        if rule.repeats:
            batch.again.append(clock)
        return EXPIRED
    batch.next.append(_next(rule, clock, now))
    if item.kind == DUE_FOLLOWUP:
        batch.reminded.append(clock)
        return REMINDED
    if _next(rule, clock, item.due_at - _INSTANT)[2] != item.due_at:
        return NOT_NEEDED  # its end was moved
    batch.warned.append(clock)
    return WARNED


def _judge_closed(batch: _Batch, clock: Row, rule: ClockRule) -> str:
    """A clock that does not run needs nothing, but the next period of one that was met begins at this one's end."""
    if clock["state"] == ClockState.MET and rule.repeats and clock["end_at"] is not None:
        if clock["end_at"] <= batch.uow.now:
            batch.again.append(clock)
        else:
            batch.next.append((DUE_CLOCK, str(clock["id"]), clock["end_at"]))
    return NOT_NEEDED


def _next(rule: ClockRule, clock: Row, now: datetime) -> tuple[str, str, datetime]:
    kind, moment = next_moment(rule, clock, now)
    return kind, str(clock["id"]), moment


def _expire(batch: _Batch) -> None:
    """Set the state, put it on record: one leaf of the evidence log for each procedure."""
    if not batch.expired:
        return
    batch.uow.session.execute(
        update(_CLOCK).where(_CLOCK.c.id.in_(batch.expired)).values(state=ClockState.EXPIRED, expired_at=batch.uow.now)
    )
    by_subject: dict[UUID, list[Row]] = {}
    for clock in batch.expired.values():
        by_subject.setdefault(clock["procedure_id"] or clock["id"], []).append(clock)
    for subject, clocks in by_subject.items():
        ends: dict[str, object] = {str(clock["id"]): clock["end_at"].isoformat() for clock in clocks}
        event = Event(EventName.CLOCK_EXPIRED, str(subject), {}, {"clocks": ends})
        batch.uow.record(event, [_seen(clock) for clock in clocks])


def _seen(clock: Row) -> Seen:
    return Seen("clock", str(clock["id"]), clock["case_id"], clock["started_by"], clock["holder"])


def _tell(batch: _Batch) -> None:
    uow, told = batch.uow, {}
    for clock in batch.expired.values():
        told[clock["id"]] = batch.describe(clock)
        uow.tell(batch.holders(clock), MessageType.CLOCK_EXPIRED, told[clock["id"]])
    for clock in batch.warned:
        today = local_date(uow.now, zone_of(clock["calendar"]))
        news = batch.describe(clock, days_left=(clock["end_on"] - today).days)
        uow.tell(batch.holders(clock), MessageType.CLOCK_WARNED, news)
    for clock in batch.reminded:
        news = batch.describe(clock, elapsed_days=(uow.now - clock["started_at"]).days)
        uow.tell(batch.holders(clock), MessageType.FOLLOWUP_DUE, news)
    tell_ai_office(uow, _escalated(batch, told))


def _escalated(batch: _Batch, told: Mapping[UUID, News]) -> Iterable[tuple[UUID | None, frozenset[str], News]]:
    """Expiries the AI Office is to see: the message on whose readers' right, who knows of it already, what it is."""
    for clock in batch.expired.values():
        if batch.rule(clock).escalate:
            yield clock["started_by"], frozenset(batch.holders(clock)), told[clock["id"]]


def _begin_again(batch: _Batch, clock: Row) -> None:
    """The next period of a clock that repeats begins with the end of this one (that day is not counted, Art 3(1))."""
    uow, rule = batch.uow, batch.rule(clock)
    hours = rule.period is not None and rule.period.unit is Unit.HOUR
    at = clock["end_at"] if hours else clock["end_on"]
    kept = ("case_id", "procedure_id", "rule", "law_version", "kind", "holder", "holder_member", "started_by", "event")
    values = {name: clock[name] for name in kept}
    values |= {"id": uuid7(uow.now), "cycle": str(clock["end_on"])}
    row = row_of(Clock, **values, **begin(calendars_of(uow), rule, clock["holder_member"], at))
    uow.add(Clock, row)
    schedule(uow, rule, row)
    uow.tell(batch.holders(clock), MessageType.CLOCK_STARTED, batch.describe(row))
