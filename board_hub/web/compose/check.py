"""The check before sending: what the gate says, who will receive and see it, what begins with it."""

from typing import Any
from uuid import UUID

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from board_hub.domain.errors import NotFound
from board_hub.services.desk.approvals import can_approve, needs_approval
from board_hub.services.desk.audience_preview import list_members, preview_audience, see_as
from board_hub.services.desk.drafting import UNFINISHED, get_draft, is_withdrawal, type_of
from board_hub.services.desk.sending import Rehearsal, rehearse
from board_hub.services.exchange.held_keys import has_held_key
from board_hub.services.people.officials import list_officials_of
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.desk_tables import Draft
from board_hub.web.compose.blueprint import compose
from board_hub.web.compose.choices import grouped, member_words, participant_words
from board_hub.web.compose.showing import case_address, following_of, shown_draft
from board_hub.web.pages import person, writing


@compose.get("/drafts/<uuid:draft_id>/check")
def check(draft_id: UUID) -> ResponseReturnValue:
    """What would happen if this were sent now; the form with the flaws if it would be refused."""
    with writing() as uow:  # a rehearsal: it is never committed
        draft = get_draft(uow, person(), draft_id)
        if draft.state not in UNFINISHED:
            return redirect(url_for("compose.edit", draft_id=draft_id), 303)
        told: dict[str, Any] = {
            "section": "compose",
            "draft": draft,
            "shown": shown_draft(uow, draft),
            "names": {one.id: one.name for one in list_officials_of(uow, [draft.participant])},
            "case_url": case_address(draft.case_reference),
            "has_key": has_held_key(uow, draft.participant),
        }
        found = rehearse(uow, draft)
        if found.flaws:
            told["shown"] = shown_draft(uow, draft, found.flaws)
            return render_template("compose/form.html", **told), 422
        return render_template("compose/check.html", **told, **_following(uow, draft, found))


def _following(uow: UnitOfWork, draft: Draft, found: Rehearsal) -> dict[str, Any]:
    """Who would receive it, what would begin, and who has to decide."""
    sender, audience = uow.directory.participants[draft.participant], None
    if not is_withdrawal(draft.content):
        notice_type = type_of(uow, draft.content)[1]
        audience = preview_audience(uow, notice_type, draft.content, sender, found.recipients)
    return {
        "found": found,
        "audience": audience,
        "starts": following_of(found.starts),
        "meets": following_of(found.meets),
        "needs_approval": needs_approval(uow, draft.participant),
        "can_approve": can_approve(draft, person()),
        "eyes": grouped(list_members(uow)),
        "member_words": member_words,
        "participant_words": participant_words,
    }


@compose.get("/drafts/<uuid:draft_id>/as")
def seen(draft_id: UUID) -> ResponseReturnValue:
    """The notice as another participant would read it, if at all."""
    with writing() as uow:  # a rehearsal: it is never committed
        draft = get_draft(uow, person(), draft_id)
        if draft.state not in UNFINISHED or is_withdrawal(draft.content):
            return redirect(url_for("compose.edit", draft_id=draft_id), 303)
        shown, sender = shown_draft(uow, draft), uow.directory.participants[draft.participant]
        found = rehearse(uow, draft)
        seen_as = see_as(uow, draft.content, sender, found.recipients, request.args.get("participant", ""))
        if seen_as is None:
            raise NotFound("There is no such participant.")
        return render_template(
            "compose/seen.html",
            section="compose",
            draft=draft,
            shown=shown,
            found=found,
            seen=seen_as,
            eyes=grouped(list_members(uow)),
            participant_words=participant_words,
        )
