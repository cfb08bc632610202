"""Whose turn it is to write into a SQLite file: one after the other, in the order in which they came.

SQLite lets one write at a time. Whoever finds it taken sleeps, each time longer, and looks again, so that who comes late
may go first while another one sleeps on. Here they queue instead: the threads of a process one behind the other, and of
each process the foremost at a file beside the database, where the one that waits next keeps all later ones behind it.

SQLite's own lock stays what protects the data. Where the file cannot be used (a folder that may only be read, a full
disk, a system without such locks), nobody queues and SQLite decides alone. A process that dies leaves its place: the system
takes its locks away.
"""

from __future__ import annotations

import errno
import os
import sqlite3
import sys
import threading
import time
import weakref
from collections import deque
from pathlib import Path

if sys.platform != "win32":
    import fcntl

PATIENCE = 15.0
"""Seconds to wait for one's turn, and then for SQLite's own lock, before the store is said to be locked."""

SUFFIX = "-turn"
LOOK = 0.001
"""Seconds until the foremost of a process looks again. There is one of them, whatever the number behind it."""

_NEXT, _WRITING = 0, 1
"""Bytes of the file: held by who goes next, and by who writes."""


class _Turn:
    """One thread's place in the queue of its process."""

    __slots__ = ("come", "thread")

    def __init__(self) -> None:
        self.come = threading.Event()
        self.thread = threading.get_ident()


class Turns:
    """The queue before one file."""

    def __init__(self, database: str) -> None:
        self._database = database
        self._begin()

    def _begin(self) -> None:
        # Re-entrant: a connection may be thrown away, and give its turn back, wherever Python collects garbage.
        self._mutex = threading.RLock()
        self._waiting: deque[_Turn] = deque()
        self._now: _Turn | None = None
        self._file: int | None = None

    def take(self) -> bool:
        """Wait for the turn; False for the thread that has it already. TimeoutError after ``PATIENCE``."""
        turn, until = _Turn(), time.monotonic() + PATIENCE
        if self._now is not None and self._now.thread == turn.thread:
            return False
        with self._mutex:
            self._waiting.append(turn)
            if self._now is None:
                self._call_next()
        try:
            if not turn.come.wait(PATIENCE):
                raise TimeoutError
            self._file = self._before_other_processes(until)
        except BaseException:
            self._leave(turn)
            raise
        return True

    def give(self) -> None:
        """To the next one."""
        file, self._file = self._file, None
        if file is not None:
            os.close(file)  # the locks go with it
        with self._mutex:
            self._call_next()

    def waiting(self) -> int:
        """How many threads of this process wait behind the one whose turn it is."""
        return len(self._waiting)

    def _leave(self, turn: _Turn) -> None:
        with self._mutex:
            if turn in self._waiting:
                self._waiting.remove(turn)
            elif self._now is turn:
                self._call_next()

    def _call_next(self) -> None:
        self._now = self._waiting.popleft() if self._waiting else None
        if self._now is not None:
            self._now.come.set()

    def _before_other_processes(self, until: float) -> int | None:
        """The file's descriptor, locked; None where it cannot be used."""
        if sys.platform == "win32":
            return None
        file = None
        try:
            mode = Path(self._database).stat().st_mode & 0o666
            file = os.open(self._database + SUFFIX, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, mode)
            for byte in (_NEXT, _WRITING):
                while not _held(file, byte):
                    if time.monotonic() > until:
                        raise TimeoutError
                    time.sleep(LOOK)
            fcntl.lockf(file, fcntl.LOCK_UN, 1, _NEXT)
        except BaseException as error:
            if file is not None:
                os.close(file)
            if isinstance(error, OSError) and not isinstance(error, TimeoutError):
                return None
            raise
        return file


def _held(file: int, byte: int) -> bool:
    if sys.platform == "win32":
        return False
    try:
        # Not flock: its locks would be shared with a process that is forked meanwhile, and outlive this one.
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
    except OSError as error:
        if error.errno in (errno.EAGAIN, errno.EACCES):
            return False
        raise
    return True


_queues: weakref.WeakValueDictionary[str, Turns] = weakref.WeakValueDictionary()
_making = threading.Lock()


def queue_before(database: str) -> Turns:
    """The one queue of this process before this file, whatever it is called."""
    database = os.path.realpath(database)
    with _making:
        found = _queues.get(database)
        if found is None:
            found = _queues[database] = Turns(database)
        return found


def _forget() -> None:
    """In a process that was forked: those threads are not here."""
    for queue in _queues.values():
        queue._begin()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)


class QueueingConnection(sqlite3.Connection):
    """A connection that waits for its turn before it writes, and gives it back when its transaction ends."""

    turns: Turns | None = None
    has_turn = False

    def queue(self) -> None:
        """From here on; a store in memory is nobody else's."""
        database = self.execute("PRAGMA database_list").fetchone()[2]
        self.turns = queue_before(database) if database else None

    def await_turn(self) -> None:
        """Before ``BEGIN IMMEDIATE``. sqlite3.OperationalError, as SQLite says it, when the turn does not come."""
        if self.turns is not None and not self.has_turn:
            try:
                self.has_turn = self.turns.take()
            except TimeoutError:
                raise sqlite3.OperationalError("database is locked") from None

    def give_turn(self) -> None:
        """Nothing is written any more."""
        if self.has_turn:
            self.has_turn = False
            self.turns.give()  # type: ignore[union-attr]  # it was taken there

    def commit(self) -> None:
        """The transaction's end; where it fails, the transaction and the turn stay."""
        super().commit()
        self.give_turn()

    def rollback(self) -> None:
        """The transaction's end."""
        try:
            super().rollback()
        finally:
            self.give_turn()

    def close(self) -> None:
        """The connection's end."""
        try:
            super().close()
        finally:
            self.give_turn()
