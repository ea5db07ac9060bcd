"""The read index: each reader's list of cases in its order, the words of notices; filled from what is stored."""

import sqlalchemy as sa
import sqlmodel
from alembic import op
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from board_hub.store.readings_fill import fill_readings

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

SEARCH = """
CREATE VIRTUAL TABLE notice_words_index USING fts5(
    words, readers, content='', columnsize=0, detail=column, tokenize="unicode61 remove_diacritics 0 tokenchars '@*-'"
)
"""


def upgrade() -> None:
    on_postgres = op.get_bind().dialect.name == "postgresql"
    op.create_table(
        "case_reading",
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("reader_key", sqlmodel.sql.sqltypes.AutoString(length=40), nullable=False),
        sa.Column("changed_at", sqlmodel.sql.sqltypes.UTCDateTime(), nullable=False),
        sa.Column("marks", sa.BigInteger(), nullable=False),
        sa.Column("standing", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_reading_case_id_case_file")),
        sa.PrimaryKeyConstraint("case_id", "reader_key", name=op.f("pk_case_reading")),
    )
    op.create_index("ix_case_reading_newest", "case_reading", ["reader_key", "changed_at", "case_id"])
    op.create_table(
        "notice_words",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=False),
        sa.Column("case_id", sa.Uuid(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("readers", sa.Text(), nullable=False),
        sa.Column("lexemes", sa.Text().with_variant(postgresql.TSVECTOR(), "postgresql"), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_notice_words_case_id_case_file")),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name=op.f("fk_notice_words_notice_id_notice")),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_notice_words")),
    )
    op.create_index("ix_notice_words_case", "notice_words", ["case_id"])
    op.create_index("ix_notice_words_notice", "notice_words", ["notice_id"])
    if on_postgres:
        op.create_index("ix_notice_words_lexemes", "notice_words", ["lexemes"], postgresql_using="gin")
    else:
        op.execute(SEARCH)
    op.create_index("ix_notice_type", "notice", ["notice_type", "case_id"])
    with Session(op.get_bind()) as session:
        fill_readings(session)
        session.flush()


def downgrade() -> None:
    op.drop_index("ix_notice_type", "notice")
    if op.get_bind().dialect.name != "postgresql":
        op.execute("DROP TABLE notice_words_index")
    op.drop_table("notice_words")
    op.drop_table("case_reading")
