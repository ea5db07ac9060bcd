"""The completeness score says what is open, and weighs what the law requires more."""

from board_hub.law.catalogue import Catalogue
from board_hub.law.completeness import assess
from board_hub.law.examples import example_notice

EXPLAINED = {"status": "withheld", "reason": "Secret."}
LATER = {"status": "not_yet_available", "reason": "Tests are running."}


def test_a_notice_with_every_field_scores_100(catalogue: Catalogue) -> None:
    one = catalogue.notice_types["art79-5"]
    assert assess(one, example_notice(catalogue, "art79-5")["fields"], {}).score == 100


def test_a_notice_without_anything_scores_0_and_lists_what_counts(catalogue: Catalogue) -> None:
    found = assess(catalogue.notice_types["art46-4-objection"], {}, {})
    assert (found.score, found.absent) == (0, ("notice", "objection", "evidence"))


def test_an_explained_field_costs_its_weight_and_is_named(catalogue: Catalogue) -> None:
    fields = {"notice": {}, "evidence": "x"}
    found = assess(catalogue.notice_types["art46-4-objection"], fields, {"objection": LATER})
    assert (found.score, found.not_yet_available, found.withheld, found.absent) == (57, ("objection",), (), ())


def test_a_required_field_weighs_more_than_an_optional_one(catalogue: Catalogue) -> None:
    one = catalogue.notice_types["art46-4-objection"]
    without_required = assess(one, {"notice": {}, "evidence": "x"}, {"objection": EXPLAINED})
    without_optional = assess(one, {"notice": {}, "objection": "x"}, {"evidence": EXPLAINED})
    assert without_required.score < without_optional.score
    assert without_optional.withheld == ("evidence",)


def test_an_optional_reference_to_another_message_does_not_count(catalogue: Catalogue) -> None:
    fields = example_notice(catalogue, "art79-5")["fields"]
    assert "notice" not in fields
    assert assess(catalogue.notice_types["art79-5"], fields, {}).as_dict() == {
        "score": 100,
        "absent": [],
        "withheld": [],
        "not_yet_available": [],
    }
