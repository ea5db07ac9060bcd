"""Accepting a message: it is stored, on record, owed to its recipients, and its sender gets a signed receipt."""

from collections.abc import Sequence
from typing import Any

from board_hub.domain.envelope import MessageType, participant_urn
from board_hub.domain.events import Event, EventName
from board_hub.services.exchange.hub_messages import digest
from board_hub.services.exchange.receipts import send_receipt
from board_hub.services.unit_of_work import Seen, UnitOfWork


def store_message(
    uow: UnitOfWork,
    row: dict[str, Any],
    recipients: Sequence[str],
    *,
    name: EventName = EventName.MESSAGE_ACCEPTED,
    changes: Sequence[Seen] | None = None,
) -> list[str]:
    """Store an accepted message (columns of `Message`); returns the recipients whose mailbox holds it by this."""
    uow.add_message(row)
    digests = {"sha256": row["sha256"], "signature_sha256": digest(row["signature"].encode())}
    uow.record(Event(name, str(row["id"]), digests, {"recipients": list(recipients)}), changes)
    return uow.owe(row["id"], [uow.directory.participants[code] for code in recipients])


def send_accepted(
    uow: UnitOfWork, row: dict[str, Any], *, recipients: Sequence[str], extra: dict[str, object]
) -> dict[str, Any]:
    """The `accepted` receipt of a message; returns its row."""
    content = {
        "message_id": row["message_id"],
        "source": participant_urn(row["source"]),
        "sha256": row["sha256"],
        "accepted_at": uow.now.isoformat(),
        "recipients": list(recipients),
        **extra,
    }
    return send_receipt(uow, MessageType.RECEIPT_ACCEPTED, row["source"], content=content, about=row["id"])
