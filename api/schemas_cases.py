"""What goes in and out of the routes of cases, notices, clocks and changes."""

from datetime import UTC, datetime
from typing import Any

from marshmallow import Schema, fields, post_load, validate

from api.schemas import Count, DeliveryEntry, Pattern
from board_hub.domain.clocks import ClockState
from board_hub.law.fields import StrictSchema
from board_hub.services.cases.change_reads import MOST_CHANGES
from board_hub.services.paging import LONGEST_PAGE, PAGE

_CURSOR = "[A-Za-z0-9_-]{1,200}"
_CODE = "[a-z0-9][a-z0-9_-]{0,63}"
_MOMENT = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,6})?(Z|[+-][0-9]{2}:[0-9]{2})"
PARTICIPANT = "[A-Z]{2}-[A-Z0-9]+(-[A-Z0-9]+)*"


class MomentText(Pattern):
    """An instant with its offset, as RFC 3339 writes it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(_MOMENT, "a moment with its offset, such as 2026-07-27T09:30:00Z", **options)

    def _deserialize(self, value: Any, attr: str | None, data: Any, **options: Any) -> Any:
        text = super()._deserialize(value, attr, data, **options)
        try:
            return datetime.fromisoformat(text).astimezone(UTC)
        except (ValueError, OverflowError):
            raise self.make_error("invalid") from None


class PageQuery(StrictSchema):
    """Which part of a list."""

    limit = Count(load_default=PAGE, validate=validate.Range(1, LONGEST_PAGE))
    cursor = Pattern(_CURSOR, "a cursor as a page gave it", metadata={"description": "`cursor` of the page before."})


class CaseQuery(PageQuery):
    """Which cases."""

    procedure = Pattern(_CODE, "a procedure's code")
    state = Pattern(_CODE, "a state's code")
    notice_type = Pattern(_CODE, "a notice type's code")
    member = Pattern("[A-Z]{2}", "a member's code")
    participant = Pattern(PARTICIPANT, "a participant's code", validate=validate.Length(max=40))
    open = Pattern("true|false", "true or false", data_key="open", metadata={"description": "Something is under way."})
    since = MomentText(metadata={"description": "Changed at or after this moment, as far as you can see."})
    external_reference = Pattern("[!-~]([ -~]{0,98}[!-~])?", "a number in another system")
    text = Pattern(r"[^\x00-\x1f\x7f]{1,100}", "up to 100 characters", metadata={"description": "Part of a title."})

    @post_load
    def read_open(self, data: dict[str, Any], **_: Any) -> dict[str, Any]:
        if "open" in data:
            data["is_open"] = data.pop("open") == "true"
        return data


class ClockQuery(PageQuery):
    """Which clocks."""

    holder = Pattern("mine|all", "mine or all", load_default="mine")
    state = Pattern("|".join(ClockState), "a clock's state")
    until = MomentText(metadata={"description": "Those that end before this moment."})


class ChangeQuery(StrictSchema):
    """From where on, and how many."""

    after = Pattern(_CURSOR, "a cursor as the feed gave it", metadata={"description": "Only changes after this one."})
    limit = Count(load_default=100, validate=validate.Range(1, MOST_CHANGES))


class Key(Schema):
    """What names a notice everywhere."""

    source = fields.String(required=True, metadata={"description": "URN of its sender."})
    id = fields.String(required=True, metadata={"description": "The id its sender gave it."})


def _optional_key() -> fields.Nested:
    return fields.Nested(Key, required=True, allow_none=True)


class ProcedureEntry(Schema):
    """A procedure of the case, in the state that you may know of."""

    id = fields.UUID(required=True)
    code = fields.String(required=True)
    title = fields.String(required=True)
    state = fields.String(required=True)
    state_title = fields.String(required=True)
    final = fields.Boolean(required=True)
    since = fields.AwareDateTime(required=True)


class CaseEntry(Schema):
    """A case. `version` counts the changes that you can see, the last of them was at `changed_at`."""

    reference = fields.String(required=True)
    law_version = fields.String(required=True)
    title = fields.String(required=True)
    originator = fields.String(required=True, allow_none=True)
    opened_at = fields.AwareDateTime(required=True, allow_none=True)
    changed_at = fields.AwareDateTime(required=True)
    version = fields.Integer(required=True)
    is_open = fields.Boolean(required=True, data_key="open")
    procedures = fields.List(fields.Nested(ProcedureEntry), required=True)


class CaseList(Schema):
    cases = fields.List(fields.Nested(CaseEntry), required=True)
    cursor = fields.String(
        required=True, allow_none=True, metadata={"description": "For the next page; null: no more."}
    )


class PartyEntry(Schema):
    """Who sent or was sent a notice of the case that you can read."""

    participant = fields.String(required=True)
    member = fields.String(required=True)
    roles = fields.List(fields.String(), required=True)


class OutsideEntry(Schema):
    system = fields.String(required=True)
    reference = fields.String(required=True)


class ClockEntry(Schema):
    """A legal period of one actor, as receipts and messages say it too."""

    id = fields.UUID(required=True)
    case = fields.String(required=True, allow_none=True)
    rule = fields.String(required=True)
    law_version = fields.String(required=True)
    article = fields.String(required=True)
    title = fields.String(required=True)
    kind = fields.String(required=True)
    effect = fields.String(required=True)
    holder = fields.String(required=True)
    state = fields.String(required=True)
    event = fields.String(required=True)
    started_at = fields.String(required=True, allow_none=True)
    nominal_end = fields.String(required=True, allow_none=True)
    end = fields.String(required=True, allow_none=True)
    end_at = fields.String(required=True, allow_none=True)
    calendar = fields.String(required=True)
    calendar_confirmed = fields.Boolean(required=True)
    explanation = fields.String(required=True)
    done_at = fields.String(required=True, allow_none=True)
    expired_at = fields.String(required=True, allow_none=True)


class CaseDocument(CaseEntry):
    """One case, whole; its clocks are those that end first."""

    parties = fields.List(fields.Nested(PartyEntry), required=True)
    external_references = fields.List(fields.Nested(OutsideEntry), required=True)
    clocks = fields.List(fields.Nested(ClockEntry), required=True)


class ClockList(Schema):
    clocks = fields.List(fields.Nested(ClockEntry), required=True)
    cursor = fields.String(required=True, allow_none=True)


class NoticeEntry(Schema):
    """A notice in a list; its data is at /notices/{source}/{id}."""

    entry = fields.Constant("notice", required=True)
    notice = fields.Nested(Key, required=True)
    notice_type = fields.String(required=True)
    title = fields.String(required=True)
    marking = fields.String(required=True)
    informal = fields.Boolean(required=True)
    version = fields.Integer(required=True)
    change = fields.String(required=True, allow_none=True)
    complete = fields.Integer(required=True, metadata={"description": "Per cent of the fields that are filled in."})
    at = fields.AwareDateTime(required=True)
    withdrawn_at = fields.AwareDateTime(required=True, allow_none=True)
    replaces = _optional_key()
    replaced_by = _optional_key()


class StepEntry(Schema):
    """A step that a procedure took without a notice."""

    entry = fields.Constant("step", required=True)
    procedure = fields.String(required=True)
    state = fields.String(required=True)
    title = fields.String(required=True)
    cause = fields.String(required=True)
    at = fields.AwareDateTime(required=True)


class NoticeList(Schema):
    notices = fields.List(fields.Nested(NoticeEntry), required=True)
    cursor = fields.String(required=True, allow_none=True)


class Timeline(Schema):
    """Notices (`entry`: notice) and steps without one (`entry`: step), oldest first."""

    entries = fields.List(fields.Dict(), required=True)
    cursor = fields.String(required=True, allow_none=True)


class FileEntry(Schema):
    """An attachment as the notice names it. available: you can fetch it at /attachments/{sha256}."""

    name = fields.String(required=True)
    sha256 = fields.String(required=True, allow_none=True)
    size = fields.Integer(required=True, allow_none=True)
    media_type = fields.String(required=True, allow_none=True)
    marking = fields.String(required=True)
    pointer = fields.String(required=True, allow_none=True)
    available = fields.Boolean(required=True)


class NoticeDocument(NoticeEntry):
    """One notice: its data, and its exact bytes with the signatures over them."""

    case = fields.String(required=True)
    time = fields.AwareDateTime(required=True)
    causationid = fields.String(required=True, allow_none=True)
    sha256 = fields.String(required=True)
    body = fields.String(required=True, metadata={"contentEncoding": "base64", "description": "The CloudEvent."})
    signature = fields.String(required=True)
    hub_signature = fields.String(required=True, allow_none=True)
    data = fields.Dict(required=True)
    external_references = fields.Dict(keys=fields.String(), values=fields.String(), required=True)
    attachments = fields.List(fields.Nested(FileEntry), required=True)
    deliveries = fields.List(
        fields.Nested(DeliveryEntry),
        required=True,
        allow_none=True,
        metadata={"description": "For its sender: where the notice stands with each recipient. Otherwise null."},
    )


class Draft(Schema):
    """Attributes and data of a notice, as far as the informal message gives them; complete, sign and send it."""

    type = fields.String(required=True)
    source = fields.String(required=True)
    subject = fields.String(required=True)
    marking = fields.String(required=True)
    causationid = fields.String(required=True)
    data = fields.Dict(required=True)


class ChangeEntry(Schema):
    """Something changed: read what `notice` and `case` name. `delivery`: your notice `subject` was signed for."""

    cursor = fields.String(required=True)
    kind = fields.String(required=True)
    subject = fields.String(required=True)
    case = fields.String(required=True, allow_none=True)
    notice = _optional_key()
    at = fields.AwareDateTime(required=True)


class ChangeList(Schema):
    changes = fields.List(fields.Nested(ChangeEntry), required=True)
    next = fields.String(required=True, metadata={"description": "`after` of the next call; there is always one."})
    more = fields.Boolean(required=True, metadata={"description": "There are more by now."})
