"""The digest of each picture that is served: what the store gives is held against it. And an index from a vehicle to its
reports.

Empty for pictures from before, and for those of a program that does not know of it yet; the daily sweep notes them. Such a
program gives a page another picture and leaves the digest: so it stands beside the file that it is of.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

DIGESTS = (("attachments", "file_sha256"), ("attachments", "thumbnail_sha256"), ("scan_pages", "picture_sha256"))


def upgrade() -> None:
    """Add the columns and the index."""
    for table, name in DIGESTS:
        op.add_column(table, sa.Column(name, sa.String(64), nullable=True))
    op.add_column("scan_pages", sa.Column("hashed_id", sa.Uuid(), nullable=True))
    op.create_index("ix_report_vehicles_vehicle_id", "report_vehicles", ["vehicle_id"], if_not_exists=True)


def downgrade() -> None:
    """Take them away."""
    op.drop_index("ix_report_vehicles_vehicle_id", "report_vehicles")
    op.drop_column("scan_pages", "hashed_id")
    for table, name in reversed(DIGESTS):
        op.drop_column(table, name)
