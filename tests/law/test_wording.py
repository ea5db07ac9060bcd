"""English texts in other languages: titles by themselves, sentences with whatever values stand in them."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo

from board_hub.law import wording
from board_hub.law.catalogue import title_in
from board_hub.law.sentences import find_sentences
from board_hub.law.wording import letters_of, pattern_of, translate_text
from board_hub.law.words import list_words

WORDS = {
    "There is no case {0}.": "Il n’y a pas d’affaire {0}.",
    "No notice {0} of {1} is known to you; check source and id.": "Aucune notification {1}/{0} ne vous est connue.",
    "In the state “{0}” nothing is possible.": "Dans l’état « {0} » rien n’est possible.",
    "Objection period": "Délai d’objection",
}


@pytest.fixture(autouse=True)
def french(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    catalog = Catalog(locale="fr")
    for english, words in WORDS.items():
        catalog.add(english, words)
    folder = tmp_path / "fr" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    with (folder / "law.mo").open("wb") as file:
        write_mo(file, catalog)
    monkeypatch.setattr(wording, "FOLDER", tmp_path)
    wording.forget()
    yield
    wording.forget()


def test_a_text_is_translated() -> None:
    assert translate_text("Objection period", "fr") == "Délai d’objection"


def test_a_sentence_is_known_with_any_value() -> None:
    assert translate_text("There is no case AIB-2026-000007.", "fr") == "Il n’y a pas d’affaire AIB-2026-000007."


def test_values_may_stand_in_another_order() -> None:
    said = "No notice 7f of FR-CNIL is known to you; check source and id."
    assert translate_text(said, "fr") == "Aucune notification FR-CNIL/7f ne vous est connue."


def test_a_value_that_is_a_word_of_the_law_is_translated_too() -> None:
    said = "In the state “Objection period” nothing is possible."
    assert translate_text(said, "fr") == "Dans l’état « Délai d’objection » rien n’est possible."


@pytest.mark.parametrize("value", ["a\nb", "{0}", "\\1", "a. There is no case b", "x" * 10_000])
def test_a_strange_value_stays_what_it_is(value: str) -> None:
    assert translate_text(f"There is no case {value}.", "fr") == f"Il n’y a pas d’affaire {value}."


@pytest.mark.parametrize("language", ["en", "el", "xx", "../fr"])
def test_without_a_translation_the_english_stays(language: str) -> None:
    assert translate_text("There is no case 7.", language) == "There is no case 7."


def test_the_catalogues_own_words_win_over_the_translators() -> None:
    assert title_in({"en": "Objection period", "fr": "Période"}, "fr") == "Période"
    assert title_in({"en": "Objection period"}, "fr") == "Délai d’objection"


def test_every_sentence_with_values_is_known_again_and_for_no_other() -> None:
    """The most telling sentence that fits is the one that was said."""
    sentences = [one for one in find_sentences() if one.values]
    patterns = sorted({one.text for one in sentences}, key=lambda text: -letters_of(text))
    for one in sentences:
        said = one.text
        for number in range(len(one.values)):
            said = said.replace(f"{{{number}}}", f"value-{number}")
        assert next(text for text in patterns if pattern_of(text).fullmatch(said)) == one.text, one.place


def test_words_of_the_law_and_of_refusals_are_all_listed() -> None:
    texts = {word.text for word in list_words()}
    assert "Provisional measure against a non-compliant AI system" in texts
    assert "Measure deemed justified; follow-up in the Member States" in texts
    assert "The attribute {0} is required; add it." in texts
    assert "The {0} must be an object." in texts
    assert len(texts) > 1_500
