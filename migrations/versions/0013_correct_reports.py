"""Who corrected a report's figures since its author sent it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

NAME = "fk_activity_reports_corrected_by_id"


def upgrade() -> None:
    """Add the column. SQLite adds it where it stands: a table made anew would lose its checks."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            f"ALTER TABLE activity_reports ADD COLUMN corrected_by_id CHAR(32) CONSTRAINT {NAME} REFERENCES members (id)"
        )
    else:
        op.add_column("activity_reports", sa.Column("corrected_by_id", sa.Uuid(), nullable=True))
        op.create_foreign_key(op.f(NAME), "activity_reports", "members", ["corrected_by_id"], ["id"])


def downgrade() -> None:
    """Take it away."""
    op.drop_column("activity_reports", "corrected_by_id")
