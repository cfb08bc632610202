"""How Alembic runs here: from the Flask application, with limits on locks, and never past a foreign key unseen."""

from __future__ import annotations

from alembic import context
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection

from brigade.backups.refusal import newer
from brigade.db import UtcTime

engine = context.config.attributes.get("engine") or current_app.extensions["migrate"].db.engine
metadata = current_app.extensions["migrate"].db.metadata
BY_HAND = ("report_words_fts", "ix_report_words_pieces")


def keep(obj: object, name: str | None, kind: str, *_: object) -> bool:
    """The full-text tables and index are made by hand for each store and are not models."""
    return not (name or "").startswith(BY_HAND)


def plain(kind: str, item: object, _context: object) -> str | bool:
    """Our own column types as what they are in the store: a migration must not change when the code does."""
    return "sa.DateTime(timezone=True)" if kind == "type" and isinstance(item, UtcTime) else False


def run(connection: Connection) -> None:
    """All migrations in one transaction on both stores."""
    context.configure(
        connection=connection, target_metadata=metadata, include_object=keep, render_item=plain, render_as_batch=True
    )
    known = {one.revision for one in context.script.walk_revisions()}
    for found in context.get_context().get_current_heads():
        if found not in known:
            raise CommandError(newer(found, str(context.script.get_current_head())))
    with context.begin_transaction():
        context.run_migrations()


with engine.connect() as connection:
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        # A batch change drops and makes the table anew: with foreign keys on, the children would be deleted too.
        raw = connection.connection.driver_connection
        connection.rollback()
        raw.execute("PRAGMA foreign_keys = OFF")
        connection = connection.execution_options(writing=True)
    else:
        connection.exec_driver_sql("SET lock_timeout = '4s'")
        connection.exec_driver_sql("SET statement_timeout = '5min'")
        connection.commit()
    with connection.begin():
        run(connection)
        if sqlite and connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall():
            raise RuntimeError("the migration leaves rows without their parents; nothing was changed")
    if sqlite:
        raw.execute("PRAGMA foreign_keys = ON")
