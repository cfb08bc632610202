"""Planned drills and incidents that several squads' reports belong to."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activities import Event, EventUnit
from brigade.actor import Actor
from brigade.db import new_id
from brigade.kinds import catalogue
from brigade.problems import Conflict, FieldProblem, Invalid, Refused
from brigade.units import Unit, below

LONGEST = dt.timedelta(days=14)


def create_event(
    session: Session,
    actor: Actor,
    *,
    event_id: uuid.UUID | None,
    kind: str,
    unit_id: uuid.UUID,
    unit_ids: Sequence[uuid.UUID],
    title: str,
    planned: bool,
    started_at: dt.datetime,
    ended_at: dt.datetime,
    place: str,
) -> Event:
    """An event of a unit one leads, to which units below it are called (the unit itself when none are named)."""
    problems = []
    if catalogue().get(kind) is None:
        problems.append(FieldProblem("/kind", "unknown-kind", {"kind": kind}))
    if ended_at <= started_at:
        problems.append(FieldProblem("/ended_at", "end-before-start"))
    elif ended_at - started_at > LONGEST:
        problems.append(FieldProblem("/ended_at", "too-long-activity", {"hours": LONGEST.days * 24}))
    led = set(session.scalars(below([held for _, held in actor.reach], actor.today)))
    if unit_id not in led:
        if session.scalar(select(Unit.id).where(Unit.id == unit_id)):
            raise Refused("not-permitted")
        problems.append(FieldProblem("/unit_id", "unknown-unit"))
    problems += [
        FieldProblem(f"/unit_ids/{place_}", "unknown-unit")
        for place_, called in enumerate(unit_ids)
        if called not in led
    ]
    if problems:
        raise Invalid(problems)
    if event_id is not None and session.scalar(
        select(Event.id).where(Event.id == event_id), execution_options={"as_system": "an id is taken whoever took it"}
    ):
        raise Conflict()
    event = Event(
        id=event_id or new_id(),
        version=1,
        bureau_id=actor.bureau_id,
        unit_id=unit_id,
        kind=kind,
        title=title,
        planned=planned,
        started_at=started_at,
        ended_at=ended_at,
        place=place,
        created_by_id=actor.member_id,
        created_at=actor.now,
        units=[EventUnit(unit_id=called) for called in dict.fromkeys(unit_ids or [unit_id])],
    )
    session.add(event)
    session.flush()
    return event
