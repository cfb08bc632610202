"""Tampering that looks like an erasure: the separate program tells it from one, on a store in which one was
done (S-08).
"""

from __future__ import annotations

import datetime as dt
import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import create_engine

from brigade.chain.keys import new_chain_key, signed
from brigade.chain.signing import sign_heads
from brigade.connections import prepare_engine
from brigade.jobs import writing
from brigade.retention.persons import mark_person
from brigade.retention.plans import mark
from tests import make
from tests.db.leaving import LATER, Leaving, bureau, done, leaving
from tests.db.tampering import Forger, open_to_all
from tools import chain_reports, verify_chain
from tools.verify_chain import verify

IN_TEN_YEARS = dt.datetime(2037, 4, 1, 3, tzinfo=dt.UTC)
OURS = ("erased_parts", "removed_reports", "report_events", "report_versions", "chain_links", "activity_reports")


class Erased:
    """Two stores that were erased in, one by one person and one by time, and the key that signed both."""

    def __init__(self, template: Path, folder: Path) -> None:
        key = new_chain_key()
        self.key = signed(key, b"")[0].hex()
        self.words, self.reports = folder / "words.sqlite3", folder / "reports.sqlite3"
        for path in (self.words, self.reports):
            shutil.copy(template, path)
            engine = create_engine(f"sqlite:///{path}")
            prepare_engine(engine)
            left = leaving(engine, folder / path.stem)
            with bureau(engine, left.city) as (session, actor):
                make_run = mark_person(session, actor, left.member_id, "本人の請求", days=0).id
            if path == self.words:
                done(engine, left, make_run, LATER)
            else:
                self._by_time(engine, left)
            with writing(engine) as session:
                assert sign_heads(session, key, make.NOW) is not None
            engine.dispose()
            open_to_all(str(path))

    @staticmethod
    def _by_time(engine: Any, left: Leaving) -> None:
        with bureau(engine, left.city, IN_TEN_YEARS) as (session, actor):
            run = mark(session, actor, cap=100, days=0).id
        done(engine, left, run, IN_TEN_YEARS)


