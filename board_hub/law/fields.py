"""Marshmallow fields for what authorities send: strict, bounded, and each refusal with its code.

They check and never convert: what they return is the JSON value that came in; what is stored is what was signed.
"""

import math
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any, NoReturn

from marshmallow import RAISE, Schema, ValidationError, fields

from board_hub.law.catalogue import MissingStatus, Vocabulary
from board_hub.law.patterns import CONTROLS, DATE_PATTERN, DATETIME_PATTERN, MAX_DATETIME

SHOWN = 64
"""Characters of a sender's value that a message repeats."""
MAX_REASON = 1000
INTEGER_LIMIT = 2**63 - 1

_CONTROL = re.compile(rf"[{CONTROLS}]")
_DATE, _DATETIME = re.compile(DATE_PATTERN), re.compile(DATETIME_PATTERN)


class Fault(str):
    """An error message of marshmallow that carries the contract's code."""

    __slots__ = ("code",)
    code: str

    def __new__(cls, code: str, message: str) -> "Fault":
        fault = super().__new__(cls, message)
        fault.code = code
        return fault


ABSENT = Fault("field.missing", "This field is required; give it.")
UNKNOWN = Fault("field.unknown", "This field does not exist here; remove it or correct its name.")


def refuse(code: str, message: str) -> NoReturn:
    raise ValidationError([Fault(code, message)])


def shown(value: object) -> str:
    """A short, safe rendering of a sender's value for a message."""
    if isinstance(value, str):
        return repr(value[:SHOWN]) + ("…" if len(value) > SHOWN else "")
    if isinstance(value, bool | float) or value is None:
        return repr(value)
    return "a number" if isinstance(value, int) else "an object" if isinstance(value, dict) else "a list"


class StrictSchema(Schema):
    """Refuses what it does not know, by name and with the contract's code."""

    class Meta:
        unknown = RAISE

    def __init__(self) -> None:
        super().__init__()
        self.error_messages = {"unknown": UNKNOWN, "type": Fault("field.invalid", "Must be an object.")}


class CheckedField(fields.Field[Any]):
    """A field with one check; absent and null values are refused in the contract's words."""

    check: Callable[[Any], object]

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        self.check(value)
        return value

    def make_error(self, key: str, **kwargs: Any) -> ValidationError:
        if key == "required":
            return ValidationError([ABSENT])
        if key == "null":
            return ValidationError([Fault("field.invalid", "null is no value; leave the field out instead.")])
        return super().make_error(key, **kwargs)


