"""What was scanned, what each page says with its doubts, what people decided about it, and how well it was read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "scan_tallies",
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("field", sa.String(length=60), nullable=False),
        sa.Column("bureau_id", sa.Uuid(), nullable=False),
        sa.Column("form", sa.String(length=20), nullable=False),
        sa.Column("form_version", sa.Integer(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("written", sa.Integer(), nullable=False),
        sa.Column("sure", sa.Integer(), nullable=False),
        sa.Column("sure_changed", sa.Integer(), nullable=False),
        sa.Column("doubtful_changed", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["bureau_id"], ["units.id"], name=op.f("fk_scan_tallies_bureau_id")),
        sa.PrimaryKeyConstraint("scan_id", "n", "field", name=op.f("pk_scan_tallies")),
    )
    op.create_index("ix_scan_tallies_bureau_id_form", "scan_tallies", ["bureau_id", "form", "form_version"])
    op.create_table(
        "scans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bureau_id", sa.Uuid(), nullable=False),
        sa.Column("uploader_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("form", sa.String(length=20), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("job_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'reading', 'read', 'refused')", name=op.f("ck_scans_state")),
        sa.ForeignKeyConstraint(["bureau_id"], ["units.id"], name=op.f("fk_scans_bureau_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_scans_unit_id")),
        sa.ForeignKeyConstraint(["uploader_id"], ["members.id"], name=op.f("fk_scans_uploader_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scans")),
        sa.UniqueConstraint("uploader_id", "digest", name=op.f("uq_scans_uploader_id_digest")),
    )
    op.create_index(op.f("ix_scans_unit_id"), "scans", ["unit_id"])
    op.create_index("ix_scans_uploader_id_created_at", "scans", ["uploader_id", "created_at", "id"])
    op.create_table(
        "scan_files",
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=True),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("pages", sa.Integer(), nullable=True),
        sa.Column("refusal", sa.String(length=40), nullable=True),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name=op.f("fk_scan_files_scan_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("scan_id", "position", name=op.f("pk_scan_files")),
        sa.UniqueConstraint("file_id", name=op.f("uq_scan_files_file_id")),
    )
    op.create_table(
        "scan_pages",
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("uploader_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("refusal", sa.String(length=40), nullable=True),
        sa.Column("form", sa.String(length=20), nullable=True),
        sa.Column("form_version", sa.Integer(), nullable=True),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("month", sa.String(length=7), nullable=True),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("quality", sa.Double(), nullable=True),
        sa.Column("turned", sa.Double(), nullable=True),
        sa.Column("marks", DOCUMENT, nullable=False),
        sa.Column("fields", DOCUMENT, nullable=False),
        sa.Column("decided", DOCUMENT, nullable=False),
        sa.Column("said", DOCUMENT, nullable=False),
        sa.Column("pixels", sa.String(length=64), nullable=True),
        sa.Column("trace", sa.Text(), nullable=True),
        sa.Column("duplicate_scan_id", sa.Uuid(), nullable=True),
        sa.Column("duplicate_n", sa.Integer(), nullable=True),
        sa.Column("picture_id", sa.Uuid(), nullable=True),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("report_ids", DOCUMENT, nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("closed_by_id", sa.Uuid(), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name=op.f("ck_scan_pages_refused")),
        sa.CheckConstraint("state IN ('waiting', 'read', 'refused', 'confirmed', 'discarded')", name=op.f("ck_scan_pages_state")),
        sa.CheckConstraint("state NOT IN ('read', 'confirmed') OR form IS NOT NULL", name=op.f("ck_scan_pages_form_of_read")),
        sa.CheckConstraint("(duplicate_scan_id IS NULL) = (duplicate_n IS NULL)", name=op.f("ck_scan_pages_duplicate")),
        sa.ForeignKeyConstraint(["closed_by_id"], ["members.id"], name=op.f("fk_scan_pages_closed_by_id")),
        sa.ForeignKeyConstraint(["scan_id"], ["scans.id"], name=op.f("fk_scan_pages_scan_id"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_scan_pages_unit_id")),
        sa.ForeignKeyConstraint(["uploader_id"], ["members.id"], name=op.f("fk_scan_pages_uploader_id")),
        sa.PrimaryKeyConstraint("scan_id", "n", name=op.f("pk_scan_pages")),
        sa.UniqueConstraint("picture_id", name=op.f("uq_scan_pages_picture_id")),
    )
    op.create_index("ix_scan_pages_form_unit_id", "scan_pages", ["form", "unit_id"])
    op.create_index(op.f("ix_scan_pages_pixels"), "scan_pages", ["pixels"])
    op.create_index(op.f("ix_scan_pages_unit_id"), "scan_pages", ["unit_id"])
    op.create_index(op.f("ix_scan_pages_uploader_id"), "scan_pages", ["uploader_id"])
    op.create_table(
        "scan_corrections",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("scan_id", sa.Uuid(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("field", sa.String(length=100), nullable=False),
        sa.Column("status", sa.String(length=10), nullable=False),
        sa.Column("before", DOCUMENT, nullable=False),
        sa.Column("after", DOCUMENT, nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["members.id"], name=op.f("fk_scan_corrections_by_id")),
        sa.ForeignKeyConstraint(["scan_id", "n"], ["scan_pages.scan_id", "scan_pages.n"], name=op.f("fk_scan_corrections_scan_id_n"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scan_corrections")),
    )
    op.create_index("ix_scan_corrections_scan_id_n", "scan_corrections", ["scan_id", "n"])


def downgrade() -> None:
    """Take them away."""
    for table in ("scan_corrections", "scan_pages", "scan_files", "scans", "scan_tallies"):
        op.drop_table(table)
