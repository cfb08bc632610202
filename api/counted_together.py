"""The figures of several web processes as one.

Each process keeps what it counts in files of its own, and whichever is asked adds up all of them, also those of processes
that have ended: prometheus_client's way (https://prometheus.github.io/client_python/multiprocess/), which asks to be told
before it is imported.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile

FOLDER, PROCESSES = "PROMETHEUS_MULTIPROC_DIR", "BRIGADE_PROCESSES"


def begin_where_several_serve() -> None:
    """From now on, in this process and all that are made from it. The files go when this one ends."""
    if os.environ.get(PROCESSES, "") in ("", "1"):
        return
    os.environ[FOLDER] = tempfile.mkdtemp(prefix="brigade-figures-")
    atexit.register(_end, os.getpid(), os.environ[FOLDER])


def _end(began: int, folder: str) -> None:
    if os.getpid() == began or os.getppid() != began:  # the one that began it, or one that it left alone
        shutil.rmtree(folder, ignore_errors=True)


def figures() -> bytes:
    """All figures as Prometheus reads them: of this process, or of all that are counted together."""
    from prometheus_client import REGISTRY, CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    if FOLDER not in os.environ:
        return generate_latest(REGISTRY)
    together = CollectorRegistry()
    MultiProcessCollector(together)  # type: ignore[no-untyped-call]  # the library has no types here
    return generate_latest(together)
