"""Jobs that were given up: whoever runs the machine sees them, has them tried again, or puts them aside.

A job put aside stays as a record and calls nobody any more. Either is noted for the bureau's officer who answers for it.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from brigade import jobs
from brigade.actor import Actor
from brigade.jobs import PUT_ASIDE, Job
from brigade.organisation.office import note
from brigade.organisation.people import Member
from brigade.problems import NotFound

SEEN = {"as_system": "whose job it is that an operator deals with"}
CAUSE = re.compile(r"its worker died|[A-Za-z][A-Za-z0-9.-]*(?=:|$)")


@dataclass(frozen=True, slots=True)
class Failed:
    """``cause`` is the failure's type or the refusal's code, never what it said: that may hold names."""

    id: uuid.UUID
    kind: str
    asked_at: dt.datetime
    tries: int
    cause: str


def still_failed() -> ColumnElement[bool]:
    """SQL: given up, and nobody has dealt with it."""
    return and_(Job.state == "failed", Job.payload[PUT_ASIDE].as_string().is_(None))


def failed(session: Session) -> Sequence[Failed]:
    """Those that nobody has dealt with, the oldest first."""
    asked = select(Job.id, Job.kind, Job.created_at, Job.attempt, Job.message)
    rows = session.execute(asked.where(still_failed()).order_by(Job.created_at, Job.id))
    return [Failed(id_, kind, at, tries, _cause(said)) for id_, kind, at, tries, said in rows]


def try_again(session: Session, actor: Actor, job_id: uuid.UUID) -> None:
    """Due at once, with as many tries as a new one. NotFound for one that has not failed or is another bureau's."""
    job = _at_hand(session, actor, job_id)
    jobs.queue_again(job, actor.now)
    note(session, actor, "job.again", job.id, kind=job.kind)


def put_aside(session: Session, actor: Actor, job_id: uuid.UUID) -> None:
    """Kept, and counted no more among the failed ones. NotFound as with ``try_again``."""
    job = _at_hand(session, actor, job_id)
    jobs.put_aside(job, actor.now)
    note(session, actor, "job.aside", job.id, kind=job.kind)


def _at_hand(session: Session, actor: Actor, job_id: uuid.UUID) -> Job:
    """What nobody asked for (the daily work) any bureau's officer may answer for."""
    job = session.scalar(select(Job).where(Job.id == job_id, still_failed()).with_for_update())
    if job is None:
        raise NotFound()
    if job.owner_id is not None:
        asked = select(Member.bureau_id).where(Member.id == job.owner_id)
        if session.scalar(asked, execution_options=SEEN) != actor.bureau_id:
            raise NotFound()
    return job


def _cause(message: str) -> str:
    found = CAUSE.match(message)
    return found[0] if found else "(not shown)"
