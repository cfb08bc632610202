"""A command that the database stops says why and what to do, in a line, and shows no traceback."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from api import create_app
from brigade.settings import Settings, SettingsError
from tests.api.test_commands import FOUND, PASSWORD

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
    assert (done.exit_code, "newer version (schema 9999)" in done.output) == (1, True), done.output
    assert not archive.exists()
