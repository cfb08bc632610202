"""The way into a limited process: bytes go in by a socket, what a child makes of them comes out.

What a child does (crash, hang, eat memory, talk nonsense) is the bytes' doing and ends with its answer. What hinders the
process itself becomes ``Busy``: nothing is known about the bytes then, and they can be sent again.
"""

from __future__ import annotations

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from pictures.limits import STARTED, Limits

RUN = "import socket, sys; sys.path.insert(0, sys.argv[1]); from {inside} import serve; "
RUN += "serve(socket.socket(fileno=int(sys.argv[2])))"

ENVIRONMENT = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}
"""All that the process inherits: memory in large pages, as each child touches tens of megabytes once. Tesseract's too."""


class Busy(Exception):
    """Too many at once, or the process cannot be started: nothing is known about what was sent."""


class Limited:
    """Asks children of one process for all threads, ``at_once`` at a time; ``waiting`` more may wait ``max_wait`` seconds
    for a turn. The process is started at the first question, and again when it died.

    ``inside`` is the module whose ``serve`` runs there; ``largest`` the most bytes that an answer may have; ``starting``
    how many seconds the process may need until it answers at all.
    """

    def __init__(
        self, inside: str, limits: Limits, *, at_once: int, waiting: int, max_wait: float, largest: int,
        starting: float = 5.0,
    ) -> None:  # fmt: skip
        self.program = RUN.format(inside=inside)
        self.limits, self.at_once, self.max_wait, self.largest = limits, at_once, max_wait, largest
        self.starting = starting
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._turns = threading.BoundedSemaphore(at_once)
        self._places = threading.BoundedSemaphore(at_once + waiting)

    def ask(self, question: bytes) -> bytes:
        """All that a child says to the question; empty when it died over it. Busy when none could be asked."""
        with self._turn():
            for _ in range(2):  # a process that died meanwhile is started again
                try:
                    said = self._asked(question)
                except OSError:
                    said = b""
                if said.startswith(STARTED):
                    return said[len(STARTED) :]
                self.close()
        raise Busy

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """A place at work. Few may wait for one: the others' threads are needed for other things."""
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            if not self._turns.acquire(timeout=self.max_wait):
                raise Busy
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._places.release()

    def _asked(self, question: bytes) -> bytes:
        """All that the child answers before it ends or its time is over."""
        until = time.monotonic() + self.limits.wall_seconds + self.starting
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self._hand_over(theirs)
            said = bytearray()
            with contextlib.suppress(TimeoutError, ConnectionError):  # it died over the question: what it said counts
                ours.settimeout(self.limits.wall_seconds + self.starting)
                ours.sendall(question)
                ours.shutdown(socket.SHUT_WR)
            with contextlib.suppress(TimeoutError, ConnectionError):
                while len(said) <= self.largest:
                    ours.settimeout(max(0.01, until - time.monotonic()))
                    part = ours.recv(1 << 18)
                    if not part:
                        break
                    said += part
            return bytes(said)

    def _hand_over(self, job: socket.socket) -> None:
        with self._starting:
            if self._process is None or self._process.poll() is not None:
                self._end()
                self._start()
            assert self._control is not None
            socket.send_fds(self._control, [b"."], [job.fileno()])

    def _start(self) -> None:
        self._control, theirs = socket.socketpair()
        root = str(Path(__file__).parents[1])
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  our own interpreter and program, no word of a stranger's
                [sys.executable, "-I", "-c", self.program, root, str(theirs.fileno())],
                env=ENVIRONMENT, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=(theirs.fileno(),),
                start_new_session=True,
            )  # fmt: skip

    def _end(self) -> None:
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def close(self) -> None:
        """End the process; the next question starts another."""
        with self._starting:
            self._end()
