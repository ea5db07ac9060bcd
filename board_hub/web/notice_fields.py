"""A notice's fields for people: in the catalogue's order, in the reader's language, with what is not given and why."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from board_hub.domain.envelope import participant_code
from board_hub.law.catalogue import Field, FieldType, MissingStatus, NoticeType, Structure, title_in
from board_hub.law.completeness import Completeness, assess
from board_hub.law.members import MEMBERS
from board_hub.web.languages import format_number, gettext, in_language
from board_hub.web.languages import lazy as _

MISSING: dict[str, Any] = {
    MissingStatus.WITHHELD: _("Withheld"),
    MissingStatus.NOT_YET_AVAILABLE: _("Not yet available"),
}
_MEMBERS = {one.code: one.name for one in MEMBERS}


@dataclass(frozen=True)
class Value:
    """One value. kind: text, code, day, instant, url, participant, notice, structure or list; the rest by kind.

    text: as it is shown; moment: of day and instant; key: (source, id) of a notice; parts: of structures; items: lists.
    """

    kind: str
    text: str = ""
    moment: date | datetime | None = None
    key: tuple[str, str] | None = None
    parts: tuple["ShownField", ...] = ()
    items: tuple["Value", ...] = ()


@dataclass(frozen=True)
class ShownField:
    """A field with its words. value: None where it is not given; then missing says why, if the sender did."""

    name: str
    label: str
    help: str
    cite: str
    required: bool
    value: Value | None
    missing: str = ""
    reason: str = ""


@dataclass(frozen=True)
class ShownNotice:
    """What a notice says: its fields, those that nobody explains the absence of, and how complete it is."""

    fields: tuple[ShownField, ...]
    absent: tuple[str, ...]
    completeness: Completeness


def show_fields(notice_type: NoticeType, data: Mapping[str, Any]) -> ShownNotice:
    """The fields of an accepted notice's data: given and explained ones in order, the names of the others."""
    given, missing = data.get("fields", {}), data.get("missing", {})
    shown = tuple(_shown(one, given, missing) for one in notice_type.fields if one.name in given or one.name in missing)
    completeness = assess(notice_type, given, missing)
    absent = tuple(_label(one) for one in notice_type.fields if one.name in completeness.absent)
    return ShownNotice(shown, absent, completeness)


def keys_in(fields: Sequence[ShownField]) -> Iterator[tuple[str, str]]:
    """(source, id) of the notices that the fields name."""
    for one in fields:
        if one.value:
            yield from _keys_of(one.value)


def _keys_of(value: Value) -> Iterator[tuple[str, str]]:
    if value.key:
        yield value.key
    yield from keys_in(value.parts)
    for item in value.items:
        yield from _keys_of(item)


def _label(one: Field) -> str:
    return in_language(title_in(one.label)) or one.name


def _shown(one: Field, given: Mapping[str, Any], missing: Mapping[str, Any] | None = None) -> ShownField:
    why = (missing or {}).get(one.name, {})
    return ShownField(
        name=one.name,
        label=_label(one),
        help=in_language(title_in(one.help)),
        cite=one.cite,
        required=one.required,
        value=_valued(one, given[one.name]) if one.name in given else None,
        missing=str(MISSING[why["status"]]) if why else "",
        reason=why.get("reason", ""),
    )


def _valued(one: Field, value: Any) -> Value:
    if one.many:
        return Value("list", items=tuple(_single(one, item) for item in value))
    return _single(one, value)


def _single(one: Field, value: Any) -> Value:
    if one.structure:
        return Value("structure", parts=tuple(_parts(one.structure, value)))
    if one.type is FieldType.CODE and one.vocabulary:
        labels = {code.code: title_in(code.label) for code in one.vocabulary.codes}
        return Value("code", in_language(labels.get(value, value)))
    if one.type in (FieldType.DATE, FieldType.DATETIME):
        return _moment(str(value))
    if one.type is FieldType.MESSAGE:
        return Value("notice", value["id"], key=(participant_code(value["source"]), value["id"]))
    if isinstance(value, bool):
        return Value("text", gettext("Yes") if value else gettext("No"))
    if isinstance(value, int | float):
        return Value("text", format_number(value))
    if one.type is FieldType.COUNTRY:
        return Value("text", in_language(_MEMBERS.get(value, value)))
    return Value(_KINDS.get(one.type, "text"), str(value))


_KINDS = {FieldType.URL: "url", FieldType.PARTICIPANT: "participant"}


def _moment(value: str) -> Value:
    if len(value) == len("2026-11-02"):
        return Value("day", moment=date.fromisoformat(value))
    return Value("instant", moment=datetime.fromisoformat(value))


def _parts(structure: Structure, value: Mapping[str, Any]) -> Iterator[ShownField]:
    return (_shown(one, value) for one in structure.fields if one.name in value)
