"""What a form of a notice type posts, as the JSON values of the notice: read without loss, judged by the gate alone.

A value that cannot be read as its type (letters where a number is wanted) stays the text that was typed, so that it
is refused at its place and shown again. Names: `f-system-name`, `f-operators-0-name`, `m-system-status`.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from math import isfinite
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from board_hub.domain.envelope import participant_urn
from board_hub.law.catalogue import Field, FieldType, NoticeType

FIELD, MISSING = "f", "m"
OTHER, ZONE, STATUS, REASON = "other", "zone", "status", "reason"
"""Endings of the names of a field's further controls."""
MOST_ROWS = 200
_WHOLE = re.compile(r"[+-]?[0-9]{1,30}")
_NUMBER = re.compile(r"[+-]?[0-9]{1,30}(\.[0-9]{1,30})?([eE][+-]?[0-9]{1,3})?")
_OFFSET = re.compile(r"[+-][0-9]{2}:[0-9]{2}")
_KEY = re.compile(r"([A-Z0-9-]{1,40})\s*/\s*(\S{1,100})")
_URN = "urn:aiboard:participant:"


class Form(Protocol):
    """What was posted: werkzeug's MultiDict, as far as it is used here."""

    def get(self, key: str, default: str, /) -> str: ...
    def getlist(self, key: str, /) -> list[str]: ...
    def __iter__(self) -> Iterator[str]: ...


def name_of(*parts: str | int) -> str:
    """The name of a control, which is its element's id as well."""
    return "-".join(str(part) for part in (FIELD, *parts))


def read_fields(notice_type: NoticeType, form: Form, *, without: str = "") -> dict[str, Any]:
    """`data.fields` of what was posted; nothing where nothing was given. without: the name of a row to leave out."""
    return _Reading(form, without).members(notice_type.fields, FIELD)


def read_missing(notice_type: NoticeType, form: Form) -> dict[str, dict[str, str]]:
    """`data.missing`: why a field is not given."""
    found = {}
    for one in notice_type.fields:
        status = form.get(f"{MISSING}-{one.name}-{STATUS}", "").strip()
        reason = clean(form.get(f"{MISSING}-{one.name}-{REASON}", ""))
        if status or reason.strip():
            found[one.name] = {"status": status, "reason": reason}
    return found


def clean(text: str) -> str:
    """Line ends as the hub stores them; no NUL, which not every database takes."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")


class _Reading:
    """One form being read."""

    def __init__(self, form: Form, without: str) -> None:
        self.form, self.without = form, without
        self.keys = list(form)

    def members(self, fields: Sequence[Field], name: str) -> dict[str, Any]:
        given = ((one.name, self.value(one, f"{name}-{one.name}")) for one in fields)
        return {key: value for key, value in given if value is not None}

    def value(self, one: Field, name: str) -> Any:
        """The field's value; None where nothing was given."""
        if not one.many:
            return self.single(one, name)
        if one.type is FieldType.MESSAGE:
            lines = clean(self.form.get(f"{name}-{OTHER}", "")).split("\n")
            return [to_message(text) for text in (*self.form.getlist(name), *lines) if text.strip()] or None
        if one.type in (FieldType.CODE, FieldType.PARTICIPANT):
            return list(dict.fromkeys(text for text in map(clean, self.form.getlist(name)) if text.strip())) or None
        rows = (self.single(one, f"{name}-{index}") for index in self.rows(name))
        return [row for row in rows if row is not None] or None

    def rows(self, name: str) -> list[int]:
        """Numbers of the rows that were posted, in order."""
        pattern = re.compile(rf"{re.escape(name)}-([0-9]{{1,4}})(?:-.*)?", re.DOTALL)
        numbers = {int(match[1]) for key in self.keys if (match := pattern.fullmatch(key))}
        return [one for one in sorted(numbers)[:MOST_ROWS] if f"{name}-{one}" != self.without]

    def single(self, one: Field, name: str) -> Any:
        if one.structure:
            return self.members(one.structure.fields, name) or None
        text = clean(self.form.get(name, ""))
        if one.type is FieldType.MESSAGE:
            text = self.form.get(f"{name}-{OTHER}", "").strip() or text
        if not text or text.isspace():
            return None
        if one.type is FieldType.DATETIME:
            return to_moment(text.strip(), self.form.get(f"{name}-{ZONE}", ""))
        return _READ.get(one.type, str.strip)(text)


def to_number(text: str) -> object:
    """The number typed, thousands apart or not; the text itself where it is none."""
    plain = re.sub(r"\s", "", text)
    if _WHOLE.fullmatch(plain):
        return int(plain)
    if _NUMBER.fullmatch(plain) and isfinite(number := float(plain)):
        return number
    return text


def to_moment(text: str, zone: str) -> str:
    """A local day and time in a zone, or with an offset, as RFC 3339; what cannot be read stays as it is."""
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None and _OFFSET.fullmatch(zone):
            return moment.isoformat() + zone
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=ZoneInfo(zone))
    except (ValueError, OSError, KeyError, OverflowError):  # no moment, or no zone that this machine knows
        return text
    return moment.isoformat()


def to_message(text: str) -> object:
    """`FR-CNIL/0195f3a0-…` as the object that names a message; the text itself where it is none."""
    match = _KEY.fullmatch(text.strip())
    try:
        return {"source": participant_urn(match[1]), "id": match[2]} if match else text.strip()
    except ValueError:
        return text.strip()


def message_text(value: object) -> str:
    """How a form writes the object that names a message."""
    if isinstance(value, Mapping):
        return f"{str(value.get('source', '')).removeprefix(_URN)}/{value.get('id', '')}"
    return str(value or "")


def to_truth(text: str) -> object:
    return {"true": True, "false": False}.get(text.strip(), text)


_READ: dict[FieldType, Callable[[str], object]] = {
    FieldType.TEXT: lambda text: text,
    FieldType.BOOLEAN: to_truth,
    FieldType.INTEGER: to_number,
    FieldType.DECIMAL: to_number,
    FieldType.COUNTRY: lambda text: text.strip().upper(),
    FieldType.MESSAGE: to_message,
}


def read_codes(form: Form, name: str) -> list[str]:
    """Codes that were ticked, each once."""
    return list(dict.fromkeys(clean(text).strip() for text in form.getlist(name) if text.strip()))


def read_open_rows(given: Iterable[str]) -> dict[str, int]:
    """Rows that a page is to show at least, by the name of their list: `rows=f-operators:3`."""
    found = {}
    for one in given:
        name, _, number = one.partition(":")
        if re.fullmatch(r"[1-9][0-9]{0,2}", number):
            found[name] = min(int(number), MOST_ROWS)
    return found
