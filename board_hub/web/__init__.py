"""Pages for people: the dashboard of those who are signed in, and the status page of a demonstration."""

from flask import Blueprint, Flask

from board_hub.settings import Settings
from board_hub.web import assets, frame, look, pages
from board_hub.web.actions import actions
from board_hub.web.directory import directory
from board_hub.web.login import login
from board_hub.web.overview import overview
from board_hub.web.profile import profile
from board_hub.web.signing_in.backchannel import backchannel
from board_hub.web.signing_in.callback import callback
from board_hub.web.status import status


def register(app: Flask) -> None:
    """Sessions and protection of forms; the look that every page and every error of a page has."""
    pages.register(app)
    look.register(app)
    frame.register(app)


def blueprints(settings: Settings) -> list[Blueprint]:
    """Blueprints to register. The status page shows all metadata to anybody, so no route of it exists unless asked."""
    signing_in, desk = (login, callback, backchannel), (actions, directory, overview, profile)
    pages_of_hub = [status] if settings.status_page else [*signing_in, *desk]
    return [assets.blueprint, frame.blueprint, *pages_of_hub]
