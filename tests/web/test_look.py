"""The look that all pages share: every macro, the frame, the errors, weight, caching, print and contrast."""

import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

from board_hub.http.compression import BLUR, compress
from board_hub.services.operation.bootstrap import prepare
from board_hub.web.assets import FOLDER
from board_hub.web.look import HEADERS, STYLES, TEMPLATES
from tests.support.hub import sqlite_settings
from tests.web.browser import WIDTHS, Serve, check_page, listen, open_context, tab_through, violations
from tests.web.html import read_page
from tests.web.pattern import ERRORS, PAGES, pattern_app

FIRST_VISIT = 250_000
"""Bytes over the wire that a first visit may cost."""


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder = tmp_path_factory.mktemp("look")
    return pattern_app(prepare(sqlite_settings(folder)), folder)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def base(app: Flask, serve: Serve) -> str:
    return serve(app)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with open_context(browser) as context:
        yield context.new_page()


@pytest.mark.parametrize("width", WIDTHS)
def test_every_macro_is_accessible_and_fits(browser: Browser, base: str, width: str) -> None:
    with open_context(browser, width) as context:
        page = context.new_page()
        said = listen(page)
        for name in PAGES:
            page.goto(f"{base}/{name}")
            page.locator("main details").evaluate_all("all => all.forEach(one => one.open = true)")
            check_page(page)
    assert said == []


@pytest.mark.parametrize("width", WIDTHS)
def test_the_keyboard_reaches_every_control_and_shows_where_it_is(browser: Browser, base: str, width: str) -> None:
    with open_context(browser, width) as context:
        page = context.new_page()
        for name, least in (("list", 12), ("form", 20)):
            page.goto(f"{base}/{name}")
            assert tab_through(page) > least, name


def test_the_first_tab_offers_to_skip_to_the_content(page: Page, base: str) -> None:
    page.goto(f"{base}/confirm")
    page.keyboard.press("Tab")
    expect(page.get_by_text("Skip to main content")).to_be_in_viewport()
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_form_that_came_back_with_errors_takes_the_focus_there(page: Page, base: str) -> None:
    page.goto(f"{base}/form")
    assert page.evaluate("document.activeElement.id") == "errors"
    page.get_by_role("link", name="Choose at least one ground.").click()
    assert page.evaluate("document.activeElement.id") == "grounds"


def test_escape_closes_a_menu_and_gives_the_focus_back(page: Page, base: str) -> None:
    page.goto(f"{base}/confirm")
    page.locator(".hub-fold summary").first.click()
    expect(page.get_by_role("button", name="français")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="français")).to_be_hidden()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_on_a_phone_each_cell_says_what_it_is(browser: Browser, base: str) -> None:
    with open_context(browser, "phone") as context:
        page = context.new_page()
        page.goto(f"{base}/list")
        cell = page.locator("td[data-label=Ends]").first
        assert "Ends" in cell.evaluate("one => getComputedStyle(one, '::before').content")


def test_a_part_refreshes_by_itself_keeps_the_focus_and_stops_when_told(page: Page, base: str) -> None:
    page.goto(f"{base}/list")
    link = page.locator("#rows").get_by_role("link", name="Serious incident")
    link.focus()
    before = int(page.locator("#looks").inner_text())
    expect(page.locator("#looks")).not_to_have_text(str(before), timeout=15_000)
    assert link.evaluate("one => one === document.activeElement")
    expect(page.locator("tr.is-new")).to_contain_text("Joint investigation")
    expect(page.locator("tr.is-new")).to_have_count(1)
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Refreshing is paused.")).to_be_visible()
    page.wait_for_load_state("networkidle")
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.wait_for_timeout(2_500)  # a refresh that must not come has no condition to wait for
    assert fetched == []
    with page.expect_response("**/list"):
        page.get_by_role("button", name="Resume").click()


def test_a_hub_that_does_not_answer_is_said_and_the_part_stays(page: Page, base: str) -> None:
    page.goto(f"{base}/list")
    page.route("**/list", lambda route: route.fulfill(status=503, body="<p>away</p>"))
    expect(page.get_by_text("The hub does not answer; trying again.")).to_be_visible(timeout=15_000)
    expect(page.locator("#rows").get_by_role("link", name="Serious incident")).to_be_visible()
    page.unroute("**/list")
    expect(page.get_by_text("This page refreshes by itself.")).to_be_visible(timeout=15_000)


