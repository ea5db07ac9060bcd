"""Signing in: a provider's proof becomes an official with roles and a session, or a refusal; each is on record."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import and_, or_, select, update
from sqlmodel import col

from board_hub.domain.errors import NotFound
from board_hub.domain.events import Event, EventName
from board_hub.domain.openid import Claims, Proof, Reason, SignInRefused
from board_hub.services.paging import PAGE, Page, cut, from_cursor, to_cursor, unreadable
from board_hub.services.people import sessions
from board_hub.services.people.claims import Verdict, map_claims, worth_keeping
from board_hub.services.people.officials import set_roles
from board_hub.services.people.providers import list_rules
from board_hub.services.people.sessions import Limits, end_session
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.people_tables import IdentityProvider, Official, SignIn, WebSession

ACCEPTED, REFUSED = "accepted", "refused"
RETRY = timedelta(minutes=1)
"""After which a provider that did not answer is asked again."""


@dataclass(frozen=True)
class NewSession:
    """The session to open: its secret, its limits, when the provider is asked again."""

    secret: str
    limits: Limits
    ask_again: timedelta
    browser: str = ""


def accept(uow: UnitOfWork, provider: IdentityProvider, proof: Proof, session: NewSession) -> SignIn:
    """Let the person in, or not: `outcome` says which. The official is made, or brought up to what was proven."""
    rules = list_rules(uow, provider.code)
    verdict, official = map_claims(uow, provider, rules, proof.claims), _find_official(uow, proof)
    attempt = SignIn(
        provider=provider.code,
        outcome=REFUSED,
        claims=worth_keeping(provider, rules, proof.claims),
        matched=[match.as_dict() for match in verdict.matched],
        at=uow.now,
    )
    uow.session.add(attempt)
    if official is not None and official.ended_at is not None:
        attempt.official_id = official.id
        return _refuse(attempt, Reason.ENDED, f"The secretariat has ended this official: {official.ended_because}.")
    if verdict.reason is not None:
        if official is not None:
            _leave(uow, official, verdict.reason)
            attempt.official_id = official.id
        return _refuse(attempt, verdict.reason, verdict.explanation)
    official = _welcome(uow, provider, proof, verdict, official)
    attempt.official_id, attempt.outcome = official.id, ACCEPTED
    _open_session(uow, provider, proof, official, session)
    return attempt


def note_refusal(uow: UnitOfWork, provider: str, refusal: SignInRefused) -> SignIn:
    """Put an attempt on record that did not come as far as claims."""
    attempt = SignIn(provider=provider, outcome=REFUSED, at=uow.now)
    uow.session.add(attempt)
    return _refuse(attempt, refusal.reason, str(refusal))


def claim_refresh(uow: UnitOfWork, row: WebSession) -> bool:
    """Whether the caller is the one to ask the provider again now; the others go on with what is known.

    A refresh token works once. If the provider does not answer, somebody asks again after `RETRY`.
    """
    claimed = (
        update(WebSession)
        .where(col(WebSession.id) == row.id, col(WebSession.refresh_at) == row.refresh_at)
        .where(col(WebSession.ended_at).is_(None))
        .values(refresh_at=uow.now + RETRY)
        .execution_options(synchronize_session=False)
    )
    return bool(uow.session.execute(claimed).rowcount)  # type: ignore[attr-defined]


def accept_refresh(
    uow: UnitOfWork, provider: IdentityProvider, session_id: str, proof: Proof, ask_again: timedelta
) -> SignIn | None:
    """Bring a session up to what the provider now says; it ends, with a refusal on record, if nothing is left."""
    row = uow.session.get(WebSession, session_id)
    official = uow.session.get(Official, row.official_id) if row is not None and row.official_id else None
    if row is None or official is None or row.ended_at is not None:
        return None
    if (official.issuer, official.subject) != (proof.issuer, proof.subject):
        return refuse_refresh(uow, row.id, SignInRefused(Reason.OTHER_PERSON, "The provider speaks of somebody else."))
    rules = list_rules(uow, provider.code)
    if set(proof.claims) - {"sub"}:  # otherwise it only says that the grant still stands
        verdict = map_claims(uow, provider, rules, proof.claims)
        if verdict.reason is not None:
            attempt = refuse_refresh(uow, row.id, SignInRefused(verdict.reason, verdict.explanation))
            attempt.claims = worth_keeping(provider, rules, proof.claims)
            attempt.matched = [match.as_dict() for match in verdict.matched]
            _leave(uow, official, verdict.reason)
            return attempt
        _give_roles(uow, official, verdict)
    row.refresh_at = uow.now + ask_again
    row.provider_session = proof.sid or row.provider_session
    if proof.refresh_token:
        row.refresh_sealed = uow.hub.sealer.seal(proof.refresh_token.encode())
    return None


def refuse_refresh(uow: UnitOfWork, session_id: str, refusal: SignInRefused) -> SignIn:
    """End a session because its provider no longer vouches for the person."""
    row = uow.session.get(WebSession, session_id)
    attempt = note_refusal(uow, row.provider or "" if row else "", refusal)
    if row is not None:
        attempt.official_id = row.official_id
        end_session(uow, row.id, f"provider: {refusal.reason}")
    return attempt


def try_claims(uow: UnitOfWork, provider: IdentityProvider, claims: Claims) -> Verdict:
    """What these claims would give; changes nothing."""
    return map_claims(uow, provider, list_rules(uow, provider.code), claims)


def get_sign_in(uow: UnitOfWork, attempt_id: UUID) -> SignIn:
    """Raises NotFound."""
    found = uow.session.get(SignIn, attempt_id)
    if found is None:
        raise NotFound("There is no such attempt to sign in.")
    return found


def list_sign_ins(
    uow: UnitOfWork, *, provider: str | None = None, outcome: str | None = None, cursor: str | None = None
) -> Page[SignIn]:
    """Attempts, the latest first."""
    statement = select(SignIn).order_by(col(SignIn.at).desc(), col(SignIn.id).desc())
    if provider:
        statement = statement.where(col(SignIn.provider) == provider)
    if outcome:
        statement = statement.where(col(SignIn.outcome) == outcome)
    if cursor:
        at, last = _place(cursor)
        statement = statement.where(or_(col(SignIn.at) < at, and_(col(SignIn.at) == at, col(SignIn.id) < last)))
    rows = list(uow.session.execute(statement.limit(PAGE + 1)).scalars())
    return cut(rows, PAGE, lambda row: to_cursor(row.at.isoformat(), str(row.id)))


def _place(cursor: str) -> tuple[datetime, UUID]:
    at, last = from_cursor(cursor, str, str)
    try:
        moment, found = datetime.fromisoformat(str(at)), UUID(str(last))
    except ValueError:
        raise unreadable() from None
    if moment.tzinfo is None:
        raise unreadable()
    return moment, found


def _find_official(uow: UnitOfWork, proof: Proof) -> Official | None:
    statement = select(Official).where(col(Official.issuer) == proof.issuer, col(Official.subject) == proof.subject)
    return uow.session.execute(statement).scalars().first()


def _refuse(attempt: SignIn, reason: Reason, explanation: str) -> SignIn:
    attempt.reason, attempt.explanation = reason, explanation[:500]
    return attempt


def _welcome(
    uow: UnitOfWork, provider: IdentityProvider, proof: Proof, verdict: Verdict, official: Official | None
) -> Official:
    if official is None:
        official = Official(
            provider=provider.code,
            issuer=proof.issuer,
            subject=proof.subject,
            name=verdict.name,
            created_at=uow.now,
            signed_in_at=uow.now,
        )
        uow.session.add(official)
        uow.session.flush()
        uow.record(Event(EventName.OFFICIAL_ADDED, str(official.id), detail={"provider": provider.code}))
    _give_roles(uow, official, verdict)
    return official


def _give_roles(uow: UnitOfWork, official: Official, verdict: Verdict) -> None:
    official.name, official.email = verdict.name, verdict.email
    if set_roles(uow, official, verdict.held):
        told = sorted(f"{one.participant} {one.role}" for one in verdict.held)
        uow.record(Event(EventName.OFFICIAL_CHANGED, str(official.id), detail={"roles": told}))


def _leave(uow: UnitOfWork, official: Official, reason: Reason) -> None:
    """The provider no longer vouches for somebody who was here: no role is left, no session goes on."""
    if set_roles(uow, official, ()):
        uow.record(Event(EventName.OFFICIAL_CHANGED, str(official.id), detail={"roles": []}))
    sessions.end_sessions_of(uow, official.id, f"provider: {reason}")


def _open_session(
    uow: UnitOfWork, provider: IdentityProvider, proof: Proof, official: Official, session: NewSession
) -> None:
    token = proof.refresh_token
    sessions.sign_in(
        uow,
        session.secret,
        official,
        limits=session.limits,
        provider=provider.code,
        provider_session=proof.sid,
        acr=proof.acr[:200],
        authenticated_at=proof.proven_at or uow.now,
        refresh_sealed=uow.hub.sealer.seal(token.encode()) if token else None,
        refresh_at=uow.now + session.ask_again,
        browser=session.browser[:200],
    )