@pytest.fixture(scope="module")
def erased(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Erased:
    return Erased(sqlite_template, tmp_path_factory.mktemp("erased"))


def test_what_was_erased_and_removed_is_whole_and_counted(erased: Erased) -> None:
    words, reports = (verify(str(path), [erased.key]) for path in (erased.words, erased.reports))
    assert (words.wrong, words.erased, words.removed) == ([], 2, 0)
    assert (reports.wrong, reports.removed) == ([], 3)


SILENT = "WHERE (report_id, version) NOT IN (SELECT report_id, seq FROM erased_parts)"
IMITATIONS: dict[str, Callable[[sqlite3.Connection], object]] = {
    "a content is emptied with nothing that says so": lambda sql: sql.execute(
        f"UPDATE report_versions SET content = json_set(content, '$.summary', ''), nonce = NULL {SILENT}"
    ),
    "a part more is listed than was erased": lambda sql: _listed(sql, "(SELECT max(by_seq) FROM erased_parts)"),
    "a part is listed as erased by an event that erased nothing": lambda sql: _listed(sql, "version + 1"),
    "what is left of a content is changed": lambda sql: sql.execute(
        "UPDATE report_versions SET content = json_set(content, '$.ended_at', '2026-11-08T09:00:00Z') WHERE nonce IS NULL"
    ),
    "and its digest with it": lambda sql: _digest_too(sql),
    "words are put where they were erased": lambda sql: sql.execute(
        "UPDATE report_events SET comment = 'よい' WHERE (report_id, seq) IN "
        "(SELECT report_id, seq FROM erased_parts WHERE part = 'text')"
    ),
    "the list of what was erased is shortened": lambda sql: sql.execute(
        "DELETE FROM erased_parts WHERE rowid = (SELECT min(rowid) FROM erased_parts)"
    ),
    "the list is gone": lambda sql: sql.execute("DELETE FROM erased_parts"),
    "another one erased it": lambda sql: sql.execute(
        "UPDATE report_events SET actor_id = (SELECT max(id) FROM members) WHERE action = 'erase'"
    ),
    "it was erased on another day": lambda sql: sql.execute(
        "UPDATE report_events SET at = '2026-12-01 00:00:00.000000' WHERE action = 'erase'"
    ),
    "a link of what happened says that words were erased": lambda sql: _kind(sql, "event", "erased"),
    "a link of an erasure says that something happened": lambda sql: _kind(sql, "erased", "event"),
    "a report is taken away and noted as removed": lambda sql: _removed(sql),
}


def _version(sql: sqlite3.Connection, which: str) -> dict[str, Any]:
    """One saved content, as the verifying program reads it."""
    names = ", ".join(chain_reports.VERSION)
    row = sql.execute(f"SELECT {names} FROM report_versions {which} LIMIT 1").fetchone()
    return dict(zip(chain_reports.VERSION, row, strict=True))


def _left(sql: sqlite3.Connection, stored: dict[str, Any], **changed: Any) -> bytes:
    """Put a changed content there; the digest that an erasure would have of it."""
    said = {**json.loads(stored["content"]), **changed}
    which = (stored["report_id"], stored["version"])
    change = "UPDATE report_versions SET content = ?, nonce = NULL WHERE report_id = ? AND version = ?"
    sql.execute(change, (json.dumps(said), *which))
    stored = {**stored, "content": json.dumps(said)}
    read = {name: verify_chain.read("report_versions", name, value) for name, value in stored.items()}
    return bytes.fromhex(chain_reports.digest(read, chain_reports.VERSION))


def _listed(sql: sqlite3.Connection, by_seq: str) -> None:
    stored = _version(sql, SILENT)
    made = _left(sql, stored, summary="")
    which = (stored["report_id"], stored["version"])
    sql.execute(
        f"INSERT INTO erased_parts (report_id, seq, part, by_seq, digest) SELECT report_id, version, 'content', "
        f"max(version + 1, {by_seq}), ? FROM report_versions WHERE report_id = ? AND version = ?", (made, *which)
    )  # fmt: skip


def _digest_too(sql: sqlite3.Connection) -> None:
    stored = _version(sql, "WHERE nonce IS NULL")
    made = _left(sql, stored, ended_at="2026-11-08T09:00:00Z")
    which = (stored["report_id"], stored["version"])
    sql.execute(
        "UPDATE erased_parts SET digest = ? WHERE report_id = ? AND seq = ? AND part = 'content'", (made, *which)
    )


def _kind(sql: sqlite3.Connection, before: str, after: str) -> None:
    """Of the newest link of that kind, with the chain's later digests and head as they then must be."""
    asked = "SELECT chain_id, place FROM chain_links WHERE kind = ? ORDER BY place DESC LIMIT 1"
    chain, place = sql.execute(asked, (before,)).fetchone()
    sql.execute("UPDATE chain_links SET kind = ? WHERE chain_id = ? AND place = ?", (after, chain, place))


def _removed(sql: sqlite3.Connection) -> None:
    (report,) = sql.execute("SELECT id FROM activity_reports LIMIT 1").fetchone()
    for table, key in (("activity_reports", "id"), *((name, "report_id") for name in (
        "participations", "report_vehicles", "report_attachments", "report_events", "report_versions", "erased_parts"
    ))):  # fmt: skip
        sql.execute(f"DELETE FROM {table} WHERE {key} = ?", (report,))
    row = (report, "2026-12-01 00:00:00.000000", "0" * 32, "0" * 32)
    sql.execute("INSERT INTO removed_reports (report_id, at, by_id, run_id) VALUES (?, ?, ?, ?)", row)


@pytest.mark.parametrize("how", IMITATIONS)
def test_an_imitation_is_found(erased: Erased, tmp_path: Path, how: str) -> None:
    path = shutil.copy(erased.words, tmp_path / "copy.sqlite3")
    with sqlite3.connect(path) as sql:
        sql.execute("PRAGMA foreign_keys = OFF")
        before = list(sql.iterdump())
        IMITATIONS[how](sql)
        assert list(sql.iterdump()) != before
    sql.close()
    assert verify(str(path), [erased.key]).wrong


@pytest.mark.parametrize("which", ["words", "reports"])
def test_whatever_is_changed_by_chance_is_found(erased: Erased, tmp_path: Path, which: str) -> None:
    """Values, rows and exchanges in the tables that an erasure touches."""
    for seed in range(60):
        path = shutil.copyfile(getattr(erased, which), tmp_path / "copy.sqlite3")
        forger = OfErased(str(path), Random(f"{which} {seed}"))
        what = (forger.flip, forger.delete)[seed % 2]()
        forger.done()
        assert verify(str(path), [erased.key]).wrong, (seed, what)


class OfErased(Forger):
    """Looks at the tables of erasing alone, as far as they have rows."""

    def any_row(self) -> tuple[str, Any]:
        """A row of one that has some."""
        held = [table for table in OURS if self.sql.execute(f"SELECT count(*) FROM {table}").fetchone()[0]]
        table = self.rng.choice(held)
        return table, self.row(table)
