"""Device sessions that survive a lost answer, second factors, tries."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

NEW = ("previous_refresh_id", "rotated_at", "answer_used_at", "factor", "proven_at", "revoked_because")


def upgrade() -> None:
    """Devices and accounts get columns, second factors tables; tries are counted in place of being listed."""
    _device_sessions()
    with op.batch_alter_table('accounts', schema=None) as batch_op:
        batch_op.add_column(sa.Column('short_password', sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table('accounts', schema=None) as batch_op:
        batch_op.alter_column('short_password', server_default=None)
    _totps()
    _recovery_codes()
    _passkeys()
    _passkey_challenges()
    op.drop_table('sign_in_failures')
    _sign_in_tries()


def downgrade() -> None:
    """Second factors are lost, and so is the list of tries, which is short-lived anyway."""
    for table in ('sign_in_tries', 'passkey_challenges', 'passkeys', 'recovery_codes', 'totps'):
        op.drop_table(table)
    op.create_table('sign_in_failures',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_in_failures'))
    )
    with op.batch_alter_table('sign_in_failures', schema=None) as batch_op:
        batch_op.create_index('ix_sign_in_failures_key_at', ['key', 'at'], unique=False)
    with op.batch_alter_table('accounts', schema=None) as batch_op:
        batch_op.drop_column('short_password')
    with op.batch_alter_table('device_sessions', schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f('ck_device_sessions_revoked'), type_='check')
        batch_op.drop_constraint(batch_op.f('ck_device_sessions_factor'), type_='check')
        for name in NEW:
            batch_op.drop_column(name)


def _device_sessions() -> None:
    with op.batch_alter_table('device_sessions', schema=None) as batch_op:
        batch_op.add_column(sa.Column('previous_refresh_id', sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column('rotated_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('answer_used_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(
            sa.Column('factor', sa.String(length=16), server_default='password', nullable=False)
        )
        batch_op.add_column(sa.Column('proven_at', sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('revoked_because', sa.String(length=16), nullable=True))
    devices = sa.table(
        'device_sessions', sa.column('rotated_at'), sa.column('last_used_at'), sa.column('revoked_at'),
        sa.column('revoked_because'),
    )  # fmt: skip
    op.execute(sa.update(devices).values(rotated_at=devices.c.last_used_at))
    # Why nobody wrote down: taken for the worst.
    op.execute(sa.update(devices).where(devices.c.revoked_at.is_not(None)).values(revoked_because='lost'))
    with op.batch_alter_table('device_sessions', schema=None) as batch_op:
        batch_op.alter_column('rotated_at', existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.alter_column('factor', existing_type=sa.String(length=16), server_default=None)
        batch_op.create_check_constraint(
            batch_op.f('ck_device_sessions_revoked'), '(revoked_at IS NULL) = (revoked_because IS NULL)'
        )
        batch_op.create_check_constraint(
            batch_op.f('ck_device_sessions_factor'),
            "factor IN ('password', 'invitation', 'totp', 'recovery-code', 'passkey')",
        )


def _totps() -> None:
    op.create_table('totps',
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('secret', sa.String(length=64), nullable=False),
    sa.Column('confirmed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_step', sa.BigInteger(), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_totps_account_id')),
    sa.PrimaryKeyConstraint('account_id', name=op.f('pk_totps'))
    )


def _recovery_codes() -> None:
    op.create_table('recovery_codes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('code_hash', sa.String(length=64), nullable=False),
    sa.Column('used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_recovery_codes_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recovery_codes'))
    )
    with op.batch_alter_table('recovery_codes', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_recovery_codes_account_id'), ['account_id'], unique=False)


def _passkeys() -> None:
    op.create_table('passkeys',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(length=100), nullable=False),
    sa.Column('credential_id', sa.LargeBinary(length=1023), nullable=False),
    sa.Column('public_key', sa.LargeBinary(), nullable=False),
    sa.Column('sign_count', sa.BigInteger(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('last_used_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_passkeys_account_id')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_passkeys')),
    sa.UniqueConstraint('credential_id', name=op.f('uq_passkeys_credential_id'))
    )
    with op.batch_alter_table('passkeys', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_passkeys_account_id'), ['account_id'], unique=False)


def _passkey_challenges() -> None:
    op.create_table('passkey_challenges',
    sa.Column('challenge', sa.LargeBinary(length=64), nullable=False),
    sa.Column('purpose', sa.String(length=8), nullable=False),
    sa.Column('account_id', sa.Uuid(), nullable=True),
    sa.Column('until', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['account_id'], ['accounts.id'], name=op.f('fk_passkey_challenges_account_id')),
    sa.PrimaryKeyConstraint('challenge', name=op.f('pk_passkey_challenges'))
    )


def _sign_in_tries() -> None:
    op.create_table('sign_in_tries',
    sa.Column('key', sa.String(length=64), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('until', sa.DateTime(timezone=True), nullable=True),
    sa.Column('last_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('key', name=op.f('pk_sign_in_tries'))
    )
    with op.batch_alter_table('sign_in_tries', schema=None) as batch_op:
        batch_op.create_index('ix_sign_in_tries_last_at', ['last_at'], unique=False)
