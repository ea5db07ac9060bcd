"""ETags: what has not changed since the caller read it is not sent again (RFC 9110 §13)."""

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import request
from werkzeug.wrappers import Response

from board_hub.http.openapi import HubBlueprint
from board_hub.http.parameters import documented_header

View = TypeVar("View", bound=Callable[..., Any])
_HEADER = {
    "name": "If-None-Match",
    "in": "header",
    "required": False,
    "description": "The ETag of an earlier answer; if nothing has changed, the answer is 304 without a body.",
    "schema": {"type": "string"},
}


def etagged(blueprint: HubBlueprint) -> Callable[[View], View]:
    """A route whose answers carry an ETag over their bytes: nothing that the caller may not see moves it."""

    def decorate(view: View) -> View:
        @wraps(view)
        def answer(*arguments: Any, **options: Any) -> Response:
            response = cast(Response, view(*arguments, **options))
            if response.status_code == 200:
                response.add_etag()
                response.make_conditional(request)
            return response

        documented = blueprint.alt_response(304, description="Not changed.")(cast(View, answer))
        return documented_header(_HEADER)(documented)

    return decorate


def tag(response: Response, etag: str) -> Response:
    """Give an answer this ETag, and leave its body out if the caller has it already."""
    response.set_etag(etag)
    response.make_conditional(request)
    return response
