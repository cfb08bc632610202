"""Jobs: done by someone, taken up again when that one died, given up in the end, and seen by who started
them (R-10).
"""

from __future__ import annotations

import datetime as dt
import itertools
import os
import signal
import subprocess
import sys
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from api import create_app, worker
from api.extensions import db
from api.worker import HANDLERS, work_once
from brigade import jobs
from brigade.access.accounts import Account
from brigade.jobs import LEASE, TRIES, GivenBack, Job, LeaseLost, Work, enqueue, writing
from brigade.messages.deliveries import Delivery
from brigade.messages.mail import mail_server
from brigade.messages.notices import Notice, tell
from brigade.messages.sending import Ways, one_round
from brigade.messages.ways import usual_settings
from tests import letterbox, make
from tests.api.answers import API
from tests.api.asking import signed_in
from tests.conftest import settings_for
from tests.make import SYSTEM

JOBS = f"{API}/jobs"


def now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


@pytest.fixture
def doing(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[Work], None]], None]:
    """``doing(function)``: that is what a job of kind ``probe`` does."""
    return lambda handler: monkeypatch.setitem(HANDLERS, "probe", handler)


@pytest.fixture
def probe(app: Flask, city: make.City) -> uuid.UUID:
    """A job that squad11 started; today's housekeeping is done."""
    while work_once(app):
        pass
    with app.app_context(), writing(db.engine) as session:
        return enqueue(session, "probe", {"size": 3}, now(), owner_id=city.member_id("squad11")).id


def job(app: Flask, id_: uuid.UUID) -> Job:
    with app.app_context():
        return db.session.get_one(Job, id_)


def test_a_job_is_done_and_who_started_it_sees_how_far_it_is(app, ask, probe, doing) -> None:
    seen = []

    def three(work: Work) -> None:
        for done in range(work.payload["size"]):
            work.renew(done, work.payload["size"])
            seen.append(ask("squad11").get(f"{JOBS}/{probe}").json)

    doing(three)
    waiting = ask("squad11").get(f"{JOBS}/{probe}").json
    assert waiting == {"state": "queued", "done": 0, "total": 0, "message": "順番を待っています。"}
    assert work_once(app)
    assert seen == [{"state": "running", "done": n, "total": 3, "message": "作業をしています。"} for n in range(3)]
    assert ask("squad11").get(f"{JOBS}/{probe}").json["state"] == "done"
    for other in ("squad11a", "station", "bureau"):
        assert ask(other).get(f"{JOBS}/{probe}").status_code == 404
    assert not work_once(app)


def test_what_a_handler_stores_stands_though_it_fails_later(app, city, probe, doing) -> None:
    def half(work: Work) -> None:
        with work.transaction() as session:
            session.get_one(Account, account, execution_options=SYSTEM).login = "renamed"
        with work.transaction() as session:
            session.get_one(Account, account, execution_options=SYSTEM).login = "never"
            raise ValueError("佐藤")

    with app.app_context():
        account = db.session.scalars(
            select(Account.id).where(Account.login == "squad11"), execution_options=SYSTEM
        ).one()
    doing(half)
    work_once(app)
    with app.app_context():
        assert db.session.get_one(Account, account, execution_options=SYSTEM).login == "renamed"


def test_a_job_that_fails_is_tried_again_each_time_later_and_then_stays_to_be_seen(
    app, ask, client, probe, doing, later
) -> None:
    tried = []

    def fails(work: Work) -> None:
        tried.append(now())
        raise RuntimeError("broken")

    doing(fails)
    for _ in range(60):
        work_once(app)
        later(seconds=30)
    gaps = [(b - a).total_seconds() for a, b in itertools.pairwise(tried)]
    assert len(tried) == TRIES
    assert all(gap >= 15 * 2**n for n, gap in enumerate(gaps, 1))
    assert (job(app, probe).state, job(app, probe).message) == ("failed", "RuntimeError: broken")
    answer = ask("squad12").application.test_client().get("/metrics").text
    assert 'brigade_jobs{state="failed"} 1.0' in answer
    assert 'brigade_deliveries{state="dead"} 0.0' in answer


def test_a_failed_job_says_nothing_of_the_inside(app, ask, probe, doing, monkeypatch) -> None:
    def fails(work: Work) -> None:
        raise RuntimeError("SELECT name FROM members")

    monkeypatch.setattr(jobs, "TRIES", 1)
    doing(fails)
    work_once(app)
    assert ask("squad11").get(f"{JOBS}/{probe}").json == {
        "state": "failed", "done": 0, "total": 0,
        "message": "うまくいきませんでした。もう一度試すか、担当者に知らせてください。",
    }  # fmt: skip


