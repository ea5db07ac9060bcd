"""Mails about mandates on the Board that end: the member's representatives and the secretariat are told in time."""

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import exists, select
from sqlalchemy.orm import aliased
from sqlmodel import col

from board_hub.services.desk.mail_items import note_items
from board_hub.services.desk.mail_sources import Told
from board_hub.services.exchange.escalation import ai_office
from board_hub.services.operation.due import note_once
from board_hub.services.people.preferences import Topic
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.people_tables import Mandate

DAYS = (7, 30, 90)
"""How many days before, ascending: a state needs months to designate somebody (Art 65(4)); of several missed, one."""


def remind_of_mandates(uow: UnitOfWork) -> int:
    """Note what is to be told of mandates that end soon; returns how many reminders were new."""
    today, told = uow.now.astimezone(UTC).date(), []
    later: Any = aliased(Mandate)
    ending = select(Mandate).where(
        col(Mandate.ends_on) >= today,
        col(Mandate.ends_on) <= today + timedelta(days=DAYS[-1]),
        col(Mandate.ended_because).is_(None),
        ~exists(select(later.id).where(later.renewal_of == Mandate.id)),
    )
    for mandate in uow.session.execute(ending.order_by(col(Mandate.ends_on), col(Mandate.id))).scalars():
        left = (mandate.ends_on - today).days
        days = next(days for days in DAYS if left <= days)
        day = mandate.ends_on - timedelta(days=days)
        if note_once(uow, "mandate", str(mandate.id), datetime(day.year, day.month, day.day, tzinfo=UTC)):
            told.append(_told(uow, mandate, days))
    note_items(uow, told)
    return len(told)


def _told(uow: UnitOfWork, mandate: Mandate, days: int) -> Told:
    known = uow.directory.participants.values()
    codes = [one.code for one in known if one.member == mandate.member] + [one.code for one in ai_office(uow)]
    facts = {"name": mandate.name, "member": mandate.member, "end": mandate.ends_on.isoformat()}
    return Told(
        topic=Topic.MANDATE_ENDING,
        about=f"mandate:{mandate.id}:{days}",
        at=uow.now,
        participants=tuple(sorted(set(codes))),
        facts=facts,
    )
