"""Names for what the hub stores: UUIDs that sort by time, and secrets nobody can guess."""

import os
import secrets
import threading
from datetime import UTC, datetime
from uuid import UUID

_RANDOM_BITS = 74  # rand_a (12) and rand_b (62) of RFC 9562 §5.7, used as one counter (§6.2, method 2)
_STEP_BITS = 32
_ROLLBACK_MS = 10_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class _Generator:
    """The last value given out, under a lock, so that the next one is greater."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._millisecond = -1
        self._random = 0

    def next(self, millisecond: int) -> UUID:
        with self._lock:
            # A clock set back a little (NTP, a unit of work that began earlier) must not break the order;
            # one set back far was wrong before, and its future must not be carried on.
            if millisecond > self._millisecond or millisecond < self._millisecond - _ROLLBACK_MS:
                self._start(millisecond)
            else:
                self._random += 1 + secrets.randbits(_STEP_BITS)
                if self._random >> _RANDOM_BITS:
                    self._start(self._millisecond + 1)
            return _uuid(self._millisecond, self._random)

    def _start(self, millisecond: int) -> None:
        self._millisecond = millisecond
        self._random = secrets.randbits(_RANDOM_BITS - 1)  # the top bit stays free to count into


def _uuid(millisecond: int, random: int) -> UUID:
    high, low = random >> 62, random & ((1 << 62) - 1)
    return UUID(int=millisecond << 80 | 0x7 << 76 | high << 64 | 0b10 << 62 | low)


_generator = _Generator()


def _forget() -> None:
    """A forked child starts anew: it must repeat neither its parent's values nor its parent's held lock."""
    global _generator
    _generator = _Generator()


os.register_at_fork(after_in_child=_forget)


def uuid7(now: datetime | None = None) -> UUID:
    """A UUID version 7 (RFC 9562 §5.7): sorts by time, and within this process by order of calls.

    now: the aware moment to carry, in milliseconds; the present one if None. ValueError for a naive one.
    """
    moment = datetime.now(UTC) if now is None else now
    if moment.tzinfo is None:
        raise ValueError("uuid7 needs an aware datetime")
    elapsed = moment - _EPOCH
    return _generator.next(elapsed.days * 86_400_000 + elapsed.seconds * 1000 + elapsed.microseconds // 1000)


def new_secret() -> str:
    """A fresh secret of 256 random bits: 43 characters of A-Z a-z 0-9 - _."""
    return secrets.token_urlsafe(32)
