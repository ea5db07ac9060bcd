"""The JSON Schema of a notice type and `check_notice` say the same."""

import copy
from functools import cache
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker

from board_hub.domain.errors import Invalid
from board_hub.law.catalogue import Catalogue
from board_hub.law.examples import example_notice
from board_hub.law.json_schema import notice_json_schema
from board_hub.law.loader import load_catalogue
from board_hub.law.schemas import check_notice

CATALOGUE = load_catalogue()
CODES = sorted(CATALOGUE.notice_types)

MEMBERS = ["colour", "to", "missing", "external_references"]

# No floats: JSON Schema takes 1.0 for an integer, the gate does not.
RUBBISH = st.recursive(
    st.none() | st.booleans() | st.integers(-3000, 3000) | st.text(max_size=8) | st.sampled_from(["2026-02-30", "FR"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
REASONS = st.fixed_dictionaries(
    {"status": st.sampled_from(["withheld", "not_yet_available", "lost"]), "reason": st.sampled_from(["Why.", "", " "])}
)


@cache
def validator(code: str) -> Draft202012Validator:
    schema = notice_json_schema(CATALOGUE, code)
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, format_checker=FormatChecker(["date"]))


def accepted(data: object) -> bool:
    try:
        check_notice(CATALOGUE, data)
    except Invalid:
        return False
    return True


@st.composite
def mutated_notices(draw: st.DrawFn) -> dict[str, Any]:
    """A valid notice of any type with up to four changes that may break it, or not."""
    data = copy.deepcopy(example_notice(CATALOGUE, draw(st.sampled_from(CODES))))
    for change in draw(st.lists(st.sampled_from(CHANGES), max_size=4)):
        change(draw, data)
    return data


def drop_field(draw: st.DrawFn, data: dict[str, Any]) -> None:
    if data["fields"]:
        data["fields"].pop(draw(st.sampled_from(sorted(data["fields"]))))


def explain_field(draw: st.DrawFn, data: dict[str, Any]) -> None:
    names = [one.name for one in CATALOGUE.notice_types[data["notice_type"]].fields]
    name = draw(st.sampled_from([*names, "nothing"]))
    data.setdefault("missing", {})[name] = draw(REASONS)
    if draw(st.booleans()):
        data["fields"].pop(name, None)


def replace_value(draw: st.DrawFn, data: dict[str, Any]) -> None:
    """Puts rubbish, or a value from elsewhere in the notice, in the place of a value at any depth."""
    places = list(walk(data["fields"]))
    if places:
        holder, key = draw(st.sampled_from(places))
        holder[key] = draw(RUBBISH | st.sampled_from([copy.deepcopy(other[at]) for other, at in places]))


CHANGES = (drop_field, explain_field, replace_value)


def walk(value: Any) -> Any:
    entries = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in entries:
        yield value, key
        yield from walk(inner)


@pytest.mark.parametrize("code", CODES)
def test_the_example_of_every_type_is_valid(catalogue: Catalogue, code: str) -> None:
    assert list(validator(code).iter_errors(example_notice(catalogue, code))) == []


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=mutated_notices())
def test_schema_and_gate_agree_on_changed_notices(data: dict[str, Any]) -> None:
    assert validator(data["notice_type"]).is_valid(data) == accepted(data)


@settings(max_examples=100, deadline=None)
@given(data=mutated_notices(), name=st.sampled_from(MEMBERS), value=RUBBISH, nested=st.booleans())
def test_schema_and_gate_agree_on_other_members(data: dict[str, Any], name: str, value: Any, nested: bool) -> None:
    (data["fields"] if nested else data)[name] = value
    assert validator(data["notice_type"]).is_valid(data) == accepted(data)


@settings(max_examples=100, deadline=None)
@given(rubbish=RUBBISH, code=st.sampled_from(CODES))
def test_the_gate_only_ever_accepts_or_raises_invalid(rubbish: Any, code: str) -> None:
    for data in (rubbish, {"notice_type": code, "law_version": "2026-07-27", "fields": rubbish, "missing": rubbish}):
        assert not accepted(data)


def test_a_schema_defines_all_it_refers_to_and_no_more(catalogue: Catalogue) -> None:
    assert set(notice_json_schema(catalogue, "art46-4-objection")["$defs"]) == {
        "attachments",
        "message",
        "missing",
        "participant",
        "revision",
    }


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-02T14:30:00+01:00",
        "2026-11-02T13:30:00Z",
        "2026-11-02T13:30:00.123456Z",
        "2026-11-02T13:30:00",
        "2026-11-02T24:00:00Z",
        "2026-11-02T13:60:00Z",
        "2026-11-02T13:30:60Z",
        "2026-11-02T13:30:00+24:00",
        "2026-11-02 13:30:00Z",
        "2026-11-02t13:30:00z",
        "1899-12-31T13:30:00Z",
        "2026-11-02",
        "",
    ],
)
def test_schema_and_gate_agree_on_moments(catalogue: Catalogue, value: str) -> None:
    data = example_notice(catalogue, "art5-4-use")
    data["fields"]["use_started_at"] = value
    assert accepted(data) == validator("art5-4-use").is_valid(data)
