"""What waits for one person: the same desks that let them decide, as SQL."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Uuid, and_, bindparam, false, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from brigade.activity.activities import ActivityReport
from brigade.activity.claims import LIVE
from brigade.activity.workflow import State
from brigade.actor import Actor, DeskHeld
from brigade.dates import month_bounds
from brigade.organisation.ranks import LEVELS
from brigade.organisation.units import Unit
from brigade.questions import Question, among

PLACES = {"as_system": "the level at which a readable report waits"}


def waiting(actor: Actor) -> ColumnElement[bool]:
    """SQL: reports that this person may decide on now. Own ones, and those with them as sole participant, never."""
    at_once = {desk.unit_id for desk in actor.desks if desk.waiting_before is None}
    places: list[ColumnElement[bool]] = [ActivityReport.awaiting_unit_id.in_(at_once)] if at_once else []
    places += [
        and_(ActivityReport.awaiting_unit_id == desk.unit_id, ActivityReport.awaiting_since <= desk.waiting_before)
        for desk in actor.desks
        if desk.waiting_before is not None and desk.unit_id not in at_once
    ]
    return _to_decide(or_(*places), actor.member_id) if places else false()


def _to_decide(places: ColumnElement[bool], me: Any) -> ColumnElement[bool]:
    sole = ActivityReport.sole_member_id
    return and_(
        ActivityReport.state == State.IN_REVIEW.value,
        places,
        ActivityReport.author_id != me,
        or_(sole.is_(None), sole != me),
    )


JUST_NOW = dt.timedelta(hours=12)
"""What one approved since then is offered to be taken back; older ones on their own pages, at any time."""


def just_approved(actor: Actor) -> ColumnElement[bool]:
    """SQL: what this person approved lately and may take back, as nobody has acted after it."""
    return and_(ActivityReport.undo_by_id == actor.member_id, ActivityReport.updated_at >= actor.now - JUST_NOW)


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts for the badges: what waits for me, what came back to me, my unfinished drafts."""

    waiting: int
    oldest_waiting_since: Any
    returned_to_me: int
    my_drafts: int


_WAITS, _ME = "waits", bindparam("me", type_=Uuid())
_COUNTS = Question(
    union_all(
        select(
            literal(_WAITS).label("what"), func.count(ActivityReport.id), func.min(ActivityReport.awaiting_since)
        ).where(_to_decide(among(ActivityReport.awaiting_unit_id, "units"), _ME)),
        select(ActivityReport.state, func.count(ActivityReport.id), null())
        .where(
            ActivityReport.author_id == _ME,
            or_(*(ActivityReport.state == state.value for state in (State.RETURNED, State.DRAFT))),
        )
        .group_by(ActivityReport.state),
    ),
    {"as_system": "what one wrote or may decide on is one's own to count"},
)
"""How many wait at these desks and since when, then how many of one's own are in each of these states."""


def summary(session: Session, actor: Actor) -> Summary:
    """The counts of one person."""
    later = [desk for desk in actor.desks if desk.waiting_before is not None]
    at_once = {desk.unit_id for desk in actor.desks if desk.waiting_before is None}
    counts = {what: row for what, *row in _COUNTS.ask(session, units=at_once, me=actor.member_id)}
    count, oldest = counts[_WAITS]
    if later:  # a deputy's, of which only those count that have waited long enough
        asked = select(func.count(ActivityReport.id), func.min(ActivityReport.awaiting_since))
        count, oldest = session.execute(asked.where(waiting(actor))).one()
    returned, drafts = (counts.get(state.value, (0,))[0] for state in (State.RETURNED, State.DRAFT))
    return Summary(count, oldest, returned, drafts)


@dataclass(slots=True)
class DeskMonth:
    """How far the reports of one month are at one desk: past it, waiting at it, still below it, with their authors."""

    month: str
    reports: int = 0
    approved: int = 0
    waiting: int = 0
    below: int = 0
    returned: int = 0


def desk_months(session: Session, desk: DeskHeld, months: Collection[str]) -> list[DeskMonth]:
    """Of these months (one at least), the oldest first; every submitted report of the desk's unit is counted."""
    place = aliased(Unit)
    counted = (
        select(ActivityReport.month, ActivityReport.state, place.level, func.count(ActivityReport.id))
        .outerjoin(place, place.id == ActivityReport.awaiting_unit_id)
        .where(
            getattr(ActivityReport, f"{desk.level}_id") == desk.unit_id,
            ActivityReport.month.in_(months),
            # The months again, in the words of the index on units and times.
            ActivityReport.started_at >= month_bounds(min(months))[0],
            ActivityReport.started_at < month_bounds(max(months))[1],
            ActivityReport.state.in_(LIVE),
        )
        .group_by(ActivityReport.month, ActivityReport.state, place.level)
    )
    found = {month: DeskMonth(month) for month in sorted(months)}
    for month, state, level, count in session.execute(counted, execution_options=PLACES):
        one = found[month]
        one.reports += count
        if state == State.RETURNED:
            one.returned += count
        elif state != State.IN_REVIEW or LEVELS.index(level) < LEVELS.index(desk.level):
            one.approved += count
        elif level == desk.level:
            one.waiting += count
        else:
            one.below += count
    return list(found.values())
