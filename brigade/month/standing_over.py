"""Under whom a unit stood at a month's end: who may seal the month, and who is told that it is to be sealed again."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.month.heirs import inherited, successors, with_predecessors
from brigade.organisation.people import Post
from brigade.organisation.ranks import PostName
from brigade.organisation.units import Unit, UnitTree, valid_on

ON_ITS_LINE = {"as_system": "who stands over a unit decides who may seal its month"}


def over(session: Session, unit: Unit, day: dt.date) -> set[uuid.UUID]:
    """The unit and all above it on that day. Of one that took others over since: what stood over each of them."""
    own = select(Unit).where(Unit.id.in_(with_predecessors(session, unit)), Unit.valid_from <= day)
    stood = [one.id for one in session.scalars(own, execution_options=ON_ITS_LINE)]
    return set.intersection(*([line(session, id_, day) for id_ in stood] or [line(session, unit.id, unit.valid_from)]))


def line(session: Session, unit_id: uuid.UUID, day: dt.date) -> set[uuid.UUID]:
    """The unit and all above it on that day."""
    above = select(UnitTree.above_id).where(UnitTree.below_id == unit_id, valid_on(UnitTree, day))
    return {unit_id, *session.scalars(above, execution_options=ON_ITS_LINE)}


def officers_over(session: Session, unit: Unit, day: dt.date, today: dt.date) -> list[uuid.UUID]:
    """The officers today of the station over the unit on that day, or of the one that took that station over since."""
    after = successors(session, unit.bureau_id, today)
    units = {heir for id_ in over(session, unit, day) for heir in inherited(id_, after)}
    held = select(Post.member_id).where(
        Post.unit_id.in_(units), Post.post == PostName.STATION_OFFICER.value, valid_on(Post, today)
    )
    return list(session.scalars(held.distinct().order_by(Post.member_id), execution_options=ON_ITS_LINE))
