"""JSON Schemas of what is no notice: the envelope around every message, the receipts and the ping."""

from typing import Any

from board_hub.law.json_schema import JsonSchema, pattern_schema
from board_hub.law.patterns import MAX_SOURCE, MESSAGE_ID_PATTERN, SOURCE_PATTERN

PREFIX = "eu.aiboard."
NOTICE_TYPE = f"{PREFIX}notice.issued.v1"
PING_TYPE = f"{PREFIX}ping.sent.v1"

_INSTANT: JsonSchema = {"type": "string", "format": "date-time", "maxLength": 40}
_DIGEST = pattern_schema("[0-9a-f]{64}", 64)
_ID = pattern_schema(MESSAGE_ID_PATTERN, 64)
_SOURCE = pattern_schema(SOURCE_PATTERN, MAX_SOURCE)
_WORD: JsonSchema = {"type": "string", "minLength": 1, "maxLength": 256}
MAX_ITEMS = 1000


def envelope_schema(type_: str, payload: JsonSchema) -> JsonSchema:
    """A CloudEvents 1.0 envelope of this type with this `data`; other attributes are refused by name."""
    properties: dict[str, JsonSchema] = {
        "specversion": {"const": "1.0"},
        "id": {**_ID, "description": "Unique per source; a repetition with the same bytes gets the same receipt."},
        "source": _SOURCE,
        "type": {"const": type_},
        "time": {**_INSTANT, "description": "RFC 3339 with offset."},
        "datacontenttype": {"const": "application/json"},
        "subject": {**_WORD, "description": "Reference of the case, where there is one."},
        **dict.fromkeys(("marking", "causationid", "sequence", "traceparent"), _WORD),
        "data": payload,
    }
    return _object(properties, ["specversion", "id", "source", "type", "time", "data"])


def sent_by_participants() -> dict[str, JsonSchema]:
    """Type to `data` schema of the messages, other than notices, that a participant sends."""
    item = _object({"source": _SOURCE, "id": _ID, "sha256": _DIGEST}, ["source", "id", "sha256"])
    items = {"type": "array", "minItems": 1, "maxItems": MAX_ITEMS, "items": item}
    batch = _object({"items": items}, ["items"])
    return {
        f"{PREFIX}receipt.collected.v1": batch,
        f"{PREFIX}receipt.handled.v1": batch,
        PING_TYPE: _object({}, []),
    }


def sent_by_hub(refs: str) -> dict[str, JsonSchema]:
    """Type to `data` schema of the receipts of the hub. refs: where `participant` is defined."""
    return {
        f"{PREFIX}receipt.accepted.v1": _accepted(refs),
        f"{PREFIX}receipt.rejected.v1": _rejected(),
        f"{PREFIX}receipt.delivered.v1": _delivered(refs),
    }


# The hub's own receipts may gain members (the case, the clocks started): a reader skips what it does not know.


def _accepted(refs: str) -> JsonSchema:
    names = {"type": "array", "items": {"type": "string"}}
    completeness = _open(
        {
            "score": {"type": "integer", "minimum": 0, "maximum": 100},
            **dict.fromkeys(("absent", "withheld", "not_yet_available"), names),
        },
        ["score", "absent", "withheld", "not_yet_available"],
    )
    return _open(
        {
            "message_id": _ID,
            "source": _SOURCE,
            "sha256": _DIGEST,
            "accepted_at": _INSTANT,
            "recipients": {"type": "array", "items": {"$ref": f"{refs}participant"}},
            "completeness": completeness,
        },
        ["message_id", "source", "sha256", "accepted_at", "recipients"],
    )


def _rejected() -> JsonSchema:
    words = {"code": {"type": "string"}, "path": {"type": "string"}, "message": {"type": "string"}}
    return _open(
        {
            "message_id": {"type": ["string", "null"]},
            "sha256": _DIGEST,
            "rejected_at": _INSTANT,
            "errors": {"type": "array", "minItems": 1, "items": _open(words, ["code", "path", "message"])},
        },
        ["message_id", "sha256", "rejected_at", "errors"],
    )


def _delivered(refs: str) -> JsonSchema:
    one = _open(
        {"recipient": {"$ref": f"{refs}participant"}, "received_at": _INSTANT},
        ["recipient", "received_at"],
    )
    return _open(
        {
            "message_id": _ID,
            "source": _SOURCE,
            "sha256": _DIGEST,
            "deliveries": {"type": "array", "minItems": 1, "items": one},
        },
        ["message_id", "source", "sha256", "deliveries"],
    )


def _object(properties: dict[str, JsonSchema], required: list[str]) -> JsonSchema:
    return {**_open(properties, required), "additionalProperties": False}


def _open(properties: dict[str, JsonSchema], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}
