"""The gate for every notice: marshmallow schemas built from the catalogue, and `check_notice`."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from marshmallow import ValidationError, validates_schema

from board_hub.domain.errors import Flaw, Invalid
from board_hub.law.catalogue import Catalogue, NoticeType
from board_hub.law.completeness import Completeness, assess
from board_hub.law.field_types import field_of, participant_field
from board_hub.law.fields import (
    Fault,
    ListField,
    MissingField,
    ObjectField,
    StrictSchema,
    TextField,
    shown,
)
from board_hub.law.notice_parts import MAX_ATTACHMENTS, AttachmentField, revision_field

MAX_FLAWS = 50
"""A refusal names at most so many flaws: a body of rubbish gets a short answer."""
MAX_RECIPIENTS = 200
MAX_EXTERNAL_REFERENCE = 100
_MAX_PATH_PART = 64
_ROOT = "/data"


@dataclass(frozen=True)
class Notice:
    """A checked notice: the values are the JSON values of the message, unchanged."""

    notice_type: str
    law_version: str
    to: tuple[str, ...]
    fields: Mapping[str, Any]
    missing: Mapping[str, Mapping[str, str]]
    external_references: Mapping[str, str]
    completeness: Completeness
    attachments: tuple[Mapping[str, Any], ...] = ()
    revision: Mapping[str, Any] | None = None


class NoticeSchema(StrictSchema):
    """The `data` of a notice; `_build` adds the fields of its type."""

    notice_type = TextField(64, required=True)
    law_version = TextField(64, required=True)

    required_fields: tuple[str, ...] = ()
    may_name = False
    must_name = False

    @validates_schema(pass_original=True, skip_on_field_errors=False)
    def check_whole(self, data: Any, original: Any, **kwargs: Any) -> None:
        errors = {"to": self._names(original), **self._gaps(original.get("fields"), original.get("missing", {}))}
        if found := {key: faults for key, faults in errors.items() if faults}:
            raise ValidationError(found)

    def _gaps(self, given: object, missing: object) -> dict[str, Any]:
        """A required field is given or explained, and never both (Delegated Regulation (EU) 2024/3173 Annex I 2.1)."""
        if not isinstance(given, dict) or not isinstance(missing, dict):
            return {}
        absent = [name for name in self.required_fields if name not in given and name not in missing]
        both = given.keys() & missing.keys() if missing else ()
        return {"fields": {name: [_ABSENT] for name in absent}, "missing": {name: [_BOTH] for name in both}}

    def _names(self, original: Mapping[str, object]) -> list[Fault]:
        """`to` is there where the type wants names, and only where it allows them."""
        if "to" in original:
            return [] if self.may_name else [_NOT_NAMED]
        return [_UNNAMED] if self.must_name else []


_ABSENT = Fault(
    "field.missing", "Required; give it, or say in `missing` that it is withheld or not_yet_available, with the reason."
)
_BOTH = Fault("field.invalid", "Given in `fields` as well; keep one of the two.")
_NOT_NAMED = Fault("audience.invalid", "The recipients of this notice follow from the law; leave `to` out.")
_UNNAMED = Fault("field.missing", "Name the recipients of this notice in `to`.")


def check_notice(catalogue: Catalogue, data: object) -> Notice:
    """Check the `data` of a notice against this law version.

    Raises Invalid with the contract's codes and paths from the envelope (`/data/fields/system/name`).
    """
    notice_type = _notice_type(catalogue, data)
    content = cast(dict[str, Any], data)
    try:
        _schemas(catalogue)[notice_type.code].load(content)
    except ValidationError as error:
        raise Invalid(flaws_of(error)) from None
    missing = content.get("missing", {})
    return Notice(
        notice_type=notice_type.code,
        law_version=content["law_version"],
        to=tuple(content.get("to", ())),
        fields=content["fields"],
        missing=missing,
        external_references=content.get("external_references", {}),
        completeness=assess(notice_type, content["fields"], missing),
        attachments=tuple(content.get("attachments", ())),
        revision=content.get("revision"),
    )


def _notice_type(catalogue: Catalogue, data: object) -> NoticeType:
    if not isinstance(data, dict):
        raise Invalid.one("field.invalid", _ROOT, f"`data` must be an object, not {shown(data)}.")
    version, code = data.get("law_version"), data.get("notice_type")
    if version is None or code is None:
        absent = [name for name, value in (("notice_type", code), ("law_version", version)) if value is None]
        raise Invalid(Flaw("field.missing", f"{_ROOT}/{name}", "This field is required; give it.") for name in absent)
    if version != catalogue.law_version:
        message = f"{shown(version)} is not the law version {catalogue.law_version}."
        raise Invalid.one("version.unknown", f"{_ROOT}/law_version", message)
    if not isinstance(code, str) or code not in catalogue.notice_types:
        message = f"{shown(code)} is no notice type of {version}; see the reference for the list."
        raise Invalid.one("type.unknown", f"{_ROOT}/notice_type", message)
    return catalogue.notice_types[code]


@lru_cache(maxsize=16)
def _schemas(catalogue: Catalogue) -> dict[str, NoticeSchema]:
    """The schemas of a catalogue, built once: this is the hot path."""
    return {code: _build(one) for code, one in catalogue.notice_types.items()}


def notice_schema(catalogue: Catalogue, code: str) -> NoticeSchema:
    """The marshmallow schema of this notice type's `data`."""
    return _schemas(catalogue)[code]


def _build(one: NoticeType) -> NoticeSchema:
    systems = {name: TextField(MAX_EXTERNAL_REFERENCE) for name in one.external_references}
    made: dict[str, Any] = {
        "to": ListField(participant_field("audience.invalid"), MAX_RECIPIENTS, distinct=True),
        "fields": ObjectField({field.name: field_of(field) for field in one.fields}, required=True),
        "missing": MissingField(one.field_names),
        "external_references": ObjectField(systems),
        "attachments": ListField(AttachmentField(), MAX_ATTACHMENTS),
        "revision": revision_field(),
    }
    schema = cast(type[NoticeSchema], NoticeSchema.from_dict(made, name=f"{one.code}_notice"))()
    schema.required_fields = one.required_fields
    schema.may_name, schema.must_name = bool(one.audience.named), one.audience.named_required
    return schema


def flaws_of(error: ValidationError) -> list[Flaw]:
    """The flaws of marshmallow's errors in `data`, in the order of their paths, at most MAX_FLAWS."""
    found = sorted(_flatten(error.messages, _ROOT))[:MAX_FLAWS]
    return [
        Flaw(message.code if isinstance(message, Fault) else "field.invalid", path, str(message))
        for path, message in found
    ]


def _flatten(messages: Any, path: str) -> Iterator[tuple[str, str]]:
    if not isinstance(messages, dict):
        for message in messages:
            yield path, message
        return
    for key, inner in messages.items():
        yield from _flatten(inner, path if key == "_schema" else f"{path}/{_pointer_part(key)}")


def _pointer_part(key: object) -> str:
    """One part of a JSON pointer (RFC 6901), cut where a sender made it too long to repeat."""
    return str(key)[:_MAX_PATH_PART].replace("~", "~0").replace("/", "~1")
