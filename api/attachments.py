"""Attachments: uploaded before the notice that names them, fetched by their content's digest."""

from collections.abc import Iterator
from typing import Any

from flask import Response, request
from werkzeug.exceptions import UnsupportedMediaType
from werkzeug.wsgi import FileWrapper

from api.reading import linked, looking
from api.schemas_cases import PageQuery
from api.schemas_files import AttachmentEntry, AttachmentList
from board_hub.http.current import current
from board_hub.http.etags import etagged, tag
from board_hub.http.idempotency import answer_once, repeatable
from board_hub.http.sign_in import SignedInBlueprint, caller
from board_hub.services.cases.attachments import add_attachment, get_file, list_attachments
from board_hub.services.exchange.idempotency import Answer
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.attachment_files import CHUNK, AttachmentFiles

blueprint = SignedInBlueprint(
    "attachments", __name__, url_prefix="/api/v1/attachments", description="Files that notices name."
)
_BYTES = {"type": "string", "format": "binary"}
_BODY = {"required": True, "content": {"application/pdf": {"schema": _BYTES}, "image/png": {"schema": _BYTES}}}


def _files() -> AttachmentFiles:
    return AttachmentFiles(current().settings.attachments)


@blueprint.route("", methods=["GET"])
@etagged(blueprint)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, AttachmentList, description="The newest first.")
def get_list(query: dict[str, Any]) -> Any:
    """The files you uploaded."""
    with looking() as here:
        page = list_attachments(here.uow, here.reader, cursor=query.get("cursor"), limit=query["limit"])
    return linked(page, {"attachments": page.lines})


@blueprint.route("", methods=["POST"])
@blueprint.response(201, AttachmentEntry, description="Stored; uploaded before, it is the same file.")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@blueprint.alt_response(413, "DEFAULT_ERROR")
@blueprint.alt_response(415, "DEFAULT_ERROR")
@blueprint.alt_response(422, "UNPROCESSABLE_ENTITY")
@blueprint.doc(requestBody=_BODY)
@repeatable
def upload() -> Response:
    """Upload a file: its bytes as the body, its media type as Content-Type. Its SHA-256 is its name from then on."""
    settings, owner, media_type = current().settings, caller().participant, request.mimetype
    if not settings.takes_media_type(media_type):
        raise UnsupportedMediaType(f"The hub takes {settings.attachment_types.replace(',', ', ')}.")
    request.max_content_length = settings.attachment_bytes
    stored = _files().receive(_chunks(), limit=settings.attachment_bytes)

    def act(uow: UnitOfWork) -> Answer:
        row = add_attachment(uow, owner, stored, media_type)
        place = {"Location": f"{current().public_url}/api/v1/attachments/{row.sha256}"}
        return Answer(201, AttachmentEntry().dumps(row).encode(), headers=place)

    return answer_once(act, content=f"{media_type} {stored.sha256}".encode())


def _chunks() -> Iterator[bytes]:
    while chunk := request.stream.read(CHUNK):
        yield chunk


@blueprint.route("/<sha256>", methods=["GET"])
@blueprint.response(200, schema=_BYTES, content_type="application/octet-stream", description="The file.")
@blueprint.alt_response(304, description="Not changed.")
@blueprint.alt_response(404, "DEFAULT_ERROR")
def download(sha256: str) -> Response:
    """A file you uploaded, or that a notice you can read names, if the file's own marking lets you."""
    with looking() as here:
        found = get_file(here.uow, here.reader, sha256)
    response = Response(content_type="application/octet-stream")
    response.content_length = found.size
    response.headers.set("Content-Disposition", "attachment", filename=found.name)
    response.headers["X-Media-Type"] = found.media_type
    tag(response, found.sha256)
    if response.status_code == 200 and request.method == "GET":
        response.response = FileWrapper(_files().open(found.sha256), CHUNK)
    return response
