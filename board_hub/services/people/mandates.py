"""Mandates: who represents a member on the Board, from day to day (Art 65(3): three years, renewable once)."""

from datetime import date, datetime

from sqlalchemy import func, select
from sqlmodel import col

from board_hub.domain.calendars import end_of, zone_of
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.people_tables import Mandate


def find_mandate(uow: UnitOfWork, member: str, email: str, on: date) -> Mandate | None:
    """The mandate by which a person represents a member on that day, as representative before as alternate."""
    statement = select(Mandate).where(
        col(Mandate.member) == member,
        func.lower(col(Mandate.email)) == email.strip().lower(),
        col(Mandate.begins_on) <= on,
        col(Mandate.ends_on) >= on,
    )
    found = uow.session.execute(statement.order_by(col(Mandate.kind).desc(), col(Mandate.ends_on).desc())).scalars()
    return found.first()


def ends_at(mandate: Mandate) -> datetime:
    """The instant at which the mandate is over: the end of its last day where the member is."""
    return end_of(mandate.ends_on, zone_of(mandate.member))
