"""Sharing a case or a notice: whom to, who sees it before and after, and only then the step itself."""

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from board_hub.domain.envelope import HUB as HUB_CODE
from board_hub.domain.errors import Forbidden
from board_hub.services.cases.audience_reads import preview_case_share, preview_notice_share
from board_hub.services.cases.case_reads import get_case
from board_hub.services.cases.notice_reads import get_notice
from board_hub.services.cases.sharing import end_share, share_case, share_notice
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.tables import Participant
from board_hub.web.case import case
from board_hub.web.case_notice import sharers
from board_hub.web.languages import gettext
from board_hub.web.names import names_of
from board_hub.web.pages import done, person, reader, reading, writing

__all__ = ["case"]
"""With all its views: this module comes last of those that add to it."""


@case.get("/cases/<reference>/share")
def share(reference: str) -> str:
    """Choose with whom to share a case, then see what that changes."""
    chosen = request.args.get("participant")
    with reading() as uow:
        view = get_case(uow, reader(), reference)
        actor = _originator(uow, view.header.originator)
        preview = preview_case_share(uow, actor, reference, chosen) if chosen else None
        told = _told(uow, without={actor.code})
    return render_template("case/share.html", view=view, preview=preview, **told)


@case.post("/cases/<reference>/share")
def do_share(reference: str) -> ResponseReturnValue:
    """Share what is added to the case from now on."""
    with writing() as uow:
        view = get_case(uow, reader(), reference)
        given = share_case(
            uow, _originator(uow, view.header.originator), reference, request.form.get("participant", "")
        )
        uow.commit()
    words = gettext("%(participant)s is sent what is added to this case from now on.", participant=given.participant)
    return done(words, "case.show", reference=reference)


@case.post("/cases/<reference>/share/end")
def stop_sharing(reference: str) -> ResponseReturnValue:
    """Share nothing further."""
    with_ = request.form.get("participant", "")
    with writing() as uow:
        view = get_case(uow, reader(), reference)
        end_share(uow, _originator(uow, view.header.originator), reference, with_)
        uow.commit()
    words = gettext("%(participant)s is sent nothing further of this case; it keeps what it has.", participant=with_)
    return done(words, "case.show", reference=reference)


def _originator(uow: UnitOfWork, code: str | None) -> Participant:
    """The participant that opened the case, if the official writes in its name. Raises Forbidden."""
    if code is None or code not in person().writes_for:
        raise Forbidden(
            gettext("Only case handlers of the authority that opened the case decide with whom to share it.")
        )
    return uow.directory.participants[code]


def _told(uow: UnitOfWork, *, without: set[str]) -> dict[str, Any]:
    names = names_of(uow)
    choices = [
        (one.code, f"{one.code} – {one.name}")
        for one in uow.directory.participants.values()
        if one.active and one.code not in {HUB_CODE, *without}
    ]
    return {"names": names, "choices": sorted(choices), "section": "cases"}


@case.get("/cases/<reference>/notices/<source>/<message_id>/share")
def pass_on(reference: str, source: str, message_id: str) -> str:
    """Choose whom to pass a notice on to, then see what that changes."""
    chosen = request.args.get("participant")
    with reading() as uow:
        view = get_notice(uow, reader(), source, message_id)
        actor = _sharer(uow, source, message_id)
        preview = preview_notice_share(uow, actor, (source, message_id), chosen) if chosen else None
        told = _told(uow, without={actor.code, view.row.sender})
    by = sharers(person(), view)
    return render_template("case/pass_on.html", view=view, preview=preview, actor=actor.code, by=by, **told)


@case.post("/cases/<reference>/notices/<source>/<message_id>/share")
def do_pass_on(reference: str, source: str, message_id: str) -> ResponseReturnValue:
    """Owe the notice to one more participant."""
    with_ = request.form.get("participant", "")
    with writing() as uow:
        share_notice(uow, _sharer(uow, source, message_id), (source, message_id), with_)
        uow.commit()
    words = gettext("The notice is on its way to %(participant)s.", participant=with_)
    return done(words, "case.notice", reference=reference, source=source, message_id=message_id)


def _sharer(uow: UnitOfWork, source: str, message_id: str) -> Participant:
    """In whose name the notice is passed on: the one chosen, its sender, or the first that may. Raises Forbidden."""
    may = sharers(person(), get_notice(uow, reader(), source, message_id))
    wanted = request.values.get("by") or (source if source in may else next(iter(may), ""))
    if wanted not in may:
        raise Forbidden(gettext("The marking of this notice leaves it to its sender to share it."))
    return uow.directory.participants[wanted]
