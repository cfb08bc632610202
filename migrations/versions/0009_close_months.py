"""What units say of a month: nothing to report, excused, complete."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "month_statements",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("saying", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("said_by_id", sa.Uuid(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_by_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("saying IN ('nil', 'excused', 'complete')", name=op.f("ck_month_statements_saying")),
        sa.CheckConstraint(
            "(saying = 'excused') = (until IS NOT NULL)", name=op.f("ck_month_statements_until_of_excuse")
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_month_statements_unit_id")),
        sa.ForeignKeyConstraint(["said_by_id"], ["members.id"], name=op.f("fk_month_statements_said_by_id")),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["members.id"], name=op.f("fk_month_statements_withdrawn_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_statements")),
    )
    op.create_index(
        "uq_month_statements_standing", "month_statements", ["unit_id", "month", "saying"], unique=True,
        sqlite_where=sa.text("withdrawn_at IS NULL"), postgresql_where=sa.text("withdrawn_at IS NULL"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("month_statements")
