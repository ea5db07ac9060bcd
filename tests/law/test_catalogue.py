"""The catalogue in force covers the law it claims to cover, and stays within the limits of the wire."""

from board_hub.law.catalogue import Catalogue, Field, FieldType, NoticeType
from board_hub.law.fields import MAX_REASON
from board_hub.law.members import MEMBERS
from board_hub.law.patterns import MAX_URL

LAST_ROWS = {"E": 24, "I": 12, "G": 28, "N": 21, "P": 6, "T": 11, "R": 16}
ROWS = frozenset(f"{part}{number:02}" for part, last in LAST_ROWS.items() for number in range(1, last + 1))
ASSISTANCE = frozenset({"M22", "M23"})
BODY_LIMIT = 1_048_576
ENVELOPE = 32_768
BYTES_PER_CHARACTER = 12
"""A character beyond the basic plane, written as two \\uXXXX escapes."""
BYTES_PER_ASCII = 6


def test_every_row_of_the_law_is_a_notice_type_or_says_why_not(catalogue: Catalogue) -> None:
    exchanged = {row for one in catalogue.notice_types.values() for row in one.rows}
    not_exchanged = {one.row for one in catalogue.not_exchanged}
    assert exchanged | not_exchanged == ROWS | ASSISTANCE
    assert not exchanged & not_exchanged


def test_a_row_that_is_not_exchanged_says_why_once(catalogue: Catalogue) -> None:
    rows = [one.row for one in catalogue.not_exchanged]
    assert len(rows) == len(set(rows))
    assert [one.row for one in catalogue.not_exchanged if len(one.reason) < 20] == []


def test_only_the_informal_message_carries_no_row(catalogue: Catalogue) -> None:
    informal = {code for code, one in catalogue.notice_types.items() if not one.rows}
    assert informal == {"informal-message"}
    assert catalogue.notice_types["informal-message"].audience.named_required


def test_every_formal_request_can_be_made_from_an_informal_message(catalogue: Catalogue) -> None:
    sent_on = {"art75a-information-request"}  # the copy of a request to an operator
    requests = {code for code in catalogue.notice_types if code.endswith("-request") and "completion" not in code}
    made = {code for code, one in catalogue.notice_types.items() if "from_message" in one.field_names}
    assert requests - sent_on <= made
    assert {"msr22-request", "msr23-request", "art75-2a-request", "art75-3-request"} <= made


def test_versions_of_a_notice_are_no_field_of_it(catalogue: Catalogue) -> None:
    assert [code for code, one in catalogue.notice_types.items() if "supplements" in one.field_names] == []


def test_the_notice_of_art_79_5_asks_for_all_that_art_79_6_lists(catalogue: Catalogue) -> None:
    assert {
        "system",
        "system_origin",
        "supply_chain",
        "nature_of_alleged_non_compliance",
        "grounds",
        "risk_involved",
        "nature_of_measures",
        "duration_of_measures",
        "operator_arguments",
    } <= set(catalogue.notice_types["art79-5"].required_fields)


def test_the_27_member_states_are_those_of_the_board_with_their_iso_codes(catalogue: Catalogue) -> None:
    states = catalogue.vocabularies["member-states"].values
    assert len(states) == 27
    assert states == {one.code for one in MEMBERS if one.kind == "member_state"}
    assert "GR" in states
    assert "EL" not in states


def test_observers_of_the_board_are_in_no_audience_by_rule(catalogue: Catalogue) -> None:
    states = {state for rule in catalogue.audiences.values() for group in rule.groups for state in group.states}
    assert not states & {"IS", "LI", "NO"}


def test_every_required_field_says_which_law_asks_for_it(catalogue: Catalogue) -> None:
    assert [
        (code, field.name)
        for code, one in catalogue.notice_types.items()
        for field in one.fields
        if field.required and not field.cite
    ] == []


def test_the_commission_can_be_reached_by_every_audience_without_names(catalogue: Catalogue) -> None:
    assert [
        rule.code
        for rule in catalogue.audiences.values()
        if not rule.named_required and rule.groups and rule.groups[0].members == "others" and "AIO" not in rule.fixed
    ] == []


def test_no_valid_notice_can_be_larger_than_the_body_limit(catalogue: Catalogue) -> None:
    largest = {code: worst_size(one) for code, one in catalogue.notice_types.items()}
    assert {code: size for code, size in largest.items() if size > BODY_LIMIT - ENVELOPE} == {}


def worst_size(one: NoticeType) -> int:
    """Bytes of the largest valid `data`, give or take its own keys."""
    fields = sum(
        max(worst_field(field), MAX_REASON * BYTES_PER_CHARACTER) + len(field.name) + 80 for field in one.fields
    )
    return fields + 200 * 70 + len(one.external_references) * 100 * BYTES_PER_CHARACTER


def worst_field(one: Field) -> int:
    if one.structure:
        single = sum(worst_field(inner) + len(inner.name) + 8 for inner in one.structure.fields)
    elif one.type is FieldType.TEXT:
        single = one.max_length * BYTES_PER_CHARACTER
    elif one.type is FieldType.URL:
        single = MAX_URL * BYTES_PER_ASCII
    else:
        single = 200
    return (single + 8) * one.max_items
