"""My actions: the first page, what needs the official who is signed in."""

from flask import render_template

from board_hub.web.pages import Pages

actions = Pages("actions", __name__)


@actions.get("/")
def home() -> str:
    """What needs me."""
    return render_template("actions/home.html")
