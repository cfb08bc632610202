"""A full disk, a locked or vanished store, a server that hangs up: 503 with Retry-After, nothing claimed, all well after."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event

from api import create_app
from api.extensions import db
from brigade import connections as stores
from brigade import turns
from tests import make
from tests.api.answers import API, CheckedClient
from tests.api.asking import REPORTS, act, copies, digest, file, signed_in, unavailable
from tests.api.conftest import load
from tests.conftest import settings_for


@contextmanager
def on_every_connection(app, *statements):
    """The application's connections, opened anew, run these first."""

    def prepare(connection, _record):
        for statement in statements:
            connection.execute(statement)

    with app.app_context():
        engine = db.engine
        engine.dispose()
    event.listen(engine, "connect", prepare)
    yield
    event.remove(engine, "connect", prepare)
    engine.dispose()


@pytest.fixture
def small(sqlite, tmp_path, city_and_rows):
    """The application with the small city on SQLite alone; a signed-in member and leader, one report that waits."""
    app = create_app(settings_for(sqlite, tmp_path))
    app.test_client_class = CheckedClient
    city, rows = city_and_rows
    load(app, rows)
    author, leader = (signed_in(app.test_client(), login) for login in ("squad11a", "squad11"))
    yield app, city, author, leader, file(author, make.body(city, "K1-1-1", "squad11a", day=18))
    with app.app_context():
        db.engine.dispose()


def refuses_every_write(app, city, author, leader, waits):
    """Each kind of write is told to come again, and none has left anything."""
    before = digest(app)
    sent = make.body(city, "K1-1-1", "squad11a", day=17, summary="訓" * 1000)
    assert unavailable(author.post(REPORTS, json=sent))
    assert unavailable(act(leader, waits, "approve"))
    assert unavailable(
        leader.post(f"{API}/inbox/approve", json={"items": [{"id": waits["id"], "version": waits["version"]}]})
    )
    assert unavailable(author.post(f"{API}/auth/logout"))
    assert digest(app) == before
    assert author.get(f"{REPORTS}/{waits['id']}").json["version"] == waits["version"]  # reading goes on
    return sent


def works_again(author, leader, sent, waits):
    assert author.post(REPORTS, json=sent).status_code == 201
    assert act(leader, waits, "approve").status_code == 200


def test_a_store_that_may_not_grow_takes_nothing_and_says_so(small) -> None:
    app, city, author, leader, waits = small
    copies(app, waits["id"], 5)
    with app.app_context(), db.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
    with on_every_connection(app, f"PRAGMA max_page_count = {pages}"):
        before, refused = digest(app), None
        for hour in range(20):  # the last page may have room for some more
            sent = make.body(city, "K1-1-1", "squad11b", day=17, hour=hour, summary="訓" * 1000, submit=False)
            before = digest(app)
            answer = author.post(REPORTS, json=sent)
            if answer.status_code != 201:
                refused = answer
                break
        assert refused is not None
        assert unavailable(refused)
        assert digest(app) == before
    works_again(author, leader, sent, waits)


def test_a_store_that_may_only_be_read_takes_nothing_and_says_so(small) -> None:
    app, city, author, leader, waits = small
    with on_every_connection(app, "PRAGMA query_only = ON"):
        sent = refuses_every_write(app, city, author, leader, waits)
    works_again(author, leader, sent, waits)


def test_a_store_that_another_holds_is_waited_for_and_then_given_up(small) -> None:
    app, city, author, leader, waits = small
    path = app.config["BRIGADE"].database_url.removeprefix("sqlite:///")
    other = sqlite3.connect(path, isolation_level=None)
    with on_every_connection(app, "PRAGMA busy_timeout = 50"):
        other.execute("BEGIN IMMEDIATE")
        sent = refuses_every_write(app, city, author, leader, waits)
        other.execute("ROLLBACK")
    other.close()
    works_again(author, leader, sent, waits)


