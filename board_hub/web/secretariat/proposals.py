"""Steps that wait for a second person: what is proposed by whom and why; confirmed or declined by another one."""

from typing import Any
from uuid import UUID

from flask import render_template, url_for
from flask.typing import ResponseReturnValue

from board_hub.services.operation import proposals as steps
from board_hub.services.operation.high_value_steps import STEPS
from board_hub.services.people.names import name_actors
from board_hub.store.desk_tables import Proposal
from board_hub.web.languages import gettext as _
from board_hub.web.languages import lazy
from board_hub.web.pages import done, needs, person, reading, writing
from board_hub.web.parameters import read_uuid
from board_hub.web.secretariat.navigation import ADMINISTRATORS, secretariat
from board_hub.web.secretariat.questions import Question, ask, because
from board_hub.web.secretariat.words import content_facts

PAGE = 25
TITLES: dict[str, Any] = {
    "key.add": lazy("Add a key"),
    "key.rotate": lazy("Rotate the keys"),
    "key.revoke": lazy("Revoke a key"),
    "participant.remove": lazy("Remove a participant"),
    "provider.add": lazy("Add an identity provider"),
    "provider.change": lazy("Change an identity provider"),
    "provider.reopen": lazy("Open an identity provider again"),
    "rule.add": lazy("Add a rule of an identity provider"),
}
"""Titles of the kinds in the reader's language; a kind that is not here is called as its step says."""
STATES: dict[str, Any] = {
    "open": lazy("Waits for a second person"),
    "confirmed": lazy("Confirmed and carried out"),
    "declined": lazy("Declined"),
    "withdrawn": lazy("Withdrawn"),
    "expired": lazy("Expired"),
}


def title_of(proposal: Proposal) -> str:
    """What the proposal would do, in words."""
    if proposal.kind in TITLES:
        return str(TITLES[proposal.kind])
    return STEPS[proposal.kind].title if proposal.kind in STEPS else proposal.kind


@secretariat.app_context_processor
def _words() -> dict[str, Any]:
    return {"proposal_title": title_of, "proposal_states": STATES}


@secretariat.get("/proposals")
def proposals() -> str:
    """What waits, and what was decided."""
    before = read_uuid("before")
    with reading() as uow:
        waiting = [] if before else steps.list_open(uow)
        decided = steps.list_decided(uow, limit=PAGE + 1, before=before)
        people = [one.proposed_by for one in (*waiting, *decided)] + [one.decided_by or "" for one in decided]
        names = name_actors(uow, people)
    more = decided[PAGE - 1].id if len(decided) > PAGE else None
    return render_template(
        "secretariat/proposals.html",
        waiting=waiting,
        decided=decided[:PAGE],
        older=more,
        before=before,
        names=names,
        ends_at=steps.ends_at,
    )


@secretariat.get("/proposals/<uuid:proposal_id>")
def proposal(proposal_id: UUID) -> str:
    """One proposal."""
    with reading() as uow:
        found = steps.get_proposal(uow, proposal_id)
        names = name_actors(uow, [found.proposed_by, found.decided_by])
        is_open = found.state == "open" and steps.ends_at(found) > uow.now
    return render_template(
        "secretariat/proposal.html",
        proposal=found,
        facts=content_facts(steps.shown_content(found)),
        names=names,
        ends_at=steps.ends_at(found),
        is_open=is_open,
        is_mine=found.proposed_by == str(person().actor),
    )


@secretariat.route("/proposals/<uuid:proposal_id>/confirm", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def confirm_proposal(proposal_id: UUID) -> ResponseReturnValue:
    """Carry it out, as its second person."""
    with reading() as uow:
        found = steps.get_proposal(uow, proposal_id)

    def act() -> ResponseReturnValue:
        with writing() as uow:
            carried_out = steps.confirm(uow, STEPS, proposal_id)
            uow.commit()
        return done(carried_out.outcome, "secretariat.proposal", proposal_id=proposal_id)

    what = [_("This is carried out at once: %(step)s, %(subject)s.", step=title_of(found), subject=found.subject)]
    return ask(_question(found, _("Confirm the proposal"), what, _("Confirm and carry out"), asks_why=False), act)


@secretariat.route("/proposals/<uuid:proposal_id>/decline", methods=["GET", "POST"])
@needs(*ADMINISTRATORS)
def decline_proposal(proposal_id: UUID) -> ResponseReturnValue:
    """Refuse it; one's own is withdrawn by this."""
    with reading() as uow:
        found = steps.get_proposal(uow, proposal_id)
    is_mine = found.proposed_by == str(person().actor)

    def act() -> ResponseReturnValue:
        with writing() as uow:
            steps.decline(uow, proposal_id, because=because())
            uow.commit()
        said = _("The proposal is withdrawn.") if is_mine else _("The proposal is declined.")
        return done(said, "secretariat.proposal", proposal_id=proposal_id)

    title = _("Withdraw the proposal") if is_mine else _("Decline the proposal")
    return ask(_question(found, title, [_("It is never carried out. Its proposer sees the reason.")], title), act)


def _question(found: Proposal, title: str, what: list[str], yes: str, *, asks_why: bool = True) -> Question:
    here = url_for("secretariat.proposal", proposal_id=found.id)
    return Question(
        title=title,
        what=[*what, _("Why it was proposed: %(because)s", because=found.because)],
        yes=yes,
        cancel=here,
        crumbs=[(url_for("secretariat.proposals"), _("Second person")), (here, title_of(found)), (None, title)],
        current="secretariat.proposals",
        asks_why=asks_why,
    )
