"""Attachments of a draft: uploaded files, and pointers to files that stay with their owner."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge

from board_hub.domain.errors import Conflict, Invalid
from board_hub.domain.markings import Marking
from board_hub.http.current import current
from board_hub.law.notice_parts import MAX_ATTACHMENTS, MAX_NAME, MAX_POINTER
from board_hub.services.cases.attachments import add_attachment, safe_name
from board_hub.services.desk.drafting import DraftState, change_content, get_draft, lock_draft
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.attachment_files import CHUNK, AttachmentFiles, StoredFile
from board_hub.store.desk_tables import Draft
from board_hub.web.compose.blueprint import compose
from board_hub.web.compose.fields import clean
from board_hub.web.languages import format_number, gettext
from board_hub.web.pages import done, person, reading, takes_files, writing


@compose.get("/drafts/<uuid:draft_id>/files")
def files(draft_id: UUID) -> ResponseReturnValue:
    """The attachments of a draft."""
    return _page(draft_id, {})


@compose.post("/drafts/<uuid:draft_id>/files")
@takes_files
def add_file(draft_id: UUID) -> ResponseReturnValue:
    """Upload a file, or point to one that stays with its owner."""
    given = request.files.get("file")
    errors = _errors(given)
    if errors:
        return _page(draft_id, errors), 422
    with reading() as uow:
        get_draft(uow, person(), draft_id)  # nothing is stored for whoever may not see the draft
    stored: StoredFile | None = None
    if given and not _is_pointer():
        try:
            stored = _store(given)
        except Invalid as refusal:
            return _page(draft_id, {"file": refusal.flaws[0].message}), 422
    with writing() as uow:
        _attach(uow, _open_draft(uow, draft_id), given, stored)
        uow.commit()
    return done(gettext("The attachment is added."), "compose.files", draft_id=draft_id)


@compose.post("/drafts/<uuid:draft_id>/files/<int:number>/remove")
def remove_file(draft_id: UUID, number: int) -> ResponseReturnValue:
    """Take an attachment off the draft; `name` must be the one shown there, should two people remove at once."""
    with writing() as uow:
        draft = _open_draft(uow, draft_id)
        attachments = list(draft.content["data"].get("attachments") or ())
        if number >= len(attachments) or attachments[number]["name"] != request.form.get("name"):
            raise Conflict(gettext("The attachments have changed; look at the list again."))
        del attachments[number]
        _keep(uow, draft, attachments)
        uow.commit()
    return done(gettext("The attachment is removed."), "compose.files", draft_id=draft_id)


@compose.errorhandler(RequestEntityTooLarge)
def too_large(_: RequestEntityTooLarge) -> ResponseReturnValue:
    """Said at the field where it can be mended, not on a page of its own."""
    draft_id = (request.view_args or {}).get("draft_id")
    if request.endpoint != "compose.add_file" or draft_id is None:
        return redirect(url_for("compose.drafts"), 303)
    return _page(draft_id, {"file": _too_large()}), 413


def _too_large() -> str:
    megabytes = format_number(current().settings.attachment_bytes / 1024 / 1024, 0)
    return gettext("The file is too large; %(most)s MB are allowed.", most=megabytes)


def _is_pointer() -> bool:
    return request.form.get("marking") == Marking.POINTER_ONLY


def _errors(given: FileStorage | None) -> dict[str, str]:
    """What is wrong with the form, by field."""
    errors = {}
    marking = request.form.get("marking", "")
    if marking and marking not in tuple(Marking):
        errors["marking"] = gettext("Choose a marking of the list.")
    if _is_pointer():
        if not request.form.get("name", "").strip():
            errors["name"] = gettext("Give the file a name.")
        if not request.form.get("pointer", "").strip():
            errors["pointer"] = gettext("Say where the file is and who gives access to it.")
        return errors
    if given is None or not given.filename:
        errors["file"] = gettext("Choose a file.")
    elif not current().settings.takes_media_type(given.mimetype):
        kinds = current().settings.attachment_types.replace(",", ", ")
        words = gettext("Files of the type %(given)s are not taken. Taken are: %(kinds)s.")
        errors["file"] = words % {"given": given.mimetype, "kinds": kinds}
    return errors


def _store(given: FileStorage) -> StoredFile:
    limit = current().settings.attachment_bytes
    return AttachmentFiles(current().settings.attachments).receive(_chunks(given), limit=limit)


def _chunks(given: FileStorage) -> Iterator[bytes]:
    while chunk := given.stream.read(CHUNK):
        yield chunk


def _attach(uow: UnitOfWork, draft: Draft, given: FileStorage | None, stored: StoredFile | None) -> None:
    attachments = list(draft.content["data"].get("attachments") or ())
    if len(attachments) >= MAX_ATTACHMENTS:
        raise Conflict(gettext("A notice has %(most)s attachments at most.", most=MAX_ATTACHMENTS))
    marking = request.form.get("marking", "")
    name = clean(request.form.get("name", "")).strip()[:MAX_NAME]
    entry: dict[str, Any]
    if stored is None or given is None:
        pointer = clean(request.form["pointer"]).strip()[:MAX_POINTER]
        entry = {"name": name, "marking": str(Marking.POINTER_ONLY), "pointer": pointer}
    else:
        owner = uow.directory.participants[draft.participant]
        add_attachment(uow, owner, stored, given.mimetype)
        entry = {"name": name or safe_name(given.filename or ""), "sha256": stored.sha256, "size": stored.size}
        entry |= {"media_type": given.mimetype} | ({"marking": marking} if marking else {})
    _keep(uow, draft, [*attachments, entry])


def _keep(uow: UnitOfWork, draft: Draft, attachments: list[dict[str, Any]]) -> None:
    data = {**draft.content["data"], "attachments": attachments}
    change_content(uow, person(), draft, {**draft.content, "data": data})


def _open_draft(uow: UnitOfWork, draft_id: UUID) -> Draft:
    draft = lock_draft(uow, person(), draft_id)
    if draft.state != DraftState.OPEN:
        raise Conflict(gettext("This draft is not open any more; its attachments stay as they are."))
    return draft


def _page(draft_id: UUID, errors: dict[str, str]) -> str:
    with reading() as uow:
        draft = get_draft(uow, person(), draft_id)
        posted = request.form if request.method == "POST" and "file" not in errors else {}
        return render_template(
            "compose/files.html",
            section="compose",
            draft=draft,
            attachments=draft.content.get("data", {}).get("attachments") or [],
            errors=errors,
            posted=posted,
            most_bytes=current().settings.attachment_bytes,
            markings=[one.value for one in Marking],
        )
