"""A served application with the page of all macros, signed in, and the errors: for tests and for looking at."""

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

from flask import Flask, flash, render_template
from jinja2 import ChoiceLoader, FileSystemLoader
from werkzeug.exceptions import abort

from board_hub.services.unit_of_work import Hub
from board_hub.web.frame import Head
from board_hub.web.pages import OpenPages
from tests.web.conftest import open_app

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
PERSON = Head("Marie-Claire Lefèvre", ["FR-CNIL"], "/", "/")
MENU = [
    ("shown.pattern", label, label.lower())
    for label in ("My actions", "Cases", "Requests", "New notice", "Directory", "Calendar", "Overview", "Secretariat")
]
PAGES = ("pattern", "list", "form", "confirm")
_LOOKS = count(1)
ERRORS = (400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503)


def pattern_app(hub: Hub, folder: Path) -> Flask:
    """Pages /pattern, /list, /form, /confirm and /error/<status>, in the frame of somebody signed in."""
    app = open_app(hub, folder)
    loaders = [app.jinja_loader, FileSystemLoader(Path(__file__).parent / "patterns")]
    app.jinja_loader = ChoiceLoader([one for one in loaders if one])  # type: ignore[assignment]
    app.context_processor(_signed_in)
    shown = OpenPages("shown", __name__)
    for name in PAGES:
        shown.add_url_rule(f"/{name}", name, partial(_page, name))
    shown.add_url_rule("/error/<int:status>", "error", lambda status: abort(status))
    app.register_blueprint(shown)
    return app


def _signed_in() -> dict[str, Any]:
    return {"person": PERSON, "menu": MENU}


def _page(name: str) -> str:
    if name == "pattern":
        flash("Your draft is kept.", "success")
    looks = next(_LOOKS)
    moments = {"now": NOW, "soon": NOW + timedelta(days=3), "today": NOW + timedelta(hours=5)}
    return render_template(f"{name}.html", end=NOW + timedelta(days=89), looks=looks, **moments)
