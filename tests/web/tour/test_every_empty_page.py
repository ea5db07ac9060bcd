"""The pages that list or show something, on a hub where nothing happened yet. What a form asks is the same on both."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from board_hub.web.languages import COMPLETE
from tests.web.browser import Serve
from tests.web.tour.visits import pages, visit
from tests.web.tour.world import World, open_empty_world


@pytest.fixture(scope="module")
def world(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    world = open_empty_world(tmp_path_factory.mktemp("empty"), serve)
    yield world
    world.hub.engine.dispose()


@pytest.mark.parametrize("language", COMPLETE)
def test_every_empty_page_is_accessible_and_fits_and_its_console_is_clean(
    browser: Browser, world: World, language: str
) -> None:
    assert visit(browser, world, language, pages(asking=False)) > 20
