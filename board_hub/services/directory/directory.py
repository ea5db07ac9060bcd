"""The directory: members, participants, keys. Every change is on record and counts the directory's version up."""

import re
from collections.abc import Collection
from datetime import datetime

from sqlalchemy import select, update
from sqlmodel import col

from board_hub.domain.audience import Kind
from board_hub.domain.deliveries import Transport
from board_hub.domain.envelope import HUB
from board_hub.domain.errors import Conflict, Flaw, Invalid, NotFound
from board_hub.domain.events import Event, EventName
from board_hub.law.members import MEMBERS
from board_hub.services.cases.procedures import release_waiting
from board_hub.services.exchange import deliveries
from board_hub.services.exchange.signing import check_public_jwk
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.desk_tables import HeldKey
from board_hub.store.tables import DirectoryVersion, Member, Participant, ParticipantKey, ParticipantStatus

KINDS = frozenset(Kind)
_CODE = re.compile(r"[A-Z]{2}-[A-Z0-9]+(-[A-Z0-9]+)*")


def seed_members(uow: UnitOfWork) -> int:
    """Add the members and observers of the Board that are missing; returns how many were."""
    present = set(uow.session.execute(select(col(Member.code))).scalars())
    missing = [entry for entry in MEMBERS if entry.code not in present]
    for entry in missing:
        uow.session.add(Member(code=entry.code, shown_as=entry.shown_as, name=entry.name, kind=entry.kind))
        uow.record(Event(EventName.MEMBER_ADDED, entry.code))
    return len(missing)


def list_members(uow: UnitOfWork) -> list[Member]:
    return list(uow.session.execute(select(Member).order_by(col(Member.kind), col(Member.code))).scalars())


def list_participants(uow: UnitOfWork) -> list[Participant]:
    """All participants but the hub itself, by code; removed ones too."""
    statement = select(Participant).where(col(Participant.code) != HUB).order_by(col(Participant.code))
    return list(uow.session.execute(statement).scalars())


def get_participant(uow: UnitOfWork, code: str) -> Participant:
    participant = uow.session.get(Participant, code)
    if participant is None:
        raise NotFound(f"There is no participant {code}.")
    return participant


def list_keys(uow: UnitOfWork, code: str) -> list[ParticipantKey]:
    statement = select(ParticipantKey).where(col(ParticipantKey.participant) == code)
    return list(uow.session.execute(statement.order_by(col(ParticipantKey.valid_from))).scalars())


def add_participant(
    uow: UnitOfWork,
    code: str,
    *,
    name: str,
    kinds: Collection[str],
    transport: Transport,
    languages: Collection[str] = ("en",),
    contact: str = "",
) -> Participant:
    """Add an organisation with a mailbox. `code` is like FR-CNIL; its first two letters name the member."""
    _check_new(uow, code, kinds)
    participant = Participant(
        code=code,
        member=code[:2],
        name=name,
        kind_codes=sorted(kinds),
        languages=list(languages),
        contact=contact,
        transport=transport,
        created_at=uow.now,
        changed_at=uow.now,
    )
    uow.session.add(participant)
    detail: dict[str, object] = {"kinds": sorted(kinds), "transport": str(transport)}
    note_change(uow, Event(EventName.PARTICIPANT_ADDED, code, detail=detail))
    return participant


def _check_new(uow: UnitOfWork, code: str, kinds: Collection[str]) -> None:
    flaws = []
    if not _CODE.fullmatch(code):
        flaws.append(
            Flaw("field.invalid", "/code", "Write a code like FR-CNIL: the member's ISO code, a dash, a name.")
        )
    elif uow.session.get(Member, code[:2]) is None:
        flaws.append(Flaw("code.unknown", "/code", f"{code[:2]} is no member or observer of the Board."))
    elif uow.session.get(Participant, code) is not None:
        raise Conflict(f"Participant {code} exists already; codes are never used twice.")
    unknown = sorted(set(kinds) - KINDS)
    if unknown or not kinds:
        flaws.append(Flaw("code.unknown", "/kinds", f"Give one or more of {', '.join(sorted(KINDS))}; not {unknown}."))
    if flaws:
        raise Invalid(flaws)


