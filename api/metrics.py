"""Figures for Prometheus that are counted as it happens: requests by route and status, how long they took, what was done.

No names, no ids. The web processes of one service count together (``counted_together.py``); a worker that is a process of
its own shows its figures itself. What waits is looked up instead (``what_waits.py``).
"""

from __future__ import annotations

import logging
import time

from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram
from sqlalchemy import event
from sqlalchemy.orm import Session

from api import pace, problems, viewings
from brigade.chain.writing import HAPPENED

PROBES = ("/healthz", "/readyz", "/metrics")
"""They are asked every few seconds whether anybody works or not: counted, they would hide how it goes for people."""

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

KINDS = {
    "application/pdf": "pdf",
    "application/zip": "zip",
    "text/csv": "csv",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
}
log = logging.getLogger("brigade.requests")


def install(app: Flask) -> None:
    """Count every request, and write a line for each that changes something, shows somebody's data or is refused."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "unknown"
        seconds = time.perf_counter() - g.get("began", time.perf_counter())
        if route not in PROBES:
            REQUESTS.labels(request.method, route, str(response.status_code)).inc()
            SECONDS.labels(route).observe(seconds)
        if response.status_code == 200 and response.mimetype in KINDS:
            DOCUMENTS.labels(KINDS[response.mimetype], "request").inc()
        reads = request.method in ("GET", "HEAD", "OPTIONS")
        said = {"method": request.method, "route": route, "status": response.status_code, "ms": round(seconds * 1000)}
        first, *more = viewings.viewed(response.status_code) or [viewings.asker()]
        refused = problems.refused() if request.url_rule else {}  # an address that is none is a stranger's guess
        is_usual = (reads and not refused and "viewed" not in first) or refused.get("code") == pace.CODE
        log.log(logging.DEBUG if is_usual else logging.INFO, "answered", extra=said | refused | first)
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
