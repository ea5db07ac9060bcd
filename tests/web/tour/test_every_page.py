"""Every page of the route table in a real browser: empty and full, in every complete language, wide and narrow."""

from collections.abc import Iterator
from itertools import groupby

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page

from board_hub.web.languages import COMPLETE
from board_hub.web.pages import is_page
from board_hub.wsgi import register_blueprints
from tests.web.browser import WIDTHS, Serve, check_page, listen, open_context
from tests.web.tour.stops import NO_PAGE, TOUR, Stop, stops
from tests.web.tour.world import World, open_empty_world, open_world


@pytest.fixture(scope="module", params=["full", "empty"])
def world(request: pytest.FixtureRequest, serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    opened = open_world if request.param == "full" else open_empty_world
    world = opened(tmp_path_factory.mktemp(request.param), serve)
    yield world
    world.hub.engine.dispose()


def test_the_tour_leaves_no_page_out() -> None:
    app = Flask("rules")
    register_blueprints(app)
    pages = {
        rule.endpoint
        for rule in app.url_map.iter_rules()
        if is_page(app, rule.endpoint) and "GET" in (rule.methods or ())
    }
    assert {endpoint for visited in TOUR.values() for endpoint in visited} == pages - NO_PAGE


@pytest.mark.parametrize("language", COMPLETE)
def test_every_page_is_accessible_and_fits_and_its_console_is_clean(
    browser: Browser, world: World, language: str
) -> None:
    world.speak(language)
    for who, visited in groupby(stops(world.named), key=lambda stop: stop.who):
        with open_context(browser, locale=language) as context:
            if who:
                world.enter(context, who)
            page = context.new_page()
            said = listen(page)
            for stop in visited:
                look(page, world, stop, language)
            assert said == [], who


def look(page: Page, world: World, stop: Stop, language: str) -> None:
    answer = page.goto(world.base + stop.path)
    assert answer is not None
    allowed = (200,) if world.named else (200, 404)  # what is not there yet is said on a page as well
    assert answer.status in allowed, (stop, answer.status)
    assert page.locator("html").get_attribute("lang") == language, stop
    page.locator("main details").evaluate_all("all => all.forEach(one => one.open = true)")
    for width, height in reversed(WIDTHS.values()):
        page.set_viewport_size({"width": width, "height": height})
        check_page(page)
