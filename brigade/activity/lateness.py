"""When a report is late: first submitted after the days that its unit allows, counted from the activity's end.

A draft may have been begun in time and a returned report comes again later: neither counts. Everything that says 「遅い」
of a report (doubts, the month's lists and tables) asks here. What a squad owes and has not sent is ``overdue``
(``calendar/expected.py``, ``month/behind.py``), and what comes after the days of input goes into a later edition
(``month/closing.py``): those are other days.
"""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from brigade.activity.history import ReportEvent
from brigade.activity.workflow import Action
from brigade.questions import Question, among

FIRST_SUBMITTED = (
    select(ReportEvent.report_id, func.min(ReportEvent.at))
    .where(among(ReportEvent.report_id, "reports"), ReportEvent.action == Action.SUBMIT.value)
    .group_by(ReportEvent.report_id)
)
"""SQL: of each of these reports, when it was first submitted; none of a draft."""

_ASKED = Question(FIRST_SUBMITTED, {"as_system": "when a report at hand was first submitted"})


def is_late(ended_at: dt.datetime, submitted_at: dt.datetime, days: int) -> bool:
    """Whether more than so many days lie between the end and the first submission."""
    return submitted_at - ended_at > dt.timedelta(days=days)


def first_submitted(session: Session, report_id: uuid.UUID) -> dt.datetime | None:
    """When the report was first submitted; None for a draft, and for one that is not there yet."""
    found = _ASKED.ask(session, reports=[report_id])
    return found[0][1] if found else None
