"""What the role of the running program may do with each table of PostgreSQL, where another role owns the tables.

The owner migrates; the program runs as a role that can add to what must never change, and cannot change it: a second
wall behind the triggers, which only the owner could take away.
"""

from __future__ import annotations

from sqlalchemy import Connection, inspect, text

ONLY_ADDED_TO = (
    "audit_entries",
    "chain_links",
    "edition_files",
    "edition_units",
    "editions",
    "report_events",
    "report_versions",
    "scan_corrections",
    "scan_tallies",
    "signed_heads",
)
"""A draft that is deleted takes its events and versions along: the database does that itself, as their owner."""


def grant(connection: Connection, role: str) -> list[str]:
    """Give the role what it needs and no more; the tables that it can only add to come back.

    ValueError for a database that knows no roles. The role must exist.
    """
    if connection.dialect.name != "postgresql":
        raise ValueError("only PostgreSQL has roles")
    quoted = connection.dialect.identifier_preparer.quote_identifier(role)
    for table in inspect(connection).get_table_names():
        name = connection.dialect.identifier_preparer.quote_identifier(table)
        rights = "SELECT, INSERT" if table in ONLY_ADDED_TO else "SELECT, INSERT, UPDATE, DELETE"
        connection.execute(text(f"REVOKE ALL ON {name} FROM {quoted}"))
        connection.execute(text(f"GRANT {rights} ON {name} TO {quoted}"))
    connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quoted}"))
    return list(ONLY_ADDED_TO)
