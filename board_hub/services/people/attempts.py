"""Attempts to sign in that are under way: kept in the browser's session, each good for one answer."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import Any

from board_hub.domain.ids import new_secret
from board_hub.domain.openid import Reason, SignInRefused
from board_hub.services.people.sessions import session_id
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.people_tables import WebSession

KEY = "signing_in"
LIFE = timedelta(minutes=15)
_MOST = 5
"""Attempts in several tabs; an older one gives way."""


@dataclass(frozen=True)
class Attempt:
    """What an answer must fit: state, nonce and PKCE verifier. silent: somebody who is here is asked about again."""

    state: str
    nonce: str
    verifier: str
    provider: str
    following: str
    silent: bool
    began_at: float


def new_attempt(provider: str, following: str, now: datetime, *, silent: bool = False) -> Attempt:
    return Attempt(new_secret(), new_secret(), new_secret(), provider, following, silent, now.timestamp())


def with_attempt(content: Mapping[str, Any], attempt: Attempt) -> dict[str, Any]:
    """What a session keeps of attempts, with one more."""
    kept = dict(content.get(KEY) or {}) | {attempt.state: asdict(attempt)}
    newest = sorted(kept, key=lambda state: kept[state]["began_at"])[-_MOST:]
    return {state: kept[state] for state in newest}


def take_attempt(uow: UnitOfWork, secret: str, state: str) -> Attempt:
    """The attempt that this session began with this state: taken once, by whoever commits first.

    Raises SignInRefused: the state is another session's, was used before, or is too old.
    """
    row = uow.session.get(WebSession, session_id(secret), with_for_update=True)
    kept = dict((row.content if row else {}).get(KEY) or {})
    found = kept.pop(state, None)
    if row is None or row.ended_at is not None or found is None:
        raise SignInRefused(Reason.STATE, "The state is none of this browser's session, or was used before.")
    row.content = {**row.content, KEY: kept}
    attempt = Attempt(**found)
    if uow.now.timestamp() - attempt.began_at > LIFE.total_seconds():
        raise SignInRefused(Reason.STATE, "The attempt began more than 15 minutes ago.")
    return attempt
