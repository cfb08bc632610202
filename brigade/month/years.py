"""The year so far beside a month: each unit's categories of the ministry's survey, by calendar and by fiscal year."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import Any

from sqlalchemy import CTE, ColumnElement, CompoundSelect, Select, case, func, select, union_all
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.kinds import catalogue
from brigade.activity.readers import readable_reports
from brigade.actor import Actor
from brigade.dates import MONTHS, fiscal_year, month_days
from brigade.month.heirs import heirs, with_predecessors
from brigade.month.rows import UnitRow, YearRow
from brigade.month.tallies import EVENT, PART, category, counted, unit_column
from brigade.organisation.ranks import Level
from brigade.organisation.units import Unit

PEOPLE = {"as_system": "the people of reports read under the asker's scope"}
"""The rule for the reports stands in the statement itself."""


def years(session: Session, actor: Actor, top: Unit, units: Sequence[UnitRow], month: str) -> tuple[YearRow, ...]:
    """Of each of the ``units`` at or below ``top``, with all below it and all that it took over; in their order.

    One statement, which goes through the reports once, however many units.
    """
    if not units:
        return ()
    found = {}
    for unit_id, code, *numbers in session.execute(
        _statement(session, actor, top, units, month), execution_options=PEOPLE
    ):
        found[str(unit_id), code] = YearRow(str(unit_id), code, *map(int, numbers))
    codes = [code for code in catalogue().classes["statistics"] if code != "none"]
    return tuple(found[unit.id, code] for unit in units for code in codes if (unit.id, code) in found)


def _statement(session: Session, actor: Actor, top: Unit, units: Sequence[UnitRow], month: str) -> CompoundSelect[Any]:
    """Rows (unit, category, three numbers of the calendar year, three of the fiscal year) level by level."""
    calendar, fiscal = f"{month[:4]}-01", max(f"{fiscal_year(month_days(month)[0])}-04", MONTHS[0])
    levels = [level for level in Level if any(unit.level == level for unit in units)]
    columns = [*(unit_column(level).label(level.value) for level in levels), EVENT.label("event"), ActivityReport.month]
    reports = (
        counted(columns, top.level, with_predecessors(session, top), min(calendar, fiscal), month)
        .add_columns(category().label("category"), func.count(PART.c.member_id).label("people"))
        .where(readable_reports(actor))
        .group_by(ActivityReport.id)
        .cte("reports")
    )
    numbers = [number for first in (calendar, fiscal) for number in _since(reports, first)]
    ways: list[Select[Any]] = []
    for level in levels:
        held = heirs([uuid.UUID(unit.id) for unit in units if unit.level == level], f"heirs_{level}")
        ways.append(
            select(held.c.heir_id, reports.c.category, *numbers)
            .join(held, held.c.unit_id == reports.c[level.value])
            .group_by(held.c.heir_id, reports.c.category)
        )
    return union_all(*ways)


def _since(reports: CTE, first: str) -> Iterator[ColumnElement[int]]:
    """SQL: events, reports and people from the month on."""
    since = reports.c.month >= first
    yield func.count(case((since, reports.c.event)).distinct())
    yield func.count(case((since, 1)))
    yield func.coalesce(func.sum(case((since, reports.c.people))), 0)
