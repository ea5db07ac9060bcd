"""Contact points by Member State: who is there for what, whom one reaches instead, who represents it on the Board."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.audience import Kind
from board_hub.domain.calendars import local_date, zone_of
from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.errors import NotFound
from board_hub.services.directory.directory import list_members
from board_hub.services.directory.directory_gaps import AudienceGap, list_gaps
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.people_tables import Mandate
from board_hub.store.tables import Member, MemberKind, Participant

OF_STATES = (Kind.SPOC, Kind.MSA, Kind.NA, Kind.SLO, Kind.FRA77, Kind.DPA, Kind.BREP)
"""What a Member State has, in the order in which one looks for it (law.md §2)."""
REQUIRED = frozenset({Kind.SPOC, Kind.MSA, Kind.NA, Kind.SLO, Kind.FRA77, Kind.BREP})
"""What the Acts have every Member State designate: Arts 70(1)-(2), 77(2), 65(4)(b), MSR 10(3)."""


@dataclass(frozen=True)
class Representation:
    """A mandate in force or to come. last_day: of the mandate, as the member counts its days."""

    kind: str
    name: str
    email: str
    first_day: date
    last_day: date
    in_force: bool


@dataclass(frozen=True, kw_only=True)
class ContactFilter:
    """text: part of a name, a code or a contact; kind: who has such a body; incomplete: who lacks one."""

    text: str = ""
    kind: str | None = None
    incomplete: bool = False


@dataclass(frozen=True)
class Contacts:
    """One member. missing: kinds that the law wants and the directory lacks; instead: whom own notices reach then."""

    member: Member
    participants: tuple[Participant, ...]
    representatives: tuple[Representation, ...]
    missing: tuple[Kind, ...]
    instead: tuple[AudienceGap, ...]

    def of_kind(self, kind: str) -> tuple[Participant, ...]:
        return tuple(one for one in self.participants if kind in one.kinds and one.active)

    @property
    def complete(self) -> bool:
        return not self.missing

    def matches(self, wanted: ContactFilter) -> bool:
        if wanted.incomplete and self.complete:
            return False
        if wanted.kind and not self.of_kind(wanted.kind):
            return False
        member = self.member
        texts = [member.name, member.shown_as, member.code, *(one.name for one in self.representatives)]
        texts += [text for one in self.participants for text in (one.code, one.name, one.contact)]
        return wanted.text.casefold() in "\n".join(texts).casefold()


def list_contacts(uow: UnitOfWork, senders: Sequence[str]) -> tuple[Contacts, ...]:
    """All members, by kind and name. senders: participants whose own notices the gaps are reckoned for."""
    members, by_member = list_members(uow), _by_member(uow)
    mandates, gaps = _mandates(uow), _gaps(uow, senders)
    return tuple(
        _contacts(member, by_member.get(member.code, ()), mandates.get(member.code, ()), gaps.get(member.code, ()))
        for member in sorted(members, key=_order)
    )


def get_contacts(uow: UnitOfWork, senders: Sequence[str], shown_as: str) -> Contacts:
    """One member, by its code as it is shown (EL for Greece). Raises NotFound."""
    for one in list_contacts(uow, senders):
        if one.member.shown_as == shown_as:
            return one
    raise NotFound("There is no such member.")


def _order(member: Member) -> tuple[int, str]:
    return [MemberKind.MEMBER_STATE, MemberKind.INSTITUTION, MemberKind.OBSERVER].index(
        MemberKind(member.kind)
    ), member.name


def _by_member(uow: UnitOfWork) -> dict[str, list[Participant]]:
    found: dict[str, list[Participant]] = {}
    for one in uow.directory.participants.values():
        if one.code != HUB_CODE:
            found.setdefault(one.member, []).append(one)
    return found


def _mandates(uow: UnitOfWork) -> dict[str, list[Representation]]:
    """In force or to come, the representative before the alternates."""
    found: dict[str, list[Representation]] = {}
    rows = uow.session.execute(
        select(Mandate)
        .where(col(Mandate.ends_on) >= uow.now.date())
        .order_by(col(Mandate.kind).desc(), col(Mandate.begins_on), col(Mandate.id))
    )
    for row in rows.scalars():
        today = local_date(uow.now, zone_of(row.member))
        if today <= row.ends_on:
            in_force = row.begins_on <= today
            one = Representation(row.kind, row.name, row.email, row.begins_on, row.ends_on, in_force)
            found.setdefault(row.member, []).append(one)
    return found


def _gaps(uow: UnitOfWork, senders: Iterable[str]) -> Mapping[str, list[AudienceGap]]:
    """By member, each audience once, whichever of the senders it is for."""
    found: dict[str, dict[tuple[str, tuple[str, ...], str | None], AudienceGap]] = {}
    for code in senders:
        for one in list_gaps(uow, uow.directory.participants[code]):
            found.setdefault(one.gap.member, {}).setdefault((one.audience, one.gap.wanted, one.gap.used), one)
    return {member: list(gaps.values()) for member, gaps in found.items()}


def _contacts(
    member: Member,
    participants: Iterable[Participant],
    mandates: Iterable[Representation],
    gaps: Iterable[AudienceGap],
) -> Contacts:
    participants, mandates = tuple(participants), tuple(mandates)
    present = {kind for one in participants if one.active for kind in one.kinds}
    present |= {str(Kind.BREP) for one in mandates if one.in_force}
    is_state = member.kind == MemberKind.MEMBER_STATE
    missing = tuple(kind for kind in OF_STATES if is_state and kind in REQUIRED and kind not in present)
    return Contacts(member, participants, mandates, missing, tuple(gaps))
