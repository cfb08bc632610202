"""The small city of ``make.py`` in a fresh store, a clock that stands in November 2026, and a client that checks."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from argon2 import PasswordHasher
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, Table, create_engine, delete, insert, select
from sqlalchemy.orm import Session

from api import create_app
from api.extensions import db
from brigade.access import passwords
from brigade.connections import prepare_engine
from brigade.db import Base
from tests import make
from tests.api import asking
from tests.api.answers import CheckedClient
from tests.api.authenticator import ORIGIN
from tests.api.scanning import SaidPages, instead
from tests.conftest import settings_for
from tests.postgres import PROGRAM, Server
from tests.rewound import States, states_of
from tests.unguarded import unguarded

# Signing in works as ever, over HTTP with Argon2id; only its costs are turned down.
CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
Rows = list[tuple[Table, list[dict[str, Any]]]]


@pytest.fixture(scope="session", autouse=True)
def cheap_hashes() -> Iterator[None]:
    """What Argon2id costs here: next to nothing, so that a sign-in is soon done and no hash is made anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "HASHER", CHEAP)
        yield


@pytest.fixture(scope="module", autouse=True)
def november() -> Iterator[time_machine.Traveller]:
    """The clock of all tests here goes on from ``make.NOW``."""
    with time_machine.travel(make.NOW, tick=True) as traveller:
        yield traveller


@pytest.fixture
def clock(november: time_machine.Traveller) -> Iterator[time_machine.Traveller]:
    """The same clock, to be moved by ``shift`` and ``move_to`` (``tick=False`` stops it); it is put back after the test."""
    yield november
    november.move_to(make.NOW, tick=True)


@pytest.fixture(scope="session")
def kept_postgresql(postgresql_template: str, postgres_server: Server) -> Iterator[tuple[str, States]]:
    """One PostgreSQL database for all tests here; emptying it is quicker than making another."""
    name = f"api_{uuid4().hex}"
    url = postgres_server.create(name, postgresql_template)
    states = states_of(url, postgres_server)
    states.keep("empty")
    yield url, states
    states.close()
    postgres_server.drop(name)


@pytest.fixture
def postgresql(kept_postgresql: tuple[str, States]) -> str:
    """The address of an empty, migrated PostgreSQL database."""
    url, states = kept_postgresql
    states.back_to("empty")
    return url


