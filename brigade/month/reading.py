"""Reading one unit's month from the store: every report with its people, its way of approval and what it earns.

What the asker may not see is not there either: the same scope rule stands in every query, so a sheet never adds up
what its reader could not open.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, func, null, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.surroundings import place_of
from brigade.activity.workflow import State
from brigade.actor import Actor
from brigade.dates import month_bounds, month_days
from brigade.db import key_of
from brigade.month.departed import missing, with_departed
from brigade.month.earnings import month_pay
from brigade.month.heirs import NAMED, Successors, successors, with_predecessors
from brigade.month.reach import led_unit
from brigade.month.report_rows import line_by_keys, line_of, people_of, rows_of
from brigade.month.rows import Head, MonthHeads, MonthRows, ReportRow, UnitRow
from brigade.month.said import said
from brigade.month.years import years
from brigade.organisation.people import Member
from brigade.organisation.ranks import LEVELS, Level
from brigade.organisation.unit_settings import on_any_day
from brigade.organisation.units import Unit, UnitParent, UnitTree, valid_on

NAMED_WITH = (Level.SECTION, Level.SQUAD)


def month_rows(session: Session, actor: Actor, unit_id: uuid.UUID, month: str) -> MonthRows:
    """The month of one unit as it is now. NotFound for a unit one cannot see, Refused for one that one does not lead."""
    first, last = month_days(month)
    unit, line, day = led_unit(session, actor, unit_id, last)
    rows = month_reports(session, unit, month)
    until = max(last, unit.valid_from)  # a unit that began later answers for those that it took over
    after = successors(session, unit.bureau_id, until)
    places = {str(row.id): place_of(row) for row in rows}
    settings = on_any_day(session, {unit.id, *places.values()})
    reports = rows_of(session, rows, after, settings, rows)
    people = people_of(session, reports, month)
    pay, rules = month_pay(session, actor.bureau_id, month, reports, places, settings)
    units = all_units(session, unit, first, until, reports)
    return MonthRows(
        month=month,
        unit_id=str(unit.id),
        unit_name=unit.name,
        level=unit.level,
        path=tuple(found.name for found in reversed(line)),
        read_at=actor.now,
        read_by=session.get_one(Member, actor.member_id).name,
        units=units,
        people=people,
        reports=reports,
        pay=pay,
        rules=rules,
        said=said(session, units, month),
        years=years(session, actor, unit, units, month),
        incidents_once=settings.on(unit.id, day).incidents_once,
    )


def month_reports(session: Session, unit: Unit, month: str) -> Sequence[ActivityReport]:
    """All of the unit's month that the actor may see, but what was never submitted, by time."""
    return session.scalars(
        select(ActivityReport)
        .where(_in_month(session, unit, month))
        .order_by(ActivityReport.started_at, ActivityReport.number, ActivityReport.id)
    ).all()


def month_heads(session: Session, actor: Actor, unit_id: uuid.UUID, month: str) -> MonthHeads:
    """The same month counted by the database, for who needs no report by itself. NotFound and Refused as there."""
    first, last = month_days(month)
    unit, line, _ = led_unit(session, actor, unit_id, last)
    until = max(last, unit.valid_from)
    after = successors(session, unit.bureau_id, until)
    heads = _heads(session, unit, month, after)
    units = all_units(session, unit, first, until, heads)
    path = tuple(found.name for found in reversed(line))
    return MonthHeads(month, str(unit.id), unit.name, unit.level, path, units, heads, said(session, units, month))


def _heads(session: Session, unit: Unit, month: str, after: Successors) -> tuple[Head, ...]:
    ids = [getattr(ActivityReport, f"{level}_id") for level in Level] + [ActivityReport.awaiting_unit_id]
    columns = [*map(key_of, ids), ActivityReport.state, func.count()]
    counted = select(*columns).where(_in_month(session, unit, month)).group_by(*ids, ActivityReport.state)
    line, levels = line_by_keys(after), [level.value for level in Level]
    return tuple(
        Head(line(*units), state, levels[units.index(waits_at)] if waits_at and waits_at in units else None, many)
        for *units, waits_at, state, many in session.execute(counted)
    )


