"""JSON Schemas of what the hub tells of its own accord: cases, clocks, overdue deliveries, keys, the log's head.

All are open: the hub may add members, and a reader skips what it does not know.
"""

from board_hub.domain.clocks import ClockKind, ClockState, Moment
from board_hub.domain.envelope import MessageType
from board_hub.law.json_schema import JsonSchema, pattern_schema
from board_hub.law.patterns import DATE_PATTERN

MAX_NEWS = 200
"""Items in one message; more come in further ones."""
CASE: JsonSchema = pattern_schema("AIB-[0-9]{4}-[0-9]{6,9}", 20)
INSTANT: JsonSchema = {"type": "string", "format": "date-time", "maxLength": 40}
_DAY: JsonSchema = {**pattern_schema(DATE_PATTERN, 10), "format": "date"}
_TEXT: JsonSchema = {"type": "string"}
_WORD: JsonSchema = {"type": "string", "minLength": 1}
_DAYS: JsonSchema = {"type": "integer"}


def news_schemas(refs: str) -> dict[str, JsonSchema]:
    """Type to `data` schema of the hub's news. refs: where `clock`, `procedure`, `message`, `participant` stand."""
    clock = _with(refs)
    items = {
        MessageType.CASE_OPENED: _notice_filed(refs, ["case", "at", "notice", "notice_type"]),
        MessageType.CASE_CHANGED: _notice_filed(refs, ["case", "at"]),
        MessageType.CLOCK_STARTED: clock,
        MessageType.CLOCK_WARNED: _with(refs, days_left=_DAYS),
        MessageType.CLOCK_EXPIRED: clock,
        MessageType.FOLLOWUP_DUE: {"anyOf": [_with(refs, elapsed_days=_DAYS), _fixed_date()]},
        MessageType.DELIVERY_OVERDUE: _overdue(refs),
        MessageType.KEY_EXPIRING: open_object(
            {"kid": _WORD, "valid_until": INSTANT, "days_left": _DAYS, "last": {"type": "boolean"}},
            ["kid", "valid_until", "days_left"],
        ),
        MessageType.HEAD_SIGNED: open_object(
            {
                "size": {"type": "integer", "minimum": 1},
                "root": _WORD,
                "signed_at": INSTANT,
                "body": _WORD,
                "signature": _WORD,
            },
            ["size", "root", "signed_at", "body", "signature"],
        ),
    }
    return {type_: _batch(item) for type_, item in items.items()}


def shared_schemas() -> dict[str, JsonSchema]:
    """What receipts and news have in common: a clock, and a procedure's position."""
    return {"clock": _clock(), "procedure": _procedure()}


def open_object(properties: dict[str, JsonSchema], required: list[str]) -> JsonSchema:
    """An object that may gain members."""
    return {"type": "object", "properties": properties, **({"required": required} if required else {})}


def _clock() -> JsonSchema:
    properties: dict[str, JsonSchema] = {
        "id": {"type": "string", "format": "uuid"},
        "case": _or_null(CASE),
        "rule": {**_WORD, "description": "The catalogue's code of the rule, such as E06."},
        "law_version": _DAY,
        "article": _WORD,
        "title": _WORD,
        "kind": _one_of(ClockKind),
        "effect": {**_WORD, "description": "What the end means; a code of the vocabulary of effects."},
        "holder": {**_WORD, "description": "Whose period it is: a participant's code, or `operator`."},
        "state": _one_of(ClockState),
        "event": _one_of(Moment),
        "started_at": _or_null(INSTANT),
        "nominal_end": {**_or_null(_DAY), "description": "The last day as counted, before it is moved."},
        "end": {**_or_null(_DAY), "description": "The last day, moved to a working day where the law does so."},
        "end_at": {**_or_null(INSTANT), "description": "The moment at which the last hour is over."},
        "calendar": {**_TEXT, "description": "Whose public holidays count: a country's code, or EU."},
        "calendar_confirmed": {"type": "boolean"},
        "explanation": {**_TEXT, "description": "How the end was found, step by step, in words."},
        "done_at": _or_null(INSTANT),
        "expired_at": _or_null(INSTANT),
    }
    return open_object(properties, list(properties))


def _procedure() -> JsonSchema:
    properties: dict[str, JsonSchema] = {
        "code": _WORD,
        "state": _WORD,
        "title": {**_WORD, "description": "Of the state."},
    }
    return open_object(properties, list(properties))


def _with(refs: str, **more: JsonSchema) -> JsonSchema:
    """A clock with further members."""
    clock: JsonSchema = {"$ref": f"{refs}clock"}
    return {"allOf": [clock, open_object(dict(more), list(more))]} if more else clock


def _notice_filed(refs: str, required: list[str]) -> JsonSchema:
    properties: dict[str, JsonSchema] = {
        "case": CASE,
        "at": INSTANT,
        "notice": {"$ref": f"{refs}message"},
        "notice_type": _WORD,
        "change": {
            **_WORD,
            "description": "correction, completion or withdrawal of the notice; another word may come.",
        },
        "procedure": {"$ref": f"{refs}procedure"},
        "cause": {**_WORD, "description": "What moved the procedure where no notice did."},
    }
    return open_object(properties, required)


def _fixed_date() -> JsonSchema:
    properties: dict[str, JsonSchema] = {
        "case": {"type": "null"},
        "title": _WORD,
        "article": _WORD,
        "end": _DAY,
        "days_left": _DAYS,
    }
    return open_object(properties, list(properties))


def _overdue(refs: str) -> JsonSchema:
    properties: dict[str, JsonSchema] = {
        "recipient": {"$ref": f"{refs}participant"},
        "must_act": _WORD,
        "since": INSTANT,
        "message": {"$ref": f"{refs}message"},
        "state": _WORD,
        "count": {"type": "integer", "minimum": 1},
    }
    return open_object(properties, ["recipient", "must_act", "since"])


def _batch(item: JsonSchema) -> JsonSchema:
    items = {"type": "array", "minItems": 1, "maxItems": MAX_NEWS, "items": item}
    return open_object({"items": items}, ["items"])


def _one_of(words: type[ClockKind] | type[ClockState] | type[Moment]) -> JsonSchema:
    return {"enum": [one.value for one in words]}


def _or_null(schema: JsonSchema) -> JsonSchema:
    return {**schema, "type": [schema["type"], "null"]}
