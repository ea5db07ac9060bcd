"""One real browser for the tests of pages, and what every page has to stand: axe, console, width, headings, keyboard.

The fixtures `browser` and `serve` are those of `tests/web/conftest.py`; import no second ones. In a test:

    with open_context(browser, "phone") as context:
        page = context.new_page()
        said = listen(page)
        page.goto(base + "/cases")
        check_page(page)
        assert said == []
"""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from board_hub.services.people.officials import Person
from board_hub.web.session import cookie_name
from tests.support.officials import session_secret

CHROMIUM = Path("/usr/bin/chromium")
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
AXE = (Path(__file__).parent / "vendor" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
WIDTHS = {"desktop": (1280, 900), "phone": (390, 844)}

Serve = Callable[[Flask], str]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium, started once for all modules that are run together."""
    if not CHROMIUM.exists():
        reason = "Chromium is not installed, so no page was looked at: apt-get install chromium fonts-dejavu-core"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    with open_browser() as browser:
        yield browser


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Debian's Chromium. One process has one at a time."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


class _Quiet(WSGIRequestHandler):
    def log(self, type: str, message: str, *args: Any) -> None:
        """Requests are in the hub's own log."""


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    """Serves an application on loopback until the module's end; gives its address."""
    with serving() as start:
        yield start


@contextmanager
def serving() -> Iterator[Serve]:
    """Serves applications on loopback meanwhile."""
    servers = []

    def start(app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


def open_context(browser: Browser, width: str = "desktop", **options: Any) -> BrowserContext:
    """A fresh profile of the browser, 1280 or 390 pixels wide; close it by `with`."""
    across, down = WIDTHS[width]
    context = browser.new_context(viewport={"width": across, "height": down}, **options)
    context.set_default_timeout(15_000)
    return context


def sign_in(context: BrowserContext, app: Flask, base: str, person: Person, settings: Any) -> None:
    """Let the browser act as this official, without going through an identity provider."""
    context.add_cookies([{"name": cookie_name(settings), "value": session_secret(app, person), "url": base}])


def listen(page: Page, base: str = "") -> list[str]:
    """What the page will say on its console, and every fault of its scripts; of addresses that begin with base."""
    said: list[str] = []
    page.on("console", lambda one: said.append(one.text) if one.location["url"].startswith(base) else None)
    page.on("pageerror", lambda error: said.append(str(error)))
    return said


def check_page(page: Page) -> None:
    """Raises AssertionError unless the page is accessible, no wider than the screen, and says what it is."""
    address = page.url
    found = violations(page)
    assert found == [], f"{address}: {found}"
    check_width(page)
    assert page.locator("h1").count() == 1, address
    assert " – " in page.title(), address  # what it is, then whose
    assert page.locator("html").get_attribute("lang"), address


def check_width(page: Page) -> None:
    """Raises AssertionError if the page is wider than the screen."""
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0, f"{page.url} is {wide} pixels too wide: {_too_wide(page)}"


def violations(page: Page, options: dict[str, Any] | None = None) -> list[tuple[str, list[Any]]]:
    """What axe finds wrong: rule, and where. options: axe's `runOnly`, if other than all rules of WCAG 2.2 AA."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE)
    found: list[tuple[str, list[Any]]] = page.evaluate(
        """async chosen => {
            const found = await axe.run({runOnly: chosen, resultTypes: ["violations"]});
            return found.violations.map(one => [one.id, one.nodes.map(node => node.target)]);
        }""",  # whatever passed stays in the browser: to carry it over takes longer than to find it
        options or {"type": "tag", "values": RULES},
    )
    return found


def _too_wide(page: Page) -> list[str]:
    found: list[str] = page.evaluate(
        """() => [...document.querySelectorAll("body *")]
            .filter(one => one.getBoundingClientRect().right > innerWidth + 1)
            .slice(0, 8).map(one => `${one.tagName}.${one.className}`)"""
    )
    return found


def tab_through(page: Page) -> int:
    """Go through the page by the Tab key: everything is reached in order and shows where one is; returns how many.

    What refreshes by itself is paused, as somebody does who needs the time.
    """
    if (pause := page.get_by_role("button", name="Pause", exact=True)).count():
        pause.first.click()
    wanted = page.evaluate(
        """() => [...document.querySelectorAll("a[href], button, select, textarea, input, summary, [tabindex='0']")]
            .filter(one => one.checkVisibility({visibilityProperty: true}) && one.type !== "hidden" && !one.disabled)
            .filter(one => one.type !== "radio" || one.checked)
            .map((one, place) => (one.dataset.place = place))"""
    )
    page.evaluate("document.body.tabIndex = -1; document.body.focus(); document.body.removeAttribute('tabindex')")
    for place in wanted:
        page.keyboard.press("Tab")
        reached, outline = page.evaluate(
            """() => {
                const one = document.activeElement;
                const drawn = one.matches("[type=radio], [type=checkbox]");  // by its label
                const shown = drawn ? one.nextElementSibling.firstElementChild : one;
                const style = getComputedStyle(shown);
                return [Number(one.dataset.place), style.outlineStyle + parseInt(style.outlineWidth)];
            }"""
        )
        while reached == place - 1:  # the parts of a date are one field with several stops
            page.keyboard.press("Tab")
            reached = page.evaluate("Number(document.activeElement.dataset.place)")
            outline = "solid3"
        assert (reached, outline) == (place, "solid3"), _described(page)
    return len(wanted)


def _described(page: Page) -> str:
    return str(page.evaluate("document.activeElement.outerHTML.slice(0, 300)"))
