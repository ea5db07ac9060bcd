"""Drafts of notices: begun, saved, gone on with by whoever writes for the participant; nothing typed is lost."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select
from sqlmodel import col

from board_hub.domain.envelope import MessageType
from board_hub.domain.errors import Conflict, Forbidden, Invalid, NotFound
from board_hub.domain.events import Event, EventName
from board_hub.domain.ids import uuid7
from board_hub.law.catalogue import Catalogue, NoticeType
from board_hub.law.completeness import assess
from board_hub.services.cases.cases import title_of
from board_hub.services.paging import PAGE, Page, Place, cut, place_cursor, read_place
from board_hub.services.people.officials import Person
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.desk_tables import Draft

Content = dict[str, Any]
"""The envelope's attributes so far: `type`, `subject`, `marking`, `causationid`, `data` as the form holds it.

`sending` (id, time) once it is signed: the same message whatever happens; `refused`: flaws of the last attempt.
"""
_UNKNOWN = "There is no such draft."


class DraftState(StrEnum):
    """open: being written; submitted: waits for a second person; sending: signed, its answer is not yet known."""

    OPEN = "open"
    SUBMITTED = "submitted"
    SENDING = "sending"
    SENT = "sent"
    DISCARDED = "discarded"


TRANSITIONS: dict[DraftState, frozenset[DraftState]] = {
    DraftState.OPEN: frozenset({DraftState.SUBMITTED, DraftState.SENDING, DraftState.DISCARDED}),
    DraftState.SUBMITTED: frozenset({DraftState.OPEN, DraftState.SENDING, DraftState.DISCARDED}),
    DraftState.SENDING: frozenset({DraftState.SENT, DraftState.OPEN}),
    DraftState.SENT: frozenset(),
    DraftState.DISCARDED: frozenset(),
}
UNFINISHED = frozenset({DraftState.OPEN, DraftState.SUBMITTED, DraftState.SENDING})


@dataclass(frozen=True)
class Saved:
    """What saving came to. clash: somebody saved in between, and nothing was written; `draft` is theirs.

    copied: the draft was closed in the meantime, so that what was typed is a new one.
    """

    draft: Draft
    clash: bool = False
    copied: bool = False


def get_draft(uow: UnitOfWork, person: Person, draft_id: UUID) -> Draft:
    """A draft of a participant that the person writes for. Raises NotFound."""
    found = find_draft(uow, person, draft_id)
    if found is None:
        raise NotFound(_UNKNOWN)
    return found


def find_draft(uow: UnitOfWork, person: Person, draft_id: UUID) -> Draft | None:
    """None where nothing has this id. Raises NotFound for a draft of others."""
    found = uow.session.get(Draft, draft_id)
    if found is not None and found.participant not in person.writes_for:
        raise NotFound(_UNKNOWN)
    return found


def lock_draft(uow: UnitOfWork, person: Person, draft_id: UUID) -> Draft:
    """The draft as it is now, until this unit of work ends. Raises NotFound."""
    draft = get_draft(uow, person, draft_id)
    uow.session.flush()  # what this unit of work changed is not read over
    uow.session.refresh(draft, with_for_update=True)
    return draft


def save_draft(
    uow: UnitOfWork, person: Person, draft_id: UUID, content: Content, *, participant: str, version: int
) -> Saved:
    """Save what was typed: over the version it was typed into, or as a new draft where nothing has this id yet.

    Raises NotFound; Forbidden for a participant the person does not write for; Invalid for an unknown notice type.
    """
    draft = find_draft(uow, person, draft_id)
    if draft is None:
        return Saved(start_draft(uow, person, content, participant=participant, draft_id=draft_id))
    uow.session.refresh(draft, with_for_update=True)
    if draft.state != DraftState.OPEN:
        return Saved(start_draft(uow, person, content, participant=draft.participant), copied=True)
    if draft.content == content:
        return Saved(draft)
    if draft.version != version:
        return Saved(draft, clash=True)
    change_content(uow, person, draft, content)
    return Saved(draft)


def start_draft(
    uow: UnitOfWork, person: Person, content: Content, *, participant: str, draft_id: UUID | None = None
) -> Draft:
    """A new draft. Raises Forbidden, Invalid."""
    if participant not in person.writes_for:
        raise Forbidden(f"You do not write in the name of {participant}.")
    catalogue, notice_type = type_of(uow, content)
    draft = Draft(
        id=draft_id or uuid7(uow.now),
        participant=participant,
        notice_type=notice_type.code,
        law_version=catalogue.law_version,
        case_reference=content.get("subject"),
        created_by=person.id,
        created_at=uow.now,
        changed_by=person.id,
        changed_at=uow.now,
    )
    _fill(draft, content, notice_type)
    uow.session.add(draft)
    uow.record(Event(EventName.DRAFT_STARTED, str(draft.id), detail={"participant": participant}))
    return draft


def change_content(uow: UnitOfWork, person: Person, draft: Draft, content: Content) -> None:
    """Put the content into a draft that is open and locked."""
    _fill(draft, content, type_of(uow, content)[1])
    draft.version, draft.changed_by, draft.changed_at = draft.version + 1, person.id, uow.now


def type_of(uow: UnitOfWork, content: Mapping[str, Any]) -> tuple[Catalogue, NoticeType]:
    """The law and the notice type that a draft's content names. Raises Invalid."""
    data = content.get("data", {})
    catalogue = uow.hub.catalogues.get(str(data.get("law_version")))
    notice_type = catalogue.notice_types.get(str(data.get("notice_type"))) if catalogue else None
    if catalogue is None or notice_type is None:
        raise Invalid.one("type.unknown", "/data/notice_type", "There is no such notice type in this law version.")
    return catalogue, notice_type


