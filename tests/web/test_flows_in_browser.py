"""The work of a representative in a real browser, by keyboard: from the list of actions to the effect elsewhere."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser, Locator, Page, expect

from board_hub.domain.envelope import encode
from board_hub.domain.events import HUB
from board_hub.http.current import attach
from board_hub.law.examples import example_notice
from board_hub.services.exchange.held_keys import make_held_key
from board_hub.services.operation.bootstrap import prepare
from board_hub.services.people.officials import Person
from board_hub.services.unit_of_work import Hub
from board_hub.settings import Settings
from board_hub.wsgi import create_app
from tests.support.hub import DE, FR, catalogue_of, envelope, join_four, send, sqlite_settings
from tests.support.officials import HANDLER_DE, REPRESENTATIVE_FR, add_official
from tests.web.browser import Serve, check_page, listen, open_context, sign_in

expect.set_options(timeout=15_000)


class Scene:
    """A served hub with France, Germany, Estonia and the AI Office; the hub holds keys of the first two."""

    def __init__(self, app: Flask, hub: Hub, settings: Settings, base: str) -> None:
        self.app, self.hub, self.settings, self.base = app, hub, settings, base
        self.germany = add_official(hub, HANDLER_DE, name="Jonas Weber")
        self.france = add_official(hub, REPRESENTATIVE_FR, name="Claire Dubois")

    def page_of(self, browser: Browser, person: Person) -> Page:
        context = open_context(browser)
        sign_in(context, self.app, self.base, person, self.settings)
        return context.new_page()


@pytest.fixture(scope="module")
def scene(serve: Serve, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    folder = tmp_path_factory.mktemp("flows")
    settings = sqlite_settings(folder)
    hub = prepare(settings)
    parties = join_four(hub)
    with hub.work(HUB) as uow:
        make_held_key(uow, FR)
        make_held_key(uow, DE)
        uow.commit()
    for notice_type, changes in (("art79-5", {}), ("msr22-request", {"to": [DE]})):
        data: dict[str, Any] = example_notice(catalogue_of(hub), notice_type, sender=FR) | changes
        outcome = send(hub, parties[FR].arrival(encode(envelope(FR, data=data))))
        assert outcome.accepted, outcome.flaws
    app = create_app(settings, hub)
    base = serve(app)
    attach(app, replace(settings, public_url=base), hub)  # forms are taken from there alone
    yield Scene(app, hub, settings, base)
    hub.engine.dispose()


def press(one: Locator) -> None:
    """As somebody does who has no mouse."""
    one.focus()
    one.press("Enter")


def write(page: Page, label: str, words: str) -> None:
    field = page.get_by_label(re.compile(f"^{label}")).first
    field.focus()
    page.keyboard.type(words)


def test_an_objection_begun_in_my_actions_is_seen_by_the_authority_it_is_about(browser: Browser, scene: Scene) -> None:
    germany = scene.page_of(browser, scene.germany)
    said = listen(germany)
    germany.goto(scene.base)
    press(germany.get_by_role("link", name="Objection to a provisional measure").first)
    expect(germany.get_by_role("heading", level=1)).to_contain_text("Objection to a provisional measure")
    check_page(germany)
    write(germany, "Objection", "The evaluation rests on version 2.3; version 2.4 is what is on the German market.")
    send_it(germany)
    germany.goto(f"{scene.base}/cases/AIB-2026-000001")
    expect(germany.get_by_text("Objection raised; consultation by the Commission due").first).to_be_visible()

    france = scene.page_of(browser, scene.france)
    france.goto(f"{scene.base}/cases/AIB-2026-000001")
    expect(france.get_by_text("Objection raised; consultation by the Commission due").first).to_be_visible()
    expect(france.locator("#history").get_by_text("Objection to a provisional measure").first).to_be_visible()
    check_page(france)
    assert said == []


def test_a_request_for_assistance_is_accepted_and_answered_from_its_page(browser: Browser, scene: Scene) -> None:
    page = scene.page_of(browser, scene.germany)
    page.goto(f"{scene.base}/requests?show=in")
    check_page(page)
    press(page.locator("a[href^='/requests/FR-CNIL/']").first)
    request = page.url
    check_page(page)
    press(page.get_by_role("link", name="Request for information accepted"))
    page.get_by_label(re.compile("^Answer planned for")).first.fill("2026-12-20")
    send_it(page)
    page.goto(request)
    expect(page.get_by_text("Accepted; answer due").first).to_be_visible()
    press(page.get_by_role("link", name="Answer to a request for information"))
    write(page, "Information supplied", "Versions 4.1 and 4.2 are on the German market.")
    page.locator("input[name='f-final'][value='true']").focus()
    page.keyboard.press("Space")
    send_it(page)
    asking = scene.page_of(browser, scene.france)
    asking.goto(request)
    expect(asking.get_by_text("Answered completely").first).to_be_visible()


def send_it(page: Page) -> None:
    press(page.get_by_role("button", name="Check and send"))
    expect(page.get_by_text("Nothing is sent yet.")).to_be_visible()
    press(page.get_by_role("button", name="Sign and send"))
    page.wait_for_url(re.compile("/drafts/[^/]+$"))
    check_page(page)


def test_a_forged_number_leads_nowhere(browser: Browser, scene: Scene) -> None:
    page = scene.page_of(browser, scene.germany)
    answer = page.goto(f"{scene.base}/cases/AIB-2026-424242")
    assert answer is not None
    assert answer.status == 404
    check_page(page)
