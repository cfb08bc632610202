"""A unit's year by the categories of the ministry's survey, with the fiscal year beside it.

What counts (survey 消防防災・震災対策現況調査 and the notes to its tables in the White Paper on Fire Service, 消防白書 2019,
chapter 2 section 3): turnouts of a calendar year as times (回数) and person-times (延べ人員), whether or not work was
done on the scene. Whether five squads at one fire are one time or five, the survey's text as we know it does not say:
``times`` counts one for each event, and the setting ``incidents_once`` says whether that or ``reports`` is handed in.

An activity belongs to the month in Japan in which it began. Of one event that reached over midnight into another month
each month counts one time, and the year one in all: the months' times may be more than the year's.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.kinds import catalogue
from brigade.actor import Actor
from brigade.month.heirs import NAMED, Successors, inherited, successors, taken_over
from brigade.month.reach import led_unit
from brigade.month.tallies import (
    NOTHING,
    Reported,
    Tally,
    reported,
    reported_together,
    tallied,
    times_together,
    unit_column,
)
from brigade.organisation.ranks import Level
from brigade.organisation.unit_settings import settings_of
from brigade.organisation.units import Unit, UnitParent


@dataclass(frozen=True, slots=True)
class CategoryYear:
    """One category: January to December, the calendar year, and the fiscal year that begins in its April."""

    code: str
    months: tuple[Tally, ...]
    calendar: Tally
    fiscal: Tally


@dataclass(frozen=True, slots=True)
class UnitYear:
    """The calendar year of one unit directly below, with all below it, by kind of activity; or, where ``unit`` is the
    asked one, of what was reported for it and not for one below.
    """

    unit: Unit
    kinds: dict[str, Tally]


@dataclass(frozen=True, slots=True)
class Statistics:
    """The year of one unit. Every category is there, also one in which nothing happened."""

    unit: Unit
    year: int
    incidents_once: bool
    categories: tuple[CategoryYear, ...]
    units: tuple[UnitYear, ...]


def statistics(session: Session, actor: Actor, unit_id: uuid.UUID, year: int) -> Statistics:
    """The calendar year of a unit that one leads or stands over. NotFound or Refused as for its months.

    A fixed number of statements: some for the unit, one for the figures.
    """
    unit, once, own, after = _asked(session, actor, unit_id, year)
    children = _children(session, own, after, year)
    levels = [level for level in Level if any(child.level == level for child in children)]
    beside = [ActivityReport.unit_id, *(unit_column(level) for level in levels)]
    rows = reported(session, unit.level, own, *_span(year), beside)
    units = _units(unit, own, children, after, [row for row in rows if row.month <= f"{year}-12"], once)
    return Statistics(unit, year, once, _categories(rows, year, once), tuple(units))


def survey(session: Session, actor: Actor, unit_id: uuid.UUID, year: int) -> tuple[Statistics, list[Reported]]:
    """The same without the units below, and the reports of both years that it was made of, by kind and month."""
    unit, once, own, _ = _asked(session, actor, unit_id, year)
    rows = reported_together(session, unit.level, own, *_span(year))
    return Statistics(unit, year, once, _categories(rows, year, once), ()), rows


def times(session: Session, actor: Actor, unit_id: uuid.UUID, first: str, last: str) -> list[Reported]:
    """The reports of these months by kind and month without their people: so a year of a whole city is soon there."""
    unit, _, own, _ = _asked(session, actor, unit_id, int(first[:4]))
    return times_together(session, unit.level, own, first, last)


def _asked(
    session: Session, actor: Actor, unit_id: uuid.UUID, year: int
) -> tuple[Unit, bool, set[uuid.UUID], Successors]:
    """The unit, how it counts, itself with all that it took over, and who took over whom."""
    unit, _, day = led_unit(session, actor, unit_id, min(dt.date(year, 12, 31), actor.today))
    after = successors(session, unit.bureau_id, dt.date.max)
    return unit, settings_of(session, unit.id, day).incidents_once, taken_over(unit.id, after), after


def _span(year: int) -> tuple[str, str]:
    """The calendar year and the fiscal year that begins in it."""
    return f"{year}-01", f"{year + 1}-03"


def _categories(rows: Sequence[Reported], year: int, once: bool) -> tuple[CategoryYear, ...]:
    categories = {kind.code: kind.statistics_class for kind in catalogue()}
    last, april = f"{year}-12", f"{year}-04"

    def keys(row: Reported) -> Iterator[tuple[str, str]]:
        code = categories.get(row.kind, "none")
        if row.month <= last:
            yield code, row.month
            yield code, "calendar"
        if row.month >= april:
            yield code, "fiscal"

    found = tallied(rows, keys, once=once)
    return tuple(
        CategoryYear(
            code,
            tuple(found.get((code, f"{year}-{nth:02}"), NOTHING) for nth in range(1, 13)),
            found.get((code, "calendar"), NOTHING),
            found.get((code, "fiscal"), NOTHING),
        )
        for code in catalogue().classes["statistics"]
        if code != "none"
    )


def _units(
    unit: Unit,
    own: Collection[uuid.UUID],
    children: Sequence[Unit],
    after: Successors,
    rows: Sequence[Reported],
    once: bool,
) -> list[UnitYear]:
    """The units that stood directly below in the year, in order of code; last the unit itself, where it did something.

    ``rows``: of the calendar year, each with its own unit and its units of the children's levels.
    """
    heir = {older: child.id for child in children for older in taken_over(child.id, after)}

    def keys(row: Reported) -> Iterator[tuple[uuid.UUID, str]]:
        if row.beside[0] in own:
            yield unit.id, row.kind
        for place in {heir[one] for one in row.beside[1:] if one in heir}:
            yield place, row.kind

    kinds: dict[uuid.UUID, dict[str, Tally]] = defaultdict(dict)
    for (unit_id, code), tally in tallied(rows, keys, once=once).items():
        kinds[unit_id][code] = tally
    found = [UnitYear(child, dict(sorted(kinds[child.id].items()))) for child in children]
    return [*found, UnitYear(unit, dict(sorted(kinds[unit.id].items())))] if kinds[unit.id] else found


def _children(session: Session, own: Collection[uuid.UUID], after: Successors, year: int) -> list[Unit]:
    """Every unit that stood directly below at some time of the year; what one of them took over is in its figures."""
    first, last = dt.date(year, 1, 1), dt.date(year, 12, 31)
    found = session.scalars(
        select(Unit)
        .where(
            Unit.id.in_(
                select(UnitParent.unit_id).where(
                    UnitParent.parent_id.in_(own),
                    UnitParent.valid_from <= last,
                    or_(UnitParent.valid_to.is_(None), UnitParent.valid_to >= first),
                )
            ),
            Unit.valid_from <= last,
            or_(Unit.valid_to.is_(None), Unit.valid_to >= first),
        )
        .order_by(Unit.code, Unit.valid_from, Unit.id),
        execution_options=NAMED,
    ).all()
    ids = {unit.id for unit in found} | set(own)
    return [unit for unit in found if unit.id not in own and not ids & set(inherited(unit.id, after)[1:])]
