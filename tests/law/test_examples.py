"""The example of every notice type is valid, complete and always the same."""

from board_hub.law.catalogue import Catalogue
from board_hub.law.examples import example_notice
from board_hub.law.schemas import check_notice


def test_every_example_is_accepted_and_complete(catalogue: Catalogue) -> None:
    scores = {
        code: check_notice(catalogue, example_notice(catalogue, code)).completeness.score
        for code in catalogue.notice_types
    }
    assert set(scores.values()) == {100}


def test_an_example_never_names_its_own_sender(catalogue: Catalogue) -> None:
    for sender in ("FR-CNIL", "DE-BNETZA"):
        assert sender not in example_notice(catalogue, "msr22-request", sender=sender)["to"]


def test_examples_are_the_same_each_time_and_share_nothing(catalogue: Catalogue) -> None:
    first, second = example_notice(catalogue, "art73-11"), example_notice(catalogue, "art73-11")
    assert first == second
    assert first["fields"]["system"] is not second["fields"]["system"]
