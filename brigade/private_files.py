"""Who may read the files of a SQLite store: names, telephone numbers and injuries stand in them."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from pathlib import Path

from brigade.durable import sync_folder

BESIDE = ("", "-wal", "-shm", "-journal", "-turn")
"""The database and what lies beside it while it is open. SQLite gives those the rights of the database."""


def make_folder(folder: Path) -> None:
    """The folder, which its owner alone may enter; one that is there stays as it is."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        sync_folder(folder.parent)


def make_file(path: Path) -> None:
    """An empty file that its owner alone may read, which is a database without tables to SQLite; one that is there stays as
    it is. SQLite itself would let everybody read it (umask). What cannot be made is left to SQLite, which says why.
    """
    if not path.exists():
        with suppress(OSError):
            os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))


def shut_out_others(path: Path) -> None:
    """Take what an older version let everybody read from those who are neither its owner nor of its group. A group's rights
    stay: somebody may have given them on purpose, to what makes copies, say. Nothing where another one owns it.
    """
    for suffix in BESIDE:
        one = path.with_name(path.name + suffix)
        with suppress(OSError):
            mode = stat.S_IMODE(one.stat().st_mode)
            if mode & stat.S_IRWXO:
                one.chmod(mode & ~stat.S_IRWXO)
