"""Figures that are looked up when they are asked for: whether the process is ready, and what waits in the store.

Nothing of them is kept. What cannot be looked up is not there at all, so that nobody takes an old figure for today's.
"""

from __future__ import annotations

from collections.abc import Iterable

from flask import current_app
from prometheus_client import generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from api.extensions import db
from api.log_lines import failure
from api.readiness import is_ready
from brigade import watching
from brigade.dates import utc_now

SHOWN: dict[str, tuple[str, tuple[str, ...]]] = {
    "brigade_ready": ("Whether /readyz would answer 200 at this moment.", ()),
    "brigade_jobs": ("Jobs that wait, run and have failed.", ("state",)),
    "brigade_jobs_oldest_seconds": ("For how long the oldest job is due, or was asked for.", ("state",)),
    "brigade_worker_seen_seconds": ("For how long no worker has planned its work of the hour.", ()),
    "brigade_deliveries": ("Mails and push messages that wait and that never arrived.", ("state",)),
    "brigade_deliveries_oldest_seconds": ("For how long the oldest one is due.", ("state",)),
    "brigade_reports_waiting": ("Reports that wait for somebody to approve them.", ()),
    "brigade_reports_waiting_oldest_seconds": ("For how long the oldest of them waits there.", ()),
}
"""What each means, and its labels."""

Figures = dict[str, dict[tuple[str, ...], float]]


def figures() -> bytes:
    """As Prometheus reads them."""
    found: Figures = {"brigade_ready": {(): float(is_ready())}}
    try:
        found |= _waiting(db.session())
    except SQLAlchemyError as error:
        current_app.logger.warning("nothing counted", extra=failure(error))
    finally:
        db.session.remove()
    return generate_latest(_Once(found))


def _waiting(session: Session) -> Figures:
    now = utc_now()
    inbox = watching.reports_waiting(session, now)
    found: Figures = {
        "brigade_reports_waiting": {(): inbox.count},
        "brigade_reports_waiting_oldest_seconds": {(): inbox.seconds},
    }
    for name, waits in (
        ("brigade_jobs", watching.jobs_waiting(session, now)),
        ("brigade_deliveries", watching.deliveries_waiting(session, now)),
    ):
        found[name] = {(state,): waiting.count for state, waiting in waits.items()}
        found[f"{name}_oldest_seconds"] = {(state,): waiting.seconds for state, waiting in waits.items()}
    if (seen := watching.worker_seen(session, now)) is not None:
        found["brigade_worker_seen_seconds"] = {(): seen}
    return found


class _Once(Collector):
    """Figures in the library's shape."""

    def __init__(self, found: Figures) -> None:
        self._found = found

    def collect(self) -> Iterable[GaugeMetricFamily]:
        for name, values in self._found.items():
            means, labels = SHOWN[name]
            family = GaugeMetricFamily(name, means, labels=labels)
            for said, value in values.items():
                family.add_metric(said, value)
            yield family
