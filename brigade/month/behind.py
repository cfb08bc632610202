"""Reading what one figure of a month is made of, for a page of the reports behind it.

The sums need every such report with its people and what it earns; the way of approval, the titles and the names are
read for those on the page alone. The figure itself is ``explain.py``'s, from these rows as from the whole month's.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.actor import Actor
from brigade.dates import month_days
from brigade.month.earnings import month_pay
from brigade.month.figures import COUNTED
from brigade.month.heirs import successors
from brigade.month.reach import led_unit
from brigade.month.reading import all_units, month_reports
from brigade.month.report_rows import people_of, rows_of
from brigade.month.rows import MonthRows
from brigade.month.tallies import PART, category
from brigade.organisation.unit_settings import settings_of


@dataclass(frozen=True, slots=True)
class Cell:
    """A figure: everything, or one kind, one person, one category of the survey, or several of these at once."""

    kind: str | None = None
    member_id: uuid.UUID | None = None
    category: str | None = None

    def holds(self) -> Iterator[ColumnElement[bool]]:
        """SQL: the report is behind it."""
        yield ActivityReport.state.in_(COUNTED)
        if self.kind is not None:
            yield ActivityReport.kind == self.kind
        if self.category is not None:
            yield category() == self.category
        if self.member_id is not None:
            yield ActivityReport.id.in_(select(PART.c.report_id).where(PART.c.member_id == self.member_id))


def rows_behind(
    session: Session, actor: Actor, unit_id: uuid.UUID, month: str, cell: Cell, cursor: str | None, limit: int
) -> MonthRows:
    """The rows of a figure; whole are those of the ``limit`` reports after the one that the cursor names.

    NotFound and Refused as for ``month_rows``.
    """
    first, last = month_days(month)
    unit, line, day = led_unit(session, actor, unit_id, last)
    until = max(last, unit.valid_from)
    held = settings_of(session, unit.id, day)
    reports = month_reports(session, unit, month, *cell.holds())
    page = _page([str(report.id) for report in reports], cursor, limit)
    after = successors(session, unit.bureau_id, until)
    rows = rows_of(
        session, reports, after, held.late_after_days, [report for report in reports if str(report.id) in page]
    )
    pay, rules = month_pay(session, actor.bureau_id, held.pay_rules, month, rows)
    return MonthRows(
        month=month, unit_id=str(unit.id), unit_name=unit.name, level=unit.level,
        path=tuple(found.name for found in reversed(line)), read_at=actor.now, read_by="",
        units=all_units(session, unit, first, until, rows), people=people_of(session, [row for row in rows if row.id in page]),
        reports=rows, pay=pay, rules=rules, incidents_once=held.incidents_once,
    )  # fmt: skip


def _page(ids: Sequence[str], cursor: str | None, limit: int) -> set[str]:
    start = ids.index(cursor) + 1 if cursor in ids else 0
    return set(ids[start : start + limit])
