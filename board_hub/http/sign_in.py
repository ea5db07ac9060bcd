"""Who calls: the bearer token of a request, checked against the directory each time."""

from typing import Any, cast

from flask import g, request
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from board_hub.domain.errors import Forbidden
from board_hub.domain.events import HUB
from board_hub.http import correlation
from board_hub.http.current import current
from board_hub.http.openapi import HubBlueprint
from board_hub.services.exchange.tokens import Caller, check_token


class SignedInBlueprint(HubBlueprint):
    """A blueprint none of whose routes is reached without a valid token."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.before_request(require_token)


def require_token() -> None:
    """Raises Unauthorized unless the request carries a token of an active participant (RFC 6750)."""
    given = request.authorization
    if given is None or given.type != "bearer" or not given.token:
        raise _unauthorized("Get a token at /oauth2/token and send it as `Authorization: Bearer …`.", {})
    serving = current()
    try:
        with serving.hub.work(HUB) as uow:
            g.caller = check_token(uow, given.token, issuer=serving.public_url)
    except Forbidden as refusal:
        raise _unauthorized(str(refusal), {"error": "invalid_token"}) from None
    correlation.note(participant=g.caller.code)


def caller() -> Caller:
    """The participant's system that sent the present request."""
    return cast(Caller, g.caller)


def _unauthorized(why: str, parameters: dict[str, str | None]) -> Unauthorized:
    return Unauthorized(why, www_authenticate=WWWAuthenticate("bearer", {"realm": "AI Board hub", **parameters}))
