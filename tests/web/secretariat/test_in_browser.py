"""The secretariat's pages in a real browser: reachable by keyboard, alive without a reload."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from board_hub.http.current import attach
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.people.officials import Person
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings
from board_hub.wsgi import create_app
from tests.support.hub import sqlite_settings
from tests.support.officials import SECRETARIAT, add_official
from tests.web.browser import Serve, open_context, sign_in, tab_through
from tests.web.secretariat.conftest import furnish
from tests.web.showcase import Showcase


@dataclass(frozen=True)
class Stage:
    """A served hub and an administrator of it."""

    hub: Hub
    app: Flask
    base: str
    person: Person
    settings: Settings
    show: Showcase

    @contextmanager
    def page(self, browser: Browser, width: str = "desktop", **options: Any) -> Iterator[Page]:
        """A page of the administrator's browser."""
        with open_context(browser, width, **options) as context:
            sign_in(context, self.app, self.base, self.person, self.settings)
            yield context.new_page()


def open_stage(folder: Path, serve: Serve) -> Stage:
    settings = sqlite_settings(folder)
    hub = prepare(settings)
    show = furnish(hub)
    show.connect(DE_BNETZA="the virtual host does not exist")
    person = add_official(hub, SECRETARIAT, name="Carla Conti")
    app = create_app(settings, hub)
    base = serve(app)
    settings = replace(settings, public_url=base)  # forms are taken from there alone
    attach(app, settings, hub)
    return Stage(hub, app, base, person, settings, show)


@pytest.fixture(scope="module")
def full(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Stage:
    return open_stage(tmp_path_factory.mktemp("full"), serve)


def test_the_keyboard_reaches_everything_and_shows_where_it_is(browser: Browser, full: Stage) -> None:
    with full.page(browser) as page:
        for path in ("messages", "participants/FR-CNIL/keys/add"):
            page.goto(f"{full.base}/secretariat/{path}")
            assert tab_through(page) >= 15


def test_a_new_message_appears_by_itself_and_not_while_paused(browser: Browser, full: Stage) -> None:
    show = full.show
    with full.page(browser) as page:
        page.goto(f"{full.base}/secretariat/messages")
        rows = page.locator("#message-list tbody tr")
        before = rows.count()
        show.issue("FR-CNIL", "art79-5")
        expect(rows).to_have_count(before + 1, timeout=15_000)
        page.get_by_role("button", name="Pause").click()
        expect(page.get_by_text("Refreshing is paused.")).to_be_visible()
        show.issue("FR-CNIL", "art79-5")
        fetched: list[str] = []
        page.on("request", lambda request: fetched.append(request.url))
        page.wait_for_timeout(6_000)  # a refresh that must not come has no condition to wait for
        assert fetched == []
        page.get_by_role("button", name="Resume").click()
        expect(rows).to_have_count(before + 2)


def test_a_hub_that_fails_is_said_and_the_page_stays(browser: Browser, full: Stage) -> None:
    with full.page(browser) as page:
        page.goto(f"{full.base}/secretariat/messages")
        page.route("**/*", lambda route: route.fulfill(status=503, body="<p>away</p>"))
        expect(page.get_by_text("The hub does not answer; trying again.")).to_be_visible(timeout=15_000)
        expect(page.locator("#message-list tbody tr").first).to_be_visible()
        page.unroute("**/*")
        expect(page.get_by_text("This page refreshes by itself.")).to_be_visible(timeout=15_000)


def test_without_javascript_lists_are_narrowed_and_steps_are_taken(browser: Browser, full: Stage) -> None:
    with full.page(browser, java_script_enabled=False) as page:
        page.goto(f"{full.base}/secretariat/messages")
        page.get_by_label("From or to").select_option("GR-EETT")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("#message-list tbody tr").first).to_be_visible()
        assert "participant=GR-EETT" in page.url
        page.goto(f"{full.base}/secretariat/participants/GR-EETT")
        page.get_by_role("link", name="Suspend").click()
        page.get_by_label("Reason").fill("Its key may be stolen.")
        page.get_by_role("button", name="Suspend").click()
        expect(page.get_by_text("GR-EETT is suspended.")).to_be_visible()


def test_on_a_phone_each_cell_says_what_it_is(browser: Browser, full: Stage) -> None:
    with full.page(browser, "phone") as page:
        page.goto(f"{full.base}/secretariat/messages")
        cell = page.locator("#message-list td[data-label=Received]").first
        assert "Received" in cell.evaluate("one => getComputedStyle(one, '::before').content")
