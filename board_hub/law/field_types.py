"""The marshmallow field behind each field type of the catalogue."""

import re
from collections.abc import Callable

from board_hub.law.catalogue import Field, FieldType, Structure, Vocabulary
from board_hub.law.fields import (
    CheckedField,
    CodeField,
    DayField,
    ListField,
    MomentField,
    NumberField,
    ObjectField,
    PatternField,
    TextField,
    TruthField,
)
from board_hub.law.patterns import (
    COUNTRY_PATTERN,
    MAX_PARTICIPANT,
    MAX_SOURCE,
    MAX_URL,
    MESSAGE_ID_PATTERN,
    PARTICIPANT_PATTERN,
    SOURCE_PATTERN,
    URL_PATTERN,
)

_URL, _COUNTRY, _PARTICIPANT = map(re.compile, (URL_PATTERN, COUNTRY_PATTERN, PARTICIPANT_PATTERN))
_MESSAGE_ID, _SOURCE = re.compile(MESSAGE_ID_PATTERN), re.compile(SOURCE_PATTERN)

_MESSAGE = {
    "source": PatternField(_SOURCE, MAX_SOURCE, "a source such as urn:aiboard:participant:FR-CNIL"),
    "id": PatternField(_MESSAGE_ID, 64, "a message id (1 to 64 of A-Z a-z 0-9 . _ : -)"),
}

_SIMPLE: dict[FieldType, Callable[[Field], CheckedField]] = {
    FieldType.TEXT: lambda one: TextField(one.max_length),
    FieldType.CODE: lambda one: CodeField(_vocabulary(one)),
    FieldType.DATE: lambda _: DayField(),
    FieldType.DATETIME: lambda _: MomentField(),
    FieldType.BOOLEAN: lambda _: TruthField(),
    FieldType.INTEGER: lambda one: NumberField(whole=True, minimum=one.minimum, maximum=one.maximum),
    FieldType.DECIMAL: lambda one: NumberField(whole=False, minimum=one.minimum, maximum=one.maximum),
    FieldType.URL: lambda _: PatternField(_URL, MAX_URL, "a web address (http:// or https://)"),
    FieldType.COUNTRY: lambda _: PatternField(_COUNTRY, 2, "a two-letter country code (ISO 3166-1, Greece GR)"),
    FieldType.PARTICIPANT: lambda _: participant_field(),
    FieldType.MESSAGE: lambda _: ObjectField(_MESSAGE, needed=_MESSAGE),
}


def participant_field(code: str = "field.invalid") -> CheckedField:
    field = PatternField(_PARTICIPANT, MAX_PARTICIPANT, "a participant's code such as FR-CNIL")
    field.code = code
    return field


def field_of(one: Field) -> CheckedField:
    """The marshmallow field of a catalogue field; whether it is required is for the object around it to say."""
    inner = structure_field(one.structure) if one.structure else _SIMPLE[one.type](one)
    if not one.many:
        return inner
    return ListField(inner, one.max_items, distinct=one.type in (FieldType.CODE, FieldType.PARTICIPANT))


def structure_field(structure: Structure) -> ObjectField:
    needed = [one.name for one in structure.fields if one.required]
    return ObjectField({one.name: field_of(one) for one in structure.fields}, needed)


def _vocabulary(one: Field) -> Vocabulary:
    if one.vocabulary is None:  # the loader refuses such a catalogue
        raise ValueError(f"field {one.name} has no vocabulary")
    return one.vocabulary
