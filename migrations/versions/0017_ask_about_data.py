"""What people ask about their own data, and which month's job marked a run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Make the table; a run that was marked before was marked by a person."""
    op.add_column("retention_runs", sa.Column("month", sa.String(length=7), nullable=True))
    op.create_table(
        "data_requests",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bureau_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("made_at", AT, nullable=False),
        sa.Column("received_on", sa.Date(), nullable=False),
        sa.Column("entered_by_id", sa.Uuid(), nullable=True),
        sa.Column("due_on", sa.Date(), nullable=False),
        sa.Column("extension", sa.Text(), nullable=False),
        sa.Column("extended_by_id", sa.Uuid(), nullable=True),
        sa.Column("extended_at", AT, nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", AT, nullable=True),
        sa.Column("run_id", sa.Uuid(), nullable=True),
        sa.CheckConstraint("kind IN ('show', 'correct', 'erase')", name=op.f("ck_data_requests_kind")),
        sa.CheckConstraint(
            "state IN ('open', 'accepted', 'refused', 'withdrawn')", name=op.f("ck_data_requests_state")
        ),
        sa.CheckConstraint("(state = 'open') = (ended_at IS NULL)", name=op.f("ck_data_requests_ended")),
        sa.CheckConstraint("(extended_by_id IS NULL) = (extended_at IS NULL)", name=op.f("ck_data_requests_extended")),
        sa.CheckConstraint(
            "run_id IS NULL OR (kind = 'erase' AND state = 'accepted')", name=op.f("ck_data_requests_run")
        ),
        sa.ForeignKeyConstraint(["bureau_id"], ["units.id"], name=op.f("fk_data_requests_bureau_id")),
        *(
            sa.ForeignKeyConstraint([column], ["members.id"], name=op.f(f"fk_data_requests_{column}"))
            for column in ("member_id", "entered_by_id", "extended_by_id", "ended_by_id")
        ),
        sa.ForeignKeyConstraint(["run_id"], ["retention_runs.id"], name=op.f("fk_data_requests_run_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_data_requests")),
    )
    op.create_index("ix_data_requests_member_id_made_at", "data_requests", ["member_id", "made_at"])
    op.create_index("ix_data_requests_bureau_id_state", "data_requests", ["bureau_id", "state", "due_on", "id"])
    op.create_index("ix_data_requests_run_id", "data_requests", ["run_id"])
    where = sa.text("state = 'open'")
    op.create_index(
        "uq_data_requests_open", "data_requests", ["member_id", "kind"], unique=True, sqlite_where=where,
        postgresql_where=where,
    )  # fmt: skip


def downgrade() -> None:
    """Take both away: what was asked and answered is lost."""
    op.drop_table("data_requests")
    op.drop_column("retention_runs", "month")
