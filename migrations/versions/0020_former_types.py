"""What members were before their type changed. Nobody's past is known yet: the type that stands holds for it, as until now.

A program that does not know of the table yet changes a type as before, without a row.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "former_types",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=False),
        sa.Column("bureau_id", sa.Uuid(), nullable=False),
        sa.Column("member_type", sa.String(length=20), nullable=False),
        sa.Column("allowed_kinds", DOCUMENT, nullable=True),
        sa.CheckConstraint(
            "member_type IN ('ordinary', 'function_limited', 'staff')", name=op.f("ck_former_types_member_type")
        ),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_former_types_member_id")),
        sa.ForeignKeyConstraint(["bureau_id"], ["units.id"], name=op.f("fk_former_types_bureau_id")),
        sa.PrimaryKeyConstraint("member_id", "valid_to", name=op.f("pk_former_types")),
    )
    op.create_index("ix_former_types_bureau_id_valid_to", "former_types", ["bureau_id", "valid_to"])


def downgrade() -> None:
    """Take it away: the type that stands holds for all days again."""
    op.drop_table("former_types")
