"""The controls of a form, from the catalogue and a draft's values: what the templates draw, without a rule in them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from board_hub.law.catalogue import Field, FieldType, MissingStatus, NoticeType
from board_hub.web.compose.fields import FIELD, MISSING, OTHER, REASON, STATUS, ZONE, message_text

Option = tuple[Any, ...]
LONG_TEXT = 300
"""Texts that may be longer get several lines."""
FEW = 6
"""Codes up to this many are all shown; more go into a list that opens."""


@dataclass(frozen=True)
class Choices:
    """What a form offers beyond the catalogue, in the reader's words. say: words of the catalogue in its language.

    participants, countries: [(group, [(code, label)])]; notices: [(`SENDER/id`, label)]; zones: [(zone, label)].
    """

    say: Callable[[str], str]
    participants: Sequence[Option] = ()
    countries: Sequence[Option] = ()
    notices: Sequence[Option] = ()
    zones: Sequence[Option] = ()
    zone: str = "Europe/Brussels"


@dataclass(frozen=True)
class Gap:
    """Why a field is not given, as the form holds it."""

    status_name: str
    reason_name: str
    status: str
    reason: str
    error: str


@dataclass(frozen=True)
class Control:
    """One field of the form. kind: which macro draws it; name: also the element's id; cite: as in the catalogue.

    controls: the members of a group; rows: the entries of a list; gap: where the notice may say why it is not given.
    """

    kind: str
    name: str
    label: str
    help: str
    cite: str
    required: bool
    value: Any = ""
    options: Sequence[Option] = ()
    other: str = ""
    zone: str = ""
    max_length: int = 0
    error: str = ""
    controls: "tuple[Control, ...]" = ()
    rows: "tuple[Control, ...]" = ()
    can_add: bool = False
    gap: Gap | None = None

    @property
    def other_name(self) -> str:
        return f"{self.name}-{OTHER}"

    @property
    def zone_name(self) -> str:
        return f"{self.name}-{ZONE}"


@dataclass(frozen=True)
class Filled:
    """What a form shows: values, gaps, errors by JSON pointer, and how many rows of which list at least."""

    fields: Mapping[str, Any] = field(default_factory=dict)
    missing: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)


def controls_of(notice_type: NoticeType, filled: Filled, choices: Choices) -> tuple[Control, ...]:
    """The form of this notice type, in the order of the catalogue."""
    building = _Building(filled, choices)
    return tuple(
        building.control(one, f"{FIELD}-{one.name}", f"/data/fields/{one.name}", filled.fields.get(one.name), top=True)
        for one in notice_type.fields
    )


class _Building:
    def __init__(self, filled: Filled, choices: Choices) -> None:
        self.filled, self.choices = filled, choices

    def control(self, one: Field, name: str, pointer: str, value: Any, *, top: bool = False) -> Control:
        say = self.choices.say
        common: dict[str, Any] = {
            "name": name,
            "label": say(one.label.get("en", one.name)),
            "help": say(one.help.get("en", "")),
            "cite": one.cite,
            "required": one.required,
            "max_length": one.max_length,
            "error": self.filled.errors.get(pointer, ""),
            "gap": self.gap(one.name) if top else None,
        }
        if one.many and one.type not in (FieldType.CODE, FieldType.PARTICIPANT, FieldType.MESSAGE):
            return self.listed(one, common, pointer, value)
        if one.structure:
            return Control("group", controls=self.members(one, name, pointer, value), **common)
        return self.simple(one, common, value)

    def gap(self, name: str) -> Gap:
        given = self.filled.missing.get(name, {})
        errors = [
            text for pointer, text in self.filled.errors.items() if f"{pointer}/".startswith(f"/data/missing/{name}/")
        ]
        stem = f"{MISSING}-{name}"
        return Gap(
            f"{stem}-{STATUS}", f"{stem}-{REASON}", given.get("status", ""), given.get("reason", ""), " ".join(errors)
        )

    def members(self, one: Field, name: str, pointer: str, value: Any) -> tuple[Control, ...]:
        assert one.structure is not None
        given = value if isinstance(value, Mapping) else {}
        return tuple(
            self.control(inner, f"{name}-{inner.name}", f"{pointer}/{inner.name}", given.get(inner.name))
            for inner in one.structure.fields
        )

    def listed(self, one: Field, common: Mapping[str, Any], pointer: str, value: Any) -> Control:
        """A list of rows: those that are filled, and as many empty ones as are wanted, one at least."""
        given = value if isinstance(value, list) else [] if value is None else [value]
        number = min(max(len(given), self.filled.rows.get(common["name"], 1)), one.max_items)
        rows = tuple(
            self.row(one, common, f"{pointer}/{index}", index, given[index] if index < len(given) else None)
            for index in range(max(number, len(given)))
        )
        kind = "groups" if one.structure else "lines"
        return Control(kind, rows=rows, can_add=len(rows) < one.max_items, **common)

    def row(self, one: Field, common: Mapping[str, Any], pointer: str, index: int, value: Any) -> Control:
        name = f"{common['name']}-{index}"
        own = {**common, "name": name, "error": self.filled.errors.get(pointer, ""), "gap": None, "help": ""}
        if one.structure:
            return Control("group", controls=self.members(one, name, pointer, value), **own)
        return self.simple(one, own, value)

    def simple(self, one: Field, common: dict[str, Any], value: Any) -> Control:
        common["error"] = common["error"] or self.below(common["name"], value)
        return _SIMPLE[one.type](self, one, common, value)

    def below(self, name: str, value: Any) -> str:
        """Errors inside a value that one control holds: an entry of a list of codes, the id of a message."""
        pointer = "/data/fields/" + "/".join(name.split("-")[1:])
        return " ".join(text for place, text in self.filled.errors.items() if place.startswith(f"{pointer}/"))

    def text(self, one: Field, common: dict[str, Any], value: Any) -> Control:
        return Control("textarea" if one.max_length > LONG_TEXT else "text", value=_text(value), **common)

    def plain(self, one: Field, common: dict[str, Any], value: Any) -> Control:
        return Control(one.type.value, value=_text(value), **common)

    def truth(self, one: Field, common: dict[str, Any], value: Any) -> Control:
        shown = {True: "true", False: "false"}.get(value, "") if isinstance(value, bool) else _text(value)
        return Control("boolean", value=shown, **common)

    def code(self, one: Field, common: dict[str, Any], value: Any) -> Control:
        assert one.vocabulary is not None
        options = [(code.code, self.choices.say(code.label["en"]), code.cite) for code in one.vocabulary.codes]
        if one.many:
            return Control("codes", value=_listed(value), options=options, **common)
        return Control("code" if len(options) > FEW else "few", value=_text(value), options=options, **common)

    def country(self, one: Field, common: dict[str, Any], value: Any) -> Control:
        return Control("choice", value=_text(value), options=_with(self.choices.countries, value), **common)

    def participant(self, one: Field, common: dict[str, Any], value: Any) -> Control:
        options = self.choices.participants
        if not one.many:
            return Control("choice", value=_text(value), options=_with(options, value), **common)
        for code in _listed(value):
            options = _with(options, code)
        return Control("participants", value=_listed(value), options=options, **common)

    def message(self, one: Field, common: dict[str, Any], value: Any) -> Control:
        offered, known = self.choices.notices, {option[0] for option in self.choices.notices}
        if one.many:
            given = [message_text(each) for each in (value if isinstance(value, list) else [value] if value else [])]
            other = "\n".join(text for text in given if text not in known)
            return Control("messages", value=given, options=offered, other=other, **common)
        text = message_text(value)
        return Control("message", value=text, options=offered, other="" if text in known else text, **common)

    def moment(self, one: Field, common: dict[str, Any], value: Any) -> Control:
        text = _text(value)
        local, zone = self.in_zone(text)
        options = _with([("", self.choices.zones)] if self.choices.zones else [], zone)
        return Control("datetime", value=local, zone=zone, options=options, **common)

    def in_zone(self, text: str) -> tuple[str, str]:
        """Local time and zone: one that the form offers, with this offset at that moment, or the offset itself."""
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return text, self.choices.zone
        if moment.tzinfo is None:
            return text, self.choices.zone
        offset = moment.utcoffset()
        for zone in (self.choices.zone, *(one[0] for one in self.choices.zones)):
            if moment.astimezone(ZoneInfo(zone)).utcoffset() == offset:
                return moment.replace(tzinfo=None).isoformat(), zone
        return moment.replace(tzinfo=None).isoformat(), moment.isoformat()[-6:]


_SIMPLE: dict[FieldType, Callable[[_Building, Field, dict[str, Any], Any], Control]] = {
    FieldType.TEXT: _Building.text,
    FieldType.URL: _Building.plain,
    FieldType.DATE: _Building.plain,
    FieldType.INTEGER: _Building.plain,
    FieldType.DECIMAL: _Building.plain,
    FieldType.DATETIME: _Building.moment,
    FieldType.BOOLEAN: _Building.truth,
    FieldType.CODE: _Building.code,
    FieldType.COUNTRY: _Building.country,
    FieldType.PARTICIPANT: _Building.participant,
    FieldType.MESSAGE: _Building.message,
}
STATUSES = tuple(MissingStatus)


def _text(value: object) -> str:
    """A single value as a control shows it."""
    if value is None:
        return ""
    return repr(value) if isinstance(value, float) else str(value)


def _listed(value: object) -> list[str]:
    return [str(one) for one in (value if isinstance(value, list) else [value] if value else [])]


def _with(options: Sequence[Option], value: object) -> Sequence[Option]:
    """The options, and this value too if it is none of them: nothing that a draft says is lost by showing it."""
    known = {inner[0] for _, group in options for inner in group}
    text = _text(value)
    return options if not text or text in known else [*options, ("…", [(text, text)])]
