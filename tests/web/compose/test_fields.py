"""Forms made from the catalogue: what they post is what the notice says, for every notice type."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from board_hub.law.catalogue import Field, FieldType
from board_hub.law.examples import example_notice
from board_hub.law.loader import load_catalogue
from board_hub.web.compose.controls import Choices, Control, Filled, controls_of
from board_hub.web.compose.fields import read_fields, read_missing, to_moment, to_number

CATALOGUE = load_catalogue()
CHOICES = Choices(
    say=str,
    participants=[("DE", [("DE-BNETZA", "Bundesnetzagentur")])],
    countries=[("Member States", [("FR", "France")])],
    zones=[("Europe/Brussels", "Brussels"), ("UTC", "UTC")],
)


def posted(controls: tuple[Control, ...]) -> Iterator[tuple[str, str]]:
    """What a browser sends for these controls: the same names and values that the templates draw."""
    for one in controls:
        yield from _posted(one)
        if one.gap:
            yield one.gap.status_name, one.gap.status
            yield one.gap.reason_name, one.gap.reason


def _posted(one: Control) -> Iterator[tuple[str, str]]:
    if one.kind in ("group", "groups", "lines"):
        yield from posted(one.controls + one.rows)
    elif one.kind in ("codes", "participants"):
        yield from ((one.name, value) for value in one.value)
    elif one.kind in ("message", "messages"):
        known = {option[0] for option in one.options}
        values = one.value if isinstance(one.value, list) else [one.value]
        yield from ((one.name, value) for value in values if value in known)
        yield one.other_name, one.other
    else:
        yield one.name, one.value
        if one.kind == "datetime":
            yield one.zone_name, one.zone


def round_trip(code: str, fields: dict[str, Any], missing: dict[str, Any] | None = None) -> Any:
    notice_type = CATALOGUE.notice_types[code]
    form = MultiDict(list(posted(controls_of(notice_type, Filled(fields, missing or {}), CHOICES))))
    return read_fields(notice_type, form), read_missing(notice_type, form)


@pytest.mark.parametrize("code", sorted(CATALOGUE.notice_types))
def test_an_example_survives_its_form(code: str) -> None:
    fields = example_notice(CATALOGUE, code)["fields"]
    assert round_trip(code, fields) == (fields, {})


@pytest.mark.parametrize("code", sorted(CATALOGUE.notice_types))
def test_what_is_not_given_stays_absent(code: str) -> None:
    assert round_trip(code, {}) == ({}, {})


@pytest.mark.parametrize("code", sorted(CATALOGUE.notice_types))
def test_a_gap_of_every_field_survives_its_form(code: str) -> None:
    missing = {
        one.name: {"status": "withheld", "reason": f"Why {one.name}\nis not given"}
        for one in CATALOGUE.notice_types[code].fields
    }
    assert round_trip(code, {}, missing) == ({}, missing)


TEXTS = st.text(st.characters(exclude_characters="\r\0", exclude_categories=["Cs"]), min_size=1).filter(
    lambda text: not text.isspace()
)
LINES = TEXTS.map(str.strip).filter(bool)
MOMENTS = st.datetimes(timezones=st.sampled_from([None])).map(lambda one: one.isoformat() + "+05:30")


def values(one: Field) -> st.SearchStrategy[Any]:
    """Values a field may hold after typing, right or wrong."""
    if one.structure:
        inner = {each.name: values(each) for each in one.structure.fields}
        single: st.SearchStrategy[Any] = st.fixed_dictionaries({}, optional=inner).filter(bool)
    elif one.vocabulary:
        single = st.sampled_from([code.code for code in one.vocabulary.codes])
    else:
        single = {
            FieldType.BOOLEAN: st.booleans(),
            FieldType.INTEGER: st.integers(-(10**20), 10**20),
            FieldType.DECIMAL: st.floats(allow_nan=False, allow_infinity=False, min_value=0, max_value=1e30),
            FieldType.TEXT: TEXTS,
            FieldType.DATETIME: MOMENTS,
            FieldType.PARTICIPANT: st.sampled_from(["DE-BNETZA", "XX-GONE"]),
            FieldType.COUNTRY: st.sampled_from(["FR", "ZZ"]),
            FieldType.MESSAGE: st.builds(
                lambda id_: {"source": "urn:aiboard:participant:FR-CNIL", "id": id_},
                st.from_regex(r"[a-z0-9._:-]+", fullmatch=True),
            ),
        }.get(one.type, LINES)
    if not one.many:
        return single
    distinct = one.type in (FieldType.CODE, FieldType.PARTICIPANT)
    rows = st.lists(single, min_size=1, max_size=3, unique_by=repr if distinct else None)
    return rows.map(lambda found: sorted(found, key=_place(one))) if one.vocabulary else rows


def _place(one: Field) -> Any:
    assert one.vocabulary is not None
    return [code.code for code in one.vocabulary.codes].index


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_whatever_a_draft_holds_survives_its_form(data: st.DataObject) -> None:
    code = data.draw(st.sampled_from(sorted(CATALOGUE.notice_types)))
    inner = {one.name: values(one) for one in CATALOGUE.notice_types[code].fields}
    fields = data.draw(st.fixed_dictionaries({}, optional=inner))
    assert round_trip(code, fields)[0] == fields


def test_a_row_is_left_out_by_its_name() -> None:
    notice_type = CATALOGUE.notice_types["msr22-request"]
    form = MultiDict(
        [("f-questions-0", "Which versions?"), ("f-questions-1", "Since when?"), ("f-questions-7", "Who?")]
    )
    assert read_fields(notice_type, form, without="f-questions-1") == {"questions": ["Which versions?", "Who?"]}


def test_an_empty_list_shows_one_row_and_as_many_as_were_asked_for() -> None:
    notice_type = CATALOGUE.notice_types["msr22-request"]

    def rows(filled: Filled) -> int:
        return next(len(one.rows) for one in controls_of(notice_type, filled, CHOICES) if one.name == "f-questions")

    assert rows(Filled()) == 1
    assert rows(Filled({"questions": ["Which?"]}, rows={"f-questions": 3})) == 3
    assert rows(Filled(rows={"f-questions": 900})) == 20


@pytest.mark.parametrize(
    ("typed", "read"),
    [("12", 12), ("1 000 000", 1000000), ("1.5e25", 1.5e25), ("twelve", "twelve"), ("1e999", "1e999")],
)
def test_a_number_is_read_or_left_as_typed(typed: str, read: object) -> None:
    assert to_number(typed) == read


def test_a_moment_takes_the_offset_of_its_zone_on_that_day() -> None:
    assert to_moment("2026-07-01T09:00", "Europe/Brussels") == "2026-07-01T09:00:00+02:00"
    assert to_moment("2026-11-02T09:00", "Europe/Brussels") == "2026-11-02T09:00:00+01:00"
    assert to_moment("yesterday", "Europe/Brussels") == "yesterday"
    assert to_moment("2026-11-02T09:00", "Mars/Base") == "2026-11-02T09:00"


def test_an_error_stands_at_its_field_and_inside_what_one_control_holds() -> None:
    notice_type = CATALOGUE.notice_types["art79-5"]
    errors = {"/data/fields/system/name": "Fill this in.", "/data/fields/grounds/0": "Not a ground."}
    controls = {one.name: one for one in controls_of(notice_type, Filled(errors=errors), CHOICES)}
    names = {one.name: one.error for one in controls["f-system"].controls}
    assert names["f-system-name"] == "Fill this in."
    assert controls["f-grounds"].error == "Not a ground."
