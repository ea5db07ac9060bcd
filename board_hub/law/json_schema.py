"""JSON Schema 2020-12 of each notice type's `data`, straight from the catalogue.

Only keywords that mean the same in draft-07, so that the AsyncAPI document holds the same schemas.
"""

from typing import Any

from board_hub.law.catalogue import Catalogue, Field, FieldType, MissingStatus, NoticeType, Structure, title_in
from board_hub.law.fields import MAX_REASON
from board_hub.law.notice_parts import parts_json_schema
from board_hub.law.patterns import (
    COUNTRY_PATTERN,
    DATE_PATTERN,
    DATETIME_PATTERN,
    MAX_DATETIME,
    MAX_PARTICIPANT,
    MAX_SOURCE,
    MAX_URL,
    MESSAGE_ID_PATTERN,
    PARTICIPANT_PATTERN,
    SOURCE_PATTERN,
    TEXT_PATTERN,
    URL_PATTERN,
)
from board_hub.law.schemas import MAX_EXTERNAL_REFERENCE, MAX_RECIPIENTS

JsonSchema = dict[str, Any]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DEFINITIONS = "#/$defs/"


def notice_json_schema(catalogue: Catalogue, code: str) -> JsonSchema:
    """The schema of this notice type's `data`, with all it refers to under `$defs`."""
    notice_type = catalogue.notice_types[code]
    schema = notice_data_schema(catalogue, notice_type)
    return {"$schema": DIALECT, **schema, "$defs": _used(schema, definitions(catalogue))}


def notice_data_schema(catalogue: Catalogue, one: NoticeType, refs: str = DEFINITIONS) -> JsonSchema:
    """The same without `$defs`; what it refers to is named under `refs`."""
    fields = {field.name: field_json_schema(field, refs) for field in one.fields}
    properties: dict[str, JsonSchema] = {
        "notice_type": {"const": one.code},
        "law_version": {"const": catalogue.law_version},
        "fields": _object(fields),
        "missing": _object({name: {"$ref": f"{refs}missing"} for name in fields}),
        "external_references": _object({name: text_schema(MAX_EXTERNAL_REFERENCE) for name in one.external_references}),
        "attachments": {"$ref": f"{refs}attachments"},
        "revision": {"$ref": f"{refs}revision"},
    }
    required = ["notice_type", "law_version", "fields"]
    if one.audience.named:
        recipients = {"type": "array", "minItems": 1, "maxItems": MAX_RECIPIENTS, "uniqueItems": True}
        properties["to"] = {**recipients, "items": {"$ref": f"{refs}participant"}}
    if one.audience.named_required:
        required.append("to")
    rules = [_given_or_explained(field) for field in one.fields]
    return {"title": title_in(one.title), **_object(properties, required), "allOf": rules}


def definitions(catalogue: Catalogue, refs: str = DEFINITIONS) -> dict[str, JsonSchema]:
    """What the schemas share: vocabularies, structures, references to messages and participants."""
    shared: dict[str, JsonSchema] = {
        "participant": pattern_schema(PARTICIPANT_PATTERN, MAX_PARTICIPANT),
        "message": _object(
            {"source": pattern_schema(SOURCE_PATTERN, MAX_SOURCE), "id": pattern_schema(MESSAGE_ID_PATTERN, 64)},
            ["source", "id"],
        ),
        "missing": _object(
            {"status": {"enum": [one.value for one in MissingStatus]}, "reason": text_schema(MAX_REASON)},
            ["status", "reason"],
        ),
        **parts_json_schema(refs),
    }
    for name, vocabulary in catalogue.vocabularies.items():
        codes = [one.code for one in vocabulary.codes]
        shared[f"vocabulary.{name}"] = {"title": title_in(vocabulary.title), "type": "string", "enum": codes}
    for name, structure in catalogue.structures.items():
        shared[f"structure.{name}"] = _structure(structure, refs)
    return shared


