"""The words of the profile: what there is to be told, how often, what roles are called."""

from typing import Any

from board_hub.services.access import Role
from board_hub.services.people.browsers import browser_words
from board_hub.services.people.preferences import Frequency, Topic
from board_hub.web.languages import gettext
from board_hub.web.languages import lazy as _

TOPICS: dict[str, Any] = {
    Topic.REQUEST: _("A notice asks us to act"),
    Topic.NOTICE: _("A notice is addressed to us"),
    Topic.CLOCK_STARTED: _("A legal period of ours begins"),
    Topic.CLOCK_WARNED: _("A legal period of ours is about to end"),
    Topic.CLOCK_EXPIRED: _("A legal period of ours is over"),
    Topic.REMINDER: _("A duty without a fixed period is still open, or a date of the law is near"),
    Topic.DELIVERY_OVERDUE: _("A recipient does not collect what we sent"),
    Topic.DRAFT_SUBMITTED: _("A draft waits for approval"),
    Topic.DRAFT_RETURNED: _("A draft of mine was returned"),
    Topic.MANDATE_ENDING: _("A mandate on the Board ends"),
    Topic.ACCESS_ENDED: _("A colleague can no longer sign in"),
    Topic.SIGN_IN: _("I signed in from another browser"),
}
TOPIC_HELP: dict[str, Any] = {
    Topic.CLOCK_WARNED: _("A period ends whether or not anybody looks; so this comes once a day at the least."),
    Topic.CLOCK_EXPIRED: _("This comes once a day at the least."),
    Topic.SIGN_IN: _("Always told at once: whoever took over your browser must not be able to switch it off."),
}
FREQUENCIES: dict[str, Any] = {
    Frequency.IMMEDIATE: _("At once"),
    Frequency.DAILY: _("Once a day, at 7 in the morning"),
    Frequency.WEEKLY: _("Once a week, on Monday"),
    Frequency.NEVER: _("Never"),
}
ROLES: dict[str, Any] = {
    Role.CASE_HANDLER: _("Case handler"),
    Role.REPRESENTATIVE: _("Representative on the Board"),
    Role.ALTERNATE: _("Alternate on the Board"),
    Role.EXPERT: _("Expert (reads)"),
    Role.SECRETARIAT_OFFICER: _("Secretariat officer"),
    Role.SECRETARIAT_ADMINISTRATOR: _("Secretariat administrator"),
    Role.AUDITOR: _("Auditor"),
    Role.SYSTEM: _("System"),
}


def browser(user_agent: str) -> str:
    """`Firefox on Windows`."""
    return browser_words(user_agent) or gettext("A browser that is not known")
