"""A provider's public keys: fetched again when old, or when a token names an unknown one, within limits."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from joserfc.errors import JoseError
from joserfc.jwk import import_key

from board_hub.domain.openid import Reason, SignInRefused

EVERY = timedelta(minutes=5)
"""Keys are fetched again when they are older than this and needed, and not more often."""
UNKNOWN = timedelta(minutes=1)
"""A token with an unknown kid makes the hub fetch once in this time at most: anybody can make such tokens up."""
LONGEST = timedelta(minutes=15)
"""A key that the provider has withdrawn is honoured no longer than this, whatever fails."""
_MOST_KEYS = 50
_KINDS = ("EC", "RSA", "OKP")


class ProviderKeys:
    """Keys by kid; several threads may ask at once, one of them fetches."""

    def __init__(self, fetch: Callable[[], Mapping[str, object]], clock: Callable[[], datetime]) -> None:
        self._fetch, self._clock = fetch, clock
        self._lock = threading.Lock()
        self._keys: dict[str | None, list[Any]] = {}
        self._fetched_at: datetime | None = None
        self._tried_at: datetime | None = None

    def find(self, kid: str | None) -> list[Any]:
        """Keys of this name (without a name: all): those a signature may be tried with. Raises SignInRefused."""
        with self._lock:
            now = self._clock()
            if self._is_older(now, EVERY):
                self._refresh(now)
            if self._is_older(now, LONGEST):
                raise SignInRefused(Reason.PROVIDER_AWAY, "The provider's keys cannot be fetched.")
            if kid is not None and kid not in self._keys:
                self._refresh(now)
            found = [one for several in self._keys.values() for one in several] if kid is None else self._keys.get(kid)
        if not found:
            raise SignInRefused(Reason.ID_TOKEN, "The token is refused: its kid is none of the provider's keys.")
        return found

    def count(self) -> int:
        """How many usable keys the provider shows. Raises SignInRefused if they cannot be fetched."""
        with self._lock:
            self._tried_at = None
            self._refresh(self._clock())
            return sum(map(len, self._keys.values()))

    def _is_older(self, now: datetime, age: timedelta) -> bool:
        return self._fetched_at is None or now - self._fetched_at >= age

    def _refresh(self, now: datetime) -> None:
        """Fetch, unless that was tried less than a minute ago; keys that are there stay until they are too old."""
        if self._tried_at is not None and now - self._tried_at < UNKNOWN:
            return
        self._tried_at = now
        try:
            self._keys, self._fetched_at = _read(self._fetch()), now
        except SignInRefused:
            if self._is_older(now, LONGEST):
                raise


def _read(content: Mapping[str, object]) -> dict[str | None, list[Any]]:
    """Public signature keys of a JWK set; what is none, or not known here, is passed over."""
    several = content.get("keys")
    if not isinstance(several, list):
        raise SignInRefused(Reason.PROVIDER_WRONG, "The provider's key set has no keys.")
    keys: dict[str | None, list[Any]] = {}
    for one in several[:_MOST_KEYS]:
        if not isinstance(one, dict) or one.get("kty") not in _KINDS or one.get("use", "sig") != "sig":
            continue
        try:
            key = import_key(one)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        kid = one.get("kid")
        keys.setdefault(kid if isinstance(kid, str) else None, []).append(key)
    return keys
