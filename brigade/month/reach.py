"""Whose months, statistics and pay one may ask for: those of the units that one leads or stands over."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import CTE, select
from sqlalchemy.orm import Session, aliased

from brigade.actor import Actor
from brigade.problems import NotFound, Refused
from brigade.units import Unit, UnitTree, above, valid_on

NAMED = {"as_system": "the names on a report are part of it"}


class Led(NamedTuple):
    """A unit, the line from it up to the bureau, and the day on which it stood in that line."""

    unit: Unit
    line: list[Unit]
    day: dt.date


def led_unit(session: Session, actor: Actor, unit_id: uuid.UUID, day: dt.date) -> Led:
    """The unit with the line in which it stood on that day, or on its own first or last day where it was not there.

    NotFound for a unit that one cannot see, Refused for one that one neither leads nor stands over: members have their
    own record.
    """
    unit, day = _standing(session, unit_id, day)
    line = list(session.scalars(above(unit_id, day), execution_options=NAMED))
    _check_reach(actor, (found.id for found in line))
    return Led(unit, line, day)


def check_leads(session: Session, actor: Actor, unit_id: uuid.UUID, day: dt.date) -> Unit:
    """The unit alone; refusals as ``led_unit``."""
    unit, day = _standing(session, unit_id, day)
    over = select(UnitTree.above_id).where(UnitTree.below_id == unit_id, valid_on(UnitTree, day))
    _check_reach(actor, session.scalars(over))
    return unit


def _standing(session: Session, unit_id: uuid.UUID, day: dt.date) -> tuple[Unit, dt.date]:
    unit = session.scalar(select(Unit).where(Unit.id == unit_id))
    if unit is None:
        raise NotFound()
    if unit.valid_to is not None and unit.successor_id is None:
        day = min(day, unit.valid_to)
    return unit, max(day, unit.valid_from)


def _check_reach(actor: Actor, line: Iterable[uuid.UUID]) -> None:
    if not {held for _, held in actor.reach}.intersection(line):
        raise Refused("not-permitted")


def heirs(units: list[uuid.UUID], name: str = "heirs") -> CTE:
    """SQL: rows of ``unit_id`` and ``heir_id``: each of these units as its own heir, and all that it took over."""
    unit, older = Unit.__table__.alias("heir"), Unit.__table__.alias("older")
    start = select(unit.c.id.label("unit_id"), unit.c.id.label("heir_id")).where(unit.c.id.in_(units))
    found = start.cte(name, recursive=True)
    more = select(older.c.id, found.c.heir_id).join(found, older.c.successor_id == found.c.unit_id)
    return found.union_all(more)


def with_predecessors(session: Session, unit: Unit) -> set[uuid.UUID]:
    """The unit and those it took over: their reports are its own now."""
    return set(session.scalars(select(heirs([unit.id]).c.unit_id), execution_options=NAMED))


Successors = Mapping[uuid.UUID, uuid.UUID]


def successors(session: Session, bureau_id: uuid.UUID, day: dt.date) -> Successors:
    """Each unit of the city that another one had taken over by that day, and that one."""
    heir = aliased(Unit)
    asked = (
        select(Unit.id, heir.id)
        .join(heir, heir.id == Unit.successor_id)
        .where(Unit.bureau_id == bureau_id, heir.valid_from <= day)
    )
    return dict(session.execute(asked, execution_options=NAMED).all())


def taken_over(unit_id: uuid.UUID, after: Successors) -> set[uuid.UUID]:
    """The unit and all that it took over, at once or one after the other."""
    return {unit_id, *(older for older in after if unit_id in inherited(older, after))}


def inherited(unit_id: uuid.UUID, after: Successors) -> list[uuid.UUID]:
    """The unit and those that took it over, the first one next."""
    line = [unit_id]
    while line[-1] in after:
        line.append(after[line[-1]])
    return line
