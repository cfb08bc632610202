"""A second wall on PostgreSQL, behind the scopes: rows of another bureau do not exist for who acts for this one.

The rules of who sees what stand in ``scopes.py`` alone. The wall is coarse and knows one thing, the bureau: a query that
forgot its scope, or went past it, still finds nothing of another city. It stands for the role of the running program
(``rights.py``); the owner of the tables, who migrates, walks through it.

Which bureau is said once in each transaction, where the session is bound to its actor. Before that, and in background
jobs, the program is nobody's and says so when it connects (``OPEN``). A connection that says nothing finds nothing.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator

from sqlalchemy import Connection, String, bindparam, event, func, select, text, true
from sqlalchemy.orm import Session, SessionTransaction

from brigade.connections import WALL_SETTING
from brigade.driver import connection_of
from brigade.questions import Question

BY_BUREAU = (
    "activity_reports",
    "audit_entries",
    "data_requests",
    "events",
    "former_types",
    "keeping_times",
    "legal_holds",
    "members",
    "retention_runs",
    "roster_imports",
    "scan_tallies",
    "scans",
    "units",
    "vehicles",
)
"""Rows that name their bureau."""

BEHIND = {
    "accounts": ("member_id", "members"),
    "attachments": ("uploader_id", "members"),
    "calendar_feeds": ("member_id", "members"),
    "deliveries": ("member_id", "members"),
    "device_sessions": ("account_id", "accounts"),
    "disputes": ("report_id", "activity_reports"),
    "edition_files": ("unit_id", "units"),
    "edition_units": ("unit_id", "units"),
    "editions": ("unit_id", "units"),
    "invitations": ("member_id", "members"),
    "month_statements": ("unit_id", "units"),
    "notice_settings": ("member_id", "members"),
    "notices": ("member_id", "members"),
    "passkeys": ("account_id", "accounts"),
    "recovery_codes": ("account_id", "accounts"),
    "report_events": ("report_id", "activity_reports"),
    "report_versions": ("report_id", "activity_reports"),
    "scan_corrections": ("scan_id", "scans"),
    "scan_files": ("scan_id", "scans"),
    "scan_pages": ("scan_id", "scans"),
    "totps": ("account_id", "accounts"),
    "upload_pieces": ("upload_id", "uploads"),
    "uploads": ("uploader_id", "members"),
}
"""Rows that belong to another row, which is behind the wall itself: by which column, and where."""

LOW = {
    "absences": "days and ids; the person is behind the wall",
    "chain_heads": "numbers and digests only",
    "chain_links": "ids and digests only; a chain is checked as a whole",
    "changes": "ids only",
    "creations": "an id is taken whoever took it",
    "deputy_places": "days and ids; the person is behind the wall",
    "erased_parts": "ids and digests only",
    "event_units": "ids only",
    "jobs": "worked on for everyone; what they carry is ids",
    "memberships": "days and ids; the person is behind the wall",
    "nobody_came": "of an event behind the wall",
    "participations": "of a report and a person behind the wall",
    "passkey_challenges": "random bytes",
    "posts": "days and ids; the person is behind the wall",
    "push_subscriptions": "a device's address belongs to who gave it last, wherever they serve",
    "removed_reports": "ids only",
    "report_attachments": "ids only",
    "report_counters": "numbers only",
    "report_vehicles": "ids only",
    "report_words": "its index of words cannot be used from behind a wall; found are reports, which are behind it",
    "sign_in_tries": "digests only",
    "signed_heads": "numbers, digests and signatures only",
    "sync_epochs": "one random id",
    "unit_parents": "days and ids",
    "unit_tree": "days and ids",
}
"""Tables before the wall, and why. Those of days and ids are read by the thousand: a look at another row for each of
them made a bureau's statistics five times as slow (ADR 035).
"""

POLICY = "brigade_wall"
_SAID = f"(SELECT current_setting('{WALL_SETTING}', true))"
_BUREAU = f"(SELECT nullif(nullif(current_setting('{WALL_SETTING}', true), '*'), '')::uuid)"
# In a SELECT of their own, so that PostgreSQL works them out once in a statement and not for each row.
_SAY = Question(
    select(func.set_config(WALL_SETTING, bindparam("bureau", type_=String), true())),
    {"as_system": "for which bureau the transaction acts is said, nothing is read"},
)


def rules() -> Iterator[tuple[str, str]]:
    """Each table behind the wall, and the SQL condition of its rows."""
    for table in BY_BUREAU:
        yield table, f"{_SAID} = '*' OR bureau_id = {_BUREAU}"
    for table, (column, other) in BEHIND.items():
        yield table, f"{_SAID} = '*' OR EXISTS (SELECT FROM {other} AS seen WHERE seen.id = {table}.{column})"


def raise_walls(connection: Connection) -> list[str]:
    """Put up what is not up yet, as the owner of the tables; the tables whose wall is new or was changed.

    A table whose wall stands as it should is not touched, so that nothing waits for its lock.
    """
    standing = {row.relname: row.mark for row in connection.execute(text(_STANDING), {"policy": POLICY})}
    changed = []
    for table, rule in rules():
        mark = hashlib.sha256(rule.encode()).hexdigest()[:16]
        if standing.get(table) != mark:
            for statement in (
                f"DROP POLICY IF EXISTS {POLICY} ON {table}",
                f"CREATE POLICY {POLICY} ON {table} USING ({rule}) WITH CHECK ({rule})",
                f"COMMENT ON POLICY {POLICY} ON {table} IS '{mark}'",
                f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            ):
                connection.execute(text(statement))
            changed.append(table)
    return changed


_STANDING = """
    SELECT c.relname, obj_description(p.oid, 'pg_policy') AS mark FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid
    WHERE p.polname = :policy AND c.relrowsecurity AND c.relnamespace = current_schema()::regnamespace
"""


def act_behind(session: Session, bureau_id: uuid.UUID) -> None:
    """From here on, and in every later transaction of this session, rows of other bureaus do not exist."""
    session.info["wall"] = bureau_id
    if session.in_transaction():
        _say(connection_of(session), bureau_id)


def _begin(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
    bureau_id = session.info.get("wall")
    if bureau_id is not None and not transaction.nested:
        _say(connection, bureau_id)


def _say(connection: Connection, bureau_id: uuid.UUID) -> None:
    if connection.dialect.name == "postgresql":  # ends with the transaction
        _SAY.ask(connection, bureau=str(bureau_id))


event.listen(Session, "after_begin", _begin)
