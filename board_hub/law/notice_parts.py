"""Parts that every notice may have beside its type's fields: attachments, and which earlier version it replaces."""

import re
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError

from board_hub.domain.markings import Marking
from board_hub.law.fields import ABSENT, CheckedField, Fault, NumberField, ObjectField, PatternField, TextField, refuse
from board_hub.law.patterns import (
    MAX_SOURCE,
    MEDIA_TYPE_PATTERN,
    MESSAGE_ID_PATTERN,
    SHA256_PATTERN,
    SOURCE_PATTERN,
    TEXT_PATTERN,
)

MAX_ATTACHMENTS = 50
MAX_NAME = 200
MAX_POINTER = 500
MAX_MEDIA_TYPE = 100
MAX_REVISION_REASON = 2000
MAX_FILE_BYTES = 2**40


class RevisionKind(StrEnum):
    """Why a notice is sent again as a whole; the earlier version stays, marked as replaced."""

    CORRECTION = "correction"
    COMPLETION = "completion"


class ChoiceField(CheckedField):
    """One of a closed set of words of the hub's own."""

    def __init__(self, allowed: type[StrEnum], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.allowed = tuple(one.value for one in allowed)

    def check(self, value: Any) -> None:
        if value not in self.allowed:
            refuse("code.unknown", f"Must be one of {', '.join(self.allowed)}.")


_FILE = ("sha256", "size", "media_type")


class AttachmentField(ObjectField):
    """A file uploaded before, by its digest; or, `pointer-only`, where the file is that stays with its owner."""

    def __init__(self, **kwargs: Any) -> None:
        inner: dict[str, CheckedField] = {
            "name": TextField(MAX_NAME),
            "sha256": PatternField(re.compile(SHA256_PATTERN), 64, "a SHA-256 in lower-case hexadecimal"),
            "size": NumberField(whole=True, minimum=1, maximum=MAX_FILE_BYTES),
            "media_type": PatternField(re.compile(MEDIA_TYPE_PATTERN), MAX_MEDIA_TYPE, "a media type"),
            "marking": ChoiceField(Marking),
            "pointer": TextField(MAX_POINTER),
        }
        super().__init__(inner, ["name"], **kwargs)

    def check(self, value: Any) -> None:
        super().check(value)
        pointer = value.get("marking") == Marking.POINTER_ONLY
        wanted, unwanted = (("pointer",), _FILE) if pointer else (_FILE, ("pointer",))
        why = "a pointer-only file stays with its owner" if pointer else "a pointer needs the marking pointer-only"
        errors = {name: [ABSENT] for name in wanted if name not in value}
        errors |= {name: [Fault("field.invalid", f"Leave this out: {why}.")] for name in unwanted if name in value}
        if errors:
            raise ValidationError(errors)


def revision_field() -> ObjectField:
    """The field `revision` of a notice's data."""
    earlier = {
        "source": PatternField(re.compile(SOURCE_PATTERN), MAX_SOURCE, "the earlier version's source"),
        "id": PatternField(re.compile(MESSAGE_ID_PATTERN), 64, "a message id"),
    }
    inner: dict[str, CheckedField] = {
        "of": ObjectField(earlier, earlier),
        "kind": ChoiceField(RevisionKind),
        "reason": TextField(MAX_REVISION_REASON),
    }
    return ObjectField(inner, inner)


def parts_json_schema(refs: str) -> dict[str, dict[str, Any]]:
    """JSON Schema of the parts, by their names in a notice's data; messages are named under `refs`."""

    def text(length: int) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": length, "pattern": f"^{TEXT_PATTERN}$"}

    markings = [one.value for one in Marking if one is not Marking.POINTER_ONLY]
    file = {
        "name": text(MAX_NAME),
        "sha256": {"type": "string", "maxLength": 64, "pattern": f"^{SHA256_PATTERN}$"},
        "size": {"type": "integer", "minimum": 1, "maximum": MAX_FILE_BYTES},
        "media_type": {"type": "string", "maxLength": MAX_MEDIA_TYPE, "pattern": f"^{MEDIA_TYPE_PATTERN}$"},
        "marking": {"enum": markings},
    }
    pointer = {"name": text(MAX_NAME), "marking": {"const": str(Marking.POINTER_ONLY)}, "pointer": text(MAX_POINTER)}
    attachment = {"oneOf": [_closed(file, ["name", *_FILE]), _closed(pointer, list(pointer))]}
    revision = {
        "of": {"$ref": f"{refs}message"},
        "kind": {"enum": [one.value for one in RevisionKind]},
        "reason": text(MAX_REVISION_REASON),
    }
    return {
        "attachments": {"type": "array", "minItems": 1, "maxItems": MAX_ATTACHMENTS, "items": attachment},
        "revision": _closed(revision, list(revision)),
    }


def _closed(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": required, "additionalProperties": False}
