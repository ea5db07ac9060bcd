"""The parts that the schema of the catalogue's YAML file is made of: words, codes, texts in languages."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from board_hub.domain.audience import Kind

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
LANGUAGE = re.compile(r"[a-z]{2}")
ROW = re.compile(r"[A-Z][A-Z0-9]{2,3}")


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

    def __init__(self, allowed: type[StrEnum], **kwargs: Any) -> None:
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


def text(**kwargs: Any) -> MapOf:
    return MapOf(LANGUAGE, Words(), validate=_speaks_english, **kwargs)


def _speaks_english(value: Mapping[str, str]) -> None:
    if "en" not in value:
        raise ValidationError("the English words (en) are missing")


def kinds(**kwargs: Any) -> fields.List[str]:
    return fields.List(OneOf(Kind), validate=validate.Length(min=1), **kwargs)


class Strict(Schema):
    class Meta:
        unknown = RAISE
