"""The map of the overview in a real browser, by keyboard."""

from flask import Flask
from playwright.sync_api import Browser

from board_hub.http.current import serving_of
from board_hub.services.people.officials import Person
from tests.web.browser import Serve, open_context, sign_in


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
