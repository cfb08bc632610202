"""Adding up reports in the database: what the statistics and the year so far are made of.

Counted is what was submitted and not withdrawn, in the month in Japan in which it began. All that is added up is found
under the asker's scope; the people of a report are joined to it as plain rows, since whoever may read it may read them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import BigInteger, Case, ColumnElement, Select, String, case, cast, column, func, or_, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Participation
from brigade.activity.kinds import catalogue
from brigade.dates import month_bounds
from brigade.month.figures import COUNTED
from brigade.month.minutes import MinutesBetween

PART = Participation.__table__.alias("part")
ANY = ActivityReport.__table__.alias("any_report")
"""Of whoever's sight: the scope's rule is not put on a plain table."""

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
    """One report, as far as it is counted. ``beside``: the columns that were asked for beside.

    Or ``many`` together: of one event, or each of an event of its own (None).
    """

    kind: str
    month: str
    event: str | None
    people: int
    minutes: int
    beside: tuple[Any, ...] = ()
    many: int = 1


def reported(
    session: Session, level: str, units: Collection[UUID], first: str, last: str, beside: Sequence[Any] = ()
) -> list[Reported]:
    """The reports that ``counted`` counts, each once, its people counted by the database; one statement.

    What several units did at one event can be added up in as many ways as there are figures only here, from one pass
    through the people: a city's year of twenty thousand reports is a hundred thousand attendances.
    """
    columns = [ActivityReport.kind, ActivityReport.month, cast(EVENT, String), *_of_each(), *beside]
    rows = session.execute(by_report(counted(columns, level, units, first, last), level))
    return [
        Reported(kind, month, event, people, int(spent), tuple(rest))
        for kind, month, event, people, spent, *rest in rows
    ]


def reported_together(session: Session, level: str, units: Collection[UUID], first: str, last: str) -> list[Reported]:
    """The same reports by kind and month, for who asks for nothing beside: a city's year in some hundred rows."""
    each = by_report(
        counted([ActivityReport.kind, ActivityReport.month, *_of_each()], level, units, first, last), level
    ).subquery()
    sums = select(each.c.kind, each.c.month, func.sum(each.c.people), func.sum(each.c.minutes))
    found = times_together(session, level, units, first, last)
    for code, at, people, minutes in session.execute(sums.group_by(each.c.kind, each.c.month)):
        found.append(Reported(code, at, None, int(people), int(minutes), many=0))
    return found


def times_together(session: Session, level: str, units: Collection[UUID], first: str, last: str) -> list[Reported]:
    """The same without the people and their minutes, which take the most of the time.

    Apart stand only the events that several reports name, since these count once in as many ways as there are figures.
    """
    kind, month, event = ActivityReport.kind, ActivityReport.month, ActivityReport.event_id
    several = (
        select(ANY.c.event_id).where(ANY.c.event_id.is_not(None)).group_by(ANY.c.event_id).having(func.count() > 1)
    )
    shared = case((event.in_(several), cast(event, String)))
    columns = [kind, month, shared.label("shared"), func.count()]
    asked = counted(columns, level, units, first, last, with_people=False)
    rows = session.execute(asked.group_by(kind, month, column("shared")))
    return [Reported(code, at, one, 0, 0, many=many) for code, at, one, many in rows]


def people_and_minutes(
    level: str, units: Collection[UUID], first: str, last: str, which: Sequence[ColumnElement[bool]]
) -> Select[Any]:
    """SQL: attendances and their minutes of the reports that ``counted`` counts and that fulfil ``which``."""
    each = by_report(counted(_of_each(), level, units, first, last).where(*which), level).subquery()
    people, minutes = each.c
    return select(func.coalesce(func.sum(people), 0), cast(func.coalesce(func.sum(minutes), 0), BigInteger))


def _of_each() -> list[ColumnElement[int]]:
    """SQL: of one report the people, and their minutes."""
    start, end = PART.c.started_at, PART.c.ended_at
    own = or_(start.is_not(None), end.is_not(None))
    whole = MinutesBetween(ActivityReport.started_at, ActivityReport.ended_at)
    spent = MinutesBetween(func.coalesce(start, ActivityReport.started_at), func.coalesce(end, ActivityReport.ended_at))
    minutes = func.coalesce(func.sum(case((own, spent))), 0) + whole * func.count(PART.c.member_id).filter(~own)
    return [func.count(PART.c.member_id).label("people"), minutes.label("minutes")]


def by_report(asked: Select[Any], level: str) -> Select[Any]:
    """SQL: a row for each report. By the unit and time first: so the index gives them in order, and nothing is to be sorted."""
    return asked.group_by(unit_column(level), ActivityReport.started_at, ActivityReport.id)


Key = TypeVar("Key")


def tallied(rows: Iterable[Reported], keys: Callable[[Reported], Iterable[Key]], *, once: bool) -> dict[Key, Tally]:
    """The reports added up under each of their ``keys``. Without ``once`` (the setting ``incidents_once``) each report is
    a time of its own.
    """
    events: dict[Key, set[str]] = defaultdict(set)
    alone: Counter[Key] = Counter()
    sums: dict[Key, list[int]] = defaultdict(lambda: [0, 0, 0])
    for row in rows:
        for key in keys(row):
            if row.event is None:
                alone[key] += row.many
            else:
                events[key].add(row.event)
            sum_ = sums[key]
            sum_[0] += row.many
            sum_[1] += row.people
            sum_[2] += row.minutes
    return {key: Tally(alone[key] + len(events[key]) if once else sum_[0], *sum_) for key, sum_ in sums.items()}
