"""Who sees which units and which people."""

from __future__ import annotations

import uuid
from typing import Any

from sqlalchemy import ColumnElement, Select, or_, select

from brigade.actor import Actor
from brigade.organisation.people import Member, Membership
from brigade.organisation.units import Unit, UnitTree, below, is_below, valid_on


def reached(actor: Actor) -> list[uuid.UUID]:
    """Units that one may look into."""
    return [unit_id for _, unit_id in actor.reach]


def visible_units(actor: Actor) -> ColumnElement[bool]:
    """The line from one's own units up to the bureau, and all below the units one may look into."""
    reach = reached(actor)
    return or_(Unit.id.in_(line_of(actor)), Unit.id.in_(reach), is_below(Unit.id, reach, actor.today))


def line_of(actor: Actor) -> Select[Any]:
    """Ids of the units from one's own, and from those one may look into, up to the bureau."""
    own = {*actor.home, *reached(actor)}
    return select(UnitTree.above_id).where(UnitTree.below_id.in_(own), valid_on(UnitTree, actor.today))


def visible_members(actor: Actor, member_id: Any = Member.id) -> ColumnElement[bool]:
    """Oneself, the people of one's own unit, all who belong or belonged to a unit one may look into. ``member_id``: the
    column that says who it is.
    """
    now_here = select(Membership.member_id).where(Membership.unit_id.in_(actor.home), valid_on(Membership, actor.today))
    under = select(Membership.member_id).where(Membership.unit_id.in_(below(reached(actor), actor.today)))
    return or_(member_id == actor.member_id, member_id.in_(now_here), member_id.in_(under))
