"""The ground the tables stand on: declarative base, constraint names, column types, and how a store is opened.

Plain SQLAlchemy. Flask's session object is made in ``api/extensions.py`` from the same ``Base``.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
import uuid
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

from sqlalchemy import (
    JSON,
    ColumnElement,
    DateTime,
    Engine,
    MetaData,
    SQLColumnExpression,
    String,
    Uuid,
    event,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.types import TypeDecorator
from uuid_utils.compat import uuid7

from brigade.same_file import SameFile
from brigade.turns import PATIENCE, QueueingConnection


class UtcTime(TypeDecorator[dt.datetime]):
    """An instant. Naive values are refused; what comes back is aware and in UTC (SQLite itself keeps no zone)."""

    impl = DateTime(timezone=True)
    cache_ok = True

    @property
    def python_type(self) -> type[dt.datetime]:
        """What a value is in Python."""
        return dt.datetime

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Into the store."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive instant {value!r}")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Out of the store."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


Document = JSON().with_variant(JSONB(), "postgresql")
"""A JSON value: an object or an array of what the API takes in."""


class Base(DeclarativeBase):
    """Every table of the product."""

    # The map stands in an explicit registry because Flask-SQLAlchemy 3.1 fails at import when it stands on the class.
    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(table_name)s_%(column_0_N_name)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={
            dt.datetime: UtcTime,
            uuid.UUID: Uuid,
            dict[str, Any]: Document,
            list[Any]: Document,
        },
    )


def new_id() -> uuid.UUID:
    """A fresh id: UUID version 7, so that new rows lie together in the index."""
    return uuid7()


Key = Any
"""An id as the driver gives it: a text or a UUID. Who only compares ids, fifteen thousand of them, need not make any."""


def key_of(column: SQLColumnExpression[uuid.UUID] | SQLColumnExpression[uuid.UUID | None]) -> ColumnElement[Key]:
    """SQL: a column of ids whose values are keys."""
    return type_coerce(column, String)


def id_of(key: Key) -> uuid.UUID:
    """The id that a key is."""
    return key if isinstance(key, uuid.UUID) else uuid.UUID(key)


CHUNK = 500


T = TypeVar("T")


def chunks(values: list[T]) -> Iterator[list[T]]:
    """The ids, or other values, in lists that fit into one statement."""
    return (values[start : start + CHUNK] for start in range(0, len(values), CHUNK))


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
