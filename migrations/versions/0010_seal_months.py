"""Sealed editions of months and their documents, which nobody can change any more."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

KEPT = ("editions", "edition_units", "edition_files")
"""Only ever added to."""
SEALED = {
    "activity_reports": "{row}.state = 'sealed'",
    "participations": "(SELECT state FROM activity_reports WHERE id = {row}.report_id) = 'sealed'",
    "report_vehicles": "(SELECT state FROM activity_reports WHERE id = {row}.report_id) = 'sealed'",
}
"""What a sealed report consists of. It leaves the state by being returned for correction, as its only change."""

CONTENT = (
    "number", "kind", "unit_id", "event_id", "author_id", "month", "started_at", "ended_at", "place", "summary",
    "station_id", "brigade_id", "company_id", "section_id", "squad_id",
)  # fmt: skip


def upgrade() -> None:
    """Make the tables, and what guards them."""
    op.create_table(
        "editions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seal_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sealed_by_id", sa.Uuid(), nullable=False),
        sa.Column("sealed_by", sa.String(length=100), nullable=False),
        sa.Column("post", sa.String(length=24), nullable=False),
        sa.Column("office", sa.String(length=100), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("format", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.LargeBinary(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("person_times", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("yen", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.Column("left_open", sa.Integer(), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f("ck_editions_number")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_editions_unit_id")),
        sa.ForeignKeyConstraint(["sealed_by_id"], ["members.id"], name=op.f("fk_editions_sealed_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_editions")),
        sa.UniqueConstraint("unit_id", "month", "number", name=op.f("uq_editions_unit_id_month_number")),
    )
    op.create_index(op.f("ix_editions_seal_id"), "editions", ["seal_id"])
    op.create_table(
        "edition_units",
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("level", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("person_times", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("yen", sa.Integer(), nullable=False),
        sa.Column("unknown", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_edition_units_edition_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_edition_units_unit_id")),
        sa.PrimaryKeyConstraint("edition_id", "unit_id", name=op.f("pk_edition_units")),
        sa.UniqueConstraint("code", name=op.f("uq_edition_units_code")),
    )
    op.create_index("ix_edition_units_unit_id", "edition_units", ["unit_id"])
    op.create_table(
        "edition_files",
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        sa.Column("lang", sa.String(length=2), nullable=False),
        sa.Column("encoding", sa.String(length=8), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("missing", sa.JSON().with_variant(postgresql.JSONB(), "postgresql"), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name=op.f("fk_edition_files_edition_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_edition_files_unit_id")),
        sa.PrimaryKeyConstraint(
            "edition_id", "unit_id", "name", "lang", "encoding", name=op.f("pk_edition_files")
        ),
        sa.UniqueConstraint("file_id", name=op.f("uq_edition_files_file_id")),
    )
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


def _guard_sqlite() -> None:
    for table in KEPT:
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_{verb.lower()}_refused BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, 'sealed editions never change'); END"
            )
    sealed = SEALED["activity_reports"].format(row="OLD")
    changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in CONTENT)
    op.execute(
        f"CREATE TRIGGER activity_reports_sealed_update BEFORE UPDATE ON activity_reports "
        f"WHEN {sealed} AND (NEW.state <> 'returned' OR {changed}) "
        f"BEGIN SELECT RAISE(ABORT, 'a sealed report never changes'); END"
    )
    op.execute(
        f"CREATE TRIGGER activity_reports_sealed_delete BEFORE DELETE ON activity_reports WHEN {sealed} "
        f"BEGIN SELECT RAISE(ABORT, 'a sealed report never changes'); END"
    )
    for table in ("participations", "report_vehicles"):
        for verb, row in (("UPDATE", "OLD"), ("DELETE", "OLD"), ("INSERT", "NEW")):
            op.execute(
                f"CREATE TRIGGER {table}_sealed_{verb.lower()} BEFORE {verb} ON {table} "
                f"WHEN {SEALED[table].format(row=row)} "
                f"BEGIN SELECT RAISE(ABORT, 'a sealed report never changes'); END"
            )


def _guard_postgresql() -> None:
    changed = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in CONTENT)
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'sealed editions never change'; END $$"
    )
    op.execute(
        "CREATE FUNCTION refuse_sealed_report() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF OLD.state = 'sealed' AND (TG_OP = 'DELETE' OR NEW.state <> 'returned' OR {changed}) THEN "
        "RAISE EXCEPTION 'a sealed report never changes'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE FUNCTION refuse_sealed_part() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE held uuid; BEGIN "
        "IF TG_OP = 'INSERT' THEN held := NEW.report_id; ELSE held := OLD.report_id; END IF; "
        "IF (SELECT state FROM activity_reports WHERE id = held) = 'sealed' THEN "
        "RAISE EXCEPTION 'a sealed report never changes'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END $$"
    )
    for table in KEPT:
        op.execute(
            f"CREATE TRIGGER {table}_kept BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )
        op.execute(
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )
    op.execute(
        "CREATE TRIGGER activity_reports_sealed BEFORE UPDATE OR DELETE ON activity_reports "
        "FOR EACH ROW EXECUTE FUNCTION refuse_sealed_report()"
    )
    for table in ("participations", "report_vehicles"):
        op.execute(
            f"CREATE TRIGGER {table}_sealed BEFORE INSERT OR UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION refuse_sealed_part()"
        )


def downgrade() -> None:
    """Take them away."""
    if op.get_bind().dialect.name == "postgresql":
        for table in ("participations", "report_vehicles", "activity_reports"):
            op.execute(f"DROP TRIGGER {table}_sealed ON {table}")
    else:
        for table in ("participations", "report_vehicles"):
            for verb in ("update", "delete", "insert"):
                op.execute(f"DROP TRIGGER {table}_sealed_{verb}")
        op.execute("DROP TRIGGER activity_reports_sealed_update")
        op.execute("DROP TRIGGER activity_reports_sealed_delete")
    for table in reversed(KEPT):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for name in ("refuse_change", "refuse_sealed_report", "refuse_sealed_part"):
            op.execute(f"DROP FUNCTION {name}()")
