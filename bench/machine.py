"""What the numbers were measured on: enough to judge them, nothing that tells whose machine it is."""

from __future__ import annotations

import os
import platform
import sqlite3
import sys
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from statistics import median
from typing import Any

ROOT = Path(__file__).parents[1]
UNHURRIED = {"REQUESTS_A_MINUTE": "0"}
"""One person asks here what in life a city asks."""

VAR = ROOT / "var/bench"
LIBRARIES = ("SQLAlchemy", "psycopg", "Flask", "reportlab", "rl_accel", "weasyprint")
PROBES, BLOCK = 30, b"\0" * 4096


def described() -> dict[str, Any]:
    """Cores, system, versions, how busy it is and how long the disk takes to keep something."""
    return {
        "cores": cores(),
        "processor": platform.machine(),
        "system": platform.system(),
        "python": platform.python_version(),
        "libraries": {name: found for name in LIBRARIES if (found := _version(name))},
        "sqlite": sqlite3.sqlite_version,
        "load_average": [round(load, 2) for load in os.getloadavg()],
        "fdatasync_ms": round(fdatasync_ms(), 2),
    }


def kind() -> str:
    """The name of a machine of this kind: ``2-cores-x86_64-python3.11``."""
    return f"{cores()}-cores-{platform.machine()}-python{sys.version_info.major}.{sys.version_info.minor}"


def cores() -> int:
    """How many this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def fdatasync_ms() -> float:
    """The median of writing one block to the end of a file and waiting until the disk has it."""
    VAR.mkdir(parents=True, exist_ok=True)
    path = VAR / f"probe-{os.getpid()}"
    sync = getattr(os, "fdatasync", os.fsync)
    taken = []
    with path.open("wb", buffering=0) as file:
        for _ in range(PROBES):
            start = time.perf_counter()
            file.write(BLOCK)
            sync(file.fileno())
            taken.append(time.perf_counter() - start)
    path.unlink()
    return median(taken) * 1000


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
