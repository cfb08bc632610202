"""A store that tests may empty: what keeps history from being removed is away for the length of a transaction."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, text

GUARDED = (
    "activity_reports", "chain_heads", "chain_links", "editions", "erased_parts", "removed_reports", "report_events",
    "report_versions", "signed_heads",
)  # fmt: skip


@contextmanager
def unguarded(connection: Connection) -> Iterator[None]:
    """Nothing keeps what happened from being removed, within this transaction: as its owner could do it."""
    if connection.dialect.name == "postgresql":
        for table in GUARDED:
            connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER USER"))
        yield
        for table in GUARDED:
            connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER USER"))
        return
    triggers = connection.execute(text("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")).all()
    guards = [(name, made) for name, made in triggers if name.endswith(("_kept", "_only_drafts_go", "_refused"))]
    for name, _ in guards:
        connection.execute(text(f"DROP TRIGGER {name}"))
    yield
    for _, made in guards:
        connection.exec_driver_sql(made)
