"""What the product says to a store for one request: its statements, and how much the store works for each."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from sqlalchemy import event
from werkzeug.test import TestResponse

from api import create_app
from api.extensions import db
from bench.frame import Wrong
from bench.stores import settings_at
from bench.twins import plain
from brigade.demo.accounts import PASSWORD

JSON = "application/json"

Statement = tuple[str, Any]
"""As the driver was given it, with its values."""


class Asking:
    """Someone who is signed in to the application on one store, in this process."""

    def __init__(self, app: Flask, login: str) -> None:
        self.app, self.client = app, app.test_client()
        self.headers: dict[str, str] = {}
        said = self._json(self.client.post("/api/v1/auth/login", json={"login": login, "password": PASSWORD}))
        self.headers = {"Authorization": f"Bearer {said['access_token']}"}
        self.get("/api/v1/me")  # the first use of a token is written down

    def get(self, path: str) -> Any:
        """The answer's JSON."""
        return self._json(self.client.get(path, headers=self.headers))

    def file(self, body: bytes) -> None:
        """One report."""
        self._json(
            self.client.post("/api/v1/activity-reports", data=body, headers=self.headers, content_type=JSON), 201
        )

    def _json(self, answer: TestResponse, status: int = 200) -> Any:
        if answer.status_code != status:
            raise Wrong(f"answered by {answer.status_code}: {answer.text[:300]}")
        return answer.json

    def statements(self, path: str) -> list[Statement]:
        """What was said to the store for this answer, without BEGIN."""
        said: list[Statement] = []

        def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_rest: Any) -> None:
            if not statement.startswith(("BEGIN", "SELECT set_config")):
                said.append((statement, values))

        with self.app.app_context():
            engine = db.engine
        event.listen(engine, "before_cursor_execute", note)
        try:
            self.get(path)
        finally:
            event.remove(engine, "before_cursor_execute", note)
        return said


@contextmanager
def asking(address: str, folder: Path, login: str) -> Iterator[Asking]:
    """Signed in to an application on this store."""
    app = create_app(settings_at(address, folder))
    try:
        yield Asking(app, login)
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


def work(address: str, statements: list[Statement]) -> int:
    """How much the store does for them: steps of SQLite's machine, or buffers that PostgreSQL looks into."""
    connection = plain(address)
    try:
        counting = _steps if isinstance(connection, sqlite3.Connection) else _buffers
        return sum(counting(connection, *each) for each in statements)
    finally:
        connection.close()


def _steps(connection: sqlite3.Connection, statement: str, values: Any) -> int:
    done = 0

    def count() -> int:
        nonlocal done
        done += 1
        return 0

    connection.set_progress_handler(count, 1)
    connection.execute(statement, values).fetchall()
    connection.set_progress_handler(None, 1)
    return done


def _buffers(connection: Any, statement: str, values: Any) -> int:
    said = f"EXPLAIN (ANALYZE, BUFFERS, TIMING OFF, FORMAT JSON) {statement}"
    [(found,)] = connection.execute(said, values).fetchall()
    plan = found[0]["Plan"]
    return int(plan["Shared Hit Blocks"] + plan["Shared Read Blocks"])
