"""What runs in the limited process for pages when something has gone wrong there: as the page's number says."""

from __future__ import annotations

import json
import os
import signal
import socket
import time

from pictures import limits
from pictures.limits import Limits

LIMITS = Limits(memory=1 << 30, cpu_seconds=1, wall_seconds=2, question=10_000)


def serve(control: socket.socket) -> None:
    limits.serve(control, LIMITS, lambda: None, answer)


def answer(question: bytes) -> bytes:
    which = json.loads(question.partition(b"\n")[0])["page"]
    if which == 0:
        time.sleep(60)
    elif which == 1:
        while True:
            pass
    elif which == 2:
        os.kill(os.getpid(), signal.SIGSEGV)
    elif which == 3:
        bytearray(1 << 31)
    elif which == 4:
        return b"<html>"
    elif which == 5:
        return b"[" * 100_000
    elif which == 6:
        return b'{"refused": "because"}\n'
    elif which == 7:
        return b'{"marks": {"form": "roster", "version": 1}, "pixels": "", "width": 1, "height": 1}\n'
    elif which == 8:
        return b"x" * (20 << 20)
    return b"null\n"
