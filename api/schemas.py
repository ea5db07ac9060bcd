"""What goes in and out of /api/v1: schemas to load are strict, schemas to dump are apart from them."""

import re
from typing import Any

from marshmallow import Schema, fields, validate

from board_hub.law.fields import ABSENT, Fault, StrictSchema
from board_hub.services.exchange.mailbox import LONGEST_WAIT, MOST_ITEMS

_ABSENT: dict[str, Any] = {
    "required": ABSENT,
    "null": Fault("field.invalid", "null is no value; leave the field out instead."),
}
_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_CURSOR = "[A-Za-z0-9_-]{22}"
MOST_ACKNOWLEDGED = 1000


class Pattern(fields.String):
    """Text of one exact form; the pattern is documented, and means the same there."""

    def __init__(self, pattern: str, form: str, **options: Any) -> None:
        self._pattern = re.compile(pattern)
        metadata = {"pattern": f"^{pattern}$"} | options.pop("metadata", {})
        super().__init__(metadata=metadata, error_messages=_ABSENT | {"invalid": f"Must be {form}."}, **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> str:
        text: str = super()._deserialize(value, attr, data, **options)
        if not self._pattern.fullmatch(text):
            raise self.make_error("invalid")
        return text


class Count(fields.Integer):
    """A whole number in a query, in digits and nothing else."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> int:
        if not re.fullmatch(r"[0-9]{1,6}", str(value)):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **options)


class Seconds(fields.Float):
    """A number of seconds in a query, written as JSON writes numbers."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> float:
        if not re.fullmatch(r"-?[0-9]{1,20}(\.[0-9]{1,340})?([eE][+-]?[0-9]{1,3})?", str(value)):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **options)


class MailboxQuery(StrictSchema):
    """How much of the mailbox to show, from where, and how long to wait for something."""

    limit = Count(
        load_default=MOST_ITEMS,
        validate=validate.Range(1, MOST_ITEMS),
        metadata={"description": "Items at most; fewer come where they are long."},
    )
    wait = Seconds(
        load_default=0.0,
        validate=validate.Range(0, LONGEST_WAIT),
        metadata={"description": "Seconds to wait while there is nothing. A wish: a busy hub answers sooner."},
    )
    cursor = Pattern(
        _CURSOR,
        "a cursor as a page gave it",
        metadata={"description": "The `cursor` of the page before, to go on after it."},
    )


class Acknowledgement(StrictSchema):
    """Which items are stored at your side."""

    ids = fields.List(
        Pattern(_UUID, "a message_id as the mailbox showed it"),
        required=True,
        validate=validate.Length(1, MOST_ACKNOWLEDGED),
        error_messages=_ABSENT,
        metadata={"description": "`message_id` of the items, as the mailbox showed them."},
    )


class MailboxItem(Schema):
    """A message waiting for you: the exact bytes and the signatures over them."""

    message_id = fields.UUID(required=True, metadata={"description": "The hub's handle, to acknowledge it by."})
    source = fields.String(required=True, metadata={"description": "Participant code of the originator, or EU-HUB."})
    body = fields.String(required=True, metadata={"contentEncoding": "base64", "description": "The CloudEvent."})
    signature = fields.String(required=True, metadata={"description": "Detached JWS of the originator (or the hub)."})
    hub_signature = fields.String(
        required=True, allow_none=True, metadata={"description": "The hub's countersignature over the same bytes."}
    )
    attempt = fields.Integer(required=True, metadata={"description": "1 when it is shown for the first time."})


class MailboxPage(Schema):
    """What waits for you, oldest first. An item stays until your signed `collected`."""

    items = fields.List(fields.Nested(MailboxItem), required=True)
    cursor = fields.String(
        required=True, allow_none=True, metadata={"description": "For the next page; null: no more."}
    )


class ParticipantEntry(Schema):
    """An organisation in the directory."""

    code = fields.String(required=True)
    name = fields.String(required=True)
    member = fields.String(required=True, metadata={"description": "ISO code of the member."})
    shown_as = fields.String(required=True, metadata={"description": "The code shown to people: EL for Greece."})
    kinds = fields.List(fields.String(), required=True)
    languages = fields.List(fields.String(), required=True)
    transport = fields.String(required=True)
    active = fields.Boolean(required=True)


class DirectoryList(Schema):
    participants = fields.List(fields.Nested(ParticipantEntry), required=True)


class GapEntry(Schema):
    """A member (EU: the institutions) where nobody has the kinds that an audience wants."""

    audience = fields.String(required=True)
    member = fields.String(required=True)
    wanted = fields.List(fields.String(), required=True)
    used = fields.String(
        required=True, allow_none=True, metadata={"description": "Who receives it instead; null: nobody there does."}
    )
    notice_types = fields.List(fields.String(), required=True)


class GapList(Schema):
    gaps = fields.List(fields.Nested(GapEntry), required=True)


class KeyEntry(Schema):
    """A participant's public key, and when it was (or is) in force."""

    jwk = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    valid_from = fields.AwareDateTime(required=True)
    valid_until = fields.AwareDateTime(required=True, allow_none=True)
    revoked_at = fields.AwareDateTime(required=True, allow_none=True)


class KeyList(Schema):
    participant = fields.String(required=True)
    keys = fields.List(fields.Nested(KeyEntry), required=True)


class Signed(Schema):
    """Exact bytes with their signature."""

    body = fields.String(required=True, metadata={"contentEncoding": "base64"})
    signature = fields.String(required=True)


class DeliveryEntry(Schema):
    """How far a message is with one recipient."""

    recipient = fields.String(required=True)
    state = fields.String(required=True)
    must_act = fields.String(required=True, metadata={"description": "nobody, hub or recipient."})
    attempts = fields.Integer(required=True)
    last_error = fields.String(required=True, allow_none=True)
    next_attempt_at = fields.AwareDateTime(required=True, allow_none=True)
    delivered_at = fields.AwareDateTime(required=True, allow_none=True)
    collected_at = fields.AwareDateTime(required=True, allow_none=True)
    handled_at = fields.AwareDateTime(required=True, allow_none=True)
    opened_at = fields.AwareDateTime(
        required=True, allow_none=True, metadata={"description": "When an official first opened it in the dashboard."}
    )


class SentMessage(Schema):
    """A message of yours: its receipt and its delivery matrix."""

    message_id = fields.String(required=True)
    type = fields.String(required=True)
    notice_type = fields.String(required=True, allow_none=True)
    received_at = fields.AwareDateTime(required=True)
    sha256 = fields.String(required=True)
    receipt = fields.Nested(Signed, required=True, allow_none=True)
    deliveries = fields.List(fields.Nested(DeliveryEntry), required=True)