class TextField(CheckedField):
    """Text that is not blank, of at most max_length characters, without control characters but tab and line ends."""

    def __init__(self, max_length: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_length = max_length

    def check(self, value: Any) -> None:
        if not isinstance(value, str):
            refuse("field.invalid", f"Must be text, not {shown(value)}.")
        if len(value) > self.max_length:
            refuse("field.invalid", f"{len(value)} characters; at most {self.max_length} are allowed. Shorten it.")
        if _CONTROL.search(value):
            refuse("field.invalid", "Holds control characters; only tab and line ends are allowed.")
        if not value or value.isspace():
            refuse("field.invalid", "The text is empty; leave the field out, or say in `missing` why it is not given.")


class CodeField(CheckedField):
    """A code of a vocabulary."""

    def __init__(self, vocabulary: Vocabulary, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.values = vocabulary.values
        self.vocabulary = vocabulary

    def check(self, value: Any) -> None:
        if not isinstance(value, str):
            refuse("field.invalid", f"Must be a code (text) of the vocabulary {self.vocabulary.name}.")
        if value not in self.values:
            few = ", ".join(one.code for one in self.vocabulary.codes[:12])
            more = ", …" if len(self.values) > 12 else ""
            refuse("code.unknown", f"{shown(value)} is not in {self.vocabulary.name}: {few}{more}.")


class PatternField(CheckedField):
    """Text of one exact form."""

    code = "field.invalid"

    def __init__(self, pattern: re.Pattern[str], max_length: int, form: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.pattern, self.max_length, self.form = pattern, max_length, form

    def check(self, value: Any) -> None:
        if not isinstance(value, str) or len(value) > self.max_length or not self.pattern.fullmatch(value):
            refuse(self.code, f"Must be {self.form}, not {shown(value)}.")


class DayField(CheckedField):
    """A calendar day, YYYY-MM-DD."""

    def check(self, value: Any) -> None:
        if isinstance(value, str) and len(value) == 10 and _DATE.fullmatch(value):
            try:
                date.fromisoformat(value)
            except ValueError:
                refuse("field.invalid", f"{shown(value)} is not a day of the calendar.")
        else:
            refuse("field.invalid", f"Must be a day as YYYY-MM-DD (1900 to 2199), not {shown(value)}.")


class MomentField(CheckedField):
    """A moment with its offset, as RFC 3339 writes it."""

    def check(self, value: Any) -> None:
        if isinstance(value, str) and len(value) <= MAX_DATETIME and _DATETIME.fullmatch(value):
            try:
                datetime.fromisoformat(value)
            except ValueError:
                refuse("field.invalid", f"{shown(value)} is no moment of any day.")
        else:
            refuse("field.invalid", f"Must be a moment such as 2026-11-02T14:30:00+01:00, not {shown(value)}.")


class TruthField(CheckedField):
    """true or false, nothing that looks like it."""

    def check(self, value: Any) -> None:
        if value is not True and value is not False:
            refuse("field.invalid", f"Must be true or false, not {shown(value)}.")


class NumberField(CheckedField):
    """A JSON number within bounds; whole where only whole numbers make sense."""

    def __init__(self, *, whole: bool, minimum: int | None, maximum: int | None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.whole = whole
        self.minimum = -INTEGER_LIMIT if minimum is None else minimum
        self.maximum = INTEGER_LIMIT if maximum is None else maximum

    def check(self, value: Any) -> None:
        allowed = int if self.whole else int | float
        if isinstance(value, bool) or not isinstance(value, allowed):
            refuse("field.invalid", f"Must be a {'whole ' if self.whole else ''}number, not {shown(value)}.")
        if not (math.isfinite(value) and self.minimum <= value <= self.maximum):
            refuse("field.invalid", f"Must be from {self.minimum} to {self.maximum}.")


class StructureField(CheckedField):
    """A nested object with a schema written by hand, for messages that are no notices."""

    def __init__(self, schema: Schema, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.schema = schema

    def check(self, value: Any) -> None:
        if not isinstance(value, dict):
            refuse("field.invalid", f"Must be an object, not {shown(value)}.")
        self.schema.load(value)


class ObjectField(CheckedField):
    """An object with these fields and no others.

    Not marshmallow's Nested: a nested schema's load costs twenty times its checks, and every notice passes here.
    """

    def __init__(self, inner: Mapping[str, CheckedField], needed: Iterable[str] = (), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner, self.needed = dict(inner), frozenset(needed)

    def check(self, value: Any) -> None:
        if not isinstance(value, dict):
            refuse("field.invalid", f"Must be an object, not {shown(value)}.")
        errors: dict[str, Any] = {name: [ABSENT] for name in self.needed - value.keys()}
        inner = self.inner
        for name, item in value.items():
            try:
                if name not in inner:
                    raise ValidationError([UNKNOWN])
                inner[name].check(item)
            except ValidationError as error:
                errors[name] = error.messages
        if errors:
            raise ValidationError(errors)


class ListField(CheckedField):
    """One to max_items entries, each checked by `inner`; codes and participants not twice."""

    def __init__(self, inner: CheckedField, max_items: int, *, distinct: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.inner, self.max_items, self.distinct = inner, max_items, distinct

    def check(self, value: Any) -> None:
        if not isinstance(value, list):
            refuse("field.invalid", f"Must be a list, not {shown(value)}.")
        if not 1 <= len(value) <= self.max_items:
            refuse("field.invalid", f"{len(value)} entries; from 1 to {self.max_items} are allowed.")
        errors: dict[int, Any] = {}
        for index, item in enumerate(value):
            try:
                self.inner.check(item)
            except ValidationError as error:
                errors[index] = error.messages
        if errors:
            raise ValidationError(errors)
        if self.distinct and len(set(value)) != len(value):
            refuse("field.invalid", "An entry is given twice; give each once.")


class MissingField(CheckedField):
    """Which fields are not given, and why: {"<field>": {"status": …, "reason": …}}."""

    _reason = TextField(MAX_REASON)

    def __init__(self, names: frozenset[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.names = names

    def check(self, value: Any) -> None:
        if not isinstance(value, dict):
            refuse("field.invalid", f"Must be an object of fields, not {shown(value)}.")
        errors: dict[str, Any] = {}
        for name, entry in value.items():
            try:
                self._check_entry(name, entry)
            except ValidationError as error:
                errors[name] = error.messages
        if errors:
            raise ValidationError(errors)

    def _check_entry(self, name: str, entry: object) -> None:
        if name not in self.names:
            refuse("field.unknown", f"This notice type has no field {shown(name)} that could be missing.")
        if not isinstance(entry, dict):
            refuse("field.invalid", 'Must be an object {"status": …, "reason": …}.')
        errors: dict[str, Any] = {}
        for key in entry.keys() - {"status", "reason"}:
            errors[key] = [Fault("field.unknown", "Only `status` and `reason` are allowed here.")]
        for key, check in (("status", _check_status), ("reason", self._reason.check)):
            try:
                if key not in entry:
                    refuse("field.missing", f"Give the {key} of what is missing.")
                check(entry[key])
            except ValidationError as error:
                errors[key] = error.messages
        if errors:
            raise ValidationError(errors)


def _check_status(value: Any) -> None:
    if not isinstance(value, str) or value not in tuple(MissingStatus):
        refuse("code.unknown", f"Must be one of {', '.join(MissingStatus)}.")
