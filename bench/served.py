"""Servers as they are deployed, each a process of its own on this machine: started, asked, their CPU time read, stopped.

The product is ``python -m api.serve``; a floor is served the same way by ``bench/baselines/serve.py``.
"""

from __future__ import annotations

import http.client
import json
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg

from bench.frame import Wrong
from bench.machine import ROOT, UNHURRIED

PROC = Path("/proc")
TELLS = (PROC / "self/schedstat").exists()
"""Whether this system says what another process has used."""

SILENT = "not measured: only Linux says what another process has used"
WAIT = 120.0


class Answer(NamedTuple):
    """Status and body of an answer."""

    status: int
    body: bytes

    def json(self, status: int = 200) -> Any:
        """The body, if the status is the one awaited; else Wrong."""
        if self.status != status:
            raise Wrong(f"answered by {self.status}: {self.body[:300].decode(errors='replace')}")
        return json.loads(self.body)


class Client:
    """One connection that is kept, as a phone's."""

    def __init__(self, port: int, token: str = "") -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=WAIT)
        self.token, self.headers = token, {"Content-Type": "application/json"}
        if token:
            self.headers["Authorization"] = f"Bearer {token}"

    def ask(self, method: str, path: str, body: bytes | None = None) -> Answer:
        """One request and its answer."""
        self._connection.request(method, path, body, self.headers)
        answer = self._connection.getresponse()
        return Answer(answer.status, answer.read())

    def get(self, path: str) -> Answer:
        """GET."""
        return self.ask("GET", path)

    def post(self, path: str, body: Any = None) -> Answer:
        """POST of JSON; bytes go as they are."""
        return self.ask("POST", path, body if isinstance(body, bytes) else json.dumps(body).encode())

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        """Hangs up."""
        self._connection.close()


class Served:
    """A server that answers at ``port``."""

    def __init__(self, process: subprocess.Popen[bytes], port: int) -> None:
        self.process, self.port = process, port

    def cpu(self) -> float:
        """Seconds of CPU that the process, its threads and its children have used so far."""
        return sum(_spent(pid) for pid in family(self.process.pid))


@contextmanager
def product(address: str, folder: Path, **environ: str) -> Iterator[Served]:
    """The product's server on this store, with its files in ``folder``; ``environ`` without the prefix BRIGADE_."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BRIGADE_")}
    own = {"DATABASE_URL": address, "VAR": str(folder), "SECRET_KEY": secrets.token_hex(), **UNHURRIED, **environ}
    with _started(["api.serve"], {**kept, **{f"BRIGADE_{name}": value for name, value in own.items()}}, folder) as made:
        yield made


@contextmanager
def floor(module: str, folder: Path, *arguments: str) -> Iterator[Served]:
    """A floor from ``bench/baselines``; its ``app`` is called with the arguments."""
    with _started(["bench.baselines.serve", module, *arguments], dict(os.environ), folder) as made:
        yield made


@contextmanager
def _started(command: list[str], environ: dict[str, str], folder: Path) -> Iterator[Served]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = folder / f"{command[0]}-{port}.log"
    environ = {**environ, "PORT": str(port), "PYTHONDONTWRITEBYTECODE": ""}  # compiled once, as where it is installed
    with log.open("wb") as out:
        process = subprocess.Popen([sys.executable, "-m", *command], cwd=ROOT, env=environ, stdout=out, stderr=out)
    try:
        _until_it_answers(process, port, log)
        yield Served(process, port)
    finally:
        process.terminate()
        try:
            process.wait(WAIT)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _until_it_answers(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    """Until any answer comes: then everything is imported and ready."""
    last = time.monotonic() + WAIT
    while True:
        try:
            with Client(port) as client:
                client.get("/healthz")
            return
        except OSError:
            if process.poll() is not None or time.monotonic() > last:
                raise Wrong(f"{log.name}: {log.read_text(encoding='utf-8')[-2000:]}") from None
            time.sleep(0.02)


def family(pid: int) -> list[int]:
    """The process and all that it started."""
    found = [pid]
    for parent in found:
        for file in (PROC / str(parent) / "task").glob("*/children"):
            found += map(int, file.read_text(encoding="ascii").split())
    return found


def _spent(pid: int) -> float:
    used = 0
    for file in (PROC / str(pid) / "task").glob("*/schedstat"):
        try:
            used += int(file.read_text(encoding="ascii").split()[0])
        except OSError:
            continue  # a thread that has just ended
    return used / 1e9


def pss_mb(pid: int) -> float:
    """Megabytes of the process and its children, what they share divided among those who share it."""
    total = 0
    for one in family(pid):
        lines = (PROC / str(one) / "smaps_rollup").read_text(encoding="ascii").splitlines()
        total += sum(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def clock(server: Served, address: str) -> Callable[[], float]:
    """CPU seconds of this server and, on PostgreSQL, of all who are connected to its database."""
    return lambda: server.cpu() + sum(map(_spent, _backends(address)))


def own_clock(address: str) -> Callable[[], float]:
    """The same of this process."""
    return lambda: time.process_time() + sum(map(_spent, _backends(address)))


def _backends(address: str) -> list[int]:
    if not address.startswith("postgresql"):
        return []
    asked = "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    with psycopg.connect(address, autocommit=True) as connection:
        return [pid for (pid,) in connection.execute(asked)]
