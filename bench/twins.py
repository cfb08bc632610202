"""Equal fresh stores with the small demo, to write into: thrown away afterwards."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psycopg

from bench import served
from bench.frame import Line, Run
from bench.stores import fill, sqlite_file
from tests import postgres

READ_ONLY = "not measured: it writes, and a store with an address is only read"


@dataclass(frozen=True, slots=True)
class Twins:
    """A kind of store: what it is called, a folder for files, and ``fresh(name)``, the address of another equal store."""

    label: str
    folder: Path
    fresh: Callable[[str], str]


def plain(address: str) -> Any:
    """A connection past the product, by the bare driver, each statement a transaction of its own."""
    if address.startswith("postgresql"):
        return psycopg.connect(address, autocommit=True)
    return sqlite3.connect(address.removeprefix("sqlite:///"), isolation_level=None, timeout=60)


@contextmanager
def twins(run: Run) -> Iterator[Iterator[Twins]]:
    """The kinds that were asked for. PostgreSQL is a private server that waits for the disk as a real one does."""
    with ExitStack() as opened:
        yield _each(run, opened)


def refused(run: Run, what: str, *, timed: bool = False) -> Line | None:
    """What to say of a store with an address and, where a server is ``timed``, of a system that does not tell its time."""
    if run.db not in ("", "sqlite", "postgresql"):
        return Line(what, note=READ_ONLY)
    return Line(what, note=served.SILENT) if timed and not served.TELLS else None


def _each(run: Run, opened: ExitStack) -> Iterator[Twins]:
    folder = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="brigade-bench-")))
    small = replace(run, tiny=True)
    if run.db in ("", "sqlite"):
        loaded = sqlite_file(small)

        def copy(name: str) -> str:
            return f"sqlite:///{shutil.copy(loaded, folder / f'{name}.sqlite3')}"

        yield Twins("SQLite", folder, copy)
    if run.db in ("", "postgresql"):
        try:
            server = opened.enter_context(postgres.running(fsync="on", full_page_writes="on"))
        except postgres.PostgresMissing:
            if run.db:
                raise
            return
        fill(server.create("demo"), small)
        yield Twins("PostgreSQL", folder, lambda name: server.create(name, "demo"))
