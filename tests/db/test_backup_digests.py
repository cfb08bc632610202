"""A backup is held against the digests that rows keep: what was changed in the store before is kept, and told."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from brigade.backups.archive import Stored
from brigade.backups.kept_digests import check_files
from brigade.backups.refusal import Unfit
from brigade.db import new_id
from brigade.files.attachments import Attachment, picture_key, thumbnail_key
from brigade.jobs import writing
from brigade.month.editions import EditionFile
from brigade.month.editions import file_key as edition_key
from brigade.scans.tables import ScanFile, ScanPage
from brigade.scans.taking import file_key, sheet_key
from tests.db.places import fill, opened, run, storage_of
from tests.make import NOW, SYSTEM

AS_STORED, CHANGED = b"\xff\xd8 as it was stored \xff\xd9", b"\xff\xd8 as it is by now. \xff\xd9"
SHA256 = hashlib.sha256(AS_STORED).hexdigest()


def keys_of(app: Flask) -> dict[str, str]:
    """A row of each kind says that its file is as stored; the keys."""
    keys = {}
    with opened(app) as engine, writing(engine) as session:
        for model in (Attachment, ScanFile, ScanPage, EditionFile):
            row = session.scalars(select(model).limit(1), execution_options=SYSTEM).one()
            if isinstance(row, Attachment):
                row.file_sha256 = row.thumbnail_sha256 = SHA256
                keys["picture"], keys["thumbnail"] = picture_key(row.file_id), thumbnail_key(row.file_id)
            elif isinstance(row, ScanPage):
                row.picture_sha256, row.hashed_id = SHA256, row.picture_id
                keys["page"] = sheet_key(row.picture_id)
            elif isinstance(row, ScanFile):
                row.sha256 = SHA256
                keys["sent"] = file_key(row.file_id)
            else:  # never changed: one more
                made = {"sha256": SHA256, "bytes": len(AS_STORED), "missing": [], "made_at": NOW, "file_id": new_id()}
                session.add(EditionFile(edition_id=row.edition_id, unit_id=row.unit_id, name="more.pdf", lang="ja",
                                        encoding="", **made))  # fmt: skip
                keys["edition"] = edition_key(made["file_id"])
    return keys


def test_a_file_that_was_changed_before_it_was_backed_up_is_told(app: Flask, place: Any, tmp_path: Path) -> None:
    fill(app)
    keys = keys_of(app)
    for key in keys.values():
        storage_of(app).put(key, AS_STORED)
    run(app, "backup", "write", tmp_path / "good.tar")
    run(app, "backup", "check", tmp_path / "good.tar")
    for key in keys.values():
        storage_of(app).put(key, CHANGED, replace=True)
    run(app, "backup", "write", tmp_path / "changed.tar")
    for command in ("check", "drill"):
        run(
            app,
            "backup",
            command,
            tmp_path / "changed.tar",
            fails="a file had been changed before it was backed up: pictures/",
        )
    target = place("sqlite")
    run(target, "backup", "restore", tmp_path / "changed.tar")
    with opened(target) as engine:
        database = Path(str(engine.url.database))
    for key in keys.values():
        check_files(database, {key: Stored.of(AS_STORED)})
        with pytest.raises(Unfit, match=f"{key}$"):
            check_files(database, {key: Stored.of(CHANGED)})
    with pytest.raises(Unfit, match="and 2 more"):
        check_files(database, dict.fromkeys(keys.values(), Stored.of(CHANGED)))
