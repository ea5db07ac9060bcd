"""Sessions of browsers, kept in the database: found by the secret in the cookie, ended everywhere at once."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, or_, select, update
from sqlmodel import col

from board_hub.domain.errors import NotFound
from board_hub.domain.events import Event, EventName
from board_hub.services.people.officials import Person, person_of
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.people_tables import Official, WebSession

ANONYMOUS_LIFE = timedelta(minutes=15)
"""How long somebody may take to sign in."""
ANONYMOUS_KEPT = timedelta(hours=1)
"""How long the row of somebody who never signed in stays after its end."""
TOUCH_EVERY = timedelta(minutes=1)
"""How exact `seen_at` is: a write for every request would be one too many."""

MOST_LISTED = 1000


@dataclass(frozen=True)
class Limits:
    """How long a session lives: without a request, and at all."""

    idle: timedelta
    absolute: timedelta


@dataclass(frozen=True)
class FoundSession:
    """A session in force, and who is signed in by it."""

    row: WebSession
    person: Person | None


def session_id(secret: str) -> str:
    """What is stored of a cookie's secret: a stolen database opens no session."""
    return sha256(secret.encode()).hexdigest()


def find_session(uow: UnitOfWork, secret: str, limits: Limits) -> FoundSession | None:
    """The session of this cookie if it is in force: not ended, not idle too long, its official not ended.

    Nor is it when no role is left: the last mandate is over, or the participant is not active any more.
    """
    row = uow.session.get(WebSession, session_id(secret))
    if row is None or not is_in_force(row, uow.now, limits):
        return None
    if row.official_id is None:
        return FoundSession(row, None)
    official = uow.session.get(Official, row.official_id)
    if official is None or official.ended_at is not None:
        return None
    person = person_of(uow, official)
    return FoundSession(row, person) if person.roles else None


def is_in_force(row: WebSession, now: datetime, limits: Limits) -> bool:
    idle_until = row.seen_at + (limits.idle if row.official_id else ANONYMOUS_LIFE)
    return row.ended_at is None and now < row.ends_at and now < idle_until


def open_session(uow: UnitOfWork, secret: str, content: Mapping[str, Any], *, browser: str) -> WebSession:
    """A session of somebody who is not signed in yet."""
    row = WebSession(
        id=session_id(secret),
        content=dict(content),
        browser=browser[:200],
        started_at=uow.now,
        seen_at=uow.now,
        ends_at=uow.now + ANONYMOUS_LIFE,
    )
    uow.session.add(row)
    return row


def keep_content(uow: UnitOfWork, secret: str, content: Mapping[str, Any]) -> None:
    """Store what Flask keeps in the session."""
    row = uow.session.get(WebSession, session_id(secret))
    if row is not None and row.ended_at is None:
        row.content, row.seen_at = dict(content), uow.now


def touch_session(uow: UnitOfWork, secret: str) -> None:
    """Note that the session is in use."""
    row = uow.session.get(WebSession, session_id(secret))
    if row is not None and row.ended_at is None:
        row.seen_at = uow.now


def end_session(uow: UnitOfWork, row_id: str, because: str) -> None:
    """End one session; nothing happens if it has ended already."""
    row = uow.session.get(WebSession, row_id)
    if row is not None and row.ended_at is None:
        row.ended_at, row.ended_because, row.content, row.refresh_sealed = uow.now, because, {}, None
        if row.official_id:
            uow.record(Event(EventName.SESSION_ENDED, row.id[:16], detail={"official": str(row.official_id)}))


def end_sessions_of(uow: UnitOfWork, official_id: UUID, because: str) -> int:
    """End all sessions of an official; returns how many there were."""
    statement = select(col(WebSession.id)).where(
        col(WebSession.official_id) == official_id, col(WebSession.ended_at).is_(None)
    )
    ids = list(uow.session.execute(statement).scalars())
    for row_id in ids:
        end_session(uow, row_id, because)
    return len(ids)


