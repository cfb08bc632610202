"""What an edition is compared with, and what it answers for."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.dates import month_days, tokyo_day
from brigade.month.differences import joined
from brigade.month.editions import OF_A_SEEN_ONE, Edition, editions_before, rows_of, unit_of
from brigade.month.heirs import with_predecessors
from brigade.month.rows import MonthRows
from brigade.organisation.ranks import Level
from brigade.organisation.units import Unit, UnitTree, valid_on


class Followed(NamedTuple):
    """The newest edition that one follows, the rows of all that it follows, and the stations for which it answers: for
    what was done under another one, before a brigade moved, that one's editions do.
    """

    newest: Edition
    rows: MonthRows
    stations: frozenset[str]


def followed_by(session: Session, edition: Edition) -> Followed | None:
    """What this edition follows; None for a first one."""
    before = editions_before(session, unit_of(session, edition), edition.month, edition.number)
    if not before:
        return None
    rows = joined([rows_of(session, one) for one in before], str(edition.unit_id))
    return Followed(before[0], rows, _stations(session, edition))


def _stations(session: Session, edition: Edition) -> frozenset[str]:
    """The station under which the edition was sealed, and all that it took over."""
    own = with_predecessors(session, unit_of(session, edition))
    over = UnitTree.below_id.in_(own), valid_on(UnitTree, _day(edition)), Unit.level == Level.STATION.value
    asked = select(Unit).join(UnitTree, UnitTree.above_id == Unit.id).where(*over)
    found: set[uuid.UUID] = set()
    for station in session.scalars(asked, execution_options=OF_A_SEEN_ONE):
        found |= with_predecessors(session, station)
    return frozenset(map(str, found))


def standing(session: Session, edition: Edition) -> set[uuid.UUID]:
    """The edition's unit and all that stood below it when it was sealed, or at the month's end: not what had left it."""
    own = with_predecessors(session, unit_of(session, edition))
    asked = select(UnitTree.below_id).where(UnitTree.above_id.in_(own), valid_on(UnitTree, _day(edition)))
    return set(session.scalars(asked, execution_options=OF_A_SEEN_ONE))


def _day(edition: Edition) -> dt.date:
    """The month's last day; of a month that was sealed while it went on the day of that."""
    return min(month_days(edition.month)[1], tokyo_day(edition.sealed_at))
