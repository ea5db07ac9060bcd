"""JSON Schemas of what is no notice: the envelope around every message, the receipts, the withdrawal, the ping."""

from board_hub.domain.envelope import MessageType
from board_hub.domain.markings import Marking
from board_hub.law.json_schema import JsonSchema, pattern_schema, text_schema
from board_hub.law.news_schema import CASE, INSTANT, open_object
from board_hub.law.patterns import MAX_SOURCE, MESSAGE_ID_PATTERN, SOURCE_PATTERN

PREFIX = "eu.aiboard."
NOTICE_TYPE = f"{PREFIX}notice.issued.v1"
WITHDRAWN_TYPE = f"{PREFIX}notice.withdrawn.v1"
PING_TYPE = f"{PREFIX}ping.sent.v1"

_DIGEST = pattern_schema("[0-9a-f]{64}", 64)
_ID = pattern_schema(MESSAGE_ID_PATTERN, 64)
_SOURCE = pattern_schema(SOURCE_PATTERN, MAX_SOURCE)
_WORD: JsonSchema = {"type": "string", "minLength": 1, "maxLength": 256}
_SUBJECT: JsonSchema = {**_WORD, "maxLength": 128}
MAX_ITEMS = 1000
MAX_WITHDRAWAL_REASON = 4000


def message_schema(type_: str, name: str, refs: str) -> JsonSchema:
    """An envelope of this type whose `data` is the schema `name`; `envelope` stands under `refs`."""
    own = {"properties": {"type": {"const": type_}, "data": {"$ref": f"{refs}{name}"}}}
    return {"allOf": [{"$ref": f"{refs}envelope"}, own]}


def envelope_schema() -> JsonSchema:
    """A CloudEvents 1.0 envelope of any type of the exchange; other attributes are refused by name."""
    properties: dict[str, JsonSchema] = {
        "specversion": {"const": "1.0"},
        "id": {**_ID, "description": "Unique per source; a repetition with the same bytes gets the same receipt."},
        "source": _SOURCE,
        "type": {"enum": [one.value for one in MessageType]},
        "time": {**INSTANT, "description": "RFC 3339 with offset."},
        "datacontenttype": {"const": "application/json"},
        "subject": {**_SUBJECT, "description": "Reference of the case that a notice joins; none: it opens one."},
        "marking": {
            "enum": [one.value for one in Marking],
            "description": "Who may see the message; without one its named recipients alone.",
        },
        **dict.fromkeys(("causationid", "sequence", "traceparent"), _WORD),
        "data": {"type": "object"},
    }
    return _object(properties, ["specversion", "id", "source", "type", "time", "data"])


def sent_by_participants(refs: str) -> dict[str, JsonSchema]:
    """Type to `data` schema of the messages, other than notices, that a participant sends. refs: as below."""
    item = _object({"source": _SOURCE, "id": _ID, "sha256": _DIGEST}, ["source", "id", "sha256"])
    items = {"type": "array", "minItems": 1, "maxItems": MAX_ITEMS, "items": item}
    batch = _object({"items": items}, ["items"])
    return {
        WITHDRAWN_TYPE: _withdrawal(refs),
        f"{PREFIX}receipt.collected.v1": batch,
        f"{PREFIX}receipt.handled.v1": batch,
        PING_TYPE: _object({}, []),
    }


def _withdrawal(refs: str) -> JsonSchema:
    properties: dict[str, JsonSchema] = {
        "notice": {"$ref": f"{refs}message"},
        "reason": text_schema(MAX_WITHDRAWAL_REASON),
    }
    return {"title": "Withdrawal of a notice", **_object(properties, ["notice", "reason"])}


def receipts_of_hub(refs: str) -> dict[str, JsonSchema]:
    """Type to `data` schema of the receipts of the hub. refs: where `participant`, `clock`, `procedure` stand."""
    return {
        f"{PREFIX}receipt.accepted.v1": _accepted(refs),
        f"{PREFIX}receipt.rejected.v1": _rejected(),
        f"{PREFIX}receipt.delivered.v1": _delivered(refs),
    }


# The hub's own receipts may gain members: a reader skips what it does not know.


def _accepted(refs: str) -> JsonSchema:
    names = {"type": "array", "items": {"type": "string"}}
    completeness = open_object(
        {
            "score": {"type": "integer", "minimum": 0, "maximum": 100},
            **dict.fromkeys(("absent", "withheld", "not_yet_available"), names),
        },
        ["score", "absent", "withheld", "not_yet_available"],
    )
    return open_object(
        {
            "message_id": _ID,
            "source": _SOURCE,
            "sha256": _DIGEST,
            "accepted_at": INSTANT,
            "recipients": {"type": "array", "items": {"$ref": f"{refs}participant"}},
            "completeness": completeness,
            "case": {**CASE, "description": "Of a notice: the case that it opened or joined."},
            "procedure": {"$ref": f"{refs}procedure"},
            "clocks": _clocks(
                refs, "Clocks that the notice started, stopped or met; those that run from receipt follow."
            ),
        },
        ["message_id", "source", "sha256", "accepted_at", "recipients"],
    )


def _rejected() -> JsonSchema:
    words = {"code": {"type": "string"}, "path": {"type": "string"}, "message": {"type": "string"}}
    return open_object(
        {
            "message_id": {"type": ["string", "null"]},
            "sha256": _DIGEST,
            "rejected_at": INSTANT,
            "errors": {"type": "array", "minItems": 1, "items": open_object(words, ["code", "path", "message"])},
        },
        ["message_id", "sha256", "rejected_at", "errors"],
    )


def _delivered(refs: str) -> JsonSchema:
    one = open_object(
        {
            "recipient": {"$ref": f"{refs}participant"},
            "received_at": INSTANT,
            "clocks": _clocks(refs, "Clocks that began to run for this recipient with the receipt."),
        },
        ["recipient", "received_at"],
    )
    return open_object(
        {
            "message_id": _ID,
            "source": _SOURCE,
            "sha256": _DIGEST,
            "deliveries": {"type": "array", "minItems": 1, "items": one},
        },
        ["message_id", "source", "sha256", "deliveries"],
    )


def _clocks(refs: str, words: str) -> JsonSchema:
    return {"type": "array", "items": {"$ref": f"{refs}clock"}, "description": words}


def _object(properties: dict[str, JsonSchema], required: list[str]) -> JsonSchema:
    return {**open_object(properties, required), "additionalProperties": False}
