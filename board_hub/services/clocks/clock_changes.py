"""What happens to open clocks: a notice meets, stops, resumes or extends them, a state makes them needless."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlmodel import col

from board_hub.domain.audience import side_of
from board_hub.domain.clocks import OPEN, ClockRule, ClockState, Holder, NoticeMatch
from board_hub.domain.events import Event, EventName
from board_hub.domain.procedures import Standing
from board_hub.law.catalogue import Catalogue
from board_hub.services.clocks.clock_terms import calendars_of, describe, ends, next_moment, read_instant
from board_hub.services.clocks.clocks import Cause, Setting
from board_hub.services.operation.due import renew_due
from board_hub.services.unit_of_work import Seen, UnitOfWork
from board_hub.store.case_tables import Clock

_REASONS = ("met_by", "ended_by", "suspended_by", "resumed_by")


def apply_notice(uow: UnitOfWork, setting: Setting, cause: Cause, *, procedure: str) -> list[dict[str, Any]]:
    """Meet, end, suspend, resume or extend the clocks that this notice touches; returns their descriptions."""
    rules = {rule.code: rule for rule in setting.catalogue.clocks_of(procedure) if _touches(rule, cause.notice_type)}
    if not rules:
        return []
    changed = []
    for clock in _of_procedure(uow, setting.procedure_id, rules):
        rule = rules[clock.rule]
        if _change(uow, clock, rule, cause):
            changed.append(describe(clock.model_dump(), setting.reference, rule))
    return changed


def meet_standing(uow: UnitOfWork, catalogue: Catalogue, cause: Cause) -> list[dict[str, Any]]:
    """Meet the oldest open clock outside cases that this notice answers: a yearly report of its sender."""
    rules = catalogue.standing_clocks.get(cause.notice_type, {})
    if not rules:
        return []
    uow.write()
    mine = (
        col(Clock.procedure_id).is_(None),
        col(Clock.rule).in_(sorted(rules)),
        col(Clock.holder) == cause.sender.code,
    )
    open_ones = col(Clock.state).in_([*OPEN, ClockState.EXPIRED]) & col(Clock.done_at).is_(None)
    statement = select(Clock).where(*mine, open_ones).order_by(col(Clock.end_at)).limit(1).with_for_update()
    clock = uow.session.execute(statement).scalar_one_or_none()
    if clock is None or not _change(uow, clock, rules[clock.rule], cause):
        return []
    return [describe(clock.model_dump(), None, rules[clock.rule])]


def _touches(rule: ClockRule, notice_type: str) -> bool:
    matches = [match for name in _REASONS for match in getattr(rule, name)]
    if rule.extension:
        matches.append(rule.extension.by)
    return any(match.notice == notice_type for match in matches)


def _of_procedure(uow: UnitOfWork, procedure_id: UUID, rules: Collection[str]) -> Sequence[Clock]:
    """Clocks not done with: open ones, and expired ones whose holder has not acted yet."""
    uow.write()
    statement = (
        select(Clock)
        .where(
            col(Clock.procedure_id) == procedure_id,
            col(Clock.rule).in_(sorted(rules)),
            col(Clock.state).in_([*OPEN, ClockState.EXPIRED]),
            col(Clock.done_at).is_(None),
        )
        .order_by(col(Clock.id))
        .with_for_update()
    )
    return uow.session.execute(statement).scalars().all()


def _among(cause: Cause, matches: Sequence[NoticeMatch]) -> NoticeMatch | None:
    for match in matches:
        if match.notice == cause.notice_type and match.applies.to(cause.fields):
            return match
    return None


def _is_of_holder(cause: Cause, clock: Clock, rule: ClockRule) -> bool:
    """Whether the sender acts for the clock's holder: a recipient for itself, else any authority of its state."""
    if rule.holder.who is Holder.OPERATOR:
        return True
    if rule.holder.who is Holder.RECIPIENTS:
        return cause.sender.code == clock.holder
    return side_of(cause.sender.code, cause.sender.member) == side_of(clock.holder, clock.holder_member)


def _change(uow: UnitOfWork, clock: Clock, rule: ClockRule, cause: Cause) -> bool:
    met = _among(cause, rule.met_by)
    if met and _is_of_holder(cause, clock, rule):
        return _meet(uow, clock, cause, met)
    if clock.state not in OPEN:
        return False
    steps: tuple[tuple[Sequence[NoticeMatch], Callable[..., bool]], ...] = (
        (rule.ended_by, _end),
        (rule.suspended_by, _suspend),
        (rule.resumed_by, _resume),
        ((rule.extension.by,) if rule.extension else (), _extend),
    )
    for matches, step in steps:
        if _among(cause, matches):
            return step(uow, clock, rule)
    return False


def _meet(uow: UnitOfWork, clock: Clock, cause: Cause, match: NoticeMatch) -> bool:
    """Done, on the day the notice says or now; an expired clock stays expired and shows that it was done late."""
    given = cause.fields.get(match.field) if match.field else None
    clock.done_at = read_instant(given, clock.holder_member, uow.now) or uow.now
    clock.done_by = cause.message_id
    if clock.state != ClockState.EXPIRED:
        clock.state = ClockState.MET
    return _note(uow, clock, EventName.CLOCK_MET)


def _end(uow: UnitOfWork, clock: Clock, rule: ClockRule) -> bool:
    return end_clock(uow, clock)


