"""Problems: each error of the HTTP edge, with its request's id: problem+json (RFC 9457) for systems, else a page."""

import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, g, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge
from werkzeug.wrappers import Response as WerkzeugResponse

from board_hub.domain.errors import Conflict, Flaw, Forbidden, HubError, Invalid, NotFound, Unavailable
from board_hub.http import error_pages
from board_hub.law.wording import SOURCE, is_spoken, translate_text

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
RETRY_AFTER = "5"
"""Seconds a caller should wait when the hub itself is at fault."""
_SHOWN = 3
_URN = "urn:aiboard:problem:"
_KEPT_HEADERS = ("Allow", "Retry-After", "WWW-Authenticate")

_KINDS: dict[type[HubError], tuple[int, str, str]] = {
    NotFound: (404, "not-found", "Not found"),
    Forbidden: (403, "forbidden", "Not allowed"),
    Invalid: (422, "invalid", "The input cannot be taken"),
    Conflict: (409, "conflict", "Not possible now"),
    Unavailable: (503, "unavailable", "The hub cannot do this at the moment"),
}


def problem(
    status: int,
    *,
    title: str | None = None,
    detail: str | None = None,
    kind: str | None = None,
    flaws: Sequence[Flaw] = (),
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, object] | None = None,
) -> Response:
    """A problem as a response: a page where a person asked. `members` are added to it (RFC 9457 §3.2)."""
    if error_pages.is_for_people(request.path):
        return error_pages.page(status, detail, flaws, headers)
    language = _language()
    content: dict[str, Any] = {
        "type": f"{_URN}{kind}" if kind else "about:blank",
        "title": title or HTTPStatus(status).phrase,
        "status": status,
        "instance": request.path,
        "errors": [flaw.as_dict() | {"message": translate_text(flaw.message, language)} for flaw in flaws],
        "request_id": g.get("request_id", ""),
    }
    if detail:
        is_summary = bool(flaws) and detail == summary(flaws)
        content["detail"] = summary(flaws, language) if is_summary else translate_text(detail, language)
    answer = Response(json.dumps(content | dict(members or {})), status, headers, mimetype=MEDIA_TYPE)
    answer.content_language.add(language)
    return answer


def register(app: Flask) -> None:
    """Errors of the application's own handlers; flask-smorest's handler for HTTPException gives way to ours."""
    app.register_error_handler(HubError, _hub_error)
    app.register_error_handler(HTTPException, http_error)
    app.register_error_handler(Exception, _fault)


def http_error(error: HTTPException) -> WerkzeugResponse:
    """What Flask and Werkzeug refuse by themselves. Redirects, and answers made elsewhere, stay what they are."""
    answer = error.get_response()
    if error.response is not None or answer.status_code < 400:
        return answer
    flaws = []
    if isinstance(error, RequestEntityTooLarge):
        flaws = [Flaw("body.too_large", "", "The body is longer than the hub takes.")]
    headers = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
    return problem(answer.status_code, detail=error.description, flaws=flaws, headers=headers)


def _hub_error(error: HubError) -> Response:
    status, kind, title = _KINDS[type(error)]
    headers = {"Retry-After": RETRY_AFTER} if isinstance(error, Unavailable) else None
    if isinstance(error, Unavailable):
        log.warning("unavailable", reason=str(error))
    if isinstance(error, Invalid):
        return problem(status, kind=kind, title=title, detail=summary(error.flaws), flaws=error.flaws)
    return problem(status, kind=kind, title=title, detail=str(error), headers=headers)


def _language() -> str:
    """The language that the caller asks for, if there is anything in it; English for whoever does not ask."""
    asked = (tag.partition("-")[0].lower() for tag, quality in request.accept_languages if quality > 0)
    return next(filter(is_spoken, asked), SOURCE)


def summary(flaws: Sequence[Flaw], language: str = SOURCE) -> str:
    """The first few flaws in one line, for people."""
    more = f" (and {len(flaws) - _SHOWN} more)" if len(flaws) > _SHOWN else ""
    return " ".join(translate_text(flaw.message, language) for flaw in flaws[:_SHOWN]) + more


def _fault(error: Exception) -> Response:
    """A fault of the hub's own: the log has it, the caller gets the request's id to name it by."""
    log.error("fault", exc_info=error)
    detail = "The hub failed on this request. It is on record under the request's id; trying again does no harm."
    return problem(500, kind="fault", title="A fault of the hub", detail=detail)
