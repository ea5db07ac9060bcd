"""Lists that refresh themselves: the same page answers, with nothing where nothing has changed."""

from hashlib import sha256
from urllib.parse import urlencode

from flask import Response, render_template, request
from flask.typing import ResponseReturnValue

HAVE = "have"
"""The parameter by which a page says which rendering of its lists it shows."""


def refreshed(template: str, lists_template: str, /, **context: object) -> ResponseReturnValue:
    """The page round its lists; 204 to a refresh that shows these lists already."""
    content = render_template(lists_template, **context)
    digest = sha256(content.encode()).hexdigest()[:16]
    if request.headers.get("HX-Request") and request.args.get(HAVE) == digest:
        return Response(status=204)
    return render_template(template, lists=content, refresh_address=_own_address(digest), **context)


def _own_address(digest: str) -> str:
    kept = [(name, value) for name, value in request.args.items(multi=True) if name != HAVE]
    return f"{request.path}?{urlencode([*kept, (HAVE, digest)])}"
