"""The year so far beside a month: each unit's categories of the ministry's survey, by calendar and by fiscal year."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

from sqlalchemy.orm import Session

from brigade.activities import ActivityReport
from brigade.dates import fiscal_year, month_days
from brigade.kinds import catalogue
from brigade.month.reach import heirs, with_predecessors
from brigade.month.rows import UnitRow, YearRow
from brigade.month.tallies import category, counted, measures, unit_column
from brigade.ranks import Level
from brigade.units import Unit


def years(session: Session, top: Unit, units: Sequence[UnitRow], month: str) -> tuple[YearRow, ...]:
    """Of each of the ``units`` at or below ``top``, with all below it and all that it took over; in their order.

    One statement for each level that there is, however many units.
    """
    found = dict(_rows(session, top, units, month))
    codes = [code for code in catalogue().classes["statistics"] if code != "none"]
    return tuple(found[unit.id, code] for unit in units for code in codes if (unit.id, code) in found)


def _rows(
    session: Session, top: Unit, units: Sequence[UnitRow], month: str
) -> Iterator[tuple[tuple[str, str], YearRow]]:
    calendar, fiscal = f"{month[:4]}-01", f"{fiscal_year(month_days(month)[0])}-04"
    by_calendar = measures(ActivityReport.month >= calendar)[:3]
    by_fiscal = measures(ActivityReport.month >= fiscal)[:3]
    kind, taken_over = category().label("category"), with_predecessors(session, top)
    for level in Level:
        ids = [uuid.UUID(unit.id) for unit in units if unit.level == level]
        if not ids:
            continue
        held = heirs(ids)
        asked = counted(
            [held.c.heir_id, kind, *by_calendar, *by_fiscal], top.level, taken_over, min(calendar, fiscal), month
        )
        asked = asked.join(held, held.c.unit_id == unit_column(level)).group_by(held.c.heir_id, kind)
        for unit_id, code, *numbers in session.execute(asked):
            yield (str(unit_id), code), YearRow(str(unit_id), code, *map(int, numbers))
