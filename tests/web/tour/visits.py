"""Looking at the pages of a world, one after the other, as the people see them who may."""

import os
from collections.abc import Collection
from itertools import groupby

from flask import Flask
from playwright.sync_api import Browser, Page

from board_hub.web.languages import SOURCE
from board_hub.web.pages import is_page
from board_hub.wsgi import register_blueprints
from tests.web.browser import WIDTHS, check_page, check_width, listen, open_context
from tests.web.tour.stops import Stop, stops
from tests.web.tour.world import World


def pages(*, asking: bool) -> set[str]:
    """Endpoints of the route table that are fetched; asking: also those whose form is sent to the same address."""
    app = Flask("rules")
    register_blueprints(app)
    found = set()
    for rule in app.url_map.iter_rules():
        methods = rule.methods or set()
        if is_page(app, rule.endpoint) and "GET" in methods and (asking or "POST" not in methods):
            found.add(rule.endpoint)
    return found


def visit(browser: Browser, world: World, language: str, endpoints: set[str]) -> int:
    """Look at each page in this language, in English under all its addresses; returns how many were looked at."""
    world.speak(language)
    chosen = [one for one in stops(world.named, all_addresses=language == SOURCE) if one.endpoint in endpoints]
    for who, visited in groupby(chosen, key=lambda stop: stop.who):
        with open_context(browser, locale=language) as context:
            if who:
                world.enter(context, who)
            page = context.new_page()
            said = listen(page)
            for stop in visited:
                _look(page, world, stop, language)
            assert said == [], who
    return len(chosen)


def _look(page: Page, world: World, stop: Stop, language: str) -> None:
    answer = page.goto(world.base + stop.path)
    assert answer is not None
    assert answer.status == 200, (stop, answer.status)
    assert page.locator("html").get_attribute("lang") == language, stop
    page.locator("main details").evaluate_all("all => all.forEach(one => one.open = true)")
    for name in reversed(WIDTHS):
        width, height = WIDTHS[name]
        page.set_viewport_size({"width": width, "height": height})
        if name in _looked_at(language):
            check_page(page)
        else:
            check_width(page)


def _looked_at(language: str) -> Collection[str]:
    """Widths at which axe looks too: other words change names and lengths, and those show on a phone first."""
    return WIDTHS if language == SOURCE or os.environ.get("BOARD_HUB_TEST_EVERY_WIDTH") else ("phone",)
