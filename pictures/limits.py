"""Inside a limited process: it forks a child with hard limits for each question that it is asked.

It is started with an environment of its own, so there is no secret to read; a child can open no file and no connection,
because it may have no further descriptor. It ends when the process that started it does.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

STARTED = b"\x01"
"""First byte of every answer: from here on, what goes wrong is the question's doing."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Of one child: bytes of memory and of the question, seconds of computing and in all."""

    memory: int
    cpu_seconds: int
    wall_seconds: int
    question: int


def serve(
    control: socket.socket, limits: Limits, prepare: Callable[[], object], answer: Callable[[bytes], bytes]
) -> None:
    """Take a connection for each question from ``control``, and fork; until the other side is gone.

    ``prepare`` loads at the start whatever a library would load at first use: a child cannot.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, _reap)
    os.nice(5)  # people who read and file go before pictures
    nowhere = os.open(os.devnull, os.O_RDWR)
    prepare()
    gc.collect()
    gc.freeze()  # children share these pages as long as nobody touches them
    while True:
        message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        if not message:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _wait_for_all()
            return
        for descriptor in descriptors:
            job = socket.socket(fileno=descriptor)
            if os.fork() == 0:
                control.close()
                _one_question(job, nowhere, limits, answer)
            job.close()


def _reap(*_: object) -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _wait_for_all() -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def _one_question(job: socket.socket, nowhere: int, limits: Limits, answer: Callable[[bytes], bytes]) -> None:
    """In the child: read one question, answer, be gone. Never returns."""
    try:
        limit(limits, nowhere)
        job.sendall(STARTED)
        job.sendall(answer(_received(job, limits.question)))
    finally:
        os._exit(0)


def limit(limits: Limits, nowhere: int) -> None:
    """Take from this process all that it will not need; ``nowhere`` stands for input and output."""
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    with contextlib.suppress(OSError):  # should the machine run out of memory, this process goes first
        Path("/proc/self/oom_score_adj").write_text("1000")
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.alarm(limits.wall_seconds)
    for which, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, limits.cpu_seconds),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(which, (most, most))


def _received(job: socket.socket, most: int) -> bytes:
    data = bytearray()
    while len(data) <= most and (part := job.recv(1 << 18)):
        data += part
    return bytes(data)
