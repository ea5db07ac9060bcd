"""Everything that the law's catalogue and the hub's rules say to people, for translators: the template `law.pot`.

`python -m board_hub.web.translating` writes it, together with the pages' own words.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any

from board_hub.law.catalogue import Catalogue
from board_hub.law.holidays import default_calendar, split_names
from board_hub.law.loader import load_catalogues
from board_hub.law.members import MEMBERS
from board_hub.law.sentences import find_sentences

_MOST_PLACES = 3


@dataclass(frozen=True)
class Word:
    """One text to translate. notes: what a translator should know; places: where it stands."""

    text: str
    notes: tuple[str, ...]
    places: tuple[str, ...]


def list_words() -> list[Word]:
    """The texts of all law versions in their order, members and holidays, then the sentences of the code."""
    places: dict[str, list[str]] = {}
    for version in sorted(load_catalogues()):
        for text, place in _texts(load_catalogues()[version], f"law {version}"):
            places.setdefault(text, []).append(place)
    for text, place in (*((one.name, "members") for one in MEMBERS), *((one, "holidays") for one in _holidays())):
        places.setdefault(text, []).append(place)
    words = [Word(text, (), tuple(dict.fromkeys(found[:_MOST_PLACES]))) for text, found in places.items()]
    notes: dict[str, tuple[str, ...]] = {}
    said: dict[str, list[str]] = {}
    for one in find_sentences():
        if one.text in places:
            continue
        notes.setdefault(one.text, tuple(f"{{{number}}}: {value}" for number, value in enumerate(one.values)))
        said.setdefault(one.text, []).append(one.place.partition(":")[0])
    words += [Word(text, notes[text], tuple(dict.fromkeys(found))[:_MOST_PLACES]) for text, found in said.items()]
    return words


def _texts(catalogue: Catalogue, place: str) -> Iterator[tuple[str, str]]:
    seen: set[int] = set()

    def walk(value: Any, where: str) -> Iterator[tuple[str, str]]:
        if id(value) in seen:
            return
        if isinstance(value, Mapping):
            seen.add(id(value))
            if isinstance(value.get("en"), str):
                yield value["en"], where
                return
            for key, inner in value.items():
                yield from walk(inner, f"{where} {key}")
        elif is_dataclass(value):
            seen.add(id(value))
            for one in fields(value):
                yield from walk(getattr(value, one.name), where if one.name in _PLAIN else f"{where} {one.name}")
        elif isinstance(value, tuple | list | set | frozenset):
            for inner in value:
                yield from walk(inner, f"{where} {getattr(inner, 'code', getattr(inner, 'name', ''))}".rstrip())

    return ((text, where) for text, where in walk(catalogue, place) if text.strip())


def _holidays() -> list[str]:
    """Names of the days that the hub assumes to be holidays; what changes with the year stands as a value."""
    found = {
        _DATE.sub("{0}", part.replace(_OBSERVED, ""))
        for one in MEMBERS
        for name in default_calendar(one.code, _YEARS).holidays.values()
        for part in split_names(name)
    }
    return [*sorted(found), "{0}" + _OBSERVED]


_DATE, _OBSERVED = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"), " (observed)"
_YEARS = range(2026, 2031)
_PLAIN = frozenset({"fields", "codes", "title", "label", "states"})
"""Names of attributes that tell a translator nothing."""
