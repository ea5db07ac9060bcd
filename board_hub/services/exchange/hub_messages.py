"""Messages that the hub itself sends: one signed envelope, as a row of `message`."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from board_hub.domain.envelope import HUB, Envelope, MessageType, encode, participant_urn
from board_hub.domain.ids import uuid7
from board_hub.services.exchange.signing import SigningKey


def digest(body: bytes) -> str:
    """SHA-256 of the exact bytes, in hex."""
    return sha256(body).hexdigest()


def make_hub_message(
    key: SigningKey,
    type_: MessageType,
    content: Mapping[str, object],
    *,
    now: datetime,
    about: UUID | None = None,
    subject: str | None = None,
) -> dict[str, Any]:
    """A message of the hub, signed; the columns of `Message`."""
    row_id = uuid7(now)
    source = participant_urn(HUB)
    body = encode(Envelope(id=str(row_id), source=source, type=type_, time=now, subject=subject, data=dict(content)))
    return {
        "id": row_id,
        "source": HUB,
        "message_id": str(row_id),
        "type": type_,
        "notice_type": None,
        "subject": subject,
        "marking": None,
        "about": about,
        "time": now,
        "received_at": now,
        "sha256": digest(body),
        "body": body,
        "signature": key.sign(body),
        "hub_signature": None,
    }
