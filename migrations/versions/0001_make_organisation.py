"""The organisation: units, members, posts, accounts, audit."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    _jobs()
    _sign_in_failures()
    _units()
    _members()
    _unit_parents()
    _unit_tree()
    _vehicles()
    _absences()
    _accounts()
    _audit_entries()
    _deputy_places()
    _memberships()
    _posts()
    _roster_imports()
    _device_sessions()


def downgrade() -> None:
    """Drop them, children first."""
    for table in (
        "device_sessions",
        "roster_imports",
        "posts",
        "memberships",
        "deputy_places",
        "audit_entries",
        "accounts",
        "absences",
        "vehicles",
        "unit_tree",
        "unit_parents",
        "members",
        "units",
        "sign_in_failures",
        "jobs",
    ):
        op.drop_table(table)


def _jobs() -> None:
    op.create_table('jobs',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(length=40), nullable=False),
    sa.Column('payload', sa.JSON().with_variant(JSONB(), 'postgresql'), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('attempt', sa.Integer(), nullable=False),
    sa.Column('run_after', sa.DateTime(timezone=True), nullable=False),
    sa.Column('lease_until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('message', sa.Text(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name=op.f('ck_jobs_state')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_jobs'))
    )
    with op.batch_alter_table('jobs', schema=None) as batch_op:
        batch_op.create_index('ix_jobs_due', ['run_after'], unique=False, sqlite_where=sa.text("state IN ('queued', 'running')"), postgresql_where=sa.text("state IN ('queued', 'running')"))


def _sign_in_failures() -> None:
    op.create_table('sign_in_failures',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_failures'))
    )
    with op.batch_alter_table('sign_in_failures', schema=None) as batch_op:
        batch_op.create_index('ix_sign_in_failures_key_at', ['key', 'at'], unique=False)


def _units() -> None:
    op.create_table('units',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('bureau_id', sa.Uuid(), nullable=False),
    sa.Column('level', sa.String(length=16), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('successor_id', sa.Uuid(), nullable=True),
    sa.Column('settings', sa.JSON().with_variant(JSONB(), 'postgresql'), nullable=False),
    sa.CheckConstraint("level IN ('bureau', 'station', 'brigade', 'company', 'section', 'squad')", name=op.f('ck_units_level')),
    sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_units_dates')),
    sa.ForeignKeyConstraint(['bureau_id'], ['units.id'], name=op.f('fk_units_bureau_id')),
    sa.ForeignKeyConstraint(['successor_id'], ['units.id'], name=op.f('fk_units_successor_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_units'))
    )
    with op.batch_alter_table('units', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_units_successor_id'), ['successor_id'], unique=False)
        batch_op.create_index('uq_units_bureau_id_code_valid_from', ['bureau_id', 'code', 'valid_from'], unique=True)


def _members() -> None:
    op.create_table('members',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('bureau_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=20), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('kana', sa.String(length=100), nullable=False),
    sa.Column('kana_sort', sa.String(length=200), nullable=False),
    sa.Column('member_type', sa.String(length=20), nullable=False),
    sa.Column('allowed_kinds', sa.JSON().with_variant(JSONB(), 'postgresql'), nullable=True),
    sa.CheckConstraint("member_type IN ('ordinary', 'function_limited', 'staff')", name=op.f('ck_members_member_type')),
    sa.ForeignKeyConstraint(['bureau_id'], ['units.id'], name=op.f('fk_members_bureau_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_members')),
    sa.UniqueConstraint('bureau_id', 'number', name=op.f('uq_members_bureau_id_number'))
    )


def _unit_parents() -> None:
    op.create_table('unit_parents',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_unit_parents_dates')),
    sa.ForeignKeyConstraint(['parent_id'], ['units.id'], name=op.f('fk_unit_parents_parent_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_unit_parents_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_unit_parents'))
    )
    with op.batch_alter_table('unit_parents', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_unit_parents_parent_id'), ['parent_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_unit_parents_unit_id'), ['unit_id'], unique=False)


def _unit_tree() -> None:
    op.create_table('unit_tree',
    sa.Column('below_id', sa.Uuid(), nullable=False),
    sa.Column('above_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.Column('depth', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['above_id'], ['units.id'], name=op.f('fk_unit_tree_above_id')),
    sa.ForeignKeyConstraint(['below_id'], ['units.id'], name=op.f('fk_unit_tree_below_id')),
    sa.PrimaryKeyConstraint('below_id', 'above_id', 'valid_from', name=op.f('pk_unit_tree'))
    )
    with op.batch_alter_table('unit_tree', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_unit_tree_above_id'), ['above_id'], unique=False)


def _vehicles() -> None:
    op.create_table('vehicles',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('bureau_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('code', sa.String(length=32), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['bureau_id'], ['units.id'], name=op.f('fk_vehicles_bureau_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_vehicles_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_vehicles'))
    )
    with op.batch_alter_table('vehicles', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_vehicles_unit_id'), ['unit_id'], unique=False)


def _absences() -> None:
    op.create_table('absences',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('absence', sa.String(length=12), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.CheckConstraint("absence IN ('leave', 'suspension')", name=op.f('ck_absences_absence')),
    sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_absences_dates')),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_absences_member_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_absences'))
    )
    with op.batch_alter_table('absences', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_absences_member_id'), ['member_id'], unique=False)


def _accounts() -> None:
    op.create_table('accounts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('login', sa.String(length=64), nullable=False),
    sa.Column('password_hash', sa.String(length=200), nullable=False),
    sa.Column('disabled_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_accounts_member_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_accounts')),
    sa.UniqueConstraint('login', name=op.f('uq_accounts_login')),
    sa.UniqueConstraint('member_id', name=op.f('uq_accounts_member_id'))
    )


def _audit_entries() -> None:
    op.create_table('audit_entries',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('bureau_id', sa.Uuid(), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('action', sa.String(length=40), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('data', sa.JSON().with_variant(JSONB(), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['actor_id'], ['members.id'], name=op.f('fk_audit_entries_actor_id')),
    sa.ForeignKeyConstraint(['bureau_id'], ['units.id'], name=op.f('fk_audit_entries_bureau_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_audit_entries'))
    )
    with op.batch_alter_table('audit_entries', schema=None) as batch_op:
        batch_op.create_index('ix_audit_entries_bureau_id_at', ['bureau_id', 'at'], unique=False)


def _deputy_places() -> None:
    op.create_table('deputy_places',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('place', sa.Integer(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_deputy_places_member_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_deputy_places_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_deputy_places'))
    )
    with op.batch_alter_table('deputy_places', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_deputy_places_member_id'), ['member_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_deputy_places_unit_id'), ['unit_id'], unique=False)
        batch_op.create_index('ix_deputy_places_unit_id_place', ['unit_id', 'place'], unique=False)


def _memberships() -> None:
    op.create_table('memberships',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_memberships_dates')),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_memberships_member_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_memberships_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_memberships'))
    )
    with op.batch_alter_table('memberships', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_memberships_member_id'), ['member_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_memberships_unit_id'), ['unit_id'], unique=False)


def _posts() -> None:
    op.create_table('posts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('member_id', sa.Uuid(), nullable=False),
    sa.Column('unit_id', sa.Uuid(), nullable=False),
    sa.Column('post', sa.String(length=24), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('valid_to', sa.Date(), nullable=True),
    sa.CheckConstraint("post IN ('member', 'squad_leader', 'deputy_squad_leader', 'section_leader', 'company_leader', 'deputy_company_leader', 'brigade_leader', 'deputy_brigade_leader', 'station_officer', 'bureau_officer')", name=op.f('ck_posts_post')),
    sa.CheckConstraint('valid_to IS NULL OR valid_to >= valid_from', name=op.f('ck_posts_dates')),
    sa.ForeignKeyConstraint(['member_id'], ['members.id'], name=op.f('fk_posts_member_id')),
    sa.ForeignKeyConstraint(['unit_id'], ['units.id'], name=op.f('fk_posts_unit_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_posts'))
    )
    with op.batch_alter_table('posts', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_posts_member_id'), ['member_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_posts_unit_id'), ['unit_id'], unique=False)


def _roster_imports() -> None:
    op.create_table('roster_imports',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('bureau_id', sa.Uuid(), nullable=False),
    sa.Column('created_by_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('applied_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('file_name', sa.String(length=200), nullable=False),
    sa.Column('valid_from', sa.Date(), nullable=False),
    sa.Column('rows', sa.JSON().with_variant(JSONB(), 'postgresql'), nullable=False),
    sa.Column('problems', sa.JSON().with_variant(JSONB(), 'postgresql'), nullable=False),
    sa.ForeignKeyConstraint(['bureau_id'], ['units.id'], name=op.f('fk_roster_imports_bureau_id')),
    sa.ForeignKeyConstraint(['created_by_id'], ['members.id'], name=op.f('fk_roster_imports_created_by_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_roster_imports'))
    )


def _device_sessions() -> None:
    op.create_table('device_sessions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('device_name', sa.String(length=100), nullable=False),
    sa.Column('refresh_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_device_sessions_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_device_sessions'))
    )
    with op.batch_alter_table('device_sessions', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_device_sessions_account_id'), ['account_id'], unique=False)
