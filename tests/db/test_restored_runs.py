"""What was about to be erased when a backup was made is not erased the moment it is restored: it may have been undone since."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from api.worker import work_once
from brigade.dates import utc_now
from brigade.jobs import Job, writing
from brigade.organisation.people import ERASED_NAME, Member
from brigade.retention.persons import mark_person
from brigade.retention.plans import JOB, UNDO_AGAIN
from brigade.retention.tables import RetentionRun, RunState
from tests import make
from tests.db.leaving import bureau, leaves
from tests.db.places import opened, run
from tests.make import SYSTEM

NOW = dt.datetime(2026, 11, 20, 3, 0, tzinfo=dt.UTC)
SOON, FAR = ("squad11a", dt.timedelta(hours=-1)), ("squad11b", dt.timedelta(days=20))


def marked(app: Flask) -> None:
    """Two people who left are to be erased: one whose day comes between the backup and the restore, one much later."""
    with opened(app) as engine:
        with Session(engine) as session:
            city = make.city(session)
            session.commit()
        for login, ahead in (SOON, FAR):
            leaves(engine, city.member_id(login))
            with bureau(engine, city) as (session, actor):
                made = mark_person(session, actor, city.member_id(login), "本人の請求")
                at = utc_now() + ahead
                made.goes_at = at
                job = next(one for one in session.scalars(select(Job)) if one.payload.get("run_id") == str(made.id))
                job.run_after = at


def runs(app: Flask) -> list[tuple[str, dt.datetime, dt.datetime]]:
    """State and day of each run, with the day of its job; the sooner one first."""
    with opened(app) as engine, Session(engine) as session:
        jobs = {one.payload["run_id"]: one.run_after for one in session.scalars(select(Job).where(Job.kind == JOB))}
        rows = session.scalars(select(RetentionRun).order_by(RetentionRun.goes_at), execution_options=SYSTEM)
        return [(one.state, one.goes_at, jobs[str(one.id)]) for one in rows]


def worked(app: Flask) -> None:
    """A worker did all that was due."""
    while work_once(app):
        pass


@pytest.mark.parametrize("into", ["sqlite", "postgresql"])
def test_it_waits_so_that_it_can_be_undone_again(app: Flask, place: Any, into: str, tmp_path: Path) -> None:
    marked(app)
    before = runs(app)
    run(app, "backup", "write", tmp_path / "backup.tar")
    target = place(into)
    began = utc_now()
    run(target, "backup", "restore", tmp_path / "backup.tar")
    soon, far = runs(target)
    assert soon[0] == RunState.WAITING
    assert soon[1] == soon[2] >= began + UNDO_AGAIN
    assert far == before[1]
    worked(target)
    with opened(target) as engine, Session(engine) as session:
        assert ERASED_NAME not in session.scalars(select(Member.name), execution_options=SYSTEM).all()
    assert [state for state, *_ in runs(target)] == [RunState.WAITING, RunState.WAITING]


def test_one_that_had_begun_goes_on(app: Flask, place: Any, tmp_path: Path) -> None:
    marked(app)
    with opened(app) as engine, writing(engine) as session:
        session.execute(update(RetentionRun).values(state=RunState.RUNNING.value), execution_options=SYSTEM)
    before = runs(app)
    run(app, "backup", "write", tmp_path / "backup.tar")
    target = place("sqlite")
    run(target, "backup", "restore", tmp_path / "backup.tar")
    assert runs(target) == before


def test_it_waits_too_where_postgresqls_own_tools_restored(app: Flask) -> None:
    marked(app)
    began, (_, far) = utc_now(), runs(app)
    run(app, "renew-sync")
    assert runs(app)[0][1] >= began + UNDO_AGAIN
    assert runs(app)[1] == far


def test_where_no_worker_was_there_for_days_it_waits_again(app: Flask) -> None:
    """The machine was off, or the worker's clock jumped ahead: in either case nobody has had their days for undoing."""
    with time_machine.travel(NOW, tick=False) as clock:
        marked(app)
        worked(app)
        clock.shift(dt.timedelta(days=31))
        worked(app)
        _, late = runs(app)
        assert late == (RunState.WAITING, utc_now() + UNDO_AGAIN, utc_now() + UNDO_AGAIN)
        for _ in range(7):  # somebody is there every day again: it goes on its own
            clock.shift(dt.timedelta(days=1))
            worked(app)
        assert [state for state, *_ in runs(app)] == [RunState.DONE] * 2
