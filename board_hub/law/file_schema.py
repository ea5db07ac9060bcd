"""The schema of the catalogue's YAML file: which keys there are, what they hold and which must be given."""

import re
from collections.abc import Mapping
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from board_hub.domain.audience import Kind, Members

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
LANGUAGE = re.compile(r"[a-z]{2}")
ROW = re.compile(r"[A-Z][A-Z0-9]{2,3}")
MAX_LENGTH = 20_000
MAX_ITEMS = 100


class Words(fields.Field[str]):
    """Text, optionally of one form; never a number or a truth value that happens to look like it."""

    def __init__(self, form: re.Pattern[str] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.form = form

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str) or not value.strip():
            raise ValidationError("must be text")
        if self.form and not self.form.fullmatch(value):
            raise ValidationError(f"{value!r} must look like {self.form.pattern}")
        return value


class OneOf(Words):
    """One of a closed set of words."""

    def __init__(self, allowed: type[Kind] | type[Members], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.allowed = frozenset(one.value for one in allowed)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> str:
        if value not in self.allowed:
            raise ValidationError(f"{value!r} is not one of {', '.join(sorted(self.allowed))}")
        return str(value)


class MapOf(fields.Field[dict[str, Any]]):
    """An object whose keys are codes of one form and whose values follow one field."""

    def __init__(self, form: re.Pattern[str], inner: fields.Field[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.form, self.inner = form, inner

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise ValidationError("must be an object")
        errors: dict[str, Any] = {}
        for key, entry in value.items():
            try:
                if not self.form.fullmatch(key):
                    raise ValidationError(f"the key must look like {self.form.pattern}")
                self.inner.deserialize(entry)
            except ValidationError as error:
                errors[key] = error.messages
        if errors:
            raise ValidationError(errors)
        return dict(value)


def _text(**kwargs: Any) -> MapOf:
    return MapOf(LANGUAGE, Words(), validate=_speaks_english, **kwargs)


def _speaks_english(value: Mapping[str, str]) -> None:
    if "en" not in value:
        raise ValidationError("the English words (en) are missing")


def _kinds(**kwargs: Any) -> fields.List[str]:
    return fields.List(OneOf(Kind), validate=validate.Length(min=1), **kwargs)


class _Strict(Schema):
    class Meta:
        unknown = RAISE


class CodeSchema(_Strict):
    code = Words(CODE, required=True)
    label = _text(required=True)
    cite = Words()


class VocabularySchema(_Strict):
    title = _text(required=True)
    cite = Words(required=True)
    codes = fields.List(fields.Nested(CodeSchema), required=True, validate=validate.Length(min=1))


class CommonFieldSchema(_Strict):
    type = Words(required=True)
    vocabulary = Words()
    cite = Words()
    label = _text(required=True)
    help = _text()
    max_length = fields.Integer(strict=True, validate=validate.Range(1, MAX_LENGTH))
    max_items = fields.Integer(strict=True, validate=validate.Range(1, MAX_ITEMS))
    minimum = fields.Integer(strict=True)
    maximum = fields.Integer(strict=True)


class FieldSchema(CommonFieldSchema):
    name = Words(NAME, required=True)
    required = fields.Boolean(truthy={True}, falsy={False})
    type = Words()
    label = _text()


class StructureSchema(_Strict):
    title = _text(required=True)
    fields_ = fields.List(fields.Nested(FieldSchema), required=True, data_key="fields", validate=validate.Length(min=1))


class GroupSchema(_Strict):
    members = OneOf(Members, required=True)
    kinds = _kinds(required=True)
    fallback = OneOf(Kind)


class NamedSchema(_Strict):
    kinds = _kinds(required=True)
    required = fields.Boolean(truthy={True}, falsy={False}, required=True)


class AudienceSchema(_Strict):
    title = _text(required=True)
    groups = fields.List(fields.Nested(GroupSchema))
    fixed = _kinds()
    named = fields.Nested(NamedSchema)


class NoticeTypeSchema(_Strict):
    act = Words()
    article = Words(required=True)
    rows = fields.List(Words(ROW), required=True, validate=validate.Length(min=1))
    title = _text(required=True)
    help = _text()
    from_ = _kinds(required=True, data_key="from")
    to = Words(required=True)
    copies = fields.Boolean(truthy={True}, falsy={False})
    procedure = Words(CODE)
    fields_ = fields.List(fields.Nested(FieldSchema), required=True, data_key="fields", validate=validate.Length(min=1))
    external_reference = fields.List(Words(NAME))


class NotExchangedSchema(_Strict):
    row = Words(ROW, required=True)
    article = Words(required=True)
    title = Words(required=True)
    reason = Words(required=True)


class CatalogueFileSchema(_Strict):
    """The whole file. A new part of the law (procedures, clocks) is a new key here."""

    law_version = Words(re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), required=True)
    title = _text(required=True)
    member_states = Words(required=True)
    copy_kinds = _kinds(required=True)
    external_systems = Words(required=True)
    vocabularies = MapOf(CODE, fields.Nested(VocabularySchema), required=True)
    structures = MapOf(NAME, fields.Nested(StructureSchema), required=True)
    common_fields = MapOf(NAME, fields.Nested(CommonFieldSchema), required=True)
    audiences = MapOf(NAME, fields.Nested(AudienceSchema), required=True)
    notice_types = MapOf(CODE, fields.Nested(NoticeTypeSchema), required=True)
    not_exchanged = fields.List(fields.Nested(NotExchangedSchema), required=True)
