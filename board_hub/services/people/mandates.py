"""Mandates: who represents a member on the Board, from day to day (Art 65(3): three years, renewable once)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlmodel import col

from board_hub.domain.calendars import end_of, zone_of
from board_hub.domain.errors import Conflict, Flaw, Invalid, NotFound
from board_hub.domain.events import Event, EventName
from board_hub.domain.mandates import MandateKind, last_day, may_last
from board_hub.services.access import Role
from board_hub.services.operation.reasons import check_reason
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.people_tables import Mandate, Official, OfficialRole
from board_hub.store.tables import Member, MemberKind, Participant

ENDING = timedelta(days=90)
"""How long before its end a mandate counts as about to end: time to designate somebody."""
ROLES = {MandateKind.REPRESENTATIVE: Role.REPRESENTATIVE, MandateKind.ALTERNATE: Role.ALTERNATE}


@dataclass(frozen=True)
class Term:
    """A mandate with where it stands on a day. renewable: it may be renewed, and has not been."""

    mandate: Mandate
    state: str
    days_left: int
    renewable: bool

    @property
    def is_ending(self) -> bool:
        return self.state == "running" and self.days_left < ENDING.days


@dataclass(frozen=True)
class Seat:
    """A member and those who represent it: the present representative, and alternates. gap: nobody represents it."""

    member: Member
    representative: Term | None
    alternates: tuple[Term, ...]

    @property
    def gap(self) -> bool:
        return self.representative is None and self.member.kind == MemberKind.MEMBER_STATE


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


def get_mandate(uow: UnitOfWork, mandate_id: UUID) -> Mandate:
    """Raises NotFound."""
    found = uow.session.get(Mandate, mandate_id)
    if found is None:
        raise NotFound("There is no such mandate.")
    return found


def list_mandates(uow: UnitOfWork, member: str | None = None) -> list[Term]:
    """All mandates (of a member), the one that ends last first, with where they stand today."""
    statement = select(Mandate).order_by(col(Mandate.member), col(Mandate.ends_on).desc(), col(Mandate.id))
    if member is not None:
        statement = statement.where(col(Mandate.member) == member)
    rows = uow.session.execute(statement).scalars().all()
    renewed = {row.renewal_of for row in rows}
    return [_term(row, today(uow, row.member), row.id in renewed) for row in rows]


def list_seats(uow: UnitOfWork) -> list[Seat]:
    """Every member and observer with its present representative and alternates, members first."""
    terms = [one for one in list_mandates(uow) if one.state == "running"]
    members = uow.session.execute(select(Member).order_by(col(Member.kind), col(Member.code))).scalars()
    return [_seat(one, terms) for one in members if one.kind != MemberKind.INSTITUTION]


def today(uow: UnitOfWork, member: str) -> date:
    """The day it is where the member is."""
    return uow.now.astimezone(ZoneInfo(zone_of(member))).date()


def add_mandate(
    uow: UnitOfWork, member: str, kind: str, *, name: str, email: str, begins_on: date, ends_on: date | None = None
) -> Mandate:
    """Note whom a member has designated; without `ends_on` for the full three years."""
    mandate = Mandate(
        member=member,
        kind=kind,
        name=name.strip(),
        email=email.strip(),
        begins_on=begins_on,
        ends_on=ends_on or last_day(begins_on),
    )
    _check(uow, mandate)
    uow.session.add(mandate)
    _record(uow, mandate, EventName.MANDATE_ADDED)
    _follow(uow, mandate)
    return mandate


def renew_mandate(uow: UnitOfWork, mandate_id: UUID, *, ends_on: date | None = None) -> Mandate:
    """A second term that begins the day after the first one ends. Conflict for a third one: renewable once."""
    first = get_mandate(uow, mandate_id)
    if first.renewal_of is not None:
        raise Conflict("This is a second term already: a mandate is renewable once (Art 65(3)).")
    if first.ended_because is not None:
        raise Conflict("This mandate was ended; add a new one if the member designates the person again.")
    if uow.session.execute(select(col(Mandate.id)).where(col(Mandate.renewal_of) == first.id)).first():
        raise Conflict("This mandate was renewed already; it is renewable once (Art 65(3)).")
    begins_on = first.ends_on + timedelta(days=1)
    second = Mandate(
        member=first.member,
        kind=first.kind,
        name=first.name,
        email=first.email,
        begins_on=begins_on,
        ends_on=ends_on or last_day(begins_on),
        renewal_of=first.id,
    )
    _check(uow, second)
    uow.session.add(second)
    _record(uow, second, EventName.MANDATE_RENEWED)
    _follow(uow, second)
    return second


def end_mandate(uow: UnitOfWork, mandate_id: UUID, *, on: date, because: str) -> Mandate:
    """End a mandate with the end of day `on`, before its time; what the person may do for the member ends with it."""
    because, mandate = check_reason(because, 300), get_mandate(uow, mandate_id)
    if on > mandate.ends_on:
        raise Invalid.one("field.invalid", "/on", f"It ends on {mandate.ends_on} anyhow; renew it to prolong it.")
    if on < mandate.begins_on:
        raise Invalid.one("field.invalid", "/on", f"It begins on {mandate.begins_on}; it cannot end before that.")
    mandate.ends_on, mandate.ended_because = on, because
    _record(uow, mandate, EventName.MANDATE_ENDED, because=because)
    uow.session.flush()
    _follow(uow, mandate)
    return mandate


def _check(uow: UnitOfWork, mandate: Mandate) -> None:
    flaws = list(_flaws(uow, mandate))
    if flaws:
        raise Invalid(flaws)
    for other in uow.session.execute(select(Mandate).where(col(Mandate.member) == mandate.member)).scalars():
        if other.renewal_of is not None and _continues(mandate, other):
            raise Conflict(f"{other.name} has served two terms on end: a mandate is renewable once (Art 65(3)).")
        if other.ends_on < mandate.begins_on or mandate.ends_on < other.begins_on:
            continue
        if mandate.kind == other.kind == MandateKind.REPRESENTATIVE:
            raise Conflict(f"{other.name} represents {mandate.member} until {other.ends_on}: end that mandate first.")
        if other.email.casefold() == mandate.email.casefold():
            raise Conflict(f"{other.name} has a mandate of {mandate.member} until {other.ends_on} already.")


def _continues(mandate: Mandate, earlier: Mandate) -> bool:
    same = (mandate.kind, mandate.email.casefold()) == (earlier.kind, earlier.email.casefold())
    return same and not earlier.ended_because and mandate.begins_on == earlier.ends_on + timedelta(days=1)


def _flaws(uow: UnitOfWork, mandate: Mandate) -> Iterable[Flaw]:
    member = uow.session.get(Member, mandate.member)
    if member is None or member.kind == MemberKind.INSTITUTION:
        yield Flaw("code.unknown", "/member", f"{mandate.member} is no member or observer of the Board.")
    if mandate.kind not in set(MandateKind):
        yield Flaw("code.unknown", "/kind", f"The kind is one of {', '.join(MandateKind)}.")
    if not mandate.name or len(mandate.name) > 200:
        yield Flaw("field.missing", "/name", "Give the person's name, of at most 200 characters.")
    if "@" not in mandate.email or len(mandate.email) > 320:
        yield Flaw("field.invalid", "/email", "Give the address by which the person signs in, like name@authority.eu.")
    if not may_last(mandate.begins_on, mandate.ends_on):
        longest = last_day(mandate.begins_on)
        message = f"A mandate ends between its first day and {longest}: three years at most (Art 65(3))."
        yield Flaw("field.invalid", "/ends_on", message)


def _follow(uow: UnitOfWork, mandate: Mandate) -> None:
    """Roles that the person holds by its mandates end with the last of them; a new sign-in asks anew anyhow."""
    uow.session.flush()
    mine = select(Mandate).where(
        col(Mandate.member) == mandate.member, func.lower(col(Mandate.email)) == mandate.email.lower()
    )
    until = _joined_end(uow.session.execute(mine.order_by(col(Mandate.begins_on))).scalars().all(), mandate.kind)
    if until is None:
        return
    statement = (
        select(OfficialRole)
        .join(Official, col(Official.id) == OfficialRole.official_id)
        .join(Participant, col(Participant.code) == OfficialRole.participant)
        .where(
            func.lower(col(Official.email)) == mandate.email.lower(),
            col(Participant.member) == mandate.member,
            col(OfficialRole.role) == ROLES[MandateKind(mandate.kind)],
            col(OfficialRole.until).is_not(None),
        )
    )
    for role in uow.session.execute(statement).scalars():
        role.until = until


def _joined_end(mandates: Sequence[Mandate], kind: str) -> datetime | None:
    """When the last of the mandates of this kind is over."""
    ends = [ends_at(one) for one in mandates if one.kind == kind]
    return max(ends, default=None)


def _term(mandate: Mandate, on: date, renewed: bool) -> Term:
    state = "to come" if on < mandate.begins_on else "running" if on <= mandate.ends_on else "over"
    renewable = mandate.renewal_of is None and mandate.ended_because is None and not renewed and state != "over"
    return Term(mandate, state, (mandate.ends_on - on).days, renewable)


def _seat(member: Member, terms: Iterable[Term]) -> Seat:
    mine = [one for one in terms if one.mandate.member == member.code]
    representative = next((one for one in mine if one.mandate.kind == MandateKind.REPRESENTATIVE), None)
    return Seat(member, representative, tuple(one for one in mine if one.mandate.kind == MandateKind.ALTERNATE))


def _record(uow: UnitOfWork, mandate: Mandate, name: EventName, **more: object) -> None:
    """The person's name and address stay out of the log: it is kept for ever (Art 78(2), Regulation (EU) 2018/1725)."""
    detail: dict[str, object] = {
        "member": mandate.member,
        "kind": mandate.kind,
        "begins_on": mandate.begins_on.isoformat(),
        "ends_on": mandate.ends_on.isoformat(),
        **more,
    }
    uow.record(Event(name, str(mandate.id), {}, detail))
