"""The secretariat's blueprint, who may open its pages, and the menu at their side."""

from collections.abc import Sequence
from typing import Any

from flask import current_app

from board_hub.services.access import Role
from board_hub.web import pages
from board_hub.web.languages import lazy as _
from board_hub.web.pages import Pages, needs_of

ADMINISTRATORS = (Role.SECRETARIAT_ADMINISTRATOR,)
"""Who changes what belongs to the running of the hub."""
CLERKS = (Role.SECRETARIAT_ADMINISTRATOR, Role.SECRETARIAT_OFFICER)
"""Who keeps the Board's own records: mandates, calendars."""
LOOKERS = (Role.SECRETARIAT_ADMINISTRATOR, Role.AUDITOR)
"""Who sees the running of the hub, metadata of all messages among it: an officer of the secretariat does not."""
EVERYBODY = (Role.SECRETARIAT_ADMINISTRATOR, Role.SECRETARIAT_OFFICER, Role.AUDITOR)

secretariat = Pages("secretariat", "board_hub.web.secretariat", url_prefix="/secretariat", roles=LOOKERS)

MENU: Sequence[tuple[Any, Sequence[tuple[str, Any]]]] = (
    (_("Hub"), (
        ("secretariat.home", _("Health")),
        ("secretariat.jobs", _("Jobs")),
        ("secretariat.evidence", _("Evidence log")),
        ("secretariat.proposals", _("Second person")),
    )),
    (_("Exchange"), (
        ("secretariat.messages", _("Messages")),
        ("secretariat.quarantine", _("Refused messages")),
        ("secretariat.participants", _("Participants")),
    )),
    (_("Board"), (
        ("secretariat.members", _("Members and mandates")),
        ("secretariat.calendars", _("Public holidays")),
    )),
    (_("People"), (
        ("secretariat.officials", _("Who is signed in")),
        ("secretariat.providers", _("Identity providers")),
        ("secretariat.sign_ins", _("Sign-ins")),
    )),
)  # fmt: skip
"""Groups of (endpoint, words). An entry appears once its endpoint exists, for those who may open it."""


def may(*roles: Role) -> bool:
    """Whether who is signed in holds one of these roles: what templates get as `can_…`."""
    return pages.person().has(*roles)


@secretariat.context_processor
def _side() -> dict[str, Any]:
    return {"side": menu_of_person(), "may_change": may(*ADMINISTRATORS)}


def menu_of_person() -> list[tuple[Any, list[tuple[str, Any]]]]:
    """The menu of what the person may open."""
    groups = [(title, [entry for entry in entries if _may_open(entry[0])]) for title, entries in MENU]
    return [(title, entries) for title, entries in groups if entries]


def _may_open(endpoint: str) -> bool:
    if endpoint not in current_app.view_functions:
        return False
    wanted = needs_of(current_app, endpoint)
    return not wanted or may(*wanted)
