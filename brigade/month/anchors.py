"""Where the chains stood that a month's reports belong to when it was sealed. An edition keeps it, its cover prints it and
the station is told of it: what has left the house so nobody can rewrite unseen (``chain/``).

The chains are read and not held: what is filed meanwhile does not wait for the sealing, unless that has come to nothing
for it again and again.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.chain.signing import sign_heads
from brigade.chain.tables import ChainHead
from brigade.dates import month_bounds, month_days, tokyo_day
from brigade.messages.notice_rules import NoticeKind
from brigade.messages.notices import tell_once
from brigade.month.editions import Edition
from brigade.month.heirs import with_predecessors
from brigade.month.standing_over import officers_over
from brigade.month.unsettled import unsettled
from brigade.organisation.units import Unit

OF_THE_SEALED = {"as_system": "whose chains the reports of a sealed month stand in"}
TOLD = {"as_system": "a station's officers are told where the chains stood when its month was sealed"}


def heads_of(session: Session, unit: Unit, month: str) -> list[list[Any]]:
    """``[chain, name of its unit, length, digest]`` of each chain in which reports of the unit's month stand, by name.

    Ids and digests as text (hexadecimal). A sealing's own links come after these heads.
    """
    return heads_at(session, chains_of(session, unit, month))


def chains_of(session: Session, unit: Unit, month: str) -> Sequence[uuid.UUID]:
    """The chains in which reports of the unit's month stand, in order."""
    first, after = month_bounds(month)
    chain = func.coalesce(ActivityReport.brigade_id, ActivityReport.station_id, ActivityReport.bureau_id)
    chains = (
        select(chain)
        .distinct()
        .where(
            ActivityReport.month == month,
            ActivityReport.started_at >= first,  # says the month again, in the words of the index on units and times
            ActivityReport.started_at < after,
            getattr(ActivityReport, f"{unit.level}_id").in_(with_predecessors(session, unit)),
        )
    )
    return sorted(session.scalars(chains, execution_options=OF_THE_SEALED))


def heads_at(session: Session, chains: Sequence[uuid.UUID]) -> list[list[Any]]:
    """The same of these chains, as they are now."""
    asked = select(ChainHead, Unit.name).join(Unit, Unit.id == ChainHead.chain_id).where(ChainHead.chain_id.in_(chains))
    found = session.execute(asked.order_by(Unit.name, Unit.id), execution_options=OF_THE_SEALED)
    return [[str(head.chain_id), name, head.length, head.digest.hex()] for head, name in found]


def tell_stations(session: Session, edition: Edition, key: str, now: dt.datetime) -> None:
    """Sign the heads of all chains with the ``key``, if there is one, and tell the officers of the station over a sealed
    month where its chains stand and who signs: by mail it leaves the house; and which sealed months are to be sealed again
    since. The officers of another station are told of those of these months that are theirs. Told again it is told once.
    """
    signed = sign_heads(session, key, now) if key else None
    chains = [uuid.UUID(chain) for chain, *_ in edition.heads or ()]
    others, today = unsettled(session, edition), tokyo_day(now)
    unit = session.get_one(Unit, edition.unit_id, execution_options=TOLD)
    data = {
        "sealed": edition.month, "unit": unit.name,
        "number": edition.number, "heads": heads_at(session, chains), "key": signed.key.hex() if signed else "",
        "again": [one.named for one in others],
    }  # fmt: skip
    own = officers_over(session, unit, today, today)
    tell_once(session, NoticeKind.MONTH_SEALED, str(edition.id), dict.fromkeys(own, data), now)
    theirs: dict[uuid.UUID, list[tuple[str, str]]] = defaultdict(list)
    for one in others:
        # Who may seal it again: the station under which it stood at that month's end (``sealing.check_may_seal``).
        stood = min(month_days(one.month)[1], today)
        its = session.get_one(Unit, one.unit_id, execution_options=TOLD)
        for officer in set(officers_over(session, its, stood, today)).difference(own):
            theirs[officer].append(one.named)
    told = {officer: {"again": months} for officer, months in theirs.items()}
    tell_once(session, NoticeKind.MONTH_TO_SEAL_AGAIN, str(edition.id), told, now)
