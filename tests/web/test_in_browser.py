"""The pages in a real browser: accessible by axe's rules, reachable by keyboard, alive without a reload."""

import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from werkzeug.serving import make_server

from board_hub.domain.events import HUB
from board_hub.services.exchange import message_reads
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.unit_of_work import Hub
from tests.support.hub import sqlite_settings
from tests.web.conftest import open_app
from tests.web.showcase import Showcase, play

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
SCHEMES = ("light", "dark")

Serve = Callable[[Flask], str]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        reason = "Chromium is not installed, so no page was looked at: apt-get install chromium fonts-dejavu-core"
        pytest.fail(reason) if os.environ.get("CI") == "true" else pytest.skip(reason)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def serve() -> Iterator[Serve]:
    """Serves an application on loopback until the module's end; gives its address."""
    servers = []

    def start(app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


class Stage:
    """A served hub and the addresses of its pages."""

    def __init__(self, hub: Hub, base: str, show: Showcase | None = None) -> None:
        self.hub, self.base, self.show = hub, base, show

    def addresses(self) -> list[str]:
        with self.hub.work(HUB) as uow:
            messages = [f"/messages/{one.id}" for one in message_reads.list_messages(uow).messages]
            refusals = [f"/refused/{one.id}" for one in message_reads.list_refusals(uow).refusals]
        missing = "/refused/00000000-0000-0000-0000-000000000000"
        return [self.base + path for path in ("/", "/refused", missing, *messages[1:4], *refusals[-1:])]


@pytest.fixture(scope="module", params=["empty", "full"])
def stage(request: pytest.FixtureRequest, serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    folder = tmp_path_factory.mktemp(request.param)
    hub = prepare(sqlite_settings(folder))
    show = play(hub) if request.param == "full" else None
    if show:
        show.connect(DE_BNETZA="the virtual host does not exist")
    return Stage(hub, serve(open_app(hub, folder)), show)


@pytest.fixture(scope="module")
def full_stage(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    folder = tmp_path_factory.mktemp("live")
    hub = prepare(sqlite_settings(folder))
    return Stage(hub, serve(open_app(hub, folder)), play(hub))


def open_context(browser: Browser, width: str = "desktop", **options: Any) -> BrowserContext:
    size = WIDTHS[width]
    context = browser.new_context(viewport={"width": size[0], "height": size[1]}, **options)
    context.set_default_timeout(15_000)
    return context


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with open_context(browser) as context:
        yield context.new_page()


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_passes_axe_and_keeps_the_console_clean(
    browser: Browser, stage: Stage, width: str, scheme: Any
) -> None:
    said: list[str] = []
    with open_context(browser, width, color_scheme=scheme) as context:
        page = context.new_page()
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        for address in stage.addresses():
            page.goto(address)
            page.evaluate(AXE)
            found = page.evaluate("rules => axe.run({runOnly: rules})", RULES)
            violations = [(one["id"], [node["target"] for node in one["nodes"]]) for one in found["violations"]]
            assert violations == [], address
    assert [line for line in said if "404 (NOT FOUND)" not in line] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_no_page_is_wider_than_the_screen(browser: Browser, stage: Stage, width: str) -> None:
    with open_context(browser, width) as context:
        page = context.new_page()
        for address in stage.addresses():
            page.goto(address)
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, address


def test_the_keyboard_reaches_everything_and_shows_where_it_is(page: Page, stage: Stage) -> None:
    for address in stage.addresses()[:2]:
        page.goto(address)
        wanted = page.evaluate(
            """() => [...document.querySelectorAll("a, button, select")].filter(one => one.checkVisibility())
                .map((one, place) => (one.dataset.place = place))"""
        )
        reached = []
        for _ in wanted:
            page.keyboard.press("Tab")
            place, outline = page.evaluate(
                """() => { const one = document.activeElement, style = getComputedStyle(one);
                return [Number(one.dataset.place), style.outlineStyle + parseInt(style.outlineWidth)] }"""
            )
            assert outline == "solid3", (address, place)
            reached.append(place)
        assert reached == wanted, address


def test_the_first_tab_offers_to_skip_to_the_content(page: Page, full_stage: Stage) -> None:
    page.goto(full_stage.base)
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to main content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_new_message_appears_by_itself_and_not_while_paused(page: Page, full_stage: Stage) -> None:
    show = full_stage.show
    assert show is not None
    page.goto(full_stage.base)
    rows = page.locator("#message-list tbody tr")
    before = rows.count()
    show.issue("FR-CNIL", "art79-5")
    expect(rows).to_have_count(before + 1, timeout=15_000)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Updates paused")).to_be_visible()
    show.issue("FR-CNIL", "art79-5")
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.wait_for_timeout(6_000)  # a refresh that must not come has no condition to wait for
    assert fetched == []
    page.get_by_role("button", name="Resume").click()
    expect(rows).to_have_count(before + 2)


def test_without_javascript_everything_is_there_but_the_refresh(browser: Browser, full_stage: Stage) -> None:
    with open_context(browser, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(full_stage.base)
        expect(page.get_by_role("button", name="Pause")).to_have_count(0)
        page.get_by_label("From or to").select_option("GR-EETT")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("#message-list tbody tr").first).to_be_visible()
        assert "participant=GR-EETT" in page.url


def test_on_a_phone_each_cell_says_what_it_is(browser: Browser, full_stage: Stage) -> None:
    with open_context(browser, "phone") as context:
        page = context.new_page()
        page.goto(full_stage.base)
        cell = page.locator("#message-list td[data-label=Received]").first
        assert "Received" in cell.evaluate("one => getComputedStyle(one, '::before').content")
