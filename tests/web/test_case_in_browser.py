"""Cases and the calendar in a real browser: alive, on paper, and without JavaScript."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, expect

from board_hub.http.current import attach, serving_of
from board_hub.services.access import Role
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.people.officials import Held, Person
from tests.support.cases import issue
from tests.support.hub import FR, sqlite_settings
from tests.support.officials import add_official
from tests.web.browser import Serve, open_context, sign_in, tab_through
from tests.web.case_scene import ESTONIA, GERMANY, CaseScene, open_scene, play_case


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CaseScene]:
    folder = tmp_path_factory.mktemp("case-browser")
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
    """A case handler of France (which opened the case), of Estonia (whose window runs), and one who sees no case."""
    roles = {FR: Role.CASE_HANDLER, ESTONIA: Role.CASE_HANDLER, "EU-AIO": Role.AUDITOR}
    return {code: add_official(scene.hub, [Held(code, role)]) for code, role in roles.items()}


def enter(context: BrowserContext, app: Flask, base: str, person: Person) -> None:
    sign_in(context, app, base, person, serving_of(app).settings)


def test_a_new_message_appears_by_itself_and_what_one_opened_stays_open(
    browser: Browser, scene: CaseScene, app: Flask, base: str, people: dict[str, Person]
) -> None:
    with open_context(browser) as context:
        enter(context, app, base, people[FR])
        page = context.new_page()
        page.goto(f"{base}/cases/{scene.case}")
        page.locator("#case-clocks summary").first.click()
        subject = {"subject": "One more question"}
        issue(scene.hub, scene.parties[GERMANY], "informal-message", fields=subject, subject=scene.case, to=[FR])
        expect(page.locator("#case-history").get_by_text("One more question")).to_be_visible(timeout=30_000)
        expect(page.locator("#case-clocks details").first).to_have_attribute("open", "")


def test_the_keyboard_reaches_everything_on_a_case(
    browser: Browser, scene: CaseScene, app: Flask, base: str, people: dict[str, Person]
) -> None:
    with open_context(browser) as context:
        enter(context, app, base, people[ESTONIA])
        page = context.new_page()
        page.goto(f"{base}/cases/{scene.case}")
        assert tab_through(page) > 20


def test_on_paper_a_case_tells_why_each_period_ends(
    browser: Browser, scene: CaseScene, app: Flask, base: str, people: dict[str, Person]
) -> None:
    with open_context(browser) as context:
        enter(context, app, base, people[ESTONIA])
        page = context.new_page()
        page.goto(f"{base}/cases/{scene.case}")
        page.emulate_media(media="print")
        expect(page.get_by_text("3 months later is Tue 2 Feb 2027").first).to_be_visible()
        expect(page.get_by_role("link", name="Objection to a provisional measure")).to_be_visible()
        expect(page.locator("#next")).to_be_hidden()


def test_without_javascript_a_case_is_shared_and_its_evidence_taken(
    browser: Browser, scene: CaseScene, app: Flask, base: str, people: dict[str, Person]
) -> None:
    with open_context(browser, java_script_enabled=False) as context:
        enter(context, app, base, people[FR])
        page = context.new_page()
        page.goto(f"{base}/cases/{scene.case}")
        with page.expect_download() as download:
            page.get_by_role("button", name="Download the evidence").click()
        assert download.value.suggested_filename == f"{scene.case}-evidence.zip"
        page.get_by_role("link", name="Share this case").click()
        page.get_by_label("Share with").select_option("IT-MSA")
        page.get_by_role("button", name="Show what this changes").click()
        page.get_by_role("button", name="Share the case").click()
        expect(page.get_by_text("IT-MSA is sent what is added to this case from now on.")).to_be_visible()
