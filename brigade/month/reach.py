"""Whose months, statistics and pay one may ask for: those of the units that one leads or stands over."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from functools import lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Date, Select, and_, bindparam, case, exists, select
from sqlalchemy.orm import Session, aliased

from brigade.actor import Actor
from brigade.dates import day_start
from brigade.month.heirs import HEIR, NAMED, OLDER, Successors
from brigade.organisation.readers import visible_units
from brigade.organisation.units import Unit, UnitTree, line_of, valid_on
from brigade.problems import NotFound, Refused

VISIBLE = {"as_system": "the rule for the unit stands in the statement itself"}


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
    day = lineage(session, sight(actor), unit_id, day).day
    line = line_of(session, unit_id, day, NAMED)
    return Led(line[0], line, day)


class Lineage(NamedTuple):
    """A unit's level, the day of ``Led``, and what ``successors`` tells of its city on that day or its own first one."""

    level: str
    day: dt.date
    after: Successors


def lineage(session: Session, asker: Actor, unit_id: uuid.UUID, day: dt.date) -> Lineage:
    """What is to be known of a unit before its reports are added up, by one statement: for an ``asker`` out of ``sight``
    it is put together once. Refusals as ``led_unit``.
    """
    asked = {"unit_id": unit_id, "day": day, "reach": [held for _, held in asker.reach]}
    rows = session.execute(_lineage(asker), asked, execution_options=VISIBLE).all()
    if not rows:
        raise NotFound()
    level, day, in_reach, *_ = rows[0]
    if not in_reach:
        raise Refused("not-permitted")
    return Lineage(level, day, {older: heir for *_, older, heir in rows if heir is not None})


def sight(actor: Actor) -> Actor:
    """What the rules on units and reports look at, the same whenever that person asks on that day."""
    desks = tuple(replace(desk, for_id=None, basis=None, waiting_before=None) for desk in actor.desks)
    return replace(actor, now=day_start(actor.today), posts=(), desks=desks)


_ASKED, _OVER = bindparam("day", type_=Date), aliased(UnitTree)
_BEGUN = case((Unit.valid_from > _ASKED, Unit.valid_from), else_=_ASKED)
_DAY = case((and_(Unit.successor_id.is_(None), Unit.valid_to < _ASKED), Unit.valid_to), else_=_BEGUN)
_IN_REACH = exists().where(
    _OVER.below_id == Unit.id, _OVER.above_id.in_(bindparam("reach", expanding=True)), valid_on(_OVER, _DAY)
)
_LINEAGE = (
    select(Unit.level, _DAY, _IN_REACH, OLDER.c.id, HEIR.c.id)
    .outerjoin(OLDER, and_(OLDER.c.bureau_id == Unit.bureau_id, OLDER.c.successor_id.is_not(None)))
    .outerjoin(HEIR, and_(HEIR.c.id == OLDER.c.successor_id, HEIR.c.valid_from <= _BEGUN))
    .where(Unit.id == bindparam("unit_id"))
)
"""A row for each unit of the city that was taken over, or one."""


@lru_cache(maxsize=128)
def _lineage(asker: Actor) -> Select[Any]:
    """With the rule for the unit; kept for whoever asks again."""
    return _LINEAGE.where(visible_units(asker))
