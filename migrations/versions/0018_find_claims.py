"""Who is claimed at a time is found without a look at everything they ever took part in.

Rows from before, of which sealed ones never change, and those of a program that does not know of it yet, say that they
never end, and are looked at as before.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


UNTIL = sa.Column(
    "claims_until", sa.DateTime(timezone=True), server_default=sa.text("'9999-12-31 00:00:00.000000'"), nullable=False
)


def upgrade() -> None:
    """Say when each part ends, and find parts by it."""
    op.add_column("participations", UNTIL)
    op.create_index(
        "ix_participations_member_id_claims_until", "participations", ["member_id", "claims_until"],
        postgresql_include=["report_id"],
    )  # fmt: skip
    op.drop_index("ix_participations_member_id", "participations")


def downgrade() -> None:
    """Find them by the person alone."""
    op.create_index("ix_participations_member_id", "participations", ["member_id"])
    op.drop_index("ix_participations_member_id_claims_until", "participations")
    op.drop_column("participations", "claims_until")
