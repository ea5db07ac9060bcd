"""Schemas of the messages that are no notices: a participant's receipts, its ping, the withdrawal of a notice."""

import re
from typing import Any

from marshmallow import ValidationError

from board_hub.domain.errors import Invalid
from board_hub.law.fields import ListField, PatternField, StrictSchema, StructureField, TextField
from board_hub.law.patterns import MAX_SOURCE, MESSAGE_ID_PATTERN, SOURCE_PATTERN
from board_hub.law.receipt_schema import MAX_ITEMS, MAX_WITHDRAWAL_REASON
from board_hub.law.schemas import flaws_of


class ReceiptItem(StrictSchema):
    """One message a participant has collected or handled: whose, which, and the digest of the bytes it got."""

    source = PatternField(
        re.compile(r"urn:aiboard:participant:[A-Z]{2}-[A-Z0-9-]{1,40}"), 80, "a participant's URN", required=True
    )
    id = PatternField(re.compile(r"[A-Za-z0-9._:-]{1,64}"), 64, "a message id", required=True)
    sha256 = PatternField(re.compile(r"[0-9a-f]{64}"), 64, "a SHA-256 in lower-case hexadecimal", required=True)


class ReceiptItems(StrictSchema):
    items = ListField(StructureField(ReceiptItem()), MAX_ITEMS, required=True)


class MessageReference(StrictSchema):
    """A message by its source and id."""

    source = PatternField(re.compile(SOURCE_PATTERN), MAX_SOURCE, "a participant's URN", required=True)
    id = PatternField(re.compile(MESSAGE_ID_PATTERN), 64, "a message id", required=True)


class Withdrawal(StrictSchema):
    """Taking back a notice of one's own."""

    notice = StructureField(MessageReference(), required=True)
    reason = TextField(MAX_WITHDRAWAL_REASON, required=True)


_ITEMS = ReceiptItems()
_WITHDRAWAL = Withdrawal()
_PING = StrictSchema()


def check_receipt_items(content: dict[str, object]) -> list[dict[str, str]]:
    """The items of a `collected` or `handled`; raises Invalid with paths below /data."""
    items: list[dict[str, str]] = _load(_ITEMS, content)["items"]
    if not items:
        raise Invalid.one("field.invalid", "/data/items", "Name at least one message.")
    return items


def check_withdrawal(content: dict[str, object]) -> dict[str, Any]:
    """The notice taken back and the reason; raises Invalid with paths below /data."""
    found: dict[str, Any] = _load(_WITHDRAWAL, content)
    return found


def check_ping(content: dict[str, object]) -> None:
    """A ping carries nothing; raises Invalid otherwise."""
    _load(_PING, content)


def _load(schema: StrictSchema, content: dict[str, object]) -> Any:
    try:
        return schema.load(content)
    except ValidationError as error:
        raise Invalid(flaws_of(error)) from None
