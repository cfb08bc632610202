"""Activity reports with their history, events, search words and first answers."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0002"
down_revision = '0001'
branch_labels = None
depends_on = None

# The full-text index over the two-letter pieces (brigade/activity/search.py): kept by triggers on SQLite, GIN on PostgreSQL.
FTS_SQLITE = (
    "CREATE VIRTUAL TABLE report_words_fts USING fts5("
    "pieces, content='report_words', content_rowid='id', tokenize='unicode61 remove_diacritics 0')",
    "CREATE TRIGGER report_words_added AFTER INSERT ON report_words BEGIN"
    " INSERT INTO report_words_fts (rowid, pieces) VALUES (new.id, new.pieces); END",
    "CREATE TRIGGER report_words_removed AFTER DELETE ON report_words BEGIN"
    " INSERT INTO report_words_fts (report_words_fts, rowid, pieces) VALUES ('delete', old.id, old.pieces); END",
    "CREATE TRIGGER report_words_changed AFTER UPDATE ON report_words BEGIN"
    " INSERT INTO report_words_fts (report_words_fts, rowid, pieces) VALUES ('delete', old.id, old.pieces);"
    " INSERT INTO report_words_fts (rowid, pieces) VALUES (new.id, new.pieces); END",
)
PIECES_POSTGRESQL = "CREATE INDEX ix_report_words_pieces ON report_words USING gin (string_to_array(pieces, ' '))"


def upgrade() -> None:
    """Make the tables."""
    _report_counters()
    _creations()
    _events()
    _activity_reports()
    _event_units()
    _participations()
    _report_events()
    _report_vehicles()
    _report_versions()
    _report_words()
    if op.get_bind().dialect.name == "sqlite":
        for statement in FTS_SQLITE:
            op.execute(statement)
    else:
        op.execute(PIECES_POSTGRESQL)


def downgrade() -> None:
    """Drop them, children first."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE report_words_fts")
    for table in (
        "report_words",
        "report_versions",
        "report_vehicles",
        "report_events",
        "participations",
        "event_units",
        "activity_reports",
        "events",
        "creations",
        "report_counters",
    ):
        op.drop_table(table)


