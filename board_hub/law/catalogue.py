"""The catalogue as values: notice types, their fields, vocabularies and audience rules of one law version."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from functools import cached_property
from typing import Any

from board_hub.domain.audience import AudienceRule
from board_hub.domain.clocks import ClockRule
from board_hub.domain.conditions import Condition, meets_any
from board_hub.domain.procedures import Procedure
from board_hub.law.wording import translate_text

Text = Mapping[str, str]
"""Words for people, keyed by language (ISO 639-1); `en` is always there."""


class FieldType(StrEnum):
    """What a field holds. In the YAML `codes`, `texts`, `operators` … (a plural) is a list of the singular."""

    TEXT = "text"
    CODE = "code"
    DATE = "date"
    DATETIME = "datetime"
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

    max_length: characters per text; max_items: entries of a list; minimum, maximum: bounds of a number; copied: a form
    begins with what the notice it is about says under the same name.
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
    copied: bool = False

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

    rows: rows of law.md that it carries, none for an informal message; senders: kinds that may issue it;
    copies: the sender may add recipients; competence: the test that must name a national authority before it may open
    a case (Art 75(1)).
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
    informal: bool = False
    competence: str | None = None

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


@dataclass(frozen=True)
class FixedDate:
    """A calendar date on which something is due or applies (Regulation 1182/71 Arts 4, 5: no roll-over).

    kinds: participants that are reminded `warn` days before; none: shown only.
    """

    day: date
    title: Text
    cite: str
    kinds: frozenset[str]
    warn: tuple[int, ...]


@dataclass(frozen=True)
class CompetenceTest:
    """Who is competent before a case is opened. field: the structure that answers the test's questions.

    elsewhere: alternatives, each a list of conditions on that structure's fields, under which `message` says who is
    competent instead and `notice` is the notice type that takes the matter there.
    """

    code: str
    article: str
    title: Text
    field: str
    elsewhere: tuple[tuple[Condition, ...], ...]
    notice: str
    message: Text

    def leads_elsewhere(self, fields: Mapping[str, Any]) -> bool:
        """Whether the answers in the notice's fields name another authority; an answer not given names none."""
        answers = fields.get(self.field)
        return isinstance(answers, Mapping) and meets_any(self.elsewhere, answers)


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
    not_exchanged: tuple[NotExchanged, ...] = ()
    procedures: Mapping[str, Procedure] = field(default_factory=dict)
    clocks: Mapping[str, ClockRule] = field(default_factory=dict)
    effects: Vocabulary | None = None
    fixed_dates: tuple[FixedDate, ...] = ()
    competence_tests: Mapping[str, CompetenceTest] = field(default_factory=dict)

    def clocks_of(self, procedure: str) -> tuple[ClockRule, ...]:
        """The clock rules of a procedure."""
        return self._clocks_by_procedure.get(procedure, ())

    @cached_property
    def standing_clocks(self) -> Mapping[str, Mapping[str, ClockRule]]:
        """Rules of clocks outside cases by the notice type that meets them, then by code."""
        found: dict[str, dict[str, ClockRule]] = {}
        for rule in self.clocks.values():
            if rule.procedure is None:
                for match in rule.met_by:
                    found.setdefault(match.notice, {})[rule.code] = rule
        return found

    @cached_property
    def _clocks_by_procedure(self) -> Mapping[str, tuple[ClockRule, ...]]:
        found: dict[str, list[ClockRule]] = {}
        for rule in self.clocks.values():
            if rule.procedure:
                found.setdefault(rule.procedure, []).append(rule)
        return {code: tuple(rules) for code, rules in found.items()}


def title_in(text: Text, language: str = "en") -> str:
    """The words in this language: the catalogue's own, else the translators'; English where there are none yet."""
    return text.get(language) or translate_text(text.get("en", ""), language)
