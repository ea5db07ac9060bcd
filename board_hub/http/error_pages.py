"""Errors as pages for people: what happened, what to do, and a reference to name it by. Never what is inside."""

from collections.abc import Mapping, Sequence

import structlog
from flask import Response, current_app, g, render_template, request

from board_hub.domain.errors import Flaw

log = structlog.get_logger(__name__)

SYSTEMS = ("/api/", "/oauth2/", "/.well-known/", "/health/", "/calendar/", "/openapi.json")
"""Where only programs ask; everything else is for people."""
PAGES = frozenset({400, 401, 403, 404, 405, 409, 413, 422, 429, 500, 503})
_GENERAL = {4: 400, 5: 500}
TELLING = frozenset({400, 403, 409, 422})
"""Errors whose own words help; a 404 says the same whether a thing is absent or hidden, a fault says nothing."""


def is_for_people(path: str) -> bool:
    return not path.startswith(SYSTEMS)


def page(status: int, detail: str | None, flaws: Sequence[Flaw], headers: Mapping[str, str] | None) -> Response:
    """The page for this status; a fragment where a part of a page was asked for (htmx)."""
    kind = status if status in PAGES else _GENERAL[status // 100]
    is_part = request.headers.get("HX-Request-Type") == "partial"
    told = {
        "status": status,
        "detail": detail if kind in TELLING else None,
        "flaws": flaws if kind in TELLING else (),
        "request_id": g.get("request_id", ""),
    }
    answer = Response(_written(kind, is_part, told), status, headers, mimetype="text/html")
    for name, value in current_app.extensions.get("page_headers", {}).items():
        answer.headers[name] = value
    return answer


def _written(kind: int, is_part: bool, told: Mapping[str, object]) -> str:
    """The page in the frame of all pages; without the frame where that fails too (no database)."""
    try:
        return render_template(f"errors/{'part' if is_part else kind}.html", **told)
    except Exception:  # the error page is the last resort: it must not fail
        log.error("error page failed", exc_info=True)
        return current_app.jinja_env.get_template("errors/bare.html").render(told)
