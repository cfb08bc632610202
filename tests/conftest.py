"""What every test may ask for: a fresh migrated store of either kind, the application on it, a client; and no network.

A test that takes ``store`` (or ``app``, ``client``, ``engine``, which stand on it) runs twice, on SQLite and on
PostgreSQL. Each test has a database of its own, copied from one that the real migrations made, so that commits are
commits. Nothing here changes the product's behaviour; the clock is an argument of the product itself.
"""

from __future__ import annotations

import gc
import ipaddress
import itertools
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import flask_migrate
import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, create_engine

from api import create_app
from api.extensions import db
from brigade.connections import prepare_engine
from brigade.jobs import writing
from brigade.rights import grant
from brigade.settings import Settings
from brigade.walls import raise_walls
from tests import groups, postgres

# The everyday profile is the same on every run; the full one hunts: pytest --hypothesis-profile=full
_common = hypothesis.settings(deadline=None, print_blob=True)
hypothesis.settings.register_profile("default", _common, max_examples=60, derandomize=True, database=None)
hypothesis.settings.register_profile("full", _common, max_examples=5000, stateful_step_count=50, derandomize=False)
hypothesis.settings.load_profile("default")

_folder = pytest.StashKey[str]()

IN_MEMORY, ROOM = Path("/dev/shm"), 8 << 30
"""Where files lie in memory, and the bytes that must be free there: a run of three processes takes less than half."""

TESTS_BETWEEN, _finished = 100, itertools.count(1)


def pytest_configure(config: pytest.Config) -> None:
    """A run that is told to end (SIGTERM, as CI does) cleans up as after Ctrl-C. Its files lie in memory."""
    if not hasattr(config, "workerinput"):
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        _keep_in_memory()


def _keep_in_memory() -> None:
    """Each commit on a disk waits for it, and no test needs to outlive the machine. ``TMPDIR`` says otherwise."""
    if "TMPDIR" in os.environ or not IN_MEMORY.is_dir():
        return
    there = os.statvfs(IN_MEMORY)
    if there.f_bavail * there.f_frsize > ROOM and not there.f_flag & os.ST_NOEXEC:
        os.environ["TMPDIR"] = tempfile.tempdir = str(IN_MEMORY)


def pytest_collection_finish() -> None:
    """Ten thousand tests and their modules are here to stay."""
    _look_no_more()


def pytest_runtest_logfinish(nodeid: str) -> None:
    """Nor does what is kept of each test's statements go: a third of a run went into looking through it for garbage."""
    if next(_finished) % TESTS_BETWEEN == 0:
        _look_no_more()


def _look_no_more() -> None:
    """Remove what is garbage now, and never look again at what is left."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A parallel run keeps together what shares something (``groups.py``)."""
    if config.getoption("loadgroup", False):
        for item in items:
            groups.name_group_in_id(item)


# --- PostgreSQL: one server for the whole run -------------------------------------------------------------------------


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """The controller of a parallel run starts the server that all its workers share, and tells each where it is."""
    config = node.config
    if _folder not in config.stash:
        servers = ExitStack()
        config.add_cleanup(servers.close)
        try:
            config.stash[_folder] = servers.enter_context(postgres.running()).folder
        except postgres.PostgresMissing:
            config.stash[_folder] = ""  # each test that needs it says so
    node.workerinput["postgres"] = config.stash[_folder]


@pytest.fixture(scope="session")
def postgres_server(request: pytest.FixtureRequest) -> Iterator[postgres.Server]:
    """The run's server; a run in one process starts it at the first test that needs it."""
    folder = getattr(request.config, "workerinput", {}).get("postgres")
    if folder:
        yield postgres.Server(folder)
    else:
        with postgres.running() as server:
            yield server


# --- A fresh store for each test --------------------------------------------------------------------------------------


def settings_for(url: str, root: Path, **changed: str) -> Settings:
    """Settings for a database; everything else as embedded below ``root``. ``changed``: LOG_LEVEL="DEBUG"."""
    environ = {"DATABASE_URL": url, "SECRET_KEY": "only-for-tests-" + "0" * 32, **changed}
    return Settings.from_environ({f"BRIGADE_{name}": value for name, value in environ.items()}, root)


def migrated(url: str, root: Path, role: str = "") -> None:
    """Brings an empty database up to date as an operator would; ``role`` gets the rights of a deployed program there."""
    app = create_app(settings_for(url, root))
    with app.app_context():
        flask_migrate.upgrade()
        if role:
            with writing(db.engine) as session:
                grant(session.connection(), role)
                raise_walls(session.connection())
        db.engine.dispose()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty, migrated SQLite file to copy."""
    folder = tmp_path_factory.mktemp("template")
    migrated(f"sqlite:///{folder}/template.sqlite3", folder)
    return folder / "template.sqlite3"


@pytest.fixture(scope="session")
def postgresql_template(postgres_server: postgres.Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of an empty, migrated PostgreSQL database to copy; each worker makes its own, so none waits."""
    name = f"template_{uuid4().hex}"
    migrated(postgres_server.create(name), tmp_path_factory.mktemp("template"), postgres.PROGRAM)
    return name


@pytest.fixture
def sqlite(sqlite_template: Path, tmp_path: Path) -> str:
    """The address of a fresh SQLite database, for what concerns SQLite alone."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'brigade.sqlite3')}"


@pytest.fixture
def postgresql(postgresql_template: str, postgres_server: postgres.Server) -> Iterator[str]:
    """The address of a fresh PostgreSQL database, for what concerns PostgreSQL alone."""
    name = f"test_{uuid4().hex}"
    yield postgres_server.create(name, postgresql_template)
    postgres_server.drop(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> str:
    """The address of a fresh database, of each kind in turn."""
    return str(request.getfixturevalue(request.param))


@pytest.fixture
def app(store: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on a fresh database."""
    app = create_app(settings_for(store, tmp_path))
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client that is nobody yet."""
    return app.test_client()


@pytest.fixture
def engine(store: str, tmp_path: Path) -> Iterator[Engine]:
    """A fresh database without the application, opened as the product opens it."""
    engine = create_engine(settings_for(store, tmp_path).database_url)
    prepare_engine(engine)
    yield engine
    engine.dispose()


# --- No network -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """Refuses every connection that leaves this machine. Sockets in files and loopback stay open."""

    def guarded(connect: Any) -> Any:
        def only_here(self: socket.socket, address: Any) -> Any:
            if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address[0]):
                raise RuntimeError(f"a test tried to reach {address!r}; tests have no network")
            return connect(self, address)

        return only_here

    with pytest.MonkeyPatch.context() as patch:
        for name in ("connect", "connect_ex"):
            patch.setattr(socket.socket, name, guarded(getattr(socket.socket, name)))
        yield


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host.split("%")[0]).is_loopback
    except ValueError:  # a name
        return host == "localhost"
