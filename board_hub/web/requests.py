"""Requests in and out: their list, and one request with everything that can be done about it on one page."""

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from board_hub.domain.errors import Invalid
from board_hub.law.catalogue import FieldType
from board_hub.services.cases.next_steps import NextStep
from board_hub.services.cases.notice_reads import get_notice
from board_hub.services.cases.timeline_reads import list_notices
from board_hub.services.desk.requests import MustAct, Request, Show, get_request, list_answers, list_requests
from board_hub.services.paging import LONGEST_PAGE
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.web.case_page import words_of_effects
from board_hub.web.clock_steps import ShownClock, show_clock
from board_hub.web.compose import words as say
from board_hub.web.languages import gettext
from board_hub.web.languages import lazy as _
from board_hub.web.names import names_of
from board_hub.web.notice_fields import show_fields
from board_hub.web.pages import Pages, person, reader, reading

requests = Pages("requests", __name__)
SPLIT = "split"
"""The field of a forwarding by which only a part is forwarded."""
TABS: tuple[tuple[Show, Any], ...] = (
    (Show.OPEN, _("Open")),
    (Show.IN, _("Asked of us")),
    (Show.OUT, _("Asked by us")),
    (Show.CLOSED, _("Closed")),
)


@requests.get("/requests")
def index() -> ResponseReturnValue:
    """Requests of, and to, the participants that the official acts for."""
    show = _show(request.args.get("show", Show.OPEN))
    with reading() as uow:
        page = list_requests(uow, reader(), show, cursor=request.args.get("cursor"))
        return render_template(
            "requests/index.html",
            section="requests",
            page=page,
            show_=show,
            tabs=TABS,
            clocks={one.run_id: _clocks(uow, one) for one in page.lines},
            names=names_of(uow),
            must_act=_must_act,
            catalogues=uow.hub.catalogues,
            say=say,
            now=uow.now,
        )


@requests.get("/requests/<source>/<message_id>")
def show(source: str, message_id: str) -> ResponseReturnValue:
    """One request: what was asked, where it stands, what can be done, what was said."""
    with reading() as uow:
        view = get_notice(uow, reader(), source, message_id)
        found = get_request(uow, reader(), source, message_id)
        catalogue = uow.hub.catalogues[found.law_version]
        exchanged = list_notices(uow, reader(), found.case_id, after=view.row.id, limit=LONGEST_PAGE)
        return render_template(
            "requests/show.html",
            section="requests",
            found=found,
            shown=show_fields(catalogue.notice_types[found.notice_type], view.envelope.data),
            notice_type=catalogue.notice_types[found.notice_type],
            actions=_actions(list_answers(uow, person().writes_for, found)),
            exchanged=exchanged,
            clocks=_clocks(uow, found),
            names=names_of(uow),
            places={},
            must_act=_must_act,
            catalogues=uow.hub.catalogues,
            several=len(person().writes_for) > 1,
            say=say,
            now=uow.now,
        )


def _show(text: str) -> Show:
    if text not in tuple(Show):
        raise Invalid.one("field.invalid", "/show", gettext("Must be one of: %(known)s.", known=", ".join(Show)))
    return Show(text)


def _actions(steps: tuple[NextStep, ...]) -> list[tuple[NextStep, str]]:
    """What can be done, each with the field that its form begins with as true: forwarding a part has a button."""
    found = []
    for one in steps:
        found.append((one, ""))
        if any(field.name == SPLIT and field.type is FieldType.BOOLEAN for field in one.notice_type.fields):
            found.append((one, SPLIT))
    return found


def _clocks(uow: UnitOfWork, one: Request) -> list[ShownClock]:
    effects = words_of_effects(uow.hub.catalogues[one.law_version])
    return [show_clock(view, reader().participants, effects) for view in one.clocks]


def _must_act(one: Request) -> str:
    """Who must act, in words: you, or by name."""
    asked = ", ".join(one.asked)
    if one.must_act is MustAct.NOBODY:
        return gettext("Nobody: it is closed")
    if one.must_act is MustAct.EITHER:
        return gettext("Either side")
    if (one.must_act is MustAct.ASKING) == one.own:
        return gettext("You")
    return asked if one.own else one.source
