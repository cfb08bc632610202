"""The database inside an archive: one SQLite file, looked at without knowing its schema, which may be an older one."""

from __future__ import annotations

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sqlalchemy import Engine

from brigade.backups.refusal import Unfit
from brigade.backups.tally import Tally, tally

SHADOWS = "report_words_fts%"
"""The full-text index keeps tables of its own, made from the rows of others."""

STEPS = 10_000
"""Of SQLite's virtual machine, some tenths of a millisecond, until it looks up from a long statement."""


def snapshot(engine: Engine, into: Path) -> None:
    """Write a whole and consistent copy of a SQLite store, while others read and write. Unfit, or OSError where there is no
    room.
    """
    raw = engine.raw_connection()
    connection: sqlite3.Connection = raw.driver_connection  # type: ignore[assignment]  # it is connected
    connection.set_progress_handler(_look_up, STEPS)
    try:
        connection.execute("VACUUM INTO ?", (str(into),))
    except sqlite3.OperationalError as error:
        check_room(into, error)
        raise Unfit(f"the database cannot be copied to {into}: {error}") from None
    except sqlite3.DatabaseError as error:
        raise Unfit(f"the database is damaged ({error}): put it aside and restore the newest backup") from None
    finally:
        connection.set_progress_handler(None, 0)
        raw.close()


def _look_up() -> None:
    """Nothing: but Python, called at all, takes the signals that came meanwhile. Else TERM would wait for the whole copy."""


def check_room(path: Path, error: BaseException) -> None:
    """OSError that names the file where SQLite says that its disk is full."""
    if isinstance(error, sqlite3.Error) and error.sqlite_errorcode == sqlite3.SQLITE_FULL:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path)) from None


def check(path: Path) -> tuple[str, dict[str, Tally]]:
    """The revision of the schema, and the tally of each table. Unfit where the file is no sound database of ours."""
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
            for pragma, sound in (("integrity_check", [("ok",)]), ("foreign_key_check", [])):
                if database.execute(f"PRAGMA {pragma}").fetchall() != sound:
                    raise Unfit(f"the database in the backup fails its {pragma}")
            ((revision,),) = database.execute("SELECT version_num FROM alembic_version").fetchall()
            return str(revision), {name: tally(_rows(database, name)) for name in _tables(database)}
    except (sqlite3.DatabaseError, ValueError) as error:
        raise Unfit(f"the database in the backup cannot be read ({type(error).__name__})") from None


def _tables(database: sqlite3.Connection) -> list[str]:
    named = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE ?"
    return sorted(name for (name,) in database.execute(named, (SHADOWS,)))


def _rows(database: sqlite3.Connection, name: str) -> Iterator[tuple[object, ...]]:
    quoted = '"' + name.replace('"', '""') + '"'
    yield from database.execute(f"SELECT * FROM {quoted}")  # noqa: S608  a name out of the file's own list
