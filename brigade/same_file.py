"""Whether the file that SQLite has open is still the one that its name leads to.

A file that was removed, or in whose place another one was put, stays open: SQLite reads and (with a write-ahead log) writes
it as before, and all that is gone when the process ends. So nothing is read from it or written to it any more.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from brigade.private_files import make_file


class FileMoved(sqlite3.OperationalError):
    """The name leads to another file than the one that is open, or to none."""

    def __init__(self) -> None:
        super().__init__(
            "the database's file was removed or another put in its place while this ran (put it back, or start again)"
        )


class SameFile:
    """The file that the first of an engine's connections found, which all later ones must find."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Nothing is open any more: the next connection is the first."""
        self._path = ""
        self._found: tuple[int, int] | None = None

    def before(self, path: str) -> None:
        """Before a connection is opened. The first one makes the file; a later one does not make an empty one instead."""
        if self._found is None:
            make_file(Path(path))
            self._path = path
        else:
            self.check()

    def after(self) -> None:
        """Once it is open."""
        if self._found is None and self._path:
            self._found = _file_at(self._path)
        self.check()

    def check(self) -> None:
        """FileMoved where it is another one now, or none. A store in memory has no file."""
        if self._path and _file_at(self._path) != self._found:
            raise FileMoved


def _file_at(path: str) -> tuple[int, int] | None:
    try:
        found = os.stat(path)  # noqa: PTH116  at every transaction
    except OSError:
        return None
    return found.st_dev, found.st_ino
