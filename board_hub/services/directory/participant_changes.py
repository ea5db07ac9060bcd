"""What the secretariat changes about a participant: its facts, the rule of four eyes, whether it takes part."""

from collections.abc import Collection
from typing import Any

from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.errors import Conflict, Flaw, Invalid
from board_hub.domain.events import Event, EventName
from board_hub.services.directory import directory
from board_hub.services.operation.reasons import check_reason
from board_hub.services.people.administrators import check_somebody_administers
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.tables import Participant, ParticipantStatus


def change_participant(
    uow: UnitOfWork,
    code: str,
    *,
    name: str,
    kinds: Collection[str],
    languages: Collection[str],
    contact: str,
    four_eyes: bool,
) -> bool:
    """Set these facts of a participant; returns whether any is another now. What changed is on record."""
    participant = directory.get_participant(uow, code)
    check_changeable(participant)
    _check(name, kinds, languages, contact)
    wanted: dict[str, Any] = {
        "name": name.strip(),
        "kind_codes": sorted(kinds),
        "languages": list(languages),
        "contact": contact.strip(),
        "four_eyes": four_eyes,
    }
    changed = {field: value for field, value in wanted.items() if getattr(participant, field) != value}
    if not changed:
        return False
    for field, value in changed.items():
        setattr(participant, field, value)
    participant.changed_at = uow.now
    told = {field: value for field, value in changed.items() if field != "contact"}  # an address may name a person
    directory.note_change(uow, Event(EventName.PARTICIPANT_CHANGED, code, {}, {"fields": sorted(changed), **told}))
    return True


def suspend(uow: UnitOfWork, code: str, because: str) -> None:
    """Stop a participant's exchange for a reason. One person may: it takes effect at once, and can be undone."""
    because, participant = check_reason(because), directory.get_participant(uow, code)
    check_changeable(participant)
    if participant.status == ParticipantStatus.SUSPENDED:
        raise Conflict(f"{code} is suspended already.")
    check_somebody_administers(uow, without=code)
    directory.suspend_participant(uow, code, because)


def restore(uow: UnitOfWork, code: str, because: str) -> None:
    """Let a suspended participant take part again, for a reason."""
    because, participant = check_reason(because), directory.get_participant(uow, code)
    check_changeable(participant)
    if participant.active:
        raise Conflict(f"{code} takes part already.")
    directory.restore_participant(uow, code, because)


def check_changeable(participant: Participant) -> None:
    """Raises Conflict for the hub itself, and for what was removed."""
    if participant.code == HUB_CODE:
        raise Conflict("The hub itself is not changed here.")
    if participant.status == ParticipantStatus.REMOVED:
        raise Conflict(f"Participant {participant.code} was removed; it takes no part any more.")


def _check(name: str, kinds: Collection[str], languages: Collection[str], contact: str) -> None:
    flaws = []
    if not name.strip() or len(name.strip()) > 200:
        flaws.append(Flaw("field.missing", "/name", "Give the organisation's name, of at most 200 characters."))
    known = sorted(directory.KINDS - {"HUB"})
    if not kinds or not set(kinds) <= set(known):
        flaws.append(Flaw("code.unknown", "/kinds", f"Give one or more of {', '.join(known)}."))
    if not languages or not all(len(one) == 2 and one.isascii() and one.islower() for one in languages):
        flaws.append(Flaw("field.invalid", "/languages", "Give languages by their two letters, such as fr, en."))
    if len(contact.strip()) > 320:
        flaws.append(Flaw("field.invalid", "/contact", "The contact has at most 320 characters."))
    if flaws:
        raise Invalid(flaws)
