"""What `check_notice` takes, and what it refuses with which code at which path."""

from typing import Any

import pytest

from board_hub.domain.errors import Invalid
from board_hub.law.catalogue import Catalogue
from board_hub.law.examples import example_notice
from board_hub.law.schemas import MAX_FLAWS, Notice, check_notice

Pairs = list[tuple[str, str]]


def a_notice(catalogue: Catalogue, code: str = "art79-5", **fields: Any) -> dict[str, Any]:
    """A valid notice; a field given as None is left out."""
    data = example_notice(catalogue, code)
    data["fields"] = {name: value for name, value in (data["fields"] | fields).items() if value is not None}
    return data


def with_fields(catalogue: Catalogue, fields: dict[str, Any]) -> dict[str, Any]:
    data = example_notice(catalogue, "art79-5")
    return data | {"fields": data["fields"] | fields}


def refused(catalogue: Catalogue, data: object) -> Pairs:
    with pytest.raises(Invalid) as caught:
        check_notice(catalogue, data)
    assert all(flaw.message for flaw in caught.value.flaws)
    return [(flaw.code, flaw.path) for flaw in caught.value.flaws]


def without(data: dict[str, Any], *names: str) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key not in names}


def test_a_valid_notice_comes_back_with_its_values_unchanged(catalogue: Catalogue) -> None:
    data = a_notice(catalogue)
    notice = check_notice(catalogue, data)
    assert isinstance(notice, Notice)
    assert (notice.notice_type, notice.law_version, notice.to) == ("art79-5", "2026-07-27", ())
    assert notice.fields == data["fields"]
    assert notice.completeness.score == 100


def test_the_recipients_a_sender_names_come_back_as_a_tuple(catalogue: Catalogue) -> None:
    assert check_notice(catalogue, a_notice(catalogue) | {"to": ["DE-BNETZA"]}).to == ("DE-BNETZA",)


@pytest.mark.parametrize("data", [None, [], "text", 7, True])
def test_data_that_is_no_object_is_refused(catalogue: Catalogue, data: object) -> None:
    assert refused(catalogue, data) == [("field.invalid", "/data")]


def test_the_type_and_the_law_version_must_be_given(catalogue: Catalogue) -> None:
    found = refused(catalogue, without(a_notice(catalogue), "notice_type", "law_version"))
    assert found == [("field.missing", "/data/notice_type"), ("field.missing", "/data/law_version")]


@pytest.mark.parametrize("version", ["2024-08-01", 2026, [], "x" * 100_000])
def test_another_law_version_is_refused(catalogue: Catalogue, version: object) -> None:
    data = a_notice(catalogue) | {"law_version": version}
    assert refused(catalogue, data) == [("version.unknown", "/data/law_version")]


@pytest.mark.parametrize("code", ["art999", 79, ["art79-5"], {}])
def test_an_unknown_notice_type_is_refused(catalogue: Catalogue, code: object) -> None:
    assert refused(catalogue, a_notice(catalogue) | {"notice_type": code}) == [("type.unknown", "/data/notice_type")]


def test_an_absent_required_field_is_refused_by_name(catalogue: Catalogue) -> None:
    assert refused(catalogue, a_notice(catalogue, grounds=None)) == [("field.missing", "/data/fields/grounds")]


def test_an_unknown_field_is_refused_by_name(catalogue: Catalogue) -> None:
    assert refused(catalogue, a_notice(catalogue, colour="red")) == [("field.unknown", "/data/fields/colour")]


def test_an_unknown_member_of_data_is_refused_by_name(catalogue: Catalogue) -> None:
    assert refused(catalogue, a_notice(catalogue) | {"extra": 1}) == [("field.unknown", "/data/extra")]


def test_an_unknown_field_of_a_nested_object_is_refused_by_its_path(catalogue: Catalogue) -> None:
    data = a_notice(catalogue, operators=[{"name": "A", "role": "provider"}, {"name": "B", "role": "provider", "x": 1}])
    assert refused(catalogue, data) == [("field.unknown", "/data/fields/operators/1/x")]


def test_an_absent_field_of_a_nested_object_is_refused_by_its_path(catalogue: Catalogue) -> None:
    found = refused(catalogue, a_notice(catalogue, system={"version": "1"}))
    assert found == [("field.missing", "/data/fields/system/name")]


