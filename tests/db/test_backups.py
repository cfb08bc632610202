"""Backups made, checked, restored and drilled by their commands, on both kinds of store and between them (R-13)."""

from __future__ import annotations

import hashlib
import io
import json
import random
import re
import sqlite3
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert

from api import create_app
from brigade.access.throttle import SignInTries
from brigade.backups import rows
from brigade.backups.envelope import WORD
from brigade.backups.files import PREFIXES
from brigade.db import Base
from brigade.files.storage import Bucket, Folder
from brigade.problems import Unavailable
from tests.bucket import s3_server
from tests.conftest import settings_for
from tests.db.places import all_of, check_alive, fill, opened, run, storage_of, touched
from tests.make import NOW
from tests.shape.test_house import sources

WORDS = "まとい かかげる 朝の川 自転車"


@pytest.fixture
def passphrase(tmp_path: Path) -> Path:
    path = tmp_path / "passphrase"
    path.write_text(WORDS + "\n", encoding="utf-8")
    return path


# --- There and back ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
def test_all_rows_and_files_come_back_into_either_store(app: Flask, place: Any, into: str, tmp_path: Path) -> None:
    fill(app)
    target, archive = place(into), tmp_path / "backup.tar"
    told = run(app, "backup", "write", archive)
    assert "30 files" in told
    assert archive.stat().st_mode & 0o777 == 0o600
    assert run(app, "backup", "check", archive).startswith("whole: ")
    run(target, "backup", "restore", archive, "--moved")
    wanted, found = all_of(app), all_of(target)
    assert wanted == found
    assert sum(one.rows for one in found[0].values()) > 500
    check_alive(target)
    run(app, "backup", "drill", archive)
    assert all_of(app) == wanted


def test_an_encrypted_one(sqlite: str, place: Any, tmp_path: Path, passphrase: Path) -> None:
    app, target, archive = create_app(settings_for(sqlite, tmp_path)), place("sqlite"), tmp_path / "backup"
    fill(app)
    said = ("--passphrase-file", passphrase)
    run(app, "backup", "write", archive, *said)
    assert not tarfile.is_tarfile(archive)
    assert b"SQLite format" not in archive.read_bytes()
    before = touched(target)
    wrong = tmp_path / "wrong"
    wrong.write_text("まとい かかげる 朝の川 自転車?")
    for command in ("check", "restore", "drill"):
        run(target, "backup", command, archive, fails="needs its passphrase")
        run(target, "backup", command, archive, "--passphrase-file", wrong, fails="passphrase is wrong")
    assert touched(target) == before
    run(target, "backup", "drill", archive, *said)
    run(target, "backup", "restore", archive, *said)
    wanted, found = all_of(app), all_of(target)
    differing = {name for name in wanted[0] if wanted[0][name] != found[0][name]}
    assert differing == {"deliveries", "notices", "notice_settings"}, (
        "what a store that went back in time does not send again"
    )
    assert wanted[1] == found[1]


def test_a_bucket_is_kept_too(sqlite: str, place: Any, tmp_path: Path) -> None:
    with s3_server():
        app = create_app(settings_for(sqlite, tmp_path, STORAGE_URL="s3://brigade/one"))
        target = place("sqlite", STORAGE_URL="s3://brigade/other")
        fill(app)
        run(app, "backup", "write", tmp_path / "b.tar")
        run(target, "backup", "restore", tmp_path / "b.tar", "--moved")
        assert isinstance(storage_of(target), Bucket)
        assert all_of(app) == all_of(target)


# --- Refused ----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def small(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A backup of little, plain and encrypted."""
    folder = tmp_path_factory.mktemp("small")
    (folder / "old.sqlite3").write_bytes(sqlite_template.read_bytes())
    app = create_app(settings_for(f"sqlite:///{folder}/old.sqlite3", folder))
    fill(app)
    (folder / "words").write_text(WORDS)
    run(app, "backup", "write", folder / "plain")
    run(app, "backup", "write", folder / "sealed", "--passphrase-file", folder / "words")
    return folder / "plain", folder / "sealed"


