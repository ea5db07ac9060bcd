"""Receipts: the hub's signed word on a message's stage, and the participants' signed word on theirs."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, null, select, tuple_, update
from sqlmodel import col

from board_hub.domain.deliveries import DeliveryState
from board_hub.domain.envelope import HUB, Envelope, MessageType, participant_code, participant_urn
from board_hub.domain.errors import Flaw, Invalid
from board_hub.domain.events import Event, EventName
from board_hub.services.clocks.clocks import start_received
from board_hub.services.exchange.hub_messages import make_hub_message
from board_hub.services.exchange.message_schemas import check_receipt_items
from board_hub.services.unit_of_work import Seen, UnitOfWork
from board_hub.store.case_tables import Notice
from board_hub.store.tables import Delivery, Message, table_of


def find_messages(uow: UnitOfWork, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], tuple[UUID, str]]:
    """Messages on record by (source code, message id), each as (row id, SHA-256)."""
    if not keys:
        return {}
    columns = table_of(Message).c
    rows = uow.session.execute(
        select(columns.source, columns.message_id, columns.id, columns.sha256).where(
            tuple_(columns.source, columns.message_id).in_(keys)
        )
    )
    return {(row.source, row.message_id): (row.id, row.sha256) for row in rows}


def send_receipt(
    uow: UnitOfWork,
    type_: MessageType,
    to: str,
    *,
    content: Mapping[str, object],
    about: UUID | None = None,
    subject: str | None = None,
) -> dict[str, Any]:
    """Sign a receipt of the hub and owe it to participant `to`; returns its row (columns of `Message`)."""
    row = make_hub_message(uow.hub.key, type_, content, now=uow.now, about=about, subject=subject)
    uow.add_message(row)
    uow.owe(row["id"], [uow.directory.participants[to]])
    uow.record(Event(EventName.RECEIPT_SENT, str(row["id"]), {"sha256": row["sha256"]}, {"stage": type_, "to": to}))
    return row


def send_delivered(
    uow: UnitOfWork,
    message: Mapping[str, Any],
    arrivals: Sequence[tuple[str, datetime]],
    clocks: Mapping[tuple[UUID, str], Sequence[Mapping[str, object]]] = MappingProxyType({}),
) -> dict[str, Any]:
    """Tell a message's sender which recipients' mailboxes hold it since when: the legal receipt (design.md §6).

    clocks: those that the arrival started, by (message id, recipient); see `clocks.start_received`.
    """
    content = {
        "message_id": message["message_id"],
        "source": participant_urn(message["source"]),
        "sha256": message["sha256"],
        "deliveries": [
            {"recipient": code, "received_at": at.isoformat(), **_started(clocks.get((message["id"], code)))}
            for code, at in arrivals
        ],
    }
    return send_receipt(uow, MessageType.RECEIPT_DELIVERED, message["source"], content=content, about=message["id"])


def _started(clocks: Sequence[Mapping[str, object]] | None) -> dict[str, object]:
    return {"clocks": [dict(one) for one in clocks]} if clocks else {}


def take_receipt(uow: UnitOfWork, envelope: Envelope, sender: str) -> list[Seen]:
    """Take a participant's `collected` or `handled`: closes the deliveries it names. One wrong item refuses all.

    Returns what of it shows in the feed of changes: a delivery of theirs moved, to those who sent it.
    """
    items = check_receipt_items(envelope.data)
    ids = find_messages(uow, [(participant_code(item["source"]), item["id"]) for item in items])
    flaws = [flaw for index, item in enumerate(items) if (flaw := _item_flaw(ids, item, index))]
    message_ids = [ids[participant_code(item["source"]), item["id"]][0] for item in items if not flaws]
    if not flaws:
        flaws = _not_owed(uow, message_ids, sender)
    if flaws:
        raise Invalid(flaws)
    handled = envelope.type == MessageType.RECEIPT_HANDLED
    tell_senders(uow, message_ids, sender)
    seen = _moved(uow, message_ids, sender, handled=handled)
    _close(uow, message_ids, sender, handled=handled)
    return seen


def _moved(uow: UnitOfWork, message_ids: list[UUID], recipient: str, *, handled: bool) -> list[Seen]:
    """Notices whose delivery reaches this stage for the first time; for their senders alone, by their own ids."""
    stage = col(Delivery.handled_at) if handled else col(Delivery.collected_at)
    rows = uow.session.execute(
        select(col(Notice.sender), col(Message.message_id), col(Notice.case_id))
        .join(Message, col(Message.id) == Notice.id)
        .join(Delivery, col(Delivery.message_id) == Notice.id)
        .where(col(Delivery.recipient) == recipient, col(Notice.id).in_(message_ids), stage.is_(None))
        .order_by(col(Notice.id))
    )
    return [Seen("delivery", row.message_id, row.case_id, participant=row.sender) for row in rows]


def _item_flaw(ids: Mapping[tuple[str, str], tuple[UUID, str]], item: dict[str, str], index: int) -> Flaw | None:
    found = ids.get((participant_code(item["source"]), item["id"]))
    if found is None:
        return _unknown_item(index)
    if found[1] != item["sha256"]:
        message = f"Your copy of message {item['id']} differs from what was sent; keep it and tell the secretariat."
        return Flaw("item.changed", f"/data/items/{index}/sha256", message)
    return None


def _unknown_item(index: int) -> Flaw:
    return Flaw("item.unknown", f"/data/items/{index}", "No such message was sent to you; check source and id.")


def _not_owed(uow: UnitOfWork, message_ids: list[UUID], recipient: str) -> list[Flaw]:
    """Flaws for messages that were never addressed to `recipient`; worded as if they did not exist."""
    mine = set(
        uow.session.execute(
            select(col(Delivery.message_id)).where(
                col(Delivery.recipient) == recipient, col(Delivery.message_id).in_(message_ids)
            )
        ).scalars()
    )
    return [_unknown_item(index) for index, message_id in enumerate(message_ids) if message_id not in mine]


def tell_senders(uow: UnitOfWork, message_ids: Collection[UUID], recipient: str) -> None:
    """Send the `delivered` receipts of those of these messages whose arrival in the mailbox was not noted before.

    The relay may have died, or lost its line, between the broker's confirm and its note; without this the sender of a
    message that its recipient then collects would never hear of it.
    """
    rows = uow.session.execute(
        select(col(Message.id), col(Message.source), col(Message.message_id), col(Message.sha256))
        .join(Delivery, col(Delivery.message_id) == Message.id)
        .where(
            col(Delivery.recipient) == recipient,
            col(Delivery.message_id).in_(message_ids),
            col(Delivery.delivered_at).is_(None),
            col(Message.source) != HUB,
        )
        .order_by(col(Message.id))
        .with_for_update(of=Delivery)
    ).all()
    clocks = start_received(uow, [(row.id, recipient, uow.now) for row in rows])
    for row in rows:
        send_delivered(uow, row._asdict(), [(recipient, uow.now)], clocks)


def _close(uow: UnitOfWork, message_ids: list[UUID], recipient: str, *, handled: bool) -> None:
    """Set deliveries collected (or handled): never back, and the first moment of each stage stays."""
    now = uow.now
    values: dict[str, Any] = {
        "collected_at": func.coalesce(Delivery.collected_at, now),
        "delivered_at": func.coalesce(Delivery.delivered_at, now),
        "next_attempt_at": null(),
        "last_error": null(),
    }
    if handled:
        values |= {"state": DeliveryState.HANDLED, "handled_at": func.coalesce(Delivery.handled_at, now)}
    else:
        was_handled = col(Delivery.handled_at).is_not(None)
        values["state"] = case((was_handled, DeliveryState.HANDLED), else_=DeliveryState.COLLECTED)
    uow.session.execute(
        update(Delivery)
        .where(col(Delivery.recipient) == recipient, col(Delivery.message_id).in_(sorted(message_ids)))
        .values(**values)
        .execution_options(synchronize_session=False)
    )
