"""Signing in: choose your Member State, and come back from its identity provider."""

from flask import render_template

from board_hub.web.pages import OpenPages

login = OpenPages("login", __name__)


@login.get("/login")
def choose() -> str:
    """Choose your Member State."""
    return render_template("login/choose.html")
