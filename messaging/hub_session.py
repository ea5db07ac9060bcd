"""One participant's session with the hub over HTTPS: signs in, calls, says when the hub is away."""

import json
import time
from base64 import urlsafe_b64encode
from collections.abc import Sequence
from typing import Any

import requests

from board_hub.domain.errors import Unavailable
from board_hub.domain.ids import new_secret
from board_hub.services.exchange.signing import SigningKey


class HubSession:
    """Signs in by a client assertion with the participant's own key (private_key_jwt)."""

    def __init__(self, url: str, code: str, key: SigningKey) -> None:
        self._url = url.rstrip("/")
        self._code = code
        self._key = key
        self._session = requests.Session()
        self._token = ""
        self._token_ends = 0.0

    def close(self) -> None:
        self._session.close()

    def call(
        self, method: str, path: str, *, expected: Sequence[int] = (), token: bool = True, **arguments: Any
    ) -> requests.Response:
        """One request; `expected` are statuses of 400 and above that the caller reads. Raises Unavailable."""
        headers = arguments.pop("headers", {})
        timeout = arguments.pop("timeout", 30)
        try:
            if token:
                headers = headers | {"Authorization": f"Bearer {self._access_token()}"}
            response = self._session.request(method, self._url + path, headers=headers, timeout=timeout, **arguments)
        except requests.RequestException as error:
            raise Unavailable(f"The hub cannot be reached: {type(error).__name__}.") from error
        if response.status_code == 401:
            self._token_ends = 0.0
        if not response.ok and response.status_code not in expected:
            raise Unavailable(f"{method} {path} was answered {response.status_code}: {response.text[:500]}")
        return response

    def _access_token(self) -> str:
        if time.monotonic() >= self._token_ends:
            answer = self.call(
                "POST",
                "/oauth2/token",
                token=False,
                data={
                    "grant_type": "client_credentials",
                    "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                    "client_assertion": self._assertion(),
                },
            ).json()
            self._token = answer["access_token"]
            self._token_ends = time.monotonic() + answer["expires_in"] - 30
        return self._token

    def _assertion(self) -> str:
        now = int(time.time())
        claims = {
            "iss": self._code,
            "sub": self._code,
            "aud": f"{self._url}/oauth2/token",
            "iat": now,
            "exp": now + 60,
            "jti": new_secret(),
        }
        payload = json.dumps(claims).encode()
        header, signature = self._key.sign(payload).split("..")
        return f"{header}.{urlsafe_b64encode(payload).rstrip(b'=').decode()}.{signature}"
