"""What a unit is called on the pages of somebody who looks at several companies: 第一班 there is in each of them."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from api.console.pages import Visit
from brigade.actor import Actor
from brigade.organisation.ranks import Level
from brigade.organisation.units import names_in_line

TOLD = {
    Level.COMPANY: (Level.SECTION,),
    Level.BRIGADE: (Level.COMPANY, Level.SECTION),
    Level.STATION: (Level.COMPANY, Level.SECTION),
    Level.BUREAU: (Level.BRIGADE, Level.COMPANY, Level.SECTION),
}
"""The levels that are told besides the unit itself, by the highest one that a person looks into."""


def levels_told(actor: Actor) -> tuple[Level, ...]:
    """Which levels to tell this person."""
    return max((TOLD.get(Level(level), ()) for level, _ in actor.reach), key=len, default=())


def unit_names(visit: Visit, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, str]:
    """What these units are called today: ``第一分団 第一班``."""
    return names_in_line(visit.session, ids, levels_told(visit.actor), visit.actor.today)
