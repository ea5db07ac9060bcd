"""What a provider says of itself (OpenID Connect Discovery): read with care, kept for a while, never trusted beyond."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from board_hub.domain.addresses import is_safe_endpoint
from board_hub.domain.openid import Reason, SignInRefused

Fetch = Callable[[str], Mapping[str, object]]
FRESH = timedelta(minutes=5)
"""A sign-in begins with metadata no older than this: a provider that is down shows before people are sent there."""
LONGEST = timedelta(hours=1)
"""Metadata older than this are worth nothing."""
PAUSE = timedelta(seconds=10)
"""After a failure the provider is left alone for so long: people who wait do not hold all threads."""
_NOT_DONE = ("require_pushed_authorization_requests", "require_signed_request_object")
_WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class Metadata:
    """The endpoints that are used; `names_issuer`: each response carries `iss` (RFC 9207)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str
    userinfo_endpoint: str | None
    end_session_endpoint: str | None
    names_issuer: bool

    @classmethod
    def read(cls, content: Mapping[str, object], issuer: str) -> "Metadata":
        """Raises SignInRefused if the issuer is another than the configured one (ASVS 10.5.3), or an endpoint unfit."""
        if content.get("issuer") != issuer:
            raise _wrong(f"its metadata name the issuer {str(content.get('issuer'))[:200]!r}, configured is {issuer!r}")
        needed = {name: content.get(name) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")}
        wanted = {name: content.get(name) for name in ("userinfo_endpoint", "end_session_endpoint")}
        for name, address in (needed | {key: one for key, one in wanted.items() if one is not None}).items():
            if not is_safe_endpoint(address):
                raise _wrong(f"{name} in its metadata is missing or no https address")
        if any(content.get(name) is True for name in _NOT_DONE):
            raise _wrong("it demands pushed or signed authorization requests, which the hub does not send")
        promised = content.get("authorization_response_iss_parameter_supported") is True
        return cls(issuer=issuer, **needed, **wanted, names_issuer=promised)  # type: ignore[arg-type]


class Kept:
    """Metadata as they were last fetched; one fetch at a time, and none right after a failure."""

    def __init__(self, fetch: Fetch, issuer: str, clock: Callable[[], datetime]) -> None:
        self._fetch, self._issuer, self._clock = fetch, issuer, clock
        self._lock = threading.Lock()
        self._found: tuple[datetime, Metadata] | None = None
        self._failed: tuple[datetime, SignInRefused] | None = None

    def get(self, within: timedelta = LONGEST) -> Metadata:
        """Metadata no older than `within`. Raises SignInRefused."""
        with self._lock:
            now = self._clock()
            if self._found and now - self._found[0] < within:
                return self._found[1]
            if self._failed and now - self._failed[0] < PAUSE:
                raise self._failed[1]
            try:
                metadata = Metadata.read(self._fetch(self._issuer.rstrip("/") + _WELL_KNOWN), self._issuer)
            except SignInRefused as refusal:
                self._failed = (now, refusal)
                raise
            self._found, self._failed = (now, metadata), None
            return metadata


def _wrong(why: str) -> SignInRefused:
    return SignInRefused(Reason.PROVIDER_WRONG, f"The provider is not set up as it should be: {why}.")
