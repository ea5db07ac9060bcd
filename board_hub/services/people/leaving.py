"""Leaving: who must not be here any more is out at the next request, wherever it is signed in."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import delete, select
from sqlmodel import col

from board_hub.domain.openid import Logout, Reason, SignInRefused
from board_hub.services.people.sessions import end_session, purge_sessions
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


def purge_people(uow: UnitOfWork) -> int:
    """End sessions that are over, remove what is no longer kept; returns how many logout tokens and attempts went."""
    purge_sessions(uow, uow.now - SESSIONS_KEPT)
    tokens = delete(UsedLogoutToken).where(col(UsedLogoutToken.expires_at) < uow.now)
    attempts = delete(SignIn).where(col(SignIn.at) < uow.now - SIGN_INS_KEPT)
    return sum(int(uow.session.execute(one).rowcount) for one in (tokens, attempts))  # type: ignore[attr-defined, misc]
