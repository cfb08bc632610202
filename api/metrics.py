"""Figures for Prometheus: requests by route and status, and how long they took. No names, no ids."""

from __future__ import annotations

import time

from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

REQUESTS = Counter("brigade_requests_total", "Answered requests.", ["method", "route", "status"])
SECONDS = Histogram("brigade_request_seconds", "Time from request to answer.", ["route"])


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
