"""Intake: what arrives from a participant becomes an accepted or a refused message, by queue and by HTTPS alike."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select, update
from sqlmodel import col

from board_hub.domain.deliveries import Transport
from board_hub.domain.envelope import Envelope, MessageType, check_time, claimed_id, decode
from board_hub.domain.errors import Flaw, Invalid
from board_hub.domain.events import Actor, ActorKind, Event, EventName
from board_hub.domain.ids import uuid7
from board_hub.services.cases.issuing import issue_notice, withdraw_notice
from board_hub.services.exchange.acceptance import send_accepted, store_message
from board_hub.services.exchange.hub_messages import digest
from board_hub.services.exchange.message_schemas import check_ping
from board_hub.services.exchange.receipts import find_messages, send_receipt, take_receipt
from board_hub.services.exchange.signing import verify
from board_hub.services.unit_of_work import UnitOfWork
from board_hub.store.tables import Delivery, Message, Participant, Quarantine


@dataclass(frozen=True)
class Arrival:
    """Bytes as they came. `participant` is who the virtual host or the access token says sent them."""

    participant: str
    via: Transport
    body: bytes
    signature: str | None
    released: bool = False
    """Whether the secretariat lets it in after all: then its time may be of any day."""


@dataclass(frozen=True)
class Outcome:
    """What became of an arrival. `receipt` is the row of the receipt sent; a taken receipt gets none."""

    flaws: tuple[Flaw, ...] = ()
    receipt: dict[str, Any] | None = None

    @property
    def accepted(self) -> bool:
        return not self.flaws


def receive_batch(uow: UnitOfWork, arrivals: Sequence[Arrival]) -> list[Outcome]:
    """Take arrivals in order within one unit of work. Refusals are returned, not recorded: see `refuse`.

    A refusal that had already gathered work is raised: the caller rolls back and takes the arrivals one by one.
    """
    opened = [_open(arrival) for arrival in arrivals]
    known = find_messages(uow, [(one.sender, one.id) for one in opened if isinstance(one, Envelope)])
    outcomes = []
    for arrival, envelope in zip(arrivals, opened, strict=True):
        before = len(uow.messages)
        uow.actor = Actor(ActorKind.SYSTEM, arrival.participant)
        try:
            if isinstance(envelope, Invalid):
                raise envelope
            outcomes.append(_receive(uow, arrival, envelope, known))
        except Invalid as refusal:
            if len(uow.messages) != before:
                raise
            outcomes.append(Outcome(refusal.flaws))
    return outcomes


def receive(uow: UnitOfWork, arrival: Arrival) -> Outcome:
    """Take one arrival; see `receive_batch`."""
    return receive_batch(uow, [arrival])[0]


def rehearse(uow: UnitOfWork, participant: str, body: bytes) -> dict[str, Any]:
    """Pass a notice not yet signed through the gate as if it had come; returns the row of its `accepted` receipt.

    Raises Invalid as `receive` does. The unit of work must not be committed: nothing was said by anybody.
    """
    envelope, sender = decode(body), uow.directory.active(participant)
    row = _accept(uow, Arrival(participant, Transport.MAILBOX, body, ""), envelope, digest(body))
    receipt = _effects(uow, envelope, sender, row)
    assert receipt is not None  # only receipts get none
    return receipt


def refuse(uow: UnitOfWork, arrival: Arrival, flaws: Sequence[Flaw]) -> Outcome:
    """Keep a refused arrival in quarantine, put it on record and tell its sender by a signed `rejected` receipt."""
    uow.actor = Actor(ActorKind.SYSTEM, arrival.participant)
    sha256 = digest(arrival.body)
    quarantined = Quarantine(
        participant=arrival.participant,
        via=arrival.via,
        body=arrival.body,
        signature=_storable(arrival.signature),
        sha256=sha256,
        flaws=[flaw.as_dict() for flaw in flaws],
        received_at=uow.now,
    )
    uow.session.add(quarantined)
    detail: dict[str, object] = {"from": arrival.participant, "codes": sorted({flaw.code for flaw in flaws})}
    uow.record(Event(EventName.MESSAGE_REFUSED, str(quarantined.id), {"sha256": sha256}, detail))
    content = {
        "message_id": claimed_id(arrival.body),
        "sha256": sha256,
        "rejected_at": uow.now.isoformat(),
        "errors": [flaw.as_dict() for flaw in flaws],
    }
    receipt = send_receipt(uow, MessageType.RECEIPT_REJECTED, arrival.participant, content=content)
    return Outcome(tuple(flaws), receipt)


def _storable(signature: str | None) -> str | None:
    """A refused signature as text that every database takes: a sender can put NUL into an AMQP header."""
    return signature and signature.replace("\0", "\ufffd").encode(errors="replace").decode()


def _open(arrival: Arrival) -> Envelope | Invalid:
    try:
        return decode(arrival.body)
    except Invalid as refusal:
        return refusal


def _receive(
    uow: UnitOfWork, arrival: Arrival, envelope: Envelope, known: dict[tuple[str, str], tuple[UUID, str]]
) -> Outcome:
    sender = uow.directory.active(arrival.participant)
    if envelope.sender != sender.code:
        raise Invalid.one(
            "source.mismatch", "/source", f"You are connected as {sender.code}; a message's source must be your own."
        )
    sha256 = digest(arrival.body)
    earlier = known.get((sender.code, envelope.id))
    if earlier and earlier[1] == sha256:
        return _answer_again(uow, *earlier, sender)
    verify(
        arrival.body,
        arrival.signature,
        keys=uow.directory.keys_of(sender.code),
        signed_at=envelope.time,
        now=uow.now,
    )
    if earlier:
        message = f"Message id {envelope.id} was used before with other content; give every message an id of its own."
        raise Invalid.one("id.reused", "/id", message)
    if not arrival.released:
        check_time(envelope.time, uow.now)
    row = _accept(uow, arrival, envelope, sha256)
    known[sender.code, envelope.id] = (row["id"], sha256)
    return Outcome(receipt=_effects(uow, envelope, sender, row))


def _accept(uow: UnitOfWork, arrival: Arrival, envelope: Envelope, sha256: str) -> dict[str, Any]:
    """The row of an accepted message; nothing is gathered before all checks of its type have passed."""
    return {
        "id": uuid7(uow.now),
        "source": arrival.participant,
        "message_id": envelope.id,
        "type": envelope.type,
        "notice_type": None,
        "subject": envelope.subject,
        "marking": envelope.marking,
        "about": None,
        "time": envelope.time,
        "received_at": uow.now,
        "sha256": sha256,
        "body": arrival.body,
        "signature": arrival.signature,
        "hub_signature": None,
    }


def _effects(uow: UnitOfWork, envelope: Envelope, sender: Participant, row: dict[str, Any]) -> dict[str, Any] | None:
    """What the message does, by its type; returns the `accepted` receipt where there is one."""
    match envelope.type:
        case MessageType.NOTICE_ISSUED:
            return issue_notice(uow, envelope, sender, row)
        case MessageType.NOTICE_WITHDRAWN:
            return withdraw_notice(uow, envelope, sender, row)
        case MessageType.PING_SENT:
            check_ping(envelope.data)
            store_message(uow, row, [])
            return send_accepted(uow, row, recipients=[], extra={})
        case MessageType.RECEIPT_COLLECTED | MessageType.RECEIPT_HANDLED:
            moved = take_receipt(uow, envelope, sender.code)
            store_message(uow, row, [], name=EventName.RECEIPT_TAKEN, changes=moved or None)
            return None
        case _:
            raise Invalid.one("type.unknown", "/type", f"Only the hub sends {envelope.type}.")


def _answer_again(uow: UnitOfWork, message_id: UUID, _sha256: str, sender: Participant) -> Outcome:
    """The same bytes again: nothing changes, and the same receipt is sent once more."""
    for row in uow.messages.values():
        if row["about"] == message_id and row["type"] == MessageType.RECEIPT_ACCEPTED:
            return Outcome(receipt=row)
    receipt = uow.session.execute(
        select(Message).where(col(Message.about) == message_id, col(Message.type) == MessageType.RECEIPT_ACCEPTED)
    ).scalar_one_or_none()
    if receipt is None:  # the duplicate of a participant's own receipt: there is nothing to say
        return Outcome()
    uow.session.execute(
        update(Delivery)
        .where(col(Delivery.message_id) == receipt.id, col(Delivery.recipient) == sender.code)
        .values(next_attempt_at=uow.now)
        .execution_options(synchronize_session=False)
    )
    uow.ring()
    return Outcome(receipt=receipt.model_dump())
