"""The schema of procedures, clocks, fixed dates and competence tests in the catalogue's YAML."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from board_hub.domain.clocks import ClockKind, Holder, Moment
from board_hub.domain.periods import Unit
from board_hub.domain.procedures import By
from board_hub.law.schema_parts import CODE, NAME, ROW, MapOf, OneOf, Strict, Words, kinds, text

_MONTH_DAY = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])")
_TRIGGERS = ("notice", "withdrawn", "expired", "met")
_OF_NOTICES_ONLY = ("when", "unless", "by", "within")
MAX_PERIOD = 1000


class OneOrMore(fields.Field[list[Any]]):
    """A word, a number or a truth value, or a list of them."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> list[Any]:
        values = value if isinstance(value, list) else [value]
        if not values or any(not isinstance(one, str | bool | int) or one == "" for one in values):
            raise ValidationError("must be a value or a list of values")
        return values


class Said(StrEnum):
    """When a notice's own event happened; other moments have a key of their own."""

    SENT = Moment.SENT.value
    RECEIVED = Moment.RECEIVED.value


def _conditions() -> MapOf:
    return MapOf(NAME, OneOrMore())


class _Conditional(Strict):
    when = _conditions()
    unless = _conditions()


class TransitionSchema(_Conditional):
    notice = Words(CODE)
    expired = fields.List(Words(CODE), validate=validate.Length(min=1))
    met = fields.List(Words(CODE), validate=validate.Length(min=1))
    withdrawn = fields.List(Words(CODE), validate=validate.Length(min=1))
    to = Words(CODE)
    by = OneOf(By)
    within = fields.List(Words(CODE), validate=validate.Length(min=1))

    @validates_schema
    def check_trigger(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        given = [name for name in _TRIGGERS if name in data]
        if len(given) != 1:
            raise ValidationError("says exactly one of notice, withdrawn, expired, met")
        if given != ["notice"] and ("to" not in data or any(name in data for name in _OF_NOTICES_ONLY)):
            raise ValidationError("a step that is not by notice says where it leads, and has no conditions")


class StateSchema(Strict):
    title = text(required=True)
    final = fields.Boolean(truthy={True}, falsy={False})
    on = fields.List(fields.Nested(TransitionSchema))


class ProcedureSchema(Strict):
    title = text(required=True)
    cite = Words(required=True)
    request = fields.Boolean(truthy={True}, falsy={False})
    states = MapOf(CODE, fields.Nested(StateSchema), required=True)
    anywhere = fields.List(fields.Nested(TransitionSchema))


class PeriodSchema(Strict):
    n = fields.Integer(strict=True, required=True, validate=validate.Range(1, MAX_PERIOD))
    unit = OneOf(Unit, required=True)
    backwards = fields.Boolean(truthy={True}, falsy={False})


class ClockStartSchema(_Conditional):
    notice = Words(CODE)
    state = Words(CODE)
    yearly = Words(_MONTH_DAY)
    at = OneOf(Said)
    field = Words(NAME)

    @validates_schema
    def check_event(self, data: Mapping[str, Any], **kwargs: Any) -> None:
        if sum(name in data for name in ("notice", "state", "yearly")) != 1:
            raise ValidationError("says exactly one of notice, state, yearly")
        if "notice" in data and ("at" in data) == ("field" in data):
            raise ValidationError("a notice starts a clock at (sent, received) or by a field; say one")


class NoticeMatchSchema(_Conditional):
    notice = Words(CODE, required=True)
    field = Words(NAME)


class ClockHolderSchema(Strict):
    who = OneOf(Holder, required=True)
    kinds = kinds()
    members = Words(re.compile("all|others"))


class ExtensionSchema(Strict):
    by = fields.Nested(NoticeMatchSchema, required=True)
    period = fields.Nested(PeriodSchema, required=True)
    times = fields.Integer(strict=True, required=True, validate=validate.Range(1, MAX_PERIOD))


def _matches() -> fields.List[Any]:
    return fields.List(fields.Nested(NoticeMatchSchema), validate=validate.Length(min=1))


class ClockSchema(Strict):
    act = Words()
    article = Words(required=True)
    title = text(required=True)
    kind = OneOf(ClockKind, required=True)
    period = fields.Nested(PeriodSchema)
    procedure = Words(CODE)
    starts = fields.List(fields.Nested(ClockStartSchema), required=True, validate=validate.Length(min=1))
    holder = fields.Nested(ClockHolderSchema, required=True)
    effect = Words(CODE, required=True)
    escalate = fields.Boolean(truthy={True}, falsy={False})
    met_by = _matches()
    ended_by = _matches()
    ended_in = fields.List(Words(CODE))
    suspended_by = _matches()
    resumed_by = _matches()
    restart = fields.Boolean(truthy={True}, falsy={False})
    extension = fields.Nested(ExtensionSchema)
    warn = fields.List(fields.Integer(strict=True, validate=validate.Range(0, 400)))
    repeats = fields.Boolean(truthy={True}, falsy={False})
    rows = fields.List(Words(ROW), required=True, validate=validate.Length(min=1))
    note = text()


class FixedDateSchema(Strict):
    date = Words(re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), required=True)
    title = text(required=True)
    cite = Words(required=True)
    kinds = kinds()
    warn = fields.List(fields.Integer(strict=True, validate=validate.Range(0, 400)))


class CompetenceTestSchema(Strict):
    article = Words(required=True)
    title = text(required=True)
    field = Words(NAME, required=True)
    elsewhere = fields.List(_conditions(), required=True, validate=validate.Length(min=1))
    notice = Words(CODE, required=True)
    message = text(required=True)
