"""The test of Art 75(1): which answers take a system to the AI Office, and which keep it with the authority."""

from typing import Any

import pytest

from board_hub.law.catalogue import Catalogue, CompetenceTest
from board_hub.law.examples import example_notice

NATIONAL = {
    "built_on_gpai_model": True,
    "same_provider_or_undertaking": False,
    "exception": "none",
    "vlop_vlose": False,
}


@pytest.fixture
def art75_1(catalogue: Catalogue) -> CompetenceTest:
    return catalogue.competence_tests["art75-1"]


@pytest.mark.parametrize(
    ("answers", "elsewhere"),
    [
        ({}, False),
        ({"built_on_gpai_model": False, "same_provider_or_undertaking": True}, False),
        ({"same_provider_or_undertaking": True}, True),
        ({"same_provider_or_undertaking": True, "exception": "annex1-product"}, False),
        ({"same_provider_or_undertaking": True, "exception": "annex3-2"}, False),
        ({"same_provider_or_undertaking": True, "exception": "art74-6"}, False),
        ({"same_provider_or_undertaking": True, "exception": "annex3-8"}, False),
        ({"vlop_vlose": True}, True),
        ({"vlop_vlose": True, "exception": "annex3-8"}, True),
    ],
)
def test_the_answers_say_who_is_competent(art75_1: CompetenceTest, answers: dict[str, Any], elsewhere: bool) -> None:
    assert art75_1.leads_elsewhere({"competence": {**NATIONAL, **answers}}) is elsewhere


def test_answers_that_are_not_given_name_nobody(art75_1: CompetenceTest) -> None:
    assert not art75_1.leads_elsewhere({})


def test_every_notice_that_opens_a_national_case_asks_the_question(catalogue: Catalogue) -> None:
    opening = catalogue.procedures["art79"].opened_by
    assert opening == {"art79-3", "art79-5", "art80"}
    for code in opening:
        assert catalogue.notice_types[code].competence == "art75-1"
        assert "competence" in catalogue.notice_types[code].required_fields


def test_examples_stay_with_the_national_authority(catalogue: Catalogue, art75_1: CompetenceTest) -> None:
    for code in catalogue.procedures["art79"].opened_by:
        assert not art75_1.leads_elsewhere(example_notice(catalogue, code)["fields"])


def test_the_matter_goes_to_the_ai_office_by_a_notice_it_receives(
    catalogue: Catalogue, art75_1: CompetenceTest
) -> None:
    assert "AIO" in catalogue.notice_types[art75_1.notice].audience.fixed
