"""Sending a draft, asking a second person, approving and returning: the last steps, each safe to click twice."""

from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from board_hub.http.current import current_hub
from board_hub.http.submission import submit as submit_message
from board_hub.services.desk.approvals import approve_draft, list_approvals, return_draft, submit_draft
from board_hub.services.desk.drafting import DraftState
from board_hub.services.desk.sending import note_outcome, sign_draft
from board_hub.services.exchange.intake import Arrival
from board_hub.services.people.officials import list_officials_of
from board_hub.web.compose.blueprint import compose
from board_hub.web.compose.start import read_version
from board_hub.web.languages import gettext
from board_hub.web.pages import done, person, reading, writing


@compose.post("/drafts/<uuid:draft_id>/send")
def send(draft_id: UUID) -> ResponseReturnValue:
    """Sign with the participant's key and pass it through the gate that queues pass through."""
    version = read_version(request.form.get("version"))
    with writing() as uow:
        arrival = sign_draft(uow, person(), draft_id, version=version)
        uow.commit()
    return _deliver(draft_id, arrival)


@compose.post("/drafts/<uuid:draft_id>/submit")
def submit(draft_id: UUID) -> ResponseReturnValue:
    """Ask a second person of the same participant to approve."""
    with writing() as uow:
        submit_draft(uow, person(), draft_id, version=read_version(request.form.get("version")))
        uow.commit()
    words = gettext("Submitted: a colleague has to approve it before it is sent.")
    return done(words, "compose.check", draft_id=draft_id)


@compose.post("/drafts/<uuid:draft_id>/approve")
def approve(draft_id: UUID) -> ResponseReturnValue:
    """Approve what a colleague wrote, and send it."""
    version = read_version(request.form.get("version"))
    with writing() as uow:
        approve_draft(uow, person(), draft_id, version=version)
        arrival = sign_draft(uow, person(), draft_id, version=version)
        uow.commit()
    return _deliver(draft_id, arrival)


@compose.post("/drafts/<uuid:draft_id>/return")
def give_back(draft_id: UUID) -> ResponseReturnValue:
    """Return a submitted draft with a remark."""
    with writing() as uow:
        return_draft(uow, person(), draft_id, remark=request.form.get("remark", ""))
        uow.commit()
    return done(gettext("Returned with your remark."), "compose.drafts")


@compose.get("/approvals")
def approvals() -> ResponseReturnValue:
    """Drafts that wait for a second person."""
    with reading() as uow:
        page = list_approvals(uow, person(), cursor=request.args.get("cursor"))
        names = {one.id: one.name for one in list_officials_of(uow, person().writes_for)}
        return render_template(
            "compose/approvals.html",
            section="compose",
            page=page,
            names=names,
            me=person().id,
            catalogues=uow.hub.catalogues,
        )


def _deliver(draft_id: UUID, arrival: Arrival | None) -> ResponseReturnValue:
    """Send, note what came of it; refused, the draft is open again and shows why."""
    if arrival is None:
        return redirect(url_for("compose.edit", draft_id=draft_id), 303)
    outcome = submit_message(current_hub(), arrival)
    with writing() as uow:
        draft = note_outcome(uow, person(), draft_id, outcome)
        uow.commit()
    if draft.state != DraftState.SENT:
        return redirect(url_for("compose.edit", draft_id=draft_id), 303)
    words = gettext("Sent. The hub has accepted it and delivers it to its recipients.")
    return done(words, "compose.edit", draft_id=draft_id)
