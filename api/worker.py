"""The loop that does the jobs: a process of its own (``flask worker``), or a thread beside the embedded server."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable

from flask import Flask
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from api.extensions import db
from brigade import jobs
from brigade.dates import utc_now

log = logging.getLogger("brigade.worker")
PAUSE = 5.0
HANDLERS: dict[str, Callable[[Session], None]] = {
    jobs.HOUSEKEEPING: lambda session: jobs.keep_house(session, utc_now()),
}


def run(app: Flask, stop: threading.Event) -> None:
    """Work until told to stop; a job at hand is finished first. A store that is away is tried again."""
    while not stop.is_set():
        try:
            busy = work_once(app)
        except DBAPIError as error:
            log.warning("store unavailable: %s", type(error.orig).__name__)
            busy = False
        if not busy:
            stop.wait(PAUSE)


def work_once(app: Flask) -> bool:
    """Do one job if there is one; whether there was."""
    with app.app_context():
        session = _writing()
        jobs.plan_housekeeping(session, utc_now())
        session.flush()
        job = jobs.claim(session, utc_now())
        session.commit()
        if job is None:
            return False
        job_id, kind = job.id, job.kind
        session = _writing()
        try:
            HANDLERS[kind](session)
            jobs.finish(session.get_one(jobs.Job, job_id))
        except Exception as error:  # whatever a job does, the worker lives on and the row tells what happened
            log.exception("job %s failed", kind)
            session = _writing()
            jobs.fail(session.get_one(jobs.Job, job_id), f"{type(error).__name__}: {error}", utc_now())
        session.commit()
        return True


def _writing() -> Session:
    """A fresh session whose transaction may write from its start (SQLite)."""
    db.session.remove()
    session = db.session()
    session.connection(execution_options={"writing": True})
    return session


def start_beside(app: Flask) -> threading.Event:
    """A worker thread for the embedded server; set the event to stop it."""
    stop = threading.Event()
    threading.Thread(target=run, args=(app, stop), name="brigade-worker", daemon=True).start()
    return stop
