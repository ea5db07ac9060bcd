"""From a draft to a message: rehearsed against the real gate, signed with the held key, sent once whatever happens."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel import col

from board_hub.domain import strict_json
from board_hub.domain.clocks import ClockState
from board_hub.domain.deliveries import Transport
from board_hub.domain.envelope import Envelope, MessageType, encode, participant_urn
from board_hub.domain.errors import Flaw, Forbidden, Invalid
from board_hub.domain.events import Event, EventName
from board_hub.domain.ids import uuid7
from board_hub.services.clocks.clock_terms import begin, calendars_of, describe
from board_hub.services.desk.approvals import check_version, needs_approval
from board_hub.services.desk.drafting import DraftState, lock_draft, set_state
from board_hub.services.exchange.held_keys import get_signing_key
from board_hub.services.exchange.hub_messages import digest
from board_hub.services.exchange.intake import Arrival, Outcome
from board_hub.services.exchange.intake import rehearse as rehearse_message
from board_hub.services.people.officials import Person
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.case_tables import Case, Clock
from board_hub.store.desk_tables import Draft
from board_hub.store.tables import Message

_OPTIONAL = ("to", "missing", "external_references", "attachments")
FRESH = timedelta(hours=12)
"""How long a signed message's time stands; the hub takes none that is a day old."""


@dataclass(frozen=True)
class Rehearsal:
    """What sending would come to now: refused for `flaws`, or these recipients, this case, these clocks.

    case: None where a new one is opened. starts: clocks that begin, as `clock_terms.describe` words them; those that
    wait for receipt as if it were received now. meets: clocks of which this is the fulfilment.
    """

    flaws: tuple[Flaw, ...] = ()
    recipients: tuple[str, ...] = ()
    case: str | None = None
    starts: tuple[dict[str, Any], ...] = ()
    meets: tuple[dict[str, Any], ...] = ()


def rehearse(uow: UnitOfWork, draft: Draft) -> Rehearsal:
    """Send the draft through the real gate without meaning it: the caller leaves the unit of work without a commit."""
    try:
        body = encode(envelope_of(draft, id_=str(uuid7(uow.now)), time=uow.now))
        receipt = rehearse_message(uow, draft.participant, body)
    except Invalid as refusal:
        return Rehearsal(refusal.flaws)
    uow.write()
    told = strict_json.decode(receipt["body"])["data"]
    assert isinstance(told, Mapping)
    starts, meets = _clocks(uow, receipt["about"])
    known = uow.session.execute(select(col(Case.opened_by)).where(col(Case.reference) == told.get("case"))).scalar()
    case = None if known == receipt["about"] else told.get("case")
    return Rehearsal(recipients=tuple(told["recipients"]), case=case, starts=starts, meets=meets)


def _clocks(uow: UnitOfWork, row_id: UUID) -> tuple[tuple[dict[str, Any], ...], tuple[dict[str, Any], ...]]:
    """Clocks that the rehearsed message started (their ids are later than its own) and those that it met."""
    statement = select(Clock).where(or_(col(Clock.id) > row_id, col(Clock.done_by) == row_id)).order_by(col(Clock.id))
    starts: list[dict[str, Any]] = []
    meets: list[dict[str, Any]] = []
    for clock in uow.session.execute(statement).scalars():
        rule = uow.hub.catalogues[clock.law_version].clocks[clock.rule]
        row = clock.model_dump()
        if clock.state == ClockState.WAITING:
            row |= begin(calendars_of(uow), rule, clock.holder_member, uow.now) | {"state": ClockState.WAITING}
        (meets if clock.done_by == row_id else starts).append(describe(row, None, rule) | {"steps": row["steps"]})
    return tuple(starts), tuple(meets)


