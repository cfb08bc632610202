"""A report filed by bare Flask: the body parsed and the rows of one report inserted by hand-written statements.

No token, no check, no look-up: all that would have to be found out comes in a file, as the rows of another report
(``bench/filing.py``). Their ids, times and texts are those of the request; one transaction, kept as the product keeps it.
"""

from __future__ import annotations

import itertools
import json
import sqlite3
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from flask import Flask, Response, request
from psycopg_pool import ConnectionPool

LINKED = "chain_links"


class Filing:
    """The statements, and what a request puts into them."""

    def __init__(self, rows: dict[str, list[dict[str, Any]]], mark: str, written: Callable[[uuid.UUID], str]) -> None:
        self.written, self.rows = written, rows
        [self.report] = rows["activity_reports"]
        self.statements = {
            table: f"INSERT INTO {table} ({', '.join(map(_quoted, found[0]))}) VALUES ({', '.join([mark] * len(found[0]))})"
            for table, found in rows.items()
        }
        self.texts = {table: [{n: _value(v) for n, v in row.items()} for row in found] for table, found in rows.items()}
        self.places = itertools.count(1_000_000_000)

    def values(self, table: str, said: dict[str, Any]) -> list[list[Any]]:
        """The rows of one table for a report that says this."""
        new, old = self.written(uuid.UUID(said["id"])), self.report["id"]
        made = [{name: new if value == old else value for name, value in row.items()} for row in self.texts[table]]
        if table == "activity_reports":
            made[0].update(
                place=said["place"], summary=said["summary"], number=said["id"],
                started_at=_instant(said["started_at"]), ended_at=_instant(said["ended_at"]),
            )  # fmt: skip
        elif table == "notices":
            for row in made:
                row["id"] = self.written(uuid.uuid4())
        elif table == LINKED:
            for row in made:
                row["place"] = next(self.places)
        return [list(row.values()) for row in made]

    def store(self, run: Callable[[str, list[list[Any]]], Any], said: dict[str, Any]) -> str:
        """Inserts everything; the answer comes back."""
        for table, statement in self.statements.items():
            run(statement, self.values(table, said))
        return str(self.rows["creations"][0]["body"])


def app(address: str, file: str) -> Flask:
    """The application, writing to this store."""
    made = Flask(__name__)
    rows = json.loads(Path(file).read_text(encoding="utf-8"))
    store = _postgresql(address, rows) if address.startswith("postgresql") else _sqlite(address, rows)

    @made.post("/api/v1/activity-reports")
    def file_one() -> Response:
        return Response(store(json.loads(request.get_data())), 201, mimetype="application/json")

    return made


def _sqlite(address: str, rows: dict[str, Any]) -> Callable[[dict[str, Any]], str]:
    filing = Filing(rows, "?", lambda id_: id_.hex)
    held = threading.local()

    def store(said: dict[str, Any]) -> str:
        connection = getattr(held, "connection", None)
        if connection is None:
            path = address.removeprefix("sqlite:///")
            connection = held.connection = sqlite3.connect(path, isolation_level=None, timeout=60)
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA journal_mode = TRUNCATE")
        connection.execute("BEGIN IMMEDIATE")
        answer = filing.store(connection.executemany, said)
        connection.execute("COMMIT")
        return answer

    return store


def _postgresql(address: str, rows: dict[str, Any]) -> Callable[[dict[str, Any]], str]:
    filing = Filing(rows, "%s", str)
    pool = ConnectionPool(address, min_size=8, max_size=8, open=True)

    def store(said: dict[str, Any]) -> str:
        with pool.connection() as connection, connection.pipeline(), connection.cursor() as cursor:

            def run(statement: str, values: list[list[Any]]) -> None:
                for one in values:
                    cursor.execute(statement, one)

            return filing.store(run, said)

    return store


def _quoted(name: str) -> str:
    return f'"{name}"'


def _value(value: Any) -> Any:
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value


def _instant(text: str) -> str:
    return f"{datetime.fromisoformat(text).astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
