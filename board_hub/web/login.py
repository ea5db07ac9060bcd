"""Signing in and out: choose your Member State, go to its identity provider; end the session here and there."""

from authlib.common.urls import add_params_to_uri
from flask import make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound as NoSuchPage

from board_hub.domain.addresses import local_path
from board_hub.domain.errors import NotFound
from board_hub.domain.events import HUB
from board_hub.domain.openid import Reason, SignInRefused
from board_hub.http.current import current, current_hub
from board_hub.http.openid.clients import client_of
from board_hub.services.operation.snapshot import look
from board_hub.services.people import providers, sessions
from board_hub.services.people.sessions import FoundSession
from board_hub.store.people_tables import IdentityProvider
from board_hub.web.pages import OpenPages
from board_hub.web.session import current_session
from board_hub.web.signing_in import refused
from board_hub.web.signing_in.choices import groups_of
from board_hub.web.signing_in.going import address_at

login = OpenPages("login", __name__)
CHOICE = "provider"
"""The cookie that remembers the last choice."""
_ONE_YEAR = 365 * 24 * 3600
FORGET = '"cache", "cookies", "storage"'


@login.get("/login")
def choose() -> ResponseReturnValue:
    """Choose your Member State."""
    following = local_path(request.args.get("next"))
    found = current_session().found
    if found is not None and found.person is not None:
        return redirect(following, 303)
    with look(current_hub(), HUB) as uow:
        known = providers.list_providers(uow, with_closed=False)
    last = next((one for one in known if one.code == request.cookies.get(CHOICE)), None)
    return render_template("login/choose.html", groups=groups_of(known), last=last, following=following)


@login.route("/login/<code>", methods=["GET", "POST"])
def start(code: str) -> ResponseReturnValue:
    """Go to the provider."""
    provider = _provider(code)
    following = local_path(request.args.get("next"))
    try:
        if not provider.active:
            raise SignInRefused(Reason.PROVIDER_CLOSED, "The provider is closed.")
        answer = redirect(address_at(provider, following), 303)
    except SignInRefused as refusal:
        return refused.refuse(provider.code, refusal, following)
    secure = current().public_url.startswith("https:")
    answer.set_cookie(CHOICE, provider.code, max_age=_ONE_YEAR, secure=secure, httponly=True, samesite="Lax")
    return answer


@login.post("/logout")
def sign_out() -> ResponseReturnValue:
    """End the session here, then the provider's own where it offers that.

    By a page that goes on by itself: a redirect after a form would be stopped by the pages' content policy.
    """
    found = current_session().found
    target = _end_here(found) if found is not None else None
    current_session().close()
    answer = make_response(render_template("login/signed_out.html", target=target))
    answer.headers["Clear-Site-Data"] = FORGET
    if target:
        answer.headers["Refresh"] = f"0; url={target}"
    return answer


@login.get("/login/signed-out")
def signed_out() -> str:
    """Where a provider sends people after it has ended its own session."""
    return render_template("login/signed_out.html", target=None)


def _end_here(found: FoundSession) -> str | None:
    """End the session's row; where the provider ends its own, if it does."""
    with current_hub().work(HUB) as uow:
        sessions.end_session(uow, found.row.id, "signed out")
        provider = providers.get_provider(uow, found.row.provider) if found.row.provider else None
        uow.commit()
    endpoint = client_of(provider).end_session_endpoint() if provider is not None else None
    if provider is None or endpoint is None:
        return None
    back = current().public_url + url_for("login.signed_out")
    return str(add_params_to_uri(endpoint, [("client_id", provider.client_id), ("post_logout_redirect_uri", back)]))


def _provider(code: str) -> IdentityProvider:
    try:
        with look(current_hub(), HUB) as uow:
            return providers.get_provider(uow, code)
    except NotFound:
        raise NoSuchPage from None
