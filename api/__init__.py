"""The interface for national systems over HTTPS: /api/v1, documented at /openapi.json."""

from api import attachments, calendars, cases, changes, clocks, directory, mailbox, messages, notices
from board_hub.http.openapi import HubBlueprint


def blueprints() -> list[HubBlueprint]:
    """All of /api/v1, and the calendars behind secret links."""
    modules = (messages, mailbox, cases, notices, clocks, changes, attachments, directory)
    return [*(module.blueprint for module in modules), calendars.links, calendars.feed]
