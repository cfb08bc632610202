"""One chain of links for each brigade over what happened to reports, signed lists of its heads, and what guards them."""

from __future__ import annotations

import secrets
import uuid
from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from brigade.chain import format as form
from brigade.db import UtcTime

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
HISTORY = ("report_events", "report_versions")
"""Only ever added to; they go with a draft that is thrown away."""
KEPT = ("chain_links", "signed_heads")
"""Only ever added to."""
BATCH = 1_000
"""Reports whose history is linked at a time."""

HEADS = sa.table("chain_heads", *(sa.column(name, kind) for name, kind in (
    ("chain_id", sa.Uuid()), ("length", sa.Integer()), ("digest", sa.LargeBinary()), ("signed", sa.Integer()),
)))  # fmt: skip
LINKS = sa.table("chain_links", sa.column("chain_id", sa.Uuid()), sa.column("place"), sa.column("kind"),
    sa.column("report_id", sa.Uuid()), sa.column("seq"), sa.column("state"),
    *(sa.column(name, sa.LargeBinary()) for name in ("event", "text", "content", "row", "digest")),
)  # fmt: skip
TYPES: dict[str, Any] = {
    **dict.fromkeys(("at", "awaiting_since", "created_at", "updated_at"), UtcTime()),
    **dict.fromkeys(("remarks", "changed", "content", "route"), DOCUMENT),
    "nonce": sa.LargeBinary(),
}


def _table(name: str, *fields: str) -> Any:
    kinds = {field: sa.Uuid() for field in fields if field == "id" or field.endswith("_id")} | TYPES
    return sa.table(name, *(sa.column(field, kinds.get(field)) for field in fields))


REPORTS = _table("activity_reports", *form.ROW_FIELDS)
EVENTS = _table("report_events", *form.EVENT_FIELDS, *form.TEXT_FIELDS, "nonce")
VERSIONS = _table("report_versions", *form.VERSION_FIELDS, "nonce")


def upgrade() -> None:
    """Make the tables, link what has happened until now, then guard all of it."""
    op.create_table(
        "chain_heads",
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("signed", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("chain_id", name=op.f("pk_chain_heads")),
    )
    op.create_table(
        "chain_links",
        sa.Column("chain_id", sa.Uuid(), nullable=False),
        sa.Column("place", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("event", sa.LargeBinary(), nullable=True),
        sa.Column("text", sa.LargeBinary(), nullable=True),
        sa.Column("content", sa.LargeBinary(), nullable=True),
        sa.Column("row", sa.LargeBinary(), nullable=True),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("place >= 1", name=op.f("ck_chain_links_place")),
        sa.PrimaryKeyConstraint("chain_id", "place", name=op.f("pk_chain_links")),
    )
    op.create_index("uq_chain_links_report_id_seq", "chain_links", ["report_id", "seq"], unique=True)
    op.create_table(
        "signed_heads",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", DOCUMENT, nullable=False),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_signed_heads")),
    )
    for table in HISTORY:
        op.add_column(table, sa.Column("nonce", sa.LargeBinary(), nullable=True))
    op.add_column("editions", sa.Column("heads", DOCUMENT, nullable=True))
    if op.get_bind().dialect.name == "postgresql":  # nothing more happens until what has happened is linked
        op.execute("LOCK TABLE activity_reports, report_events, report_versions IN SHARE ROW EXCLUSIVE MODE")
    _link_history(op.get_bind())
    if op.get_bind().dialect.name == "postgresql":
        _guard_postgresql()
    else:
        _guard_sqlite()


# --- What has happened until now --------------------------------------------------------------------------------------


def _link_history(connection: sa.Connection) -> None:
    """Nonces and links for every event that there is, report by report in the order of their ids."""
    ends: dict[uuid.UUID, tuple[int, bytes]] = defaultdict(lambda: (0, form.GENESIS))
    for reports in _batches(connection):
        within = (reports[0]["id"], reports[-1]["id"])
        by_id = {report["id"]: (report, form.row_digest(report)) for report in reports}
        saved = {(row["report_id"], row["version"]): row for row in _salted(connection, VERSIONS, "version", within)}
        links = []
        for row in _salted(connection, EVENTS, "seq", within):
            report, digest = by_id[row["report_id"]]
            version = saved.get((row["report_id"], row["seq"]))
            chain = report["brigade_id"] or report["station_id"] or report["bureau_id"]
            entry = form.Entry(
                chain, form.EVENT, row["report_id"], row["seq"], row["target"], form.event_digest(row),
                form.text_digest(row), form.version_digest(version) if version else None, digest,
            )  # fmt: skip
            place, before = ends[chain]
            ends[chain] = place + 1, form.link_digest(entry, place + 1, before)
            links.append({**entry._asdict(), "place": place + 1, "digest": ends[chain][1]})
        if links:
            connection.execute(sa.insert(LINKS), links)
    heads = [
        {"chain_id": chain, "length": place, "digest": digest, "signed": 0} for chain, (place, digest) in ends.items()
    ]
    if heads:
        connection.execute(sa.insert(HEADS), heads)


