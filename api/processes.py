"""Several web processes of one service, all made from one in which the program is ready and which listens for them.

To start one from nothing takes a second of processor time and the memory of the whole program; one that is forked takes
next to none of either, as it shares what it only reads. The first process serves nobody itself: it makes the others, makes
a new one where one has ended, and tells all to end when it is told to. They notice when it is gone, and end too.
"""

from __future__ import annotations

import gc
import logging
import os
import signal
import socket
import sys
import time
from dataclasses import dataclass

log = logging.getLogger("brigade.processes")
MOST = 64
PAUSE = 1.0
"""Seconds from the start of a process that ended at once to that of the next one in its place."""
TOLD = (signal.SIGTERM, signal.SIGINT)


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there, for one process or many."""
    family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    return socket.create_server(address[:2], family=family, backlog=1024)


@dataclass(frozen=True, slots=True)
class Place:
    """Which of the processes this is, from 0, and who made it; 0 is nobody."""

    number: int = 0
    made_by: int = 0

    def is_left_alone(self) -> bool:
        """Whether the process that made this one is gone, and with it whoever could tell it to end."""
        return self.made_by not in (0, os.getppid())


def one_of(count: int, shared: socket.socket) -> Place:
    """The place of this process among so many; the process that makes them never comes back from here.

    All listen at ``shared``. Before it no other connection may be open and no thread may run: both stay behind.
    """
    gc.collect()
    gc.freeze()
    return _Keeper(shared).keep(count)


class _Keeper:
    """The process that makes the others."""

    def __init__(self, shared: socket.socket) -> None:
        self._shared = shared
        self._living: dict[int, tuple[int, float]] = {}
        self._ending = False

    def keep(self, count: int) -> Place:
        own = os.getpid()
        for told in TOLD:
            signal.signal(told, self._end)
        for number in range(count):
            if self._is_made(number):
                return Place(number, own)
        while self._living:
            pid, status = os.wait()
            number, since = self._living.pop(pid)
            if not self._ending:
                log.error("web process ended", extra={"code": os.waitstatus_to_exitcode(status)})
                time.sleep(max(0.0, since + PAUSE - time.monotonic()))
            if not self._ending and self._is_made(number):
                return Place(number, own)
        sys.exit(0)

    def _is_made(self, number: int) -> bool:
        """True in the new process, False in the one that made it."""
        signal.pthread_sigmask(signal.SIG_BLOCK, TOLD)  # until the new one is known and would be told too
        pid = os.fork()
        if pid:
            self._living[pid] = number, time.monotonic()
        else:
            for told in TOLD:
                signal.signal(told, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, TOLD)
        return not pid

    def _end(self, *_: object) -> None:
        self._ending = True
        self._shared.close()  # when the last process has closed it too, new connections are turned away
        for pid in self._living:
            os.kill(pid, signal.SIGTERM)
