"""Figures for Prometheus: requests by route and status, how long they took, what waits and failed. No names, no ids."""

from __future__ import annotations

import time

from flask import Flask, Response, g, request
from prometheus_client import Counter, Gauge, Histogram
from sqlalchemy.exc import DBAPIError

from api.extensions import db
from brigade import deliveries, jobs

REQUESTS = Counter("brigade_requests_total", "Answered requests.", ["method", "route", "status"])
SECONDS = Histogram("brigade_request_seconds", "Time from request to answer.", ["route"])
JOBS = Gauge("brigade_jobs", "Jobs that wait, run and have failed.", ["state"])
PAGES_READ = Counter("brigade_scan_pages_total", "Pages of scans looked at, by what became of them.", ["outcome"])
DELIVERIES = Gauge("brigade_deliveries", "Mails and push messages that wait and that never arrived.", ["state"])


def install(app: Flask) -> None:
    """Count every request."""

    @app.before_request
    def begin() -> None:
        g.began = time.perf_counter()

    @app.after_request
    def end(response: Response) -> Response:
        route = request.url_rule.rule if request.url_rule else "unknown"
        REQUESTS.labels(request.method, route, str(response.status_code)).inc()
        SECONDS.labels(route).observe(time.perf_counter() - g.get("began", time.perf_counter()))
        return response


def count_work() -> None:
    """Look at what the worker has before it; without a store the last figures stand."""
    try:
        for gauge, found in ((JOBS, jobs.counts(db.session())), (DELIVERIES, deliveries.counts(db.session()))):
            for state, count in found.items():
                gauge.labels(state).set(count)
    except DBAPIError:
        return
    finally:
        db.session.remove()
