"""What the inbox shows beside what waits is found without a look at every report: what came back, what one just approved."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

INDEXES = {
    "ix_activity_reports_returned": (["bureau_id", "updated_at", "id"], sa.text("state = 'returned'")),
    "ix_activity_reports_undo": (["undo_by_id", "updated_at", "id"], sa.text("undo_by_id IS NOT NULL")),
}


def upgrade() -> None:
    """Add the indexes."""
    for name, (columns, where) in INDEXES.items():
        op.create_index(name, "activity_reports", columns, sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Take them away."""
    for name in INDEXES:
        op.drop_index(name, "activity_reports")
