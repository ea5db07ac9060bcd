"""Who will receive and see a notice before it is sent, state by state, why, and what is unusual about it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from board_hub.domain.audience import INSTITUTIONS, Gap, Why, gaps, reasons
from board_hub.domain.envelope import HUB
from board_hub.domain.markings import OPEN_TO_AUTHORITIES, Marking
from board_hub.law.catalogue import NoticeType
from board_hub.services.access import OBSERVERS, can_read, reader_of
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.tables import Participant


class Caution(StrEnum):
    """What a sender should look at twice."""

    OPEN_TO_ALL = "open_to_all"
    """The marking lets more participants read than receive it."""
    PUBLIC = "public"
    COPIES = "copies"
    """Recipients named beyond those of the law."""
    SUSPENDED = "suspended"
    """A recipient named is not active and receives nothing."""
    OBSERVER = "observer"
    """An observer of the Board is named for what is not public."""
    GAPS = "gaps"


@dataclass(frozen=True)
class Reached:
    """A participant that receives the notice, and why; shared: only because the case is shared with it."""

    participant: Participant
    why: Why | None

    @property
    def shared(self) -> bool:
        return self.why is None


@dataclass(frozen=True)
class Audience:
    """reached: by Member State; readers: how many more may read it by its marking; warnings with the codes meant."""

    reached: Mapping[str, tuple[Reached, ...]]
    gaps: tuple[Gap, ...]
    readers: int
    warnings: Mapping[Caution, tuple[str, ...]]


@dataclass(frozen=True)
class SeenFile:
    """An attachment as somebody would see it."""

    attachment: Mapping[str, Any]
    available: bool


@dataclass(frozen=True)
class SeenAs:
    """What one participant would see: the notice at all, which attachments, and how it comes to."""

    participant: Participant
    reads: bool
    receives: bool
    files: tuple[SeenFile, ...]


def preview_audience(
    uow: UnitOfWork,
    notice_type: NoticeType,
    content: Mapping[str, Any],
    sender: Participant,
    recipients: tuple[str, ...],
) -> Audience:
    """recipients: as the gate resolved them, shares of the case included."""
    known, named = uow.directory.participants, list(content["data"].get("to") or ())
    addressees = [one for one in known.values() if one.code != HUB]
    why = reasons(notice_type.audience, sender, addressees, named)
    reached: dict[str, list[Reached]] = {}
    for code in recipients:
        reached.setdefault(known[code].member, []).append(Reached(known[code], why.get(code)))
    missing = gaps(notice_type.audience, sender, addressees)
    marking = _marking(content)
    more = [
        one.code
        for one in addressees
        if one.active and one.code not in recipients and one.code != sender.code and _reads(one, marking, sender, ())
    ]
    warnings = {
        Caution.PUBLIC: (marking,) if marking == Marking.PUBLIC else (),
        Caution.OPEN_TO_ALL: tuple(more) if marking in OPEN_TO_AUTHORITIES else (),
        Caution.COPIES: tuple(code for code in named if why.get(code) is Why.NAMED and notice_type.copies)
        if not notice_type.audience.named_required
        else (),
        Caution.SUSPENDED: tuple(code for code in named if code in known and not known[code].active),
        Caution.OBSERVER: tuple(code for code in recipients if known[code].member in OBSERVERS),
        Caution.GAPS: tuple(gap.member for gap in missing),
    }
    ordered = {member: tuple(reached[member]) for member in sorted(reached, key=lambda one: (one == INSTITUTIONS, one))}
    return Audience(ordered, missing, len(more), {key: codes for key, codes in warnings.items() if codes})


def see_as(
    uow: UnitOfWork, content: Mapping[str, Any], sender: Participant, recipients: tuple[str, ...], code: str
) -> SeenAs | None:
    """What this participant would see of the notice once it is sent; None for no participant."""
    one = uow.directory.participants.get(code)
    if one is None or one.code == HUB:
        return None
    marking = _marking(content)
    reads = _reads(one, marking, sender, recipients)
    files = tuple(
        SeenFile(each, reads and "sha256" in each and _reads(one, each.get("marking") or marking, sender, recipients))
        for each in content["data"].get("attachments") or ()
    )
    return SeenAs(one, reads, code in recipients, files)


def list_members(uow: UnitOfWork) -> tuple[Participant, ...]:
    """Participants that a sender may look through the eyes of, by Member State."""
    known = uow.directory.participants.values()
    return tuple(
        sorted((one for one in known if one.code != HUB and one.active), key=lambda one: (one.member, one.code))
    )


def list_nameable(uow: UnitOfWork, notice_type: NoticeType, sender: Participant) -> tuple[Participant, ...]:
    """Participants that the law lets the sender name as recipients."""
    return tuple(
        one
        for one in list_members(uow)
        if one.code != sender.code and not one.kinds.isdisjoint(notice_type.audience.named)
    )


def _marking(content: Mapping[str, Any]) -> str:
    return str(content.get("marking") or Marking.RESTRICTED)


def _reads(one: Participant, marking: str, sender: Participant, recipients: tuple[str, ...]) -> bool:
    reader = reader_of([one])
    return can_read(reader, marking=marking, sender=sender.code, recipients=recipients)