def test_a_store_at_which_others_queue_is_waited_for_and_then_given_up(small, monkeypatch) -> None:
    app, city, author, leader, waits = small
    monkeypatch.setattr(turns, "PATIENCE", 0.05)
    path = app.config["BRIGADE"].database_url.removeprefix("sqlite:///")
    queue = turns.queue_before(path)
    other = threading.Thread(target=queue.take)
    other.start()
    other.join()  # it never gives its turn back
    sent = refuses_every_write(app, city, author, leader, waits)
    queue.give()
    works_again(author, leader, sent, waits)


def test_a_store_that_vanished_is_unavailable_until_it_is_back(small) -> None:
    app, city, author, leader, waits = small
    path = Path(app.config["BRIGADE"].database_url.removeprefix("sqlite:///"))
    with app.app_context():
        db.engine.dispose()
    away = path.rename(path.with_suffix(".away"))
    path.mkdir()  # SQLite would make a new, empty store in the place of the lost one
    client = app.test_client()
    sent = make.body(city, "K1-1-1", "squad11a", day=17)
    answers = [
        client.get("/readyz"),
        author.get(f"{API}/me"),
        author.post(REPORTS, json=sent),
        leader.get(f"{API}/inbox"),
    ]
    answers.append(client.post(f"{API}/auth/login", json={"login": "squad11", "password": make.PASSWORD}))
    assert all(unavailable(answer) for answer in answers)
    assert client.get("/healthz").status_code == 200
    path.rmdir()
    away.rename(path)
    works_again(author, leader, sent, waits)
    assert client.get("/readyz").status_code == 200


@pytest.fixture(params=["TRUNCATE", "WAL"])
def held(request, monkeypatch, sqlite, tmp_path, city_and_rows):
    """As ``small`` in each kind of journal, with connections that stay open; the database's file."""
    monkeypatch.setattr(stores, "sqlite_wal_is_safe", lambda: request.param == "WAL")
    app = create_app(settings_for(sqlite, tmp_path))
    app.test_client_class = CheckedClient
    city, rows = city_and_rows
    load(app, rows)
    author, leader = (signed_in(app.test_client(), login) for login in ("squad11a", "squad11"))
    waits = file(author, make.body(city, "K1-1-1", "squad11a", day=18))
    with app.app_context(), db.engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == request.param.lower()
    yield app, city, author, leader, waits, Path(sqlite.removeprefix("sqlite:///"))
    with app.app_context():
        db.engine.dispose()


def refuses_all(app, city, author, leader, waits):
    """What is asked while the file is not there; a body that was refused."""
    client, sent = app.test_client(), make.body(city, "K1-1-1", "squad11a", day=17)
    for _ in range(2):  # over a connection that was there, and over a new one
        assert unavailable(author.post(REPORTS, json=sent))
        assert unavailable(act(leader, waits, "approve"))
        assert unavailable(author.get(f"{REPORTS}/{waits['id']}"))
        assert unavailable(client.post(f"{API}/auth/login", json={"login": "squad11", "password": make.PASSWORD}))
        assert unavailable(client.get("/readyz"))
    return sent


def test_a_file_that_is_removed_under_the_server_takes_nothing_more(held, caplog) -> None:
    app, city, author, leader, waits, path = held
    away = path.rename(path.with_suffix(".away"))
    sent = refuses_all(app, city, author, leader, waits)
    assert not path.exists()  # nor is an empty one made in its place
    assert {"FileMoved"} == {record.error for record in caplog.records if record.msg == "store unavailable"}
    away.rename(path)
    works_again(author, leader, sent, waits)
    assert app.test_client().get("/readyz").status_code == 200


