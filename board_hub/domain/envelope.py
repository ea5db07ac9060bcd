"""The envelope: a CloudEvents 1.0 event in structured JSON, as participants and the hub exchange it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from board_hub.domain import strict_json
from board_hub.domain.errors import Flaw, Invalid

HUB = "EU-HUB"
MEDIA_TYPE = "application/cloudevents+json"
_SPECVERSION = "1.0"
_DATA_TYPE = "application/json"
_URN = "urn:aiboard:participant:"
_MOST_UNKNOWN = 20  # named in one refusal; a hostile body may hold thousands


class MessageType(StrEnum):
    """Every type of message the exchange knows."""

    NOTICE_ISSUED = "eu.aiboard.notice.issued.v1"
    NOTICE_WITHDRAWN = "eu.aiboard.notice.withdrawn.v1"
    RECEIPT_COLLECTED = "eu.aiboard.receipt.collected.v1"
    RECEIPT_HANDLED = "eu.aiboard.receipt.handled.v1"
    PING_SENT = "eu.aiboard.ping.sent.v1"
    RECEIPT_ACCEPTED = "eu.aiboard.receipt.accepted.v1"
    RECEIPT_REJECTED = "eu.aiboard.receipt.rejected.v1"
    RECEIPT_DELIVERED = "eu.aiboard.receipt.delivered.v1"
    CASE_OPENED = "eu.aiboard.case.opened.v1"
    CASE_CHANGED = "eu.aiboard.case.changed.v1"
    CLOCK_STARTED = "eu.aiboard.clock.started.v1"
    CLOCK_WARNED = "eu.aiboard.clock.warned.v1"
    CLOCK_EXPIRED = "eu.aiboard.clock.expired.v1"
    FOLLOWUP_DUE = "eu.aiboard.followup.due.v1"
    DELIVERY_OVERDUE = "eu.aiboard.delivery.overdue.v1"
    KEY_EXPIRING = "eu.aiboard.key.expiring.v1"
    HEAD_SIGNED = "eu.aiboard.head.signed.v1"


SENT_BY_PARTICIPANTS = frozenset(
    {
        MessageType.NOTICE_ISSUED,
        MessageType.NOTICE_WITHDRAWN,
        MessageType.RECEIPT_COLLECTED,
        MessageType.RECEIPT_HANDLED,
        MessageType.PING_SENT,
    }
)
SENT_BY_HUB = frozenset(MessageType) - SENT_BY_PARTICIPANTS
RECEIPTS_OF_HUB = frozenset({MessageType.RECEIPT_ACCEPTED, MessageType.RECEIPT_REJECTED, MessageType.RECEIPT_DELIVERED})
NEWS = SENT_BY_HUB - RECEIPTS_OF_HUB
"""What the hub tells participants of its own accord: `data.items`, each about one case, clock, delivery or key."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """One message as sent. source: the participant's URN; time: aware, UTC; data: the JSON object, not yet checked."""

    id: str
    source: str
    type: MessageType
    time: datetime
    subject: str | None = None
    marking: str | None = None
    causationid: str | None = None
    sequence: str | None = None
    traceparent: str | None = None
    data: dict[str, object] = field(repr=False)  # content never reaches a log by accident

    @property
    def sender(self) -> str:
        """The participant code in the source."""
        return self.source.removeprefix(_URN)


_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_CODE = re.compile(r"(?=.{1,64}\Z)[A-Z]{2}-[A-Z0-9]+(?:-[A-Z0-9]+)*")
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})")
_SUBJECT = re.compile(r"[!-~](?:[ -~]{0,126}[!-~])?")
_MARKING = re.compile(r"[a-z][a-z-]{0,63}")
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_VERSION = re.compile(r"(.*)\.v[0-9]{1,9}")
_STEMS = frozenset(kind.value.rpartition(".v")[0] for kind in MessageType)
_BY_NAME = {kind.value: kind for kind in MessageType}


