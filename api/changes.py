"""The feed of changes: what a national system follows to mirror all that it may see."""

from typing import Any

from api.reading import looking, next_link, shown_key
from api.schemas_cases import ChangeList, ChangeQuery
from board_hub.http.sign_in import SignedInBlueprint
from board_hub.services.cases.change_reads import ListedChange, list_changes

blueprint = SignedInBlueprint("changes", __name__, url_prefix="/api/v1/changes", description="What changed, in order.")


@blueprint.route("", methods=["GET"])
@blueprint.arguments(ChangeQuery, location="query")
@blueprint.response(200, ChangeList, description="In the order in which they took effect.")
def get_changes(query: dict[str, Any]) -> Any:
    """Changes after a cursor. Read the case and the notice that each names, keep `next`, ask again from there.

    What you are given the right to read later shows as a change of its own, so nothing is missed.
    """
    with looking() as here:
        found = list_changes(here.uow, here.reader, after=query.get("after"), limit=query["limit"])
    content = {"changes": [_shown(one) for one in found.items], "next": found.following, "more": found.has_more}
    return next_link(content, "after", found.following if found.has_more else None)


def _shown(change: ListedChange) -> dict[str, Any]:
    return {
        "cursor": change.cursor,
        "kind": change.kind,
        "subject": change.subject,
        "case": change.case,
        "notice": shown_key(change.notice),
        "at": change.at,
    }