def month_lines(
    session: Session, unit: Unit, month: str, after: Successors, levels: Collection[Level]
) -> Iterator[Head]:
    """Each line of units, of these levels, that some report of the month names: for ``all_units``."""
    rows = session.execute(select(*line_columns(levels)).where(_in_month(session, unit, month)).distinct())
    return (Head(line_of(row, after), "", None) for row in rows)


def line_columns(levels: Collection[Level]) -> list[Any]:
    """The columns of a report's line of units (for ``line_of``), null at other levels than these."""
    names = {level: f"{level}_id" for level in Level}
    return [getattr(ActivityReport, name) if level in levels else null().label(name) for level, name in names.items()]


def _in_month(session: Session, unit: Unit, month: str) -> ColumnElement[bool]:
    first, after = month_bounds(month)
    return and_(
        ActivityReport.month == month,
        # Says the month again, in the words of the index on units and times.
        ActivityReport.started_at >= first,
        ActivityReport.started_at < after,
        getattr(ActivityReport, f"{unit.level}_id").in_(with_predecessors(session, unit)),
        ActivityReport.state != State.DRAFT.value,
    )


def all_units(
    session: Session, top: Unit, first: dt.date, last: dt.date, reports: Iterable[ReportRow | Head],
    levels: Collection[Level] = LEVELS, *, only_named: bool = False,
) -> tuple[UnitRow, ...]:  # fmt: skip
    """The units of the month (``units_of``) with those that left within it and have reports in it. ``reports`` name no
    units of other levels. ``only_named``: those that they name.
    """
    reports = list(reports)
    named = {top.id, *(uuid.UUID(id_) for report in reports for id_ in report.unit_ids)} if only_named else None
    units = tuple(units_of(session, top, first, last, levels, named))
    gone = dict(missing(units, reports))
    if not gone:
        return units
    asked = select(Unit.id, Unit.name, Unit.level).where(Unit.id.in_([uuid.UUID(id_) for id_ in gone]))
    found = {str(id_): (name, level) for id_, name, level in session.execute(asked, execution_options=NAMED)}
    names = {unit.id: unit.name for unit in units} | {id_: name for id_, (name, _) in found.items()}
    known = {
        id_: UnitRow(id_, name, f"{names[gone[id_]]} {name}" if level in NAMED_WITH else name, level, 0)
        for id_, (name, level) in found.items()
    }
    return with_departed(units, reports, known)


def units_of(
    session: Session, top: Unit, first: dt.date, last: dt.date, levels: Collection[Level] = LEVELS,
    named: Collection[uuid.UUID] | None = None,
) -> Iterable[UnitRow]:  # fmt: skip
    """The unit and all below it that stood in the month, each directly after its parent, in order of code. ``levels``: from
    the top down to where one looks; ``named``: whole lines of units, no others are read.
    """
    asked = (
        select(Unit.id, Unit.name, Unit.level, Unit.valid_to, UnitTree.depth, UnitParent.parent_id)
        .join(UnitTree, UnitTree.below_id == Unit.id)
        .outerjoin(UnitParent, and_(UnitParent.unit_id == Unit.id, valid_on(UnitParent, last)))
        .where(
            UnitTree.above_id == top.id,
            valid_on(UnitTree, last),
            Unit.valid_from <= last,
            Unit.level.in_([level.value for level in levels]),
        )
        .order_by(Unit.code, Unit.id)
    )
    rows = session.execute(asked if named is None else asked.where(Unit.id.in_(named)), execution_options=NAMED)
    children: dict[uuid.UUID | None, list[Any]] = defaultdict(list)
    for row in rows:
        children[row.parent_id if row.depth else None].append(row)

    def down(parent_id: uuid.UUID | None, parent: str = "") -> Iterable[UnitRow]:
        for unit in children[parent_id]:
            # 第一班 stands in every company: below the sheet's own children the one above is named too.
            depth = unit.depth
            label = f"{parent} {unit.name}" if depth > 1 and unit.level in NAMED_WITH else unit.name
            if not depth or unit.valid_to is None or unit.valid_to >= first:
                yield UnitRow(str(unit.id), unit.name, label, unit.level, depth)
            yield from down(unit.id, unit.name)

    return down(None)
