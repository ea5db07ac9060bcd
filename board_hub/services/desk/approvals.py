"""Four eyes: where a participant wants it, a second official approves what the first one wrote, before it is sent."""

from uuid import UUID

from board_hub.domain.errors import Conflict, Forbidden, Invalid
from board_hub.domain.events import Event, EventName
from board_hub.services.desk.drafting import DraftState, list_drafts, lock_draft, set_state
from board_hub.services.paging import Page
from board_hub.services.people.officials import Person
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.desk_tables import Draft

MOST_REMARK = 1000


def needs_approval(uow: UnitOfWork, participant: str) -> bool:
    """Whether nothing of this participant's is sent from the browser without a second person."""
    known = uow.directory.participants.get(participant)
    return known is not None and known.four_eyes


def submit_draft(uow: UnitOfWork, person: Person, draft_id: UUID, *, version: int) -> Draft:
    """Ask a second person for approval. Raises NotFound; Conflict: changed since it was checked, or not open."""
    draft = lock_draft(uow, person, draft_id)
    check_version(draft, version)
    set_state(draft, DraftState.SUBMITTED)
    draft.submitted_by, draft.submitted_at = person.id, uow.now
    draft.decided_by, draft.decided_at, draft.remark = None, None, ""
    uow.record(Event(EventName.DRAFT_SUBMITTED, str(draft.id), detail={"participant": draft.participant}))
    return draft


def approve_draft(uow: UnitOfWork, person: Person, draft_id: UUID, *, version: int) -> Draft:
    """Approve what somebody else submitted; it is to be signed next. Raises NotFound, Conflict, Forbidden."""
    draft = lock_draft(uow, person, draft_id)
    check_version(draft, version)
    if draft.state in (DraftState.SENDING, DraftState.SENT) and draft.decided_by == person.id:
        return draft  # the second click
    if draft.state != DraftState.SUBMITTED:
        raise Conflict(f"This draft is {draft.state}; there is nothing to approve.")
    if not can_approve(draft, person):
        raise Forbidden("You asked for this approval yourself; it takes a second person.")
    draft.decided_by, draft.decided_at = person.id, uow.now
    detail: dict[str, object] = {"participant": draft.participant, "submitted_by": str(draft.submitted_by)}
    uow.record(Event(EventName.DRAFT_APPROVED, str(draft.id), detail=detail))
    return draft


def return_draft(uow: UnitOfWork, person: Person, draft_id: UUID, *, remark: str) -> Draft:
    """Give a submitted draft back with a remark; whoever submitted it may take it back so. Raises Invalid."""
    draft = lock_draft(uow, person, draft_id)
    if draft.state != DraftState.SUBMITTED:
        raise Conflict(f"This draft is {draft.state}; there is nothing to return.")
    if not remark.strip():
        raise Invalid.one("field.missing", "/remark", "Say what should be changed.")
    if len(remark) > MOST_REMARK:
        raise Invalid.one("field.invalid", "/remark", f"At most {MOST_REMARK} characters; shorten it.")
    set_state(draft, DraftState.OPEN)
    draft.remark, draft.decided_by, draft.decided_at = remark.strip(), person.id, uow.now
    detail: dict[str, object] = {"participant": draft.participant, "submitted_by": str(draft.submitted_by)}
    uow.record(Event(EventName.DRAFT_RETURNED, str(draft.id), detail=detail))
    draft.submitted_by = draft.submitted_at = None
    return draft


def can_approve(draft: Draft, person: Person) -> bool:
    return draft.state == DraftState.SUBMITTED and draft.submitted_by != person.id


def list_approvals(uow: UnitOfWork, person: Person, *, cursor: str | None = None) -> Page[Draft]:
    """Drafts that wait for a second person, of the participants the person writes for."""
    return list_drafts(uow, person, frozenset({DraftState.SUBMITTED}), cursor=cursor)


def check_version(draft: Draft, version: int) -> None:
    """What is decided on is what was shown. Raises Conflict."""
    if draft.version != version:
        raise Conflict("Somebody changed this draft after you opened it; look at it again.")
