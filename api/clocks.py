"""Clocks and follow-ups over all cases: yours, or all that you can see."""

from typing import Any

from api.reading import linked, looking
from api.schemas_cases import ClockList, ClockQuery
from board_hub.domain.clocks import ClockKind, ClockState
from board_hub.http.etags import etagged
from board_hub.http.sign_in import SignedInBlueprint
from board_hub.services.clocks.clock_reads import ClockFilter, list_clocks

blueprint = SignedInBlueprint("clocks", __name__, url_prefix="/api/v1", description="Legal periods, explained.")


@blueprint.route("/clocks", methods=["GET"])
@etagged(blueprint)
@blueprint.arguments(ClockQuery, location="query")
@blueprint.response(200, ClockList, description="The earliest end first, those without an end last.")
def get_clocks(query: dict[str, Any]) -> Any:
    """Clocks you hold, or with holder=all all that you can see."""
    return _answer(query, None)


@blueprint.route("/follow-ups", methods=["GET"])
@etagged(blueprint)
@blueprint.arguments(ClockQuery, location="query")
@blueprint.response(200, ClockList, description="Those open longest first.")
def get_follow_ups(query: dict[str, Any]) -> Any:
    """What is to be done without undue delay: time is measured, never called late."""
    return _answer(query, ClockKind.DUTY)


def _answer(query: dict[str, Any], kind: ClockKind | None) -> Any:
    wanted = ClockFilter(
        mine=query["holder"] == "mine",
        state=ClockState(query["state"]) if "state" in query else None,
        until=query.get("until"),
        kind=kind,
    )
    with looking() as here:
        page = list_clocks(here.uow, here.reader, wanted, cursor=query.get("cursor"), limit=query["limit"])
    return linked(page, {"clocks": page.lines})
