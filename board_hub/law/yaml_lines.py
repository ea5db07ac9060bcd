"""Reads a YAML file safely into plain values and remembers the line of each, so that an error can name it."""

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
class Document:
    """A YAML file as plain values, with the line of each place."""

    path: Path
    content: Any
    lines: dict[Place, int]

    def error(self, place: Place, message: str) -> CatalogueError:
        """The error at this place, or at the nearest one around it that the file has."""
        known = place
        while known and known not in self.lines:
            known = known[:-1]
        where = ".".join(map(str, place))
        return CatalogueError(self.path, self.lines.get(known, 1), f"{where}: {message}" if where else message)


def read(path: Path) -> Document:
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
    lines: dict[Place, int] = {}
    return Document(path, _value(path, node, (), lines) if node else None, lines)


def _value(path: Path, node: yaml.Node, place: Place, lines: dict[Place, int]) -> Any:
    lines.setdefault(place, node.start_mark.line + 1)
    if isinstance(node, yaml.MappingNode):
        return {key: _value(path, inner, (*place, key), lines) for key, inner in _entries(path, node, place, lines)}
    if isinstance(node, yaml.SequenceNode):
        return [_value(path, inner, (*place, index), lines) for index, inner in enumerate(node.value)]
    return _scalar(node)


def _entries(
    path: Path, node: yaml.MappingNode, place: Place, lines: dict[Place, int]
) -> Iterator[tuple[str, yaml.Node]]:
    seen: set[str] = set()
    for key_node, inner in node.value:
        key, line = key_node.value, key_node.start_mark.line + 1
        if not isinstance(key_node, yaml.ScalarNode) or key == "<<":
            raise CatalogueError(path, line, "keys are plain words here; merge keys are not used")
        if key in seen:
            raise CatalogueError(path, line, f"the key {key!r} is given twice")
        seen.add(key)
        lines[(*place, key)] = line
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
