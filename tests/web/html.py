"""What a page's HTML says of itself: title, headings, landmarks, ids, links. For assertions."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

VOID = frozenset({"meta", "link", "input", "br", "hr", "img"})
LANDMARKS = frozenset({"header", "nav", "main", "footer"})


@dataclass
class Page:
    title: str = ""
    headings: list[tuple[int, str]] = field(default_factory=list)
    landmarks: list[str] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    inline_scripts: int = 0
    unclosed: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()
        self._open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, dict(attrs))
        if tag not in VOID:
            self._open.append(tag)
        if tag in ("h1", "h2", "h3", "h4"):
            self.page.headings.append((int(tag[1]), ""))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._note(tag, dict(attrs))

    def _note(self, tag: str, attributes: dict[str, str | None]) -> None:
        self.page.attributes |= attributes.keys()
        if tag in LANDMARKS:
            self.page.landmarks.append(tag)
        if attributes.get("id"):
            self.page.ids.append(str(attributes["id"]))
        if tag == "a":
            self.page.links.append(attributes.get("href") or "")
        if tag == "style" or (tag == "script" and not attributes.get("src")):
            self.page.inline_scripts += 1

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open.pop() != tag:
            self.page.unclosed.append(tag)

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "title":
            self.page.title += data
        if self._open and self._open[-1] in ("h1", "h2", "h3", "h4"):
            level, text = self.page.headings[-1]
            self.page.headings[-1] = (level, text + data)


def read_page(html: str) -> Page:
    reader = _Reader()
    reader.feed(html)
    reader.page.unclosed += reader._open
    return reader.page
