"""What waits for one person: the same desks that let them decide, as SQL."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlalchemy import ColumnElement, Integer, Uuid, and_, bindparam, false, func, literal, null, or_, select, union_all
from sqlalchemy.orm import Session, aliased

from brigade.activity.activities import ActivityReport
from brigade.activity.claims import LIVE
from brigade.activity.readers import in_review_at
from brigade.activity.whole import COLUMNS, WholeReport, without_lists
from brigade.activity.workflow import State
from brigade.actor import Actor, DeskHeld
from brigade.dates import month_bounds
from brigade.db import UtcTime
from brigade.organisation.ranks import LEVELS
from brigade.organisation.units import Unit
from brigade.questions import Question

PLACES = {"as_system": "the level at which a readable report waits"}


def waiting(actor: Actor) -> ColumnElement[bool]:
    """SQL: reports that this person may decide on now. Own ones, and those with them as sole participant, never."""
    at_once, later = _desks(actor)
    if not at_once and not later:
        return false()
    return _to_decide([ActivityReport.awaiting_unit_id.in_(at_once)] if at_once else [], later, actor.member_id)


def _desks(actor: Actor) -> tuple[set[uuid.UUID], list[tuple[uuid.UUID, dt.datetime]]]:
    """The units at which the person decides at once, and others with the moment before which a report must have come."""
    at_once = {desk.unit_id for desk in actor.desks if desk.waiting_before is None}
    later = [(desk.unit_id, desk.waiting_before) for desk in actor.desks if desk.waiting_before is not None]
    return at_once, [(unit_id, before) for unit_id, before in later if unit_id not in at_once]


def _to_decide(places: Iterable[ColumnElement[bool]], later: Iterable[tuple[Any, Any]], me: Any) -> ColumnElement[bool]:
    report = ActivityReport
    sole = report.sole_member_id
    held = [and_(report.awaiting_unit_id == unit_id, report.awaiting_since <= before) for unit_id, before in later]
    return and_(in_review_at(or_(*places, *held)), report.author_id != me, or_(sole.is_(None), sole != me))


AT_DESKS = {"as_system": "what waits at one's own desks, and what one wrote, is one's own to read and count"}
_ME = bindparam("me", type_=Uuid())


Sorts = tuple[int, int]
"""How many desks of either kind: a question is put together once for each, for by a list of units no index is in order."""


def _decidable(sorts: Sorts) -> ColumnElement[bool]:
    """SQL: the same for questions that are put together once."""
    units, held, before = (
        [bindparam(f"{name}{n}", type_=kind) for n in range(count)]
        for name, kind, count in (
            ("unit", Uuid(), sorts[0]),
            ("held", Uuid(), sorts[1]),
            ("before", UtcTime(), sorts[1]),
        )
    )
    at_once = [ActivityReport.awaiting_unit_id == unit for unit in units]
    return _to_decide(at_once, zip(held, before, strict=True), _ME)


def _who(actor: Actor) -> tuple[Sorts, dict[str, Any]]:
    """The desks of this person, and the values for them."""
    at_once, later = _desks(actor)
    units = list(at_once) if at_once or later else [None]  # nothing waits at no unit
    said: dict[str, Any] = {"me": actor.member_id, **{f"unit{n}": id_ for n, id_ in enumerate(units)}}
    for n, (id_, before) in enumerate(later):
        said |= {f"held{n}": id_, f"before{n}": before}
    return (len(units), len(later)), said


ORDER = (ActivityReport.awaiting_since, ActivityReport.id)
"""The longest waiting first."""


@lru_cache(maxsize=64)
def _next(sorts: Sorts, further: bool) -> Question:
    """The reports that wait, of a page ``further`` on those after an instant and an id."""
    asked = select(*COLUMNS).where(_decidable(sorts), ActivityReport.number.is_not(None))
    if further:
        since, id_ = bindparam("since", type_=UtcTime), bindparam("id", type_=Uuid())
        same = and_(ActivityReport.awaiting_since == since, ActivityReport.id > id_)
        asked = asked.where(or_(ActivityReport.awaiting_since > since, same))
    return Question(asked.order_by(*ORDER).limit(bindparam("limit", type_=Integer)), AT_DESKS)


def next_waiting(session: Session, actor: Actor, after: Sequence[Any], limit: int) -> list[WholeReport]:
    """So many that wait, without their lists, ``after`` these values of ``ORDER`` (none: from the first on).

    One question for every request, so it is asked past the session's rules: each condition of ``readers.py`` under which
    one reads what waits at one's desk stands in it.
    """
    at = dict(zip(("since", "id"), after, strict=True)) if after else {}
    sorts, who = _who(actor)
    return without_lists(_next(sorts, bool(after)).ask(session, **who, **at, limit=limit))


JUST_NOW = dt.timedelta(hours=12)
"""What one approved since then is offered to be taken back; older ones on their own pages, at any time."""


def just_approved(actor: Actor) -> ColumnElement[bool]:
    """SQL: what this person approved lately and may take back, as nobody has acted after it."""
    return and_(ActivityReport.undo_by_id == actor.member_id, ActivityReport.updated_at >= actor.now - JUST_NOW)


def with_authors(actor: Actor) -> ColumnElement[bool]:
    """SQL: came back to its author, in a unit of one of this person's desks."""
    mine = [getattr(ActivityReport, f"{desk.level}_id") == desk.unit_id for desk in actor.desks]
    # The bureau in the words of the index on what came back.
    in_bureau = ActivityReport.bureau_id == actor.bureau_id
    return and_(ActivityReport.state == State.RETURNED.value, in_bureau, or_(false(), *mine))


@dataclass(frozen=True, slots=True)
class Summary:
    """Counts for the badges: what waits for me, what came back to me, my unfinished drafts."""

    waiting: int
    oldest_waiting_since: Any
    returned_to_me: int
    my_drafts: int


_WAITS = "waits"


@lru_cache(maxsize=64)
def _counts(sorts: Sorts) -> Question:
    """How many wait and since when, then how many of one's own are in each of two states."""
    return Question(
        union_all(
            select(
                literal(_WAITS).label("what"), func.count(ActivityReport.id), func.min(ActivityReport.awaiting_since)
            ).where(_decidable(sorts)),
            select(ActivityReport.state, func.count(ActivityReport.id), null())
            .where(
                ActivityReport.author_id == _ME,
                or_(*(ActivityReport.state == state.value for state in (State.RETURNED, State.DRAFT))),
            )
            .group_by(ActivityReport.state),
        ),
        AT_DESKS,
    )


def summary(session: Session, actor: Actor) -> Summary:
    """The counts of one person."""
    sorts, who = _who(actor)
    counts = {what: said for what, *said in _counts(sorts).ask(session, **who)}
    count, oldest = counts[_WAITS]
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
