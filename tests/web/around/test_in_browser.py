"""Directory, overview and profile in a real browser, empty and full, wide and narrow."""

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser

from board_hub.http.current import serving_of
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.people.officials import Person
from board_hub.wsgi import create_app
from tests.support.hub import DE, join, sqlite_settings
from tests.support.officials import HANDLER_DE, add_official
from tests.web.browser import WIDTHS, Serve, check_page, listen, open_context, sign_in

PATHS = ("/directory", "/directory?q=nobody-is-called-so", "/directory/AT", "/directory/EL", "/overview", "/profile")


def look_at(browser: Browser, width: str, app: Flask, base: str, person: Person) -> None:
    with open_context(browser, width) as context:
        sign_in(context, app, base, person, serving_of(app).settings)
        page = context.new_page()
        said = listen(page)
        for path in PATHS:
            page.goto(base + path)
            for one in page.locator("details").all():
                one.evaluate("element => element.open = true")
            check_page(page)
        assert said == []


@pytest.mark.parametrize("width", WIDTHS)
def test_every_page_is_accessible_and_fits(
    browser: Browser, serve: Serve, app: Flask, person: Person, width: str
) -> None:
    look_at(browser, width, app, serve(app), person)


def test_an_empty_hub_is_as_accessible(browser: Browser, serve: Serve, tmp_path: Path) -> None:
    settings = sqlite_settings(tmp_path)
    hub = prepare(settings)
    join(hub, DE)
    app = create_app(settings, hub)
    look_at(browser, "phone", app, serve(app), add_official(hub, HANDLER_DE))


def test_a_tile_of_the_map_is_reached_by_keyboard_and_leads_to_its_member(
    browser: Browser, serve: Serve, app: Flask, person: Person
) -> None:
    base = serve(app)
    with open_context(browser) as context:
        sign_in(context, app, base, person, serving_of(app).settings)
        page = context.new_page()
        page.goto(base + "/overview")
        page.get_by_role("link", name="FR 7 cases, France").focus()
        page.keyboard.press("Enter")
        page.wait_for_url(lambda url: "/overview" not in url)
        assert page.url.endswith(("member=FR", "/directory/FR"))
