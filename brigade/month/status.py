"""How far a month is, read from the store: the month's rows or heads, and what its units owe of events."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Collection

from sqlalchemy.orm import Session

from brigade.actor import Actor
from brigade.calendar.expected import Answer, expected
from brigade.dates import month_bounds
from brigade.month.closing import ClosingDates, closing_dates
from brigade.month.progress import UnitProgress, progress
from brigade.month.rows import MonthHeads, MonthRows
from brigade.organisation.ranks import LEVELS
from brigade.organisation.unit_settings import settings_of


def month_status(
    session: Session, actor: Actor, rows: MonthRows | MonthHeads, levels: Collection[str] = LEVELS
) -> tuple[ClosingDates, tuple[UnitProgress, ...]]:
    """The month's dates, and the progress of its unit and of all below at these levels."""
    dates = closing_dates(rows.month, settings_of(session, uuid.UUID(rows.unit_id), actor.today))
    first, next_ = month_bounds(rows.month)
    owed = expected(session, actor, first, next_, uuid.UUID(rows.unit_id))
    unanswered = Counter(str(row.unit_id) for row in owed if row.state is Answer.OVERDUE)
    return dates, progress(rows, unanswered, dates.input_ends, actor.today, levels)
