"""The totals of a month added up by the database: for who needs no report by itself.

Every figure equals that of the sheet made from the same month (``figures.py``), cell by cell; a test holds both to it.
What the asker may not see is not counted, as in ``reading.py``. Pay is not here: it is worked out person by person.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache, reduce
from operator import add
from typing import Any, NamedTuple

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    CompoundSelect,
    Select,
    String,
    Uuid,
    case,
    cast,
    func,
    null,
    or_,
    select,
    union_all,
)
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Participation
from brigade.activity.readers import readable_reports
from brigade.activity.workflow import State
from brigade.actor import Actor
from brigade.dates import month_bounds, month_days
from brigade.month.figures import COUNTED
from brigade.month.heirs import inherited, taken_over
from brigade.month.minutes import MinutesBetween
from brigade.month.reach import lineage, sight
from brigade.organisation.ranks import LEVELS, Level

PEOPLE = {"as_system": "the people of reports read under the asker's scope"}
"""The rule for the reports stands in the statement itself; asked again for each person, it would take most of the time."""


class Sum(NamedTuple):
    """``times`` reports, ``person_times`` attendances, whole ``minutes`` of people; reports in review and returned."""

    times: int = 0
    person_times: int = 0
    minutes: int = 0
    waiting: int = 0
    returned: int = 0

    def plus(self, other: Sum) -> Sum:
        """Both together, number by number."""
        return Sum._make(map(add, self, other))


@dataclass(frozen=True, slots=True)
class Totals:
    """The unit's month in all, by kind code, and by id for each unit at or below it that has reports, with all below
    that one.
    """

    whole: Sum
    kinds: Mapping[str, Sum]
    units: Mapping[uuid.UUID, Sum]

    def of(self, unit_id: uuid.UUID) -> Sum:
        """One unit's; zeros for a unit without reports."""
        return self.units.get(unit_id, Sum())


def month_totals(session: Session, actor: Actor, unit_id: uuid.UUID, month: str, down_to: Level = LEVELS[-1]) -> Totals:
    """The totals as they are now, of units down to that level. NotFound for a unit one cannot see, Refused for one that one
    does not lead.
    """
    last = month_days(month)[1]
    asker = sight(actor)
    level, _, after = lineage(session, asker, unit_id, last)
    statement = _statement(asker, Level(level), down_to, frozenset(taken_over(unit_id, after)), month)
    kinds: dict[str, Sum] = {}
    reported: dict[uuid.UUID, Sum] = {}
    for kind, unit, *sums in session.execute(statement, execution_options=PEOPLE).all():
        if kind is not None:
            kinds[kind] = Sum._make(sums)
        else:
            reported[unit] = Sum._make(sums)
    units = dict(reported)
    for older in reported.keys() & after.keys():
        for heir in inherited(older, after)[1:]:
            units[heir] = units.get(heir, Sum()).plus(reported[older])
    return Totals(reduce(Sum.plus, kinds.values(), Sum()), kinds, units)


@lru_cache(maxsize=128)
def _statement(
    actor: Actor, level: Level, down_to: Level, units: frozenset[uuid.UUID], month: str
) -> CompoundSelect[Any]:
    """Rows (kind or null, unit or null, five sums): each report's people are counted once, then added up in each way.

    To put it together takes half as long as its answer, so it is kept for whoever asks again.
    """
    levels = LEVELS[LEVELS.index(level) : LEVELS.index(down_to) + 1] or (level,)
    reports = _reports(actor, level, levels, units, month).cte("reports")
    held = reports.c
    sums = (
        func.count(),
        cast(func.sum(held.people), BigInteger),
        cast(func.sum(held.minutes), BigInteger),
        func.count().filter(held.waiting),
        func.count().filter(held.returned),
    )
    ways: list[Select[Any]] = [select(held.kind, cast(null(), Uuid), *sums).group_by(held.kind)]
    for one in levels:
        unit = held[f"{one}_id"]
        ways.append(select(cast(null(), String), unit, *sums).where(unit.is_not(None)).group_by(unit))
    return union_all(*ways)


def _reports(
    actor: Actor, level: Level, levels: Collection[Level], units: Collection[uuid.UUID], month: str
) -> Select[Any]:
    """The counted reports with their units, people and minutes."""
    report, part = ActivityReport, Participation
    first, after = month_bounds(month)
    own_times = or_(part.started_at.is_not(None), part.ended_at.is_not(None))
    own = MinutesBetween(
        func.coalesce(part.started_at, report.started_at), func.coalesce(part.ended_at, report.ended_at)
    )
    minutes = func.coalesce(func.sum(case((own_times, own))), 0) + MinutesBetween(
        report.started_at, report.ended_at
    ) * func.count(part.member_id).filter(~own_times)
    return (
        select(
            report.kind, (report.state == State.IN_REVIEW.value).label("waiting"),
            (report.state == State.RETURNED.value).label("returned"), *(getattr(report, f"{one}_id") for one in levels),
            func.count(part.member_id).label("people"), minutes.label("minutes"),
        )
        .outerjoin(part, part.report_id == report.id)
        .where(
            report.month == month, *_began(first, after), getattr(report, f"{level}_id").in_(units),
            report.state.in_(COUNTED), readable_reports(actor),
        )
        # By the unit first: so the index gives them in order, of several units as well, and nothing is to be sorted.
        .group_by(getattr(report, f"{level}_id"), report.started_at, report.id)
    )  # fmt: skip


def _began(first: dt.datetime, after: dt.datetime) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """Says again what the month says, in the words of the index on units and times."""
    return ActivityReport.started_at >= first, ActivityReport.started_at < after