def end_clock(uow: UnitOfWork, clock: Clock) -> bool:
    """The clock is needed no more; True, as a change."""
    clock.state, clock.done_at = ClockState.ENDED, uow.now
    return _note(uow, clock, EventName.CLOCK_ENDED)


def _suspend(uow: UnitOfWork, clock: Clock, rule: ClockRule) -> bool:
    """The clock stops (Implementing Regulation (EU) 2025/454 Arts 14, 16, 19: until the request is complete)."""
    if clock.state != ClockState.RUNNING:
        return False
    clock.state, clock.suspended_at = ClockState.SUSPENDED, uow.now
    return _note(uow, clock, EventName.CLOCK_CHANGED)


def _resume(uow: UnitOfWork, clock: Clock, rule: ClockRule) -> bool:
    """Where the law counts from completion the period begins anew; else the time it stood still is added."""
    if clock.state != ClockState.SUSPENDED or clock.suspended_at is None or clock.started_at is None:
        return False
    stop = (clock.suspended_at, uow.now)
    clock.suspensions = [*clock.suspensions, [moment.isoformat() for moment in stop]]
    clock.state, clock.suspended_at = ClockState.RUNNING, None
    if rule.restart:
        clock.started_at = uow.now
    return _end_anew(uow, clock, rule)


def _extend(uow: UnitOfWork, clock: Clock, rule: ClockRule) -> bool:
    if rule.extension is None or clock.extensions >= rule.extension.times:
        return False
    clock.extensions += 1
    return _end_anew(uow, clock, rule)


def _end_anew(uow: UnitOfWork, clock: Clock, rule: ClockRule) -> bool:
    recompute(uow, clock, rule)
    return _note(uow, clock, EventName.CLOCK_CHANGED)


def recompute(uow: UnitOfWork, clock: Clock, rule: ClockRule) -> None:
    """Work the end of a started clock out again and put its next moment on the list of due work."""
    if clock.started_at is None or rule.period is None:
        return
    stops = [] if rule.restart else [(_moment(since), _moment(until)) for since, until in clock.suspensions]
    found = ends(
        calendars_of(uow),
        rule,
        clock.holder_member,
        clock.started_at,
        extensions=clock.extensions,
        suspensions=stops,
    )
    for name, value in found.items():
        setattr(clock, name, value)
    if clock.state == ClockState.RUNNING:
        kind, moment = next_moment(rule, clock.model_dump(), uow.now)
        renew_due(uow, kind, str(clock.id), moment)  # it may have been due then before, in an earlier reckoning


def _moment(value: str) -> datetime:
    return datetime.fromisoformat(value)


def _note(uow: UnitOfWork, clock: Clock, name: EventName) -> bool:
    seen = [Seen("clock", str(clock.id), clock.case_id, clock.started_by, clock.holder)]
    detail: dict[str, object] = {
        "state": str(clock.state),
        "rule": clock.rule,
        "holder": clock.holder,
        "end_at": clock.end_at.isoformat() if clock.end_at else None,
    }
    uow.record(Event(name, str(clock.id), {}, detail), seen)
    return True


def end_needless(
    uow: UnitOfWork, catalogue: Catalogue, clocks: Iterable[Clock], *, procedure: str, state: str, final: bool
) -> None:
    """End those of a procedure's open clocks that mean nothing any more once it is in this state."""
    rules = {
        rule.code
        for rule in catalogue.clocks_of(procedure)
        if (final or state in rule.ended_in) and all(start.state != state for start in rule.starts)
    }
    for clock in clocks:
        if clock.rule in rules and clock.state in OPEN:
            end_clock(uow, clock)


def open_clocks_of(uow: UnitOfWork, procedure_ids: Collection[UUID]) -> dict[UUID, list[Clock]]:
    """The open clocks of these procedures, locked, by procedure."""
    uow.write()
    statement = (
        select(Clock)
        .where(col(Clock.procedure_id).in_(sorted(procedure_ids)), col(Clock.state).in_(OPEN))
        .order_by(col(Clock.id))
        .with_for_update()
    )
    found: dict[UUID, list[Clock]] = {}
    for clock in uow.session.execute(statement).scalars():
        if clock.procedure_id is not None:
            found.setdefault(clock.procedure_id, []).append(clock)
    return found


def standing_of(uow: UnitOfWork, procedure_id: UUID, rules: Collection[str]) -> dict[str, Standing]:
    """How the clocks of these rules stand in a procedure."""
    uow.write()
    uow.session.flush()
    rows = uow.session.execute(
        select(col(Clock.rule), col(Clock.state), func.count())
        .where(col(Clock.procedure_id) == procedure_id, col(Clock.rule).in_(sorted(rules)))
        .group_by(col(Clock.rule), col(Clock.state))
    )
    counts: dict[str, dict[str, int]] = {}
    for rule, state, number in rows:
        counts.setdefault(rule, {})[state] = number
    return {rule: to_standing(by_state) for rule, by_state in counts.items()}


def to_standing(by_state: Mapping[str, int]) -> Standing:
    """Numbers by clock state as the rules of procedures read them."""
    return Standing(
        open=sum(by_state.get(state, 0) for state in OPEN),
        expired=by_state.get(ClockState.EXPIRED, 0),
        met=by_state.get(ClockState.MET, 0),
    )
