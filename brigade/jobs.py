"""Work that outlives a request. The row is the truth: written with what caused it, claimed with a lease.

A worker that dies leaves an expired lease; the next claim takes the job up again. A job therefore runs at least once,
and what it does must be safe to do twice.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, Index, String, Text, and_, delete, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade.accounts import TRY_WINDOW, DeviceSession, SignInFailure
from brigade.dates import tokyo_day
from brigade.db import Base, new_id
from brigade.posts import release_vacant_steps

LEASE = dt.timedelta(minutes=2)
TRIES = 5
KEEP_SESSIONS = dt.timedelta(days=90)
HOUSEKEEPING = "housekeeping"
_DAILY = uuid.UUID("6f1d4a52-6a0e-4a0e-9d0c-5f6f1b0d7c11")


class Job(Base):
    """One piece of work. ``lease_until`` is set while a worker holds it."""

    __tablename__ = "jobs"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str] = mapped_column(String(40))
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(8))
    attempt: Mapped[int]
    run_after: Mapped[dt.datetime]
    lease_until: Mapped[dt.datetime | None]
    message: Mapped[str] = mapped_column(Text)
    created_at: Mapped[dt.datetime]

    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state"),
        Index(
            "ix_jobs_due",
            "run_after",
            sqlite_where=text("state IN ('queued', 'running')"),
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )


def enqueue(
    session: Session, kind: str, payload: dict[str, Any], now: dt.datetime, id_: uuid.UUID | None = None
) -> Job:
    """Add a job to the transaction at hand: it exists only if that is committed."""
    job = Job(
        id=id_ or new_id(), kind=kind, payload=payload, state="queued", attempt=0, run_after=now, lease_until=None,
        message="", created_at=now,
    )  # fmt: skip
    session.add(job)
    return job


def claim(session: Session, now: dt.datetime) -> Job | None:
    """Take the job that has been due longest, or one whose worker is gone; the caller commits before it works."""
    due = or_(and_(Job.state == "queued", Job.run_after <= now), and_(Job.state == "running", Job.lease_until < now))
    job = session.scalar(select(Job).where(due).order_by(Job.run_after).limit(1).with_for_update(skip_locked=True))
    if job is not None:
        job.state, job.attempt, job.lease_until = "running", job.attempt + 1, now + LEASE
    return job


def finish(job: Job) -> None:
    """Done."""
    job.state, job.lease_until = "done", None


def fail(job: Job, message: str, now: dt.datetime) -> None:
    """Try again later, each time twice as late; after ``TRIES`` it stays failed, to be seen by a person."""
    job.message, job.lease_until = message[:500], None
    if job.attempt >= TRIES:
        job.state = "failed"
    else:
        job.state, job.run_after = "queued", now + dt.timedelta(seconds=15 * 2**job.attempt)


def plan_housekeeping(session: Session, now: dt.datetime) -> None:
    """Once a day; the day's own id keeps several workers from planning it twice."""
    id_ = uuid.uuid5(_DAILY, tokyo_day(now).isoformat())
    if session.get(Job, id_) is None:
        enqueue(session, HOUSEKEEPING, {}, now, id_)


def keep_house(session: Session, now: dt.datetime) -> None:
    """Pass on what waits for posts that ended, and remove what has no use any more: old failed tries, device sessions
    long over, jobs long done.
    """
    release_vacant_steps(session, None, now)
    session.execute(delete(SignInFailure).where(SignInFailure.at < now - TRY_WINDOW))
    over = or_(DeviceSession.expires_at < now - KEEP_SESSIONS, DeviceSession.revoked_at < now - KEEP_SESSIONS)
    session.execute(
        delete(DeviceSession).where(over), execution_options={"as_system": "sessions of everyone, long over"}
    )
    session.execute(delete(Job).where(Job.state == "done", Job.created_at < now - KEEP_SESSIONS))