def test_a_code_outside_its_vocabulary_is_refused_in_its_place(catalogue: Catalogue) -> None:
    data = a_notice(catalogue, grounds=["art5-prohibited-practice", "art99"])
    assert refused(catalogue, data) == [("code.unknown", "/data/fields/grounds/1")]


def test_all_flaws_are_told_at_once(catalogue: Catalogue) -> None:
    data = a_notice(catalogue, grounds=None, legal_basis="art1", colour="red") | {"more": {}}
    assert refused(catalogue, data) == [
        ("field.unknown", "/data/fields/colour"),
        ("field.missing", "/data/fields/grounds"),
        ("code.unknown", "/data/fields/legal_basis"),
        ("field.unknown", "/data/more"),
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("notified_body_informed", "yes"),
        ("notified_body_informed", 1),
        ("measure_taken_on", "2026-02-30"),
        ("measure_taken_on", "20260101"),
        ("measure_taken_on", "2026-W01-1"),
        ("measure_taken_on", "٢٠٢٦-01-01"),
        ("measure_taken_on", 20260101),
        ("system_origin", 7),
        ("system_origin", ""),
        ("system_origin", " \n\t"),
        ("system_origin", "bell \x07"),
        ("system_origin", "x" * 2001),
        ("system_origin", ["text"]),
        ("grounds", "art50-transparency"),
        ("grounds", []),
        ("grounds", ["art50-transparency", "art50-transparency"]),
        ("system", "a name"),
        ("operators", {}),
        ("notice", "0195f3a0"),
    ],
)
def test_a_value_of_the_wrong_form_is_refused_and_never_converted(catalogue: Catalogue, name: str, value: Any) -> None:
    assert refused(catalogue, a_notice(catalogue, **{name: value})) == [("field.invalid", f"/data/fields/{name}")]


@pytest.mark.parametrize("value", ["2026", 2026.0, True, 1999, 2**70, float("nan")])
def test_a_whole_number_is_a_whole_number_within_its_bounds(catalogue: Catalogue, value: object) -> None:
    assert refused(catalogue, a_notice(catalogue, "art74-2", year=value)) == [("field.invalid", "/data/fields/year")]


@pytest.mark.parametrize("value", ["javascript:alert(1)", "ftp://a.example", "https://", "https://u@p.example", "a b"])
def test_only_web_addresses_are_web_addresses(catalogue: Catalogue, value: str) -> None:
    data = a_notice(catalogue, "art81-1-decision", decision_url=value)
    assert refused(catalogue, data) == [("field.invalid", "/data/fields/decision_url")]


def test_null_is_no_value(catalogue: Catalogue) -> None:
    data = a_notice(catalogue)
    data["fields"]["supply_chain"] = None
    data["missing"] = None
    found = refused(catalogue, data)
    assert found == [("field.invalid", "/data/fields/supply_chain"), ("field.invalid", "/data/missing")]


def test_a_required_field_may_be_explained_instead(catalogue: Catalogue) -> None:
    reason = {"status": "withheld", "reason": "Criminal proceedings are under way."}
    notice = check_notice(catalogue, a_notice(catalogue, supply_chain=None) | {"missing": {"supply_chain": reason}})
    assert notice.missing == {"supply_chain": reason}
    assert notice.completeness.withheld == ("supply_chain",)


def test_a_field_cannot_be_given_and_missing(catalogue: Catalogue) -> None:
    missing = {"supply_chain": {"status": "withheld", "reason": "Secret."}}
    found = refused(catalogue, a_notice(catalogue) | {"missing": missing})
    assert found == [("field.invalid", "/data/missing/supply_chain")]


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ({"status": "secret", "reason": "Why not."}, ("code.unknown", "/status")),
        ({"status": ["withheld"], "reason": "Why not."}, ("code.unknown", "/status")),
        ({"status": "withheld", "reason": "  "}, ("field.invalid", "/reason")),
        ({"status": "withheld"}, ("field.missing", "/reason")),
        ({"reason": "Why not."}, ("field.missing", "/status")),
        ({"status": "withheld", "reason": "Why not.", "by": "me"}, ("field.unknown", "/by")),
        ("withheld", ("field.invalid", "")),
    ],
)
def test_what_is_missing_needs_a_status_and_a_reason(
    catalogue: Catalogue, entry: object, found: tuple[str, str]
) -> None:
    data = a_notice(catalogue, supply_chain=None) | {"missing": {"supply_chain": entry}}
    assert refused(catalogue, data) == [(found[0], f"/data/missing/supply_chain{found[1]}")]


