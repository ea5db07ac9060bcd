"""The schema of the catalogue's YAML: which keys there are, what they hold and which must be given."""

import re

from marshmallow import fields, validate

from board_hub.domain.audience import Kind, Members
from board_hub.law.procedure_schema import (
    ClockSchema,
    CompetenceTestSchema,
    FixedDateSchema,
    ProcedureSchema,
)
from board_hub.law.schema_parts import CODE, NAME, ROW, MapOf, OneOf, Strict, Words, kinds, text

MAX_LENGTH = 20_000
MAX_ITEMS = 100


class CodeSchema(Strict):
    code = Words(CODE, required=True)
    label = text(required=True)
    cite = Words()


class VocabularySchema(Strict):
    title = text(required=True)
    cite = Words(required=True)
    codes = fields.List(fields.Nested(CodeSchema), required=True, validate=validate.Length(min=1))


class CommonFieldSchema(Strict):
    type = Words(required=True)
    vocabulary = Words()
    cite = Words()
    label = text(required=True)
    help = text()
    max_length = fields.Integer(strict=True, validate=validate.Range(1, MAX_LENGTH))
    max_items = fields.Integer(strict=True, validate=validate.Range(1, MAX_ITEMS))
    minimum = fields.Integer(strict=True)
    maximum = fields.Integer(strict=True)


class FieldSchema(CommonFieldSchema):
    name = Words(NAME, required=True)
    required = fields.Boolean(truthy={True}, falsy={False})
    copied = fields.Boolean(truthy={True}, falsy={False})
    type = Words()
    label = text()


class StructureSchema(Strict):
    title = text(required=True)
    fields_ = fields.List(fields.Nested(FieldSchema), required=True, data_key="fields", validate=validate.Length(min=1))


class GroupSchema(Strict):
    members = OneOf(Members, required=True)
    kinds = kinds(required=True)
    fallback = OneOf(Kind)


class NamedSchema(Strict):
    kinds = kinds(required=True)
    required = fields.Boolean(truthy={True}, falsy={False}, required=True)


class AudienceSchema(Strict):
    title = text(required=True)
    groups = fields.List(fields.Nested(GroupSchema))
    fixed = kinds()
    named = fields.Nested(NamedSchema)


class NoticeTypeSchema(Strict):
    act = Words()
    article = Words(required=True)
    rows = fields.List(Words(ROW), required=True)
    informal = fields.Boolean(truthy={True}, falsy={False})
    title = text(required=True)
    help = text()
    from_ = kinds(required=True, data_key="from")
    to = Words(required=True)
    copies = fields.Boolean(truthy={True}, falsy={False})
    procedure = Words(CODE)
    competence = Words(CODE)
    fields_ = fields.List(fields.Nested(FieldSchema), required=True, data_key="fields", validate=validate.Length(min=1))
    external_reference = fields.List(Words(NAME))


class NotExchangedSchema(Strict):
    row = Words(ROW, required=True)
    article = Words(required=True)
    title = Words(required=True)
    reason = Words(required=True)


class CatalogueFileSchema(Strict):
    """The whole of a law version. A new part of the law is a new key here."""

    law_version = Words(re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), required=True)
    title = text(required=True)
    member_states = Words(required=True)
    copy_kinds = kinds(required=True)
    external_systems = Words(required=True)
    vocabularies = MapOf(CODE, fields.Nested(VocabularySchema), required=True)
    structures = MapOf(NAME, fields.Nested(StructureSchema), required=True)
    common_fields = MapOf(NAME, fields.Nested(CommonFieldSchema), required=True)
    audiences = MapOf(NAME, fields.Nested(AudienceSchema), required=True)
    notice_types = MapOf(CODE, fields.Nested(NoticeTypeSchema), required=True)
    not_exchanged = fields.List(fields.Nested(NotExchangedSchema), required=True)
    procedures = MapOf(CODE, fields.Nested(ProcedureSchema))
    clock_effects = Words()
    clocks = MapOf(CODE, fields.Nested(ClockSchema))
    fixed_dates = fields.List(fields.Nested(FixedDateSchema))
    competence_tests = MapOf(CODE, fields.Nested(CompetenceTestSchema))
