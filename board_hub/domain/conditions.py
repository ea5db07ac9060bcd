"""Conditions on the fields of a notice: what makes one rule of the law apply rather than another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Value = str | bool | int


@dataclass(frozen=True)
class Condition:
    """`field` holds one of `values`; a list holds it when one of its items does. An absent field holds nothing."""

    field: str
    values: frozenset[Value]

    def holds(self, fields: Mapping[str, Any]) -> bool:
        given = fields.get(self.field)
        if isinstance(given, list):
            return any(_plain(one) in self.values for one in given)
        return _plain(given) in self.values


@dataclass(frozen=True)
class Applies:
    """All of `when` hold and none of `unless`."""

    when: tuple[Condition, ...] = ()
    unless: tuple[Condition, ...] = ()

    def to(self, fields: Mapping[str, Any]) -> bool:
        return all(one.holds(fields) for one in self.when) and not any(one.holds(fields) for one in self.unless)


ALWAYS = Applies()


def meets_any(alternatives: Sequence[Sequence[Condition]], fields: Mapping[str, Any]) -> bool:
    """Whether all conditions of at least one alternative hold."""
    return any(all(one.holds(fields) for one in alternative) for alternative in alternatives)


def _plain(value: object) -> object:
    """Objects and lists inside a field equal no value; they must not fail as keys either."""
    return None if isinstance(value, dict | list) else value
