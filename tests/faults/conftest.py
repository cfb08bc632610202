"""The deployed server with a small city in its store, of either kind, for a whole file of tests; the real clock."""

from __future__ import annotations

import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Engine, insert

from brigade.demo.load import load
from tests import make, postgres
from tests.api.conftest import Rows, city_and_rows
from tests.conftest import migrated
from tests.faults.household import Household, Nursery, household
from tests.faults.serving import Server, store_of

__all__ = ["city_and_rows"]


@dataclass(frozen=True)
class Town:
    """A server, the city in its store, and the store itself for a look from outside."""

    server: Server
    city: make.City
    engine: Engine
    kind: str

    @property
    def port(self) -> int:
        """Where the server listens."""
        return self.server.port


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def town(
    request: pytest.FixtureRequest,
    city_and_rows: tuple[make.City, Rows],
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Town]:
    """``python -m api.serve`` on the small city."""
    folder = tmp_path_factory.mktemp("town")
    if request.param == "sqlite":
        url = f"sqlite:///{shutil.copy(request.getfixturevalue('sqlite_template'), folder / 'brigade.sqlite3')}"
    else:
        template: str = request.getfixturevalue("postgresql_template")
        url = request.getfixturevalue("postgres_server").create(f"town_{uuid4().hex}", template)
    city, rows = city_and_rows
    engine = store_of(url, folder)
    with engine.begin() as connection:
        for table, its in rows:
            connection.execute(insert(table), its)
    with Server(url, folder) as server:
        yield Town(server, city.mine(), engine, request.param)
    engine.dispose()


@dataclass(frozen=True)
class Demo:
    """A server with the small demo, its store, and its accounts as the accounts file lists them."""

    server: Server
    engine: Engine
    accounts: list[dict[str, Any]]

    @property
    def port(self) -> int:
        """Where the server listens."""
        return self.server.port

    def accounts_of(self, post: str) -> list[dict[str, Any]]:
        """Who may sign in as this."""
        return [account for account in self.accounts if account["post"] == post]


@pytest.fixture(scope="module")
def demo(
    request: pytest.FixtureRequest, sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Demo]:
    """``python -m api.serve`` on the small demo with a hundred reports of its own, or as many as the file's ``HISTORY``."""
    folder = tmp_path_factory.mktemp("demo")
    url = f"sqlite:///{shutil.copy(sqlite_template, folder / 'brigade.sqlite3')}"
    engine = store_of(url, folder)
    load(engine, "small", 1, getattr(request.module, "HISTORY", 100), folder / "accounts.json", dt.datetime.now(dt.UTC))
    accounts = json.loads((folder / "accounts.json").read_text(encoding="utf-8"))["accounts"]
    with Server(url, folder) as server:
        yield Demo(server, engine, accounts)
    engine.dispose()


# --- Lives (test_lives.py, test_planted.py) ---------------------------------------------------------------------------


@pytest.fixture(scope="session")
def nursery(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """The program, imported once."""
    made = Nursery(tmp_path_factory.mktemp("nursery") / "log")
    yield made
    made.close()


@pytest.fixture(scope="session")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[postgres.Cluster]:
    """A PostgreSQL server that may die, with a migrated database ``template``."""
    with postgres.cluster() as made:
        migrated(made.server.create("template"), tmp_path_factory.mktemp("template"))
        yield made


MoveIn = Callable[..., AbstractContextManager[Household]]


@pytest.fixture
def moved_in(
    request: pytest.FixtureRequest, nursery: Nursery, city_and_rows: tuple[make.City, Rows], tmp_path: Path
) -> MoveIn:
    """What makes a household on a fresh store of a kind, with one of the faults of ``planted.py`` or none."""

    def of(kind: str, planted: str = "", var: Path | None = None) -> AbstractContextManager[Household]:
        folder = tmp_path / uuid4().hex
        folder.mkdir()
        cluster = request.getfixturevalue("mortal") if kind == "postgresql" else None
        template = "template" if cluster else request.getfixturevalue("sqlite_template")
        return household(nursery, folder, *city_and_rows, template=template, cluster=cluster, planted=planted, var=var)

    return of
