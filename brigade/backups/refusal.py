"""Why a backup or a move does not happen."""

from __future__ import annotations

import sqlite3


def newer(found: str, known: str) -> str:
    """Of a database on which a newer version has run its migrations: ``found`` is the last one of them, ``known`` ours."""
    return (
        f"the database is of a newer version (schema {found}) than this program ({known}): run it with that version, or "
        "restore the backup that was made before it came. Servers and workers of the version right before it work as they "
        "are"
    )


def is_no_database(error: BaseException | None) -> bool:
    """Whether SQLite says of a file that it is something else, or damaged."""
    return isinstance(error, sqlite3.Error) and error.sqlite_errorcode in (
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_CORRUPT,
    )


def no_database(path: str) -> str:
    """Of such a file."""
    return (
        f"{path} is no database of SQLite, or was damaged: is it the right one (BRIGADE_DATABASE_URL, BRIGADE_VAR)? If so, put "
        "it aside and restore the newest backup"
    )


class Unfit(Exception):
    """The archive, or the place it should go to, is not fit for it. The message says why, to an operator."""
