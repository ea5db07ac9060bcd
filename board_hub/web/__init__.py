"""Pages for people: the dashboard of those who are signed in."""

from flask import Blueprint, Flask

from board_hub.web import assets, frame, look, pages
from board_hub.web.actions import actions
from board_hub.web.calendar import calendar
from board_hub.web.case_sharing import case  # with the views of all modules that add to it
from board_hub.web.cases import cases
from board_hub.web.compose import compose
from board_hub.web.directory import directory
from board_hub.web.login import login
from board_hub.web.overview import overview
from board_hub.web.profile import profile
from board_hub.web.requests import requests
from board_hub.web.secretariat import secretariat
from board_hub.web.signing_in.backchannel import backchannel
from board_hub.web.signing_in.callback import callback


def register(app: Flask) -> None:
    """What pages need of the application."""
    pages.register(app)
    look.register(app)
    frame.register(app)


def blueprints() -> list[Blueprint]:
    """Blueprints to register."""
    signing_in = [login, callback, backchannel]
    desk = [actions, cases, case, compose, requests, directory, calendar, overview, profile, secretariat]
    return [assets.blueprint, frame.blueprint, *signing_in, *desk]
