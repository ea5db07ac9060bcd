"""The page of a notice: its fields, how far it came, its versions and evidence; its attachments to take away."""

from typing import Any

from flask import Response, render_template, request
from werkzeug.wsgi import FileWrapper

from board_hub.domain.errors import NotFound
from board_hub.domain.markings import Marking, may_pass_on
from board_hub.http.current import current
from board_hub.services.cases.attachments import safe_name
from board_hub.services.cases.audience_reads import list_audiences
from board_hub.services.cases.next_steps import list_formal_requests
from board_hub.services.cases.notice_reads import NamedFile, NoticeView, find_places, get_notice
from board_hub.services.cases.opening import is_opening_to_note, note_opened
from board_hub.services.exchange.message_reads import key_id_of
from board_hub.services.operation.evidence import find_position
from board_hub.services.people.officials import Person
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.attachment_files import CHUNK, AttachmentFiles
from board_hub.web.case import case
from board_hub.web.names import names_of
from board_hub.web.notice_fields import keys_in, show_fields
from board_hub.web.pages import person, reader, reading, writing


@case.get("/cases/<reference>/notices/<source>/<message_id>")
def notice(reference: str, source: str, message_id: str) -> str:
    """One notice. That an official opened it is noted for its sender, once for each participant."""
    who = person()
    with reading() as uow:
        view = _get(uow, reference, source, message_id)
        told = _told(uow, who, view)
    if is_opening_to_note(view):
        with writing() as uow:
            note_opened(uow, who.reader, view.row.id, sender=view.row.sender)
            uow.commit()
    return render_template("case/notice.html", view=view, section="cases", **told)


def _get(uow: UnitOfWork, reference: str, source: str, message_id: str) -> NoticeView:
    """The notice, if it is in this case. Raises NotFound."""
    view = get_notice(uow, reader(), source, message_id)
    if view.reference != reference:
        raise NotFound("There is no such notice.")
    return view


def _told(uow: UnitOfWork, who: Person, view: NoticeView) -> dict[str, Any]:
    envelope, row = view.envelope, view.row
    catalogue = uow.hub.catalogues[str(envelope.data["law_version"])]
    notice_type = catalogue.notice_types[row.notice_type]
    shown = show_fields(notice_type, envelope.data)
    return {
        "envelope": envelope,
        "notice_type": notice_type,
        "shown": shown,
        "places": find_places(uow, reader(), set(keys_in(shown.fields))),
        "seats": list_audiences(uow, reader(), row.case_id, [row.id]).get(row.id, ()),
        "names": names_of(uow),
        "now": uow.now,
        "position": find_position(uow, row.id),
        "kid": key_id_of(view.message.signature),
        "hub_kid": key_id_of(view.message.hub_signature) if view.message.hub_signature else None,
        "can_revise": _can_revise(who, view),
        "can_share": bool(sharers(who, view)),
        "requests": _requests(uow, who, view),
    }


def _can_revise(who: Person, view: NoticeView) -> bool:
    """A notice of the official's own participant that is neither withdrawn nor replaced."""
    row = view.row
    return row.sender in who.writes_for and row.replaced_by is None and row.withdrawn_at is None


def sharers(who: Person, view: NoticeView) -> tuple[str, ...]:
    """In whose name the official may pass the notice on."""
    marking, sender = Marking(view.row.marking), view.row.sender
    return tuple(code for code in who.writes_for if may_pass_on(marking, is_originator=sender == code))


def _requests(uow: UnitOfWork, who: Person, view: NoticeView) -> list[Any]:
    """Formal requests that this informal message can be made into by the official."""
    if not view.row.informal:
        return []
    catalogue = uow.hub.catalogues[str(view.envelope.data["law_version"])]
    writers = [uow.directory.participants[code] for code in who.writes_for]
    found = {one.code: one for writer in writers for one in list_formal_requests(catalogue, writer)}
    return list(found.values())


@case.get("/cases/<reference>/notices/<source>/<message_id>/attachments/<int:place>")
def attachment(reference: str, source: str, message_id: str, place: int) -> Response:
    """A file that the notice names, always as a download: what was sent may be anything."""
    with reading() as uow:
        file = _file(_get(uow, reference, source, message_id), place)
    answer = Response(content_type="application/octet-stream")
    if file.size is not None:
        answer.content_length = file.size
    answer.headers.set("Content-Disposition", "attachment", filename=safe_name(file.name))
    answer.headers["X-Content-Type-Options"] = "nosniff"
    if request.method == "GET" and file.sha256:
        opened = AttachmentFiles(current().settings.attachments).open(file.sha256)
        answer.response = FileWrapper(opened, CHUNK)
    return answer


def _file(view: NoticeView, place: int) -> NamedFile:
    """Raises NotFound for what is not there, stays with its owner, or bears a marking that keeps it from the reader."""
    if place >= len(view.attachments) or not view.attachments[place].available:
        raise NotFound("There is no such attachment.")
    return view.attachments[place]
