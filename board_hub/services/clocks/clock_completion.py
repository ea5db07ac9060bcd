"""Clocks that waited for a date the notice did not give yet: its completion starts them."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.clocks import ClockState, Moment
from board_hub.domain.envelope import MessageType
from board_hub.services.clocks.clock_terms import begin, calendars_of, describe, read_moment, schedule
from board_hub.services.clocks.clocks import Setting
from board_hub.services.unit_of_work import News, UnitOfWork
from board_hub.store.case_tables import Clock


def start_completed(
    uow: UnitOfWork, setting: Setting, *, notice_type: str, fields: Mapping[str, Any]
) -> list[dict[str, Any]]:
    """Start the waiting clocks of the procedure whose date the later version now gives; returns descriptions."""
    uow.write()
    statement = select(Clock).where(
        col(Clock.procedure_id) == setting.procedure_id,
        col(Clock.state) == ClockState.WAITING,
        col(Clock.event) == Moment.FIELD,
    )
    started = []
    for clock in uow.session.execute(statement.with_for_update()).scalars():
        rule = setting.catalogue.clocks[clock.rule]
        names = [one.field for one in rule.starts if one.notice == notice_type and one.field]
        at = next((moment for name in names if (moment := read_moment(fields.get(name)))), None)
        if at is None:
            continue
        for name, value in begin(calendars_of(uow), rule, clock.holder_member, at).items():
            setattr(clock, name, value)
        schedule(uow, rule, clock.model_dump())
        started.append(describe(clock.model_dump(), setting.reference, rule))
        uow.tell([clock.holder], MessageType.CLOCK_STARTED, News(started[-1]))
    return started
