"""An identity provider that does what a test tells it, right or wrong: real HTTP on loopback, real signatures."""

import json
import threading
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from hmac import digest
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from joserfc import jws, jwt
from joserfc.jwk import ECKey
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wrappers import Request, Response

SUBSTANTIAL = "http://eidas.europa.eu/LoA/substantial"
HIGH = "http://eidas.europa.eu/LoA/high"
LOW = "http://eidas.europa.eu/LoA/low"
CLIENT_ID = "board-hub"


class _Gone:
    """Has a name of its own: tests that run side by side must be called the same in each process."""

    def __repr__(self) -> str:
        return "GONE"


GONE = _Gone()
"""As a claim's value: the claim is left out."""
Environment = dict[str, Any]


def new_key(kid: str) -> ECKey:
    return ECKey.generate_key("P-256", {"kid": kid, "use": "sig"})


def left_half(text: str) -> str:
    return _base64url(sha256(text.encode()).digest()[:16])


@dataclass
class FakeProvider:
    """Right by default. Change a field to make it misbehave.

    claims, userinfo, metadata, answer change what it says (GONE leaves out); header, key, algorithm how it signs;
    before(path) runs before each answer (to wait, to fail); seen counts requests by path; forms are those it got.
    """

    issuer: str
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    person: dict[str, Any] = field(default_factory=lambda: {"sub": "person-1", "name": "Camille Martin"})
    claims: dict[str, Any] = field(default_factory=dict)
    userinfo: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    answer: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    keys: list[ECKey] = field(default_factory=lambda: [new_key("first")])
    algorithm: str = "ES256"
    refresh_tokens: bool = False
    before: Callable[[str], Response | None] = lambda _path: None
    seen: Counter[str] = field(default_factory=Counter)
    forms: list[dict[str, str]] = field(default_factory=list)
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)
    _refreshes: set[str] = field(default_factory=set)

    def authorize(self, address: str) -> dict[str, str]:
        """What the browser brings back after the person proved who it is at this authorization address."""
        wanted = dict(parse_qsl(urlsplit(address).query))
        code = f"code-{len(self._codes)}-{wanted['state'][:8]}"
        self._codes[code] = wanted
        return {"code": code, "state": wanted["state"], "iss": self.issuer}

    def id_token(self, nonce: str | None, access_token: str, **changes: Any) -> str:
        now = int(self.clock().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "exp": now + 300,
            "iat": now,
            "auth_time": now - 5,
            "acr": SUBSTANTIAL,
            "sid": "provider-session-1",
            "nonce": nonce,
            "at_hash": left_half(access_token),
            **self.person,
        }
        return self.sign(claims | self.claims | changes)

    def logout_token(self, **changes: Any) -> str:
        now = int(self.clock().timestamp())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 120,
            "jti": f"logout-{self.seen['logout']}",
            "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
            "sub": self.person["sub"],
            "sid": "provider-session-1",
        }
        self.seen["logout"] += 1
        header = {"typ": changes.pop("typ", "logout+jwt")}
        return self.sign(claims | changes, header=header)

    def sign(self, claims: dict[str, Any], header: dict[str, Any] | None = None, key: Any = None) -> str:
        key = key or self.keys[0]
        kept = {name: value for name, value in claims.items() if value is not GONE and value is not None}
        full = {"alg": self.algorithm, "kid": key.kid} | (header or {}) | self.header
        full = {name: value for name, value in full.items() if value is not GONE}
        if full["alg"] in ("none", "HS256"):
            return _sign_badly(full, kept, key)
        registry = jws.JWSRegistry(algorithms=[full["alg"]], strict_check_header=False)
        return jwt.encode(full, kept, key, registry=registry)

    def respond(self, request: Request, path: str) -> Response:
        self.seen[path] += 1
        early = self.before(path)
        if early is not None:
            return early
        if path == "/.well-known/openid-configuration":
            return _json(self._metadata())
        if path == "/jwks":
            return _json({"keys": [key.as_dict(private=False) for key in self.keys]})
        if path == "/token":
            return self._token(request)
        if path == "/userinfo":
            return _json(_without_gone(self.person | self.userinfo))
        return Response("no such thing", 404)

    def _metadata(self) -> dict[str, Any]:
        content = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/jwks",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "end_session_endpoint": f"{self.issuer}/end",
            "authorization_response_iss_parameter_supported": True,
            "id_token_signing_alg_values_supported": ["none", "HS256", "ES256", "RS256"],
        }
        return _without_gone(content | self.metadata)

    def _token(self, request: Request) -> Response:
        form = request.form.to_dict()
        self.forms.append(form)
        nonce = None
        if form.get("grant_type") == "refresh_token":
            if form.get("refresh_token") not in self._refreshes:
                return _json({"error": "invalid_grant"}, 400)
            self._refreshes.discard(form["refresh_token"])
        else:
            wanted = self._codes.pop(form.get("code", ""), None)
            if wanted is None or not _fits(wanted, form):
                return _json({"error": "invalid_grant"}, 400)
            nonce = wanted["nonce"]
        return _json(_without_gone(self._tokens(nonce) | self.answer))

    def _tokens(self, nonce: str | None) -> dict[str, Any]:
        access_token = f"access-{self.seen['/token']}"
        tokens: dict[str, Any] = {"access_token": access_token, "token_type": "Bearer", "expires_in": 300}
        tokens["id_token"] = self.id_token(nonce, access_token)
        if self.refresh_tokens:
            tokens["refresh_token"] = f"refresh-{self.seen['/token']}"
            self._refreshes.add(tokens["refresh_token"])
        return tokens


