"""The directory: who is there for what in each Member State, how one reaches it, and what is missing."""

from collections.abc import Iterable
from typing import Any

from flask import render_template, request
from werkzeug.exceptions import BadRequest

from board_hub.law.catalogue import title_in
from board_hub.services.directory.contacts import (
    OF_STATES,
    REQUIRED,
    ContactFilter,
    Contacts,
    get_contacts,
    list_contacts,
)
from board_hub.services.directory.directory_gaps import AudienceGap
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.tables import MemberKind
from board_hub.web import contact_words
from board_hub.web.languages import in_language
from board_hub.web.links import address
from board_hub.web.pages import Pages, person, reading

directory = Pages("directory", __name__)


@directory.get("/directory")
def show() -> str:
    """All members with their contact points."""
    wanted = _filter()
    with reading() as uow:
        everybody = list_contacts(uow, person().participants)
    listed = [one for one in everybody if one.matches(wanted)]
    states = [one for one in everybody if one.member.kind == MemberKind.MEMBER_STATE]
    return render_template(
        "directory/list.html",
        listed=listed,
        wanted=wanted,
        states=len(states),
        incomplete=[one for one in states if not one.complete],
        represented=sum(1 for one in states if any(rep.in_force for rep in one.representatives)),
        **_words(),
    )


@directory.get("/directory/<shown_as>")
def member(shown_as: str) -> str:
    """One member: everybody there, mandates, gaps."""
    with reading() as uow:
        found = get_contacts(uow, person().participants, shown_as)
        gaps = _gaps(uow, found.instead)
    return render_template(
        "directory/member.html",
        found=found,
        gaps=gaps,
        by_kind=[(kind, found.of_kind(kind)) for kind in _kinds_of(found)],
        gone=[one for one in found.participants if not one.active],
        cases=address("cases.listing", member=found.member.code),
        **_words(),
    )


def _filter() -> ContactFilter:
    kind = request.args.get("kind", "")
    if kind and kind not in contact_words.KINDS:
        raise BadRequest(f"kind must be one of {', '.join(contact_words.KINDS)}.")
    return ContactFilter(
        text=request.args.get("q", "").strip()[:100], kind=kind or None, incomplete="incomplete" in request.args
    )


def _kinds_of(found: Contacts) -> list[str]:
    """What a Member State should have, there or not; of the others what they have."""
    present = {kind for one in found.participants for kind in one.kinds}
    wanted = OF_STATES if found.member.kind == MemberKind.MEMBER_STATE else ()
    return [kind for kind in contact_words.KINDS if kind in present or kind in wanted]


def _gaps(uow: UnitOfWork, gaps: Iterable[AudienceGap]) -> list[dict[str, Any]]:
    """Who is wanted, who is taken instead, and for which notices that is so; those that are alike together."""
    catalogue = uow.hub.catalogues[max(uow.hub.catalogues)]
    codes: dict[tuple[tuple[str, ...], str | None], set[str]] = {}
    for one in gaps:
        codes.setdefault((one.gap.wanted, one.gap.used), set()).update(one.notice_types)
    return [
        {
            "wanted": wanted,
            "used": used,
            "titles": sorted(in_language(title_in(catalogue.notice_types[code].title)) for code in found),
        }
        for (wanted, used), found in codes.items()
    ]


def _words() -> dict[str, Any]:
    return {
        "kinds": contact_words.KINDS,
        "basis": contact_words.BASIS,
        "member_kinds": contact_words.MEMBER_KINDS,
        "mandate_kinds": contact_words.MANDATES,
        "required": REQUIRED,
        "write_to": _write_to if person().writes_for and address("compose.new") else None,
    }


def _write_to(code: str) -> str:
    """Where to write to a participant; empty for one of the person's own."""
    return "" if code in person().participants else address("compose.new", to=code)
