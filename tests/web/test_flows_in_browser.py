"""The work of representatives in a real browser by keyboard alone: from the login at a real provider to the effect
elsewhere."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.envelope import encode
from board_hub.domain.events import HUB
from board_hub.law.examples import example_notice
from board_hub.services.exchange.held_keys import make_held_key
from board_hub.services.people import sessions
from board_hub.store.people_tables import Official
from tests.support.hub import DE, FR, catalogue_of, envelope, send
from tests.support.identity import Scene, real_providers
from tests.web.browser import check_page, listen, open_context
from tests.web.keyboard import Keyboard

expect.set_options(timeout=15_000)
CLAIRE, JONAS = ("France", "Claire Dubois"), ("Germany", "Jonas Weber")


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    """France has found a risk, and asks Germany for information; the hub holds keys of both."""
    with real_providers(tmp_path_factory.mktemp("flows")) as scene:
        with scene.hub.work(HUB) as uow:
            make_held_key(uow, FR)
            make_held_key(uow, DE)
            uow.commit()
        for notice_type, changes in (("art79-5", {}), ("msr22-request", {"to": [DE]})):
            data: dict[str, Any] = example_notice(catalogue_of(scene.hub), notice_type, sender=FR) | changes
            outcome = send(scene.hub, scene.parties[FR].arrival(encode(envelope(FR, data=data))))
            assert outcome.accepted, outcome.flaws
        yield scene


class Desk(Keyboard):
    """A page at which somebody has signed in, and what it said on its console."""

    def __init__(self, page: Page, base: str) -> None:
        super().__init__(page)
        self.base = base
        self.said = listen(page, base)

    def goto(self, path: str) -> None:
        self.page.goto(self.base + path)

    def link(self, name: str) -> None:
        self.press(self.page.get_by_role("link", name=name))

    def button(self, name: str) -> None:
        self.press(self.page.get_by_role("button", name=name))

    def field(self, label: str, words: str) -> None:
        self.write(self.page.get_by_label(re.compile(f"^{label}")), words)

    def tick(self, label: str) -> None:
        self.reach(self.page.get_by_label(label))
        self.page.keyboard.press("Space")

    def sign_in(self, state: str, person: str) -> None:
        """Choose the Member State and, at its provider, oneself."""
        self.link(state)
        self.button(person)
        expect(self.page.get_by_text(person).first).to_be_visible()

    def send(self) -> None:
        """Check what was written, sign it, and see that it is sent."""
        self.button("Check and send")
        expect(self.page.get_by_text("Nothing is sent yet.")).to_be_visible()
        self.button("Sign and send")
        self.page.wait_for_url(re.compile("/drafts/[^/]+$"))
        check_page(self.page)


@contextmanager
def at_desk(browser: Browser, scene: Scene, who: tuple[str, str]) -> Iterator[Desk]:
    with open_context(browser) as context:
        desk = Desk(context.new_page(), scene.base)
        desk.goto("/")
        check_page(desk.page)
        desk.sign_in(*who)
        yield desk


def test_an_objection_begun_in_my_actions_is_seen_with_its_effect_by_the_authority_it_is_about(
    browser: Browser, scene: Scene
) -> None:
    with at_desk(browser, scene, JONAS) as germany:
        germany.link("Objection to a provisional measure")
        expect(germany.page.get_by_role("heading", level=1)).to_contain_text("Objection to a provisional measure")
        check_page(germany.page)
        germany.field("Objection", "The evaluation rests on version 2.3; version 2.4 is what is on the German market.")
        germany.send()
        germany.goto("/cases/AIB-2026-000001")
        expect(germany.page.get_by_text("Objection raised; consultation by the Commission due").first).to_be_visible()
        assert germany.said == []

    with at_desk(browser, scene, CLAIRE) as france:
        france.link("Cases")
        france.press(france.page.locator("a[href='/cases/AIB-2026-000001']"))
        expect(france.page.get_by_text("Objection raised; consultation by the Commission due").first).to_be_visible()
        expect(france.page.locator("#history").get_by_text("Objection to a provisional measure").first).to_be_visible()
        expect(france.page.get_by_text("The Commission enters into consultation").first).to_be_visible()
        check_page(france.page)
        assert france.said == []


def test_a_request_for_assistance_is_accepted_and_answered_from_its_page(browser: Browser, scene: Scene) -> None:
    with at_desk(browser, scene, JONAS) as germany:
        germany.goto("/requests?show=in")
        check_page(germany.page)
        germany.press(germany.page.locator("a[href^='/requests/FR-CNIL/']"))
        germany.page.wait_for_url("**/requests/FR-CNIL/*")
        request = germany.page.url.removeprefix(scene.base)
        check_page(germany.page)
        germany.link("Request for information accepted")
        germany.field("Answer planned for", "12202026")
        germany.send()
        germany.goto(request)
        expect(germany.page.get_by_text("Accepted; answer due").first).to_be_visible()
        germany.link("Answer to a request for information")
        germany.field("Information supplied", "Versions 4.1 and 4.2 are on the German market.")
        germany.choose("f-final", "true")
        germany.send()
    with at_desk(browser, scene, CLAIRE) as france:
        france.goto(request)
        expect(france.page.get_by_text("Answered completely").first).to_be_visible()


def test_what_was_written_outlives_the_session_in_which_it_was_written(browser: Browser, scene: Scene) -> None:
    with at_desk(browser, scene, JONAS) as germany:
        germany.goto("/cases/AIB-2026-000001")
        germany.link("Informal message")
        germany.field("Subject", "Versions on the market")
        germany.field("Text", "We meet on Monday at ten.")
        germany.tick("FR · FR-CNIL")
        end_sessions(scene, "jonas.weber@de.example")
        germany.button("Check and send")
        expect(germany.page.get_by_role("heading", level=1)).to_have_text("What you wrote is kept")
        check_page(germany.page)
        with germany.page.context.expect_page() as opened:
            germany.link("Sign in again")
        again = Desk(opened.value, scene.base)
        again.link("Germany")
        again.page.wait_for_url(re.compile("/interaction/|/$"))
        if "/interaction/" in again.page.url:
            again.button("Jonas Weber")
        expect(again.page.get_by_text("Jonas Weber").first).to_be_visible()
        again.page.close()
        germany.button("Go on with what I wrote")
        expect(germany.page.get_by_text("You are signed in again.")).to_be_visible()
        check_page(germany.page)
        germany.button("Go on with what I wrote")
        expect(germany.page.get_by_text("Nothing is sent yet.")).to_be_visible()
        expect(germany.page.get_by_text("We meet on Monday at ten.").first).to_be_visible()
        expect(germany.page.get_by_text("Versions on the market").first).to_be_visible()


def end_sessions(scene: Scene, email: str) -> None:
    """Somebody was away for longer than the hub waits."""
    with scene.hub.work(HUB) as uow:
        official = uow.session.execute(select(col(Official.id)).where(col(Official.email) == email)).scalar_one()
        sessions.end_sessions_of(uow, official, "idle")
        uow.commit()


def test_a_forged_number_leads_nowhere(browser: Browser, scene: Scene) -> None:
    with at_desk(browser, scene, JONAS) as germany:
        answer = germany.page.goto(f"{scene.base}/cases/AIB-2026-424242")
        assert answer is not None
        assert answer.status == 404
        check_page(germany.page)