def envelope_of(draft: Draft, *, id_: str, time: datetime) -> Envelope:
    """The CloudEvent that the draft becomes; it names no person."""
    content = draft.content
    data = {key: value for key, value in content["data"].items() if value or key not in _OPTIONAL}
    if content["type"] == MessageType.NOTICE_WITHDRAWN:
        data = {key: data[key] for key in ("notice", "reason") if key in data}
    return Envelope(
        id=id_,
        source=participant_urn(draft.participant),
        type=MessageType(content["type"]),
        time=time,
        subject=content.get("subject"),
        marking=content.get("marking"),
        causationid=content.get("causationid"),
        data=data,
    )


def sign_draft(uow: UnitOfWork, person: Person, draft_id: UUID, *, version: int) -> Arrival | None:
    """Fix the message that the draft becomes, sign it, and put on record who sent it; None if it is sent already.

    Called again, it is the same message. Raises NotFound; Conflict: changed since it was checked, closed, no held key;
    Forbidden: a second person has to approve it.
    """
    draft = lock_draft(uow, person, draft_id)
    if draft.state == DraftState.SENT:
        return None
    check_version(draft, version)
    if needs_approval(uow, draft.participant) and (draft.decided_by is None or draft.submitted_by is None):
        raise Forbidden(f"{draft.participant} wants a second person to approve each notice; submit it for approval.")
    key = get_signing_key(uow, draft.participant)
    id_, time = _fixed(uow, draft)
    body = encode(envelope_of(draft, id_=id_, time=time))
    detail: dict[str, object] = {"participant": draft.participant, "message_id": id_, "kid": key.kid}
    if draft.submitted_by:
        detail["written_by"] = str(draft.submitted_by)
    uow.record(Event(EventName.DRAFT_SIGNED, str(draft.id), {"sha256": digest(body)}, detail))
    return Arrival(draft.participant, Transport.MAILBOX, body, key.sign(body))


def _fixed(uow: UnitOfWork, draft: Draft) -> tuple[str, datetime]:
    """Id and time of the message: those of the first attempt, as long as its answer is not known."""
    sending = draft.content.get("sending")
    if draft.state == DraftState.SENDING and sending:
        time = datetime.fromisoformat(sending["time"])
        if uow.now - time < FRESH or _is_on_record(uow, draft.participant, sending["id"]):
            return sending["id"], time
    else:
        set_state(draft, DraftState.SENDING)
        sending = {"id": str(uuid7(uow.now))}
    draft.content = {**draft.content, "sending": {"id": sending["id"], "time": uow.now.isoformat()}}
    return sending["id"], uow.now


def _is_on_record(uow: UnitOfWork, source: str, message_id: str) -> bool:
    named = (col(Message.source) == source, col(Message.message_id) == message_id)
    return uow.session.execute(select(col(Message.id)).where(*named)).first() is not None


def note_outcome(uow: UnitOfWork, person: Person, draft_id: UUID, outcome: Outcome) -> Draft:
    """Close the draft of an accepted message; open that of a refused one again, with the flaws."""
    draft = lock_draft(uow, person, draft_id)
    if draft.state != DraftState.SENDING:
        return draft  # another click was faster
    content = {key: value for key, value in draft.content.items() if key not in ("sending", "refused")}
    if outcome.accepted:
        assert outcome.receipt is not None
        set_state(draft, DraftState.SENT)
        told = strict_json.decode(outcome.receipt["body"])["data"]
        draft.case_reference = str(told["case"]) if isinstance(told, Mapping) and "case" in told else None
        draft.content, draft.message_id = {**content, "sending": draft.content["sending"]}, outcome.receipt["about"]
        uow.record(Event(EventName.DRAFT_SENT, str(draft.id), detail={"message": str(draft.message_id)}))
        return draft
    set_state(draft, DraftState.OPEN)
    draft.content = {**content, "refused": [flaw.as_dict() for flaw in outcome.flaws]}
    draft.submitted_by = draft.submitted_at = draft.decided_by = draft.decided_at = None
    codes: dict[str, object] = {"codes": sorted({flaw.code for flaw in outcome.flaws})}
    uow.record(Event(EventName.DRAFT_REFUSED, str(draft.id), detail=codes))
    return draft
