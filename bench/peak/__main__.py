"""``python -m bench.peak --db postgresql --members 5000 --times 10 --minutes 30``."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from random import Random
from typing import Any

import psycopg
from sqlalchemy import create_engine
from sqlalchemy.engine import make_url

from bench import stores
from bench.frame import Run
from bench.machine import described
from bench.peak import load
from bench.served import pss_mb
from brigade.connections import prepare_engine
from tests import postgres
from tests.faults.serving import Server


def main() -> None:
    """Measure, and print what was found; ends with 1 where anything went wrong."""
    asked = arguments()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="brigade-peak-")))
        url = stack.enter_context(store(asked.db, folder))
        server = stack.enter_context(Server(url, folder, PROCESSES=str(asked.processes)))
        work = stack.enter_context(worker(server, url))
        engine = create_engine(stores.settings_at(url).database_url)
        prepare_engine(engine)
        people = load.people_of(engine, asked.people, server.port)
        print(f"{len(people)} people sign in", file=sys.stderr)
        for someone in people:
            someone.token()
        due = load.plan(people, asked.members, asked.times, asked.minutes * 60, Random(asked.seed))
        pictures, told = load.photos(), load.Told()
        before, start = cpu(server, work, url), time.monotonic()
        load.drive(due, pictures, told)
        took = time.monotonic() - start
        used = {name: round((seconds - before[name]) / took, 3) for name, seconds in cpu(server, work, url).items()}
        found = {
            "db": make_url(url).get_backend_name(), "members": asked.members, "times": asked.times,
            "minutes": round(took / 60, 1), "people": len(people), "processes": asked.processes, "processors_used": used,
            "web_holds_mb": round(pss_mb(server.pid)),
            "waited_ms": {kind: spread(values) for kind, values in sorted(told.waited.items())},
            "errors": +told.answers, **load.missing(engine, told), "machine": described(),
        }  # fmt: skip
        engine.dispose()
    print(json.dumps(found, ensure_ascii=False, indent=1))
    wrong = found["errors"] or found["reports lost"] or found["reports doubled"] or found["pictures lost"]
    sys.exit(1 if wrong else 0)


def arguments() -> argparse.Namespace:
    """What was asked for."""
    parser = argparse.ArgumentParser(prog="python -m bench.peak", description=__doc__)
    parser.add_argument("--db", choices=("sqlite", "postgresql"), default="postgresql")
    parser.add_argument("--members", type=int, default=5000, help="of the city whose quarter of an hour it is")
    parser.add_argument("--times", type=float, default=10, help="that quarter of an hour so many times at once")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--processes", type=int, default=2, help="web processes, of one service")
    parser.add_argument("--people", type=int, default=400, help="who take turns; each signs in once beforehand")
    parser.add_argument("--seed", type=int, default=1)
    return parser.parse_args()


@contextmanager
def store(kind: str, folder: Path) -> Iterator[str]:
    """A store of its own with the demo's city. PostgreSQL syncs as in production."""
    if kind == "sqlite":
        yield f"sqlite:///{shutil.copy(stores.sqlite_file(Run()), folder / 'brigade.sqlite3')}"
        return
    with postgres.running(fsync="on", full_page_writes="on", shared_buffers="512MB") as server:
        url = server.create("peak")
        stores.fill(url, Run())
        yield url


@contextmanager
def worker(server: Server, url: str) -> Iterator[subprocess.Popen[bytes] | None]:
    """A worker of its own, where the server does not have one beside it."""
    if url.startswith("sqlite"):
        yield None
        return
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
    process = subprocess.Popen(command, cwd=server.root, env=server.environ, stdout=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(60)


def cpu(server: Server, work: subprocess.Popen[bytes] | None, url: str) -> dict[str, float]:
    """Seconds of processor time so far, children and past children included: web, worker, database and load."""
    used = {"web": of_tree(server.pid), "load": time.process_time()}
    if work is not None:
        used["worker"] = of_tree(work.pid)
        with psycopg.connect(url, autocommit=True) as connection:
            row = connection.execute("SELECT pg_backend_pid()").fetchone()
        assert row is not None
        used["database"] = of_tree(int(_stat(row[0])[1])) if Path(f"/proc/{row[0]}").exists() else 0.0
    return used


def of_tree(pid: int) -> float:
    """The process and its children, living and ended, in seconds."""
    fields = _stat(pid)
    own = sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    return own + sum(of_tree(int(child)) for child in children)


def _stat(pid: int) -> list[str]:
    """The fields behind the name: state first, then the parent's id."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()


def spread(values: list[float]) -> dict[str, Any]:
    """In milliseconds."""
    ordered = sorted(values)
    at = {"p50": 0.5, "p95": 0.95, "p99": 0.99, "max": 1.0}
    marks = {name: round(ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000) for name, part in at.items()}
    return {"count": len(ordered), **marks}


if __name__ == "__main__":
    main()
