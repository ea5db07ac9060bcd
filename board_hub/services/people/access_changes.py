"""Who is signed in, and what the secretariat may do about it: end sessions, end an official's access, restore it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import col

from board_hub.domain.errors import Conflict, NotFound
from board_hub.domain.events import Event, EventName
from board_hub.services.operation.reasons import check_reason
from board_hub.services.paging import Page, Place, cut, place_cursor, read_place
from board_hub.services.people import sessions
from board_hub.services.people.administrators import list_administrators
from board_hub.services.people.officials import get_official
from board_hub.services.people.sessions import Limits
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.people_tables import Official, OfficialRole, WebSession
from board_hub.store.work_tables import CalendarLink

LONGEST_BECAUSE = 100
"""Characters of the reason that a session keeps."""


@dataclass(frozen=True)
class Listed:
    """An official in the list: its roles, and how many sessions it has now."""

    official: Official
    roles: tuple[OfficialRole, ...]
    sessions: int


def list_officials(
    uow: UnitOfWork,
    limits: Limits,
    *,
    text: str = "",
    participant: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[Listed]:
    """Officials who have ever signed in, the one who did last first; text: part of a name or an address."""
    statement: Any = select(Official).order_by(col(Official.signed_in_at).desc(), col(Official.id).desc())
    if text:
        part = "%" + text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        matches = (col(Official.name).ilike(part, escape="\\"), col(Official.email).ilike(part, escape="\\"))
        statement = statement.where(or_(*matches))
    if participant:
        mine = select(col(OfficialRole.official_id)).where(col(OfficialRole.participant) == participant)
        statement = statement.where(col(Official.id).in_(mine))
    if cursor:
        place = read_place(cursor)
        earlier = col(Official.signed_in_at) < place.at
        tied = (col(Official.signed_in_at) == place.at) & (col(Official.id) < place.id)
        statement = statement.where(or_(earlier, tied))
    rows = list(uow.session.execute(statement.limit(limit + 1)).scalars())
    return cut(_listed(uow, rows, limits), limit, lambda one: place_cursor(_place(one.official)))


def _place(official: Official) -> Place:
    return Place(official.signed_in_at, official.id)


def _listed(uow: UnitOfWork, rows: Sequence[Official], limits: Limits) -> list[Listed]:
    ids = [row.id for row in rows]
    roles = list_roles(uow, ids)
    open_sessions = Counter(one.official_id for one in sessions.list_all_sessions(uow, limits))
    return [Listed(row, tuple(roles.get(row.id, ())), open_sessions[row.id]) for row in rows]


def list_roles(uow: UnitOfWork, ids: Sequence[UUID]) -> dict[UUID, list[OfficialRole]]:
    """Roles of officials, those of ended mandates too."""
    found: dict[UUID, list[OfficialRole]] = {}
    statement = select(OfficialRole).where(col(OfficialRole.official_id).in_(ids))
    for row in uow.session.execute(statement.order_by(col(OfficialRole.participant), col(OfficialRole.role))).scalars():
        found.setdefault(row.official_id, []).append(row)
    return found


def end_one_session(uow: UnitOfWork, official_id: UUID, row_id: str, because: str) -> None:
    """End one session of an official. Raises NotFound if it is not one of its sessions."""
    because = check_reason(because, LONGEST_BECAUSE)
    row = uow.session.get(WebSession, row_id)
    if row is None or row.official_id != official_id:
        raise NotFound("There is no such session.")
    sessions.end_session(uow, row_id, because)


def end_all_sessions(uow: UnitOfWork, official_id: UUID, because: str) -> int:
    """End all sessions of an official; returns how many there were. It may sign in again."""
    get_official(uow, official_id)
    return sessions.end_sessions_of(uow, official_id, check_reason(because, LONGEST_BECAUSE))


def end_access(uow: UnitOfWork, official_id: UUID, because: str) -> int:
    """End what an official may do here, whatever its provider says: sessions and calendar links end at once.

    Returns how many sessions ended. Conflict for one's own access, and for the last administrator's.
    """
    because, official = check_reason(because, 300), get_official(uow, official_id)
    if str(uow.actor) == f"official:{official_id}":
        raise Conflict("You cannot end your own access: another administrator has to.")
    if [one.id for one in list_administrators(uow)] == [official_id]:
        raise Conflict(f"{official.name} is the only administrator: without access nobody could administer the hub.")
    if official.ended_at is not None:
        raise Conflict(f"The access of {official.name} has ended already.")
    official.ended_at, official.ended_because = uow.now, because
    for link in _links(uow, official_id):
        link.revoked_at = uow.now
        uow.record(Event(EventName.CALENDAR_LINK_REVOKED, str(link.id), {}, {"because": "access ended"}))
    uow.record(Event(EventName.OFFICIAL_ENDED, str(official_id), {}, {"because": because}))
    return sessions.end_sessions_of(uow, official_id, "access ended")


def restore_access(uow: UnitOfWork, official_id: UUID, because: str) -> None:
    """Let an official sign in again; what it may do its provider's claims say anew."""
    because, official = check_reason(because, 300), get_official(uow, official_id)
    if official.ended_at is None:
        raise Conflict(f"{official.name} has access already.")
    official.ended_at = official.ended_because = None
    uow.record(Event(EventName.OFFICIAL_RESTORED, str(official_id), {}, {"because": because}))


def _links(uow: UnitOfWork, official_id: UUID) -> list[CalendarLink]:
    statement = select(CalendarLink).where(
        col(CalendarLink.official) == str(official_id), col(CalendarLink.revoked_at).is_(None)
    )
    return list(uow.session.execute(statement).scalars())
