"""Which units took which over: what was reported for the older one belongs to its heir now."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

from sqlalchemy import CTE, and_, select
from sqlalchemy.orm import Session

from brigade.organisation.units import Unit

NAMED = {"as_system": "the names on a report are part of it"}
Successors = Mapping[uuid.UUID, uuid.UUID]
OLDER, HEIR = Unit.__table__.alias("older"), Unit.__table__.alias("heir")
TAKEN_OVER = and_(OLDER.c.successor_id == HEIR.c.id, OLDER.c.successor_id.is_not(None))
"""SQL: the heir took the older one over. That there is one at all is said for the planner: few units have a successor."""


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


def successors(session: Session, bureau_id: uuid.UUID, day: dt.date) -> Successors:
    """Each unit of the city that another one had taken over by that day, and that one."""
    asked = select(OLDER.c.id, HEIR.c.id).where(TAKEN_OVER, OLDER.c.bureau_id == bureau_id, HEIR.c.valid_from <= day)
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
