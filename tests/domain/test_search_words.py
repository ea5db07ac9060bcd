"""Words for searching: folded alike in texts and in queries."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from board_hub.domain.search_words import LONGEST_WORD, Sought, fold, read_query, words_of, words_of_notice


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Łódź", "lodz"),
        ("Straße", "strasse"),
        ("Éclair", "eclair"),
        ("ΑΘΉΝΑ", "αθηνα"),
        ("Ærø", "aero"),
        ("ﬁne", "fine"),
    ],
)
def test_accents_case_and_ligatures_do_not_matter(text: str, folded: str) -> None:
    assert fold(text) == folded


@pytest.mark.parametrize(
    ("query", "sought"),
    [
        ("", None),
        ('% " * ()', None),
        ("Kraków vis", Sought(("krakow",), "vis")),
        ("Kraków vis ", Sought(("krakow", "vis"))),
        ("ab", Sought(("ab",))),
        ("NEAR OR not", Sought(("near", "or"), "not")),
    ],
)
def test_a_query_is_read_as_words_alone(query: str, sought: Sought | None) -> None:
    assert read_query(query) == sought


@given(st.text())
def test_a_word_has_letters_and_digits_alone(text: str) -> None:
    assert all(word.isalnum() and len(word) <= LONGEST_WORD for word in words_of([text]))


def test_a_notice_is_found_by_its_fields_and_its_numbers_and_not_by_its_recipients() -> None:
    content = {"to": ["DE-BNETZA"], "notice_type": "art79-5", "fields": {"system": {"name": "Veridia"}}}
    content |= {"external_references": {"icsms": "X-17"}, "attachments": [{"name": "report.pdf", "sha256": "ff00"}]}
    assert words_of_notice("Title", content) == ("title", "veridia", "x", "17", "report", "pdf")
