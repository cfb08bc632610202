"""A command that the database stops says why and what to do, in a line, and shows no traceback."""

from __future__ import annotations

import socket
import sqlite3
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from api import create_app
from brigade.settings import Settings, SettingsError
from tests.api.test_commands import FOUND, PASSWORD
from tests.db.conftest import place
from tests.db.places import opened as opened_store
from tests.db.places import run, storage_of
from tests.small_disk import disk, fill_up

__all__ = ["place"]

KEY = "k" * 40
AWAY = "postgresql://nobody:nothing@127.0.0.1:1/none"

OF_STORE = [
    ["renew-sync"],
    ["seal-month", "--unit", "S1", "--month", "2026-10", "--by", "mori"],
    ["retention-plan", "--by", "mori"],
    ["retention-run", "--by", "mori"],
    ["retention-undo", "00000000-0000-0000-0000-000000000000", "--by", "mori"],
    ["jobs", "failed"],
    ["jobs", "again", "00000000-0000-0000-0000-000000000000", "--by", "mori"],
    ["jobs", "aside", "00000000-0000-0000-0000-000000000000", "--by", "mori"],
    [*FOUND, PASSWORD],
]


def opened(var: Path, **environ: str) -> Flask:
    return create_app(Settings.from_environ({"BRIGADE_VAR": str(var), **environ}, var))


@pytest.mark.parametrize("args", OF_STORE, ids=lambda args: " ".join(args[:2]))
def test_a_database_without_tables_is_named_with_the_remedy(tmp_path: Path, args: list[str]) -> None:
    done = opened(tmp_path).test_cli_runner().invoke(args=args)
    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    assert "db upgrade" in done.output


@pytest.mark.parametrize(
    "args", [*OF_STORE, ["db", "upgrade"], ["grant-rights", "brigade_app"]], ids=lambda args: " ".join(args[:2])
)
def test_a_database_that_is_away_is_named_with_the_cause(tmp_path: Path, args: list[str]) -> None:
    app = opened(tmp_path, BRIGADE_DATABASE_URL=AWAY, BRIGADE_SECRET_KEY=KEY)
    done = app.test_cli_runner().invoke(args=args)
    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    assert "Connection refused" in done.output
    assert "nothing@" not in done.output


def test_a_backup_of_a_database_that_is_away_or_without_tables_says_so(tmp_path: Path) -> None:
    away = opened(tmp_path, BRIGADE_DATABASE_URL=AWAY, BRIGADE_SECRET_KEY=KEY)
    for app, said in ((away, "Connection refused"), (opened(tmp_path), "db upgrade")):
        done = app.test_cli_runner().invoke(args=["backup", "write", str(tmp_path / "a.tar")])
        assert done.exit_code == 1
        assert said in done.output
    assert [one.name for one in tmp_path.iterdir() if "tar" in one.name or "backup" in one.name] == []


def test_an_archive_or_a_passphrase_that_is_none_is_named(tmp_path: Path) -> None:
    run = opened(tmp_path).test_cli_runner()
    for command in ("check", "restore", "drill"):
        lacking = run.invoke(args=["backup", command, str(tmp_path / "none.tar")])
        assert (lacking.exit_code, "none.tar" in lacking.output) == (2, True), lacking.output
        unnamed = run.invoke(args=["backup", command, ""])
        assert (unnamed.exit_code, "does not exist" in unnamed.output) == (2, True), unnamed.output
    (tmp_path / "odd").write_bytes(b"\xff\xfe\n")
    (tmp_path / "some.tar").write_bytes(b"some")
    odd = run.invoke(args=["backup", "check", str(tmp_path / "some.tar"), "--passphrase-file", str(tmp_path / "odd")])
    assert (odd.exit_code, "odd: is no text" in odd.output) == (1, True), odd.output
    nowhere = run.invoke(args=["backup", "write", ""])
    assert (nowhere.exit_code, "ARCHIVE" in nowhere.output) == (2, True), nowhere.output


@pytest.mark.parametrize("url", ["postgresql://x:y@host:abc/z", "postgresql://x:y@host:99999999/z"])
def test_an_address_of_a_database_that_cannot_be_read_stops_the_start(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError, match=r"^BRIGADE_DATABASE_URL: "):
        Settings.from_environ({"BRIGADE_DATABASE_URL": url, "BRIGADE_SECRET_KEY": KEY}, tmp_path)


