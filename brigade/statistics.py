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
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.kinds import catalogue
from brigade.actor import Actor
from brigade.month.heirs import NAMED, Successors, heirs, inherited, successors, taken_over
from brigade.month.reach import led_unit
from brigade.month.tallies import Tally, category, counted, measures, unit_column
from brigade.organisation.ranks import Level
from brigade.organisation.unit_settings import settings_of
from brigade.organisation.units import Unit, UnitParent

NOTHING = Tally()


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

    A fixed number of statements: some for the unit, three for the figures, one for each level directly below.
    """
    unit, _, day = led_unit(session, actor, unit_id, min(dt.date(year, 12, 31), actor.today))
    once = settings_of(session, unit.id, day).incidents_once
    after = successors(session, unit.bureau_id, dt.date.max)
    own = taken_over(unit.id, after)
    return Statistics(
        unit, year, once, _categories(session, unit, own, year, once),
        tuple(_units(session, unit, own, after, year, once)),
    )  # fmt: skip


def tally_of(numbers: Sequence[int], once: bool) -> Tally:
    """The four numbers of a row; ``once`` as the unit's setting ``incidents_once``."""
    tally = Tally(*map(int, numbers))
    return tally if once else replace(tally, times=tally.reports)


def _categories(
    session: Session, unit: Unit, own: Collection[uuid.UUID], year: int, once: bool
) -> tuple[CategoryYear, ...]:
    first, last, april, march = f"{year}-01", f"{year}-12", f"{year}-04", f"{year + 1}-03"
    kind = category().label("category")
    by_month = counted([kind, ActivityReport.month, *measures()], unit.level, own, first, last)
    months: dict[tuple[str, str], Tally] = {
        (code, month): tally_of(numbers, once)
        for code, month, *numbers in session.execute(by_month.group_by(kind, ActivityReport.month))
    }
    columns = [kind, *measures(ActivityReport.month <= last), *measures(ActivityReport.month >= april)]
    whole = counted(columns, unit.level, own, first, march).group_by(kind)
    years = {
        code: (tally_of(numbers[:4], once), tally_of(numbers[4:], once)) for code, *numbers in session.execute(whole)
    }
    return tuple(
        CategoryYear(
            code,
            tuple(months.get((code, f"{year}-{nth:02}"), NOTHING) for nth in range(1, 13)),
            *years.get(code, (NOTHING, NOTHING)),
        )
        for code in catalogue().classes["statistics"]
        if code != "none"
    )


def _units(
    session: Session, unit: Unit, own: Collection[uuid.UUID], after: Successors, year: int, once: bool
) -> list[UnitYear]:
    """The units that stood directly below in the year, in order of code; last the unit itself, where it did something."""
    children = _children(session, own, after, year)
    kinds: dict[uuid.UUID, dict[str, Tally]] = defaultdict(dict)
    columns, months = [ActivityReport.kind, *measures()], (f"{year}-01", f"{year}-12")
    alone = counted(columns, unit.level, own, *months).where(ActivityReport.unit_id.in_(own))
    for code, *numbers in session.execute(alone.group_by(ActivityReport.kind)):
        kinds[unit.id][code] = tally_of(numbers, once)
    for level in Level:
        ids = [child.id for child in children if child.level == level]
        if ids:
            held = heirs(ids)
            asked = counted([held.c.heir_id, *columns], unit.level, own, *months)
            asked = asked.join(held, held.c.unit_id == unit_column(level))
            for unit_id, code, *numbers in session.execute(asked.group_by(held.c.heir_id, ActivityReport.kind)):
                kinds[unit_id][code] = tally_of(numbers, once)
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
