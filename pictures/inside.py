"""Inside the sandbox: a process with nothing but Pillow in it, which forks a child with hard limits for each picture.

It is started with an empty environment, so there is no secret to read; a child can open no file and no connection,
because it may have no further descriptor. It ends when the process that started it does.
"""

from __future__ import annotations

import contextlib
import gc
import io
import json
import os
import resource
import signal
import socket
from importlib import import_module
from pathlib import Path

from PIL import Image

from pictures.clean import clean
from pictures.kinds import MAX_BYTES, PictureRefused, reads_heic

MEMORY = 1024 * 1024 * 1024
CPU_SECONDS, WALL_SECONDS = 20, 30
STARTED = b"\x01"
"""First byte of every answer: from here on, what goes wrong is the picture's doing."""


def serve(control: socket.socket) -> None:
    """Take a connection for each picture from ``control``, and fork; until the other side is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGCHLD, _reap)
    os.nice(5)  # people who read and file go before pictures
    nowhere = os.open(os.devnull, os.O_RDWR)
    _load_everything()
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
                _one_picture(job, nowhere)
            job.close()


def _reap(*_: object) -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _wait_for_all() -> None:
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()


def _load_everything() -> None:
    """Whatever Pillow loads at first use is loaded now: a child cannot."""
    if reads_heic():
        import_module("pillow_heif").register_heif_opener()
    exif = Image.Exif()
    exif[0x0112] = 6
    for kind in ("JPEG", "PNG", "WEBP"):
        out = io.BytesIO()
        Image.new("RGB", (400, 300)).save(out, kind, exif=exif, icc_profile=_profile())
        clean(out.getvalue(), kind)


def _profile() -> bytes:
    from PIL import ImageCms

    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def _one_picture(job: socket.socket, nowhere: int) -> None:
    """In the child: read one picture, answer, be gone. Never returns."""
    try:
        _limit(nowhere)
        job.sendall(STARTED)
        head, _, data = _received(job).partition(b"\n")
        job.sendall(answer(data, head.decode()))
    finally:
        os._exit(0)


def _limit(nowhere: int) -> None:
    for number in (0, 1, 2):
        os.dup2(nowhere, number)
    with contextlib.suppress(OSError):  # should the machine run out of memory, this process goes first
        Path("/proc/self/oom_score_adj").write_text("1000")
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.alarm(WALL_SECONDS)
    for limit, most in (
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 0),
    ):
        resource.setrlimit(limit, (most, most))


def _received(job: socket.socket) -> bytes:
    data = bytearray()
    while len(data) <= MAX_BYTES + 100 and (part := job.recv(1 << 18)):
        data += part
    return bytes(data)


def answer(data: bytes, kind: str) -> bytes:
    """A line of JSON and the bytes it tells of: the picture's and the thumbnail's, or why there are none."""
    try:
        made = clean(data, kind)
    except PictureRefused as refusal:
        return json.dumps({"refused": refusal.reason}).encode() + b"\n"
    head = {
        "sizes": [len(made.picture), len(made.thumbnail)],
        "width": made.width,
        "height": made.height,
        "taken_at": made.taken_at.isoformat() if made.taken_at else None,
    }
    return json.dumps(head).encode() + b"\n" + made.picture + made.thumbnail