@pytest.fixture(scope="session")
def city_and_rows(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[make.City, Rows]:
    """The small city and its rows, made once and loaded into the store of every test that asks for it."""
    engine = create_engine(f"sqlite:///{shutil.copy(sqlite_template, tmp_path_factory.mktemp('city'))}")
    prepare_engine(engine)
    with Session(engine) as session:
        city = make.city(session)
    with engine.connect() as connection:
        found = [(table, connection.execute(select(table)).mappings().all()) for table in Base.metadata.sorted_tables]
    engine.dispose()
    cheap = CHEAP.hash(make.PASSWORD)
    rows = []
    for table, its in found:
        own = {"password_hash": cheap} if table.name == "accounts" else {}
        if its:
            rows.append((table, [{**row, **own} for row in its]))
    return city, rows


def load(app: Flask, rows: Rows) -> None:
    """Put the rows into the application's store."""
    with app.app_context(), db.engine.begin() as connection:
        for table, its in rows:
            connection.execute(insert(table), its)


def empty(owner: Engine) -> None:
    """Take every row out of a store, as the owner of its tables: the program itself has no right to do so."""
    with owner.begin() as connection, unguarded(connection):
        for table in reversed(Base.metadata.sorted_tables):
            connection.execute(delete(table))


@dataclass
class Kept:
    """An application for many tests, the states that its store goes back to, and the one that the test began with."""

    app: Flask
    states: States
    began: str = ""

    def begin(self, state: str) -> Flask:
        """The application, its store as it was in that state."""
        self.states.back_to(state)
        self.began = state
        return self.app


@pytest.fixture(scope="session")
def kept_apps() -> Iterator[dict[str, Kept]]:
    """One application for each kind of store, for all tests here: bringing its store back is quicker than making another."""
    kept: dict[str, Kept] = {}
    yield kept
    for its in kept.values():
        its.states.close()
        with its.app.app_context():
            db.engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def app(
    request: pytest.FixtureRequest,
    kept_apps: dict[str, Kept],
    city_and_rows: tuple[make.City, Rows],
    tmp_path_factory: pytest.TempPathFactory,
) -> Flask:
    """The application on an empty store of each kind in turn, or on one with the small city where the test asks for
    ``city``; on PostgreSQL as a role that owns nothing (``rights.py``), with the walls up.
    """
    if request.param not in kept_apps:
        folder, server = tmp_path_factory.mktemp("kept"), None
        if request.param == "sqlite":
            path = shutil.copy(request.getfixturevalue("sqlite_template"), folder / "brigade.sqlite3")
            url = f"sqlite:///{path}"
        else:
            server = request.getfixturevalue("postgres_server")
            name = f"api_{uuid4().hex}"
            server.create(name, request.getfixturevalue("postgresql_template"))
            url = server.url(name, PROGRAM)
        made = Kept(create_app(settings_for(url, folder)), states_of(url, server))
        made.states.keep("empty")
        load(made.app, city_and_rows[1])
        made.states.keep("city")
        kept_apps[request.param] = made
    return kept_apps[request.param].begin("city" if "city" in request.fixturenames else "empty")


@pytest.fixture(params=["sqlite", "postgresql"])
def own_app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """The application on a store of its own: what is sealed cannot be taken out for the next test. A file of such tests
    says ``app = own_app``.
    """
    url = str(request.getfixturevalue("sqlite" if request.param == "sqlite" else "own_postgresql"))
    app = create_app(settings_for(url, tmp_path))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def own_postgresql(postgresql_template: str, postgres_server: Server) -> Iterator[str]:
    """The address of a PostgreSQL database that no other test sees."""
    name = f"own_{uuid4().hex}"
    yield postgres_server.create(name, postgresql_template)
    postgres_server.drop(name)


@pytest.fixture
def city(app: Flask, city_and_rows: tuple[make.City, Rows], kept_apps: dict[str, Kept]) -> make.City:
    """The small city, in the store of ``app``; who is added to it is there for one test."""
    city, rows = city_and_rows
    if not any(its.app is app and its.began == "city" for its in kept_apps.values()):
        load(app, rows)
    return city.mine()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A client that is nobody yet; every answer is held against the served document."""
    app.test_client_class = CheckedClient
    return app.test_client()


@pytest.fixture
def signed_in() -> Callable[..., FlaskClient]:
    """``signed_in(client, login)``: a client of its own for that person."""
    return asking.signed_in


@pytest.fixture
def ask(client: FlaskClient, city: make.City) -> Callable[[str], CheckedClient]:
    """``ask("squad11")``: that person's client in the small city, signed in once."""
    known: dict[str, CheckedClient] = {}

    def of(login: str) -> CheckedClient:
        if login not in known:
            known[login] = asking.signed_in(client, login)
        return known[login]

    return of


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def quiet(
    request: pytest.FixtureRequest,
    city_and_rows: tuple[make.City, Rows],
    tmp_path_factory: pytest.TempPathFactory,
    november: time_machine.Traveller,
) -> Iterator[asking.Quiet]:
    """One store for a whole file of tests that are all refused: each proves that it is as it was before."""
    folder = tmp_path_factory.mktemp("quiet")
    if request.param == "sqlite":
        path = folder / "brigade.sqlite3"
        path.write_bytes(request.getfixturevalue("sqlite_template").read_bytes())
        url, server, name = f"sqlite:///{path}", None, ""
    else:
        server, name = request.getfixturevalue("postgres_server"), f"quiet_{uuid4().hex}"
        url = server.create(name, request.getfixturevalue("postgresql_template"))
    app = create_app(settings_for(url, folder))
    app.test_client_class = CheckedClient
    city, rows = city_and_rows
    load(app, rows)
    yield asking.Quiet(app, city.mine())
    with app.app_context():
        db.engine.dispose()
    if server:
        server.drop(name)


@pytest.fixture
def later(clock: time_machine.Traveller) -> Callable[..., None]:
    """``later(minutes=6)``: that much time goes by."""
    return lambda **span: clock.shift(dt.timedelta(**span))


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> SaidPages:
    """Pages of paper are what their file says."""
    return instead(monkeypatch)


@pytest.fixture
def named(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """The application under a name, where passkeys can be made."""
    monkeypatch.setitem(app.config, "BRIGADE", replace(app.config["BRIGADE"], base_url=ORIGIN))
    return app
