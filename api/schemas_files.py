"""What goes in and out of the routes of attachments, calendar links and shares."""

from marshmallow import Schema, fields, validate

from api.schemas import Pattern
from api.schemas_cases import PARTICIPANT
from board_hub.law.fields import StrictSchema


class AttachmentEntry(Schema):
    """A file of yours; name it in a notice's `attachments` by sha256, size and media_type."""

    sha256 = fields.String(required=True)
    size = fields.Integer(required=True)
    media_type = fields.String(required=True)
    stored_at = fields.AwareDateTime(required=True)


class AttachmentList(Schema):
    attachments = fields.List(fields.Nested(AttachmentEntry), required=True)
    cursor = fields.String(required=True, allow_none=True)


class ShareInput(StrictSchema):
    """With whom."""

    participant = Pattern(PARTICIPANT, "a participant's code", required=True, validate=validate.Length(max=40))


class ShareEntry(Schema):
    """A participant that receives what is added to the case from `since` on."""

    participant = fields.String(required=True)
    shared_by = fields.String(required=True)
    since = fields.AwareDateTime(required=True)


class ShareList(Schema):
    shares = fields.List(fields.Nested(ShareEntry), required=True)


class SharedNotice(Schema):
    """The notice is now owed to this participant too."""

    participant = fields.String(required=True)


class LinkInput(StrictSchema):
    """A label to know the link by."""

    label = Pattern(r"[^\x00-\x1f\x7f]{1,100}", "1 to 100 printable characters", required=True)


class LinkEntry(Schema):
    """A secret link to your clocks."""

    id = fields.UUID(required=True)
    label = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    used_at = fields.AwareDateTime(required=True, allow_none=True)


class NewLinkEntry(LinkEntry):
    url = fields.String(
        required=True,
        allow_none=True,
        metadata={"description": "Shown this once: the hub does not keep it, and a repeated call gets null."},
    )


class LinkList(Schema):
    links = fields.List(fields.Nested(LinkEntry), required=True)
