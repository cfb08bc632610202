"""What one may still take back is found without reading every report."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

NAME = "ix_activity_reports_undo"


def upgrade() -> None:
    """Add the index; it holds few rows, those that wait for the next level."""
    there = sa.text("undo_by_id IS NOT NULL")
    columns = ["undo_by_id", "updated_at", "id"]
    op.create_index(NAME, "activity_reports", columns, sqlite_where=there, postgresql_where=there)


def downgrade() -> None:
    """Take it away."""
    op.drop_index(NAME, table_name="activity_reports")
