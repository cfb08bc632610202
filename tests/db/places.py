"""Whole installations that backups are made of and that are filled from them: rows, files, commands, comparisons."""

from __future__ import annotations

import datetime as dt
import hashlib
import random
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import Engine, delete, insert, inspect, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from api.extensions import db
from brigade.access.throttle import SignInTries
from brigade.activity.activities import ActivityReport
from brigade.activity.search import ReportWords
from brigade.backups import files, rows
from brigade.backups.files import PREFIXES
from brigade.jobs import Job
from brigade.sync.changes import Change, SyncEpoch
from tests.db.town import Town
from tests.db.town_history import link, save_contents
from tests.make import NOW

ODD = {
    "text": "𠮷野家 髙橋 ①\t\"'\\ \r\n🔥 e\u0301 ﾊﾝｶｸ",
    "null": None, "whole": 1.0, "large": 2**53 + 1, "small": 1.5e-7, "of": [True, [], {}, "null"],
}  # fmt: skip


@contextmanager
def opened(app: Flask) -> Iterator[Engine]:
    with app.app_context():
        yield db.engine
        db.engine.dispose()


def storage_of(app: Flask) -> Any:
    return app.extensions["brigade.storage"]


def fill(app: Flask, seed: int = 1) -> None:
    """Two cities with a past, sealed months, scans; values that are easily lost; files of each kind."""
    job = {
        "id": uuid4(), "kind": "odd", "payload": ODD, "state": "done", "attempt": 1, "run_after": NOW, "message": "",
        "created_at": dt.datetime(1999, 12, 31, 23, 59, 59, 999_999, dt.UTC), "done": 0, "total": 2**31 - 1,
    }  # fmt: skip
    with opened(app) as engine:
        with Session(engine) as session:
            session.connection(execution_options={"writing": True})
            town = Town(seed)
            for row in town.of(ActivityReport):
                row.update(latitude=35.1, longitude=139.70000000000002)
            save_contents(town)
            town.stored(session)
            link(town, session)
        with engine.connect().execution_options(writing=True) as connection, connection.begin():
            connection.execute(insert(Job), [job])
            connection.execute(insert(SignInTries), [{"key": "x" * 64, "tries": 1, "until": NOW, "last_at": NOW}])
            connection.execute(insert(SyncEpoch), [{"id": uuid4()}])
            connection.execute(text("UPDATE members SET allowed_kinds = 'null' WHERE number LIKE '%1'"))
    chance = random.Random(seed)
    for prefix in PREFIXES:
        for size in (0, 1, 511, 512, 70_000):
            storage_of(app).put(f"{prefix}/0{size % 10}/{uuid4()}", chance.randbytes(size))


def run(app: Flask, *args: object, fails: str = "") -> str:
    """What the command prints; ``fails``: it must end with an error that says this."""
    with opened(app):  # a process of its own: it leaves no connection behind
        done = app.test_cli_runner().invoke(args=[str(arg) for arg in args])
    if fails:
        assert (done.exit_code, done.exception.__class__) == (1, SystemExit), done.output
        assert fails in done.output
    else:
        assert done.exit_code == 0, (done.output, done.exception)
    return done.output


def all_of(app: Flask) -> tuple[Any, Any]:
    """The tallies of all rows and the digests of all files."""
    with opened(app) as engine, engine.connect() as connection:
        found = {key: hashlib.sha256(data).hexdigest() for key, data in files.files(storage_of(app))}
        return rows.tallies_of(connection), found


def touched(app: Flask) -> Any:
    """What a refused restore may not change: tables, files, the bytes of a SQLite file."""
    with opened(app) as engine, engine.connect() as connection:
        path = Path(engine.url.database or "")
        held = path.read_bytes() if engine.dialect.name == "sqlite" and path.exists() else None
        return inspect(connection).get_table_names(), rows.held(connection), held, list(files.keys(storage_of(app)))


def check_alive(app: Flask) -> None:
    """Numbers go on, search finds, devices begin anew, sealed reports are guarded."""
    change = {"txid": 0, "bureau_id": uuid4(), "entity": "report", "entity_id": uuid4(), "audience": "", "at": NOW}
    with opened(app) as engine, engine.connect().execution_options(writing=True) as connection, connection.begin():
        assert len(connection.execute(select(SyncEpoch.id)).all()) == 1
        connection.execute(insert(Change), [change])
        first = connection.execute(select(ReportWords.id, ReportWords.report_id)).first()
        assert first is not None
        connection.execute(delete(ReportWords).where(ReportWords.id == first.id))
        connection.execute(insert(ReportWords), [{"report_id": first.report_id, "body": "x", "pieces": "6fx6f"}])
        if engine.dialect.name == "sqlite":
            found = "SELECT count(*) FROM report_words_fts WHERE report_words_fts MATCH '6fx6f'"
            assert connection.exec_driver_sql(found).scalar() == 1
            connection.exec_driver_sql("INSERT INTO report_words_fts(report_words_fts) VALUES('integrity-check')")
    for statement in (
        "UPDATE activity_reports SET place = 'x' WHERE state = 'sealed'",
        "DELETE FROM participations WHERE report_id IN (SELECT id FROM activity_reports WHERE state = 'sealed')",
        "UPDATE editions SET yen = 0",
    ):
        with (
            opened(app) as engine,
            engine.connect().execution_options(writing=True) as connection,
            pytest.raises(DBAPIError, match=r"never change|changes"),
        ):
            connection.execute(text(statement))