def test_only_fields_that_exist_can_be_missing(catalogue: Catalogue) -> None:
    data = a_notice(catalogue) | {"missing": {"colour": {"status": "withheld", "reason": "Secret."}}}
    assert refused(catalogue, data) == [("field.unknown", "/data/missing/colour")]


def test_recipients_are_named_where_the_law_leaves_them_open(catalogue: Catalogue) -> None:
    data = without(a_notice(catalogue, "msr22-request"), "to")
    assert refused(catalogue, data) == [("field.missing", "/data/to")]


def test_a_recipient_that_is_no_code_is_refused_in_its_place(catalogue: Catalogue) -> None:
    data = a_notice(catalogue, "msr22-request") | {"to": ["DE-BNETZA", "fr-cnil"]}
    assert refused(catalogue, data) == [("audience.invalid", "/data/to/1")]


@pytest.mark.parametrize("to", [[], "DE-BNETZA", ["DE-BNETZA", "DE-BNETZA"], None, ["DE-BNETZA"] * 201])
def test_recipients_are_a_list_of_different_codes(catalogue: Catalogue, to: object) -> None:
    assert refused(catalogue, a_notice(catalogue, "msr22-request") | {"to": to}) == [("field.invalid", "/data/to")]


def test_a_reference_of_a_system_the_type_does_not_know_is_refused(catalogue: Catalogue) -> None:
    data = a_notice(catalogue, "art46-3") | {"external_references": {"safety_gate": "A12/00001/26"}}
    assert refused(catalogue, data) == [("field.unknown", "/data/external_references/safety_gate")]


def test_a_refusal_is_short_whatever_was_sent(catalogue: Catalogue) -> None:
    data = with_fields(catalogue, {f"field{number}/{'x' * 200}": number for number in range(5000)})
    with pytest.raises(Invalid) as caught:
        check_notice(catalogue, data)
    assert len(caught.value.flaws) == MAX_FLAWS
    assert max(len(flaw.path) + len(flaw.message) for flaw in caught.value.flaws) < 300


def test_a_path_is_a_json_pointer_whatever_the_name(catalogue: Catalogue) -> None:
    assert refused(catalogue, with_fields(catalogue, {"a/b~c": 1})) == [("field.unknown", "/data/fields/a~1b~0c")]


def test_deep_values_are_refused_without_recursion(catalogue: Catalogue) -> None:
    deep: Any = "x"
    for _ in range(5000):
        deep = [deep]
    found = refused(catalogue, a_notice(catalogue, operators=deep) | {"missing": deep, "to": deep})
    assert ("field.invalid", "/data/missing") in found


@pytest.mark.parametrize("value", ["2026-11-02T14:30:00+01:00", "2026-11-02T13:30:00Z", "2026-11-02T13:30:00.5-03:30"])
def test_a_moment_with_its_offset_is_taken_as_it_is(catalogue: Catalogue, value: str) -> None:
    data = a_notice(catalogue, "art5-4-use", use_started_at=value)
    assert check_notice(catalogue, data).fields["use_started_at"] == value


@pytest.mark.parametrize(
    "value",
    [
        "2026-11-02T14:30:00",
        "2026-11-02",
        "2026-02-30T14:30:00Z",
        "2026-11-02T25:00:00Z",
        "2026-11-02T14:30Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59Z",
        1793000000,
        True,
        "",
    ],
)
def test_what_is_no_moment_is_refused(catalogue: Catalogue, value: object) -> None:
    data = a_notice(catalogue, "art5-4-use", use_started_at=value)
    assert refused(catalogue, data) == [("field.invalid", "/data/fields/use_started_at")]


@pytest.mark.parametrize("value", ["0001-01-01", "1899-12-31", "2200-01-01", "9999-12-31"])
def test_a_day_from_which_no_period_could_be_counted_is_refused(catalogue: Catalogue, value: str) -> None:
    data = a_notice(catalogue, measure_taken_on=value)
    assert refused(catalogue, data) == [("field.invalid", "/data/fields/measure_taken_on")]
