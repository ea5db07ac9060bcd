"""The catalogue as values: notice types, their fields, vocabularies and audience rules of one law version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

from board_hub.domain.audience import AudienceRule

Text = Mapping[str, str]
"""Words for people, keyed by language (ISO 639-1); `en` is always there."""


class FieldType(StrEnum):
    """What a field holds. In the YAML `codes`, `texts`, `operators` … (a plural) is a list of the singular."""

    TEXT = "text"
    CODE = "code"
    DATE = "date"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    DECIMAL = "decimal"
    URL = "url"
    COUNTRY = "country"
    PARTICIPANT = "participant"
    MESSAGE = "message"
    STRUCTURE = "structure"


class MissingStatus(StrEnum):
    """Why a field of a notice is not filled in (Safety Gate habit: Delegated Regulation (EU) 2024/3173 Annex I 2.1)."""

    WITHHELD = "withheld"
    NOT_YET_AVAILABLE = "not_yet_available"


@dataclass(frozen=True)
class Code:
    """One entry of a vocabulary."""

    code: str
    label: Text
    cite: str = ""


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """A closed list of codes."""

    name: str
    title: Text
    cite: str
    codes: tuple[Code, ...]

    @cached_property
    def values(self) -> frozenset[str]:
        return frozenset(one.code for one in self.codes)


@dataclass(frozen=True, eq=False)
class Field:
    """One field of a notice or of a structure.

    max_length: characters per text; max_items: entries of a list; minimum, maximum: bounds of a number.
    """

    name: str
    type: FieldType
    many: bool
    required: bool
    cite: str
    label: Text
    help: Text
    vocabulary: Vocabulary | None = None
    structure: "Structure | None" = None
    max_length: int = 0
    max_items: int = 1
    minimum: int | None = None
    maximum: int | None = None

    @property
    def type_name(self) -> str:
        """The type as the YAML writes it: `codes`, `system`, `operators`."""
        name = self.structure.name if self.structure else self.type.value
        return f"{name}s" if self.many else name


@dataclass(frozen=True, eq=False)
class Structure:
    """A nested object such as `system` or `operator`."""

    name: str
    title: Text
    fields: tuple[Field, ...]


@dataclass(frozen=True, eq=False)
class NoticeType:
    """One kind of notice under the Act.

    rows: rows of law.md that it carries; senders: kinds that may issue it; copies: the sender may add recipients.
    """

    code: str
    act: str
    article: str
    rows: tuple[str, ...]
    title: Text
    help: Text
    senders: frozenset[str]
    audience: AudienceRule
    copies: bool
    fields: tuple[Field, ...]
    external_references: tuple[str, ...]
    procedure: str | None = None

    @cached_property
    def field_names(self) -> frozenset[str]:
        return frozenset(one.name for one in self.fields)

    @cached_property
    def required_fields(self) -> tuple[str, ...]:
        return tuple(one.name for one in self.fields if one.required)


@dataclass(frozen=True)
class NotExchanged:
    """A row of the law that is no message between participants, and why."""

    row: str
    article: str
    title: str
    reason: str


@dataclass(frozen=True, eq=False, repr=False)
class Catalogue:
    """The law in force from one day. Compared and hashed by identity, so that what is built from it is built once."""

    law_version: str
    title: Text
    vocabularies: Mapping[str, Vocabulary]
    structures: Mapping[str, Structure]
    audiences: Mapping[str, AudienceRule]
    audience_titles: Mapping[str, Text]
    notice_types: Mapping[str, NoticeType]
    not_exchanged: tuple[NotExchanged, ...] = field(default=())


def title_in(text: Text, language: str = "en") -> str:
    """The words in this language, in English when the language is not there yet."""
    return text.get(language) or text.get("en", "")