def decode(body: bytes, *, max_bytes: int = strict_json.MAX_BYTES) -> Envelope:
    """The envelope in the body's bytes.

    Raises Invalid with the one flaw of the JSON, or with all flaws of the attributes: `envelope.missing` (absent or
    null, which is the same in CloudEvents), `envelope.unknown`, `envelope.invalid`, `version.unknown`, `type.unknown`.
    """
    members = strict_json.decode(body, max_bytes=max_bytes)
    reading = _Reading(members)
    values = {name: reading.take(name, attribute) for name, attribute in _ATTRIBUTES.items()}
    flaws = [*reading.flaws, *_unknown(members)]
    if flaws:
        raise Invalid(flaws)
    del values["specversion"], values["datacontenttype"]
    return Envelope(**values)  # type: ignore[arg-type]  # each value was made by the attribute of its own name


def encode(envelope: Envelope) -> bytes:
    """The envelope as bytes to sign and send; equal envelopes give equal bytes. ValueError for a naive time."""
    if envelope.time.tzinfo is None:
        raise ValueError("The envelope's time needs an offset")
    optional = {name: getattr(envelope, name) for name in _OPTIONAL}
    return strict_json.encode(
        {
            "specversion": _SPECVERSION,
            "datacontenttype": _DATA_TYPE,
            "id": envelope.id,
            "source": envelope.source,
            "type": envelope.type.value,
            "time": envelope.time.astimezone(UTC).isoformat().replace("+00:00", "Z"),
            "data": envelope.data,
        }
        | {name: value for name, value in optional.items() if value is not None}
    )


def claimed_id(body: bytes, *, max_bytes: int = strict_json.MAX_BYTES) -> str | None:
    """The id a body gives itself, where it can be read: what a rejection answers to when `decode` refused the body."""
    try:
        claimed = strict_json.decode(body, max_bytes=max_bytes).get("id")
    except Invalid:
        return None
    return claimed if isinstance(claimed, str) and _ID.fullmatch(claimed) else None


def participant_urn(code: str) -> str:
    """`urn:aiboard:participant:FR-CNIL` for `FR-CNIL`; ValueError for what is no participant code."""
    if not _CODE.fullmatch(code):
        raise ValueError("not a participant code")
    return _URN + code


def participant_code(urn: str) -> str:
    """`FR-CNIL` for `urn:aiboard:participant:FR-CNIL`; raises Invalid `envelope.invalid` at /source."""
    code = urn.removeprefix(_URN)
    if not urn.startswith(_URN) or not _CODE.fullmatch(code):
        raise Invalid.one("envelope.invalid", "/source", f"The source must be {_URN} and the participant's code.")
    return code


def parse_type(text: str) -> MessageType:
    """Raises Invalid at /type: `version.unknown` for a known type in another version, otherwise `type.unknown`."""
    known = _BY_NAME.get(text)
    if known is not None:
        return known
    version = _VERSION.fullmatch(text)
    if version and version[1] in _STEMS:
        raise Invalid.one("version.unknown", "/type", f"The hub knows only version v1 of {version[1]}.")
    raise Invalid.one("type.unknown", "/type", f"The type must be one of: {', '.join(sorted(MessageType))}.")


def check_time(
    time: datetime,
    now: datetime,
    *,
    ahead: timedelta = timedelta(seconds=60),
    behind: timedelta = timedelta(hours=24),
) -> None:
    """Raises Invalid at /time: `time.future` if more than `ahead` after now, `time.ancient` if `behind` before."""
    if time - now > ahead:
        message = f"The time is more than {ahead.total_seconds():.0f} seconds ahead of the hub's; check your clock."
        raise Invalid.one("time.future", "/time", message)
    if now - time > behind:
        message = f"The time is more than {behind.total_seconds() / 3600:.0f} hours ago; send the message anew."
        raise Invalid.one("time.ancient", "/time", message)


class _Wrong(ValueError):
    """A value an attribute cannot take; its text completes "The <attribute> …"."""


