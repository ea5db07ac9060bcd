"""Requests to a provider: in a few seconds, to safe addresses, without redirects, and answers of a limited size."""

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from authlib.integrations.base_client.errors import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import ECKey
from requests import RequestException, Response

from board_hub.domain import strict_json
from board_hub.domain.addresses import is_safe_endpoint
from board_hub.domain.errors import Invalid
from board_hub.domain.ids import new_secret
from board_hub.domain.openid import Reason, SignInRefused
from board_hub.services.exchange.signing import ALGORITHM, SigningKey
from board_hub.services.sealing import Sealer
from board_hub.store.people_tables import IdentityProvider

PATIENCE = 5.0
"""Seconds for a whole call: connecting, and each part of the answer."""
MOST_BYTES = 256 * 1024
ASSERTION_SECONDS = 60
PRIVATE_KEY = "private_key_jwt"
ABOUT_THE_PERSON = {"invalid_grant", "access_denied", "login_required", "interaction_required", "consent_required"}
"""What a token endpoint refuses because of this person; anything else is wrong with how hub and provider are set up."""
_PIECE = 16 * 1024


class ProviderSession(OAuth2Session):  # type: ignore[misc]  # authlib has no types
    """Authlib's session, with limits. Whatever is wrong is a SignInRefused, for the provider is at fault."""

    def request(
        self, method: str, url: str, withhold_token: bool = False, auth: Any = None, **options: Any
    ) -> Response:
        if not is_safe_endpoint(url):
            raise SignInRefused(Reason.PROVIDER_WRONG, "An address of the provider is not https.")
        limits = {"timeout": PATIENCE, "stream": True, "allow_redirects": False}
        ends = time.monotonic() + PATIENCE
        try:
            response: Response = super().request(method, url, withhold_token, auth, **options | limits)
            _read(response, ends)
        except RequestException as error:
            raise SignInRefused(
                Reason.PROVIDER_AWAY, f"The provider does not answer: {type(error).__name__}."
            ) from None
        if response.status_code >= 500 or response.status_code == 429:
            raise SignInRefused(Reason.PROVIDER_AWAY, f"The provider answered with {response.status_code}.")
        if response.is_redirect:
            raise SignInRefused(Reason.PROVIDER_WRONG, "The provider redirects where it should answer.")
        return response


def _read(response: Response, ends: float) -> None:
    """The whole body, or a refusal: one that is too long, or that drips in, holds no thread."""
    body = b""
    for piece in response.iter_content(_PIECE):
        body += piece
        if len(body) > MOST_BYTES:
            response.close()
            raise SignInRefused(Reason.PROVIDER_WRONG, f"The provider's answer has more than {MOST_BYTES} bytes.")
        if time.monotonic() > ends:
            response.close()
            raise SignInRefused(Reason.PROVIDER_AWAY, f"The provider's answer took more than {PATIENCE:.0f} s.")
    response._content, response._content_consumed = body, True  # type: ignore[attr-defined]


def open_session(provider: IdentityProvider, *, key: SigningKey, sealer: Sealer) -> ProviderSession:
    """A session that proves itself as the row says: by the hub's own key, or by the client secret."""
    method = provider.authentication
    secret: Any = None
    if method == PRIVATE_KEY:
        secret = ECKey.import_key(key.to_pem())
    elif provider.secret_sealed is not None:
        secret = sealer.unseal(provider.secret_sealed).decode()
    session = ProviderSession(
        provider.client_id,
        secret,
        token_endpoint_auth_method=method,
        scope=provider.scopes,
        code_challenge_method="S256",
    )
    if method == PRIVATE_KEY:
        session.register_client_auth_method(_assertion(provider, key))
    return session


def _assertion(provider: IdentityProvider, key: SigningKey) -> PrivateKeyJWT:
    """A client assertion for this provider alone: its audience is the issuer, no address that the provider chose."""
    now = int(time.time())
    claims = {"aud": provider.issuer, "exp": now + ASSERTION_SECONDS, "jti": new_secret()}
    return PrivateKeyJWT(claims=claims, headers={"kid": key.kid}, alg=ALGORITHM)


def fetch_json(session: ProviderSession, address: str, *, token: str | None = None) -> dict[str, object]:
    """The JSON object at an address of the provider; token: the access token to show."""
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    response = session.request("GET", address, withhold_token=True, headers=headers)
    if response.status_code != 200:
        raise SignInRefused(Reason.PROVIDER_WRONG, f"The provider answered with {response.status_code}.")
    return read_json(response.content)


def read_json(body: bytes) -> dict[str, object]:
    try:
        return strict_json.decode(body, max_bytes=MOST_BYTES)
    except Invalid as invalid:
        why = invalid.flaws[0].code
        raise SignInRefused(Reason.PROVIDER_WRONG, f"The provider's answer is no JSON object ({why}).") from None


@contextmanager
def token_call() -> Iterator[None]:
    """Around a call to the token endpoint: what the provider refuses, and what is no answer at all."""
    try:
        yield
    except OAuthError as error:
        name = "".join(one for one in str(error.error)[:60] if one.isalnum() or one == "_")
        reason = Reason.CODE_REFUSED if name in ABOUT_THE_PERSON else Reason.PROVIDER_WRONG
        raise SignInRefused(reason, f"The token endpoint refused: {name}.") from None
    except (RequestException, ValueError, TypeError):
        raise SignInRefused(Reason.PROVIDER_WRONG, "The token endpoint's answer cannot be read.") from None


def text_of(answer: Mapping[str, Any], name: str) -> str | None:
    """A token in an answer, if it is one."""
    value = answer.get(name)
    return value if isinstance(value, str) and value else None
