"""The hub's tables. Rows are the only entities; rules over them live in `board_hub.domain` and take plain values.

Codes of participants and members are natural keys: they are public, stable for life and appear in every message.
"""

from datetime import datetime
from enum import StrEnum
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, Table, Text, UniqueConstraint, false, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlmodel import Field, SQLModel

from board_hub.domain.deliveries import DeliveryState, Transport
from board_hub.domain.ids import uuid7

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


def json_column(**options: Any) -> Any:
    """JSON on SQLite, JSONB on PostgreSQL; reassign the value to change it (in-place changes are not seen)."""
    return Column(JSON().with_variant(JSONB(), "postgresql"), nullable=False, **options)


def table_of(model: type[SQLModel]) -> Table:
    """The table behind a row class: for statements on the hot path, which the ORM's own take twice as long."""
    table: Table = model.__table__  # type: ignore[attr-defined]
    return table


@cache
def _defaults(model: type[SQLModel]) -> dict[str, Any]:
    return {
        name: field.default_factory or (lambda value=field.default: value)
        for name, field in model.model_fields.items()
        if not field.is_required()
    }


def row_of(model: type[SQLModel], **values: Any) -> dict[str, Any]:
    """All columns of a new row: the values given, the model's defaults for the rest; for inserts in bulk."""
    return {name: make() for name, make in _defaults(model).items() if name not in values} | values


class MemberKind(StrEnum):
    MEMBER_STATE = "member_state"
    OBSERVER = "observer"
    INSTITUTION = "institution"


class ParticipantStatus(StrEnum):
    ACTIVE = "active"
    SUSPENDED = "suspended"
    REMOVED = "removed"


class Member(SQLModel, table=True):
    """A Member State or observer of the Board (Art 65), or the Union's institutions under the code `EU`."""

    code: str = Field(primary_key=True, max_length=2)
    shown_as: str = Field(max_length=2)
    name: str = Field(max_length=100)
    kind: str = Field(max_length=20)


class Participant(SQLModel, table=True):
    """An organisation with a mailbox and keys."""

    code: str = Field(primary_key=True, max_length=40)
    member: str = Field(foreign_key="member.code", max_length=2)
    name: str = Field(max_length=200)
    kind_codes: list[str] = Field(sa_column=json_column())
    languages: list[str] = Field(sa_column=json_column())
    contact: str = Field(default="", max_length=320)
    transport: str = Field(default=Transport.MAILBOX, max_length=10)
    status: str = Field(default=ParticipantStatus.ACTIVE, max_length=10)
    four_eyes: bool = Field(default=False, sa_column_kwargs={"server_default": false()})
    """Whether a second official approves each notice written in the browser before it is sent."""
    created_at: datetime
    changed_at: datetime

    @property
    def kinds(self) -> frozenset[str]:
        return frozenset(self.kind_codes)

    @property
    def active(self) -> bool:
        return self.status == ParticipantStatus.ACTIVE


class ParticipantKey(SQLModel, table=True):
    """A public ES256 key of a participant: signs its messages and its OAuth client assertions."""

    __tablename__ = "participant_key"

    kid: str = Field(primary_key=True, max_length=100)
    participant: str = Field(foreign_key="participant.code", max_length=40, index=True)
    jwk: dict[str, str] = Field(sa_column=json_column())
    valid_from: datetime
    valid_until: datetime | None = None
    revoked_at: datetime | None = None
    revoked_because: str | None = Field(default=None, max_length=500)


class DirectoryVersion(SQLModel, table=True):
    """One row, counted up by every change of the directory: what lets processes cache it and still be right at once."""

    __tablename__ = "directory_version"

    id: int = Field(default=1, primary_key=True)
    version: int = 0


