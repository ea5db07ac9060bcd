"""Request ids: one for each request, on its answer and on every line of the log; never content."""

import re
import time
from uuid import uuid4

import structlog
from flask import Flask, Response, g, request
from structlog.contextvars import bind_contextvars, clear_contextvars

log = structlog.get_logger(__name__)

HEADER = "X-Request-Id"
_SANE = re.compile(r"[A-Za-z0-9._-]{8,64}")


def register(app: Flask) -> None:
    app.before_request(_begin)
    app.after_request(_end)


def note(**names: str) -> None:
    """Add names (a participant's code, a message's id) to all further lines of this request."""
    bind_contextvars(**names)


def _begin() -> None:
    given = request.headers.get(HEADER, "")
    g.request_id = given if _SANE.fullmatch(given) else uuid4().hex
    g.began = time.monotonic()
    clear_contextvars()  # threads are used again
    bind_contextvars(request_id=g.request_id)


def _end(response: Response) -> Response:
    response.headers[HEADER] = g.get("request_id", "")
    rule = request.url_rule.rule if request.url_rule else None  # the pattern: an address can hold a sender's content
    took = round((time.monotonic() - g.get("began", time.monotonic())) * 1000, 1)
    level = log.debug if rule is not None and rule.startswith("/health/") else log.info
    level("request", method=request.method, route=rule, status=response.status_code, ms=took)
    return response
