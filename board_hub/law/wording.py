"""Words of the catalogue and sentences of errors in the languages of the Union, from the gettext domain `law`.

Whoever says something says it in English; whoever shows it to a person calls `translate_text`. A sentence with values
in it, `There is no case AIB-2026-000007.`, is known by its words: translators are given `There is no case {0}.` (see
`sentences`).
"""

import re
from collections.abc import Mapping
from functools import cache, partial
from gettext import GNUTranslations
from pathlib import Path
from re import Match, Pattern

DOMAIN = "law"
FOLDER = Path(__file__).parents[1] / "translations"
SOURCE = "en"
_CODE = re.compile("[a-z]{2}")
_VALUE = re.compile(r"\{(\d+)\}")
LEAST_LETTERS = 8
"""Letters that a sentence must have beside its values to be known by them."""


@cache
def _words(language: str) -> dict[str, str]:
    """All texts that this language has, by their English."""
    path = FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.mo"
    if not _CODE.fullmatch(language) or not path.is_file():
        return {}
    with path.open("rb") as file:
        found: dict[object, str] = vars(GNUTranslations(file))["_catalog"]
    return {english: words for english, words in found.items() if isinstance(english, str) and english}


@cache
def _sentences(language: str) -> tuple[tuple[Pattern[str], str], ...]:
    """Sentences with values as patterns of their English, the most telling first, with the translation."""
    return tuple(
        (pattern_of(english), words)
        for english, words in sorted(_words(language).items(), key=lambda pair: -letters_of(pair[0]))
        if _VALUE.search(english) and letters_of(english) >= LEAST_LETTERS
    )


def forget() -> None:
    """Read the translations anew at the next text."""
    _words.cache_clear()
    _sentences.cache_clear()


def letters_of(english: str) -> int:
    return sum(map(str.isalpha, _VALUE.sub("", english)))


def pattern_of(english: str) -> Pattern[str]:
    """What a sentence with any values looks like."""
    parts = _VALUE.split(english)
    literals, numbers = parts[::2], parts[1::2]
    groups = [f"(?P<v{number}>.+?)" for number in numbers]
    body = "".join(re.escape(literal) + group for literal, group in zip(literals, [*groups, ""], strict=True))
    return re.compile(body, re.DOTALL)


def is_spoken(language: str) -> bool:
    """Whether there is anything in this language yet."""
    return language == SOURCE or bool(_words(language))


def translate_text(text: str, language: str) -> str:
    """An English text in another language; the English text where there is no translation.

    Values within a sentence are translated too where they are words of the catalogue (a state's title).
    """
    if not text or language == SOURCE:
        return text
    return _words(language).get(text) or _translated(text, language)


def translate_title(title: str, language: str) -> str:
    """A title that is a word of the catalogue in another language; what somebody wrote stays as it was written."""
    return title if language == SOURCE else _words(language).get(title, title)


def _translated(text: str, language: str) -> str:
    for pattern, words in _sentences(language):
        if found := pattern.fullmatch(text):
            values = {name[1:]: _words(language).get(value, value) for name, value in found.groupdict().items()}
            return _VALUE.sub(partial(_fill, values), words)
    return text


def _fill(values: Mapping[str, str], place: Match[str]) -> str:
    return values.get(place[1], place[0])
