"""Where a backup is made or looked through: a folder with a copy of the database in plain, gone when it is done.

What is killed outright cannot clear up after itself. Whoever works holds a lock, which ends with the process; the next one
to work beside it removes what nobody holds.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOCK = "lock"
UNLOCKED_FOR = 24 * 60 * 60
"""Seconds after which a folder without a lock is nobody's: one that is just being made, or an older version's."""


@contextmanager
def workplace(prefix: str, beside: Path | None = None) -> Iterator[Path]:
    """An empty folder that its owner alone may enter, in ``beside`` or where the machine keeps what is temporary.

    Left-over ones with the same prefix are removed there first. OSError where none can be made.
    """
    # Absolute: SQLite is asked by address, which has no relative ones.
    parent = (beside or Path(tempfile.gettempdir())).absolute()
    _remove_left_over(prefix, parent)
    folder, lock = _made(prefix, parent)
    try:
        yield folder
    finally:
        _clear(folder)
        os.close(lock)  # before its name goes: a network file system keeps the names of open files
        shutil.rmtree(folder, ignore_errors=True)


def remove_unfinished(folder: Path, beginnings: tuple[bytes, ...]) -> None:
    """Remove what earlier versions, killed, left beside the archives as ``.NAME.unfinished``; known by how it begins."""
    for path in folder.glob(".*.unfinished"):
        with suppress(OSError):  # another's, or gone meanwhile
            found = path.lstat()
            is_old = stat.S_ISREG(found.st_mode) and time.time() - found.st_mtime > UNLOCKED_FOR
            if is_old and found.st_uid == os.geteuid() and _beginning(path).startswith(beginnings):
                path.unlink()


def _beginning(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(100)


def _made(prefix: str, parent: Path) -> tuple[Path, int]:
    while True:
        folder = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        with suppress(OSError):  # a file system without locks: nobody's lock is taken there, and nothing removed
            fcntl.flock(lock, fcntl.LOCK_EX)
        if os.fstat(lock).st_nlink:
            return folder, lock
        os.close(lock)  # somebody took it for left over between the two lines


def _remove_left_over(prefix: str, parent: Path) -> None:
    for folder in parent.glob(f"{prefix}*"):
        with suppress(OSError):  # another's, or gone meanwhile
            found = folder.lstat()
            if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
                _remove_unless_held(folder, found.st_mtime)


def _remove_unless_held(folder: Path, changed: float) -> None:
    try:
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_NOFOLLOW)
    except FileNotFoundError:
        if time.time() - changed > UNLOCKED_FOR:
            shutil.rmtree(folder)
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        _clear(folder)
        (folder / LOCK).unlink()
    finally:
        os.close(lock)
    folder.rmdir()


def _clear(folder: Path) -> None:
    """Remove everything but the lock: what is in plain goes first, and while it is held."""
    for one in folder.iterdir():
        if one.name == LOCK:
            continue
        if one.is_dir() and not one.is_symlink():
            shutil.rmtree(one)
        else:
            one.unlink()