def end_own_session(uow: UnitOfWork, official_id: UUID, short_id: str) -> None:
    """End a session of the official's own, by the first 16 signs of its id. Raises NotFound."""
    statement = select(col(WebSession.id)).where(
        col(WebSession.official_id) == official_id, col(WebSession.ended_at).is_(None)
    )
    found = [row_id for row_id in uow.session.execute(statement).scalars() if row_id[:16] == short_id]
    if not found:
        raise NotFound("There is no such session.")
    end_session(uow, found[0], "ended by the official")


def end_other_sessions(uow: UnitOfWork, official_id: UUID, own_id: str) -> int:
    """End all sessions of the official but the one it uses; returns how many there were."""
    statement = select(col(WebSession.id)).where(
        col(WebSession.official_id) == official_id, col(WebSession.ended_at).is_(None), col(WebSession.id) != own_id
    )
    ids = list(uow.session.execute(statement).scalars())
    for row_id in ids:
        end_session(uow, row_id, "ended by the official")
    return len(ids)


def end_sessions_by(uow: UnitOfWork, provider: str, because: str) -> int:
    """End all sessions that a provider vouched for; returns how many there were."""
    statement = select(col(WebSession.id)).where(
        col(WebSession.provider) == provider,
        col(WebSession.ended_at).is_(None),
        col(WebSession.official_id).is_not(None),
    )
    ids = list(uow.session.execute(statement).scalars())
    for row_id in ids:
        end_session(uow, row_id, because)
    return len(ids)


def list_sessions(uow: UnitOfWork, official_id: UUID, limits: Limits) -> list[WebSession]:
    """Sessions in force of an official, the one used last first."""
    statement = select(WebSession).where(col(WebSession.official_id) == official_id, col(WebSession.ended_at).is_(None))
    rows = uow.session.execute(statement.order_by(col(WebSession.seen_at).desc())).scalars()
    return [row for row in rows if is_in_force(row, uow.now, limits)]


def list_all_sessions(uow: UnitOfWork, limits: Limits) -> list[WebSession]:
    """Sessions in force of all officials, the one used last first."""
    statement = select(WebSession).where(col(WebSession.official_id).is_not(None), col(WebSession.ended_at).is_(None))
    rows = uow.session.execute(statement.order_by(col(WebSession.seen_at).desc()).limit(MOST_LISTED)).scalars()
    return [row for row in rows if is_in_force(row, uow.now, limits)]


def sign_in(uow: UnitOfWork, secret: str, official: Official, *, limits: Limits, **details: Any) -> WebSession:
    """A new session, under a new secret, of an official who has just signed in.

    details: `provider`, `provider_session`, `acr`, `authenticated_at`, `refresh_sealed`, `refresh_at`, `browser`.
    """
    row = WebSession(
        id=session_id(secret),
        official_id=official.id,
        started_at=uow.now,
        seen_at=uow.now,
        ends_at=uow.now + limits.absolute,
        **details,
    )
    uow.session.add(row)
    official.visited_at, official.signed_in_at = official.signed_in_at, uow.now
    uow.record(Event(EventName.SESSION_STARTED, row.id[:16], detail={"official": str(official.id)}))
    return row


def purge_sessions(uow: UnitOfWork, before: datetime) -> None:
    """End what is over by time, so that lists and counts are true; rows go when they are older than `before`."""
    uow.session.execute(
        update(WebSession)
        .where(col(WebSession.ends_at) <= uow.now, col(WebSession.ended_at).is_(None))
        .values(ended_at=uow.now, ended_because="time", content={}, refresh_sealed=None)
        .execution_options(synchronize_session=False)
    )
    nobody = and_(col(WebSession.official_id).is_(None), col(WebSession.ends_at) < uow.now - ANONYMOUS_KEPT)
    uow.session.execute(delete(WebSession).where(or_(col(WebSession.ends_at) < before, nobody)))
