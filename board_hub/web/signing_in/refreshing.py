"""Asking the provider again whether somebody who is signed in still belongs here; leavers leave by this."""

from datetime import timedelta

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from board_hub.domain.addresses import local_path
from board_hub.domain.events import HUB
from board_hub.domain.openid import Reason, SignInRefused
from board_hub.http.current import current, current_hub
from board_hub.http.openid.clients import client_of
from board_hub.services.people import providers, sign_ins
from board_hub.services.people.sessions import FoundSession
from board_hub.store.people_tables import IdentityProvider, WebSession
from board_hub.web.session import current_session
from board_hub.web.signing_in.going import address_at, here

GRACE = timedelta(minutes=30)
"""Where asking again needs a page of the provider, forms and parts of pages go on so long: nobody loses a text."""
NOT_THE_PERSON = frozenset({Reason.PROVIDER_AWAY, Reason.PROVIDER_WRONG, Reason.PROVIDER_ERROR})
"""The provider could not say; the session lives until its own limit, and it is asked again soon."""


def ask_again() -> ResponseReturnValue | None:
    """On a page of somebody who is signed in: None to go on, otherwise the answer. May end the session."""
    found, now = current_session().found, current_hub().clock()
    if found is None or found.person is None or found.row.refresh_at is None or now < found.row.refresh_at:
        return None
    if found.row.refresh_sealed is None:
        return _ask_by_page(found.row)
    provider = _claim(found.row)
    return _ask_by_token(found, provider) if provider is not None else None


def _claim(row: WebSession) -> IdentityProvider | None:
    """The provider to ask, unless another request does so at this moment."""
    with current_hub().work(HUB) as uow:
        provider = providers.get_provider(uow, row.provider or "")
        claimed = sign_ins.claim_refresh(uow, row)
        uow.commit()
    return provider if claimed else None


def _ask_by_token(found: FoundSession, provider: IdentityProvider) -> ResponseReturnValue | None:
    assert found.person is not None
    assert found.row.refresh_sealed is not None
    token = current_hub().sealer.unseal(found.row.refresh_sealed).decode()
    every = timedelta(minutes=current().settings.session_refresh_minutes)
    try:
        proof = client_of(provider).refresh(token, found.person.official.subject, found.row.acr or "")
    except SignInRefused as refusal:
        if refusal.reason in NOT_THE_PERSON:
            return None
        with current_hub().work(HUB) as uow:
            sign_ins.refuse_refresh(uow, found.row.id, refusal)
            uow.commit()
        return sign_in_anew()
    with current_hub().work(HUB) as uow:
        refused = sign_ins.accept_refresh(uow, provider, found.row.id, proof, every)
        uow.commit()
    return sign_in_anew() if refused is not None else None


def _ask_by_page(row: WebSession) -> ResponseReturnValue | None:
    """By way of the browser, without a word to the person where the provider still knows it."""
    if request.method != "GET" or request.headers.get("HX-Request"):
        assert row.refresh_at is not None
        return sign_in_anew() if current_hub().clock() > row.refresh_at + GRACE else None
    provider = _claim(row)
    if provider is None:
        return None
    try:
        return redirect(address_at(provider, here(), silent=True), 303)
    except SignInRefused:
        return None


def sign_in_anew() -> ResponseReturnValue:
    """To the sign-in page, and from there back to where the person wanted to go."""
    wanted = here() if request.method == "GET" else url_for("actions.home")
    if request.headers.get("HX-Request"):
        shown = request.headers.get("HX-Current-URL", "").removeprefix(current().public_url)
        target = url_for("login.choose", next=local_path(shown))
        return Response("", 401, {"HX-Redirect": target})
    return redirect(url_for("login.choose", next=wanted), 303)
