"""A provider's word that somebody has signed out (OpenID Connect Back-Channel Logout 1.0): from server to server."""

import structlog
from flask import Blueprint, Response, jsonify, request

from board_hub.domain.errors import Conflict, NotFound
from board_hub.domain.events import HUB
from board_hub.domain.openid import Reason, SignInRefused
from board_hub.http.current import current_hub
from board_hub.http.openid.clients import client_of
from board_hub.http.security import MAX_FORM
from board_hub.services.people import leaving, providers

log = structlog.get_logger(__name__)
backchannel = Blueprint("backchannel", __name__)
"""No page: no cookie and no form's token comes here; the provider's signature is what counts."""


@backchannel.post("/login/<code>/backchannel-logout")
def end_sessions(code: str) -> tuple[Response, int]:
    """200 when the sessions named are over, also if there were none; 400 with the reason otherwise."""
    request.max_content_length = MAX_FORM
    try:
        ended = _end(code, request.form.getlist("logout_token"))
    except SignInRefused as refusal:
        log.warning("logout token refused", provider=code, reason=str(refusal))
        status = 503 if refusal.reason in (Reason.PROVIDER_AWAY, Reason.PROVIDER_WRONG) else 400
        return jsonify(error="invalid_request", error_description=str(refusal)), status
    log.info("signed out by provider", provider=code, sessions=ended)
    return jsonify(), 200


def _end(code: str, tokens: list[str]) -> int:
    if len(tokens) != 1:
        raise SignInRefused(Reason.ID_TOKEN, "Send one logout_token as a form field.")
    try:
        with current_hub().work(HUB) as uow:
            provider = providers.get_provider(uow, code)
        logout = client_of(provider).read_logout(tokens[0])
        with current_hub().work(HUB) as uow:
            ended = leaving.end_by_logout(uow, provider, logout)
            uow.commit()
    except NotFound:
        raise SignInRefused(Reason.ID_TOKEN, "There is no such provider.") from None
    except Conflict:
        raise SignInRefused(Reason.ID_TOKEN, "The token is refused: its jti was used before.") from None
    return ended
