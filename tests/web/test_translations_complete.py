"""Languages that are offered as complete are complete: nothing is left in English, nothing is a guess."""

import pytest

from board_hub.law.wording import translate_text, translate_title
from board_hub.web.languages import COMPLETE, SOURCE
from board_hub.web.translating import DOMAINS, read


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("language", [one for one in COMPLETE if one != SOURCE])
def test_nothing_is_left_in_english(language: str, domain: str) -> None:
    messages = [message for message in read(language, domain) if message.id]
    texts = {str(one.id): one.string if isinstance(one.string, tuple | list) else (one.string,) for one in messages}
    assert [english for english, forms in texts.items() if not all(forms)] == []
    assert [str(one.id) for one in messages if one.fuzzy] == []


def test_what_somebody_wrote_as_a_title_is_not_taken_for_a_sentence_of_the_hub() -> None:
    written = "The register is missing."
    assert translate_text(written, "fr") != written
    assert translate_title(written, "fr") == written
    assert translate_title("Objection to a provisional measure", "fr") != "Objection to a provisional measure"
