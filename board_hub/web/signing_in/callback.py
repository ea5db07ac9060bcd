"""Coming back from a provider: the answer must fit the attempt, the proof the provider, the claims a rule."""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TypeVar

from flask import redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound as NoSuchPage

from board_hub.domain.errors import Conflict, NotFound
from board_hub.domain.events import HUB
from board_hub.domain.ids import new_secret
from board_hub.domain.openid import Proof, Reason, SignInRefused, check_response_issuer
from board_hub.http.current import current, current_hub
from board_hub.http.openid.clients import client_of
from board_hub.services.people import providers, sign_ins
from board_hub.services.people.attempts import KEY, Attempt, take_attempt
from board_hub.services.people.sign_ins import NewSession
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.people_tables import IdentityProvider, SignIn
from board_hub.web.pages import OpenPages
from board_hub.web.session import current_session, limits_of
from board_hub.web.signing_in import refused
from board_hub.web.signing_in.refreshing import NOT_THE_PERSON

Outcome = TypeVar("Outcome", bound=SignIn | None)

callback = OpenPages("callback", __name__)
_ONCE = ("state", "code", "iss", "error")
_NEEDS_PERSON = {"login_required", "interaction_required", "consent_required", "account_selection_required"}
_ERROR = re.compile(r"[a-z_]{1,60}")
_LONGEST = 2000


@callback.get("/login/<code>/callback")
def come_back(code: str) -> ResponseReturnValue:
    """The provider's answer, brought by the browser."""
    provider = _provider(code)
    try:
        attempt = _take_attempt()
    except SignInRefused as refusal:
        return refused.refuse(code, refusal)
    try:
        proof = _prove(provider, attempt)
    except SignInRefused as refusal:
        return _not_proven(provider, attempt, refusal)
    return _go_on(provider, attempt, proof) if attempt.silent else _let_in(provider, attempt, proof)


def _provider(code: str) -> IdentityProvider:
    try:
        with current_hub().work(HUB) as uow:
            return providers.get_provider(uow, code)
    except NotFound:
        raise NoSuchPage from None


def _take_attempt() -> Attempt:
    session, state = current_session(), request.args.get("state", "")
    if any(len(request.args.getlist(name)) > 1 for name in _ONCE):
        raise SignInRefused(Reason.STATE, "A parameter of the answer comes more than once.")
    if session.secret is None or not state:
        raise SignInRefused(Reason.STATE, "The answer has no state, or the browser has no session (cookie) here.")
    with current_hub().work(HUB) as uow:
        attempt = take_attempt(uow, session.secret, state)
        uow.commit()  # it is used up, whatever comes of it
    session[KEY] = {known: kept for known, kept in session.get(KEY, {}).items() if known != state}
    return attempt


def _prove(provider: IdentityProvider, attempt: Attempt) -> Proof:
    if attempt.provider != provider.code:
        raise SignInRefused(Reason.OTHER_PROVIDER, f"The attempt was begun with {attempt.provider}.")
    if not provider.active:
        raise SignInRefused(Reason.PROVIDER_CLOSED, "The provider is closed.")
    client = client_of(provider)
    check_response_issuer(request.args.getlist("iss"), issuer=provider.issuer, promised=client.promises_issuer())
    if "error" in request.args:
        raise _said(request.args["error"])
    code = request.args.get("code", "")
    if not 0 < len(code) <= _LONGEST:
        raise SignInRefused(Reason.PROVIDER_ERROR, "The answer has neither a code nor an error.")
    return client.exchange(code, verifier=attempt.verifier, nonce=attempt.nonce)


def _said(error: str) -> SignInRefused:
    """What the provider says by an error; its own words are not shown, for anybody can write them."""
    name = error if _ERROR.fullmatch(error) else "unreadable"
    if name in _NEEDS_PERSON:
        return SignInRefused(Reason.SIGN_IN_AGAIN, f"The provider says {name}.")
    reason = Reason.DECLINED if name == "access_denied" else Reason.PROVIDER_ERROR
    return SignInRefused(reason, f"The provider says {name}.")


def _not_proven(provider: IdentityProvider, attempt: Attempt, refusal: SignInRefused) -> ResponseReturnValue:
    """A first sign-in is refused; a session that was asked about ends, unless the provider could not say."""
    found = current_session().found
    if not attempt.silent or found is None or found.person is None:
        return refused.refuse(provider.code, refusal, attempt.following)
    if refusal.reason in NOT_THE_PERSON:
        return redirect(attempt.following, 303)
    row_id = found.row.id
    answer = _once_more(lambda uow: sign_ins.refuse_refresh(uow, row_id, refusal))
    current_session().close()
    return refused.show(answer, attempt.following)


def _let_in(provider: IdentityProvider, attempt: Attempt, proof: Proof) -> ResponseReturnValue:
    settings, secret = current().settings, new_secret()
    every = timedelta(minutes=settings.session_refresh_minutes)
    session = NewSession(secret, limits_of(settings), every, request.headers.get("User-Agent", ""))
    outcome = _once_more(lambda uow: sign_ins.accept(uow, provider, proof, session))
    if outcome.outcome != sign_ins.ACCEPTED:
        return refused.show(outcome, attempt.following)
    current_session().start(secret)
    return redirect(attempt.following, 303)


def _go_on(provider: IdentityProvider, attempt: Attempt, proof: Proof) -> ResponseReturnValue:
    found = current_session().found
    if found is None or found.person is None:  # it ended meanwhile: this is no way to begin a new one
        return redirect(attempt.following, 303)
    row_id, every = found.row.id, timedelta(minutes=current().settings.session_refresh_minutes)
    outcome = _once_more(lambda uow: sign_ins.accept_refresh(uow, provider, row_id, proof, every))
    if outcome is None:
        return redirect(attempt.following, 303)
    current_session().close()
    return refused.show(outcome, attempt.following)


def _once_more(change: Callable[[UnitOfWork], Outcome]) -> Outcome:
    """In one unit of work; again if another request made the same official at the same moment."""
    try:
        return _in_one(change)
    except Conflict:
        return _in_one(change)


def _in_one(change: Callable[[UnitOfWork], Outcome]) -> Outcome:
    with current_hub().work(HUB) as uow:
        outcome = change(uow)
        uow.commit()
    return outcome
