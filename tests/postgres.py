"""A private PostgreSQL server for the tests: made, started and stopped by them, and nothing of it left over.

It listens on a socket in its own folder and on no port. It runs with fsync off (and says that this is meant, or the
product would refuse it: decision 66): fast, and a power cut may lose the data, which no test needs twice
(what the product promises about power cuts is not tested with this server).
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypedDict

import psycopg
from psycopg.sql import SQL, Identifier

ADMIN, OWNER, PROGRAM = "postgres", "brigade", "brigade_program"
"""The superuser; the owner of the tables, who migrates; the role as which a deployed program runs."""

UNPRIVILEGED = "postgres"  # the user that Debian's package makes; PostgreSQL refuses to run as root
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "brigade.kept_otherwise": "on",
    "shared_buffers": "64MB",
    "timezone": "Asia/Kathmandu",  # nobody's zone here: the product must set its own
}


class PostgresMissing(RuntimeError):
    """The server's programs are not on this machine, or it did not come up; the message says what to do."""


@dataclass(frozen=True)
class Server:
    """A running server, known by the folder of its socket."""

    folder: str

    def url(self, database: str, user: str = OWNER) -> str:
        """The address of ``database`` for its owner, an ordinary user as in production, or for another."""
        return f"postgresql://{user}@/{database}?host={self.folder}"

    def create(self, database: str, template: str = "template1", tablespace: str = "pg_default") -> str:
        """Makes a database as a copy of ``template`` and returns its address."""
        with self.admin() as connection:
            # Copying the files is the quicker way for a small template; before version 15 it is the only one.
            how = " STRATEGY file_copy" if connection.info.server_version >= 150000 else ""
            statement = SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} TABLESPACE {}" + how)
            connection.execute(statement.format(*map(Identifier, (database, OWNER, template, tablespace))))
        return self.url(database)

    def drop(self, database: str) -> None:
        """Removes a database, whoever is still connected to it."""
        with self.admin() as connection:
            connection.execute(SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(Identifier(database)))

    def admin(self, database: str = "postgres") -> psycopg.Connection:
        """A connection as the server's superuser, each statement a transaction of its own."""
        return psycopg.connect(host=self.folder, user=ADMIN, dbname=database, autocommit=True)


@contextmanager
def running(base: Path | None = None, **more: str) -> Iterator[Server]:
    """A server for the length of the ``with`` block, with ``more`` options.

    ``base``: a data folder whose copy it starts from, with all that is in it, instead of an empty one.
    """
    with cluster(base, **more) as made:
        yield made.server


@contextmanager
def following(first: Server) -> Iterator[Cluster]:
    """A second server that follows the first one and answers what is only read."""
    base = Path(tempfile.mkdtemp(prefix="brigade-pg-base-")) / "base"
    try:
        told = ["-h", first.folder, "-U", ADMIN, "-D", str(base), "-R", "--no-sync", "-c", "fast"]
        copy = [str(programs() / "pg_basebackup"), *told]
        subprocess.run(copy, check=True, capture_output=True)
        with cluster(base, hot_standby_feedback="on") as made:
            yield made
    finally:
        shutil.rmtree(base.parent)


@contextmanager
def cluster(base: Path | None = None, **more: str) -> Iterator[Cluster]:
    """As ``running``, for who wants to see it die."""
    found = programs()
    folder = Path(tempfile.mkdtemp(prefix="brigade-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, UNPRIVILEGED, UNPRIVILEGED)
        made = Cluster(found, folder, OPTIONS | more)
        made.fill(base)
        made.start()
        try:
            if base is None:
                with made.server.admin() as connection:
                    for name in (OWNER, PROGRAM):
                        connection.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(name)))
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder)


class Cluster:
    """The server's data in its folder, and the server on it: started, stopped, crashed and started again."""

    def __init__(self, programs: Path, folder: Path, options: dict[str, str]) -> None:
        self.server = Server(str(folder))
        self._programs, self._folder, self._options = programs, folder, options

    def fill(self, base: Path | None) -> None:
        """New data, or a copy of ``base``."""
        data = self._folder / "data"
        if base is not None:
            _copy(base, data)
            return
        log = self._folder / "log"
        initdb = [
            str(self._programs / "initdb"),
            "-D",
            str(data),
            "-U",
            ADMIN,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-sync",
        ]
        with log.open("wb") as out:
            if subprocess.run([*_as_user(), *initdb], **_how(self._folder, out)).returncode:
                raise PostgresMissing(f"initdb failed: {log.read_text()[-2000:]}")

    def start(self) -> None:
        """Started and answering; after a crash or a stop, once it has recovered."""
        data = self._folder / "data"
        said = [f"--{name}={value}" for name, value in self._options.items()]
        command = [*_as_user(), str(self._programs / "postgres"), "-D", str(data), "-k", str(self._folder), *said]
        with (self._folder / "log").open("ab") as out:
            # A session of its own: Ctrl-C in the terminal is for pytest, which then stops the server in good order.
            self.process = subprocess.Popen(command, start_new_session=True, **_how(self._folder, out))
        self.await_ready()

    def stop(self) -> None:
        """In good order, or else by force."""
        _stop(self.process)

    def await_ready(self) -> None:
        """Until it answers."""
        _wait_until_ready(self.process, self.server)

    def crash(self) -> None:
        """Every process of it ends where it is (``pg_ctl stop -m immediate``); the next start recovers."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(60)


def programs() -> Path:
    """The folder of the newest server's programs."""
    homes = Path("/usr/lib/postgresql").glob("*/bin/initdb")
    newest = max(homes, key=lambda initdb: float(initdb.parent.parent.name), default=None)
    initdb = newest or shutil.which("initdb")
    if not initdb:
        raise PostgresMissing("PostgreSQL's server is not installed (Debian: postgresql); `make test` installs it")
    return Path(initdb).parent


class _How(TypedDict):
    stdin: int
    stdout: IO[bytes]
    stderr: IO[bytes]
    cwd: Path
    env: dict[str, str]


def _how(folder: Path, out: IO[bytes]) -> _How:
    return {"stdin": subprocess.DEVNULL, "stdout": out, "stderr": out, "cwd": folder, "env": {"LC_ALL": "C.UTF-8"}}


def _copy(base: Path, data: Path) -> None:
    shutil.copytree(base, data)
    if os.geteuid() == 0:
        for path in (data, *data.rglob("*")):
            shutil.chown(path, UNPRIVILEGED, UNPRIVILEGED)


def _as_user() -> list[str]:
    """What to put before a command so that it is not root, and ends (SIGINT) when pytest itself is killed."""
    setpriv = shutil.which("setpriv")  # Linux
    if not setpriv:
        return []
    user = ["--reuid", UNPRIVILEGED, "--regid", UNPRIVILEGED, "--clear-groups"] if os.geteuid() == 0 else []
    return [setpriv, "--pdeathsig", "INT", *user, "--"]


def _wait_until_ready(process: subprocess.Popen[bytes], server: Server, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            server.admin().close()
            return
        except psycopg.OperationalError:
            if process.poll() is not None or time.monotonic() > deadline:
                raise PostgresMissing(
                    f"PostgreSQL did not start: {Path(server.folder, 'log').read_text()[-2000:]}"
                ) from None
            time.sleep(0.05)


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ends the server: politely, then at once, then by force."""
    for how in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
        process.send_signal(how)
        try:
            process.wait(timeout=20)
            return
        except subprocess.TimeoutExpired:
            continue