def test_another_file_in_its_place_takes_nothing_until_the_server_is_started_anew(held) -> None:
    app, city, author, leader, waits, path = held
    with app.app_context(), db.engine.connect() as connection:
        connection.connection.driver_connection.execute(f"VACUUM INTO '{path.with_suffix('.copy')}'")
    path.rename(path.with_suffix(".away"))
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    path.with_suffix(".copy").rename(path)
    before = path.read_bytes()
    sent = refuses_all(app, city, author, leader, waits)
    assert path.read_bytes() == before
    with app.app_context():
        db.engine.dispose()  # as a new process has none
    works_again(author, leader, sent, waits)


# --- PostgreSQL -------------------------------------------------------------------------------------------------------


def test_a_database_server_that_is_not_there_is_unavailable(tmp_path) -> None:
    app = create_app(settings_for(f"postgresql://brigade@/none?host={tmp_path}", tmp_path))
    app.test_client_class = CheckedClient
    client = app.test_client()
    assert unavailable(client.get("/readyz"))
    assert unavailable(client.post(f"{API}/auth/login", json={"login": "a", "password": "b"}))
    assert client.get("/healthz").status_code == 200
    assert client.get(f"{API}/problems").status_code == 200


@pytest.fixture
def big(postgresql, tmp_path, city_and_rows, postgres_server):
    """As ``small``, on PostgreSQL; ``hang_up`` ends all its connections as a failing server does."""
    app = create_app(settings_for(postgresql, tmp_path))
    app.test_client_class = CheckedClient
    city, rows = city_and_rows
    load(app, rows)
    name = postgresql.split("@/")[1].split("?")[0]

    def hang_up() -> int:
        with postgres_server.admin() as admin:
            ended = admin.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name]
            )
            return len(ended.fetchall())

    author, leader = (signed_in(app.test_client(), login) for login in ("squad11a", "squad11"))
    yield app, city, author, leader, hang_up
    with app.app_context():
        db.engine.dispose()


def during(app, what, do):
    """Let ``do`` happen once, right before the first statement that says so (or the commit)."""
    done = []

    def before(connection, cursor, statement, *rest):
        if what in statement and not done:
            done.append(do())

    def at_commit(connection):
        if what == "COMMIT" and not done:
            done.append(do())

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "commit", at_commit)

    def stop():
        event.remove(engine, "before_cursor_execute", before)
        event.remove(engine, "commit", at_commit)
        return done

    return stop


@pytest.mark.parametrize(
    "what",
    ["SELECT device_sessions", "SELECT members", "INSERT INTO activity_reports", "INSERT INTO report_events",
     "INSERT INTO creations", "COMMIT"],
)  # fmt: skip
def test_a_connection_that_breaks_in_the_middle_leaves_nothing(big, what) -> None:
    app, city, author, _, hang_up = big
    sent, before = make.body(city, "K1-1-1", "squad11a", day=18), digest(app)
    stop = during(app, what, hang_up)
    answer = author.post(REPORTS, json=sent)
    assert stop(), f"nothing said {what}"
    assert unavailable(answer)
    assert digest(app) == before
    assert author.post(REPORTS, json=sent).status_code == 201


def test_connections_that_broke_while_idle_cost_one_try_at_most(big) -> None:
    _, _, author, leader, hang_up = big
    assert hang_up() > 0
    answers = [person.get(f"{API}/me") for person in (author, leader, author, leader)]
    assert [answer.status_code for answer in answers[1:]] == [200, 200, 200]
    assert answers[0].status_code == 200 or unavailable(answers[0])


def test_a_lock_that_is_not_given_up_is_not_waited_for_without_end(big, postgresql) -> None:
    app, city, author, leader, _ = big
    waits = file(author, make.body(city, "K1-1-1", "squad11a", day=18))
    with app.app_context():
        event.listen(db.engine, "begin", lambda begun: begun.exec_driver_sql("SET LOCAL lock_timeout = '100ms'"))
    with psycopg.connect(postgresql) as other:
        other.execute("SELECT 1 FROM activity_reports FOR UPDATE")
        before = digest(app)
        assert unavailable(act(leader, waits, "approve"))
        assert digest(app) == before
        other.rollback()
    assert act(leader, waits, "approve").status_code == 200
