"""What is found when the power comes back: a disk's content, opened by the product, held against what everyone was told
until the cut (R-01p). Jobs, mails and sealed months are not looked at: they were under way.
"""

from __future__ import annotations

import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from brigade import connections as stores
from brigade.files.attachments import keys_of
from brigade.files.uploads import piece_key
from tests.faults.contents import Contents, hexed
from tests.faults.memory import Memory
from tests.faults.power import Disk, Files
from tests.faults.serving import store_of
from tests.faults.verdict import acts, batches, histories, notices, numbers, reports
from tools.verify_chain import verify

STORE, PICTURES = "brigade.sqlite3", "files"
KEYS = ("push-key", "chain-key")
STORES = (STORE, f"{STORE}-journal", f"{STORE}-wal")
"""All of the database that outlives a cut: what is in ``-shm`` is made anew by who comes first."""


class Aftermath:
    """Looks at one image after the other in ``folder``. Two that SQLite brings back to the same bytes are read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / STORE
        self._url = f"sqlite:///{self._path}"
        self._engine = store_of(self._url, folder)
        self._states: dict[int, int] = {}
        self._known: dict[int, tuple[Contents, list[str]]] = {}
        self._seen: dict[tuple[object, ...], list[str]] = {}

    def close(self) -> None:
        """Nothing more is looked at."""
        self._engine.dispose()

    def complaints(self, image: Files, memory: Memory, disk: Disk) -> list[str]:
        """Each begins with ``damaged``, ``lost``, ``doubled``, ``half-applied`` or what else was broken."""
        try:
            stored = hash(tuple(image.get(name) for name in STORES))
            state = self._states.get(stored) or self._recovered(image)
            found, wrong = self._known.get(state) or self._known.setdefault(state, self._read())
            self._states[stored] = state
        except (DBAPIError, sqlite3.DatabaseError, ValueError) as error:
            return [f"damaged: {error}"]
        wrong = [*wrong, *keys(image, memory, disk)]
        if wrong:
            return wrong
        key = (state, id(memory))
        if key not in self._seen:
            checks = (reports, histories, acts, batches, numbers, notices, pictures)
            self._seen[key] = [one for check in checks for one in check(found, memory)]
        return [*self._seen[key], *files(found, image, disk)]

    def _recovered(self, image: Files) -> int:
        """The image, opened as the product opens it: the hash of the database that SQLite makes of it."""
        shutil.rmtree(self._folder)
        self._folder.mkdir()
        for name in STORES:
            if name in image:
                (self._folder / name).write_bytes(image[name])
        try:
            with self._engine.connect() as connection:
                connection.execute(text("SELECT count(*) FROM sqlite_master"))
                connection.rollback()
                if stores.sqlite_wal_is_safe():
                    raw = connection.connection.driver_connection
                    assert raw is not None
                    assert raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0
        finally:
            self._engine.dispose()
        return hash(self._path.read_bytes())

    def _read(self) -> tuple[Contents, list[str]]:
        found = Contents(self._engine)
        self._engine.dispose()
        wrong = [f"damaged: {what}" for what in found.damage]
        return found, wrong + [f"chain: {one.what}" for one in verify(self._url).wrong]


def keys(image: Files, memory: Memory, disk: Disk) -> Iterator[str]:
    """Those that the server made for itself are whole or not there, or it would not start; used ones are there."""
    for name in KEYS:
        if name in image and image[name] != disk.written(name):
            yield "damaged key: the server does not start"
        if name not in image and memory.told:
            yield "lost key"


def pictures(found: Contents, memory: Memory) -> Iterator[str]:
    """Those that were acknowledged have their rows, in pieces as far as they had come."""
    rows = {row["id"]: row for row in found.rows["pictures"]}
    under_way = {row["id"]: row for row in found.rows["uploads"]}
    for id_, digest in memory.pictures.items():
        here, done = hexed(id_), rows.get(hexed(id_), {}).get("sha256") == digest
        if id_ in memory.kept and not done:
            yield "lost picture"
        if not done and under_way.get(here, {"offset": -1})["offset"] < memory.arrived.get(id_, -1):
            yield "lost piece of a picture"
    for here, row in under_way.items():
        there = sum(piece["length"] for piece in found.rows["pieces"] if piece["upload_id"] == here)
        if there != row["offset"]:
            yield "half-applied piece of a picture"


def files(found: Contents, image: Files, disk: Disk) -> Iterator[str]:
    """What a row names is there as it was written."""
    named = [key for row in found.rows["pictures"] for key in keys_of(uuid.UUID(row["file_id"]))]
    named += [piece_key(uuid.UUID(row["file_id"])) for row in found.rows["pieces"]]
    for key in named:
        path = f"{PICTURES}/{key}"
        if image.get(path) != disk.written(path) or path not in image:
            yield "lost file"
