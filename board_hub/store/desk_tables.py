"""Tables of the desk: drafts of notices, saved views, keys the hub holds, mails and what is in them, proposals."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Text, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from board_hub.domain.ids import uuid7
from board_hub.store.tables import json_column


class Draft(SQLModel, table=True):
    """A notice in the making, of a participant: whoever handles cases there may go on with it.

    content: the envelope's attributes so far (subject, marking, data) as the form holds them. version counts savings,
    so that two people do not overwrite each other. submitted_by: who asked for a second person's approval.
    """

    __table_args__ = (Index("ix_draft_participant", "participant", "state", "changed_at"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    participant: str = Field(foreign_key="participant.code", max_length=40)
    notice_type: str = Field(max_length=64)
    law_version: str = Field(max_length=10)
    case_reference: str | None = Field(default=None, max_length=20, index=True)
    title: str = Field(default="", max_length=500)
    content: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    complete: int = 0
    version: int = 1
    state: str = Field(default="open", max_length=20)
    created_by: UUID = Field(foreign_key="official.id")
    created_at: datetime
    changed_by: UUID = Field(foreign_key="official.id")
    changed_at: datetime
    submitted_by: UUID | None = Field(default=None, foreign_key="official.id")
    submitted_at: datetime | None = None
    decided_by: UUID | None = Field(default=None, foreign_key="official.id")
    decided_at: datetime | None = None
    remark: str = Field(default="", max_length=1000)
    message_id: UUID | None = None
    """The row id of the message it became."""


class SavedView(SQLModel, table=True):
    """A filter of a list, by a name of the official's own. query: the address's query string."""

    __tablename__ = "saved_view"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    official_id: UUID = Field(foreign_key="official.id", index=True)
    page: str = Field(max_length=40)
    name: str = Field(max_length=100)
    query: str = Field(max_length=2000)
    created_at: datetime


class HeldKey(SQLModel, table=True):
    """A participant's private key that the hub holds for notices written in the browser, sealed with the sealing key.

    Its public half is a key of the directory like any other (`participant_key`, same kid).
    """

    __tablename__ = "held_key"

    kid: str = Field(primary_key=True, max_length=100)
    participant: str = Field(foreign_key="participant.code", max_length=40, index=True)
    sealed: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    created_at: datetime


class LogPlace(SQLModel, table=True):
    """How far a reader of the evidence log has got: the position of the first leaf that it has not read."""

    __tablename__ = "log_place"

    reader: str = Field(primary_key=True, max_length=40)
    position: int = Field(sa_column=Column(BigInteger, nullable=False))


class MailItem(SQLModel, table=True):
    """One thing that an official is told by mail, alone or with others. about: what it is, once for each official.

    facts: references, days and codes that its words are made of, never what a notice contains. due_at: when it goes
    into a mail; None once it has (`mail_id`), or nobody may be told any more.
    """

    __tablename__ = "mail_item"
    __table_args__ = (
        UniqueConstraint("official_id", "about"),
        Index(
            "ix_mail_item_due",
            "due_at",
            sqlite_where=text("due_at IS NOT NULL"),
            postgresql_where=text("due_at IS NOT NULL"),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    official_id: UUID = Field(foreign_key="official.id")
    topic: str = Field(max_length=30)
    about: str = Field(max_length=200)
    participant: str | None = Field(default=None, max_length=40)
    facts: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    frequency: str = Field(max_length=10)
    at: datetime
    due_at: datetime | None = None
    mail_id: UUID | None = None


class Mail(SQLModel, table=True):
    """A mail owed to an official: sent once the mail server took it, tried again until then.

    It says that something waits and where, never what a notice contains (peers.md P16). about: what it was made from,
    so that nothing is told twice.
    """

    __table_args__ = (
        Index(
            "ix_mail_due",
            "next_attempt_at",
            sqlite_where=text("next_attempt_at IS NOT NULL"),
            postgresql_where=text("next_attempt_at IS NOT NULL"),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    official_id: UUID = Field(foreign_key="official.id", index=True)
    kind: str = Field(max_length=20)
    about: str = Field(max_length=200, unique=True)
    address: str = Field(max_length=320)
    subject: str = Field(max_length=200)
    body: str = Field(sa_column=Column(Text, nullable=False))
    created_at: datetime
    next_attempt_at: datetime | None = None
    attempts: int = 0
    sent_at: datetime | None = None
    last_error: str | None = Field(default=None, max_length=300)


class Proposal(SQLModel, table=True):
    """A high-value step of the secretariat that waits for a second person (ASVS 2.3.5).

    content: the step's arguments, by name.
    """

    __table_args__ = (Index("ix_proposal_state", "state", "proposed_at"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    kind: str = Field(max_length=40)
    subject: str = Field(max_length=100)
    content: dict[str, Any] = Field(default_factory=dict, sa_column=json_column())
    because: str = Field(default="", max_length=500)
    state: str = Field(default="open", max_length=20)
    proposed_by: str = Field(max_length=100)
    proposed_at: datetime
    decided_by: str | None = Field(default=None, max_length=100)
    decided_at: datetime | None = None
    outcome: str = Field(default="", max_length=300)
