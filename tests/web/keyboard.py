"""Work at a page with nothing but the keyboard: what is wanted is reached by the Tab key, as somebody does it.

keys = Keyboard(page)
keys.press(page.get_by_role("link", name="Cases"))
keys.write(page.get_by_label("Subject"), "Meeting")
"""

from playwright.sync_api import Locator, Page

MOST_STOPS = 500
"""Stops of the Tab key on the way to one thing; more is no way that anybody goes."""


class Keyboard:
    """The keys of one page; no method points at anything."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def reach(self, wanted: Locator) -> None:
        """Go on by the Tab key until one of these has the focus."""
        wanted.first.wait_for(state="attached")
        for _ in range(MOST_STOPS):
            if wanted.evaluate_all("all => all.includes(document.activeElement)"):
                return
            self.page.keyboard.press("Tab")
        raise AssertionError(f"no way by the Tab key to {wanted} on {self.page.url}")

    def press(self, wanted: Locator) -> None:
        """Follow a link, push a button."""
        self.reach(wanted)
        self.page.keyboard.press("Enter")

    def write(self, wanted: Locator, words: str) -> None:
        """Type into a field; a date as the browser shows it: 12202026 for 20 December."""
        self.reach(wanted)
        self.page.keyboard.type(words)

    def choose(self, group: str, value: str) -> None:
        """Take one of the radio buttons of this name: the group is one stop, the arrows move within it."""
        buttons = self.page.locator(f"input[name='{group}']")
        self.reach(buttons)
        wanted = self.page.locator(f"input[name='{group}'][value='{value}']")
        self.page.keyboard.press("Space")
        for _ in range(buttons.count()):
            if wanted.is_checked():
                return
            self.page.keyboard.press("ArrowDown")
        raise AssertionError(f"no arrow leads to {value} of {group}")
