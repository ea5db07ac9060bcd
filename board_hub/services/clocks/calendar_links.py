"""Secret links to a participant's clocks as iCalendar: whoever holds one may look; each can be revoked."""

import hmac
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.errors import NotFound
from board_hub.domain.events import Event, EventName
from board_hub.domain.ids import new_secret, uuid7
from board_hub.services.people.officials import person_of
from board_hub.services.unit_of_work import Seen, UnitOfWork
from board_hub.store.people_tables import Official
from board_hub.store.tables import Participant
from board_hub.store.work_tables import CalendarLink

_NOTED_EVERY = timedelta(hours=1)
_UNKNOWN = "There is no such calendar link."


@dataclass(frozen=True)
class NewLink:
    """A link just made. secret: shown this once; the hub keeps its digest alone."""

    link: CalendarLink
    secret: str


def make_link(uow: UnitOfWork, participant: Participant, *, label: str = "", official: str | None = None) -> NewLink:
    """A new link to the participant's clocks; official: who asked for it, where that was a person."""
    secret = new_secret()
    link = CalendarLink(
        id=uuid7(uow.now),
        secret_sha256=_digest(secret),
        participant=participant.code,
        official=official,
        label=label,
        created_at=uow.now,
    )
    uow.session.add(link)
    _record(uow, EventName.CALENDAR_LINK_MADE, link)
    return NewLink(link, secret)


def list_links(uow: UnitOfWork, participant: Participant) -> list[CalendarLink]:
    """The participant's links that are not revoked, the oldest first."""
    statement = select(CalendarLink).where(
        col(CalendarLink.participant) == participant.code, col(CalendarLink.revoked_at).is_(None)
    )
    return list(uow.session.execute(statement.order_by(col(CalendarLink.id))).scalars())


def revoke_link(uow: UnitOfWork, participant: Participant, link_id: UUID) -> None:
    """End a link of the participant's own at once. Raises NotFound, also for one that is revoked."""
    link = uow.session.get(CalendarLink, link_id, with_for_update=True)
    if link is None or link.participant != participant.code or link.revoked_at:
        raise NotFound(_UNKNOWN)
    link.revoked_at = uow.now
    _record(uow, EventName.CALENDAR_LINK_REVOKED, link)


def list_links_of(uow: UnitOfWork, official_id: UUID) -> list[CalendarLink]:
    """The links that an official made for itself and did not revoke, the oldest first."""
    statement = select(CalendarLink).where(
        col(CalendarLink.official) == str(official_id), col(CalendarLink.revoked_at).is_(None)
    )
    return list(uow.session.execute(statement.order_by(col(CalendarLink.id))).scalars())


def revoke_link_of(uow: UnitOfWork, official_id: UUID, link_id: UUID) -> None:
    """End a link that the official made. Raises NotFound, also for one of somebody else's."""
    link = uow.session.get(CalendarLink, link_id, with_for_update=True)
    if link is None or link.official != str(official_id) or link.revoked_at:
        raise NotFound(_UNKNOWN)
    link.revoked_at = uow.now
    _record(uow, EventName.CALENDAR_LINK_REVOKED, link)


def get_link(uow: UnitOfWork, secret: str) -> CalendarLink:
    """The link with this secret. Raises NotFound: unknown, revoked, its participant no longer takes part, or the
    official who made it no longer acts for that participant.
    """
    given = _digest(secret)
    statement = select(CalendarLink).where(
        col(CalendarLink.secret_sha256) == given, col(CalendarLink.revoked_at).is_(None)
    )
    link = uow.session.execute(statement).scalar_one_or_none()
    if link is None or not hmac.compare_digest(link.secret_sha256, given):
        raise NotFound(_UNKNOWN)
    if not uow.directory.participants[link.participant].active or not _is_still_there(uow, link):
        raise NotFound(_UNKNOWN)
    return link


def _is_still_there(uow: UnitOfWork, link: CalendarLink) -> bool:
    """Who left must not look on through a link (peers.md P15); one that a participant's system made stays."""
    if link.official is None:
        return True
    official = uow.session.get(Official, UUID(link.official))
    return (
        official is not None
        and official.ended_at is None
        and link.participant in person_of(uow, official).reader.participants
    )


def is_use_to_note(uow: UnitOfWork, link: CalendarLink) -> bool:
    """Whether this use is to be noted: once an hour is enough to see whether a link is used at all."""
    return link.used_at is None or uow.now - link.used_at >= _NOTED_EVERY


def note_use(uow: UnitOfWork, link_id: UUID) -> None:
    """Note when a link was last used."""
    link = uow.session.get(CalendarLink, link_id)
    if link is not None:
        link.used_at = uow.now


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _record(uow: UnitOfWork, name: EventName, link: CalendarLink) -> None:
    detail: dict[str, object] = {"participant": link.participant}
    seen = [Seen("calendar-link", str(link.id), participant=link.participant)]
    uow.record(Event(name, str(link.id), {}, detail), seen)
