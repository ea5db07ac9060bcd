"""The look of the pages: where templates and style sheets are, what they may call, the headers of every page."""

from datetime import date
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response

from board_hub.http.current import current
from board_hub.web import assets, chart_scales, languages, words

_HERE = Path(__file__).parent
TEMPLATES = next(
    (folder for folder in (_HERE.parent / "templates", _HERE.parents[1] / "templates") if folder.is_dir()),
    _HERE.parents[1] / "templates",
)
STYLES = ("frame", "content", "forms", "tables", "charts", "desk", "case", "print")
"""The hub's own style sheets, by theme, in this order after the library's."""
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Cookie, HX-Request, Accept-Language",
}
"""What every page carries beyond what every answer carries; errors shown as pages too."""

_templates = Blueprint("look", __name__, template_folder=str(TEMPLATES))


def register(app: Flask) -> None:
    """What every template finds; `frame` adds who is signed in and the menu."""
    languages.register(app)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.globals.update(
        asset=assets.asset, languages=languages, scales=chart_scales, styles=STYLES, words=words
    )
    for one in (words.count, words.member_shown_as, words.member_name, words.short_id):
        app.add_template_filter(one)
    app.register_blueprint(_templates)
    app.context_processor(_surroundings)
    app.extensions["page_headers"] = HEADERS


def _surroundings() -> dict[str, Any]:
    serving = current()
    return {
        "language": languages.language(),
        "zone": languages.zone_name(),
        "zone_city": languages.zone_city(),
        "demonstration": serving.settings.demonstration,
        "law_in_force": date.fromisoformat(max(serving.hub.catalogues)),
    }


def add_headers(response: Response) -> Response:
    """For `after_request` of a blueprint of pages."""
    response.headers.update(HEADERS)
    return response
