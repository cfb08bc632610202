"""What members say to the station against reports that name them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "disputes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by_id", sa.Uuid(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_version", sa.Integer(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.CheckConstraint("kind IN ('not-there', 'times', 'amount', 'other')", name=op.f("ck_disputes_kind")),
        sa.CheckConstraint(
            "state IN ('open', 'withdrawn', 'upheld', 'dismissed')", name=op.f("ck_disputes_state")
        ),
        sa.CheckConstraint(
            "(state IN ('upheld', 'dismissed')) = (settled_at IS NOT NULL)", name=op.f("ck_disputes_settled")
        ),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name=op.f("ck_disputes_withdrawn")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["activity_reports.id"], name=op.f("fk_disputes_report_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_disputes_member_id")),
        sa.ForeignKeyConstraint(["settled_by_id"], ["members.id"], name=op.f("fk_disputes_settled_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_disputes")),
    )
    op.create_index(op.f("ix_disputes_member_id"), "disputes", ["member_id"])
    op.create_index("ix_disputes_report_id_member_id", "disputes", ["report_id", "member_id"])
    op.create_index("ix_disputes_state_raised_at", "disputes", ["state", "raised_at", "id"])
    op.create_index(
        "uq_disputes_open", "disputes", ["report_id", "member_id"], unique=True,
        sqlite_where=sa.text("state = 'open'"), postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    """Take it away."""
    op.drop_table("disputes")
