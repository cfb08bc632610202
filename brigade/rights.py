"""What the role of the running program may do with each table of PostgreSQL, where another role owns the tables.

The owner migrates; the program runs as a role that can add to what must never change, and cannot change it: a second
wall behind the triggers, which only the owner could take away. What it sees of other bureaus stands in ``walls.py``.
"""

from __future__ import annotations

from sqlalchemy import Connection, bindparam, inspect, text

ONLY_ADDED_TO = (
    "audit_entries",
    "chain_links",
    "edition_units",
    "editions",
    "erased_parts",
    "removed_reports",
    "report_events",
    "report_versions",
    "scan_corrections",
    "scan_tallies",
    "signed_heads",
)
"""A draft that is deleted takes its events and versions along: the database does that itself, as their owner."""

ERASED_FROM = {
    "audit_entries": ("data",),
    "editions": ("rows", "sealed_by", "comment"),
    "report_events": ("comment", "remarks", "nonce"),
    "report_versions": ("content", "nonce"),
}
"""Of what is only added to, the columns whose words may go: the triggers let them by an erasure alone (ADR 041)."""

FORGOTTEN_FROM = ("edition_files",)
"""Never changed, and removed only once their edition's time is over: the triggers see to that."""

ONLY_READ = ("alembic_version",)

_ABOVE_RIGHTS = text("""
    SELECT rolsuper OR rolbypassrls OR EXISTS (
        SELECT FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
        AND pg_has_role(pg_roles.oid, relowner, 'MEMBER')
    ) FROM pg_roles WHERE rolname = :role
""").bindparams(bindparam("role"))


_ITSELF = text("""
    SELECT current_user AS name, count(*) AS tables, count(*) FILTER (WHERE NOT pg_has_role(relowner, 'USAGE')) AS foreign_ones
    FROM pg_class WHERE relkind = 'r' AND relnamespace = current_schema()::regnamespace
""")


def grant(connection: Connection, role: str) -> list[str]:
    """Give the role what it needs and no more, whatever it had before; the tables that it can only add to come back.

    ValueError for a database that knows no roles or has no tables, a role that is not there, one that no right holds back
    (the owner of the tables or a superuser), and where the connection is not the owner's: PostgreSQL would only warn.
    """
    if connection.dialect.name != "postgresql":
        raise ValueError("only PostgreSQL has roles")
    here = connection.execute(_ITSELF).one()
    if not here.tables:
        raise ValueError(
            "the database has no tables: is it the right one? If so, run first: flask --app wsgi db upgrade"
        )
    if here.foreign_ones:
        raise ValueError(
            f"the role {here.name!r} does not own the tables, so it can give no rights to them: run it with the address of "
            "their owner (BRIGADE_DATABASE_URL, as in owner.env)"
        )
    above = connection.scalar(_ABOVE_RIGHTS, {"role": role})
    if above is None:
        raise ValueError(f"the role {role!r} does not exist: make it first (createuser)")
    if above:
        raise ValueError(f"the role {role!r} owns the tables or is a superuser: no right would hold it back")
    quoted = connection.dialect.identifier_preparer.quote_identifier(role)
    for table in inspect(connection).get_table_names():
        name = connection.dialect.identifier_preparer.quote_identifier(table)
        connection.execute(text(f"REVOKE ALL ON {name} FROM {quoted}"))
        connection.execute(text(f"GRANT {_rights(table)} ON {name} TO {quoted}"))
    connection.execute(text(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {quoted}"))
    return list(ONLY_ADDED_TO)


def _rights(table: str) -> str:
    if table in ONLY_READ:
        return "SELECT"
    if table in FORGOTTEN_FROM:
        return "SELECT, INSERT, DELETE"
    erased = f", UPDATE ({', '.join(ERASED_FROM[table])})" if table in ERASED_FROM else ""
    return f"SELECT, INSERT{erased}" if table in ONLY_ADDED_TO else "SELECT, INSERT, UPDATE, DELETE"
