"""The ground the tests stand on does what it says: fresh stores of both kinds, real commits, no network."""

from __future__ import annotations

import copy
import socket

import flask_migrate
import psycopg
import pytest
from flask import Flask
from sqlalchemy import Engine, MetaData, func, select, text
from xdist.scheduler import LoadGroupScheduling

from api.extensions import db
from tests import groups, postgres


def test_store_is_migrated_and_empty(engine: Engine) -> None:
    stored = MetaData()
    stored.reflect(engine)
    assert set(db.metadata.tables) <= set(stored.tables)
    with engine.connect() as connection:
        full = {
            name
            for name in db.metadata.tables
            if connection.scalar(select(func.count()).select_from(stored.tables[name]))
        }
    assert full == set()


def test_models_and_migrations_agree(app: Flask) -> None:
    with app.app_context():
        flask_migrate.check()


@pytest.mark.parametrize("turn", [1, 2])
def test_commit_is_seen_by_others_but_not_by_the_next_test(engine: Engine, turn: int) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE mark (turn INTEGER)"))
        connection.execute(text("INSERT INTO mark VALUES (:turn)"), {"turn": turn})
    with engine.connect() as other:
        assert other.scalars(text("SELECT turn FROM mark")).all() == [turn]


def test_application_is_no_superuser_of_its_database(postgresql: str) -> None:
    with psycopg.connect(postgresql) as connection:
        assert connection.execute("SELECT rolsuper FROM pg_roles WHERE rolname = current_user").fetchone() == (False,)


def test_server_is_gone_after_use() -> None:
    with postgres.running() as server:
        server.create("anything")
    with pytest.raises(psycopg.OperationalError):
        server.admin()


def test_network_is_off() -> None:
    with socket.socket() as away, pytest.raises(RuntimeError, match="no network"):
        away.connect(("192.0.2.1", 80))  # TEST-NET-1 (RFC 5737): nobody's


@pytest.mark.xdist_group("harness")
def test_the_scheduler_finds_the_group_of_a_test(request: pytest.FixtureRequest) -> None:
    item = copy.copy(request.node)
    groups.name_group_in_id(item)
    assert LoadGroupScheduling._split_scope(request.config, item.nodeid) == "harness"
    if request.config.getoption("loadgroup", False):
        assert request.node.nodeid.endswith("@harness")
