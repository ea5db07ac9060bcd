"""Every page of the route table in a real browser, in every complete language, wide and narrow: a Union at work."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from board_hub.web.languages import COMPLETE
from tests.web.browser import Serve
from tests.web.tour.stops import NO_PAGE, TOUR
from tests.web.tour.visits import pages, visit
from tests.web.tour.world import World, open_world


@pytest.fixture(scope="module")
def world(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = open_world(tmp_path_factory.mktemp("full"), serve)
    yield world
    world.hub.engine.dispose()


def test_the_tour_leaves_no_page_out() -> None:
    assert {endpoint for visited in TOUR.values() for endpoint in visited} == pages(asking=True) - NO_PAGE


@pytest.mark.parametrize("language", COMPLETE)
def test_every_page_is_accessible_and_fits_and_its_console_is_clean(
    browser: Browser, world: World, language: str
) -> None:
    assert visit(browser, world, language, pages(asking=True)) >= len(pages(asking=True) - NO_PAGE)