def test_a_worker_that_is_too_slow_learns_that_the_job_is_anothers(app, probe, doing, later) -> None:
    done = []

    def slow(work: Work) -> None:
        if not done:
            done.append("first began")
            later(minutes=3)
            assert work_once(app)
            with pytest.raises(LeaseLost):
                work.renew(1, 3)
            work.renew(1, 3)
        done.append("second")

    doing(slow)
    assert work_once(app)
    assert done == ["first began", "second"]
    assert (job(app, probe).state, job(app, probe).attempt) == ("done", 2)


def test_a_job_that_takes_its_workers_with_it_is_given_up(app, probe, later) -> None:
    for _ in range(TRIES):
        with app.app_context(), writing(db.engine) as session:
            claimed = jobs.claim(session, now())
            assert claimed is not None
        later(seconds=LEASE.total_seconds() + 1)
    with app.app_context(), writing(db.engine) as session:
        assert jobs.claim(session, now()) is None
    assert (job(app, probe).state, job(app, probe).message) == ("failed", "its worker died")


def test_nothing_of_a_rolled_back_request_is_ever_done(app, city) -> None:
    with app.app_context(), Session(db.engine) as session:
        enqueue(session, "probe", {}, now())
        session.flush()
        session.rollback()
    with app.app_context():
        assert "probe" not in db.session.scalars(select(Job.kind)).all()


def test_the_loop_outlives_whatever_it_meets(app, city, monkeypatch) -> None:
    stop, met = threading.Event(), []

    def thrown(*_: Any) -> bool:
        met.append(1)
        if len(met) == 3:
            stop.set()
        raise RuntimeError("anything")

    monkeypatch.setattr(worker, "PAUSE", 0.01)
    monkeypatch.setattr(worker, "one_round", thrown)
    worker.run(app, stop)
    assert len(met) == 3


# --- Killed for real --------------------------------------------------------------------------------------------------

SLOW = """
import time, threading
from wsgi import app
from api.worker import HANDLERS, run
def slow(work):
    for done in range(work.payload["done"], 3):
        work.renew(done + 1, 3)
        print(done + 1, flush=True)
        time.sleep(60)
HANDLERS["slow"] = slow
run(app, threading.Event())
"""


@pytest.fixture
def embedded(sqlite: str, tmp_path: Any) -> Iterator[tuple[Engine, dict[str, str]]]:
    """A store of its own on SQLite, and the environment of a worker process on it."""
    app = create_app(settings_for(sqlite, tmp_path))
    environ = {name: value for name, value in os.environ.items() if not name.startswith("BRIGADE_")}
    environ |= {
        "BRIGADE_DATABASE_URL": sqlite, "BRIGADE_SECRET_KEY": "only-for-tests-" + "0" * 32, "BRIGADE_VAR": str(tmp_path),
    }  # fmt: skip
    with app.app_context():
        yield db.engine, environ
        db.engine.dispose()


