"""What a person on call wants to know of the store: how much waits where, and since when. Numbers, never names or ids."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.workflow import State
from brigade.failed_jobs import still_failed
from brigade.jobs import Job, worker_seen_at
from brigade.messages.deliveries import Delivery

WATCHING = {"as_system": "how much waits, in numbers"}


@dataclass(frozen=True, slots=True)
class Waiting:
    """``count`` wait, the oldest one for ``seconds`` (0 when none does)."""

    count: int
    seconds: float


def reports_waiting(session: Session, now: dt.datetime) -> Waiting:
    """Reports that wait for somebody to approve them, at whatever level."""
    since = ActivityReport.awaiting_since
    waiting = ActivityReport.state == State.IN_REVIEW
    return _waiting(session, select(func.count(), func.min(since)).where(waiting), now)


def jobs_waiting(session: Session, now: dt.datetime) -> dict[str, Waiting]:
    """Jobs by state: ``queued`` since they were due, ``running`` and ``failed`` since they were asked for. Failed ones that
    somebody put aside do not count.
    """
    wanted = {
        "queued": (Job.run_after, Job.state == "queued"),
        "running": (Job.created_at, Job.state == "running"),
        "failed": (Job.created_at, still_failed()),
    }
    return {
        state: _waiting(session, select(func.count(), func.min(since)).where(which), now)
        for state, (since, which) in wanted.items()
    }


def deliveries_waiting(session: Session, now: dt.datetime) -> dict[str, Waiting]:
    """Mails and push messages by state: ``queued`` since they were due, ``dead`` since they were made."""
    since = {"queued": Delivery.due_at, "dead": Delivery.created_at}
    return {
        state: _waiting(session, select(func.count(), func.min(column)).where(Delivery.state == state), now)
        for state, column in since.items()
    }


def worker_seen(session: Session, now: dt.datetime) -> float | None:
    """Seconds since a worker last planned its work of an hour, as each does that is free; None where none ever has."""
    at = worker_seen_at(session)
    return max(0.0, (now - at).total_seconds()) if at else None


def _waiting(session: Session, asked: Select[int, Any], now: dt.datetime) -> Waiting:
    count, since = session.execute(asked, execution_options=WATCHING).one()
    return Waiting(count, max(0.0, (now - since).total_seconds()) if since else 0.0)
