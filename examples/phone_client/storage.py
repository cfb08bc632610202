"""What the phone keeps: one SQLite file that a power cut cannot tear.

``reports`` and ``pictures`` are the queue, ``kept`` is small things by name (tokens, the cursor), ``known`` is what
``sync`` brought. Every method is one transaction: what belongs together is on the disk together or not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

TABLES = """
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS reports (
    id TEXT PRIMARY KEY, body TEXT NOT NULL, sent INTEGER NOT NULL DEFAULT 0, problem TEXT);
CREATE TABLE IF NOT EXISTS pictures (
    id TEXT PRIMARY KEY, report_id TEXT NOT NULL REFERENCES reports ON DELETE CASCADE, name TEXT NOT NULL,
    data BLOB NOT NULL, sha256 TEXT NOT NULL, upload TEXT, sent INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS known (kind TEXT NOT NULL, id TEXT NOT NULL, body TEXT NOT NULL, PRIMARY KEY (kind, id));
"""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that waits. ``upload`` is where its upload goes on, ``sent`` whether the server has it whole."""

    id: str
    name: str
    data: bytes
    sha256: str
    upload: str | None
    sent: bool


@dataclass(frozen=True, slots=True)
class Report:
    """A report that waits. ``problem`` is why the server refused it: then it waits for the person."""

    id: str
    body: dict[str, Any]
    sent: bool
    problem: dict[str, Any] | None


class Storage:
    """The file, in a folder that only its owner may read (a native app puts the tokens into the system's key store)."""

    def __init__(self, home: Path) -> None:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = home / "phone.sqlite3"
        os.close(os.open(path, os.O_CREAT, 0o600))
        self._db = sqlite3.connect(path, timeout=30, isolation_level=None)
        self._db.execute("PRAGMA foreign_keys = ON")
        self._db.execute("PRAGMA synchronous = FULL")  # a COMMIT returns when the disk has it
        self._db.executescript(TABLES)

    def close(self) -> None:
        """Done with it; a process that is killed instead loses nothing."""
        self._db.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield self._db
            self._db.execute("COMMIT")
        except BaseException:
            self._db.execute("ROLLBACK")
            raise

    # Small things by name

    def keep(self, **values: Any) -> None:
        """Remember these."""
        with self._writing() as db:
            _keep(db, values)

    def kept(self, name: str) -> Any:
        """What was remembered under this name, or None."""
        row = self._db.execute("SELECT value FROM kept WHERE name = ?", (name,)).fetchone()
        return json.loads(row[0]) if row else None

    def sign_in(self, me: dict[str, Any], tokens: dict[str, Any]) -> bool:
        """Somebody's phone from now on. False while reports of somebody else wait: they would go under a wrong name."""
        with self._writing() as db:
            before = self.kept("me")
            if before and before["member"]["id"] != me["member"]["id"]:
                if self.queue():
                    return False
                db.execute("DELETE FROM known")
                _keep(db, {"cursor": None})
            _keep(db, {"me": me, "tokens": tokens})
        return True

    # The queue

    def add(self, body: dict[str, Any], pictures: list[tuple[str, bytes]]) -> bool:
        """Queue a report with its pictures. False when it waits already; one that was refused is replaced."""
        hashed = [(name, data, hashlib.sha256(data).hexdigest()) for name, data in pictures]
        rows = list({row[2]: row for row in hashed}.values())  # the same picture twice is one
        with self._writing() as db:
            before = db.execute("SELECT body, sent, problem FROM reports WHERE id = ?", (body["id"],)).fetchone()
            if before and before[2] is None:
                return False
            named: list[str] = json.loads(before[0])["attachment_ids"] if before and before[1] else []
            there = {picture.sha256: picture for picture in self.pictures(body["id"])} if named else {}
            ids = _picture_ids(uuid.UUID(body["id"]), [row[2] for row in rows], named, there)
            body = {**body, "attachment_ids": named + [id_ for id_ in ids if id_ not in named]}
            sent = {picture.id for picture in there.values() if picture.sent}
            db.execute("DELETE FROM reports WHERE id = ?", (body["id"],))
            db.execute("INSERT INTO reports (id, body) VALUES (?, ?)", (body["id"], json.dumps(body)))
            db.executemany(
                "INSERT INTO pictures (id, report_id, name, data, sha256, sent) VALUES (?, ?, ?, ?, ?, ?)",
                [(id_, body["id"], *row, id_ in sent) for id_, row in zip(ids, rows, strict=True)],
            )
        return True

    def queue(self) -> list[Report]:
        """Everything that waits, oldest first."""
        rows = self._db.execute("SELECT id, body, sent, problem FROM reports ORDER BY rowid")
        return [Report(i, json.loads(b), bool(s), json.loads(p) if p else None) for i, b, s, p in rows]

    def pictures(self, report_id: str) -> list[Picture]:
        """The pictures of a report."""
        asked = "SELECT id, name, data, sha256, upload, sent FROM pictures WHERE report_id = ? ORDER BY rowid"
        return [Picture(*row[:5], bool(row[5])) for row in self._db.execute(asked, (report_id,))]

    def report_sent(self, id_: str) -> None:
        """The server has taken the report; its pictures come after it."""
        with self._writing() as db:
            db.execute("UPDATE reports SET sent = 1 WHERE id = ?", (id_,))

    def refuse(self, id_: str, problem: dict[str, Any]) -> None:
        """The server will not take it as it is: it stays, with the reason, until the person queues it corrected."""
        with self._writing() as db:
            db.execute("UPDATE reports SET problem = ? WHERE id = ?", (json.dumps(problem), id_))

    def set_picture(self, id_: str, *, upload: str | None = None, sent: bool = False) -> None:
        """Note how far a picture has come."""
        with self._writing() as db:
            db.execute("UPDATE pictures SET upload = ?, sent = ? WHERE id = ?", (upload, sent, id_))

    def done(self, report: dict[str, Any]) -> None:
        """The server has the whole of it, as was read back: it leaves the queue and is known from now on."""
        with self._writing() as db:
            db.execute("DELETE FROM reports WHERE id = ?", (report["id"],))
            _know(db, "reports", report["id"], report)

    # What the server told

    def take(self, page: dict[str, Any]) -> None:
        """A page of changes and the cursor behind it, together: a crash between the two would skip or repeat them."""
        with self._writing() as db:
            if page["reset"]:
                db.execute("DELETE FROM known WHERE kind IN ('reports', 'events')")
            for kind in ("reports", "events"):
                db.executemany("DELETE FROM known WHERE (kind, id) = (?, ?)", [(kind, i) for i in page["gone"][kind]])
                for item in page[kind]:
                    _know(db, kind, item["id"], item)
            _keep(db, {"cursor": page["cursor"]})

    def take_reference(self, href: str, etag: str, body: Any) -> None:
        """A list that changes seldom, with the ETag of this state."""
        with self._writing() as db:
            _know(db, "reference", href, {"etag": etag, "body": body})

    def known(self, kind: str, id_: str) -> Any:
        """One thing the server told of, or None."""
        row = self._db.execute("SELECT body FROM known WHERE (kind, id) = (?, ?)", (kind, id_)).fetchone()
        return json.loads(row[0]) if row else None

    def count(self, kind: str) -> int:
        """How many are known."""
        return int(self._db.execute("SELECT count(*) FROM known WHERE kind = ?", (kind,)).fetchone()[0])


def _picture_ids(report_id: uuid.UUID, hashes: list[str], named: list[str], there: dict[str, Picture]) -> list[str]:
    """The id of each picture, the same however often it is queued.

    ``named`` are the ids in a report that the server has: they stand, and a picture in the place of one that was refused
    takes its id. ``there`` are the pictures that were queued under them, by hash.
    """
    kept = {there[sha256].id for sha256 in hashes if sha256 in there}
    free = [id_ for id_ in named if id_ not in kept | {picture.id for picture in there.values() if picture.sent}]
    ids = []
    for sha256 in hashes:
        if sha256 in there:
            ids.append(there[sha256].id)
        else:
            ids.append(free.pop(0) if free else str(uuid.uuid5(report_id, sha256)))
    return ids


def _keep(db: sqlite3.Connection, values: dict[str, Any]) -> None:
    rows = [(name, json.dumps(value)) for name, value in values.items()]
    db.executemany("INSERT OR REPLACE INTO kept (name, value) VALUES (?, ?)", rows)


def _know(db: sqlite3.Connection, kind: str, id_: str, body: Any) -> None:
    db.execute("INSERT OR REPLACE INTO known (kind, id, body) VALUES (?, ?, ?)", (kind, id_, json.dumps(body)))