def test_damaged_archives_leave_the_target_untouched(small: Any, store: str, tmp_path: Path, passphrase: Path) -> None:
    """Bits turned over and ends cut off, at chance places of each part."""
    target, chance = create_app(settings_for(store, tmp_path)), random.Random(7)
    before = touched(target)
    for whole in small:
        data, said = whole.read_bytes(), ("--passphrase-file", passphrase) if whole.name == "sealed" else ()
        bad = [data[:size] for size in (0, 1, 600, len(data) // 2, len(data) - 1)] + [data + b"\n"]
        for _ in range(12):
            place = chance.randrange(len(data))
            bad.append(data[:place] + bytes([data[place] ^ 1 << chance.randrange(8)]) + data[place + 1 :])
        for number, wrong in enumerate(bad):
            (tmp_path / "bad").write_bytes(wrong)
            output = run(
                target, "backup", "restore" if number % 2 else "drill", tmp_path / "bad", *said, fails="Error: "
            )
            assert "Traceback" not in output
    assert touched(target) == before


def resealed(archive: Path, out: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    """A plain archive whose members somebody changed, with the right sum at its end."""
    with tarfile.open(archive) as tar:
        members = {one.name: tar.extractfile(one).read() for one in tar.getmembers()}  # type: ignore[union-attr]
    change(members)
    with tarfile.open(out, "w") as tar:
        for name, data in members.items():
            head = tarfile.TarInfo(name)
            head.size = len(data)
            tar.addfile(head, io.BytesIO(data))
    data = out.read_bytes()
    out.write_bytes(data + WORD + hashlib.sha256(data).hexdigest().encode() + b"\n")
    return out


def without_a_file(members: dict[str, bytes]) -> None:
    members.pop(next(name for name in members if name.startswith("files/pictures")))


def of_a_newer_schema(members: dict[str, bytes]) -> None:
    members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | {"revision": "9999"}).encode()


def of_another_format(members: dict[str, bytes]) -> None:
    members["manifest.json"] = json.dumps(json.loads(members["manifest.json"]) | {"format": 2}).encode()


def with_a_way_out(members: dict[str, bytes]) -> None:
    manifest = members.pop("manifest.json")
    members |= {"files/../../out": b"x", "manifest.json": manifest}


def without_a_row(members: dict[str, bytes]) -> None:
    database = sqlite3.connect(":memory:")
    database.deserialize(members["database.sqlite3"])
    database.execute("DELETE FROM sign_in_tries")
    database.commit()
    members["database.sqlite3"] = database.serialize()
    database.close()
    said = json.loads(members["manifest.json"])
    data = members["database.sqlite3"]
    said["database"] = {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
    members["manifest.json"] = json.dumps(said).encode()


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without_a_file, "does not hold what its manifest says"),
        (of_a_newer_schema, "newer version"),
        (of_another_format, "format"),
        (with_a_way_out, "none of ours"),
        (without_a_row, "sign_in_tries: 1 rows, found 0"),
        (lambda members: members.pop("manifest.json"), "no manifest"),
        (lambda members: members.pop("database.sqlite3"), "no database"),
        (lambda members: members.update({"files/late": b""}), "goes on after its end"),
    ],
)
def test_archives_that_are_not_what_they_say(small: Any, place: Any, tmp_path: Path, change: Any, says: str) -> None:
    target, wrong = place("sqlite"), resealed(small[0], tmp_path / "wrong.tar", change)
    before = touched(target)
    for command in ("check", "drill", "restore"):
        run(target, "backup", command, wrong, fails=says)
    assert touched(target) == before


def test_a_place_that_is_not_empty_is_refused(small: Any, store: str, place: Any, tmp_path: Path) -> None:
    full, with_files = create_app(settings_for(store, tmp_path)), place("sqlite")
    with opened(full) as engine, engine.connect().execution_options(writing=True) as connection, connection.begin():
        connection.execute(insert(SignInTries), [{"key": "mine", "tries": 1, "until": NOW, "last_at": NOW}])
    storage_of(with_files).put("pictures/00/mine", b"x")
    for app, says in ((full, "sign_in_tries"), (with_files, "pictures/00/mine")):
        before = touched(app)
        run(app, "backup", "restore", small[0], fails=says)
        assert touched(app) == before


def test_a_restore_that_was_cut_off_goes_on(small: Any, place: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk of the files is full half-way: no rows; with room again, the same command ends well."""
    target, put, left = place("sqlite"), Folder.put, iter(range(11))

    def full(self: Folder, key: str, data: bytes, *, replace: bool = False) -> bool:
        if next(left, None) is None:
            raise Unavailable
        return put(self, key, data, replace=replace)

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "put", full)
        run(target, "backup", "restore", small[0], fails="files' place")
    assert (touched(target)[1], len(touched(target)[3])) == ([], 11)
    run(target, "backup", "restore", small[0])
    run(target, "backup", "restore", small[0], fails="not empty")


def test_a_backup_takes_no_name_that_is_there_and_leaves_nothing_half(
    sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app, out = create_app(settings_for(sqlite, tmp_path)), tmp_path / "out"
    out.mkdir()
    (out / "there").write_bytes(b"mine")
    run(app, "backup", "write", out / "there", fails="there is a file of that name already")
    assert (out / "there").read_bytes() == b"mine"
    storage_of(app).put("pictures/00/a", b"x")
    monkeypatch.setattr(Folder, "get", lambda self, key: (_ for _ in ()).throw(Unavailable()))
    run(app, "backup", "write", out / "new", fails="files' place")
    assert [path.name for path in out.iterdir()] == ["there"]


def test_a_file_that_is_removed_meanwhile_is_no_fault(sqlite: str, tmp_path: Path, monkeypatch: Any) -> None:
    app, get = create_app(settings_for(sqlite, tmp_path)), Folder.get
    for name in ("a", "b"):
        storage_of(app).put(f"uploads/00/{name}", b"x")

    def swept(self: Folder, key: str) -> bytes:
        self.delete("uploads/00/b")
        return get(self, key)

    monkeypatch.setattr(Folder, "get", swept)
    assert "1 files" in run(app, "backup", "write", tmp_path / "b.tar")


def test_every_prefix_of_the_program_is_kept() -> None:
    """A new kind of file must not be forgotten by backups."""
    said = set()
    for path in sources("brigade"):
        said |= set(re.findall(r'return f"([a-z]+)/\{', path.read_text(encoding="utf-8")))
    assert said == set(PREFIXES)


def test_every_table_is_kept_but_what_devices_catch_up_with() -> None:
    assert set(Base.metadata.tables) - {table.name for table in rows.TABLES} == set(rows.LEFT)


def test_an_archive_may_be_named_from_where_one_stands(sqlite: str, tmp_path: Path, monkeypatch: Any) -> None:
    """As the page says it: ``backup write backup.tar``."""
    app = create_app(settings_for(sqlite, tmp_path))
    monkeypatch.chdir(tmp_path)
    run(app, "backup", "write", "backup.tar")
    assert run(app, "backup", "check", "backup.tar").startswith("whole: ")
    run(app, "backup", "drill", "backup.tar")
