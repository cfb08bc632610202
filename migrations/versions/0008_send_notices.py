"""Notices, the ways they go out, and what became of each; who started a job and how far it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")


def upgrade() -> None:
    """Make the tables; jobs get an owner and a count."""
    _notices()
    _notice_settings()
    _push_subscriptions()
    _deliveries()
    with op.batch_alter_table("jobs") as batch_op:
        batch_op.add_column(sa.Column("owner_id", sa.Uuid()))
        batch_op.add_column(sa.Column("done", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("total", sa.Integer(), nullable=False, server_default="0"))
        batch_op.create_foreign_key(batch_op.f("fk_jobs_owner_id"), "members", ["owner_id"], ["id"])
    with op.batch_alter_table("jobs") as batch_op:
        batch_op.alter_column("done", server_default=None)
        batch_op.alter_column("total", server_default=None)


def downgrade() -> None:
    """Take them away: what was to be told is forgotten."""
    with op.batch_alter_table("jobs") as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_jobs_owner_id"), type_="foreignkey")
        for name in ("total", "done", "owner_id"):
            batch_op.drop_column(name)
    for name in ("deliveries", "push_subscriptions", "notice_settings", "notices"):
        op.drop_table(name)


def _notices() -> None:
    op.create_table(
        "notices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("report_id", sa.Uuid(), nullable=True),
        sa.Column("event_id", sa.Uuid(), nullable=True),
        sa.Column("data", DOCUMENT, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("routed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("told_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("read_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_notices_member_id")),
        sa.ForeignKeyConstraint(
            ["report_id"], ["activity_reports.id"], name=op.f("fk_notices_report_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_notices_event_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notices")),
    )
    unread, unrouted, entered = "read_at IS NULL", "routed_at IS NULL", "kind = 'entered-by-other'"
    with op.batch_alter_table("notices") as batch_op:
        batch_op.create_index("ix_notices_member_id_at_id", ["member_id", "at", "id"], unique=False)
        batch_op.create_index(batch_op.f("ix_notices_report_id"), ["report_id"], unique=False)
        for name, columns, unique, where in (
            ("ix_notices_unread", ["member_id", "at"], False, unread),
            ("ix_notices_unrouted", ["at"], False, unrouted),
            ("uq_notices_entered", ["report_id", "member_id"], True, entered),
        ):
            batch_op.create_index(
                name, columns, unique=unique, sqlite_where=sa.text(where), postgresql_where=sa.text(where)
            )


def _notice_settings() -> None:
    op.create_table(
        "notice_settings",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("email_failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("email_waiting", sa.String(length=254), nullable=True),
        sa.Column("email_code", sa.String(length=6), nullable=True),
        sa.Column("email_code_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("email_tries", sa.Integer(), nullable=False),
        sa.Column("mail_at_once", sa.Boolean(), nullable=False),
        sa.Column("mail_digest", sa.Boolean(), nullable=False),
        sa.Column("push_at_once", sa.Boolean(), nullable=False),
        sa.Column("push_digest", sa.Boolean(), nullable=False),
        sa.Column("quiet_from", sa.Integer(), nullable=False),
        sa.Column("quiet_to", sa.Integer(), nullable=False),
        sa.Column("digest_hour", sa.Integer(), nullable=False),
        sa.Column("next_digest_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("language IN ('ja', 'en')", name=op.f("ck_notice_settings_language")),
        sa.CheckConstraint(
            "quiet_from BETWEEN 0 AND 1439 AND quiet_to BETWEEN 0 AND 1439", name=op.f("ck_notice_settings_quiet")
        ),
        sa.CheckConstraint("digest_hour BETWEEN 0 AND 23", name=op.f("ck_notice_settings_digest_hour")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_notice_settings_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_notice_settings")),
    )
    with op.batch_alter_table("notice_settings") as batch_op:
        batch_op.create_index(batch_op.f("ix_notice_settings_next_digest_at"), ["next_digest_at"], unique=False)


def _push_subscriptions() -> None:
    op.create_table(
        "push_subscriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("device_id", sa.Uuid(), nullable=False),
        sa.Column("endpoint", sa.String(length=1000), nullable=False),
        sa.Column("p256dh", sa.String(length=100), nullable=False),
        sa.Column("auth", sa.String(length=30), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_push_subscriptions_member_id")),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device_sessions.id"], name=op.f("fk_push_subscriptions_device_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscriptions")),
        sa.UniqueConstraint("device_id", name=op.f("uq_push_subscriptions_device_id")),
        sa.UniqueConstraint("endpoint", name=op.f("uq_push_subscriptions_endpoint")),
    )
    with op.batch_alter_table("push_subscriptions") as batch_op:
        batch_op.create_index(batch_op.f("ix_push_subscriptions_member_id"), ["member_id"], unique=False)


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("channel", sa.String(length=4), nullable=False),
        sa.Column("what", sa.String(length=6), nullable=False),
        sa.Column("notice_id", sa.Uuid(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("error", sa.String(length=60), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("channel IN ('mail', 'push')", name=op.f("ck_deliveries_channel")),
        sa.CheckConstraint("what IN ('notice', 'digest', 'code')", name=op.f("ck_deliveries_what")),
        sa.CheckConstraint("state IN ('queued', 'sent', 'dead', 'skipped')", name=op.f("ck_deliveries_state")),
        sa.CheckConstraint("(what = 'notice') = (notice_id IS NOT NULL)", name=op.f("ck_deliveries_notice")),
        sa.CheckConstraint("(what = 'digest') = (day IS NOT NULL)", name=op.f("ck_deliveries_day")),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_deliveries_member_id")),
        sa.ForeignKeyConstraint(["notice_id"], ["notices.id"], name=op.f("fk_deliveries_notice_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_deliveries")),
        sa.UniqueConstraint("member_id", "day", name=op.f("uq_deliveries_member_id_day")),
        sa.UniqueConstraint("notice_id", "channel", name=op.f("uq_deliveries_notice_id_channel")),
    )
    queued = sa.text("state = 'queued'")
    with op.batch_alter_table("deliveries") as batch_op:
        batch_op.create_index("ix_deliveries_due", ["due_at"], unique=False, sqlite_where=queued, postgresql_where=queued)
