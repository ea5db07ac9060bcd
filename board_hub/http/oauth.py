"""OAuth 2 for participants' systems: the token endpoint, the hub's metadata (RFC 8414) and its public keys."""

import logging
from typing import Any

from authlib.integrations.flask_oauth2 import AuthorizationServer
from authlib.integrations.flask_oauth2.requests import FlaskOAuth2Payload, FlaskOAuth2Request
from authlib.oauth2.rfc6749 import ClientMixin, OAuth2Request
from authlib.oauth2.rfc6749.errors import InvalidClientError
from authlib.oauth2.rfc6749.grants import ClientCredentialsGrant
from authlib.oauth2.rfc6750 import BearerTokenGenerator
from flask import Flask, Request, Response, current_app, g, jsonify, request

from board_hub.domain.errors import Forbidden
from board_hub.domain.events import HUB
from board_hub.http import correlation
from board_hub.http.current import current, current_hub, serving_of
from board_hub.http.openapi import HubBlueprint
from board_hub.http.problems import problem
from board_hub.http.security import MAX_FORM
from board_hub.services.exchange.signing import ALGORITHM
from board_hub.services.exchange.tokens import Caller, check_assertion, issue_token, list_hub_keys

TOKEN_PATH = "/oauth2/token"  # noqa: S105 (a path)
KEYS_PATH = "/.well-known/jwks.json"
ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
METHOD = "private_key_jwt"
GRANT = "client_credentials"
_KEY = "board_hub_oauth"
_KEYS_FRESH = "public, max-age=300"

blueprint = HubBlueprint("sign-in", __name__, description="Signing in a participant's system.")


class _Client(ClientMixin):  # type: ignore[misc]  # authlib has no types
    """A participant's system as authlib sees a client: it has no scopes, one grant and one way to prove itself."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    def get_client_id(self) -> str:
        return self.caller.code

    def get_allowed_scope(self, scope: str | None) -> str:
        return ""

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type == GRANT

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:
        return method == METHOD


class _Grant(ClientCredentialsGrant):  # type: ignore[misc]
    TOKEN_ENDPOINT_AUTH_METHODS = [METHOD]


class _TokenRequest(FlaskOAuth2Request):  # type: ignore[misc]
    """TLS ends at the proxy before the hub; authlib would refuse the plain request behind it."""

    def __init__(self, incoming: Request) -> None:
        OAuth2Request.__init__(self, incoming.method, f"https://hub{TOKEN_PATH}", headers=incoming.headers)
        self._request = incoming
        self.payload = FlaskOAuth2Payload(incoming)


class _Server(AuthorizationServer):  # type: ignore[misc]
    """Authlib's token endpoint with the hub's own rules (services.tokens) and answers."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app, query_client=lambda _code: None, save_token=lambda _token, _request: None)
        seconds = serving_of(app).settings.token_seconds
        generator = BearerTokenGenerator(_issue, expires_generator=lambda _client, _grant: seconds)
        self.register_token_generator("default", generator)
        self.register_client_auth_method(METHOD, _authenticate)
        self.register_grant(_Grant)

    def create_oauth2_request(self, _request: Any) -> _TokenRequest:
        return _TokenRequest(request._get_current_object())  # type: ignore[attr-defined]

    def handle_response(self, status_code: int, payload: dict[str, Any], headers: Any) -> Response:
        if "error" not in payload:
            return Response(jsonify(payload).data, status_code, headers)
        detail = payload.get("error_description")
        members = {name: payload[name] for name in ("error", "error_description") if payload.get(name)}
        return problem(status_code, title="No token", kind="no-token", detail=detail, members=members)


def register(app: Flask) -> None:
    """Give the application its token endpoint."""
    logging.getLogger("authlib").setLevel(logging.INFO)  # its debug lines show tokens
    app.extensions[_KEY] = _Server(app)


def _audiences() -> set[str]:
    return {current().public_url, current().public_url + TOKEN_PATH}


def _authenticate(_query_client: object, incoming: OAuth2Request) -> _Client | None:
    form = incoming.form
    if form.get("client_assertion_type") != ASSERTION_TYPE or not form.get("client_assertion"):
        return None
    try:
        caller = check_assertion(g.token_work, form["client_assertion"], _audiences())
    except Forbidden as refusal:
        raise InvalidClientError(description=str(refusal)) from None
    correlation.note(participant=caller.code)
    return _Client(caller)


def _issue(client: _Client, grant_type: str, user: object, scope: str) -> str:
    serving = current()
    seconds = serving.settings.token_seconds
    return issue_token(g.token_work, client.caller, issuer=serving.public_url, seconds=seconds)


_FORM: dict[str, Any] = {
    "type": "object",
    "required": ["grant_type", "client_assertion_type", "client_assertion"],
    "properties": {
        "grant_type": {"const": GRANT},
        "client_assertion_type": {"const": ASSERTION_TYPE},
        "client_assertion": {
            "type": "string",
            "description": "A JWT signed with your key (ES256, kid in the header): iss and sub your participant code, "
            "aud this endpoint, exp at most five minutes ahead, jti never used before.",
        },
    },
}
_TOKEN: dict[str, Any] = {
    "type": "object",
    "required": ["access_token", "token_type", "expires_in"],
    "properties": {
        "access_token": {"type": "string"},
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer", "description": "Seconds."},
    },
}


@blueprint.route(TOKEN_PATH, methods=["POST"])
@blueprint.response(200, schema=_TOKEN, description="An access token.")
@blueprint.doc(
    security=[],
    requestBody={"required": True, "content": {"application/x-www-form-urlencoded": {"schema": _FORM}}},
)
def create_token() -> Response:
    """Get an access token for ten minutes by a client assertion (RFC 7523)."""
    request.max_content_length = MAX_FORM
    server: _Server = current_app.extensions[_KEY]
    with current_hub().work(HUB) as uow:
        g.token_work = uow
        response: Response = server.create_token_response()
        if response.status_code == 200:
            uow.commit()  # the assertion is used up, on record before the token leaves
    return response


@blueprint.route(KEYS_PATH, methods=["GET"])
@blueprint.response(200, schema={"type": "object", "required": ["keys"]}, description="A JWK set (RFC 7517).")
@blueprint.doc(security=[])
def get_hub_keys() -> Response:
    """The hub's public keys: what verifies its receipts, its countersignatures and its tokens."""
    with current_hub().work(HUB) as uow:
        keys = list_hub_keys(uow)
    answer = jsonify(keys=keys)
    answer.headers["Cache-Control"] = _KEYS_FRESH
    return answer


@blueprint.route("/.well-known/oauth-authorization-server", methods=["GET"])
@blueprint.response(200, schema={"type": "object", "required": ["issuer", "token_endpoint"]}, description="Metadata.")
@blueprint.doc(security=[])
def get_metadata() -> Response:
    """What an OAuth 2 client needs to know of the hub (RFC 8414)."""
    url = current().public_url
    answer = jsonify(
        issuer=url,
        token_endpoint=url + TOKEN_PATH,
        jwks_uri=url + KEYS_PATH,
        grant_types_supported=[GRANT],
        response_types_supported=[],
        token_endpoint_auth_methods_supported=[METHOD],
        token_endpoint_auth_signing_alg_values_supported=[ALGORITHM],
    )
    answer.headers["Cache-Control"] = _KEYS_FRESH
    return answer