def test_a_newer_database_is_refused_and_leaves_no_archive(tmp_path: Path) -> None:
    run = opened(tmp_path).test_cli_runner()
    assert run.invoke(args=["db", "upgrade"]).exit_code == 0
    with closing(sqlite3.connect(tmp_path / "brigade.sqlite3")) as store:
        store.execute("UPDATE alembic_version SET version_num = '9999'")
        store.commit()
    archive = tmp_path / "a.tar"
    done = run.invoke(args=["backup", "write", str(archive)])
    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    assert "newer version (schema 9999) than this program (00" in done.output
    assert not archive.exists()


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_newer_database_says_which_version_is_needed(place: Any, tmp_path: Path, caplog: Any, kind: str) -> None:
    app = place(kind)
    run(app, "db", "upgrade")
    with opened_store(app) as engine, engine.connect().execution_options(writing=True) as store, store.begin():
        store.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    newer = "newer version (schema 9999) than this program (00"
    run(app, "backup", "write", tmp_path / "a.tar", fails=newer)
    with opened_store(app):
        assert app.test_cli_runner().invoke(args=["db", "upgrade"]).exit_code == 1
    assert newer in caplog.text  # which Flask-Migrate prints


def test_a_postgresql_without_tables_or_with_older_ones_says_what_to_run(place: Any, tmp_path: Path) -> None:
    app, archive = place("postgresql"), str(tmp_path / "a.tar")
    run(
        app,
        "backup",
        "write",
        archive,
        fails="has no tables: is it the right one? If so, run: flask --app wsgi db upgrade",
    )
    run(app, "db", "upgrade")
    with opened_store(app) as engine, engine.connect() as store, store.begin():
        store.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    run(
        app,
        "backup",
        "write",
        archive,
        fails="of an older version (schema 0001): run first: flask --app wsgi db upgrade",
    )


@pytest.mark.parametrize(
    "args", [*OF_STORE, ["db", "upgrade"], ["backup", "write", "a.tar"]], ids=lambda args: " ".join(args[:2])
)
def test_a_file_that_is_no_database_is_named_with_the_remedy(tmp_path: Path, args: list[str]) -> None:
    (tmp_path / "brigade.sqlite3").write_text("something else, and long enough to have a head of a hundred bytes" * 9)
    done = opened(tmp_path).test_cli_runner().invoke(args=args)
    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    assert f"{tmp_path}/brigade.sqlite3 is no database of SQLite" in done.output
    assert "restore the newest backup" in done.output


def test_a_folder_to_bring_in_whose_database_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "old").mkdir()
    (tmp_path / "old/brigade.sqlite3").write_text(
        "something else, and long enough to have a head of a hundred bytes" * 9
    )
    run(opened(tmp_path / "new"), "bring-in", tmp_path / "old", fails=f"{tmp_path}/old/brigade.sqlite3 is no database")


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = opened(tmp_path).test_cli_runner().invoke(args=["worker", "--metrics-port", str(port)])
    assert (done.exit_code, done.output.count("\n")) == (1, 1), done.output
    assert f"127.0.0.1:{port} (Address already in use)" in done.output
    assert "--metrics-port" in done.output


# --- Full disks -------------------------------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path: Path) -> tuple[Flask, Path]:
    """An installation of one and a half megabytes, and its archive."""
    app = opened(tmp_path / "here")
    run(app, "db", "upgrade")
    storage_of(app).put("pictures/00/a", b"x" * 500_000)
    run(app, "backup", "write", tmp_path / "kept.tar")
    return app, tmp_path / "kept.tar"


@pytest.mark.parametrize("size", ["200k", "1200k"])
def test_a_full_disk_of_archives_is_named(kept: tuple[Flask, Path], tmp_path: Path, size: str) -> None:
    with disk(tmp_path / "small", size) as small:
        said = run(kept[0], "backup", "write", small / "a.tar", fails="No space left on device. Make room on that disk")
        assert f"Error: {small}/" in said
        assert list(small.iterdir()) == []


@pytest.mark.parametrize("size", ["200k", "1200k"])
def test_a_full_disk_of_what_is_temporary_is_named(
    kept: tuple[Flask, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: str
) -> None:
    with disk(tmp_path / "small", size) as small:
        monkeypatch.setattr(tempfile, "tempdir", str(small))
        for command in ("check", "drill") if size == "200k" else ("drill",):
            said = run(kept[0], "backup", command, kept[1], fails="No space left on device")
            assert f"Error: {small}/" in said
            assert "a larger place in TMPDIR" in said


def test_a_full_disk_of_the_database_is_named(tmp_path: Path) -> None:
    with disk(tmp_path / "small", "300k") as small:
        said = run(opened(small), "db", "upgrade", fails="make room there")
        assert f"the disk of {small}/brigade.sqlite3 is full" in said


def test_a_key_that_finds_no_room_leaves_the_old_ones(tmp_path: Path) -> None:
    with disk(tmp_path / "small", "8k") as small:
        app = opened(small)
        before = (small / "secret-key").read_bytes()
        fill_up(small)
        run(app, "rotate-key", fails=f"{small}/secret-key: No space left on device. Make room")
        assert (small / "secret-key").read_bytes() == before
        assert {one.name for one in small.iterdir()} == {"secret-key", "ballast"}
