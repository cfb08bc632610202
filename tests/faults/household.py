"""Everything that one life stands on: a store, a folder, a mail server, the product's server and worker."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import Engine, insert, text

from brigade.messages.ways import usual_settings
from tests import make
from tests.api.conftest import Rows
from tests.faults.serving import store_of
from tests.letterbox import MailBox, mail_server
from tests.postgres import Cluster

ROOT = Path(__file__).parents[2]
AT_ONCE = {"quiet_from": 0, "quiet_to": 0, "mail_digest": False}


class Nursery:
    """The process that forks the product's processes (``nursery.py``); ``under`` is the command that it runs under."""

    def __init__(self, log: Path, under: Sequence[str] = ()) -> None:
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [*under, sys.executable, "-m", "tests.faults.nursery"],
                cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=out, text=True,
                env={name: value for name, value in os.environ.items() if not name.startswith("BRIGADE_")},
            )  # fmt: skip

    def order(self, **order: Any) -> Any:
        """What it answers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the nursery is gone; its log says why"
        return json.loads(line)

    def close(self) -> None:
        """With all its children: it ends when nothing more can be ordered."""
        try:
            self._process.communicate(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.communicate()


@dataclass
class Child:
    """The server or the worker: started, killed, found dead. ``armed`` is the file that arms a point in it."""

    nursery: Nursery
    kind: str
    folder: Path
    planted: str = ""
    pid: int = 0

    @property
    def armed(self) -> Path:
        """See ``points.py``."""
        return self.folder / f"{self.kind}.armed"

    def start(self, ahead: float = 0) -> None:
        """With a clock so many seconds ahead."""
        self.armed.unlink(missing_ok=True)
        said = {"log": str(self.folder / f"{self.kind}.log"), "armed": str(self.armed), "planted": self.planted}
        self.pid = self.nursery.order(start=self.kind, ahead=ahead, **said)

    def kill(self) -> None:
        """SIGKILL, if it lives."""
        if self.is_alive():
            self.nursery.order(kill=self.pid)
        self.pid = 0

    def is_alive(self) -> bool:
        """Whether it does."""
        if self.pid and not self.nursery.order(alive=self.pid):
            self.pid = 0
        return bool(self.pid)


@dataclass
class Household:
    """One store with the small city and all that works on it. ``folder`` has the logs, ``var`` the files."""

    kind: str
    folder: Path
    port: int
    city: make.City
    engine: Engine
    mail: MailBox
    server: Child
    worker: Child
    var: Path
    cluster: Cluster | None = None

    def await_server(self) -> None:
        """Until it takes connections."""
        deadline = time.monotonic() + 120
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                log = self.folder / "server.log"
                assert self.server.is_alive(), log.read_text()[-3000:] if log.exists() else "no server"
                assert time.monotonic() < deadline, "the server does not come up"
                time.sleep(0.01)


@contextmanager
def household(
    nursery: Nursery, folder: Path, city: make.City, rows: Rows, *, template: Path | str, cluster: Cluster | None = None,
    planted: str = "", var: Path | None = None,
) -> Iterator[Household]:  # fmt: skip
    """A fresh one; ``template`` is a migrated SQLite file, or a migrated database of ``cluster``.

    ``var``: where store and files are, when not beside the logs.
    """
    name, var = f"life_{uuid4().hex}", var or folder
    if cluster is None:
        url = f"sqlite:///{shutil.copy(template, var / 'brigade.sqlite3')}"
    else:
        url = cluster.server.create(name, str(template))
    engine = store_of(url, var)
    _move_in(engine, city, rows)
    engine.dispose()  # nobody else has the store open
    with socket.socket() as free, mail_server() as mail:
        free.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        own = {
            "DATABASE_URL": url,
            "VAR": str(var),
            "SECRET_KEY": "only-for-tests-" + "0" * 32,
            "MAIL_URL": mail.url,
        }
        nursery.order(open={"PORT": str(port), **{f"BRIGADE_{key}": value for key, value in own.items()}})
        server, worker = (Child(nursery, kind, folder, planted) for kind in ("server", "worker"))
        kind = "sqlite" if cluster is None else "postgresql"
        try:
            yield Household(kind, folder, port, city, engine, mail, server, worker, var, cluster)
        finally:
            server.kill()
            worker.kill()
            engine.dispose()
            if cluster is not None:
                cluster.server.drop(name)


def _move_in(engine: Engine, city: make.City, rows: Rows) -> None:
    """The city, with deputies who may decide at once, and everyone reading mail at all hours."""
    now = make.NOW
    with engine.begin() as connection:
        for table, its in rows:
            connection.execute(insert(table), its)
        setting = '{"second_factor_posts": [], "step_up": [], "deputy_after_days": 0}'
        bureau = {"said": setting, "level": "bureau"}
        cast = "CAST(:said AS jsonb)" if engine.dialect.name == "postgresql" else ":said"
        connection.execute(text(f"UPDATE units SET settings = {cast} WHERE level = :level"), bureau)
        settings = [usual_settings(city.member_id(login), now) for login in city.people]
        for login, row in zip(city.people, settings, strict=True):
            usual = {column.key: getattr(row, column.key) for column in row.__table__.columns}
            connection.execute(insert(type(row)), {**usual, **AT_ONCE, "email": f"{login}@example.jp"})
