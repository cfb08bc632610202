"""The way into the limited process: a picture's bytes go in by a socket, the clean picture comes out, or a refusal.

What a child does (crash, hang, eat memory, talk nonsense) becomes a refusal of its picture. What hinders the process
itself becomes ``Busy``: the picture may be good and can be sent again.
"""

from __future__ import annotations

import atexit
import contextlib
import datetime as dt
import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from pictures.clean import LONGEST, Clean
from pictures.inside import STARTED, WALL_SECONDS
from pictures.kinds import PictureRefused, kind_of

AT_ONCE, WAITING = 2, 4
MAX_WAIT = 15.0
MAX_ANSWER = 8 * 1024 * 1024
REASONS = ("too-many-pixels", "unreadable")
RUN = "import socket, sys; sys.path.insert(0, sys.argv[1]); from pictures.inside import serve; "
RUN += "serve(socket.socket(fileno=int(sys.argv[2])))"


class Busy(Exception):
    """Too many pictures at once, or the process cannot be started: nothing is known about the picture."""


class Sandbox:
    """Cleans pictures for all threads, ``AT_ONCE`` at a time; started at the first picture, and again when it died."""

    def __init__(self) -> None:
        self._starting = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._turns = threading.BoundedSemaphore(AT_ONCE)
        self._places = threading.BoundedSemaphore(AT_ONCE + WAITING)

    def clean(self, data: bytes) -> Clean:
        """The clean picture. PictureRefused for what is no good picture; Busy when it could not be looked at."""
        kind = kind_of(data)
        with self._turn():
            for _ in range(2):  # a process that died meanwhile is started again
                try:
                    said = self._asked(kind.encode() + b"\n" + data)
                except OSError:
                    said = b""
                if said.startswith(STARTED):
                    return read_answer(said[len(STARTED) :])
                self.close()
        raise Busy

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        """A place at work. Few may wait for one: the others' threads are needed for other things."""
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            if not self._turns.acquire(timeout=MAX_WAIT):
                raise Busy
            try:
                yield
            finally:
                self._turns.release()
        finally:
            self._places.release()

    def _asked(self, question: bytes) -> bytes:
        """All that the child answers before it ends or its time is over."""
        until = time.monotonic() + WALL_SECONDS + 5
        ours, theirs = socket.socketpair()
        with ours:
            with theirs:
                self._hand_over(theirs)
            said = bytearray()
            with contextlib.suppress(TimeoutError, ConnectionError):  # it died over the picture: what it said counts
                ours.settimeout(WALL_SECONDS)
                ours.sendall(question)
                ours.shutdown(socket.SHUT_WR)
            with contextlib.suppress(TimeoutError, ConnectionError):
                while len(said) <= MAX_ANSWER:
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
                [sys.executable, "-I", "-c", RUN, root, str(theirs.fileno())],
                env={}, cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, pass_fds=(theirs.fileno(),),
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
        """End the process; the next picture starts another."""
        with self._starting:
            self._end()


def read_answer(said: bytes) -> Clean:
    """What the child said, if it makes sense. PictureRefused else: a child that talks nonsense was led astray."""
    head, _, rest = said.partition(b"\n")
    try:
        told = json.loads(head)
        if told.get("refused") in REASONS:
            raise PictureRefused(told["refused"])
        first, second = (int(size) for size in told["sizes"])
        width, height = int(told["width"]), int(told["height"])
        taken_at = dt.datetime.fromisoformat(told["taken_at"]) if told["taken_at"] else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise PictureRefused("unreadable") from None
    picture, thumbnail = rest[:first], rest[first:]
    whole = len(picture) == first > 0 and len(thumbnail) == second > 0
    jpeg = all(part.startswith(b"\xff\xd8\xff") and part.endswith(b"\xff\xd9") for part in (picture, thumbnail))
    zoned = taken_at is None or taken_at.tzinfo is not None
    if not (whole and jpeg and zoned and 0 < width <= LONGEST and 0 < height <= LONGEST):
        raise PictureRefused("unreadable")
    return Clean(picture, thumbnail, width, height, taken_at)


SANDBOX = Sandbox()
atexit.register(SANDBOX.close)
