"""Every connection waits for the disk before it says that something is stored, or stores nothing (R-01p).

That this is enough on SQLite is tried in tests/faults/test_power_cuts.py; for PostgreSQL we take its word.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.engine import make_url

from api import create_app
from api.extensions import db
from brigade import connections as stores
from brigade.connections import prepare_engine, sqlite_wal_is_safe
from brigade.safe_server import KEPT_OTHERWISE, lacking
from brigade.turns import QueueingConnection
from tests import postgres
from tests.api.asking import unavailable
from tests.conftest import settings_for

SYNCHRONOUS_FULL = 2


@pytest.fixture
def hasty_postgresql(postgresql: str) -> str:
    """A database whose connections do not wait for the disk unless they ask for it."""
    owner = create_engine(postgresql)
    with owner.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'ALTER DATABASE "{make_url(postgresql).database}" SET synchronous_commit = off'))
    owner.dispose()
    return postgresql


def test_sqlite_waits_on_each_connection(sqlite: str, tmp_path: Path) -> None:
    app = create_app(settings_for(sqlite, tmp_path))
    with app.app_context(), db.engine.connect() as one, db.engine.connect() as other:
        for connection in (one, other):
            assert connection.execute(text("PRAGMA synchronous")).scalar_one() == SYNCHRONOUS_FULL
            assert connection.execute(text("PRAGMA journal_mode")).scalar_one() == (
                "wal" if sqlite_wal_is_safe() else "truncate"
            )
    with app.app_context():
        db.engine.dispose()


def test_postgresql_waits_where_its_database_would_not(hasty_postgresql: str, tmp_path: Path) -> None:
    asked = text("SHOW synchronous_commit")
    plain = create_engine(hasty_postgresql)
    with plain.connect() as connection:
        assert connection.execute(asked).scalar_one() == "off"
    plain.dispose()
    app = create_app(settings_for(hasty_postgresql, tmp_path))
    with app.app_context(), db.engine.connect() as one, db.engine.connect() as other:
        for connection in (one, other):
            assert connection.execute(asked).scalar_one() == "on"
            connection.rollback()
            assert connection.execute(asked).scalar_one() == "on"
    with app.app_context():
        db.engine.dispose()


def test_a_sqlite_that_does_not_wait_stores_nothing(sqlite: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Deaf(QueueingConnection):
        """As a build would be that takes the wish and does not heed it."""

        def execute(self, sql: str, *said: Any) -> Any:
            return super().execute(sql.replace("synchronous = FULL", "synchronous = OFF"), *said)

    monkeypatch.setattr(stores, "QueueingConnection", Deaf)
    engine = create_engine(sqlite)
    prepare_engine(engine)
    with pytest.raises(RuntimeError, match="synchronous=FULL"):
        engine.connect()
    engine.dispose()


@pytest.fixture
def forgetful_postgresql(postgresql: str) -> str:
    """The tests' own server, which does not wait for the disk, as if it had not said that this is meant."""
    return f"{postgresql}&options=-c%20brigade.kept_otherwise%3Doff"


def test_a_postgresql_that_does_not_keep_what_it_says_stores_nothing(forgetful_postgresql: str, tmp_path: Path) -> None:
    app = create_app(settings_for(forgetful_postgresql, tmp_path))
    assert unavailable(app.test_client().get("/readyz"))
    body = {"login": "a", "password": "b"}
    assert unavailable(app.test_client().post("/api/v1/auth/login", json=body))


@pytest.mark.parametrize("args", [["db", "upgrade"], ["worker"], ["backup", "write", "archive"]], ids=" ".join)
def test_commands_say_what_to_set_on_it(forgetful_postgresql: str, tmp_path: Path, args: list[str]) -> None:
    app = create_app(settings_for(forgetful_postgresql, tmp_path))
    done = app.test_cli_runner().invoke(args=args)
    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    assert "fsync = on, full_page_writes = on" in done.output
    assert "brigade.kept_otherwise" in done.output


def test_the_server_does_not_start_on_it(forgetful_postgresql: str, tmp_path: Path) -> None:
    environ = {"BRIGADE_DATABASE_URL": forgetful_postgresql, "BRIGADE_SECRET_KEY": "k" * 40, "BRIGADE_VAR": str(tmp_path),
               "PORT": "8792"}  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "api.serve"],
        env=os.environ | environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr.count("\n")) == (1, 1), done.stderr
    assert done.stderr.startswith("Brigade does not start. BRIGADE_DATABASE_URL: ")


def test_a_postgresql_that_keeps_what_it_says_is_used(tmp_path: Path) -> None:
    with postgres.running(fsync="on", full_page_writes="on", **{KEPT_OTHERWISE: "off"}) as server:
        engine = create_engine(settings_for(server.create("kept"), tmp_path).database_url)
        prepare_engine(engine)
        with engine.connect() as connection:
            assert connection.execute(text("SHOW fsync")).scalar_one() == "on"
        engine.dispose()


@pytest.mark.parametrize(
    ("said", "lacks"),
    [
        (("on", "on", "off", None), ()), (("on", "on", None, "off"), ()), (("off", "on", "off", None), ("fsync = on",)),
        (("on", "off", "off", ""), ("full_page_writes = on",)), (("on", "on", "on", "off"), ("data_sync_retry = off",)),
        (("off", "off", "on", "on"), ()),
    ],
)  # fmt: skip
def test_what_a_postgresql_must_be_set_to(said: tuple[str | None, ...], lacks: tuple[str, ...]) -> None:
    assert lacking(said) == lacks


@pytest.mark.parametrize(
    ("version", "is_safe"),
    [
        ((3, 40, 1), False), ((3, 44, 5), False), ((3, 44, 6), True), ((3, 45, 0), False), ((3, 50, 6), False),
        ((3, 50, 7), True), ((3, 51, 2), False), ((3, 51, 3), True), ((3, 52, 0), True), ((4, 0, 0), True),
    ],
)  # fmt: skip
def test_the_faulty_write_ahead_log_is_known_by_its_version(version: tuple[int, int, int], is_safe: bool) -> None:
    assert sqlite_wal_is_safe(version) is is_safe
