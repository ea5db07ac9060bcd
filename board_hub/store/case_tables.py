"""Tables of cases: the case, its notices, who is in it, its procedures and its clocks."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from board_hub.domain.clocks import ClockState
from board_hub.domain.ids import uuid7
from board_hub.store.tables import json_column


class Case(SQLModel, table=True):
    """One file for life. `opened_by` is the row id of the message that opened it; `version` counts its changes."""

    __tablename__ = "case_file"
    __table_args__ = (Index("ix_case_file_changed_at", "changed_at", "id"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    reference: str = Field(max_length=20, unique=True)
    law_version: str = Field(max_length=10)
    opened_by: UUID
    originator: str = Field(max_length=40)
    opened_at: datetime
    changed_at: datetime
    version: int = 1


class CaseNumber(SQLModel, table=True):
    """The last number given in a year; locking the row orders those who open cases."""

    __tablename__ = "case_number"

    year: int = Field(primary_key=True)
    last: int = 0


class CaseShare(SQLModel, table=True):
    """A participant that also receives what is added to a case from `since` on (design.md §5)."""

    __tablename__ = "case_share"

    case_id: UUID = Field(foreign_key="case_file.id", primary_key=True)
    participant: str = Field(primary_key=True, max_length=40, index=True)
    shared_by: str = Field(max_length=40)
    since: datetime


class ProcedureRun(SQLModel, table=True):
    """A procedure of the catalogue under way in a case. `opened_by`: the message that opened it."""

    __tablename__ = "procedure_run"
    __table_args__ = (Index("ix_procedure_run_code", "code", "closed_at"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    case_id: UUID = Field(foreign_key="case_file.id", index=True)
    code: str = Field(max_length=64)
    state: str = Field(max_length=64)
    originator: str = Field(max_length=40)
    opened_by: UUID
    opened_at: datetime
    changed_at: datetime
    closed_at: datetime | None = None


class ProcedureStep(SQLModel, table=True):
    """A change of a procedure's state. Who may read `notice_id` may see the step; one by clocks (none) all readers of
    the procedure: so nobody learns from the state that a notice exists which is not addressed to it.
    """

    __tablename__ = "procedure_step"
    __table_args__ = (Index("ix_procedure_step_procedure", "procedure_id", "id"),)

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    procedure_id: UUID = Field(foreign_key="procedure_run.id")
    state: str = Field(max_length=64)
    notice_id: UUID | None = None
    cause: str = Field(max_length=200)
    at: datetime


class Notice(SQLModel, table=True):
    """What an accepted notice is in its case; its bytes stay in `message`, under the same id.

    `replaces`: the earlier version that a correction or completion stands for; `replaced_by` is that one's other face.
    `title`: the name of the system, or the title or subject the sender gave; for lists.
    """

    __table_args__ = (
        Index("ix_notice_case", "case_id", "id"),
        Index("ix_notice_issued", "issued_at"),
        Index("ix_notice_type", "notice_type", "case_id"),
    )

    id: UUID = Field(primary_key=True, foreign_key="message.id")
    case_id: UUID = Field(foreign_key="case_file.id")
    procedure_id: UUID | None = Field(default=None, foreign_key="procedure_run.id", index=True)
    notice_type: str = Field(max_length=64)
    sender: str = Field(max_length=40, index=True)
    marking: str = Field(max_length=40)
    title: str = Field(max_length=500)
    informal: bool = False
    version: int = 1
    replaces: UUID | None = None
    replaced_by: UUID | None = None
    change: str | None = Field(default=None, max_length=20)
    withdrawn_at: datetime | None = None
    withdrawn_by: UUID | None = None
    complete: int = 100
    issued_at: datetime


class ExternalReference(SQLModel, table=True):
    """The number of a notice in a legal notification system (ICSMS, Safety Gate)."""

    __tablename__ = "external_reference"

    notice_id: UUID = Field(foreign_key="notice.id", primary_key=True)
    system: str = Field(primary_key=True, max_length=40)
    reference: str = Field(max_length=100, index=True)


class Clock(SQLModel, table=True):
    """A running legal period for one actor.

    holder: a participant's code, or `operator`; holder_member: whose holidays count. started_by: the message whose
    event starts it (its readers may see the clock); None for a clock outside any case. nominal_at / end_at: the instant
    at which the last hour is over; None while waiting, and for a duty without a number. extensions: how often it was
    made longer. steps: the machine-readable explanation; explanation: the same in English words.
    """

    __table_args__ = (
        Index(
            "ix_clock_waiting",
            "started_by",
            "holder",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index("ix_clock_holder", "holder", "state", "end_at"),
        Index(
            "ix_clock_calendar",
            "calendar",
            sqlite_where=text("state = 'running'"),
            postgresql_where=text("state = 'running'"),
        ),
        Index(
            "ix_clock_duty",
            "holder",
            "state",
            "kind",
            "started_at",
            "id",
            sqlite_where=text("end_at IS NULL AND started_at IS NOT NULL"),
            postgresql_where=text("end_at IS NULL AND started_at IS NOT NULL"),
        ),
        UniqueConstraint("procedure_id", "rule", "holder", "started_by", "cycle"),
    )

    id: UUID = Field(default_factory=uuid7, primary_key=True)
    case_id: UUID | None = Field(default=None, foreign_key="case_file.id", index=True)
    procedure_id: UUID | None = Field(default=None, foreign_key="procedure_run.id")
    rule: str = Field(max_length=64)
    law_version: str = Field(max_length=10)
    kind: str = Field(max_length=10)
    holder: str = Field(max_length=40)
    holder_member: str = Field(max_length=2)
    started_by: UUID | None = None
    cycle: str = Field(default="", max_length=40)
    state: str = Field(default=ClockState.WAITING, max_length=10)
    event: str = Field(max_length=10)
    started_at: datetime | None = None
    nominal_on: date | None = None
    end_on: date | None = None
    nominal_at: datetime | None = None
    end_at: datetime | None = None
    calendar: str = Field(default="", max_length=10)
    calendar_confirmed: bool = False
    steps: list[dict[str, Any]] = Field(default_factory=list, sa_column=json_column())
    explanation: str = Field(default="", max_length=2000)
    extensions: int = 0
    suspended_at: datetime | None = None
    suspensions: list[list[str]] = Field(default_factory=list, sa_column=json_column())
    done_at: datetime | None = None
    done_by: UUID | None = None
    expired_at: datetime | None = None


class Change(SQLModel, table=True):
    """The feed of changes, in the order of the evidence log: `position` is that of the leaf that vouches for it,
    `number` counts where one leaf vouches for several.

    Who may read `notice_id` may see the change; a change without a notice is for the participant named alone.
    """

    position: int = Field(sa_column=Column(BigInteger, primary_key=True, autoincrement=False))
    number: int = Field(primary_key=True)
    kind: str = Field(max_length=30)
    subject: str = Field(max_length=100)
    case_id: UUID | None = Field(default=None, index=True)
    notice_id: UUID | None = None
    participant: str | None = Field(default=None, max_length=40)
    at: datetime
