"""The loop that does the jobs and sends the notices: a process of its own (``flask worker``), or a thread beside the
embedded server.
"""

from __future__ import annotations

import datetime as dt
import logging
import threading
import uuid
from collections.abc import Callable
from typing import Any

from flask import Flask, current_app
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from api.extensions import db, storage
from api.log_lines import failure
from api.metrics import JOBS_DONE
from api.scan_handover import hand_over_left
from api.scan_reading import read_scan
from api.sealing import SEAL, seal_month
from brigade import jobs
from brigade.chain.signing import sign_heads
from brigade.dates import utc_now
from brigade.errands import on_errand
from brigade.files.noting_digests import note_digests
from brigade.files.sweeping import sweep
from brigade.jobs import GivenBack, LeaseLost, Work
from brigade.messages.deliveries import forget_old_deliveries
from brigade.messages.notices import forget_old_notices
from brigade.messages.reminders import closing_about, remind_of
from brigade.messages.sending import Ways, one_round
from brigade.messages.ways import forget_ways
from brigade.problems import Problem, Unavailable
from brigade.retention.carrying_out import Doing, carry_out
from brigade.retention.monthly import bureaus_marking, mark_month
from brigade.retention.plans import JOB as RETENTION
from brigade.retention.plans import UNDO_AGAIN, put_off
from brigade.scans.giving_back import give_back_left
from brigade.scans.taking import READ
from brigade.settings import chain_key_of

log = logging.getLogger("brigade.worker")
PAUSE = 1.0


def keep_house(work: Work) -> None:
    """Once a day, each step in a transaction of its own: one that fails does not take back the others."""
    for step in (jobs.keep_house, forget_old_deliveries, forget_old_notices, forget_ways, give_back_left):
        with work.transaction() as session:
            step(session, work.now())
    hand_over_left(work)
    sweep(work, storage())
    note_digests(work, storage())


def remind(work: Work) -> None:
    """Those who owe something of a month that closes soon or has closed, brigade by brigade."""
    day = dt.date.fromisoformat(work.payload["day"])
    with work.transaction() as session:
        closing = closing_about(session, day)
    for done, one in enumerate(closing):
        work.renew(done, len(closing))
        with work.transaction() as session:
            remind_of(session, one, day, work.now())


def sign(work: Work) -> None:
    """Sign the heads of all chains that have grown; nothing where the installation has no key for it."""
    if key := chain_key_of(current_app.config["BRIGADE"]):
        with work.transaction() as session:
            sign_heads(session, key, work.now())


def let_go(work: Work) -> None:
    """What was marked to go and not undone until today."""
    run_id = uuid.UUID(work.payload["run_id"])
    carry_out(Doing(run_id, work.transaction, storage(), work.clock, work.renew))


def mark_what_is_due(work: Work) -> None:
    """Where a bureau has it switched on: what has come to its time, bureau by bureau."""
    day = dt.date.fromisoformat(work.payload["day"])
    with work.transaction() as session:
        marking = bureaus_marking(session, day)
    for done, bureau_id in enumerate(marking):
        work.renew(done, len(marking))
        with work.transaction() as session:
            mark_month(session, bureau_id, day, work.now())


HANDLERS: dict[str, Callable[[Work], None]] = {
    jobs.HOUSEKEEPING: keep_house,
    SEAL: seal_month,
    READ: read_scan,
    jobs.REMINDERS: remind,
    jobs.SIGN_HEADS: sign,
    jobs.MARK_MONTH: mark_what_is_due,
    RETENTION: let_go,
}
"""What does a kind of job. It is done in no transaction: the handler asks for short ones (``work.transaction()``)."""


def run(app: Flask, stop: threading.Event) -> None:
    """Work until told to stop; a job at hand is finished first or, where it is long, given back. A store that is away is tried again."""
    while not stop.is_set():
        try:
            busy = work_once(app, stop.is_set)
        except DBAPIError as error:
            log.warning("store unavailable", extra=failure(error))
            busy = False
        except Exception:  # the loop outlives whatever it meets
            log.exception("worker")
            busy = False
        if not busy:
            stop.wait(PAUSE)


def work_once(app: Flask, stopping: Callable[[], bool] = lambda: False) -> bool:
    """Do one job if there is one, and send some of what is to go out; whether there was anything."""
    with app.app_context():
        work = _claimed(stopping)
        if work is not None:
            _do(work)
        sent = one_round(db.engine, Ways.of(app.config["BRIGADE"]), utc_now)
        return sent or work is not None


def _claimed(stopping: Callable[[], bool]) -> Work | None:
    with Session(db.engine) as session:
        if not jobs.has_work(session, utc_now()):
            return None
    try:
        with jobs.writing(db.engine) as session:
            if jobs.is_unwatched(session, utc_now()):
                put_off(session, utc_now() + UNDO_AGAIN)  # nobody could undo anything meanwhile
            jobs.plan_housekeeping(session, utc_now())
            jobs.plan_signing(session, utc_now())
            session.flush()
            job = jobs.claim(session, utc_now())
            if job is None:
                return None
            return Work(db.engine, utc_now, job.id, job.kind, job.attempt, job.payload, stopping)
    except IntegrityError:  # another worker planned the same day at the same instant
        return None


def _do(work: Work) -> None:
    """For the request that asked for it, as the log says; how it ended is counted and told."""
    with on_errand(str(work.payload.get("request_id", ""))):
        said: dict[str, Any] = {"job": work.job_id, "kind": work.kind, "attempt": work.attempt}
        outcome = _done(work, said)
        JOBS_DONE.labels(work.kind, outcome).inc()
        log.log(logging.INFO if outcome == "done" else logging.WARNING, "job", extra={**said, "outcome": outcome})


def _done(work: Work, said: dict[str, Any]) -> str:
    """What came of it: done, refused, failed, given back, or lost to another worker."""
    try:
        try:
            HANDLERS[work.kind](work)
            work.finish()
        except Problem as problem:
            said["code"] = problem.code
            work.fail(problem.code) if isinstance(problem, Unavailable) else work.give_up(problem.code)
            return "refused"
        except (LeaseLost, GivenBack):
            raise
        except Exception as error:  # whatever a job does, the worker lives on and the row tells what happened
            log.exception("job failed", extra=said)
            work.fail(f"{type(error).__name__}: {error}")
            return "failed"
    except LeaseLost:
        return "lost"
    except GivenBack:
        return "given-back"
    return "done"


def start_beside(app: Flask) -> threading.Event:
    """A worker thread for the embedded server; set the event to stop it."""
    stop = threading.Event()
    threading.Thread(target=run, args=(app, stop), name="brigade-worker", daemon=True).start()
    return stop