class Message(SQLModel, table=True):
    """A signed CloudEvent, stored byte for byte as received. (source, message_id) is the key against doubling."""

    __table_args__ = (
        UniqueConstraint("source", "message_id"),
        Index(
            "ix_message_receipt",
            "about",
            "type",
            sqlite_where=text("about IS NOT NULL"),
            postgresql_where=text("about IS NOT NULL"),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    source: str = Field(max_length=40)
    message_id: str = Field(max_length=64)
    type: str = Field(max_length=60)
    notice_type: str | None = Field(default=None, max_length=40)
    subject: str | None = Field(default=None, max_length=64)
    marking: str | None = Field(default=None, max_length=40)
    about: UUID | None = None
    """The message that this one is a receipt for."""
    time: datetime
    received_at: datetime
    sha256: str = Field(max_length=64)
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    signature: str = Field(sa_column=Column(Text, nullable=False))
    hub_signature: str | None = Field(default=None, sa_column=Column(Text))


class Delivery(SQLModel, table=True):
    """One message owed to one recipient; open until the recipient's signed `collected`.

    `next_attempt_at` is when it is (next) sent or shown; null once collected or given up with the participant.
    No foreign key to participants: the directory never deletes a row, and 26 look-ups per notice are not free.
    """

    __table_args__ = (
        Index(
            "ix_delivery_due",
            "next_attempt_at",
            "message_id",
            sqlite_where=text("via = 'amqp' AND next_attempt_at IS NOT NULL"),
            postgresql_where=text("via = 'amqp' AND next_attempt_at IS NOT NULL"),
        ),
        Index(
            "ix_delivery_mailbox",
            "recipient",
            "message_id",
            sqlite_where=text("next_attempt_at IS NOT NULL AND via = 'mailbox'"),
            postgresql_where=text("next_attempt_at IS NOT NULL AND via = 'mailbox'"),
        ),
    )

    message_id: UUID = Field(foreign_key="message.id", primary_key=True)
    recipient: str = Field(primary_key=True, max_length=40)
    via: str = Field(max_length=10)
    state: str = Field(default=DeliveryState.OWED, max_length=10)
    attempts: int = 0
    next_attempt_at: datetime | None = None
    last_error: str | None = Field(default=None, max_length=300)
    delivered_at: datetime | None = None
    collected_at: datetime | None = None
    handled_at: datetime | None = None
    opened_at: datetime | None = None
    """When an official of the recipient first opened it in the dashboard (design.md §6)."""


class Quarantine(SQLModel, table=True):
    """What was refused, kept for the secretariat as it came.

    decision: `released` (it was taken after all) or `rejected` (it stays refused); None until somebody decided.
    """

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    participant: str = Field(max_length=40, index=True)
    via: str = Field(max_length=10)
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    signature: str | None = Field(default=None, sa_column=Column(Text))
    sha256: str = Field(max_length=64)
    flaws: list[dict[str, str]] = Field(sa_column=json_column())
    received_at: datetime
    decision: str | None = Field(default=None, max_length=20)
    decided_by: str | None = Field(default=None, max_length=100)
    decided_at: datetime | None = None
    decided_because: str | None = Field(default=None, max_length=500)


class BrokerConnection(SQLModel, table=True):
    """How a process of the hub stands with a participant's virtual host: shown, never used for decisions."""

    __tablename__ = "broker_connection"

    participant: str = Field(primary_key=True, max_length=40)
    process: str = Field(primary_key=True, max_length=10)
    state: str = Field(max_length=10)
    error: str | None = Field(default=None, max_length=300)
    since: datetime


class UsedAssertion(SQLModel, table=True):
    """A client assertion's `jti` that was used, until it expires: an assertion works once."""

    __tablename__ = "used_assertion"

    jti: str = Field(primary_key=True, max_length=200)
    participant: str = Field(max_length=40)
    expires_at: datetime = Field(index=True)


class EvidenceLeaf(SQLModel, table=True):
    """One entry of the evidence log (RFC 9162): `entry` is the text that is hashed, in the order of the tree."""

    __tablename__ = "evidence_leaf"

    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    subject: str = Field(max_length=100, index=True)
    entry: str = Field(sa_column=Column(Text, nullable=False))
    hash: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))


class EvidenceNode(SQLModel, table=True):
    """The hash of a complete subtree of 2**level leaves, for every eighth level: proofs read few rows."""

    __tablename__ = "evidence_node"

    level: int = Field(primary_key=True)
    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    hash: bytes = Field(sa_column=Column(LargeBinary(32), nullable=False))


class EvidenceTree(SQLModel, table=True):
    """One row: the tree's size and its right edge. Locking it orders all appends."""

    __tablename__ = "evidence_tree"

    id: int = Field(default=1, primary_key=True)
    size: int = Field(default=0, sa_column=Column(BigInteger, nullable=False))
    frontier: list[str] = Field(sa_column=json_column())


class EvidenceHead(SQLModel, table=True):
    """A tree head signed by the hub: what an auditor keeps to see later that nothing was rewritten."""

    __tablename__ = "evidence_head"

    size: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    root: str = Field(max_length=64)
    signed_at: datetime
    body: str = Field(sa_column=Column(Text, nullable=False))
    signature: str = Field(sa_column=Column(Text, nullable=False))
