"""An index that leads to a participant's open duties, which have no end to be found by."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

OPEN = sa.text("end_at IS NULL AND started_at IS NOT NULL")


def upgrade() -> None:
    columns = ["holder", "state", "kind", "started_at", "id"]
    op.create_index("ix_clock_duty", "clock", columns, sqlite_where=OPEN, postgresql_where=OPEN)


def downgrade() -> None:
    op.drop_index("ix_clock_duty", table_name="clock")