def test_a_killed_workers_job_goes_on_after_its_lease(embedded) -> None:
    engine, environ = embedded
    with writing(engine) as session:
        id_ = enqueue(session, "slow", {"done": 0}, now() - dt.timedelta(days=1)).id
    with subprocess.Popen([sys.executable, "-c", SLOW], env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "1\n"
        process.send_signal(signal.SIGKILL)
    with Session(engine) as session:
        found = session.get_one(Job, id_)
        assert (found.state, found.attempt, found.done, found.total) == ("running", 1, 1, 3)
        assert found.lease_until is not None
        over = found.lease_until + dt.timedelta(seconds=1)
    with writing(engine) as session:
        others = jobs.claim(session, over - dt.timedelta(seconds=2))
        assert others is None or others.kind == jobs.HOUSEKEEPING
        again = jobs.claim(session, over)
        assert again is not None
        work = Work(engine, lambda: over, again.id, again.kind, again.attempt, again.payload)
    work.renew(3, 3)
    work.finish()
    with Session(engine) as session:
        found = session.get_one(Job, id_)
        assert (found.state, found.attempt, found.done) == ("done", 2, 3)


def test_a_worker_that_is_told_to_stop_gives_a_long_job_back(engine: Engine) -> None:
    told = threading.Event()
    with writing(engine) as session:
        id_ = enqueue(session, "long", {}, make.NOW).id
        job = jobs.claim(session, make.NOW)
        assert job is not None
        work = Work(engine, lambda: make.NOW, id_, job.kind, job.attempt, {}, told.is_set)
    work.renew(1, 3)
    told.set()
    with pytest.raises(GivenBack):
        work.renew(2, 3)
    with pytest.raises(LeaseLost):
        work.finish()
    with writing(engine) as session:
        again = jobs.claim(session, make.NOW)
        assert again is not None
        assert (again.id, again.attempt, again.done) == (id_, 1, 1), "at once, without a try less, and where it was"


def test_a_worker_killed_while_the_mail_server_takes_a_mail_sends_it_twice_at_most(embedded) -> None:
    engine, environ = embedded
    with Session(engine) as session:
        city = make.city(session)
    with writing(engine) as session:
        made = usual_settings(city.member_id("squad11"), make.NOW)
        made.email, made.quiet_from, made.quiet_to = "a@example.jp", 0, 0
        session.add(made)
        tell(session, "password-reset-started", [city.member_id("squad11")], make.NOW)
    with letterbox.mail_server() as box:
        run = [sys.executable, "-m", "flask", "--app", "wsgi", "worker"]
        with subprocess.Popen(
            run, env={**environ, "BRIGADE_MAIL_URL": box.url}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            box.on_mail = lambda: process.send_signal(signal.SIGKILL)
            process.wait(60)
        box.on_mail = lambda: None
        assert len(box.mails) == 1
        with Session(engine) as session:
            row = session.scalars(select(Delivery), execution_options=SYSTEM).one()
            assert (row.state, row.attempt) == ("queued", 1)
            due_at = row.due_at
        ways = Ways(mail_server(box.url), None, "http://127.0.0.1")
        one_round(engine, ways, lambda: due_at - dt.timedelta(seconds=1))
        assert len(box.mails) == 1
        one_round(engine, ways, lambda: due_at)
        one_round(engine, ways, lambda: due_at + dt.timedelta(days=1))
    assert len(box.mails) == 2
    assert len({mail["Message-ID"] for mail in box.mails}) == 1
    with Session(engine) as session:
        assert session.scalars(select(Delivery.state), execution_options=SYSTEM).one() == "sent"


def all_done(app: Flask) -> None:
    """Work until there is nothing left."""
    while work_once(app):
        pass


def test_reminders_are_done_once_at_six_or_when_a_worker_is_back(app, city, clock) -> None:
    def reminded() -> list[str]:
        all_done(app)
        items = signed_in(app.test_client(), "squad11").get(f"{API}/notices").json["items"]
        return [item["kind"] for item in items if item["kind"].startswith("month-")]

    tokyo = dt.timezone(dt.timedelta(hours=9))
    clock.move_to(dt.datetime(2026, 11, 3, 5, 0, tzinfo=tokyo))
    assert reminded() == []
    clock.move_to(dt.datetime(2026, 11, 3, 6, 1, tzinfo=tokyo))
    assert reminded() == reminded() == ["month-due-soon"]
    clock.move_to(dt.datetime(2026, 11, 6, 5, 0, tzinfo=tokyo))
    assert reminded() == ["month-due-soon"]
    clock.move_to(dt.datetime(2026, 11, 7, 9, 0, tzinfo=tokyo))  # the worker was away: what was planned is done
    assert reminded() == ["month-overdue", "month-due-soon"]


def test_reminders_go_on_where_a_worker_died(app, city, clock, later, monkeypatch) -> None:
    told = worker.remind_of

    def dies(*args: Any) -> None:
        told(*args)
        raise KeyboardInterrupt

    clock.move_to(dt.datetime(2026, 11, 3, 7, 0, tzinfo=dt.timezone(dt.timedelta(hours=9))))
    monkeypatch.setattr(worker, "remind_of", dies)
    with pytest.raises(KeyboardInterrupt):
        all_done(app)
    monkeypatch.setattr(worker, "remind_of", told)
    later(minutes=3)
    all_done(app)
    with app.app_context():
        rows = db.session.scalars(select(Notice.kind), execution_options=SYSTEM).all()
        states = db.session.scalars(select(Job.state).where(Job.kind == jobs.REMINDERS)).all()
    assert rows == ["month-due-soon"] * 4
    assert states == ["done"]
