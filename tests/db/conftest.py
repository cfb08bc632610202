"""One small city per file and store: a test looks at it inside a transaction of its own that is taken back at the end.

What a test commits is a savepoint to the store; tests that need true commits ask for ``engine`` instead.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, delete, insert, select
from sqlalchemy.orm import Session

from api import create_app
from brigade.connections import prepare_engine
from brigade.db import Base
from brigade.messages.sending import Ways
from tests import make, postgres
from tests.conftest import settings_for
from tests.db.house import House
from tests.letterbox import MailBox, PushService, mail_server, push_service
from tests.make import City
from tests.unguarded import unguarded


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def shared_engine(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    folder, name = tmp_path_factory.mktemp("shared"), f"shared_{uuid4().hex}"
    if request.param == "sqlite":
        copied = shutil.copy(request.getfixturevalue("sqlite_template"), folder / "brigade.sqlite3")
        url = f"sqlite:///{copied}"
    else:
        server = request.getfixturevalue("postgres_server")
        url = server.create(name, request.getfixturevalue("postgresql_template"))
    engine = create_engine(settings_for(url, folder).database_url)
    prepare_engine(engine)
    yield engine
    engine.dispose()
    if request.param == "postgresql":
        server.drop(name)


@pytest.fixture(scope="module")
def shared_city(shared_engine: Engine) -> City:
    with Session(shared_engine) as session:
        return make.city(session)


@pytest.fixture
def city(shared_city: City) -> City:
    """The small city; what a test adds to it is gone with the test."""
    return shared_city.mine()


@pytest.fixture
def session(shared_engine: Engine, shared_city: City) -> Iterator[Session]:
    """A session on the small city."""
    with shared_engine.connect() as connection, connection.begin() as everything:
        with Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False) as session:
            yield session
        everything.rollback()


# --- Sending ----------------------------------------------------------------------------------------------------------

Rows = list[tuple[Any, list[Any]]]


@pytest.fixture(scope="module")
def mail() -> Iterator[MailBox]:
    with mail_server() as box:
        yield box


@pytest.fixture(scope="module")
def push() -> Iterator[PushService]:
    with push_service() as service:
        yield service


@pytest.fixture(scope="module")
def city_rows(shared_engine: Engine, shared_city: City) -> Rows:
    """Every row of the small city."""
    with shared_engine.connect() as connection:
        return [(table, list(connection.execute(select(table)).mappings())) for table in Base.metadata.sorted_tables]


@pytest.fixture
def house(
    shared_engine: Engine, shared_city: City, city_rows: Rows, mail: MailBox, push: PushService, tmp_path: Path
) -> House:
    """The small city as it was made, in a store whose commits are commits, and empty letter boxes."""
    with shared_engine.begin() as connection, unguarded(connection):
        for table, _ in reversed(city_rows):
            connection.execute(delete(table))
        for table, rows in city_rows:
            if rows:
                connection.execute(insert(table), [dict(row) for row in rows])
    mail.__init__(port=mail.port)  # type: ignore[misc]  # as if new
    push.__init__(port=push.port)  # type: ignore[misc]  # as if new
    settings = settings_for(f"sqlite:///{tmp_path}/x", tmp_path, MAIL_URL=mail.url, PUSH_HOSTS=push.origin)
    return House(shared_engine, shared_city, Ways.of(settings), mail, push)


# --- Whole installations -----------------------------------------------------------------------------------------------


@pytest.fixture
def place(tmp_path: Path, postgres_server: postgres.Server) -> Iterator[Callable[..., Flask]]:
    """Makes an application on a database without any table, of either kind, and a folder of its own."""
    made: list[str] = []

    def make(kind: str, **changed: str) -> Flask:
        root = tmp_path / f"place-{uuid4().hex[:8]}"
        root.mkdir()
        url = f"sqlite:///{root}/brigade.sqlite3"
        if kind == "postgresql":
            made.append(f"place_{uuid4().hex}")
            url = postgres_server.create(made[-1])
        return create_app(settings_for(url, root, **changed))

    yield make
    for name in made:
        postgres_server.drop(name)
