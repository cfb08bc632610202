"""How a store is opened, so that it keeps what it says to be stored: each connection of an engine, SQLite's and PostgreSQL's.

Plain SQLAlchemy. The tables stand on ``db.py``.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from brigade.same_file import SameFile
from brigade.turns import PATIENCE, QueueingConnection

WALL_SETTING = "brigade.wall"
"""PostgreSQL: for which bureau the transaction acts (``walls.py``); ``*`` for all, as a connection says at its start."""

SQLITE_WAL_RESET_FIXED = ((3, 51, 3), (3, 50, 7), (3, 44, 6))


def sqlite_wal_is_safe(version: tuple[int, int, int] = sqlite3.sqlite_version_info[:3]) -> bool:
    """Whether this SQLite has the fix for the write-ahead log's reset race (3.7.0 to 3.51.2 can lose or damage data).

    Fixed in 3.51.3 and, on the older lines, in 3.50.7 and 3.44.6 (sqlite.org release notes). Without the fix we run
    with a rollback journal instead, which is slower with many readers and has no such fault.
    """
    newest, *older = SQLITE_WAL_RESET_FIXED
    return version >= newest or any(version[:2] == line[:2] and version >= line for line in older)


def prepare_engine(engine: Engine) -> None:
    """Make every connection of ``engine`` safe: full sync, foreign keys, our own BEGIN in turn (SQLite); limits
    (PostgreSQL).
    """
    if engine.dialect.name == "sqlite":
        file = SameFile()
        event.listen(engine, "do_connect", partial(_before_sqlite, file))
        event.listen(engine, "connect", partial(_open_sqlite, file))
        event.listen(engine, "begin", partial(_begin_sqlite, file))
        event.listen(engine, "engine_disposed", lambda _engine: file.forget())
    else:
        event.listen(engine, "connect", _open_postgresql)


def _before_sqlite(
    file: SameFile, _dialect: Dialect, _record: object, said: Sequence[Any], named: dict[str, Any]
) -> None:
    name = str(said[0])
    if not named.get("uri") and name != ":memory:":
        file.before(name)
    named["factory"] = QueueingConnection


def _open_sqlite(file: SameFile, connection: QueueingConnection, _record: object) -> None:
    file.after()
    connection.isolation_level = None  # the driver's own BEGIN is deferred: two writers would deadlock on upgrade
    run = connection.execute
    run(f"PRAGMA busy_timeout = {PATIENCE * 1000:.0f}")
    run("PRAGMA foreign_keys = ON")
    run(f"PRAGMA journal_mode = {'WAL' if sqlite_wal_is_safe() else 'TRUNCATE'}")
    run("PRAGMA synchronous = FULL")
    if run("PRAGMA synchronous").fetchone()[0] != 2:
        raise RuntimeError("SQLite does not keep synchronous=FULL; refusing to store reports without it")
    connection.queue()


def _begin_sqlite(file: SameFile, connection: Connection) -> None:
    writes = connection.get_execution_options().get("writing", False)
    begin, driver = "BEGIN IMMEDIATE" if writes else "BEGIN", connection.connection.driver_connection
    assert isinstance(driver, QueueingConnection)
    try:
        if writes:
            driver.await_turn()
        file.check()
    except sqlite3.OperationalError as error:
        driver.give_turn()
        raise OperationalError(begin, None, error) from error
    try:
        connection.exec_driver_sql(begin)
    except BaseException:
        driver.give_turn()
        raise


def _open_postgresql(connection: Any, _record: object) -> None:
    from brigade.safe_server import check_connection  # where there is no PostgreSQL, nothing of its driver is loaded

    with connection.cursor() as cursor:
        check_connection(cursor)
        cursor.execute("SET synchronous_commit = on")
        cursor.execute("SET lock_timeout = '10s'")
        cursor.execute("SET TIME ZONE 'UTC'")
        cursor.execute(f"SET {WALL_SETTING} = '*'")
    connection.commit()


STARTING_PATIENCE = 5
"""Seconds to wait for a server at the start. One that is away does not keep us from starting."""


def refusal(url: str) -> str | None:
    """Why the server at this address of PostgreSQL is not used; None where it is, and where it does not answer."""
    from brigade.safe_server import Forgetful

    engine = create_engine(url, poolclass=NullPool, connect_args={"connect_timeout": STARTING_PATIENCE})
    prepare_engine(engine)
    try:
        engine.connect().close()
    except OperationalError as error:
        if isinstance(error.orig, Forgetful):
            return str(error.orig)
    return None
