"""Adding up reports in the database: what the statistics and the year so far are made of.

Counted is what was submitted and not withdrawn, in the month in Japan in which it began. All that is added up is found
under the asker's scope; the people of a report are joined to it as plain rows, since whoever may read it may read them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, Case, ColumnElement, Select, String, case, cast, func, or_, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Participation
from brigade.activity.kinds import catalogue
from brigade.dates import month_bounds
from brigade.month.figures import COUNTED
from brigade.month.minutes import MinutesBetween

PART = Participation.__table__.alias("part")
EVENT = func.coalesce(ActivityReport.event_id, ActivityReport.id)


@dataclass(frozen=True, slots=True)
class Tally:
    """``times`` counts what several units did at one event once, ``reports`` each report, ``person_times`` everyone at
    each; ``minutes`` are those of people.
    """

    times: int = 0
    reports: int = 0
    person_times: int = 0
    minutes: int = 0


NOTHING = Tally()


def category() -> Case[str]:
    """SQL: the category of the ministry's survey to which a report's kind belongs."""
    kinds: dict[str, list[str]] = {}
    for kind in catalogue():
        kinds.setdefault(kind.statistics_class, []).append(kind.code)
    return case(*((ActivityReport.kind.in_(codes), name) for name, codes in kinds.items()), else_="none")


def measures(when: ColumnElement[bool] | None = None) -> tuple[ColumnElement[int], ...]:
    """SQL: the four numbers of a ``Tally``, of all rows or of those that fulfil ``when``."""

    def only(value: Any) -> Any:
        return value if when is None else case((when, value))

    start = func.coalesce(PART.c.started_at, ActivityReport.started_at)
    end = func.coalesce(PART.c.ended_at, ActivityReport.ended_at)
    spent = case((PART.c.member_id.is_not(None), MinutesBetween(start, end)))  # a report without people has times too
    return (
        func.count(only(EVENT).distinct()),
        func.count(only(ActivityReport.id).distinct()),
        func.count(only(PART.c.member_id)),
        cast(func.coalesce(func.sum(only(spent)), 0), BigInteger),
    )


def counted(
    columns: Sequence[Any], level: str, units: Collection[UUID], first: str, last: str, *, with_people: bool = True
) -> Select[Any]:
    """SQL: these columns of all reports of these units, all of one level, from one month to another; a row for each person
    in them (``PART``) or for each report.
    """
    asked = select(*columns).select_from(ActivityReport)
    if with_people:
        asked = asked.outerjoin(PART, PART.c.report_id == ActivityReport.id)
    return asked.where(
        unit_column(level).in_(units),
        ActivityReport.started_at >= month_bounds(first)[0],
        ActivityReport.started_at < month_bounds(last)[1],
        ActivityReport.state.in_(COUNTED),
    )


def unit_column(level: str) -> Any:
    """The column of a report that names the unit of that level in its line."""
    return getattr(ActivityReport, f"{level}_id")


class Reported(NamedTuple):
    """One report, as far as it is counted. ``beside``: the columns that were asked for beside."""

    kind: str
    month: str
    event: str
    people: int
    minutes: int
    beside: tuple[Any, ...] = ()


def reported(
    session: Session, level: str, units: Collection[UUID], first: str, last: str, beside: Sequence[Any] = ()
) -> list[Reported]:
    """The reports that ``counted`` counts, each once, its people counted by the database; one statement.

    What several units did at one event can be added up in as many ways as there are figures only here, from one pass
    through the people: a city's year of twenty thousand reports is a hundred thousand attendances.
    """
    start, end = PART.c.started_at, PART.c.ended_at
    own = or_(start.is_not(None), end.is_not(None))
    whole = MinutesBetween(ActivityReport.started_at, ActivityReport.ended_at)
    spent = MinutesBetween(func.coalesce(start, ActivityReport.started_at), func.coalesce(end, ActivityReport.ended_at))
    asked = counted(
        [
            ActivityReport.kind, ActivityReport.month, cast(EVENT, String), func.count(PART.c.member_id),
            func.coalesce(func.sum(case((own, spent))), 0) + whole * func.count(PART.c.member_id).filter(~own), *beside,
        ],
        level, units, first, last,
    )  # fmt: skip
    # By the unit and time first: so the index gives them in order, and nothing is to be sorted.
    rows = session.execute(asked.group_by(unit_column(level), ActivityReport.started_at, ActivityReport.id))
    return [
        Reported(kind, month, event, people, int(spent), tuple(rest))
        for kind, month, event, people, spent, *rest in rows
    ]


Key = TypeVar("Key")


def tallied(rows: Iterable[Reported], keys: Callable[[Reported], Iterable[Key]], *, once: bool) -> dict[Key, Tally]:
    """The reports added up under each of their ``keys``. Without ``once`` (the setting ``incidents_once``) each report is
    a time of its own.
    """
    events: dict[Key, set[str]] = defaultdict(set)
    sums: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        for key in keys(row):
            events[key].add(row.event)
            sum_ = sums[key]
            sum_[0] += 1
            sum_[1] += row.people
            sum_[2] += row.minutes
    return {key: Tally(len(events[key]) if once else sum_[0], *sum_) for key, sum_ in sums.items()}
