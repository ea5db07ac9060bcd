"""Leaving: who must not be here any more is out at the next request, wherever it is signed in."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlmodel import col

from board_hub.domain.errors import Conflict, Invalid
from board_hub.domain.events import Event, EventName
from board_hub.domain.openid import Logout, Reason, SignInRefused
from board_hub.services.people.officials import get_official
from board_hub.services.people.sessions import end_session, end_sessions_of, purge_sessions
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.people_tables import IdentityProvider, Official, SignIn, UsedLogoutToken, WebSession

SESSIONS_KEPT = timedelta(days=30)
SIGN_INS_KEPT = timedelta(days=90)
_ALLOWANCE = timedelta(minutes=1)


def end_by_logout(uow: UnitOfWork, provider: IdentityProvider, logout: Logout) -> int:
    """End what a checked logout token names; returns how many sessions that were. SignInRefused if it was used."""
    if uow.session.get(UsedLogoutToken, (provider.issuer, logout.jti)) is not None:
        raise SignInRefused(Reason.ID_TOKEN, "The token is refused: its jti was used before.")
    expires_at = datetime.fromtimestamp(logout.expires_at, UTC) + _ALLOWANCE
    uow.session.add(UsedLogoutToken(issuer=provider.issuer, jti=logout.jti, expires_at=expires_at))
    statement = (
        select(col(WebSession.id))
        .join(Official, col(Official.id) == col(WebSession.official_id))
        .where(col(WebSession.ended_at).is_(None), col(Official.issuer) == provider.issuer)
    )
    if logout.subject is not None:
        statement = statement.where(col(Official.subject) == logout.subject)
    if logout.sid is not None:
        statement = statement.where(col(WebSession.provider_session) == logout.sid)
    ids = list(uow.session.execute(statement).scalars())
    for row_id in ids:
        end_session(uow, row_id, "signed out at the provider")
    return len(ids)


def end_official(uow: UnitOfWork, official_id: UUID, because: str) -> int:
    """The secretariat ends an official: all sessions end, signing in is refused. Returns how many sessions ended."""
    if not because.strip():
        raise Invalid.one("field.missing", "/because", "Say why; it is on record.")
    official = get_official(uow, official_id)
    if official.ended_at is not None:
        raise Conflict("This official was ended already.")
    official.ended_at, official.ended_because = uow.now, because.strip()[:300]
    uow.record(Event(EventName.OFFICIAL_ENDED, str(official.id), detail={"because": official.ended_because}))
    return end_sessions_of(uow, official.id, "ended by the secretariat")


def restore_official(uow: UnitOfWork, official_id: UUID) -> None:
    """Let somebody sign in again whom the secretariat had ended."""
    official = get_official(uow, official_id)
    if official.ended_at is None:
        raise Conflict("This official was not ended.")
    official.ended_at = official.ended_because = None
    uow.record(Event(EventName.OFFICIAL_RESTORED, str(official.id)))


def purge_people(uow: UnitOfWork) -> int:
    """End sessions that are over, remove what is no longer kept; returns how many logout tokens and attempts went."""
    purge_sessions(uow, uow.now - SESSIONS_KEPT)
    tokens = delete(UsedLogoutToken).where(col(UsedLogoutToken.expires_at) < uow.now)
    attempts = delete(SignIn).where(col(SignIn.at) < uow.now - SIGN_INS_KEPT)
    return sum(int(uow.session.execute(one).rowcount) for one in (tokens, attempts))  # type: ignore[attr-defined, misc]
