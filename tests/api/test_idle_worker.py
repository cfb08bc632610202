"""A worker that has nothing to do asks and takes no writer's turn; whatever becomes due is found by what it asks."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from flask import Flask
from sqlalchemy import Connection, event, select, update
from sqlalchemy.orm import Session

from api.extensions import db
from api.worker import HANDLERS, work_once
from brigade import jobs
from brigade.dates import utc_now
from brigade.jobs import LEASE, enqueue, writing
from brigade.messages import sending
from brigade.messages.deliveries import What, delivery, queue
from brigade.messages.notices import Notice, tell
from brigade.messages.ways import Channel, NoticeSettings, usual_settings
from tests import make
from tests.make import SYSTEM


@pytest.fixture
def idle(app: Flask, city: make.City, monkeypatch: pytest.MonkeyPatch) -> Flask:
    """An application whose worker has done all there was."""
    monkeypatch.setitem(HANDLERS, "probe", lambda work: None)
    with app.app_context(), writing(db.engine) as session:
        session.add(usual_settings(city.member_id("squad11"), utc_now()))
    rest(app)
    return app


def rest(app: Flask) -> None:
    """Work until there is nothing left; a round that only plans says that there is no more."""
    while work_once(app) or has_work(app):
        pass


def has_work(app: Flask) -> bool:
    with app.app_context(), Session(db.engine) as session:
        return jobs.has_work(session, utc_now()) or sending.has_work(session, utc_now())


@contextmanager
def watched(app: Flask) -> Iterator[tuple[list[str], list[Connection]]]:
    """What is said to the store within the block, and the transactions that may write."""
    said: list[str] = []
    writers: list[Connection] = []

    def note(connection: Connection, cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    def begun(connection: Connection) -> None:
        if connection.get_execution_options().get("writing", False):
            writers.append(connection)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    event.listen(engine, "begin", begun)
    yield said, writers
    event.remove(engine, "before_cursor_execute", note)
    event.remove(engine, "begin", begun)


def test_an_idle_worker_asks_two_questions_and_takes_no_writers_turn(idle) -> None:
    with watched(idle) as (said, writers):
        for _ in range(10):
            assert not work_once(idle)
    questions = [statement for statement in said if statement != "BEGIN"]  # SQLite's, deferred: it writes nothing
    assert writers == []
    assert len(questions) == 2 * 10
    assert all(statement.startswith("SELECT") and "FOR UPDATE" not in statement for statement in questions)


def test_a_worker_that_sends_takes_one_turn_to_plan_and_one_to_note(idle, city) -> None:
    with idle.app_context(), writing(db.engine) as session:
        queue(session, [delivery(city.member_id("squad11"), Channel.MAIL, What.CODE, utc_now(), utc_now())])
    with watched(idle) as (_, writers):
        assert work_once(idle)
    assert len(writers) == 2


# --- Whatever becomes due is found ------------------------------------------------------------------------------------


def a_job(session: Session, city: make.City) -> None:
    enqueue(session, "probe", {}, utc_now())


def a_job_whose_worker_died(session: Session, city: make.City) -> None:
    long_ago = utc_now() - 2 * LEASE
    enqueue(session, "probe", {}, long_ago)
    session.flush()
    assert jobs.claim(session, long_ago) is not None


def a_notice(session: Session, city: make.City) -> None:
    tell(session, "password-reset-started", [city.member_id("squad11")], utc_now())


def a_delivery(session: Session, city: make.City) -> None:
    queue(session, [delivery(city.member_id("squad11"), Channel.MAIL, What.CODE, utc_now(), utc_now())])


def the_hour_of_a_digest(session: Session, city: make.City) -> None:
    session.execute(update(NoticeSettings).values(next_digest_at=utc_now()), execution_options=SYSTEM)


DUE = (a_job, a_job_whose_worker_died, a_notice, a_delivery, the_hour_of_a_digest)


@pytest.mark.parametrize("due", DUE, ids=lambda due: due.__name__)
def test_what_is_due_is_found_and_then_the_worker_rests_again(
    idle, city, due: Callable[[Session, make.City], None]
) -> None:
    assert not has_work(idle)
    with idle.app_context(), writing(db.engine) as session:
        due(session, city)
    assert has_work(idle)
    rest(idle)
    with idle.app_context():
        assert set(db.session.scalars(select(jobs.Job.state))) == {"done"}
        assert None not in db.session.scalars(select(Notice.routed_at), execution_options=SYSTEM).all()


def test_each_hour_and_each_day_is_planned_by_a_worker_that_was_idle(idle, clock) -> None:
    def planned() -> list[str]:
        with idle.app_context():
            return sorted(db.session.scalars(select(jobs.Job.kind)).all())

    before = planned()
    clock.shift(dt.timedelta(hours=1))
    rest(idle)
    assert planned() == sorted([*before, jobs.SIGN_HEADS])
    clock.shift(dt.timedelta(days=1))
    rest(idle)
    assert planned() == sorted([*before, jobs.SIGN_HEADS, jobs.SIGN_HEADS, jobs.HOUSEKEEPING, jobs.REMINDERS])
