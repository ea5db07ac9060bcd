"""Conditions on the fields of a notice."""

from board_hub.domain.conditions import Applies, Condition, meets_any

ART5 = Condition("grounds", frozenset({"art5"}))
FINAL = Condition("final", frozenset({True}))


def test_a_list_holds_a_value_when_one_of_its_items_does() -> None:
    assert ART5.holds({"grounds": ["other", "art5"]})


def test_a_single_value_is_compared_as_it_is() -> None:
    assert FINAL.holds({"final": True})
    assert not FINAL.holds({"final": False})


def test_an_absent_field_holds_nothing() -> None:
    assert not ART5.holds({})


def test_an_object_inside_a_list_holds_nothing_and_does_not_fail() -> None:
    assert not ART5.holds({"grounds": [{"code": "art5"}, ["art5"]]})


def test_all_conditions_of_when_must_hold_and_none_of_unless() -> None:
    applies = Applies(when=(ART5, FINAL), unless=(Condition("urgent", frozenset({True})),))
    assert applies.to({"grounds": ["art5"], "final": True})
    assert not applies.to({"grounds": ["art5"], "final": False})
    assert not applies.to({"grounds": ["art5"], "final": True, "urgent": True})


def test_one_alternative_is_enough() -> None:
    assert meets_any([(ART5,), (FINAL,)], {"final": True})
    assert not meets_any([(ART5,), (FINAL,)], {"final": False})
