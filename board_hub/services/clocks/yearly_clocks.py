"""Yearly clocks: one for each holder and year, for what is due on a fixed day of each year, outside any case."""

from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select

from board_hub.domain.calendars import local_date, start_of, zone_of
from board_hub.domain.clocks import ClockRule, ClockState, Holder, Moment
from board_hub.domain.envelope import MessageType
from board_hub.domain.periods import fixed_date
from board_hub.services.clocks.clock_terms import calendars_of, describe, end_columns, schedule
from board_hub.services.operation.reminders import catalogue_in_force
from board_hub.services.unit_of_work import News, UnitOfWork
from board_hub.store.case_tables import Clock
from board_hub.store.tables import Participant, row_of, table_of

_NAMES = UUID("5b0a9a52-8f0e-4a53-9d7f-6f1d1c0a7e11")
"""Namespace of these clocks' ids: made from rule, holder and year, so that two who begin one begin the same."""


def begin_yearly_clocks(uow: UnitOfWork) -> int:
    """Begin, for every holder, the clock that ends on the next such day; returns how many are new."""
    today = local_date(uow.now, "UTC")
    catalogue = catalogue_in_force(uow, today)
    wanted: dict[UUID, tuple[ClockRule, Participant, date]] = {}
    for rule in catalogue.clocks.values():
        for month_day in [start.month_day for start in rule.starts if start.at is Moment.YEARLY]:
            if month_day is not None:
                day = _next(month_day, today)
                wanted |= {_id(rule, one, day): (rule, one, day) for one in _holders(uow, rule)}
    known = select(table_of(Clock).c.id).where(table_of(Clock).c.id.in_(wanted)).with_for_update()
    for clock_id in uow.session.execute(known).scalars():
        del wanted[clock_id]
    for clock_id, (rule, holder, day) in wanted.items():
        _begin(uow, rule, clock_id, holder=holder, day=day, law_version=catalogue.law_version)
    return len(wanted)


def _id(rule: ClockRule, holder: Participant, day: date) -> UUID:
    return uuid5(_NAMES, f"{rule.code}:{holder.code}:{day.year}")


def _next(month_day: tuple[int, int], today: date) -> date:
    """The next such day, today included."""
    day = _day(month_day, today.year)
    return day if day >= today else _day(month_day, today.year + 1)


def _day(month_day: tuple[int, int], year: int) -> date:
    """29 February is the last day of February in other years (Art 3(2)(c) of Regulation 1182/71)."""
    month, day = month_day
    return date(year, month, min(day, monthrange(year, month)[1]))


def _holders(uow: UnitOfWork, rule: ClockRule) -> Iterable[Participant]:
    """Active participants of the rule's kinds; of Member States one each, the Commission's own."""
    kinds = rule.holder.kinds
    active = [one for one in uow.directory.participants.values() if one.active]
    match rule.holder.who:
        case Holder.PARTICIPANTS:
            return [one for one in active if not one.kinds.isdisjoint(kinds)]
        case Holder.COMMISSION:
            return [one for one in active if "AIO" in one.kinds]
        case Holder.MEMBER_STATES:
            return _one_per_state(active, kinds)
        case _:
            return []  # a period without a notice has no sender, recipient or originator


def _one_per_state(active: Iterable[Participant], kinds: tuple[str, ...]) -> list[Participant]:
    chosen: dict[str, tuple[int, str, Participant]] = {}
    for one in active:
        ranks = [rank for rank, kind in enumerate(kinds) if kind in one.kinds]
        if ranks and one.member != "EU":
            best = (ranks[0], one.code, one)
            chosen[one.member] = min(chosen.get(one.member, best), best, key=lambda found: found[:2])
    return [one for _, (_, _, one) in sorted(chosen.items(), key=lambda item: item[0])]


def _begin(
    uow: UnitOfWork, rule: ClockRule, clock_id: UUID, *, holder: Participant, day: date, law_version: str
) -> None:
    calendar = calendars_of(uow).calendar(holder.member, day.year, day.year)
    values: dict[str, Any] = end_columns(fixed_date(day, calendar))
    row = row_of(
        Clock,
        id=clock_id,
        rule=rule.code,
        law_version=law_version,
        kind=rule.kind,
        holder=holder.code,
        holder_member=holder.member,
        cycle=str(day.year),
        state=ClockState.RUNNING,
        event=Moment.YEARLY,
        started_at=start_of(_day((day.month, day.day), day.year - 1), zone_of(holder.member)),
        **values,
    )
    uow.add(Clock, row)
    schedule(uow, rule, row)
    uow.tell([holder.code], MessageType.CLOCK_STARTED, News(describe(row, None, rule)))
