"""`make screenshots`: a picture of every page, wide and narrow, below var/screenshots; the README's three beside it.

`python -m tests.web.tour.screenshots [FOLDER] [LANGUAGE]`; the folder's index.html shows them all.
"""

import html
import sys
import tempfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from playwright.sync_api import Browser

from board_hub.web.languages import COMPLETE, SOURCE
from tests.web.browser import WIDTHS, open_browser, open_context, serving
from tests.web.tour.stops import stops
from tests.web.tour.world import World, open_world

README: dict[tuple[str, str | None, str], str] = {
    ("actions.home", "France", "desktop"): "my-actions.png",
    ("case.show", "Germany", "desktop"): "case.png",
    ("overview.show", "France", "desktop"): "overview.png",
}
"""Which pictures the README shows; they begin at the top of the page and are one screen high."""
README_FOLDER = Path(__file__).parents[3] / "deploy" / "screenshots"


def take_all(browser: Browser, world: World, folder: Path, language: str) -> Iterator[tuple[str, str]]:
    """Take the pictures; gives the name and the address of each page."""
    for who, visited in groupby(stops(world.named), key=lambda stop: stop.who):
        named = {f"{who or 'anybody'}-{number:02}-{stop.endpoint}": stop for number, stop in enumerate(visited)}
        for width in WIDTHS:
            with open_context(browser, width, locale=language) as context:
                if who:
                    world.enter(context, who)
                page = context.new_page()
                for name, stop in named.items():
                    page.goto(world.base + stop.path)
                    page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
                    shown = README.get((stop.endpoint, who, width))
                    if shown and language == SOURCE:
                        page.screenshot(path=README_FOLDER / shown)
        yield from ((name, stop.path) for name, stop in named.items())


def main(folder: Path, language: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    lines = []
    with tempfile.TemporaryDirectory() as place, serving() as serve, open_browser() as browser:
        world = open_world(Path(place), serve)
        world.speak(language)
        for name, path in take_all(browser, world, folder, language):
            pictures = "".join(f'<img src="{name}-{width}.png" alt="" height="600"> ' for width in WIDTHS)
            lines.append(f"<h2>{html.escape(path)}</h2><p>{pictures}</p>")
    (folder / "index.html").write_text(f"<!doctype html><title>Pages, {language}</title>{''.join(lines)}")
    print(f"{len(lines) * len(WIDTHS)} pictures: {folder}/index.html")


if __name__ == "__main__":
    chosen = sys.argv[2] if len(sys.argv) > 2 else "en"
    if chosen not in COMPLETE:
        raise SystemExit(f"{chosen}: choose one of {', '.join(COMPLETE)}")
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "var/screenshots"), chosen)