def _batches(connection: sa.Connection) -> Iterator[list[dict[str, Any]]]:
    asked = sa.select(REPORTS).order_by(REPORTS.c.id).limit(BATCH)
    while rows := [dict(row) for row in connection.execute(asked).mappings()]:
        yield rows
        asked = asked.where(REPORTS.c.id > rows[-1]["id"]) if len(rows) == BATCH else asked.where(sa.false())


def _salted(connection: sa.Connection, table: Any, name: str, within: tuple[Any, Any]) -> list[dict[str, Any]]:
    """The rows of these reports, each that holds a person's words with a nonce that is now in the store too."""
    asked = sa.select(table).where(table.c.report_id.between(*within)).order_by(table.c.report_id, table.c[name])
    rows = [dict(row) for row in connection.execute(asked).mappings()]
    salted = [row for row in rows if "content" in row or row["comment"] or row["remarks"]]
    for row in salted:
        row["nonce"] = secrets.token_bytes(16)
    if salted:
        which = (table.c.report_id == sa.bindparam("of"), table.c[name] == sa.bindparam("which"))
        change = sa.update(table).where(*which).values(nonce=sa.bindparam("fresh"))
        connection.execute(
            change, [{"of": row["report_id"], "which": row[name], "fresh": row["nonce"]} for row in salted]
        )
    return rows


# --- Guards -----------------------------------------------------------------------------------------------------------


def _guard_sqlite() -> None:
    there = "WHEN EXISTS (SELECT 1 FROM activity_reports WHERE id = OLD.report_id)"
    shorter = "WHEN NEW.chain_id IS NOT OLD.chain_id OR NEW.length < OLD.length OR NEW.signed < OLD.signed"
    guards = [(table, verb, "") for table in KEPT for verb in ("UPDATE", "DELETE")]
    guards += [(table, "UPDATE", "") for table in HISTORY] + [(table, "DELETE", there) for table in HISTORY]
    guards += [("chain_heads", "DELETE", ""), ("chain_heads", "UPDATE", shorter)]
    for table, verb, when in guards:
        op.execute(
            f"CREATE TRIGGER {table}_{verb.lower()}_kept BEFORE {verb} ON {table} {when} "
            f"BEGIN SELECT RAISE(ABORT, 'what happened never changes'); END"
        )
    op.execute(
        "CREATE TRIGGER activity_reports_only_drafts_go BEFORE DELETE ON activity_reports "
        "WHEN OLD.state NOT IN ('draft', 'sealed') BEGIN SELECT RAISE(ABORT, 'only a draft can be removed'); END"
    )


def _guard_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_rewriting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION 'what happened never changes'; END $$"
    )
    op.execute(
        "CREATE FUNCTION refuse_forgetting() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF EXISTS (SELECT 1 FROM activity_reports WHERE id = OLD.report_id) THEN "
        "RAISE EXCEPTION 'what happened never changes'; END IF; RETURN OLD; END $$"
    )
    op.execute(
        "CREATE FUNCTION refuse_shortening() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF TG_OP = 'DELETE' OR NEW.chain_id <> OLD.chain_id OR NEW.length < OLD.length OR NEW.signed < OLD.signed THEN "
        "RAISE EXCEPTION 'a chain only grows'; END IF; RETURN NEW; END $$"
    )
    op.execute(
        "CREATE FUNCTION refuse_removal() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "IF OLD.state NOT IN ('draft', 'sealed') THEN RAISE EXCEPTION 'only a draft can be removed'; END IF; RETURN OLD; END $$"
    )
    for table, verbs, function in (
        *((table, "UPDATE OR DELETE", "refuse_rewriting") for table in KEPT),
        *((table, "UPDATE", "refuse_rewriting") for table in HISTORY),
        *((table, "DELETE", "refuse_forgetting") for table in HISTORY),
        ("chain_heads", "UPDATE OR DELETE", "refuse_shortening"),
        ("activity_reports", "DELETE", "refuse_removal"),
    ):
        op.execute(
            f"CREATE TRIGGER {table}_{function} BEFORE {verbs} ON {table} FOR EACH ROW EXECUTE FUNCTION {function}()"
        )
    for table in (*KEPT, "chain_heads"):
        op.execute(
            f"CREATE TRIGGER {table}_not_emptied BEFORE TRUNCATE ON {table} "
            f"FOR EACH STATEMENT EXECUTE FUNCTION refuse_rewriting()"
        )


def downgrade() -> None:
    """Take them away."""
    if op.get_bind().dialect.name == "postgresql":
        for function in ("refuse_removal", "refuse_shortening", "refuse_forgetting", "refuse_rewriting"):
            op.execute(f"DROP FUNCTION {function}() CASCADE")
    else:
        op.execute("DROP TRIGGER activity_reports_only_drafts_go")
        for table in HISTORY:
            for verb in ("update", "delete"):
                op.execute(f"DROP TRIGGER {table}_{verb}_kept")
    for table in ("signed_heads", "chain_links", "chain_heads"):
        op.drop_table(table)
    for table in HISTORY:
        op.drop_column(table, "nonce")
    op.drop_column("editions", "heads")
