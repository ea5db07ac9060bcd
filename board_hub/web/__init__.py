"""Pages for people: the dashboard of those who are signed in."""

from flask import Blueprint, Flask

from board_hub.web import assets, frame, look, pages
from board_hub.web.actions import actions
from board_hub.web.login import login
from board_hub.web.secretariat import secretariat
from board_hub.web.signing_in.backchannel import backchannel
from board_hub.web.signing_in.callback import callback


def register(app: Flask) -> None:
    """Sessions and protection of forms; the look that every page and every error of a page has."""
    pages.register(app)
    look.register(app)
    frame.register(app)


def blueprints() -> list[Blueprint]:
    """Blueprints to register."""
    return [assets.blueprint, frame.blueprint, login, callback, backchannel, actions, secretariat]
