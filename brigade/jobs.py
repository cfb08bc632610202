"""Work that outlives a request. The row is the truth: written with what caused it, claimed with a lease.

A worker that dies leaves an expired lease; the next claim takes the job up again. A job therefore runs at least once,
and what it does must be safe to do twice.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    BindParameter,
    CheckConstraint,
    ColumnElement,
    Engine,
    ForeignKey,
    Index,
    String,
    Text,
    and_,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade.access.device_sessions import forget_devices
from brigade.access.passkeys import clear_challenges
from brigade.access.throttle import clear_tries
from brigade.dates import TOKYO, tokyo_day
from brigade.db import Base, new_id
from brigade.errands import errand
from brigade.organisation.posts import release_vacant_steps
from brigade.sync.changes import forget_old_changes

LEASE = dt.timedelta(minutes=2)
TRIES = 5
KEEP_SESSIONS = dt.timedelta(days=90)
UNWATCHED = dt.timedelta(days=3)
HOUSEKEEPING, REMINDERS, SIGN_HEADS = "housekeeping", "reminders", "sign-heads"
MARK_MONTH, FIRST_DAYS = "mark-month", 7
"""What has come to its time is marked on one of a month's first days (``retention/monthly.py``)."""

PUT_ASIDE = "put_aside"
"""In the payload of one that was given up: when it was decided that it is not to be tried again (``failed_jobs.py``),
or another took its place."""

REMIND_AT = dt.time(6)
"""On Tokyo's clock: before the hour of nearly every digest, and late enough to know what came in the evening before."""

Told = Callable[[Session, dict[str, Any], dt.datetime], None]
WHEN_GIVEN_UP: dict[str, Told] = {}
"""By the kind of a job who is told when it is given up: called with its payload, in the transaction in which it is.
Whoever makes such jobs enters it here.
"""

_OPEN: BindParameter[Sequence[str]] = bindparam("open", ("queued", "running"), expanding=True, literal_execute=True)
"""The states of a job that is not over, said in the statement itself: only so SQLite knows that its index of those serves."""

_DAILY = uuid.UUID("6f1d4a52-6a0e-4a0e-9d0c-5f6f1b0d7c11")


class Job(Base):
    """One piece of work. ``lease_until`` is set while a worker holds it; ``done`` of ``total`` is how far it is (total 0:
    nobody knows); ``message`` is what went wrong last, for operators; ``owner_id`` may ask how far it is.
    """

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
    owner_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("members.id"))
    done: Mapped[int]
    total: Mapped[int]

    __table_args__ = (
        CheckConstraint("state IN ('queued', 'running', 'done', 'failed')", name="state"),
        Index(
            "ix_jobs_due",
            "run_after",
            sqlite_where=text("state IN ('queued', 'running')"),
            postgresql_where=text("state IN ('queued', 'running')"),
        ),
    )


class LeaseLost(Exception):
    """This worker was too slow: another one has the job now, or it was given up."""


class GivenBack(Exception):
    """This worker was told to stop: the next one has the job at once."""