def test_without_javascript_there_is_no_refresh_and_every_menu_opens(browser: Browser, base: str) -> None:
    with open_context(browser, "phone", java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{base}/list")
        expect(page.get_by_role("button", name="Pause")).to_have_count(0)
        page.locator(".hub-menu__fold summary").click()
        expect(page.get_by_role("link", name="Directory")).to_be_visible()


def test_targets_are_large_enough_for_a_finger(browser: Browser, base: str) -> None:
    """WCAG 2.2, 2.5.8: 24 by 24 pixels, but for links within text."""
    with open_context(browser, "phone") as context:
        page = context.new_page()
        small = []
        for name in PAGES:
            page.goto(f"{base}/{name}")
            small += page.evaluate(
                """() => [...document.querySelectorAll("button, select, summary, input, nav a, .ecl-button")]
                .filter(one => one.checkVisibility() && !one.matches("[type=radio], [type=checkbox]"))
                .filter(one => Math.min(one.getBoundingClientRect().width, one.getBoundingClientRect().height) < 24)
                .map(one => one.outerHTML.slice(0, 120))"""
            )
    assert small == []


def test_more_contrast_is_given_to_who_asks_for_it(browser: Browser, base: str) -> None:
    """WCAG 1.4.6 (AAA): seven to one, where the reader's system asks for more contrast."""
    with open_context(browser, contrast="more") as context:
        page = context.new_page()
        for name in PAGES:
            page.goto(f"{base}/{name}")
            assert violations(page, {"type": "rule", "values": ["color-contrast-enhanced"]}) == [], name


def test_where_colours_are_forced_states_keep_their_shape(browser: Browser, base: str) -> None:
    with open_context(browser, forced_colors="active") as context:
        page = context.new_page()
        page.goto(f"{base}/list")
        mark = page.locator(".hub-badge").first
        assert mark.evaluate("one => getComputedStyle(one).borderTopWidth") == "1px"
        expect(mark.locator("svg")).to_be_visible()
        current = page.locator(".hub-menu__wide [aria-current]")
        assert current.evaluate("one => getComputedStyle(one, '::after').height") == "4px"


def test_on_paper_the_frame_is_gone_and_folded_parts_are_open(page: Page, base: str) -> None:
    page.goto(f"{base}/pattern")
    page.emulate_media(media="print")
    for gone in (".hub-menu", ".hub-header__actions", ".hub-tabs"):
        expect(page.locator(gone).first).to_be_hidden()
    expect(page.get_by_text("26 authorities and the Commission.")).to_be_visible()


def test_a_first_visit_weighs_little(page: Page, base: str) -> None:
    """Measured in the browser: page, styles, scripts, icons, as they came over the wire."""
    sizes: dict[str, int] = {}
    page.on("requestfinished", lambda one: sizes.update({one.url: one.sizes()["responseBodySize"]}))
    page.goto(f"{base}/pattern", wait_until="networkidle")
    assert len(sizes) >= 4 + len(STYLES)
    assert sum(sizes.values()) <= FIRST_VISIT, sizes


def test_assets_are_kept_for_a_year_under_their_digest_alone(client: FlaskClient) -> None:
    addresses = set(re.findall(r'"(/assets/[^"#]+)', client.get("/pattern").text))
    assert len(addresses) >= 5 + len(STYLES)
    for address in addresses:
        kept = client.get(address, headers={"Accept-Encoding": "gzip"})
        assert "immutable" in kept.headers["Cache-Control"]
        assert client.get(address.partition("?")[0]).headers["Cache-Control"] == "no-cache"
        assert client.get(address, headers={"If-None-Match": kept.headers["ETag"]}).status_code in (200, 304)


@pytest.mark.parametrize("name", ["nothing.css", "../look.py", "css/../../look.py", "%2e%2e/look.py"])
def test_no_file_beside_the_assets_is_sent(client: FlaskClient, name: str) -> None:
    assert client.get(f"/assets/{name}").status_code == 404


def test_every_vendored_file_is_named_in_a_notice_beside_a_licence() -> None:
    for folder in (FOLDER / "ecl", FOLDER / "htmx"):
        notice = (folder / "NOTICE").read_text()
        assert (folder / "LICENSE").exists()
        for path in folder.iterdir():
            assert path.name in notice or path.name in ("NOTICE", "LICENSE"), path


def test_every_icon_that_is_used_is_in_the_sprite() -> None:
    sprite = (FOLDER / "ecl" / "icons.svg").read_text()
    used = {
        name
        for path in TEMPLATES.rglob("*.html")
        for name in re.findall(r'layout\.icon\("([a-z-]+)"|[^.]icon="([a-z-]+)"', path.read_text())
        for name in name
        if name
    }
    assert used
    assert [name for name in sorted(used) if f'id="{name}"' not in sprite] == []


def test_styles_of_our_own_stay_small() -> None:
    assert sum((FOLDER / "css" / f"{name}.css").stat().st_size for name in STYLES) <= 40_000


def test_pages_are_compressed_with_a_length_that_tells_nothing(client: FlaskClient) -> None:
    answer = client.get("/pattern", headers={"Accept-Encoding": "gzip", "Sec-Fetch-Site": "same-origin"})
    assert answer.headers["Content-Encoding"] == "gzip"
    assert b"<title>" in gzip.decompress(answer.data)
    lengths = {len(compress(b"x" * 5_000)) for _ in range(200)}
    assert BLUR / 2 < max(lengths) - min(lengths) <= BLUR


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Accept-Encoding": "identity"}])
def test_what_another_site_asks_for_is_not_compressed(client: FlaskClient, headers: dict[str, str]) -> None:
    assert "Content-Encoding" not in client.get("/pattern", headers={"Accept-Encoding": "gzip"} | headers).headers


@pytest.mark.parametrize("status", ERRORS)
def test_an_error_is_a_page_that_says_what_to_do(client: FlaskClient, status: int) -> None:
    answer = client.get(f"/error/{status}")
    page = read_page(answer.text)
    assert (answer.status_code, answer.mimetype) == (status, "text/html")
    assert {name: answer.headers[name] for name in HEADERS if name != "Vary"} == {
        name: value for name, value in HEADERS.items() if name != "Vary"
    }
    assert [level for level, _ in page.headings] == [1, 2]
    assert page.unclosed == []
    assert answer.headers["X-Request-Id"] in answer.text
    assert '<a href="/">' in answer.text


def test_an_error_without_a_page_of_its_own_gets_the_general_one(client: FlaskClient) -> None:
    answer = client.get("/error/418")
    assert answer.status_code == 418
    assert "Error 418" in answer.text


def test_a_missing_page_says_the_same_whatever_was_asked(client: FlaskClient) -> None:
    """But for the request's id and the form's token, which holds the second of its making."""

    def told(path: str) -> str:
        answer = client.get(path)
        return re.sub(r'name="csrf_token" value="[^"]+"', "", answer.text.replace(answer.headers["X-Request-Id"], ""))

    assert told("/no/such/page") == told("/no/such/other?x=1") == told("/error/404")


def test_a_part_of_a_page_gets_its_error_as_a_part(client: FlaskClient) -> None:
    text = client.get("/error/403", headers={"HX-Request": "true", "HX-Request-Type": "partial"}).text
    assert "<html" not in text
    assert "That did not work" in text


def test_when_even_the_frame_fails_there_is_a_page(app: Flask, tmp_path: Path) -> None:
    broken = pattern_app(prepare(sqlite_settings(tmp_path)), tmp_path)

    def fail() -> dict[str, str]:
        raise RuntimeError("the database postgresql://hub is away")

    broken.context_processor(fail)
    answer = broken.test_client().get("/pattern")
    assert answer.status_code == 500
    assert "Nothing accepted is lost" in answer.text
    assert "postgresql" not in answer.text


def test_the_demonstration_says_what_it_is(client: FlaskClient, app: Flask) -> None:
    assert "hub-demo" not in client.get("/confirm").text
