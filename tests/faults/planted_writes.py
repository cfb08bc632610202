"""Kinds of journal, a log that is emptied often, and faults in how the product writes that only a power cut shows (R-01p):
kills never do, as what processes gave to the system outlives them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import event

from api.extensions import db
from brigade import connections as stores
from brigade import settings
from brigade.files import storage
from tests.faults.planted import instead


def journal(*, wal: bool) -> Callable[[Any], None]:
    """SQLite as it is run from its fixed versions on (``wal``), or by the older ones, whichever is here."""

    def choose(_app: Any) -> None:
        instead(stores, sqlite_wal_is_safe=lambda *_: wal)

    return choose


def pragma(said: str) -> Callable[[Any], None]:
    """Each connection says this after all that it should say."""

    def plant(app: Any) -> None:
        with app.app_context():
            event.listen(db.engine, "connect", lambda connection, _: connection.execute(f"PRAGMA {said}"))

    return plant


def _hasty(path: Path, data: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


def file_not_synced(_app: Any) -> None:
    """A picture is written and not waited for."""
    instead(storage, write_file=_hasty)


def key_not_synced(_app: Any) -> None:
    """Nor is a key that the server makes for itself, as it was until November 2026."""
    instead(settings, write_file=_hasty)


def name_not_synced(_app: Any) -> None:
    """The names of stored files are not waited for."""
    instead(storage, sync_folder=lambda _folder: None)


def new_folders_not_synced(_app: Any) -> None:
    """Nor those of the folders that are made for them, while the files' own are."""

    def make(self: storage.Folder, folder: Any) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    instead(storage.Folder, _make=make)


PLANTED: dict[str, Callable[[Any], None]] = {
    "wal": journal(wal=True),
    "rollback": journal(wal=False),
    "checkpoints": pragma("wal_autocheckpoint = 50"),
    "synchronous_off": pragma("synchronous = OFF"),
    "synchronous_normal": pragma("synchronous = NORMAL"),
    "journal_in_memory": pragma("journal_mode = MEMORY"),
    "journal_deleted": pragma("journal_mode = DELETE"),
    "file_not_synced": file_not_synced,
    "key_not_synced": key_not_synced,
    "name_not_synced": name_not_synced,
    "new_folders_not_synced": new_folders_not_synced,
}
