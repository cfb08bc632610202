"""Keeping times, holds and runs; what guards history lets exactly those words go that an erasure names."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
AT = sa.DateTime(timezone=True)

# What stays as it is while words go. Every other column of these tables may be emptied, and that only as below.
EVENT = (
    "report_id", "seq", "at", "action", "actor_id", "post", "unit_id", "level", "for_id", "basis", "source", "target",
    "step_from", "step_to", "reason", "changed",
)  # fmt: skip
VERSION = ("report_id", "version", "at", "author_id", "changed")
REPORT = (
    "id", "number", "kind", "unit_id", "event_id", "started_at", "ended_at", "month", "latitude", "longitude",
    "order_by", "author_id", "entry_mode", "sole_member_id", "bureau_id", "station_id", "brigade_id", "company_id",
    "section_id", "squad_id", "state", "step", "route", "awaiting_unit_id", "awaiting_since", "corrected_by_id",
    "created_at",
)  # fmt: skip
PERSON = ("report_id", "member_id", "position", "role", "started_at", "ended_at", "acted", "injured")
EDITION = (
    "id", "unit_id", "level", "month", "number", "seal_id", "sealed_at", "sealed_by_id", "post", "office", "format",
    "digest", "times", "person_times", "minutes", "yen", "unknown", "left_open", "heads",
)  # fmt: skip
AUDIT = ("id", "bureau_id", "actor_id", "at", "action", "subject_id")
SEALED_CONTENT = (
    "number", "kind", "unit_id", "event_id", "author_id", "month", "started_at", "ended_at", "place", "summary",
    "station_id", "brigade_id", "company_id", "section_id", "squad_id",
)  # fmt: skip
"""What migration 0010 keeps of a sealed report that is returned for correction."""

TEXT_ERASED = (
    "NEW.comment = '' AND {nothing} AND NEW.nonce IS NULL AND EXISTS (SELECT 1 FROM erased_parts AS gone "
    "WHERE gone.report_id = OLD.report_id AND gone.seq = OLD.seq AND gone.part = 'text')"
)
CONTENT_ERASED = (
    "NEW.nonce IS NULL AND EXISTS (SELECT 1 FROM erased_parts AS gone "
    "WHERE gone.report_id = OLD.report_id AND gone.seq = OLD.version AND gone.part = 'content')"
)
BY_AN_ERASURE = (
    "EXISTS (SELECT 1 FROM report_events AS said WHERE said.report_id = {id} AND said.seq = {version} "
    "AND said.action = 'erase')"
)
REPORT_ERASED = f"NEW.version = OLD.version + 1 AND {BY_AN_ERASURE.format(id='OLD.id', version='NEW.version')}"
VERSION_NOW = "(SELECT version FROM activity_reports WHERE id = OLD.report_id)"
PERSON_ERASED = f"NEW.left_early_reason IS NULL AND {BY_AN_ERASURE.format(id='OLD.report_id', version=VERSION_NOW)}"
RUNNING = "EXISTS (SELECT 1 FROM retention_runs AS run WHERE run.state = 'running' AND run.bureau_id = {bureau}{more})"
EDITION_FORGOTTEN = "{empty} AND " + RUNNING.format(
    bureau="(SELECT bureau_id FROM units WHERE id = OLD.unit_id)", more=" AND run.member_id IS NULL"
)
FACTS_ERASED = RUNNING.format(bureau="OLD.bureau_id", more="")
IS_REMOVED = "EXISTS (SELECT 1 FROM removed_reports AS gone WHERE gone.report_id = OLD.id)"
IS_FORGOTTEN = "(SELECT {length}(rows) FROM editions WHERE id = OLD.edition_id) = 0"


def upgrade() -> None:
    """Make the tables; loosen the guards by just so much."""
    _make_tables()
    if op.get_bind().dialect.name == "postgresql":
        _loosen_postgresql()
    else:
        _loosen_sqlite()


def _make_tables() -> None:
    op.create_table(
        "keeping_times",
        sa.Column("bureau_id", sa.Uuid(), nullable=False),
        sa.Column("record", sa.String(length=16), nullable=False),
        sa.Column("length", sa.Integer(), nullable=True),
        sa.Column("set_by_id", sa.Uuid(), nullable=False),
        sa.Column("set_at", AT, nullable=False),
        sa.CheckConstraint("length >= 0", name=op.f("ck_keeping_times_length")),
        sa.ForeignKeyConstraint(["bureau_id"], ["units.id"], name=op.f("fk_keeping_times_bureau_id")),
        sa.ForeignKeyConstraint(["set_by_id"], ["members.id"], name=op.f("fk_keeping_times_set_by_id")),
        sa.PrimaryKeyConstraint("bureau_id", "record", name=op.f("pk_keeping_times")),
    )
    op.create_table(
        "legal_holds",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bureau_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("subject", sa.String(length=36), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("placed_by_id", sa.Uuid(), nullable=False),
        sa.Column("placed_at", AT, nullable=False),
        sa.Column("lifted_by_id", sa.Uuid(), nullable=True),
        sa.Column("lifted_at", AT, nullable=True),
        sa.CheckConstraint("kind IN ('member', 'report', 'unit', 'month')", name=op.f("ck_legal_holds_kind")),
        sa.CheckConstraint("(lifted_by_id IS NULL) = (lifted_at IS NULL)", name=op.f("ck_legal_holds_lifted")),
        sa.ForeignKeyConstraint(["bureau_id"], ["units.id"], name=op.f("fk_legal_holds_bureau_id")),
        sa.ForeignKeyConstraint(["placed_by_id"], ["members.id"], name=op.f("fk_legal_holds_placed_by_id")),
        sa.ForeignKeyConstraint(["lifted_by_id"], ["members.id"], name=op.f("fk_legal_holds_lifted_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_legal_holds")),
    )
    op.create_index("ix_legal_holds_bureau_id_placed_at", "legal_holds", ["bureau_id", "placed_at"])
    _make_runs()
    op.create_table(
        "erased_parts",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("part", sa.String(length=8), nullable=False),
        sa.Column("by_seq", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.CheckConstraint("part IN ('text', 'content')", name=op.f("ck_erased_parts_part")),
        sa.CheckConstraint("(part = 'content') = (digest IS NOT NULL)", name=op.f("ck_erased_parts_digest")),
        sa.CheckConstraint("by_seq > seq", name=op.f("ck_erased_parts_order")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["activity_reports.id"], name=op.f("fk_erased_parts_report_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("report_id", "seq", "part", "by_seq", name=op.f("pk_erased_parts")),
    )
    op.create_table(
        "removed_reports",
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("at", AT, nullable=False),
        sa.Column("by_id", sa.Uuid(), nullable=False),
        sa.Column("run_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("report_id", name=op.f("pk_removed_reports")),
    )


def _make_runs() -> None:
    op.create_table(
        "retention_runs",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("bureau_id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=True),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("planned_by_id", sa.Uuid(), nullable=False),
        sa.Column("planned_at", AT, nullable=False),
        sa.Column("goes_at", AT, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("plan", DOCUMENT, nullable=False),
        sa.Column("gone", DOCUMENT, nullable=False),
        sa.Column("ended_by_id", sa.Uuid(), nullable=True),
        sa.Column("ended_at", AT, nullable=True),
        sa.CheckConstraint("state IN ('waiting', 'running', 'done', 'undone')", name=op.f("ck_retention_runs_state")),
        sa.CheckConstraint(
            "(state IN ('done', 'undone')) = (ended_at IS NOT NULL)", name=op.f("ck_retention_runs_ended")
        ),
        sa.ForeignKeyConstraint(["bureau_id"], ["units.id"], name=op.f("fk_retention_runs_bureau_id")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_retention_runs_member_id")),
        sa.ForeignKeyConstraint(["planned_by_id"], ["members.id"], name=op.f("fk_retention_runs_planned_by_id")),
        sa.ForeignKeyConstraint(["ended_by_id"], ["members.id"], name=op.f("fk_retention_runs_ended_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_retention_runs")),
    )
    under_way = "state IN ('waiting', 'running')"
    for name, column, which in (
        ("uq_retention_runs_open", "bureau_id", f"member_id IS NULL AND {under_way}"),
        ("uq_retention_runs_member", "member_id", under_way),
    ):
        where = sa.text(which)
        op.create_index(name, "retention_runs", [column], unique=True, sqlite_where=where, postgresql_where=where)
    op.create_index("ix_retention_runs_bureau_id_planned_at", "retention_runs", ["bureau_id", "planned_at"])


# --- SQLite -----------------------------------------------------------------------------------------------------------


def _same(names: Iterable[str], unequal: str) -> str:
    """The condition that these columns stay as they are."""
    return "NOT (" + " OR ".join(f"NEW.{name} {unequal} OLD.{name}" for name in names) + ")"


def _loosen_sqlite() -> None:
    for name, table, verb, when, said in _sqlite_guards(loose=True):
        op.execute(f"DROP TRIGGER IF EXISTS {name}")
        op.execute(f"CREATE TRIGGER {name} BEFORE {verb} ON {table} {when} BEGIN SELECT RAISE(ABORT, '{said}'); END")


def _sqlite_guards(*, loose: bool) -> Iterable[tuple[str, str, str, str, str]]:
    """(trigger, table, verb, WHEN, what it says) as this migration wants them, or as they were before."""

    def unless(allowed: str, names: Iterable[str]) -> str:
        return f"WHEN NOT ({_same(names, 'IS NOT')} AND {allowed})" if loose else ""

    never, sealed_said = "what happened never changes", "a sealed report never changes"
    text_erased = TEXT_ERASED.format(nothing="NEW.remarks = '[]'")
    yield "report_events_update_kept", "report_events", "UPDATE", unless(text_erased, EVENT), never
    yield "report_versions_update_kept", "report_versions", "UPDATE", unless(CONTENT_ERASED, VERSION), never
    changed = " OR ".join(f"NEW.{name} IS NOT OLD.{name}" for name in SEALED_CONTENT)
    erased = f" AND NOT ({_same(REPORT, 'IS NOT')} AND {REPORT_ERASED})" if loose else ""
    removed = f" AND NOT {IS_REMOVED}" if loose else ""
    yield (
        "activity_reports_sealed_update", "activity_reports", "UPDATE",
        f"WHEN OLD.state = 'sealed' AND (NEW.state <> 'returned' OR {changed}){erased}", sealed_said,
    )  # fmt: skip
    yield (
        "activity_reports_sealed_delete", "activity_reports", "DELETE", f"WHEN OLD.state = 'sealed'{removed}",
        sealed_said,
    )  # fmt: skip
    yield (
        "activity_reports_only_drafts_go", "activity_reports", "DELETE",
        f"WHEN OLD.state NOT IN ('draft', 'sealed'){removed}", "only a draft can be removed",
    )  # fmt: skip
    is_sealed = "(SELECT state FROM activity_reports WHERE id = OLD.report_id) = 'sealed'"
    of_person = f" AND NOT ({_same(PERSON, 'IS NOT')} AND {PERSON_ERASED})" if loose else ""
    yield "participations_sealed_update", "participations", "UPDATE", f"WHEN {is_sealed}{of_person}", sealed_said
    kept = "sealed editions never change"
    forgotten = EDITION_FORGOTTEN.format(empty="length(NEW.rows) = 0")
    yield "editions_update_refused", "editions", "UPDATE", unless(forgotten, EDITION), kept
    gone = f"WHEN NOT {IS_FORGOTTEN.format(length='length')}" if loose else ""
    yield "edition_files_delete_refused", "edition_files", "DELETE", gone, kept
    if loose:
        yield "audit_entries_update_kept", "audit_entries", "UPDATE", unless(FACTS_ERASED, AUDIT), never
        there = "WHEN EXISTS (SELECT 1 FROM activity_reports WHERE id = OLD.report_id)"
        yield "erased_parts_update_kept", "erased_parts", "UPDATE", "", never
        yield "erased_parts_delete_kept", "erased_parts", "DELETE", there, never
        for verb in ("UPDATE", "DELETE"):
            yield f"removed_reports_{verb.lower()}_kept", "removed_reports", verb, "", never


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def _postgresql_guards(*, loose: bool) -> Iterable[tuple[str, str]]:
    """(function, body) of the guards whose rule changes, as this migration wants them, or as they were before."""
    changed = " OR ".join(f"NEW.{name} IS DISTINCT FROM OLD.{name}" for name in SEALED_CONTENT)
    erased, removed, of_person, of_edition = "", "", "", ""
    if loose:
        same = {
            "report": _same(REPORT, "IS DISTINCT FROM"), "person": _same(PERSON, "IS DISTINCT FROM"),
            "edition": _same(EDITION, "IS DISTINCT FROM"),
        }  # fmt: skip
        removed = f"IF TG_OP = 'DELETE' AND {IS_REMOVED} THEN RETURN OLD; END IF; "
        erased = f"IF TG_OP = 'UPDATE' THEN IF {same['report']} AND {REPORT_ERASED} THEN RETURN NEW; END IF; END IF; "
        of_person = (
            "IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'participations' THEN "
            f"IF {same['person']} AND {PERSON_ERASED} THEN RETURN NEW; END IF; END IF; "
        )
        forgotten = EDITION_FORGOTTEN.format(empty="octet_length(NEW.rows) = 0")
        of_edition = (
            "IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'editions' THEN "
            f"IF {same['edition']} AND {forgotten} THEN RETURN NEW; END IF; END IF; "
            "IF TG_OP = 'DELETE' AND TG_TABLE_NAME = 'edition_files' THEN "
            f"IF {IS_FORGOTTEN.format(length='octet_length')} THEN RETURN OLD; END IF; END IF; "
        )
    yield "refuse_change", f"BEGIN {of_edition}RAISE EXCEPTION 'sealed editions never change'; END"
    yield (
        "refuse_sealed_report",
        f"BEGIN {removed}{erased}"
        f"IF OLD.state = 'sealed' AND (TG_OP = 'DELETE' OR NEW.state <> 'returned' OR {changed}) THEN "
        "RAISE EXCEPTION 'a sealed report never changes'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END",
    )
    yield (
        "refuse_sealed_part",
        f"DECLARE held uuid; BEGIN {of_person}"
        "IF TG_OP = 'INSERT' THEN held := NEW.report_id; ELSE held := OLD.report_id; END IF; "
        "IF (SELECT state FROM activity_reports WHERE id = held) = 'sealed' THEN "
        "RAISE EXCEPTION 'a sealed report never changes'; END IF; "
        "IF TG_OP = 'DELETE' THEN RETURN OLD; END IF; RETURN NEW; END",
    )
    yield (
        "refuse_removal",
        f"BEGIN {removed}IF OLD.state NOT IN ('draft', 'sealed') THEN "
        "RAISE EXCEPTION 'only a draft can be removed'; END IF; RETURN OLD; END",
    )


def _erasing(allowed: str, names: Iterable[str]) -> str:
    """The body of a guard that lets one change through."""
    same = _same(names, "IS DISTINCT FROM")
    return f"BEGIN IF {same} AND {allowed} THEN RETURN NEW; END IF; RAISE EXCEPTION 'what happened never changes'; END"


ERASING = (
    ("refuse_rewriting_events", "report_events", TEXT_ERASED.format(nothing="NEW.remarks = '[]'::jsonb"), EVENT),
    ("refuse_rewriting_versions", "report_versions", CONTENT_ERASED, VERSION),
    ("refuse_rewriting_audit", "audit_entries", FACTS_ERASED, AUDIT),
)


def _replace(function: str, body: str) -> None:
    op.execute(f"CREATE OR REPLACE FUNCTION {function}() RETURNS trigger LANGUAGE plpgsql AS $$ {body} $$")


def _guard(table: str, verbs: str, function: str, name: str = "") -> None:
    op.execute(
        f"CREATE TRIGGER {name or f'{table}_{function}'} BEFORE {verbs} ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION {function}()"
    )


def _loosen_postgresql() -> None:
    for function, body in _postgresql_guards(loose=True):
        _replace(function, body)
    for function, table, allowed, names in ERASING:
        _replace(function, _erasing(allowed, names))
        op.execute(f"DROP TRIGGER IF EXISTS {table}_refuse_rewriting ON {table}")
        _guard(table, "UPDATE", function)
    _guard("erased_parts", "UPDATE", "refuse_rewriting")
    _guard("erased_parts", "DELETE", "refuse_forgetting")
    _guard("removed_reports", "UPDATE OR DELETE", "refuse_rewriting")
    for table in ("erased_parts", "removed_reports"):
        op.execute(
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )


def downgrade() -> None:
    """Put the guards back as they were and take the tables away. What was erased does not come back."""
    if op.get_bind().dialect.name == "postgresql":
        for function, body in _postgresql_guards(loose=False):
            _replace(function, body)
        for function, table, _, _ in ERASING:
            op.execute(f"DROP FUNCTION {function}() CASCADE")
            if table != "audit_entries":
                _guard(table, "UPDATE", "refuse_rewriting")
    else:
        op.execute("DROP TRIGGER audit_entries_update_kept")
        for name, table, verb, when, said in _sqlite_guards(loose=False):
            op.execute(f"DROP TRIGGER {name}")
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {verb} ON {table} {when} BEGIN SELECT RAISE(ABORT, '{said}'); END"
            )
    for table in ("removed_reports", "erased_parts", "retention_runs", "legal_holds", "keeping_times"):
        op.drop_table(table)
