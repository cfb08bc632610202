"""A replica that answers heavy reads: never older than the question, and never missed when it is away or behind."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, create_engine, event, text
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from api import create_app, replica, sync
from api.extensions import db
from brigade.connections import prepare_engine
from brigade.sync.changes import mark_now
from tests import make, postgres
from tests.api.answers import API
from tests.api.asking import REPORTS, done, file
from tests.api.conftest import empty
from tests.conftest import migrated, settings_for

MONTH = "2026-11"


def heavy(unit_id: object) -> tuple[str, ...]:
    """Addresses that the replica may answer."""
    unit = f"unit_id={unit_id}"
    return (
        f"{REPORTS}?month={MONTH}", f"{API}/months/{MONTH}?{unit}", f"{API}/months/{MONTH}/totals?{unit}",
        f"{API}/months/{MONTH}/report.pdf?{unit}", f"{API}/statistics?{unit}&year=2026",
        f"{API}/annual-pay?{unit}&year=2026", f"{API}/scans/accuracy",
    )  # fmt: skip


@pytest.fixture(scope="module")
def servers() -> Iterator[tuple[postgres.Cluster, postgres.Cluster]]:
    """The first server, and the one that follows it."""
    with postgres.cluster() as first, postgres.following(first.server) as second:
        yield first, second


@pytest.fixture(scope="module")
def kept(
    servers: tuple[postgres.Cluster, postgres.Cluster], tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Flask, Engine]]:
    """The application on both, as the role of a deployed program, and the first store for its owner."""
    first, second = (one.server for one in servers)
    folder = tmp_path_factory.mktemp("replica")
    url = first.create("brigade")
    migrated(url, folder, postgres.PROGRAM)
    owner = create_engine(settings_for(url, folder).database_url)
    prepare_engine(owner)
    mine = {"REPLICA_URL": second.url("brigade", postgres.PROGRAM)}
    app = create_app(settings_for(first.url("brigade", postgres.PROGRAM), folder, **mine))
    yield app, owner
    owner.dispose()
    with app.app_context():
        db.engine.dispose()
    second_of(app).engine.dispose()


@pytest.fixture
def app(kept: tuple[Flask, Engine]) -> Flask:
    """The application on an empty store that is followed, with a replica that nobody let rest."""
    found, owner = kept
    empty(owner)
    second_of(found)._rests_until = 0.0
    return found


def second_of(app: Flask) -> replica.Replica:
    found: replica.Replica = app.extensions[replica.REPLICA]
    return found


@pytest.fixture
def asked(app: Flask) -> Iterator[list[str]]:
    """The statements that the replica gets."""
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "pg_last_wal_replay_lsn" not in statement:
            statements.append(statement)

    engine = second_of(app).engine
    event.listen(engine, "before_cursor_execute", note)
    yield statements
    event.remove(engine, "before_cursor_execute", note)


@pytest.fixture
def paused(servers: tuple[postgres.Cluster, postgres.Cluster]) -> Iterator[None]:
    """The replica stands still at what it has."""
    with servers[1].server.admin() as connection:
        connection.execute("SELECT pg_wal_replay_pause()")
        while connection.execute("SELECT pg_get_wal_replay_pause_state()").fetchone() != ("paused",):
            pass
        yield
        connection.execute("SELECT pg_wal_replay_resume()")


def found(answer: TestResponse) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json["items"]]


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine may take its time."""
    monkeypatch.setattr(replica, "PATIENCE", 60.0)


@pytest.mark.usefixtures("patient")
def test_both_answer_the_same(app, ask, city, asked) -> None:
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a"))
    done(ask("squad11"), report, "approve")
    for address in heavy(city.unit_id("K1")):
        began = ended = 0
        while began == 0 or began != ended:  # what is answered says when, to the second
            began = int(time.time())
            del asked[:]
            there = ask("bureau").get(address)
            assert there.status_code == 200, there.text
            assert asked, address
            second_of(app).rest("behind")
            del asked[:]
            here = ask("bureau").get(address)
            assert not asked
            second_of(app)._rests_until = 0.0
            ended = int(time.time())
        assert here.data == there.data