@dataclass(frozen=True)
class _Attribute:
    """How one attribute is read: read(value) gives what the envelope holds, or raises _Wrong or Invalid."""

    read: Callable[[object], object]
    required: bool = False


class _Reading:
    """One body's attributes being read, with the flaws met so far."""

    def __init__(self, members: Mapping[str, object]) -> None:
        self._members = members
        self.flaws: list[Flaw] = []

    def take(self, name: str, attribute: _Attribute) -> object:
        value = self._members.get(name)
        if value is None:
            if attribute.required:
                self.flaws.append(Flaw("envelope.missing", f"/{name}", f"The attribute {name} is required; add it."))
            return None
        try:
            return attribute.read(value)
        except _Wrong as wrong:
            self.flaws.append(Flaw("envelope.invalid", f"/{name}", f"The {name} {wrong}."))
        except Invalid as invalid:
            self.flaws.extend(invalid.flaws)
        return None


def _unknown(members: Mapping[str, object]) -> list[Flaw]:
    names = [name for name in members if name not in _ATTRIBUTES]
    flaws = [
        Flaw("envelope.unknown", strict_json.pointer(name), "The envelope has no such attribute; remove it.")
        for name in names[:_MOST_UNKNOWN]
    ]
    if len(names) > _MOST_UNKNOWN:
        flaws.append(Flaw("envelope.unknown", "", f"And {len(names) - _MOST_UNKNOWN} more unknown attributes."))
    return flaws


def _string(value: object) -> str:
    if not isinstance(value, str):
        raise _Wrong("must be a string")
    return value


def _like(pattern: re.Pattern[str], must: str) -> Callable[[object], str]:
    def read(value: object) -> str:
        text = _string(value)
        if not pattern.fullmatch(text):
            raise _Wrong(must)
        return text

    return read


def _specversion(value: object) -> str:
    if _string(value) != _SPECVERSION:
        raise Invalid.one("version.unknown", "/specversion", "The hub knows only specversion 1.0 of CloudEvents.")
    return _SPECVERSION


def _datacontenttype(value: object) -> str:
    if _string(value) != _DATA_TYPE:
        raise _Wrong(f"must be {_DATA_TYPE}, or be left out")
    return _DATA_TYPE


def _source(value: object) -> str:
    urn = _string(value)
    participant_code(urn)
    return urn


def _type(value: object) -> MessageType:
    return parse_type(_string(value))


def _time(value: object) -> datetime:
    text = _string(value)
    if not _TIME.fullmatch(text):
        raise _Wrong("must be a moment with its offset as in RFC 3339, such as 2026-07-27T09:30:00Z")
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except (ValueError, OverflowError):
        raise _Wrong("names a moment that does not exist") from None


def _data(value: object) -> dict[str, object]:
    if not isinstance(value, dict):
        raise _Wrong("must be an object")
    return value


_ID_RULE = "must have 1 to 64 characters of A-Z a-z 0-9 . _ : -"
_OPTIONAL = {
    "subject": _Attribute(_like(_SUBJECT, "must be a case reference of 1 to 128 printable characters")),
    "marking": _Attribute(_like(_MARKING, "must be the name of a marking")),
    "causationid": _Attribute(_like(_ID, _ID_RULE)),
    "sequence": _Attribute(_like(_ID, _ID_RULE)),
    "traceparent": _Attribute(_like(_TRACEPARENT, "must be a W3C trace context of version, trace, parent and flags")),
}
_ATTRIBUTES = {
    "specversion": _Attribute(_specversion, required=True),
    "id": _Attribute(_like(_ID, _ID_RULE), required=True),
    "source": _Attribute(_source, required=True),
    "type": _Attribute(_type, required=True),
    "time": _Attribute(_time, required=True),
    "datacontenttype": _Attribute(_datacontenttype),
    **_OPTIONAL,
    "data": _Attribute(_data, required=True),
}
