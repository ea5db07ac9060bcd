"""The status page in a real browser: accessible by axe's rules, reachable by keyboard, alive without a reload."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from board_hub.domain.events import HUB
from board_hub.services.exchange import message_reads
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.unit_of_work import Hub
from tests.support.hub import sqlite_settings
from tests.web.browser import WIDTHS, Serve, check_page, listen, open_context, tab_through
from tests.web.conftest import open_app
from tests.web.showcase import Showcase, play


class Stage:
    """A served hub and the addresses of its pages."""

    def __init__(self, hub: Hub, base: str, show: Showcase | None = None) -> None:
        self.hub, self.base, self.show = hub, base, show

    def addresses(self) -> list[str]:
        with self.hub.work(HUB) as uow:
            messages = [f"/messages/{one.id}" for one in message_reads.list_messages(uow).messages]
            refusals = [f"/refused/{one.id}" for one in message_reads.list_refusals(uow).refusals]
        missing = "/refused/00000000-0000-0000-0000-000000000000"
        return [self.base + path for path in ("/", "/refused", missing, *messages[1:3], *refusals[-1:])]


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


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with open_context(browser) as context:
        yield context.new_page()


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_and_keeps_the_console_clean(browser: Browser, stage: Stage, width: str) -> None:
    with open_context(browser, width) as context:
        page = context.new_page()
        said = listen(page)
        for address in stage.addresses():
            page.goto(address)
            check_page(page)
    assert [line for line in said if "404 (NOT FOUND)" not in line] == []


def test_the_keyboard_reaches_everything_and_shows_where_it_is(page: Page, stage: Stage) -> None:
    for address in stage.addresses()[:2]:
        page.goto(address)
        assert tab_through(page) >= 5


def test_a_new_message_appears_by_itself_and_not_while_paused(page: Page, full_stage: Stage) -> None:
    show = full_stage.show
    assert show is not None
    page.goto(full_stage.base)
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


def test_a_hub_that_fails_is_said_and_the_page_stays(page: Page, full_stage: Stage) -> None:
    page.goto(full_stage.base)
    page.route("**/*", lambda route: route.fulfill(status=503, body="<p>away</p>"))
    expect(page.get_by_text("The hub does not answer; trying again.")).to_be_visible(timeout=15_000)
    expect(page.locator("#message-list tbody tr").first).to_be_visible()
    page.unroute("**/*")
    expect(page.get_by_text("This page refreshes by itself.")).to_be_visible(timeout=15_000)


def test_without_javascript_everything_is_there_but_the_refresh(browser: Browser, full_stage: Stage) -> None:
    with open_context(browser, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(full_stage.base)
        expect(page.get_by_role("button", name="Pause")).to_have_count(0)
        page.get_by_label("From or to").select_option("GR-EETT")
        page.get_by_role("button", name="Show").click()
        expect(page.locator("#message-list tbody tr").first).to_be_visible()
        assert "participant=GR-EETT" in page.url
