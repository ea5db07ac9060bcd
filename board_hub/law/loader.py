"""Loads a catalogue from its folder of YAML files; a wrong one stops the start and says which file and line."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from marshmallow import ValidationError

from board_hub.law.builder import build
from board_hub.law.catalogue import Catalogue
from board_hub.law.file_schema import CatalogueFileSchema
from board_hub.law.yaml_lines import CatalogueError, Document, Place, read

__all__ = ["CatalogueError", "load_catalogue", "load_catalogues"]

_DIRECTORY = Path(__file__).parent
_VERSION = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def load_catalogue(path: Path | None = None) -> Catalogue:
    """The catalogue of one folder or file; without a path the newest of the package. Raises CatalogueError."""
    document = read(path or _versions(_DIRECTORY)[-1])
    try:
        CatalogueFileSchema().load(document.content)
    except ValidationError as error:
        raise _first(document, error) from None
    return build(document)


def load_catalogues(directory: Path | None = None) -> dict[str, Catalogue]:
    """All catalogues of a directory by law version, oldest first; without one those of the package, read once.

    Raises CatalogueError.
    """
    return dict(_load_all(directory) if directory else _shipped())


@cache
def _shipped() -> dict[str, Catalogue]:
    """What is built from a catalogue (its schemas) is kept by its identity, so it is the same one each time."""
    return _load_all(_DIRECTORY)


def _load_all(directory: Path) -> dict[str, Catalogue]:
    loaded = [(path, load_catalogue(path)) for path in _versions(directory)]
    for path, catalogue in loaded:
        if catalogue.law_version != path.stem:
            raise CatalogueError(path, 1, f"holds law version {catalogue.law_version}; its name must say the same")
    return {catalogue.law_version: catalogue for _, catalogue in loaded}


def _versions(directory: Path) -> list[Path]:
    """The folder (or single file) of each law version, oldest first."""
    found: dict[str, Path] = {}
    for path in sorted(directory.iterdir() if directory.is_dir() else ()):
        if not _VERSION.fullmatch(path.stem) or not (path.is_dir() or path.suffix == ".yaml"):
            continue
        if path.stem in found:
            raise CatalogueError(path, 1, f"is also given as {found[path.stem]}; keep one of the two")
        found[path.stem] = path
    if not found:
        raise CatalogueError(directory, 1, "holds no catalogue (a folder such as 2026-07-27)")
    return list(found.values())


def _first(document: Document, error: ValidationError) -> CatalogueError:
    """The error that comes first in the first file that has one."""
    found = [document.error(place, message) for place, message in _flatten(error.messages, ())]
    return min(found, key=lambda one: (one.path, one.line))


def _flatten(messages: Any, place: Place) -> Iterator[tuple[Place, str]]:
    if not isinstance(messages, dict):
        for message in messages:
            yield place, _plain(message)
        return
    for key, inner in messages.items():
        yield from _flatten(inner, place if key == "_schema" else (*place, key))


def _plain(message: str) -> str:
    """Marshmallow's words, in the words of someone who edits the file."""
    return {
        "Unknown field.": "this key does not exist here",
        "Missing data for required field.": "this key is missing",
    }.get(message, message)
