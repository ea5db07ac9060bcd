"""Tables for reading fast: each reader's list of cases in its order, and the words of notices.

Both are derived: whatever writes notices and changes keeps them in the same transaction (`store/readings.py`), and
they never decide who may read what.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, Integer, Text
from sqlalchemy.dialects.postgresql import TSVECTOR
from sqlmodel import Field, SQLModel

WORDS_INDEX = "notice_words_index"
"""SQLite's full-text index (FTS5) and, beginning with its name, the tables in which SQLite keeps it."""
LEXEMES_INDEX = "ix_notice_words_lexemes"


class CaseReading(SQLModel, table=True):
    """A reader's entry for a case it may know of: a participant's code or a pseudo-reader (`domain/readings.py`).

    changed_at: of the newest change that is visible to this reader; marks, standing: see `domain/readings.py`.
    """

    __tablename__ = "case_reading"
    __table_args__ = (Index("ix_case_reading_newest", "reader_key", "changed_at", "case_id"),)

    case_id: UUID = Field(foreign_key="case_file.id", primary_key=True)
    reader_key: str = Field(primary_key=True, max_length=40)
    changed_at: datetime
    marks: int = Field(sa_column=Column(BigInteger, nullable=False))
    standing: int = Field(sa_column=Column(Integer, nullable=False))


class NoticeWords(SQLModel, table=True):
    """The words of a notice, folded, each once, with a blank before and after; readers: the keys of those who read it.

    A notice that is shared later has one more row, for the new reader. SQLite searches by the FTS5 table
    `notice_words_index` (same number), PostgreSQL by `lexemes`.
    """

    __tablename__ = "notice_words"
    __table_args__ = (
        Index("ix_notice_words_case", "case_id"),
        Index("ix_notice_words_notice", "notice_id"),
        Index(LEXEMES_INDEX, "lexemes", postgresql_using="gin").ddl_if(dialect="postgresql"),
    )

    number: int | None = Field(
        default=None, sa_column=Column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True)
    )
    notice_id: UUID = Field(foreign_key="notice.id")
    case_id: UUID = Field(foreign_key="case_file.id")
    words: str = Field(sa_column=Column(Text, nullable=False))
    readers: str = Field(sa_column=Column(Text, nullable=False))
    lexemes: Any = Field(default=None, sa_column=Column(Text().with_variant(TSVECTOR, "postgresql")))