def _sign_badly(header: dict[str, Any], claims: dict[str, Any], key: ECKey) -> str:
    """Not at all, or with the public key as if it were a secret: what no library would do."""
    signed = ".".join(_base64url(json.dumps(part).encode()) for part in (header, claims))
    secret = key.as_pem(private=False)
    return f"{signed}." + ("" if header["alg"] == "none" else _base64url(digest(secret, signed.encode(), sha256)))


def _base64url(content: bytes) -> str:
    return urlsafe_b64encode(content).decode().rstrip("=")


def _fits(wanted: dict[str, str], form: dict[str, str]) -> bool:
    challenge = _base64url(sha256(form.get("code_verifier", "").encode()).digest())
    challenged = wanted.get("code_challenge_method") == "S256" and wanted.get("code_challenge") == challenge
    return challenged and wanted["redirect_uri"] == form.get("redirect_uri")


def _without_gone(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if value is not GONE}


def _json(content: Any, status: int = 200) -> Response:
    return Response(json.dumps(content), status, mimetype="application/json")


class Providers:
    """Several providers on one server, each below a path of its own."""

    def __init__(self, base: str) -> None:
        self.base = base
        self._known: dict[str, FakeProvider] = {}
        self._count = 0

    def add(self, **fields: Any) -> FakeProvider:
        self._count += 1
        name = f"p{self._count}"
        provider = self._known[name] = FakeProvider(f"{self.base}/{name}", **fields)
        return provider

    def __call__(self, environment: Environment, start: Callable[..., Any]) -> Iterable[bytes]:
        request = Request(environment)
        _, name, rest = request.path.split("/", 2)
        return self._known[name].respond(request, f"/{rest}")(environment, start)


class _Quiet(WSGIRequestHandler):
    def log(self, *_: Any, **__: Any) -> None:
        """A test's output is its own."""


@pytest.fixture(scope="session")
def fake_providers() -> Iterator[Providers]:
    """The server of fake providers."""
    server = make_server("127.0.0.1", 0, lambda *call: providers(*call), threaded=True, request_handler=_Quiet)
    providers = Providers(f"http://127.0.0.1:{server.server_port}")
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield providers
    server.shutdown()
    server.server_close()


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
