"""A backup that is cut off, or is not as it was written: nothing of it stays, and nothing has its name."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from flask import Flask

from api import create_app
from brigade.backups import archive, moving
from brigade.backups.envelope import MAGIC
from brigade.backups.workplace import LOCK, UNLOCKED_FOR, workplace
from tests.conftest import settings_for
from tests.db.places import run, storage_of

CUT = """
import os, signal, sys
from flask.cli import FlaskGroup
from brigade.files.storage import Folder
from wsgi import app

signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may ignore it, as under nohup

def cut(self, key):
    os.kill(os.getpid(), int(sys.argv[1]))

Folder.get = cut
FlaskGroup(create_app=lambda: app).main(sys.argv[2:])
"""


@pytest.fixture
def app(sqlite: str, tmp_path: Path) -> Flask:
    app = create_app(settings_for(sqlite, tmp_path))
    storage_of(app).put("pictures/00/a", b"x")
    return app


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


def cut_off(sqlite: str, root: Path, number: int, *args: object, script: str = CUT) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, to which the signal comes at the first file."""
    environ = {**os.environ, "BRIGADE_DATABASE_URL": sqlite, "BRIGADE_VAR": str(root / "var")}
    said = [sys.executable, "-c", script, str(number), *map(str, args)]
    return subprocess.run(said, env=environ, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_one_that_is_told_to_end_leaves_nothing(
    app: Flask, sqlite: str, tmp_path: Path, out: Path, number: signal.Signals
) -> None:
    done = cut_off(sqlite, tmp_path, number, "backup", "write", out / "b.tar")
    assert done.returncode == 128 + number, done.stderr
    assert done.stderr == f"Stopped by {number.name} before it was done; run it again.\n"
    assert list(out.iterdir()) == []


def test_one_is_told_to_end_in_the_middle_of_the_copy(app: Flask, sqlite: str, tmp_path: Path, out: Path) -> None:
    """Which is one statement of SQLite, and may be a long one."""
    at_once = "from brigade.backups import sqlite_file as f; f.STEPS = 100; f._look_up = lambda: cut(None, None)\n"
    script = CUT.replace("Folder.get = cut\n", at_once)
    done = cut_off(sqlite, tmp_path, signal.SIGTERM, "backup", "write", out / "b.tar", script=script)
    assert (done.returncode, done.stderr.count("\n")) == (128 + signal.SIGTERM, 1), done.stderr
    assert list(out.iterdir()) == []


def test_what_a_killed_one_left_goes_with_the_next(app: Flask, sqlite: str, tmp_path: Path, out: Path) -> None:
    assert cut_off(sqlite, tmp_path, signal.SIGKILL, "backup", "write", out / "b.tar").returncode == -signal.SIGKILL
    (left,) = out.iterdir()
    assert (left / "still.sqlite3").exists()
    run(app, "backup", "write", out / "b.tar")
    assert [one.name for one in out.iterdir()] == ["b.tar"]


def test_what_somebody_holds_stays(tmp_path: Path) -> None:
    with workplace("x-", tmp_path) as first:
        (first / "still.sqlite3").touch()
        with workplace("x-", tmp_path) as second:
            assert (first / "still.sqlite3").exists()
            assert second != first
    assert list(tmp_path.iterdir()) == []


def test_one_without_a_lock_is_nobodys_after_a_day(tmp_path: Path) -> None:
    """An older version's, or one that is made at this moment."""
    old, young, other = tmp_path / "x-old", tmp_path / "x-young", tmp_path / "y-old"
    for one in (old, young, other):
        one.mkdir()
        (one / "still.sqlite3").touch()
    for one in (old, other):
        os.utime(one, (0, one.stat().st_mtime - UNLOCKED_FOR - 60))
    (tmp_path / "x-elsewhere").symlink_to(other)
    with workplace("x-", tmp_path):
        assert {one.name for one in tmp_path.iterdir()} >= {"x-young", "y-old", "x-elsewhere"}
        assert not old.exists()
    assert (other / "still.sqlite3").exists()


def test_a_place_that_was_taken_for_left_over_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the making of the lock and taking hold of it."""
    lock, seen = fcntl.flock, list[int]()

    def late(descriptor: int, how: int) -> None:
        if not seen:
            seen.append(descriptor)
            (folder,) = tmp_path.iterdir()
            (folder / LOCK).unlink()
            folder.rmdir()
        lock(descriptor, how)

    monkeypatch.setattr(fcntl, "flock", late)
    with workplace("x-", tmp_path) as folder:
        assert folder.is_dir()


@pytest.mark.parametrize("error", [moving.Unfit("damaged"), OSError(5, "Input/output error", "b.tar")])
def test_an_archive_that_cannot_be_read_again_gets_no_name(
    app: Flask, out: Path, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    def damaged(*_: object) -> None:
        raise error

    monkeypatch.setattr(archive, "look_through", damaged)
    run(app, "backup", "write", out / "b.tar", fails="Error: ")
    assert list(out.iterdir()) == []


def test_a_name_that_was_taken_meanwhile_stays_as_it_is(app: Flask, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    look_through = archive.look_through

    def taken(*said: object) -> object:
        (out / "b.tar").write_bytes(b"mine")
        return look_through(*said)  # type: ignore[arg-type]  # passed on as they came

    monkeypatch.setattr(archive, "look_through", taken)
    run(app, "backup", "write", out / "b.tar", fails="there is a file of that name already")
    assert [one.read_bytes() for one in out.iterdir()] == [b"mine"]


@pytest.mark.parametrize("begins", [b"database.sqlite3\0\0", MAGIC])
def test_what_an_earlier_version_left_unfinished_is_removed(app: Flask, out: Path, begins: bytes) -> None:
    """Everything may stand in it in plain. Not what may still be written, and nothing of others that is only called so."""
    old = time.time() - UNLOCKED_FOR - 60
    for name, data, changed in (
        (".brigade-1.tar.unfinished", begins, old), (".brigade-2.tar.unfinished", begins, time.time()),
        (".novel.unfinished", b"Once upon a time", old), ("brigade-3.unfinished", begins, old),
    ):  # fmt: skip
        (out / name).write_bytes(data + b"x" * 512)
        os.utime(out / name, (changed, changed))
    (out / ".link.unfinished").symlink_to(out / "brigade-3.unfinished")
    run(app, "backup", "write", out / "new.tar")
    left = {".brigade-2.tar.unfinished", ".novel.unfinished", "brigade-3.unfinished", ".link.unfinished", "new.tar"}
    assert {path.name for path in out.iterdir()} == left
    assert (out / "new.tar").read_bytes().startswith(archive.BEGINNINGS)  # as those do that are looked for
