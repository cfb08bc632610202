"""How far a month is, read from the store: the rows of the month, what units have said, what they owe of events."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.actor import Actor
from brigade.dates import month_bounds
from brigade.expected import Answer, expected
from brigade.month.closing import ClosingDates, closing_dates, statements
from brigade.month.progress import Said, UnitProgress, progress
from brigade.month.rows import MonthRows
from brigade.people import Member
from brigade.unit_settings import settings_of

NAMED = {"as_system": "who said it is part of a statement"}


def month_status(session: Session, actor: Actor, rows: MonthRows) -> tuple[ClosingDates, tuple[UnitProgress, ...]]:
    """The month's dates, and the progress of its unit and of all below."""
    dates = closing_dates(rows.month, settings_of(session, uuid.UUID(rows.unit_id), actor.today))
    found = statements(session, [uuid.UUID(unit.id) for unit in rows.units], rows.month)
    who = {one.said_by_id for one in found}
    names: Mapping[uuid.UUID, str] = dict(
        session.execute(select(Member.id, Member.name).where(Member.id.in_(who)), execution_options=NAMED).all()
        if who
        else []
    )
    said = [
        Said(str(one.unit_id), one.saying, names[one.said_by_id], one.said_at, one.reason, one.until) for one in found
    ]
    first, next_ = month_bounds(rows.month)
    owed = expected(session, actor, first, next_, uuid.UUID(rows.unit_id))
    unanswered = Counter(str(row.unit_id) for row in owed if row.state is Answer.OVERDUE)
    return dates, progress(rows, said, unanswered, dates.input_ends, actor.today)
