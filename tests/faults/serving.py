"""The deployed server as a process of its own, to be ended and started again on the same store and port."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from sqlalchemy import Engine, create_engine

from brigade.connections import prepare_engine
from tests.conftest import settings_for

ROOT = Path(__file__).parents[2]


class Server:
    """``python -m api.serve`` on one store, from ``start`` (or ``with``) to ``stop`` or ``kill``; what it prints is in ``log``.

    ``root`` is the checkout that it runs; change it between a stop and a start to change the version.
    """

    root = ROOT

    def __init__(self, url: str, folder: Path, **environ: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        kept = {name: value for name, value in os.environ.items() if not name.startswith("BRIGADE_")}
        own = {"DATABASE_URL": url, "VAR": str(folder), "SECRET_KEY": "only-for-tests-" + "0" * 32, **environ}
        self.environ = {**kept, "PORT": str(self.port), **{f"BRIGADE_{name}": value for name, value in own.items()}}
        self.log = folder / "server.log"

    def __enter__(self) -> Server:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Started and answering."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "api.serve"], cwd=self.root, env=self.environ, stdout=log, stderr=log
            )
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                assert self._process.poll() is None, self.log.read_text()
                assert time.monotonic() < deadline, self.log.read_text()
                time.sleep(0.05)

    @property
    def pid(self) -> int:
        """Of the running process."""
        return self._process.pid

    def tell(self) -> None:
        """Told to end (SIGTERM)."""
        self._process.terminate()

    def ended(self) -> int:
        """Its exit code, once it has ended."""
        return self._process.wait(60)

    def stop(self) -> None:
        """Told to end, and ended."""
        self.tell()
        self.ended()

    def kill(self) -> None:
        """SIGKILL: no time to clean up."""
        self._process.kill()
        self._process.wait(20)


def store_of(url: str, folder: Path) -> Engine:
    """The store, opened as the product opens it."""
    engine = create_engine(settings_for(url, folder).database_url)
    prepare_engine(engine)
    return engine