def add_key(
    uow: UnitOfWork,
    code: str,
    kid: str,
    *,
    jwk: dict[str, str],
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
) -> ParticipantKey:
    """Register a public ES256 key; from `valid_from` (now, if not given) it signs for the participant."""
    get_participant(uow, code)
    check_public_jwk(jwk)
    if uow.session.get(ParticipantKey, kid) is not None:
        raise Conflict(f"Key id {kid} is taken; key ids are never used twice.")
    key = ParticipantKey(kid=kid, participant=code, jwk=jwk, valid_from=valid_from or uow.now, valid_until=valid_until)
    uow.session.add(key)
    note_change(uow, Event(EventName.KEY_ADDED, kid, detail={"participant": code, "jwk": dict(jwk)}))
    return key


def rotate_key(uow: UnitOfWork, code: str, kid: str, *, jwk: dict[str, str], overlap_until: datetime) -> ParticipantKey:
    """Register a new key and let the present ones end at `overlap_until`, so that nothing in flight is refused.

    A key that the hub holds for the participant is not its system's, and stays.
    """
    held = set(uow.session.execute(select(col(HeldKey.kid)).where(col(HeldKey.participant) == code)).scalars())
    for key in list_keys(uow, code):
        if key.kid in held:
            continue
        if key.revoked_at is None and (key.valid_until is None or key.valid_until > overlap_until):
            key.valid_until = overlap_until
            detail: dict[str, object] = {"participant": code, "valid_until": overlap_until.isoformat()}
            note_change(uow, Event(EventName.KEY_ENDED, key.kid, detail=detail))
    return add_key(uow, code, kid, jwk=jwk)


def end_key(uow: UnitOfWork, kid: str) -> None:
    """Let a key end now: what was signed with it before stays valid. Raises NotFound."""
    key = uow.session.get(ParticipantKey, kid)
    if key is None:
        raise NotFound(f"There is no key {kid}.")
    if key.valid_until is None or key.valid_until > uow.now:
        key.valid_until = uow.now
        detail: dict[str, object] = {"participant": key.participant, "valid_until": uow.now.isoformat()}
        note_change(uow, Event(EventName.KEY_ENDED, kid, detail=detail))


def revoke_key(uow: UnitOfWork, kid: str, because: str) -> None:
    """From now on nothing signed with this key is accepted, whatever time it claims."""
    key = uow.session.get(ParticipantKey, kid)
    if key is None:
        raise NotFound(f"There is no key {kid}.")
    if key.revoked_at is None:
        key.revoked_at, key.revoked_because = uow.now, because
        note_change(uow, Event(EventName.KEY_REVOKED, kid, detail={"participant": key.participant, "because": because}))


def suspend_participant(uow: UnitOfWork, code: str, because: str = "") -> None:
    """Stop a participant's exchange; what it is owed stays owed."""
    _set_status(uow, code, ParticipantStatus.SUSPENDED, EventName.PARTICIPANT_SUSPENDED, because)


def restore_participant(uow: UnitOfWork, code: str, because: str = "") -> None:
    _set_status(uow, code, ParticipantStatus.ACTIVE, EventName.PARTICIPANT_RESTORED, because)
    deliveries.resume(uow, code)


def remove_participant(uow: UnitOfWork, code: str) -> None:
    """End a participant's part for good: its row, messages and evidence stay, its open deliveries are given up.

    Windows that were to begin with their arrival begin no more, so that they hold no procedure up.
    """
    _set_status(uow, code, ParticipantStatus.REMOVED, EventName.PARTICIPANT_REMOVED)
    deliveries.give_up(uow, code)
    release_waiting(uow, code)


def set_transport(uow: UnitOfWork, code: str, transport: Transport, because: str = "") -> None:
    """Change how a participant is reached; what it is owed follows."""
    participant = get_participant(uow, code)
    participant.transport, participant.changed_at = transport, uow.now
    deliveries.move_open(uow, code, transport)
    detail = {"transport": str(transport)} | ({"because": because} if because else {})
    note_change(uow, Event(EventName.PARTICIPANT_CHANGED, code, {}, {**detail}))


def _set_status(uow: UnitOfWork, code: str, status: ParticipantStatus, name: EventName, because: str = "") -> None:
    participant = get_participant(uow, code)
    if participant.status == ParticipantStatus.REMOVED:
        raise Conflict(f"Participant {code} was removed; add a new one under another code.")
    participant.status, participant.changed_at = status, uow.now
    note_change(uow, Event(name, code, {}, {"because": because} if because else {}))


def note_change(uow: UnitOfWork, event: Event) -> None:
    """Put a change of the directory on record, and let every process read it anew."""
    uow.record(event)
    uow.session.execute(
        update(DirectoryVersion)
        .values(version=DirectoryVersion.version + 1)
        .execution_options(synchronize_session=False)
    )
    uow.ring()
