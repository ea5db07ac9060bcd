"""Tables of due work, job runs, holiday calendars, attachments, calendar links and answered requests."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, LargeBinary, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from board_hub.domain.ids import uuid7
from board_hub.store.tables import json_column


class DueItem(SQLModel, table=True):
    """Something to be done at a moment, once: unique by (kind, subject, due_at), whoever ticks and how often."""

    __tablename__ = "due_item"
    __table_args__ = (
        UniqueConstraint("kind", "subject", "due_at"),
        Index(
            "ix_due_item_open",
            "due_at",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    kind: str = Field(max_length=30)
    subject: str = Field(max_length=100)
    due_at: datetime
    done_at: datetime | None = None
    outcome: str | None = Field(default=None, max_length=100)


class JobRun(SQLModel, table=True):
    """One run of a scheduled job; runs that found nothing to do are counted in the last row of their kind."""

    __tablename__ = "job_run"
    __table_args__ = (Index("ix_job_run_job", "job", "started_at"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    job: str = Field(max_length=40)
    process: str = Field(max_length=100)
    started_at: datetime
    ended_at: datetime | None = None
    outcome: str = Field(default="running", max_length=20)
    counts: dict[str, int] = Field(default_factory=dict, sa_column=json_column())
    done: int = 0
    total: int | None = None
    error: str | None = Field(default=None, max_length=500)


class CalendarYear(SQLModel, table=True):
    """The public holidays of one calendar (a Member State's code, or `EU`) and year, as filled in, edited, confirmed.

    Without a row the holidays are those the hub ships, not confirmed.
    """

    __tablename__ = "calendar_year"

    calendar: str = Field(primary_key=True, max_length=10)
    year: int = Field(primary_key=True)
    holidays: dict[str, str] = Field(sa_column=json_column())
    confirmed: bool = False
    source: str = Field(default="", max_length=300)
    changed_at: datetime


class Attachment(SQLModel, table=True):
    """A file by its content: SHA-256 in hex is its name in the store. One row per content and owner."""

    __table_args__ = (UniqueConstraint("sha256", "owner"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    sha256: str = Field(max_length=64)
    owner: str = Field(max_length=40)
    size: int = Field(sa_column=Column(BigInteger, nullable=False))
    media_type: str = Field(max_length=100)
    stored_at: datetime


class NoticeAttachment(SQLModel, table=True):
    """A file that a notice names. pointer: where the file is when it stays with its owner (Art 78(3))."""

    __tablename__ = "notice_attachment"
    __table_args__ = (Index("ix_notice_attachment_sha256", "sha256"),)

    notice_id: UUID = Field(foreign_key="notice.id", primary_key=True)
    position: int = Field(primary_key=True)
    name: str = Field(max_length=200)
    sha256: str | None = Field(default=None, max_length=64)
    size: int | None = Field(default=None, sa_column=Column(BigInteger))
    media_type: str | None = Field(default=None, max_length=100)
    marking: str = Field(max_length=40)
    pointer: str | None = Field(default=None, max_length=500)


class CalendarLink(SQLModel, table=True):
    """A secret link to a participant's clocks as iCalendar; only the digest of its secret is kept."""

    __tablename__ = "calendar_link"

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    secret_sha256: str = Field(max_length=64, unique=True)
    participant: str = Field(max_length=40, index=True)
    official: str | None = Field(default=None, max_length=200)
    label: str = Field(default="", max_length=100)
    created_at: datetime
    revoked_at: datetime | None = None
    used_at: datetime | None = None


class AnsweredRequest(SQLModel, table=True):
    """The answer once given to a request with an Idempotency-Key; the same key gets the same answer."""

    __tablename__ = "answered_request"

    participant: str = Field(primary_key=True, max_length=40)
    key: str = Field(primary_key=True, max_length=64)
    request_sha256: str = Field(max_length=64)
    status: int
    headers: dict[str, Any] = Field(sa_column=json_column())
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    answered_at: datetime = Field(index=True)
