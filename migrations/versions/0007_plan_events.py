"""Series, cancellations and answers of planned events; calendar feeds."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

DOCUMENT = sa.JSON().with_variant(JSONB(), "postgresql")
TOKYO = dt.timedelta(hours=9)


def upgrade() -> None:
    """Events get what is known of a plan; statements and calendar feeds their tables."""
    with op.batch_alter_table("events") as batch_op:
        batch_op.add_column(sa.Column("day", sa.Date()))
        batch_op.add_column(sa.Column("details", DOCUMENT, nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("order_by", sa.String(length=20)))
        batch_op.add_column(sa.Column("note", sa.Text(), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("series_id", sa.Uuid()))
        batch_op.add_column(sa.Column("state", sa.String(length=10), nullable=False, server_default="planned"))
        batch_op.add_column(sa.Column("cancelled_by_id", sa.Uuid()))
        batch_op.add_column(sa.Column("cancelled_at", sa.DateTime(timezone=True)))
        batch_op.add_column(sa.Column("cancel_reason", sa.String(length=300), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("planned_at", sa.DateTime(timezone=True)))
        batch_op.add_column(sa.Column("updated_at", sa.DateTime(timezone=True)))
    _fill()
    with op.batch_alter_table("events") as batch_op:
        for name, kind in (
            ("day", sa.Date()), ("planned_at", sa.DateTime(timezone=True)), ("updated_at", sa.DateTime(timezone=True)),
        ):
            batch_op.alter_column(name, existing_type=kind, nullable=False)
        for name in ("details", "note", "state", "cancel_reason"):
            batch_op.alter_column(name, server_default=None)
        batch_op.create_index(batch_op.f("ix_events_series_id"), ["series_id"], unique=False)
        batch_op.create_index("ix_events_bureau_id_started_at", ["bureau_id", "started_at"], unique=False)
        batch_op.create_foreign_key(batch_op.f("fk_events_cancelled_by_id"), "members", ["cancelled_by_id"], ["id"])
        batch_op.create_check_constraint(batch_op.f("ck_events_state"), "state IN ('planned', 'cancelled')")
        batch_op.create_check_constraint(
            batch_op.f("ck_events_cancelled"), "(state = 'cancelled') = (cancelled_at IS NOT NULL)"
        )
    _nobody_came()
    _calendar_feeds()


def downgrade() -> None:
    """Take all of it away again: what was cancelled is an event like any other then."""
    op.drop_table("calendar_feeds")
    op.drop_table("nobody_came")
    with op.batch_alter_table("events") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_events_cancelled"), type_="check")
        batch_op.drop_constraint(batch_op.f("ck_events_state"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_events_cancelled_by_id"), type_="foreignkey")
        batch_op.drop_index("ix_events_bureau_id_started_at")
        batch_op.drop_index(batch_op.f("ix_events_series_id"))
        for name in (
            "updated_at", "planned_at", "cancel_reason", "cancelled_at", "cancelled_by_id", "state", "series_id", "note",
            "order_by", "details", "day",
        ):
            batch_op.drop_column(name)


def _fill() -> None:
    """The day in Japan on which each event starts; the plan stands since the event was made."""
    events = sa.table(
        "events", sa.column("id", sa.Uuid()), sa.column("day", sa.Date()),
        *(sa.column(name, sa.DateTime(timezone=True)) for name in ("started_at", "created_at", "planned_at", "updated_at")),
    )
    connection = op.get_bind()
    connection.execute(events.update().values(planned_at=events.c.created_at, updated_at=events.c.created_at))
    rows = connection.execute(sa.select(events.c.id, events.c.started_at)).all()
    days = [
        {"one": id_, "day": (at.astimezone(dt.UTC) if at.tzinfo else at).replace(tzinfo=None) + TOKYO} for id_, at in rows
    ]
    if days:
        change = events.update().where(events.c.id == sa.bindparam("one")).values(day=sa.bindparam("day"))
        connection.execute(change, [{**row, "day": row["day"].date()} for row in days])


def _nobody_came() -> None:
    op.create_table(
        "nobody_came",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.Column("stated_by_id", sa.Uuid(), nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("comment", sa.String(length=300), nullable=False),
        sa.Column("withdrawn_by_id", sa.Uuid(), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_because", sa.String(length=10), nullable=True),
        sa.CheckConstraint(
            "withdrawn_because IN ('undone', 'reported', 'moved')", name=op.f("ck_nobody_came_withdrawn_because")
        ),
        sa.CheckConstraint("(withdrawn_at IS NULL) = (withdrawn_because IS NULL)", name=op.f("ck_nobody_came_withdrawn")),
        sa.ForeignKeyConstraint(["event_id"], ["events.id"], name=op.f("fk_nobody_came_event_id")),
        sa.ForeignKeyConstraint(["stated_by_id"], ["members.id"], name=op.f("fk_nobody_came_stated_by_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["units.id"], name=op.f("fk_nobody_came_unit_id")),
        sa.ForeignKeyConstraint(["withdrawn_by_id"], ["members.id"], name=op.f("fk_nobody_came_withdrawn_by_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nobody_came")),
    )
    with op.batch_alter_table("nobody_came") as batch_op:
        batch_op.create_index(batch_op.f("ix_nobody_came_event_id"), ["event_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_nobody_came_unit_id"), ["unit_id"], unique=False)
        batch_op.create_index(
            "uq_nobody_came_standing", ["event_id", "unit_id"], unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"), postgresql_where=sa.text("withdrawn_at IS NULL"),
        )


def _calendar_feeds() -> None:
    op.create_table(
        "calendar_feeds",
        sa.Column("member_id", sa.Uuid(), nullable=False),
        sa.Column("secret_digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], name=op.f("fk_calendar_feeds_member_id")),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_calendar_feeds")),
        sa.UniqueConstraint("secret_digest", name=op.f("uq_calendar_feeds_secret_digest")),
    )
