"""Adding up reports in the database: what the statistics and the year so far are made of.

Counted is what was submitted and not withdrawn, in the month in Japan in which it began. All that is added up is found
under the asker's scope; the people of a report are joined to it as plain rows, since whoever may read it may read them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Case, ColumnElement, Select, case, cast, func, select

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


def counted(columns: Sequence[Any], level: str, units: Collection[UUID], first: str, last: str) -> Select[Any]:
    """SQL: these columns of all reports of these units, all of one level, from one month to another."""
    return (
        select(*columns)
        .select_from(ActivityReport)
        .outerjoin(PART, PART.c.report_id == ActivityReport.id)
        .where(
            unit_column(level).in_(units),
            ActivityReport.started_at >= month_bounds(first)[0],
            ActivityReport.started_at < month_bounds(last)[1],
            ActivityReport.state.in_(COUNTED),
        )
    )


def unit_column(level: str) -> Any:
    """The column of a report that names the unit of that level in its line."""
    return getattr(ActivityReport, f"{level}_id")
