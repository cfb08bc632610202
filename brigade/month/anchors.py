"""Where the chains stood that a month's reports belong to when it was sealed. An edition keeps it, its cover prints it and
the station is told of it: what has left the house so nobody can rewrite unseen (``chain/``).

The chains are read and not held: what is filed meanwhile does not wait for the sealing.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from brigade.activities import ActivityReport
from brigade.chain.tables import ChainHead
from brigade.dates import month_bounds
from brigade.month.heirs import with_predecessors
from brigade.units import Unit

OF_THE_SEALED = {"as_system": "whose chains the reports of a sealed month stand in"}


def heads_of(session: Session, unit: Unit, month: str) -> list[list[Any]]:
    """``[chain, name of its unit, length, digest]`` of each chain in which reports of the unit's month stand, by name.

    Ids and digests as text (hexadecimal). A sealing's own links come after these heads.
    """
    first, after = month_bounds(month)
    chain = func.coalesce(ActivityReport.brigade_id, ActivityReport.station_id, ActivityReport.bureau_id)
    chains = select(chain).distinct().where(
        ActivityReport.month == month,
        ActivityReport.started_at >= first,  # says the month again, in the words of the index on units and times
        ActivityReport.started_at < after,
        getattr(ActivityReport, f"{unit.level}_id").in_(with_predecessors(session, unit)),
    )
    return heads_at(session, session.scalars(chains, execution_options=OF_THE_SEALED).all())


def heads_at(session: Session, chains: Sequence[uuid.UUID]) -> list[list[Any]]:
    """The same of these chains, as they are now."""
    asked = select(ChainHead, Unit.name).join(Unit, Unit.id == ChainHead.chain_id).where(ChainHead.chain_id.in_(chains))
    found = session.execute(asked.order_by(Unit.name, Unit.id), execution_options=OF_THE_SEALED)
    return [[str(head.chain_id), name, head.length, head.digest.hex()] for head, name in found]
