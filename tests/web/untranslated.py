"""Finds words in templates that no translator would ever see: text outside `_()`, and literals given to macros."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

from jinja2 import Environment, nodes

_JINJA = re.compile(r"\{#.*?#\}|\{%-?\s*trans\b.*?endtrans\s*-?%\}|\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
_MARKUP = re.compile(r'="|^ecl-')
"""Macros that write attributes or classes, which people never read."""
_SAID = {"title", "alt", "placeholder", "aria-label"}
_MARKERS = {"_", "gettext", "ngettext"}
_HUMAN = re.compile(r"[A-Z][a-z’]*[ .:?!,]|[A-Z][a-z]{2,}$|[a-z’]+ [a-z’]+ [a-z’]+")
VOID = frozenset({"meta", "link", "input", "br", "hr", "img", "rect", "circle", "path", "line", "option"})


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.found += [value for name in _SAID if re.search("[A-Za-z]{2}", value := given.get(name) or "")]
        if tag not in VOID and (self._silent or tag == "code" or given.get("translate") == "no"):
            self._silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._silent and self._silent[-1] == tag:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        if not self._silent and re.search("[A-Za-z]{2}", data) and not _MARKUP.search(data.strip()):
            self.found.append(data.strip())


def untranslated(path: Path, environment: Environment) -> list[str]:
    """Texts of a template that are outside `_()` and `trans`, but for code and what is marked translate="no"."""
    source = path.read_text(encoding="utf-8")
    reader = _Reader()
    reader.feed(_JINJA.sub("", source))
    return reader.found + list(_literals(environment.parse(source)))


def _literals(tree: nodes.Node) -> Iterator[str]:
    """String constants that read like words and are not handed to a translator."""
    for node in tree.iter_child_nodes():
        is_marked = isinstance(node, nodes.Call) and isinstance(node.node, nodes.Name) and node.node.name in _MARKERS
        is_code = isinstance(node, nodes.Filter | nodes.Compare | nodes.Import | nodes.Include | nodes.Extends)
        if isinstance(node, nodes.Const) and isinstance(node.value, str) and _HUMAN.match(node.value):
            yield node.value
        if isinstance(node, nodes.TemplateData) or is_marked:
            continue
        if not is_code:
            yield from _literals(node)
