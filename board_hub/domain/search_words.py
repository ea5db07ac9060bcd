"""Words for searching: texts and queries are folded alike, so accents, case and ligatures do not matter."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

LONGEST_WORD = 40
MOST_WORDS = 1500
"""Different words kept of one notice: the rest of a very long text is not searched."""
MOST_SOUGHT = 8
SHORTEST_BEGINNING = 3
"""Letters from which the last word of a query also finds longer words."""
_WORD = re.compile(r"[^\W_]+")
_UNDIVIDED = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ħ": "h", "ı": "i"}
)
"""Letters that Unicode does not take apart into a base letter and an accent."""


def fold(text: str) -> str:
    """Lower case without accents: `Łódź` becomes `lodz`, `Straße` `strasse`."""
    plain = unicodedata.normalize("NFKD", text.casefold()).translate(_UNDIVIDED)
    return "".join(one for one in plain if not unicodedata.combining(one))


def words_of(texts: Iterable[str]) -> tuple[str, ...]:
    """The different words of some texts, folded, in the order in which they come."""
    found: dict[str, None] = {}
    for text in texts:
        for word in _WORD.findall(fold(text)):
            found[word[:LONGEST_WORD]] = None
            if len(found) == MOST_WORDS:
                return tuple(found)
    return tuple(found)


def texts_in(content: object) -> Iterator[str]:
    """All texts in JSON, however deep."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        for value in content.values():
            yield from texts_in(value)
    elif isinstance(content, list):
        for value in content:
            yield from texts_in(value)


_NOT_SEARCHED = frozenset({"law_version", "notice_type", "to", "attachments"})


def words_of_notice(title: str, content: Mapping[str, Any]) -> tuple[str, ...]:
    """The words of a notice by its title and the `data` of its envelope: fields, numbers elsewhere, names of files."""
    files = [one.get("name", "") for one in content.get("attachments", ()) if isinstance(one, Mapping)]
    return words_of([title, *texts_in({key: one for key, one in content.items() if key not in _NOT_SEARCHED}), *files])


@dataclass(frozen=True)
class Sought:
    """What a query looks for: notices with all these words, and one that begins with `beginning`."""

    words: tuple[str, ...]
    beginning: str = ""


def read_query(query: str) -> Sought | None:
    """What was typed, read as words; None if there is none in it. The last word may be a beginning."""
    words = words_of([query])[:MOST_SOUGHT]
    if not words:
        return None
    last = words[-1]
    if len(last) >= SHORTEST_BEGINNING and query[-1:].isalnum():
        return Sought(words[:-1], last)
    return Sought(words)
