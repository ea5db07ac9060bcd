"""Security headers on every answer, and limits on every request."""

from flask import Flask, Response

from board_hub.http.current import serving_of

MAX_BODY = 2 * 1024 * 1024 + 64 * 1024
"""Bytes that are read of a body. Twice what a message may have, so that one too long is refused, kept in quarantine and
answered by our own rule, as it is on a queue; what is longer still is not read at all."""
MAX_FORM = 64 * 1024

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}
_ONE_YEAR = "max-age=31536000; includeSubDomains"


def register(app: Flask) -> None:
    """A view that sets one of the headers itself (a page with its own content policy) is left its own."""
    app.config.update(MAX_CONTENT_LENGTH=MAX_BODY, MAX_FORM_MEMORY_SIZE=MAX_FORM, MAX_FORM_PARTS=50)
    by_tls = serving_of(app).public_url.startswith("https:")
    headers = HEADERS | ({"Strict-Transport-Security": _ONE_YEAR} if by_tls else {})

    def _protect(response: Response) -> Response:
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    app.after_request(_protect)
