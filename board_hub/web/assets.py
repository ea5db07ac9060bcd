"""Static files: each has its digest in its address, is kept by browsers for a year and compressed once."""

import gzip
import mimetypes
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path

from flask import Blueprint, Response, request, url_for
from werkzeug.exceptions import NotFound

FOLDER = Path(__file__).parent / "static"
YEAR = 31_536_000
_TEXT = {".css", ".js", ".svg"}

blueprint = Blueprint("assets", __name__)


class Asset:
    """One file of the folder, as it was when the process first needed it."""

    def __init__(self, name: str) -> None:
        path = FOLDER / name
        self.content = path.read_bytes()
        self.digest = sha256(self.content).hexdigest()[:12]
        self.media_type = mimetypes.guess_type(name)[0] or "text/plain"
        self._is_text = path.suffix in _TEXT

    @cached_property
    def compressed(self) -> bytes | None:
        return gzip.compress(self.content, 9, mtime=0) if self._is_text else None


@cache
def _names() -> frozenset[str]:
    return frozenset(str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*") if path.is_file())


@cache
def find_asset(name: str) -> Asset | None:
    return Asset(name) if name in _names() else None


def asset(name: str) -> str:
    """The address of a static file, with its digest, so that a new one is fetched and an old one is kept."""
    found = find_asset(name)
    if found is None:
        raise LookupError(f"There is no static file {name}.")
    return url_for("assets.send", name=name, v=found.digest)


@blueprint.get("/assets/<path:name>")
def send(name: str) -> Response:
    found = find_asset(name)
    if found is None:
        raise NotFound
    is_packed = found.compressed is not None and request.accept_encodings["gzip"] > 0
    answer = Response(found.compressed if is_packed else found.content, mimetype=found.media_type)
    if is_packed:
        answer.headers["Content-Encoding"] = "gzip"
    answer.headers["Vary"] = "Accept-Encoding"
    kept = request.args.get("v") == found.digest
    answer.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable" if kept else "no-cache"
    answer.set_etag(f"{found.digest}-gzip" if is_packed else found.digest)
    return answer.make_conditional(request)  # type: ignore[return-value]
