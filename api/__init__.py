"""The mailbox over HTTPS, for participants without AMQP: /api/v1, documented at /openapi.json."""

from api import directory, mailbox, messages
from board_hub.http.openapi import HubBlueprint


def blueprints() -> list[HubBlueprint]:
    """All of /api/v1."""
    return [messages.blueprint, mailbox.blueprint, directory.blueprint]