@dataclass(frozen=True, slots=True)
class Work:
    """A claimed job as its handler sees it. No transaction is open between the ones that the handler asks for.

    ``stopping`` says whether the worker was told to stop.
    """

    engine: Engine
    clock: Callable[[], dt.datetime]
    job_id: uuid.UUID
    kind: str
    attempt: int
    payload: dict[str, Any]
    stopping: Callable[[], bool] = lambda: False

    def now(self) -> dt.datetime:
        """The present instant."""
        return self.clock()

    @contextmanager
    def transaction(self, *, one_state: bool = False) -> Iterator[Session]:
        """A session that writes, committed at the end of the block. Keep it short: with SQLite everyone else waits."""
        with writing(self.engine, one_state=one_state) as session:
            yield session

    def renew(self, done: int = 0, total: int = 0) -> None:
        """Keep the job for another ``LEASE`` and say how far it is. LeaseLost when it is no longer ours: stop then.

        GivenBack when the worker was told to stop: it costs the job no try, and whoever takes it up goes on.
        """
        if self.stopping():
            with self.transaction() as session:
                self._change(session, state="queued", attempt=self.attempt - 1, lease_until=None)
            raise GivenBack
        with self.transaction() as session:
            self._change(session, lease_until=self.clock() + LEASE, done=done, total=total)

    def hold(self, session: Session) -> None:
        """Nobody else takes the job before this transaction ends. LeaseLost when it is no longer ours: store nothing then."""
        if session.scalar(select(Job.id).where(*self._ours()).with_for_update()) is None:
            raise LeaseLost

    def finish(self) -> None:
        """Done."""
        with self.transaction() as session:
            self._change(session, state="done", lease_until=None)

    def fail(self, message: str) -> None:
        """Try again later, each time twice as late; after ``TRIES`` it stays failed, to be seen by a person."""
        if self.attempt >= TRIES:
            self.give_up(message)
            return
        again = self.clock() + dt.timedelta(seconds=15 * 2**self.attempt)
        with self.transaction() as session:
            self._change(session, state="queued", run_after=again, lease_until=None, message=message[:500])

    def give_up(self, message: str) -> None:
        """No further try: the rules forbid it, or there were enough."""
        with self.transaction() as session:
            self._change(session, state="failed", lease_until=None, message=message[:500])
            _tell_given_up(session, self.kind, self.payload, self.clock())

    def _change(self, session: Session, **values: Any) -> None:
        if session.scalar(update(Job).where(*self._ours()).values(**values).returning(Job.id)) is None:
            raise LeaseLost

    def _ours(self) -> tuple[ColumnElement[bool], ...]:
        return Job.id == self.job_id, Job.state == "running", Job.attempt == self.attempt


@contextmanager
def writing(engine: Engine, *, one_state: bool = False) -> Iterator[Session]:
    """A session of nobody's whose transaction may write from its start (SQLite), committed at the end of the block.

    ``one_state``: all that it reads is of one moment, and it fails where another one changed what it changes.
    """
    options: dict[str, Any] = {"writing": True}
    if one_state and engine.dialect.name == "postgresql":
        options["isolation_level"] = "REPEATABLE READ"
    with Session(engine) as session:
        session.connection(execution_options=options)
        yield session
        session.commit()


def enqueue(
    session: Session, kind: str, payload: dict[str, Any], now: dt.datetime, id_: uuid.UUID | None = None,
    owner_id: uuid.UUID | None = None,
) -> Job:  # fmt: skip
    """Add a job to the transaction at hand: it exists only if that is committed. The owner may see how far it is.

    The payload also keeps for which request it is done (``request_id``), as the log says it.
    """
    if request_id := errand():
        payload = {**payload, "request_id": request_id}
    job = Job(
        id=id_ or new_id(), kind=kind, payload=payload, state="queued", attempt=0, run_after=now, lease_until=None,
        message="", created_at=now, owner_id=owner_id, done=0, total=0,
    )  # fmt: skip
    session.add(job)
    return job


def _due(now: dt.datetime) -> ColumnElement[bool]:
    """SQL: a job whose time has come, or whose worker is gone."""
    waits = and_(Job.state == "queued", Job.run_after <= now)
    return and_(Job.state.in_(_OPEN), or_(waits, and_(Job.state == "running", Job.lease_until < now)))


def has_work(session: Session, now: dt.datetime) -> bool:
    """Whether there is anything to plan or to claim: one question, so that who finds nothing takes no writer's turn."""
    planned = select(func.count()).where(Job.id.in_([_day_id(now), _hour_id(now)])).scalar_subquery()
    return bool(session.scalar(select(or_(exists().where(_due(now)), planned < 2))))


def claim(session: Session, now: dt.datetime) -> Job | None:
    """Take the job that has been due longest, or one whose worker is gone; the caller commits before it works.

    One that took its worker with it ``TRIES`` times is given up.
    """
    oldest = select(Job).where(_due(now)).order_by(Job.run_after).limit(1).with_for_update(skip_locked=True)
    while (job := session.scalar(oldest)) is not None:
        if job.attempt < TRIES:
            job.state, job.attempt, job.lease_until = "running", job.attempt + 1, now + LEASE
            return job
        job.state, job.lease_until, job.message = "failed", None, "its worker died"
        _tell_given_up(session, job.kind, job.payload, now)
        session.flush()
    return None


