"""What a reader's entry for a case holds: for whom it is, and marks by which a list passes over it quickly.

The marks never decide: a filter looks at them first and then asks the rule. A mark may be set without need, never
missing.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import IntFlag
from uuid import UUID
from zlib import crc32

from board_hub.domain.markings import Marking

PUBLIC, AUTHORITIES = "*public", "*authorities"
"""Pseudo-readers: everybody, and every authority. No participant's code has a star."""
_OPEN_TO = {Marking.PUBLIC: PUBLIC, Marking.AUTHORITIES: AUTHORITIES}
_SENT, _ADDRESSED = 1 << 5, 1 << 6
_FIRST_HASHED, _HASHED = 7, 55


class Standing(IntFlag):
    """How the case's procedures may stand as this reader knows them; both where that is not certain."""

    OPEN = 1
    CLOSED = 2
    UNKNOWN = 3


def keys_for(participants: Collection[str], *, authority: bool) -> tuple[str, ...]:
    """The keys under which a reader finds what it may read."""
    return (*sorted(participants), *((AUTHORITIES,) if authority else ()), PUBLIC)


def keys_of(*, marking: str, sender: str, recipients: Iterable[str]) -> frozenset[str]:
    """The keys under which a notice is found: the rule of `access.can_read`, from the notice's side."""
    named = {sender, *recipients}
    if open_to := _OPEN_TO.get(Marking(marking)):
        named.add(open_to)
    return frozenset(named)


def marking_mark(marking: str) -> int:
    return 1 << list(Marking).index(Marking(marking))


def type_mark(notice_type: str) -> int:
    return _hashed(f"type:{notice_type}")


def procedure_mark(code: str) -> int:
    return _hashed(f"procedure:{code}")


def role_mark(*, sent: bool = False, addressed: bool = False) -> int:
    """The reader sent a notice of the case, or was sent one."""
    return (_SENT if sent else 0) | (_ADDRESSED if addressed else 0)


def _hashed(name: str) -> int:
    return 1 << (_FIRST_HASHED + crc32(name.encode()) % _HASHED)


@dataclass
class Reading:
    """A reader's entry for a case. standing: None keeps what is known; `fresh` is that of a new entry."""

    key: str
    case_id: UUID
    changed_at: datetime
    marks: int = 0
    standing: Standing | None = None
    fresh: Standing = field(default=Standing.OPEN)