def field_json_schema(one: Field, refs: str = DEFINITIONS) -> JsonSchema:
    words = {"title": title_in(one.label), **({"description": title_in(one.help)} if one.help else {})}
    inner = _single(one, refs)
    if not one.many:
        return {**words, **inner}
    distinct = {"uniqueItems": True} if one.type in (FieldType.CODE, FieldType.PARTICIPANT) else {}
    return {**words, "type": "array", "items": inner, "minItems": 1, "maxItems": one.max_items, **distinct}


def text_schema(max_length: int) -> JsonSchema:
    """Text that is not blank and holds no control characters but tab and line ends."""
    return {"type": "string", "minLength": 1, "maxLength": max_length, "pattern": f"^{TEXT_PATTERN}$"}


def pattern_schema(pattern: str, max_length: int) -> JsonSchema:
    return {"type": "string", "maxLength": max_length, "pattern": f"^{pattern}$"}


def _single(one: Field, refs: str) -> JsonSchema:
    if one.structure:
        return {"$ref": f"{refs}structure.{one.structure.name}"}
    if one.vocabulary:
        return {"$ref": f"{refs}vocabulary.{one.vocabulary.name}"}
    if one.type in (FieldType.MESSAGE, FieldType.PARTICIPANT):
        return {"$ref": f"{refs}{one.type}"}
    if one.type is FieldType.TEXT:
        return text_schema(one.max_length)
    if one.type in (FieldType.INTEGER, FieldType.DECIMAL):
        bounds = {"minimum": one.minimum, "maximum": one.maximum}
        name = "integer" if one.type is FieldType.INTEGER else "number"
        return {"type": name, **{key: bound for key, bound in bounds.items() if bound is not None}}
    return {
        FieldType.DATE: {**pattern_schema(DATE_PATTERN, 10), "format": "date"},
        FieldType.DATETIME: {**pattern_schema(DATETIME_PATTERN, MAX_DATETIME), "format": "date-time"},
        FieldType.BOOLEAN: {"type": "boolean"},
        FieldType.URL: pattern_schema(URL_PATTERN, MAX_URL),
        FieldType.COUNTRY: pattern_schema(COUNTRY_PATTERN, 2),
    }[one.type]


def _structure(structure: Structure, refs: str) -> JsonSchema:
    properties = {one.name: field_json_schema(one, refs) for one in structure.fields}
    required = [one.name for one in structure.fields if one.required]
    return {"title": title_in(structure.title), **_object(properties, required)}


def _object(properties: dict[str, JsonSchema], required: list[str] | None = None) -> JsonSchema:
    needs = {"required": required} if required else {}
    return {"type": "object", "properties": properties, **needs, "additionalProperties": False}


def _given_or_explained(one: Field) -> JsonSchema:
    """Never in `fields` and in `missing`; in one of the two where the field is required."""
    given = {"properties": {"fields": {"required": [one.name]}}, "required": ["fields"]}
    explained = {"properties": {"missing": {"required": [one.name]}}, "required": ["missing"]}
    return {"oneOf": [given, explained]} if one.required else {"not": {"allOf": [given, explained]}}


def _used(schema: JsonSchema, shared: dict[str, JsonSchema]) -> dict[str, JsonSchema]:
    """Of the shared definitions those that this schema refers to, directly or not."""
    used: dict[str, JsonSchema] = {}
    waiting = list(_references(schema))
    while waiting:
        name = waiting.pop()
        if name not in used:
            used[name] = shared[name]
            waiting.extend(_references(shared[name]))
    return dict(sorted(used.items()))


def _references(value: Any) -> list[str]:
    if isinstance(value, list):
        return [name for inner in value for name in _references(inner)]
    if not isinstance(value, dict):
        return []
    own = [value["$ref"].removeprefix(DEFINITIONS)] if isinstance(value.get("$ref"), str) else []
    return own + [name for inner in value.values() for name in _references(inner)]
