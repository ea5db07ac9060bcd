"""Pages for people: the dashboard of those who are signed in, and the status page of a demonstration."""

from flask import Blueprint

from board_hub.settings import Settings
from board_hub.web.actions import actions
from board_hub.web.login import login
from board_hub.web.status import status


def blueprints(settings: Settings) -> list[Blueprint]:
    """Blueprints to register. The status page shows all metadata to anybody, so no route of it exists unless asked."""
    return [status] if settings.status_page else [login, actions]
