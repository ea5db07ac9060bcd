"""Builds the catalogue from a file of the right shape; checks what one part of it says about another."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any, TypeVar

from board_hub.domain.audience import AudienceRule, MemberGroup, Members
from board_hub.law.catalogue import (
    Catalogue,
    Code,
    Field,
    FieldType,
    NotExchanged,
    NoticeType,
    Structure,
    Vocabulary,
)
from board_hub.law.procedure_builder import build_procedures
from board_hub.law.yaml_lines import Document, Place

DEFAULT_MAX_LENGTH = 4000
DEFAULT_MAX_ITEMS = 20
_T = TypeVar("_T")
_NUMBERS = (FieldType.INTEGER, FieldType.DECIMAL)


def build(document: Document) -> Catalogue:
    """The catalogue of this file. Raises CatalogueError at the line of the first wrong reference."""
    return _Builder(document).catalogue()


class _Builder:
    """Holds what is already built, so that later parts can refer to it."""

    def __init__(self, document: Document) -> None:
        self.document = document
        self.raw: dict[str, Any] = document.content
        self.vocabularies: dict[str, Vocabulary] = {}
        self.structures: dict[str, Structure] = {}
        self.audiences: dict[str, AudienceRule] = {}

    def catalogue(self) -> Catalogue:
        self._check_version()
        for name, raw in self.raw["vocabularies"].items():
            self.vocabularies[name] = self._vocabulary(name, raw)
        states = self._referred(self.vocabularies, self.raw["member_states"], ("member_states",)).values
        self._referred(self.vocabularies, self.raw["external_systems"], ("external_systems",))
        for name, raw in self.raw["structures"].items():
            self.structures[name] = self._structure(name, raw)
        for name, raw in self.raw["audiences"].items():
            self.audiences[name] = self._audience(name, raw, states)
        for name in self.raw["common_fields"]:
            self._field({"name": name}, ("common_fields", name))
        notice_types = {code: self._notice_type(code, raw) for code, raw in self.raw["notice_types"].items()}
        return Catalogue(
            law_version=self.raw["law_version"],
            title=self.raw["title"],
            vocabularies=self.vocabularies,
            structures=self.structures,
            audiences=self.audiences,
            audience_titles={name: raw["title"] for name, raw in self.raw["audiences"].items()},
            notice_types=notice_types,
            not_exchanged=self._not_exchanged(),
            **build_procedures(self.document, notice_types, self.vocabularies),
        )

    def _check_version(self) -> None:
        try:
            date.fromisoformat(self.raw["law_version"])
        except ValueError:
            raise self.document.error(("law_version",), "is not a day of the calendar") from None

    def _vocabulary(self, name: str, raw: Mapping[str, Any]) -> Vocabulary:
        self._check_distinct([one["code"] for one in raw["codes"]], ("vocabularies", name, "codes"), "code")
        codes = tuple(Code(one["code"], one["label"], one.get("cite", "")) for one in raw["codes"])
        return Vocabulary(name, raw["title"], raw["cite"], codes)

    def _structure(self, name: str, raw: Mapping[str, Any]) -> Structure:
        if name in tuple(FieldType):
            raise self.document.error(("structures", name), "is the name of a simple type; choose another")
        return Structure(name, raw["title"], self._fields(raw["fields"], ("structures", name, "fields")))

    def _fields(self, raw: Sequence[Mapping[str, Any]], place: Place) -> tuple[Field, ...]:
        self._check_distinct([one["name"] for one in raw], place, "field")
        return tuple(self._field(one, (*place, index)) for index, one in enumerate(raw))

    def _field(self, raw: Mapping[str, Any], place: Place) -> Field:
        """A field that gives no type takes what the common field of its name says, and may say some of it anew."""
        if "type" not in raw:
            if raw["name"] not in self.raw["common_fields"]:
                raise self.document.error(place, f"gives no type, and {raw['name']} is no common field")
            raw = {**self.raw["common_fields"][raw["name"]], **raw}
        if "label" not in raw:
            raise self.document.error(place, "this key is missing: label")
        type_, many, structure = self._type(raw["type"], place)
        self._check_options(raw, type_, many, place)
        return Field(
            name=raw["name"],
            type=type_,
            many=many,
            required=raw.get("required", False),
            cite=raw.get("cite", ""),
            label=raw["label"],
            help=raw.get("help", {}),
            vocabulary=self._field_vocabulary(raw, type_, place),
            structure=structure,
            max_length=raw.get("max_length", DEFAULT_MAX_LENGTH) if type_ is FieldType.TEXT else 0,
            max_items=raw.get("max_items", DEFAULT_MAX_ITEMS) if many else 1,
            minimum=raw.get("minimum"),
            maximum=raw.get("maximum"),
            copied=raw.get("copied", False),
        )

    def _type(self, name: str, place: Place) -> tuple[FieldType, bool, Structure | None]:
        for single, many in ((name, False), (name.removesuffix("s"), True)):
            if single in self.structures:
                return FieldType.STRUCTURE, many, self.structures[single]
            if single in tuple(FieldType) and single != FieldType.STRUCTURE:
                return FieldType(single), many, None
        raise self.document.error((*place, "type"), f"{name!r} is no type and no structure defined above")

    def _check_options(self, raw: Mapping[str, Any], type_: FieldType, many: bool, place: Place) -> None:
        meaningful = {
            "max_length": type_ is FieldType.TEXT,
            "max_items": many,
            "minimum": type_ in _NUMBERS,
            "maximum": type_ in _NUMBERS,
        }
        for key, means_something in meaningful.items():
            if key in raw and not means_something:
                raise self.document.error((*place, key), f"means nothing for the type {raw['type']}")
        if raw.get("minimum") is not None and raw["minimum"] > raw.get("maximum", raw["minimum"]):
            raise self.document.error((*place, "minimum"), "is above the maximum")

    def _field_vocabulary(self, raw: Mapping[str, Any], type_: FieldType, place: Place) -> Vocabulary | None:
        name = raw.get("vocabulary")
        if (type_ is FieldType.CODE) != (name is not None):
            raise self.document.error(place, "a code needs a vocabulary, and nothing else has one")
        return self._referred(self.vocabularies, name, (*place, "vocabulary")) if name is not None else None

    def _audience(self, name: str, raw: Mapping[str, Any], states: frozenset[str]) -> AudienceRule:
        named = raw.get("named", {})
        rule = AudienceRule(
            code=name,
            groups=tuple(
                MemberGroup(Members(one["members"]), tuple(one["kinds"]), states, one.get("fallback"))
                for one in raw.get("groups", ())
            ),
            fixed=tuple(raw.get("fixed", ())),
            named=frozenset(named.get("kinds", ())),
            named_required=named.get("required", False),
        )
        if not (rule.groups or rule.fixed or rule.named):
            raise self.document.error(("audiences", name), "reaches nobody")
        return rule

    def _notice_type(self, code: str, raw: Mapping[str, Any]) -> NoticeType:
        place = ("notice_types", code)
        rule = self._referred(self.audiences, raw["to"], (*place, "to"))
        copies = raw.get("copies", False)
        return NoticeType(
            code=code,
            act=raw.get("act", "AIA"),
            article=raw["article"],
            rows=tuple(raw["rows"]),
            title=raw["title"],
            help=raw.get("help", {}),
            senders=frozenset(raw["from"]),
            audience=replace(rule, named=rule.named.union(self.raw["copy_kinds"])) if copies else rule,
            copies=copies,
            fields=self._fields(raw["fields"], (*place, "fields")),
            external_references=self._systems(raw.get("external_reference", ()), (*place, "external_reference")),
            procedure=raw.get("procedure"),
            informal=self._informal(raw, place),
            competence=raw.get("competence"),
        )

    def _informal(self, raw: Mapping[str, Any], place: Place) -> bool:
        """Only an informal message carries no row of the law and moves no procedure."""
        informal: bool = raw.get("informal", False)
        if informal != (not raw["rows"]) or (informal and "procedure" in raw):
            raise self.document.error(place, "is informal without rows and procedure, or formal with rows")
        return informal

    def _systems(self, names: Sequence[str], place: Place) -> tuple[str, ...]:
        self._check_distinct(names, place, "system")
        known = self.vocabularies[self.raw["external_systems"]].values
        for index, name in enumerate(names):
            if name not in known:
                raise self.document.error((*place, index), f"{name!r} is not in {self.raw['external_systems']}")
        return tuple(names)

    def _not_exchanged(self) -> tuple[NotExchanged, ...]:
        rows = tuple(NotExchanged(**one) for one in self.raw["not_exchanged"])
        self._check_distinct([one.row for one in rows], ("not_exchanged",), "row")
        return rows

    def _referred(self, known: Mapping[str, _T], name: str, place: Place) -> _T:
        if name not in known:
            raise self.document.error(place, f"{name!r} does not exist")
        return known[name]

    def _check_distinct(self, values: Iterable[str], place: Place, what: str) -> None:
        seen: set[str] = set()
        for index, value in enumerate(values):
            if value in seen:
                raise self.document.error((*place, index), f"the {what} {value!r} is given twice")
            seen.add(value)
