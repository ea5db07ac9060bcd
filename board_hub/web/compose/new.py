"""Choosing what to send, and forms that begin: new, a correction, a withdrawal. Nothing is stored before a save."""

from dataclasses import replace

from flask import render_template, request
from flask.typing import ResponseReturnValue

from board_hub.services.access import reader_of
from board_hub.services.desk.choosing import begins_with, list_sendable
from board_hub.services.desk.prefill import law_of
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.web.compose.blueprint import compose
from board_hub.web.compose.fields import read_open_rows
from board_hub.web.compose.showing import case_address, shown_of
from board_hub.web.compose.start import REVISE, WITHDRAW, Start, begin, new_id, read_start, sender_of
from board_hub.web.pages import person, reading


@compose.get("/notices/new")
def new() -> ResponseReturnValue:
    """The form of a notice type; without one, the list of what may be sent."""
    start = read_start(request.args)
    with reading() as uow:
        return _form(uow, start) if start.type else _choose(uow, start)


@compose.get("/notices/revise")
def revise() -> ResponseReturnValue:
    """A correction or completion of a notice of one's own."""
    with reading() as uow:
        return _form(uow, read_start(request.args, REVISE))


@compose.get("/notices/withdraw")
def withdraw() -> ResponseReturnValue:
    """Taking back a notice of one's own."""
    with reading() as uow:
        return _form(uow, read_start(request.args, WITHDRAW))


def _form(uow: UnitOfWork, start: Start) -> ResponseReturnValue:
    sender = sender_of(uow, person(), start)
    content = begin(uow, sender, start)
    rows = read_open_rows(request.args.getlist("rows"))
    shown = shown_of(
        uow, content, draft_id=new_id(), version=0, participant=sender.code, rows=rows, start=_named(start, sender.code)
    )
    return render_template(
        "compose/form.html", section="compose", shown=shown, draft=None, case_url=case_address(content.get("subject"))
    )


def _named(start: Start, participant: str) -> Start:
    """The same beginning, in the name that was chosen for it."""
    return replace(start, participant=participant)


def _choose(uow: UnitOfWork, start: Start) -> ResponseReturnValue:
    sender = sender_of(uow, person(), start)
    case = start.case or None
    catalogue = law_of(uow, reader_of([sender]), case)
    themes = list_sendable(uow, catalogue, sender, case)
    if start.from_:  # a formal request out of an informal message
        themes = tuple(theme for theme in themes if theme.procedure is not None)
    return render_template(
        "compose/choose.html",
        section="compose",
        themes=themes,
        start=start,
        sender=sender,
        senders=[uow.directory.participants[code] for code in person().writes_for],
        begins_with=lambda one: begins_with(catalogue, one),
        case_url=case_address(case),
    )