def _report_counters() -> None:
    op.create_table('report_counters',
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('year', sa.Integer(), nullable=False),
    sa.Column('value', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_report_counters_unit_id')),
    sa.PrimaryKeyConstraint('unit_id', 'year', name=op.f('pk_report_counters'))
    )


def _creations() -> None:
    op.create_table('creations',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('resource', sa.String(length=40), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=False),
    sa.Column('content_hash', sa.String(length=64), nullable=False),
    sa.Column('status', sa.Integer(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['members.id'], name=op.f('fk_creations_actor_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_creations'))
    )


def _events() -> None:
    op.create_table('events',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('bureau_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('title', sa.String(length=100), nullable=False),
    sa.Column('planned', sa.Boolean(), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('place', sa.String(length=100), nullable=False),
    sa.Column('created_by_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint('ended_at > started_at', name=op.f('ck_events_times')),
    sa.ForeignKeyConstraint(['bureau_id'], ['units.id'], name=op.f('fk_events_bureau_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['members.id'], name=op.f('fk_events_created_by_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_events_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_events'))
    )
    with op.batch_alter_table('events', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_events_started_at'), ['started_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_events_unit_id'), ['unit_id'], unique=False)


def _activity_reports() -> None:
    op.create_table('activity_reports',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=True),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('event_id', sa.Uuid(), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('month', sa.String(length=7), nullable=False),
    sa.Column('place', sa.String(length=100), nullable=False),
    sa.Column('latitude', sa.Double(), nullable=True),
    sa.Column('longitude', sa.Double(), nullable=True),
    sa.Column('order_by', sa.String(length=20), nullable=True),
    sa.Column('summary', sa.Text(), nullable=False),
    sa.Column('details', sa.JSON().with_variant(JSONB(), 'postgresql'), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('entry_mode', sa.String(length=8), nullable=False),
    sa.Column('sole_member_id', sa.Uuid(), nullable=True),
    sa.Column('bureau_id', sa.Uuid(), nullable=False),
    sa.Column('station_id', sa.Uuid(), nullable=True),
    sa.Column('brigade_id', sa.Uuid(), nullable=True),
    sa.Column('company_id', sa.Uuid(), nullable=True),
    sa.Column('section_id', sa.Uuid(), nullable=True),
    sa.Column('squad_id', sa.Uuid(), nullable=True),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('step', sa.Integer(), nullable=False),
    sa.Column('route', sa.JSON().with_variant(JSONB(), 'postgresql'), nullable=False),
    sa.Column('awaiting_unit_id', sa.Uuid(), nullable=True),
    sa.Column('awaiting_since', sa.DateTime(timezone=True), nullable=True),
    sa.Column('undo_by_id', sa.Uuid(), nullable=True),
    sa.Column('undo_step', sa.Integer(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('updated_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("(state = 'in_review') = (awaiting_unit_id IS NOT NULL)", name=op.f('ck_activity_reports_awaiting_in_review')),
    sa.CheckConstraint("(state IN ('draft', 'returned', 'withdrawn')) = (step = 0)", name=op.f('ck_activity_reports_step_of_state')),
    sa.CheckConstraint("state IN ('draft', 'in_review', 'returned', 'confirmed', 'sealed', 'withdrawn')", name=op.f('ck_activity_reports_state')),
    sa.CheckConstraint('ended_at > started_at', name=op.f('ck_activity_reports_times')),
    sa.ForeignKeyConstraint(['author_id'], ['members.id'], name=op.f('fk_activity_reports_author_id')),
    sa.ForeignKeyConstraint(['awaiting_unit_id'], ['units.id'], name=op.f('fk_activity_reports_awaiting_unit_id')),
    sa.ForeignKeyConstraint(['brigade_id'], ['units.id'], name=op.f('fk_activity_reports_brigade_id')),
    sa.ForeignKeyConstraint(['bureau_id'], ['units.id'], name=op.f('fk_activity_reports_bureau_id')),
    sa.ForeignKeyConstraint(['company_id'], ['units.id'], name=op.f('fk_activity_reports_company_id')),
    sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_activity_reports_event_id')),
    sa.ForeignKeyConstraint(['section_id'], ['units.id'], name=op.f('fk_activity_reports_section_id')),
    sa.ForeignKeyConstraint(['sole_member_id'], ['members.id'], name=op.f('fk_activity_reports_sole_member_id')),
    sa.ForeignKeyConstraint(['squad_id'], ['units.id'], name=op.f('fk_activity_reports_squad_id')),
    sa.ForeignKeyConstraint(['station_id'], ['units.id'], name=op.f('fk_activity_reports_station_id')),
    sa.ForeignKeyConstraint(['undo_by_id'], ['members.id'], name=op.f('fk_activity_reports_undo_by_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_activity_reports_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_activity_reports')),
    sa.UniqueConstraint('bureau_id', 'number', name=op.f('uq_activity_reports_bureau_id_number'))
    )
    with op.batch_alter_table('activity_reports', schema=None) as batch_op:
        batch_op.create_index('ix_activity_reports_author', ['author_id', 'started_at', 'id'], unique=False)
        batch_op.create_index('ix_activity_reports_brigade', ['brigade_id', 'started_at', 'id'], unique=False)
        batch_op.create_index('ix_activity_reports_bureau', ['bureau_id', 'started_at', 'id'], unique=False)
        batch_op.create_index('ix_activity_reports_company', ['company_id', 'started_at', 'id'], unique=False)
        batch_op.create_index(batch_op.f('ix_activity_reports_event_id'), ['event_id'], unique=False)
        batch_op.create_index('ix_activity_reports_squad', ['squad_id', 'started_at', 'id'], unique=False)
        batch_op.create_index('ix_activity_reports_station', ['station_id', 'started_at', 'id'], unique=False)
        batch_op.create_index('ix_activity_reports_waiting', ['awaiting_unit_id', 'awaiting_since', 'id'], unique=False, sqlite_where=sa.text("state = 'in_review'"), postgresql_where=sa.text("state = 'in_review'"))


def _event_units() -> None:
    op.create_table('event_units',
    sa.Column('event_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['event_id'], ['events.id'], name=op.f('fk_event_units_event_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_event_units_unit_id')),
    sa.PrimaryKeyConstraint('event_id', 'unit_id', name=op.f('pk_event_units'))
    )
    with op.batch_alter_table('event_units', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_event_units_unit_id'), ['unit_id'], unique=False)


def _participations() -> None:
    op.create_table('participations',
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('position', sa.Integer(), nullable=False),
    sa.Column('role', sa.String(length=16), nullable=False),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('ended_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('acted', sa.Boolean(), nullable=False),
    sa.Column('injured', sa.Boolean(), nullable=False),
    sa.Column('left_early_reason', sa.String(length=100), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_participations_member_id')),
    sa.ForeignKeyConstraint(['report_id'], ['activity_reports.id'], name=op.f('fk_participations_report_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('report_id', 'member_id', name=op.f('pk_participations'))
    )
    with op.batch_alter_table('participations', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_participations_member_id'), ['member_id'], unique=False)


def _report_events() -> None:
    op.create_table('report_events',
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('seq', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('action', sa.String(length=12), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('post', sa.String(length=24), nullable=True),
    sa.Column('unit_id', sa.Uuid(), nullable=True),
    sa.Column('level', sa.String(length=16), nullable=True),
    sa.Column('for_id', sa.Uuid(), nullable=True),
    sa.Column('basis', sa.String(length=12), nullable=True),
    sa.Column('source', sa.String(length=12), nullable=True),
    sa.Column('target', sa.String(length=12), nullable=False),
    sa.Column('step_from', sa.Integer(), nullable=False),
    sa.Column('step_to', sa.Integer(), nullable=False),
    sa.Column('reason', sa.String(length=20), nullable=True),
    sa.Column('comment', sa.Text(), nullable=False),
    sa.Column('remarks', sa.JSON().with_variant(JSONB(), 'postgresql'), nullable=False),
    sa.Column('changed', sa.JSON().with_variant(JSONB(), 'postgresql'), nullable=False),
    sa.CheckConstraint('seq >= 1', name=op.f('ck_report_events_seq')),
    sa.ForeignKeyConstraint(['actor_id'], ['members.id'], name=op.f('fk_report_events_actor_id')),
    sa.ForeignKeyConstraint(['for_id'], ['members.id'], name=op.f('fk_report_events_for_id')),
    sa.ForeignKeyConstraint(['report_id'], ['activity_reports.id'], name=op.f('fk_report_events_report_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_report_events_unit_id')),
    sa.PrimaryKeyConstraint('report_id', 'seq', name=op.f('pk_report_events'))
    )


def _report_vehicles() -> None:
    op.create_table('report_vehicles',
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('vehicle_id', sa.Uuid(), nullable=False),
    sa.ForeignKeyConstraint(['report_id'], ['activity_reports.id'], name=op.f('fk_report_vehicles_report_id'), ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['vehicle_id'], ['vehicles.id'], name=op.f('fk_report_vehicles_vehicle_id')),
    sa.PrimaryKeyConstraint('report_id', 'vehicle_id', name=op.f('pk_report_vehicles'))
    )


def _report_versions() -> None:
    op.create_table('report_versions',
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('author_id', sa.Uuid(), nullable=False),
    sa.Column('content', sa.JSON().with_variant(JSONB(), 'postgresql'), nullable=False),
    sa.Column('changed', sa.JSON().with_variant(JSONB(), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['author_id'], ['members.id'], name=op.f('fk_report_versions_author_id')),
    sa.ForeignKeyConstraint(['report_id'], ['activity_reports.id'], name=op.f('fk_report_versions_report_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('report_id', 'version', name=op.f('pk_report_versions'))
    )


def _report_words() -> None:
    op.create_table('report_words',
    sa.Column('id', sa.Integer(), autoincrement=True, nullable=False),
    sa.Column('report_id', sa.Uuid(), nullable=False),
    sa.Column('body', sa.Text(), nullable=False),
    sa.Column('pieces', sa.Text(), nullable=False),
    sa.ForeignKeyConstraint(['report_id'], ['activity_reports.id'], name=op.f('fk_report_words_report_id'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_report_words')),
    sa.UniqueConstraint('report_id', name=op.f('uq_report_words_report_id'))
    )
