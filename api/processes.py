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
HEARD = (*TOLD, signal.SIGCHLD)


def listening(host: str, port: int) -> socket.socket:
    """A socket that listens there, for one process or many. OSError where that cannot be."""
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
    """The process that makes the others.

    It hears signals only where it asks for them. A handler would run a step later: a signal that comes just before a step
    that waits would be noticed when the wait is over, and all processes would go on.
    """

    def __init__(self, shared: socket.socket) -> None:
        self._shared = shared
        self._living: dict[int, tuple[int, float]] = {}
        self._ending = False

    def keep(self, count: int) -> Place:
        own = os.getpid()
        signal.signal(signal.SIGCHLD, lambda *_: None)  # what is ignored need not stay until it is asked for
        signal.pthread_sigmask(signal.SIG_BLOCK, HEARD)
        for number in range(count):
            if self._is_made(number):
                return Place(number, own)
        while self._living:
            if signal.sigwait(HEARD) in TOLD:
                self._end()
            for number, since in self._ended():
                self._wait_until(since + PAUSE)
                if not self._ending and self._is_made(number):
                    return Place(number, own)
        sys.exit(0)

    def _is_made(self, number: int) -> bool:
        """True in the new process, which hears signals as any other, False in the one that made it."""
        if pid := os.fork():
            self._living[pid] = number, time.monotonic()
            return False
        for heard in HEARD:
            signal.signal(heard, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, HEARD)
        return True

    def _ended(self) -> list[tuple[int, float]]:
        """The numbers of those that have ended, and when each began."""
        found = []
        while self._living:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                break
            found.append(self._living.pop(pid))
            if not self._ending:
                log.error("web process ended", extra={"code": os.waitstatus_to_exitcode(status)})
        return found

    def _wait_until(self, moment: float) -> None:
        """Until then, or until told to end."""
        while not self._ending and (left := moment - time.monotonic()) > 0:
            if signal.sigtimedwait(TOLD, left):
                self._end()

    def _end(self) -> None:
        self._ending = True
        self._shared.close()  # when the last process has closed it too, new connections are turned away
        for pid in self._living:
            os.kill(pid, signal.SIGTERM)
