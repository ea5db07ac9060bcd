"""My actions and Cases in a real browser: still when one wants them to be."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from board_hub.http.current import attach, serving_of
from board_hub.services.access import Role
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.people.officials import Held, Person
from tests.support.hub import sqlite_settings
from tests.support.officials import add_official
from tests.web.browser import WIDTHS, Serve, open_context, sign_in
from tests.web.case_scene import ESTONIA, CaseScene, open_scene, play_case


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaseScene]:
    folder = tmp_path_factory.mktemp("desk-browser")
    hub = prepare(sqlite_settings(folder))
    scene = open_scene(hub, folder)
    play_case(scene)
    yield scene
    hub.engine.dispose()


@pytest.fixture(scope="module")
def app(scene: CaseScene) -> Flask:
    return scene.app()


@pytest.fixture(scope="module")
def base(app: Flask, serve: Serve) -> str:
    """Forms are taken from the hub's own address alone, so the application learns it."""
    address, serving = serve(app), serving_of(app)
    attach(app, replace(serving.settings, public_url=address), serving.hub)
    return address


@pytest.fixture(scope="module")
def people(scene: CaseScene) -> dict[str, Person]:
    """A case handler of Estonia, whose window runs, and one who sees no case."""
    roles = {ESTONIA: Role.CASE_HANDLER, "EU-AIO": Role.AUDITOR}
    return {code: add_official(scene.hub, [Held(code, role)]) for code, role in roles.items()}


def test_a_list_stands_still_once_it_is_paused(
    browser: Browser, app: Flask, base: str, people: dict[str, Person]
) -> None:
    context = open_context(browser)
    sign_in(context, app, base, people[ESTONIA], serving_of(app).settings)
    page = context.new_page()
    page.goto(base + "/")
    page.get_by_role("button", name="Pause").click()
    expect(page.get_by_text("Refreshing is paused.")).to_be_visible()
    expect(page.get_by_role("button", name="Resume")).to_be_visible()
    context.close()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_finger_finds_the_right_one_of_two_links_wherever_the_row_stands(
    browser: Browser, app: Flask, base: str, people: dict[str, Person], width: str
) -> None:
    with open_context(browser, width) as context:
        sign_in(context, app, base, people[ESTONIA], serving_of(app).settings)
        page = context.new_page()
        page.goto(base + "/")
        cell = page.locator(".hub-cell--main", has=page.locator("a + br")).first
        tops = cell.locator("a").evaluate_all("all => all.map(one => one.getBoundingClientRect().top)")
        assert len(tops) == 2
        assert tops[1] - tops[0] >= 24.5  # WCAG 2.5.8 asks for 24; half a pixel is what rounding takes
