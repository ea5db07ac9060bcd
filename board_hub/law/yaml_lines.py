"""Reads YAML safely, one file or a folder merged, and remembers file and line of each value for errors to name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

Place = tuple[str | int, ...]
"""Where a value is: the keys and indexes that lead to it."""

_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # both safe; libyaml, where there, is quicker
_WHOLE = re.compile(r"-?(0|[1-9][0-9]*)")


class CatalogueError(Exception):
    """The catalogue is wrong; the message names the file, the line and what is wrong."""

    def __init__(self, path: Path, line: int, message: str) -> None:
        super().__init__(f"{path}:{line}: {message}")
        self.path, self.line = path, line


@dataclass(frozen=True)
class Spot:
    """One line of one file."""

    path: Path
    line: int

    def __str__(self) -> str:
        return f"{self.path}:{self.line}"


@dataclass(frozen=True)
class Document:
    """A file, or all files of a folder, as plain values, with file and line of each place."""

    path: Path
    content: Any
    spots: dict[Place, Spot]

    def error(self, place: Place, message: str) -> CatalogueError:
        """The error at this place, or at the nearest one around it that is written down."""
        known = place
        while known and known not in self.spots:
            known = known[:-1]
        spot = self.spots.get(known, Spot(self.path, 1))
        where = ".".join(map(str, place))
        return CatalogueError(spot.path, spot.line, f"{where}: {message}" if where else message)


def read(path: Path) -> Document:
    """The file, or all YAML files of the folder in the order of their names as one document. Raises CatalogueError."""
    if not path.is_dir():
        return _read_file(path)
    files = sorted(path.glob("*.yaml"))
    if not files:
        raise CatalogueError(path, 1, "holds no YAML file")
    whole = Document(path, {}, {})
    for one in files:
        _merge(whole, _read_file(one))
    return whole


def _merge(whole: Document, part: Document) -> None:
    """Add what the part says at the top: maps and lists join those of the same name; anything else stands once."""
    if not isinstance(part.content, dict):
        raise part.error((), "must be an object, as every file of a law version is")
    for name, value in part.content.items():
        known = whole.content.get(name)
        if name not in whole.content:
            whole.content[name] = value
            whole.spots.update({place: spot for place, spot in part.spots.items() if place[:1] == (name,)})
        elif isinstance(known, dict) and isinstance(value, dict):
            _add_entries(whole, part, name)
        elif isinstance(known, list) and isinstance(value, list):
            _add_items(whole, part, name)
        else:
            raise _doubled(whole, part, (name,))


def _add_entries(whole: Document, part: Document, name: str) -> None:
    for key in part.content[name]:
        if key in whole.content[name]:
            raise _doubled(whole, part, (name, key))
    whole.content[name].update(part.content[name])
    whole.spots.update({place: spot for place, spot in part.spots.items() if place[:1] == (name,) and len(place) > 1})


def _add_items(whole: Document, part: Document, name: str) -> None:
    before = len(whole.content[name])
    whole.content[name].extend(part.content[name])
    for place, spot in part.spots.items():
        if place[:1] == (name,) and len(place) > 1:
            whole.spots[(name, before + int(place[1]), *place[2:])] = spot


def _doubled(whole: Document, part: Document, place: Place) -> CatalogueError:
    return part.error(place, f"is also given at {whole.spots[place]}; keep one of the two")


def _read_file(path: Path) -> Document:
    """Compose the file and turn its nodes into values. Raises CatalogueError."""
    try:
        node = yaml.compose(path.read_text(encoding="utf-8"), Loader=_LOADER)
    except OSError as error:
        raise CatalogueError(path, 1, f"cannot be read: {error.strerror}") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CatalogueError(path, line, f"is no YAML: {error.problem}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise CatalogueError(path, 1, f"is no YAML: {error}") from error
    spots: dict[Place, Spot] = {}
    return Document(path, _value(path, node, (), spots) if node else None, spots)


def _value(path: Path, node: yaml.Node, place: Place, spots: dict[Place, Spot]) -> Any:
    spots.setdefault(place, Spot(path, node.start_mark.line + 1))
    if isinstance(node, yaml.MappingNode):
        return {key: _value(path, inner, (*place, key), spots) for key, inner in _entries(path, node, place, spots)}
    if isinstance(node, yaml.SequenceNode):
        return [_value(path, inner, (*place, index), spots) for index, inner in enumerate(node.value)]
    return _scalar(node)


def _entries(
    path: Path, node: yaml.MappingNode, place: Place, spots: dict[Place, Spot]
) -> Iterator[tuple[str, yaml.Node]]:
    seen: set[str] = set()
    for key_node, inner in node.value:
        key, line = key_node.value, key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode) or key == "<<":
            raise CatalogueError(path, line, "keys are plain words here; merge keys are not used")
        if key in seen:
            raise CatalogueError(path, line, f"the key {key!r} is given twice")
        seen.add(key)
        spots[(*place, key)] = Spot(path, line)
        yield key, inner


def _scalar(node: yaml.Node) -> str | int | bool | None:
    """Words stay words: only true, false, null and plain whole numbers are anything else (so NO is Norway)."""
    text = str(node.value)
    if getattr(node, "style", None):
        return text
    if text in ("true", "false"):
        return text == "true"
    if text in ("", "null", "~"):
        return None
    return int(text) if _WHOLE.fullmatch(text) else text
