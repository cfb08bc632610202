"""Moving up: an SQLite installation with its folder into PostgreSQL and a bucket, and back for a drill."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import event, text

from api import create_app
from brigade.backups import rows
from brigade.files.storage import Bucket
from brigade.problems import Unavailable
from tests.bucket import s3_server
from tests.conftest import settings_for
from tests.db.places import all_of, check_alive, fill, opened, run, storage_of, touched


@pytest.fixture
def s3() -> Iterator[str]:
    """Storage of its own in a bucket."""
    with s3_server():
        yield f"s3://brigade/{uuid4().hex}"


@pytest.fixture
def small(place: Any) -> Flask:
    """A filled SQLite installation, as it is after the first start."""
    app: Flask = place("sqlite")
    run(app, "db", "upgrade")
    fill(app)
    return app


def folder_of(app: Flask) -> Path:
    with opened(app) as engine:
        return Path(engine.url.database or "").parent


def in_var(app: Flask) -> Path:
    """The installation as a folder with database and files side by side."""
    root = folder_of(app)
    database = root / "var/brigade.sqlite3"
    if not database.exists():
        database.parent.mkdir(exist_ok=True)
        database.hardlink_to(root / "brigade.sqlite3")
    return root / "var"


def test_up_and_back(small: Flask, place: Any, s3: str, tmp_path: Path) -> None:
    large = place("postgresql", STORAGE_URL=s3)
    told = run(large, "bring-in", in_var(small))
    assert "30 files brought in and compared" in told
    assert isinstance(storage_of(large), Bucket)
    assert all_of(large) == all_of(small)
    check_alive(large)
    run(large, "bring-in", in_var(small), fails="not empty")

    back = place("sqlite")
    run(large, "backup", "write", tmp_path / "large.tar")
    run(back, "backup", "restore", tmp_path / "large.tar", "--moved")
    assert all_of(back) == all_of(large)
    check_alive(back)


def test_stopped_among_the_files_it_goes_on(small: Flask, place: Any, s3: str, monkeypatch: pytest.MonkeyPatch) -> None:
    large, put, left = place("postgresql", STORAGE_URL=s3), Bucket.put, iter(range(11))

    def away(self: Bucket, key: str, data: bytes, *, replace: bool = False) -> bool:
        if next(left, None) is None:
            raise Unavailable
        return put(self, key, data, replace=replace)

    var = in_var(small)
    with monkeypatch.context() as patch:
        patch.setattr(Bucket, "put", away)
        run(large, "bring-in", var, fails="files' place")
    assert (touched(large)[1], len(touched(large)[3])) == ([], 11)
    run(large, "bring-in", var)
    assert all_of(large) == all_of(small)


def test_stopped_among_the_rows_there_are_none(small: Flask, place: Any) -> None:
    """The connection is cut after some tables; then the same command brings all."""
    large, var = place("postgresql"), in_var(small)
    with large.app_context():
        engine = large.extensions["sqlalchemy"].engine
        seen = []

        def cut(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
            seen.append(statement)
            if statement.startswith("INSERT INTO report_versions"):
                admin = "SELECT pg_terminate_backend(pg_backend_pid())"
                cursor.execute(admin)

        event.listen(engine, "before_cursor_execute", cut)
        try:
            run(large, "bring-in", var, fails="Error: ")
        finally:
            event.remove(engine, "before_cursor_execute", cut)
    assert any(statement.startswith("INSERT INTO activity_reports") for statement in seen)
    assert touched(large)[1] == []
    run(large, "bring-in", var)
    assert all_of(large) == all_of(small)


def test_another_file_under_the_same_key_is_refused(small: Flask, place: Any) -> None:
    large, var = place("postgresql"), in_var(small)
    key = next(iter(touched(small)[3]))
    storage_of(large).put(key, b"somebody else's")
    run(large, "bring-in", var, fails="another file under")
    assert touched(large)[1] == []


def test_what_the_larger_store_cannot_hold_is_said_without_its_content(small: Flask, place: Any) -> None:
    with opened(small) as engine, engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.execute(text("UPDATE members SET name = '佐藤' || char(0) WHERE number LIKE '%1'"))
    large = place("postgresql")
    told = run(large, "bring-in", in_var(small), fails="members: the database cannot hold a row of it")
    assert "佐藤" not in told
    assert touched(large)[1] == []


def test_a_folder_without_a_database_is_refused(place: Any, tmp_path: Path) -> None:
    run(place("sqlite"), "bring-in", tmp_path, fails="is not there")


def test_a_store_of_an_older_version_is_brought_up_on_its_way(place: Any, tmp_path: Path) -> None:
    """The source itself stays as it is."""
    old, large = place("sqlite"), place("postgresql")
    root = folder_of(old)
    with old.app_context():
        flask_migrate.upgrade(revision="0009")
    run(large, "bring-in", in_var(old))
    with opened(large) as engine, engine.connect() as connection:
        newest = rows.revision_of(connection)
    with opened(old) as engine, engine.connect() as connection:
        assert rows.revision_of(connection) == "0009"
    assert newest is not None
    assert newest > "0009"
    archive = tmp_path / "old.tar"
    run(create_app(settings_for(f"sqlite:///{root}/brigade.sqlite3", root)), "backup", "write", archive)
    run(place("postgresql"), "backup", "restore", archive)


def test_a_postgresql_of_another_version_is_not_backed_up(place: Any, tmp_path: Path) -> None:
    run(place("postgresql"), "backup", "write", tmp_path / "b.tar", fails="the database has no tables")
    assert list(tmp_path.glob("*.tar")) == []
