"""Cases: lists, one case, its timeline and clocks, objections, what is followed up, with whom it is shared."""

from dataclasses import asdict
from typing import Any

from flask import Response

from api.notices import notice_words
from api.reading import Looking, linked, looking
from api.schemas_cases import (
    CaseDocument,
    CaseList,
    CaseQuery,
    ClockList,
    NoticeEntry,
    NoticeList,
    PageQuery,
    StepEntry,
    Timeline,
)
from api.schemas_files import ShareEntry, ShareInput, ShareList
from board_hub.domain.clocks import ClockKind
from board_hub.http.current import current_hub
from board_hub.http.etags import etagged
from board_hub.http.idempotency import answer_once, repeatable
from board_hub.http.sign_in import SignedInBlueprint, caller
from board_hub.services.cases.case_filters import CaseFilter
from board_hub.services.cases.case_reads import CaseHeader, get_case, list_cases
from board_hub.services.cases.sharing import end_share, list_shares, share_case
from board_hub.services.cases.timeline_reads import ListedNotice, TimelineEntry, list_objections, list_timeline
from board_hub.services.clocks.clock_reads import ClockFilter, list_clocks
from board_hub.services.exchange.idempotency import Answer
from board_hub.services.paging import LONGEST_PAGE
from board_hub.services.unit_of_work import UnitOfWork

blueprint = SignedInBlueprint("cases", __name__, url_prefix="/api/v1/cases", description="Cases you may know of.")


@blueprint.route("", methods=["GET"])
@etagged(blueprint)
@blueprint.arguments(CaseQuery, location="query")
@blueprint.response(200, CaseList, description="Those that changed last first.")
def get_cases(query: dict[str, Any]) -> Any:
    """Cases you may know of: by a notice you can read, or because they are shared with you."""
    limit, cursor = query.pop("limit"), query.pop("cursor", None)
    with looking() as here:
        page = list_cases(here.uow, here.reader, CaseFilter(**query), cursor=cursor, limit=limit)
    return linked(page, {"cases": [_header(one) for one in page.lines]})


def _header(one: CaseHeader) -> dict[str, Any]:
    return {**asdict(one), "is_open": one.is_open}


@blueprint.route("/<reference>", methods=["GET"])
@etagged(blueprint)
@blueprint.response(200, CaseDocument, description="The case, as far as you may know of it.")
@blueprint.alt_response(404, "DEFAULT_ERROR")
def get_one(reference: str) -> Any:
    """One case: where its procedures stand, who takes part, its clocks, its numbers in other systems."""
    with looking() as here:
        view = get_case(here.uow, here.reader, reference)
        clocks = list_clocks(here.uow, here.reader, ClockFilter(case=reference), limit=LONGEST_PAGE)
    return {
        **_header(view.header),
        "parties": view.parties,
        "external_references": view.external_references,
        "clocks": clocks.lines,
    }


@blueprint.route("/<reference>/timeline", methods=["GET"])
@etagged(blueprint)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, Timeline, description="Oldest first.")
@blueprint.alt_response(404, "DEFAULT_ERROR")
def get_timeline(query: dict[str, Any], reference: str) -> Any:
    """What happened in the case: formal and informal notices, and steps that no notice took."""
    with looking() as here:
        page = list_timeline(here.uow, here.reader, reference, cursor=query.get("cursor"), limit=query["limit"])
    return linked(page, {"entries": [_entry(one) for one in page.lines]})


def _entry(one: TimelineEntry) -> Any:
    if isinstance(one, ListedNotice):
        return NoticeEntry().dump(notice_words(one))
    return StepEntry().dump(one)


@blueprint.route("/<reference>/objections", methods=["GET"])
@etagged(blueprint)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, NoticeList, description="Oldest first.")
@blueprint.alt_response(404, "DEFAULT_ERROR")
def get_objections(query: dict[str, Any], reference: str) -> Any:
    """Notices by which a window for objections was used (Art 79(8), Art 46(4), Art 30(4))."""
    with looking() as here:
        page = list_objections(here.uow, here.reader, reference, cursor=query.get("cursor"), limit=query["limit"])
    return linked(page, {"notices": [notice_words(one) for one in page.lines]})


@blueprint.route("/<reference>/clocks", methods=["GET"])
@etagged(blueprint)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ClockList, description="The earliest end first.")
@blueprint.alt_response(404, "DEFAULT_ERROR")
def get_clocks(query: dict[str, Any], reference: str) -> Any:
    """The clocks of the case, everybody's, with the explanation of each end."""
    with looking() as here:
        return _clocks(here, ClockFilter(case=reference), query)


@blueprint.route("/<reference>/follow-ups", methods=["GET"])
@etagged(blueprint)
@blueprint.arguments(PageQuery, location="query")
@blueprint.response(200, ClockList, description="Those open longest first.")
@blueprint.alt_response(404, "DEFAULT_ERROR")
def get_follow_ups(query: dict[str, Any], reference: str) -> Any:
    """What is to be done in the case without undue delay, by whom, and whether it is done."""
    with looking() as here:
        return _clocks(here, ClockFilter(case=reference, kind=ClockKind.DUTY), query)


def _clocks(here: Looking, wanted: ClockFilter, query: dict[str, Any]) -> Any:
    page = list_clocks(here.uow, here.reader, wanted, cursor=query.get("cursor"), limit=query["limit"])
    return linked(page, {"clocks": page.lines})


@blueprint.route("/<reference>/shares", methods=["GET"])
@blueprint.response(200, ShareList, description="By participant.")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
def get_shares(reference: str) -> Any:
    """With whom you share the case; only its originator sees this."""
    with looking() as here:
        return {"shares": list_shares(here.uow, caller().participant, reference)}


@blueprint.route("/<reference>/shares", methods=["POST"])
@blueprint.arguments(ShareInput)
@blueprint.response(200, ShareEntry, description="It is shared.")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
@blueprint.alt_response(409, "DEFAULT_ERROR")
@repeatable
def add_share(given: dict[str, Any], reference: str) -> Any:
    """Let a participant receive what is added to your case from now on, except what its originator must clear."""
    who = caller().participant

    def act(uow: UnitOfWork) -> Answer:
        share = share_case(uow, who, reference, given["participant"])
        return Answer(200, ShareEntry().dumps(share).encode())

    return answer_once(act)


@blueprint.route("/<reference>/shares/<participant>", methods=["DELETE"])
@blueprint.response(204, description="It is shared no longer.")
@blueprint.alt_response(403, "DEFAULT_ERROR")
@blueprint.alt_response(404, "DEFAULT_ERROR")
def remove_share(reference: str, participant: str) -> Response:
    """Share nothing further of your case with this participant; what it received it has."""
    who = caller()
    with current_hub().work(who.actor) as uow:
        end_share(uow, who.participant, reference, participant)
        uow.commit()
    return Response(status=204)
