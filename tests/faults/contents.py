"""What a store holds in the end, read with plain SQL and without the product's models: ids as hex, instants in UTC."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections import defaultdict
from typing import Any

from sqlalchemy import Connection, Engine, text

INSTANTS = ("at", "started_at", "ended_at", "sealed_at")
DOCUMENTS = ("content", "data", "payload", "body")
READ = {
    "members": "SELECT members.id, login FROM members JOIN accounts ON accounts.member_id = members.id",
    "reports": "SELECT id, number, version, kind, started_at, ended_at, place, summary, author_id, state, step, "
    "awaiting_unit_id, unit_id FROM activity_reports",
    "events": "SELECT report_id, seq, at, action, actor_id, source, target, step_from, step_to, comment "
    "FROM report_events ORDER BY report_id, seq",
    "versions": "SELECT report_id, version, content FROM report_versions ORDER BY report_id, version",
    "people": "SELECT report_id, member_id FROM participations",
    "creations": "SELECT id, resource, status FROM creations",
    "changes": "SELECT DISTINCT entity_id FROM changes",
    "notices": "SELECT id, member_id, kind, report_id, at, routed_at FROM notices",
    "deliveries": "SELECT id, notice_id, state, attempt, error FROM deliveries",
    "jobs": "SELECT id, kind, state, attempt, message, payload FROM jobs",
    "editions": "SELECT id, unit_id, month, number, seal_id, sealed_at, rows FROM editions ORDER BY unit_id, month, number",
    "files": "SELECT edition_id, file_id, sha256, bytes FROM edition_files",
    "pictures": "SELECT id, file_id, sha256, bytes, file_sha256, thumbnail_sha256 FROM attachments",
    "uploads": 'SELECT id, length, "offset" FROM uploads',
    "pieces": 'SELECT upload_id, file_id, length, "offset" FROM upload_pieces',
    "named": "SELECT report_id, attachment_id FROM report_attachments",
}

Row = dict[str, Any]


class Contents:
    """Everything of interest, as lists of rows (``rows["reports"]``), and some of it by report."""

    def __init__(self, engine: Engine) -> None:
        engine.dispose()  # connections from before a crash
        with engine.connect() as connection:
            self.rows = {name: _read(connection, asked) for name, asked in READ.items()}
            self.damage = _damage(connection)
        self.reports: dict[str, Row] = {row["id"]: row for row in self.rows["reports"]}
        self.events = _by_report(self.rows["events"])
        self.versions = _by_report(self.rows["versions"])
        self.people = _by_report(self.rows["people"])
        self.logins: dict[str, str] = {row["id"]: row["login"] for row in self.rows["members"]}


def _by_report(rows: list[Row]) -> dict[str, list[Row]]:
    found = defaultdict(list)
    for row in rows:
        found[row["report_id"]].append(row)
    return found


def _read(connection: Connection, asked: str) -> list[Row]:
    return [
        {name: _plain(name, value) for name, value in row.items()} for row in connection.execute(text(asked)).mappings()
    ]


def _plain(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name == "id" or name.endswith("_id"):
        return hexed(value)
    if name in INSTANTS:
        return instant(value)
    if name in DOCUMENTS and isinstance(value, str):
        return json.loads(value)
    return value


def hexed(value: Any) -> str:
    """An id of either store, or of a request."""
    return uuid.UUID(str(value)).hex


def instant(value: Any) -> dt.datetime:
    """An instant of either store, or of a request."""
    at = dt.datetime.fromisoformat(value) if isinstance(value, str) else value
    return at.replace(tzinfo=dt.UTC) if at.tzinfo is None else at.astimezone(dt.UTC)


def _damage(connection: Connection) -> list[str]:
    """What SQLite finds wrong with its own file."""
    if connection.dialect.name != "sqlite":
        return []
    found = [str(row[0]) for row in connection.execute(text("PRAGMA integrity_check")) if row[0] != "ok"]
    return found + [f"foreign key of {row[0]}" for row in connection.execute(text("PRAGMA foreign_key_check"))]