@pytest.mark.usefixtures("patient")
def test_what_was_just_written_is_read_from_there(ask, city, asked) -> None:
    for day in range(1, 16):
        report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=day))
        del asked[:]
        assert report["id"] in found(ask("company1").get(f"{REPORTS}?month={MONTH}"))
        assert asked


def test_what_it_does_not_have_yet_comes_from_the_first(app, ask, city, asked, paused) -> None:
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a"))
    assert found(ask("company1").get(f"{REPORTS}?month={MONTH}")) == [report["id"]]
    assert not asked
    assert not second_of(app).has_all(db.session)  # and it is not waited for again at once


@pytest.mark.usefixtures("patient")
def test_it_goes_away_and_comes_back(app, ask, city, asked, servers) -> None:
    second = servers[1]
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a"))

    def listed() -> list[str]:
        return found(ask("company1").get(f"{REPORTS}?month={MONTH}"))

    assert listed() == [report["id"]]
    assert asked
    second.stop()
    try:
        del asked[:]
        assert listed() == [report["id"]]
        assert not asked
    finally:
        second.start()
    second_of(app)._rests_until = 0.0
    assert listed() == [report["id"]]
    assert asked


@pytest.mark.usefixtures("patient")
def test_an_answer_that_breaks_off_there_is_given_by_the_first(app, ask, city, servers) -> None:
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a"))
    engine, broken = second_of(app).engine, []

    def cut(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if "activity_reports" in statement and not broken:
            broken.append(statement)
            with servers[1].server.admin() as connection:
                connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'brigade'")

    event.listen(engine, "before_cursor_execute", cut)
    try:
        assert found(ask("company1").get(f"{REPORTS}?month={MONTH}")) == [report["id"]]
    finally:
        event.remove(engine, "before_cursor_execute", cut)
    assert broken


def test_a_dismissed_device_is_out_at_once(ask, city, paused) -> None:
    leader = ask("company1")
    assert leader.get(f"{REPORTS}?month={MONTH}").status_code == 200
    assert leader.post(f"{API}/auth/logout").status_code == 204
    assert leader.get(f"{REPORTS}?month={MONTH}").status_code == 401


@pytest.mark.usefixtures("patient")
def test_the_walls_stand_there_too(ask, city, asked) -> None:
    file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a"))
    found(ask("bureau").get(f"{REPORTS}?month={MONTH}"))
    assert any("set_config" in statement for statement in asked)


def test_what_writes_never_goes_there(app) -> None:
    for rule in app.url_map.iter_rules():
        declared = getattr(app.view_functions[rule.endpoint], "declared", None)
        if getattr(declared, "heavy", False):
            assert not getattr(declared, "writes", getattr(declared, "is_form", False)), rule


def test_the_setting(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="BRIGADE_REPLICA_URL"):
        settings_for(f"sqlite:///{tmp_path}/one.sqlite3", tmp_path, REPLICA_URL="postgresql://follower/brigade")
    with pytest.raises(Exception, match="BRIGADE_REPLICA_URL"):
        settings_for("postgresql://first/brigade", tmp_path, REPLICA_URL="sqlite:///other.sqlite3")


@pytest.mark.usefixtures("patient")
def test_nobody_catches_up_from_there(app, servers, asked) -> None:
    """A server that follows names no transaction that is open: what it writes would be skipped for good."""
    with servers[0].server.admin("brigade") as slow, slow.transaction(force_rollback=True):
        slow.execute("INSERT INTO sync_epochs (id) VALUES (gen_random_uuid())")
        with servers[0].server.admin("brigade") as quick:
            quick.execute("CREATE TABLE passing (); DROP TABLE passing")
        (number,) = slow.execute("SELECT pg_current_xact_id()::text::bigint").fetchone() or (0,)
        with app.app_context():
            assert second_of(app).has_all(db.session)
            mark = mark_now(db.session())
        assert number in mark.open
        assert mark.next > number
        with Session(second_of(app).engine) as session:
            asked_there = text("SELECT pg_current_snapshot()::text")
            (snapshot,) = session.execute(asked_there, execution_options=make.SYSTEM).one()
            assert snapshot.split(":")[1:] == [str(mark.next), ""]  # as if it were committed
            with pytest.raises(RuntimeError, match="follows"):
                mark_now(session)
    assert [declared.heavy for declared, _ in sync.resource.declared] == [False]