def _tell_given_up(session: Session, kind: str, payload: dict[str, Any], now: dt.datetime) -> None:
    if tell := WHEN_GIVEN_UP.get(kind):
        tell(session, payload, now)


def queue_again(job: Job, now: dt.datetime) -> None:
    """One that was given up is due again, with as many tries as a new one."""
    job.state, job.attempt, job.run_after, job.message = "queued", 0, now, ""
    job.payload = {name: value for name, value in job.payload.items() if name != PUT_ASIDE}


def put_aside(job: Job, now: dt.datetime) -> None:
    """One that was given up stays so, as a record that calls nobody any more."""
    job.payload = {**job.payload, PUT_ASIDE: now.isoformat()}


def owned_job(session: Session, job_id: uuid.UUID, owner_id: uuid.UUID) -> Job | None:
    """The job, for the one who started it; None for anyone else."""
    return session.scalar(select(Job).where(Job.id == job_id, Job.owner_id == owner_id))


def given_up(session: Session, ids: Collection[uuid.UUID]) -> set[uuid.UUID]:
    """Those of these jobs that were given up. Ask only for what the asker sees: a job itself says nothing of that."""
    return set(session.scalars(select(Job.id).where(Job.id.in_(ids), Job.state == "failed"))) if ids else set()


def _day_id(now: dt.datetime) -> uuid.UUID:
    return uuid.uuid5(_DAILY, tokyo_day(now).isoformat())


def _hour_id(now: dt.datetime) -> uuid.UUID:
    return uuid.uuid5(_DAILY, f"{SIGN_HEADS} {now.astimezone(dt.UTC):%Y-%m-%dT%H}")


def plan_housekeeping(session: Session, now: dt.datetime) -> None:
    """Once a day; the day's own id keeps several workers from planning it twice. With it go the reminders of the day,
    and on the month's first days the marking of what has come to its time.
    """
    day, id_ = tokyo_day(now), _day_id(now)
    if session.get(Job, id_) is None:
        enqueue(session, HOUSEKEEPING, {}, now, id_)
        due = max(now, dt.datetime.combine(day, REMIND_AT, TOKYO))
        enqueue(session, REMINDERS, {"day": day.isoformat()}, due, uuid.uuid5(id_, REMINDERS))
        if day.day <= FIRST_DAYS:
            enqueue(session, MARK_MONTH, {"day": day.isoformat()}, now, uuid.uuid5(id_, MARK_MONTH))


def worker_seen_at(session: Session) -> dt.datetime | None:
    """When a worker last planned its work of an hour, as each does that is free; None where none ever has."""
    return session.scalar(select(func.max(Job.created_at)).where(Job.kind == SIGN_HEADS))


def is_unwatched(session: Session, now: dt.datetime) -> bool:
    """Whether no worker was there for some days until this hour: the machine was off, or a clock has jumped ahead."""
    if session.get(Job, _hour_id(now)) is not None:
        return False
    seen = worker_seen_at(session)
    return seen is not None and now - seen > UNWATCHED


def plan_signing(session: Session, now: dt.datetime) -> None:
    """Once an hour, the heads of the chain are signed."""
    id_ = _hour_id(now)
    if session.get(Job, id_) is None:
        enqueue(session, SIGN_HEADS, {}, now, id_)


def keep_house(session: Session, now: dt.datetime) -> None:
    """Pass on what waits for posts that ended, and remove what has no use any more: old failed tries, changes
    that every device has seen, device sessions long over, jobs long done.
    """
    release_vacant_steps(session, None, now)
    clear_tries(session, now)
    clear_challenges(session, now)
    forget_old_changes(session, now)
    forget_devices(session, now - KEEP_SESSIONS)
    session.execute(delete(Job).where(Job.state == "done", Job.created_at < now - KEEP_SESSIONS))
