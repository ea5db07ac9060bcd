"""Drafts: their list, their form, saving what was typed so that nothing of it is lost."""

from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from board_hub.domain.errors import Flaw
from board_hub.services.desk.approvals import list_approvals
from board_hub.services.desk.drafting import (
    DraftState,
    Saved,
    discard_draft,
    find_draft,
    get_draft,
    list_drafts,
    save_draft,
    type_of,
)
from board_hub.services.people.officials import list_officials_of
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.desk_tables import Draft
from board_hub.web.compose.blueprint import FORM_BYTES, compose
from board_hub.web.compose.fields import read_open_rows
from board_hub.web.compose.form import overlay
from board_hub.web.compose.showing import case_address, differences, shown_draft, shown_of, start_of
from board_hub.web.compose.start import begin, read_start, read_version, sender_of
from board_hub.web.languages import gettext
from board_hub.web.pages import done, keeps_input, person, reading, takes_bytes, writing

AUTOSAVE = "autosave"


@compose.get("/drafts")
def drafts() -> ResponseReturnValue:
    """What is being written in the names that the person writes in, and what waits for approval."""
    with reading() as uow:
        page = list_drafts(uow, person(), cursor=request.args.get("cursor"))
        waiting = [one for one in list_approvals(uow, person()).lines if one.submitted_by != person().id]
        names = _names(uow)
        catalogues = uow.hub.catalogues
        return render_template(
            "compose/drafts.html", section="compose", page=page, waiting=waiting, names=names, catalogues=catalogues
        )


@compose.get("/drafts/<uuid:draft_id>")
def edit(draft_id: UUID) -> ResponseReturnValue:
    """The form of a draft; one that is submitted or sent says so instead."""
    with reading() as uow:
        draft = get_draft(uow, person(), draft_id)
        if draft.state in (DraftState.SENT, DraftState.DISCARDED):
            return render_template("compose/closed.html", section="compose", draft=draft, case_url=_case_of(draft))
        if draft.state != DraftState.OPEN:
            return redirect(url_for("compose.check", draft_id=draft_id), 303)
        flaws = [Flaw(**flaw) for flaw in draft.content.get("refused", ())]
        shown = shown_draft(uow, draft, flaws, read_open_rows(request.args.getlist("rows")))
        return render_template(
            "compose/form.html",
            section="compose",
            shown=shown,
            draft=draft,
            names=_names(uow),
            case_url=_case_of(draft),
        )


@compose.post("/drafts/<uuid:draft_id>")
@takes_bytes(FORM_BYTES)
@keeps_input
def save(draft_id: UUID) -> ResponseReturnValue:
    """Save the form, as a new draft the first time; then go where the button leads."""
    action = request.form.get("action", "save")
    with writing() as uow:
        saved, content = _save(uow, draft_id, action)
        if saved.clash:
            return _clash(uow, saved.draft, content, quiet=action == AUTOSAVE)
        uow.commit()
    if action == AUTOSAVE:
        return _state(saved)
    if saved.copied:
        words = gettext("The draft was closed in the meantime; what you wrote is kept as a new draft.")
        return done(words, "compose.edit", draft_id=saved.draft.id)
    return _go_on(saved.draft, action)


def _save(uow: UnitOfWork, draft_id: UUID, action: str) -> tuple[Saved, dict[str, Any]]:
    draft = find_draft(uow, person(), draft_id)
    if draft is not None and draft.content:
        base, participant = draft.content, draft.participant
    else:
        start = read_start(request.form)
        sender = sender_of(uow, person(), start)
        base, participant = begin(uow, sender, start), sender.code
    verb, _, name = action.partition(":")
    content = overlay(base, type_of(uow, base)[1], request.form, without=name if verb == "remove" else "")
    version = read_version(request.form.get("version"))
    saved = save_draft(uow, person(), draft_id, content, participant=participant, version=version)
    return saved, content


def _go_on(draft: Draft, action: str) -> ResponseReturnValue:
    verb, _, name = action.partition(":")
    if verb == "check":
        return redirect(url_for("compose.check", draft_id=draft.id), 303)
    if verb == "files":
        return redirect(url_for("compose.files", draft_id=draft.id), 303)
    if verb == "add":
        posted = {key.removeprefix(f"{name}-").partition("-")[0] for key in request.form if key.startswith(f"{name}-")}
        number = sum(part.isdecimal() for part in posted) + 1
        anchor = f"{name}-{number - 1}"
        return redirect(url_for("compose.edit", draft_id=draft.id, rows=f"{name}:{number}", _anchor=anchor), 303)
    if verb == "remove":
        return redirect(url_for("compose.edit", draft_id=draft.id, _anchor=name.rpartition("-")[0]), 303)
    return done(gettext("The draft is saved."), "compose.edit", draft_id=draft.id)


def _state(saved: Saved) -> Response:
    """What a form that saves by itself needs: the version now, and words for the person."""
    answer = make_response(render_template("compose/_state.html", draft=saved.draft, copied=saved.copied))
    if not saved.copied:
        answer.headers["HX-Replace-Url"] = url_for("compose.edit", draft_id=saved.draft.id)
    return answer


def _clash(uow: UnitOfWork, theirs: Draft, content: dict[str, Any], *, quiet: bool) -> ResponseReturnValue:
    """Somebody saved in between: both versions are shown, and the next save decides. Nothing was written."""
    names = _names(uow, theirs.participant)
    if quiet:
        return render_template("compose/_state.html", draft=theirs, clash=True, names=names)
    mine = shown_of(
        uow,
        content,
        draft_id=theirs.id,
        version=theirs.version,
        participant=theirs.participant,
        start=start_of(content, theirs.participant),
    )
    differ = differences(shown_draft(uow, theirs), mine)
    page = render_template(
        "compose/form.html",
        section="compose",
        shown=mine,
        draft=theirs,
        names=names,
        differ=differ,
        case_url=_case_of(theirs),
    )
    return page, 409


@compose.post("/drafts/<uuid:draft_id>/discard")
def discard(draft_id: UUID) -> ResponseReturnValue:
    """Put a draft away."""
    with writing() as uow:
        discard_draft(uow, person(), draft_id)
        uow.commit()
    return done(gettext("The draft is discarded."), "compose.drafts")


def _names(uow: UnitOfWork, *participants: str) -> dict[UUID, str]:
    """Names of the colleagues who may have written, by id."""
    officials = list_officials_of(uow, participants or person().writes_for)
    return {one.id: one.name for one in officials} | {person().id: person().official.name}


def _case_of(draft: Draft) -> str | None:
    return case_address(draft.case_reference)