def is_withdrawal(content: Mapping[str, Any]) -> bool:
    return content.get("type") == MessageType.NOTICE_WITHDRAWN


def _fill(draft: Draft, content: Content, notice_type: NoticeType) -> None:
    data = content["data"]
    fields = data.get("fields", {})
    draft.content, draft.title = dict(content), title_of(notice_type, fields)[:500]
    draft.complete = 100 if is_withdrawal(content) else assess(notice_type, fields, data.get("missing", {})).score


def set_state(draft: Draft, state: DraftState) -> None:
    """Raises Conflict where the draft's state does not lead there."""
    if state not in TRANSITIONS[DraftState(draft.state)]:
        raise Conflict(f"This draft is {draft.state}; it cannot become {state}.")
    draft.state = state


def discard_draft(uow: UnitOfWork, person: Person, draft_id: UUID) -> Draft:
    """Put a draft away; its row stays without content. Raises NotFound; Conflict once it is being sent."""
    draft = lock_draft(uow, person, draft_id)
    set_state(draft, DraftState.DISCARDED)
    draft.content, draft.title = {}, ""
    draft.changed_by, draft.changed_at = person.id, uow.now
    uow.record(Event(EventName.DRAFT_DISCARDED, str(draft.id), detail={"participant": draft.participant}))
    return draft


def list_drafts(
    uow: UnitOfWork,
    person: Person,
    states: frozenset[DraftState] = UNFINISHED,
    *,
    cursor: str | None = None,
    limit: int = PAGE,
) -> Page[Draft]:
    """Drafts of the participants the person writes for, the one changed last first. Raises Invalid for a cursor."""
    statement = select(Draft).where(col(Draft.participant).in_(person.writes_for), col(Draft.state).in_(sorted(states)))
    if cursor:
        place = read_place(cursor)
        earlier = and_(col(Draft.changed_at) == place.at, col(Draft.id) < place.id)
        statement = statement.where(or_(col(Draft.changed_at) < place.at, earlier))
    order = (col(Draft.changed_at).desc(), col(Draft.id).desc())
    rows = uow.session.execute(statement.order_by(*order).limit(limit + 1)).scalars().all()
    return cut(rows, limit, lambda draft: place_cursor(Place(draft.changed_at, draft.id)))
