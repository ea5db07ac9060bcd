"""Pages compressed on their way: a page is mostly markup, and a phone pays for every kilobyte.

Compressing a secret (a form's token) beside words of an attacker tells the secret by the length (BREACH), if the
attacker can make the browser ask again and again. So what another site asks for is sent plain, and the length of the
rest is blurred: gzip's header takes a file name of random length.
"""

import gzip
from io import BytesIO
from secrets import randbelow, token_urlsafe

from flask import Flask, Response, request

LEAST = 1_000
"""Bytes below which compression gains nothing."""
BLUR = 100
LEVEL = 6
_OWN_SITES = frozenset({"same-origin", "none"})


def register(app: Flask) -> None:
    app.after_request(_compress)


def _compress(response: Response) -> Response:
    if response.mimetype != "text/html" or response.direct_passthrough or "Content-Encoding" in response.headers:
        return response
    response.vary.update(["Accept-Encoding", "Sec-Fetch-Site"])
    if request.headers.get("Sec-Fetch-Site", "none") not in _OWN_SITES or not request.accept_encodings["gzip"]:
        return response
    content = response.get_data()
    if len(content) >= LEAST:
        response.set_data(compress(content))
        response.headers["Content-Encoding"] = "gzip"
    return response


def compress(content: bytes) -> bytes:
    """Gzip with a random length (Heal the BREACH); readers skip the name in the header."""
    packed = BytesIO()
    name = token_urlsafe(BLUR)[: randbelow(BLUR) + 1]
    with gzip.GzipFile(filename=name, mode="wb", compresslevel=LEVEL, fileobj=packed, mtime=0) as file:
        file.write(content)
    return packed.getvalue()
