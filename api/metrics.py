"""Figures for Prometheus: requests by route and status, how long they took, what was done, what waits and failed.

No names, no ids. The web processes of one service count together (``counted_together.py``); a worker that is a process of
its own shows its figures itself.
"""

from __future__ import annotations

import logging
import time
from functools import partial

from flask import Flask, Response, g, request
from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from api import viewings
from api.extensions import db
from brigade import watching
from brigade.chain.writing import HAPPENED
from brigade.dates import utc_now

_newest = partial(Gauge, multiprocess_mode="mostrecent")
"""A gauge that shows what was looked up last, whichever process did."""

REQUESTS = Counter("brigade_requests_total", "Answered requests.", ["method", "route", "status"])
SECONDS = Histogram("brigade_request_seconds", "Time from request to answer.", ["route"])
ACTIONS = Counter("brigade_actions_total", "What was done with reports, by the action of the workflow.", ["action"])
DOCUMENTS = Counter(
    "brigade_documents_total", "Documents and tables made, by kind of file and cause.", ["kind", "cause"]
)
PAGES_READ = Counter("brigade_scan_pages_total", "Pages of scans looked at, by what became of them.", ["outcome"])
JOBS_DONE = Counter(
    "brigade_jobs_ended_total", "Jobs that this process worked on, by how that ended.", ["kind", "outcome"]
)
JOBS = _newest("brigade_jobs", "Jobs that wait, run and have failed.", ["state"])
JOBS_AGE = _newest("brigade_jobs_oldest_seconds", "For how long the oldest job is due, or was asked for.", ["state"])
DELIVERIES = _newest("brigade_deliveries", "Mails and push messages that wait and that never arrived.", ["state"])
DELIVERIES_AGE = _newest("brigade_deliveries_oldest_seconds", "For how long the oldest one is due.", ["state"])
INBOX = _newest("brigade_reports_waiting", "Reports that wait for somebody to approve them.")
INBOX_AGE = _newest("brigade_reports_waiting_oldest_seconds", "For how long the oldest of them waits there.")

KINDS = {
    "application/pdf": "pdf",
    "application/zip": "zip",
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
log = logging.getLogger("brigade.requests")


def install(app: Flask) -> None:
    """Count every request, and write a line for each that changes something or shows somebody's data."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "unknown"
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        REQUESTS.labels(request.method, route, str(response.status_code)).inc()
        SECONDS.labels(route).observe(seconds)
        if response.status_code == 200 and response.mimetype in KINDS:
            DOCUMENTS.labels(KINDS[response.mimetype], "request").inc()
        reads = request.method in ("GET", "HEAD", "OPTIONS")
        said = {"method": request.method, "route": route, "status": response.status_code, "ms": round(seconds * 1000)}
        first, *more = viewings.viewed(response.status_code) or [{}]
        log.log(logging.DEBUG if reads and not first else logging.INFO, "answered", extra=said | first)
        for line in more:
            log.info("viewed besides", extra=line)
        return response


@event.listens_for(Session, "after_commit")
def _count_actions(session: Session) -> None:
    for action in session.info.pop(HAPPENED, ()):
        ACTIONS.labels(action).inc()


@event.listens_for(Session, "after_rollback")
def _forget_actions(session: Session) -> None:
    session.info.pop(HAPPENED, None)


def count_work() -> None:
    """Look at what waits in the store; without a store the last figures stand."""
    session, now = db.session(), utc_now()
    try:
        inbox = watching.reports_waiting(session, now)
        INBOX.set(inbox.count)
        INBOX_AGE.set(inbox.seconds)
        for found, gauge, age in (
            (watching.jobs_waiting(session, now), JOBS, JOBS_AGE),
            (watching.deliveries_waiting(session, now), DELIVERIES, DELIVERIES_AGE),
        ):
            for state, waiting in found.items():
                gauge.labels(state).set(waiting.count)
                age.labels(state).set(waiting.seconds)
    except DBAPIError:
        return
    finally:
        db.session.remove()
