"""Keyset pages: where the next one goes on, as an opaque cursor that means nothing to who holds it."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

from board_hub.domain.errors import Invalid

Line = TypeVar("Line")
PAGE = 50
LONGEST_PAGE = 200


@dataclass(frozen=True)
class Page(Generic[Line]):
    """Some lines of a list; `following` is the cursor of the next page, None after the last line."""

    lines: tuple[Line, ...]
    following: str | None = None


@dataclass(frozen=True)
class Place:
    """A line's place in a list ordered by a moment and an id."""

    at: datetime
    id: UUID


def cut(lines: Sequence[Line], limit: int, cursor_of: Callable[[Line], str]) -> Page[Line]:
    """One page of at most `limit` lines, of `limit` + 1 that were asked for."""
    if len(lines) <= limit:
        return Page(tuple(lines))
    return Page(tuple(lines[:limit]), cursor_of(lines[limit - 1]))


def to_cursor(*parts: str | int) -> str:
    """The cursor of a place, given by its parts."""
    return urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def from_cursor(cursor: str, *kinds: type) -> tuple[str | int, ...]:
    """The parts of a cursor, of these kinds. Raises Invalid for what no page gave."""
    try:
        parts = json.loads(urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (NotBase64, ValueError, RecursionError):
        raise unreadable() from None
    if not isinstance(parts, list) or [type(part) for part in parts] != list(kinds):
        raise unreadable()
    return tuple(parts)


def unreadable() -> Invalid:
    return Invalid.one("field.invalid", "/cursor", "Must be a cursor as a page gave it.")


def place_cursor(place: Place) -> str:
    return to_cursor(place.at.isoformat(), str(place.id))


def read_place(cursor: str) -> Place:
    """The place in a cursor. Raises Invalid for what no page gave."""
    at, id_ = from_cursor(cursor, str, str)
    try:
        place = Place(datetime.fromisoformat(str(at)), UUID(str(id_)))
    except ValueError:
        raise unreadable() from None
    if place.at.tzinfo is None:
        raise unreadable()
    return place


def read_id(cursor: str) -> UUID:
    """The id in a cursor of a list ordered by id alone. Raises Invalid for what no page gave."""
    (id_,) = from_cursor(cursor, str)
    try:
        return UUID(str(id_))
    except ValueError:
        raise unreadable() from None
