"""Looking at the organisation's rows as no user could: all of them, whatever the scope."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity.history import ReportEvent
from brigade.organisation.units import below, line_of
from tests.make import SYSTEM

TODAY = dt.date(2026, 11, 20)
EVE = dt.date(2026, 11, 19)
APRIL = dt.date(2027, 4, 1)


def codes(problem: Any) -> set[tuple[str, str]]:
    return {(found.pointer, found.code) for found in problem.value.problems}


def all_of(session: Session, model: Any, **where: Any) -> list[Any]:
    query = select(model).where(*[getattr(model, name) == value for name, value in where.items()])
    if hasattr(model, "valid_from"):
        query = query.order_by(model.valid_from)
    return list(session.scalars(query, execution_options={**SYSTEM, "populate_existing": True}))


def spans(rows: list[Any]) -> list[tuple[dt.date, dt.date | None]]:
    return [(row.valid_from, row.valid_to) for row in rows]


def line_codes(session: Session, unit_id: uuid.UUID, day: dt.date) -> list[str]:
    return [unit.code for unit in line_of(session, unit_id, day, SYSTEM)]


def under(session: Session, unit_id: uuid.UUID, day: dt.date) -> set[uuid.UUID]:
    return set(session.scalars(below([unit_id], day), execution_options=SYSTEM))


def events(session: Session, report_id: uuid.UUID) -> list[ReportEvent]:
    query = select(ReportEvent).where(ReportEvent.report_id == report_id).order_by(ReportEvent.seq)
    return list(session.scalars(query, execution_options=SYSTEM))
