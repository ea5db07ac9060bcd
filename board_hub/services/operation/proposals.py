"""High-value steps need two people (ASVS 2.3.5): one proposes with a reason, another one confirms or declines.

A step is carried out in the unit of work that confirms it, exactly once. `who` names a person: `official:<id>`, or
`administrator:<login>` as long as nobody administers through the pages.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel import col

from board_hub.domain.errors import Conflict, Forbidden, NotFound
from board_hub.domain.events import Event, EventName
from board_hub.services.operation.reasons import check_reason
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.desk_tables import Proposal

OPEN_FOR = timedelta(days=14)
"""How long a proposal waits for its second person."""
SEALED = "secret_sealed"
"""What a content calls a secret in it, which is sealed (base64): never shown, and kept until the decision only."""


class ProposalState(StrEnum):
    OPEN = "open"
    CONFIRMED = "confirmed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"


@dataclass(frozen=True)
class Wanted:
    """What a step is to be carried out on. subject: whom or what it is about; content: its arguments, as JSON."""

    subject: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """A kind of high-value step.

    title: what it is, in English; check: raises what carrying it out would raise, so that the proposer hears it and
    not only the second person; carry_out: does it, and says in words what was done.
    """

    kind: str
    title: str
    check: Callable[[UnitOfWork, Wanted], None]
    carry_out: Callable[[UnitOfWork, Wanted], str]


def propose(uow: UnitOfWork, step: Step, wanted: Wanted, *, because: str, who: str | None = None) -> Proposal:
    """Put a step before a second person. Conflict if the very same waits already."""
    because = check_reason(because)
    step.check(uow, wanted)
    same = next((one for one in list_open(uow) if _is_same(one, step, wanted)), None)
    if same is not None:
        raise Conflict(f"This is proposed already ({same.id}): a second person confirms or declines it.")
    proposal = Proposal(
        kind=step.kind,
        subject=wanted.subject,
        content=dict(wanted.content),
        because=because,
        proposed_by=who or str(uow.actor),
        proposed_at=uow.now,
    )
    uow.session.add(proposal)
    _record(uow, proposal, EventName.PROPOSAL_MADE, who=proposal.proposed_by)
    return proposal


def confirm(uow: UnitOfWork, steps: Mapping[str, Step], proposal_id: UUID, *, who: str | None = None) -> Proposal:
    """Carry a proposed step out, as its second person. Forbidden for whoever proposed it."""
    proposal, who = _lock_open(uow, proposal_id), who or str(uow.actor)
    if who == proposal.proposed_by:
        message = "You proposed this yourself: another administrator has to confirm it. You may withdraw it."
        raise Forbidden(message)
    step = steps.get(proposal.kind)
    if step is None:
        raise Conflict(f"This version of the hub knows no step {proposal.kind}; decline it.")
    wanted = Wanted(proposal.subject, proposal.content)
    step.check(uow, wanted)
    _decide(uow, proposal, ProposalState.CONFIRMED, who, step.carry_out(uow, wanted))
    _record(uow, proposal, EventName.PROPOSAL_CONFIRMED, who=who)
    return proposal


def decline(uow: UnitOfWork, proposal_id: UUID, *, because: str, who: str | None = None) -> Proposal:
    """Refuse a proposed step; for whoever proposed it this is to withdraw it."""
    because, who = check_reason(because, 300), who or str(uow.actor)
    proposal = _lock_open(uow, proposal_id)
    state = ProposalState.WITHDRAWN if who == proposal.proposed_by else ProposalState.DECLINED
    _decide(uow, proposal, state, who, because)
    _record(uow, proposal, EventName.PROPOSAL_DECLINED, who=who, state=str(state), because=because)
    return proposal


def expire_proposals(uow: UnitOfWork) -> int:
    """End proposals that nobody decided on in time; returns how many."""
    stale = _select(ProposalState.OPEN).where(col(Proposal.proposed_at) <= uow.now - OPEN_FOR).with_for_update()
    rows = list(uow.session.execute(stale.limit(100)).scalars())
    for proposal in rows:
        _decide(uow, proposal, ProposalState.EXPIRED, None, "Nobody decided on it in time.")
        _record(uow, proposal, EventName.PROPOSAL_EXPIRED)
    return len(rows)


def ends_at(proposal: Proposal) -> datetime:
    """Until when somebody may decide on it."""
    return proposal.proposed_at + OPEN_FOR


def get_proposal(uow: UnitOfWork, proposal_id: UUID) -> Proposal:
    """Raises NotFound."""
    found = uow.session.get(Proposal, proposal_id)
    if found is None:
        raise NotFound("There is no such proposal.")
    return found


def list_open(uow: UnitOfWork) -> Sequence[Proposal]:
    """Proposals that wait for a second person, the oldest first."""
    statement = _select(ProposalState.OPEN).where(col(Proposal.proposed_at) > uow.now - OPEN_FOR)
    return uow.session.execute(statement.order_by(col(Proposal.proposed_at), col(Proposal.id))).scalars().all()


def list_about(uow: UnitOfWork, name: str, code: str) -> list[Proposal]:
    """Open proposals that name this one in their content: `participant` or `provider`, and its code."""
    return [one for one in list_open(uow) if one.content.get(name) == code]


def shown_content(proposal: Proposal) -> dict[str, Any]:
    """What the step would do, for people: of a secret only that it changes."""
    shown = {name: value for name, value in proposal.content.items() if name != SEALED}
    return shown | ({"secret": "changed"} if SEALED in proposal.content else {})


def list_decided(uow: UnitOfWork, *, limit: int = 25, before: UUID | None = None) -> Sequence[Proposal]:
    """Proposals that are over, the last made first; with `before` those made earlier than that one."""
    statement = select(Proposal).where(col(Proposal.decided_at).is_not(None)).order_by(col(Proposal.id).desc())
    if before is not None:
        statement = statement.where(col(Proposal.id) < before)
    return uow.session.execute(statement.limit(limit)).scalars().all()


def _select(state: ProposalState) -> Any:
    return select(Proposal).where(col(Proposal.state) == state)


def _lock_open(uow: UnitOfWork, proposal_id: UUID) -> Proposal:
    """The proposal, held until this unit of work ends: of two who decide at once, one is told of the other."""
    statement = select(Proposal).where(col(Proposal.id) == proposal_id).with_for_update()
    found = uow.session.execute(statement).scalar_one_or_none()
    if found is None:
        raise NotFound("There is no such proposal.")
    if found.state != ProposalState.OPEN or ends_at(found) <= uow.now:
        state = found.state if found.state != ProposalState.OPEN else ProposalState.EXPIRED
        raise Conflict(f"This proposal is {state} already.")
    return found


def _is_same(one: Proposal, step: Step, wanted: Wanted) -> bool:
    return (one.kind, one.subject, one.content) == (step.kind, wanted.subject, dict(wanted.content))


def _decide(uow: UnitOfWork, proposal: Proposal, state: ProposalState, who: str | None, outcome: str) -> None:
    proposal.state, proposal.decided_by, proposal.decided_at = state, who, uow.now
    proposal.outcome = outcome[:300]
    if SEALED in proposal.content:
        proposal.content = proposal.content | {SEALED: ""}


def _record(uow: UnitOfWork, proposal: Proposal, name: EventName, **more: object) -> None:
    detail: dict[str, object] = {"kind": proposal.kind, "of": proposal.subject, **more}
    if name is EventName.PROPOSAL_MADE:
        detail["because"] = proposal.because
    uow.record(Event(name, str(proposal.id), {}, detail))
