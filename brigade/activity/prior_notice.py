"""What announced an activity before it took place: an event that was planned for it, or a notice (事前届) that was filed.

Asked where a brigade wants prior notice and where a rule of pay does, by the same rule: something else that was planned, or
an id that names nothing, announces nothing.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Event
from brigade.activity.claims import LIVE
from brigade.activity.content import Content
from brigade.activity.kinds import catalogue
from brigade.activity.lateness import first_submitted
from brigade.dates import tokyo_day
from brigade.organisation.units import PlainUnit
from brigade.problems import FieldProblem

ON_ITS_LINE = {"as_system": "a notice counts for the brigade in which it was filed, whoever may read it"}
EVENT_COLUMNS = (
    Event.planned, Event.planned_at, Event.kind.label("event_kind"), Event.started_at.label("event_started_at"),
    Event.ended_at.label("event_ended_at"),
)  # fmt: skip
"""SQL: the columns of ``PlannedAs``, all of them null where a report names no event."""


class PlannedAs(NamedTuple):
    """What was planned, since when, as which kind and for when; None for a report that names no event."""

    planned: bool | None
    planned_at: dt.datetime | None
    kind: str | None
    started_at: dt.datetime | None
    ended_at: dt.datetime | None

    @classmethod
    def of(cls, event: Event) -> PlannedAs:
        """The same of a loaded event."""
        return cls(event.planned, event.planned_at, event.kind, event.started_at, event.ended_at)

    def announces(self, kind: str, began: dt.datetime) -> bool:
        """Whether it foretold an activity of that kind which began then: planned before, as that kind, for that day."""
        if not self.planned or self.planned_at is None or self.started_at is None or self.ended_at is None:
            return False
        return self.planned_at < began and self.kind == kind and _is_for(self.started_at, self.ended_at, began)


NO_EVENT = PlannedAs(None, None, None, None, None)


def wrong_notice(session: Session, content: Content, units: tuple[PlainUnit, ...]) -> FieldProblem | None:
    """What is wrong with the notice that the report names: it must have been filed before, for this kind and day, in the
    brigade among the report's ``units``.
    """
    named = content.details.get("plan_id")
    if not named:
        return None
    notice = session.scalar(
        select(ActivityReport).where(ActivityReport.id == uuid.UUID(named)), execution_options=ON_ITS_LINE
    )
    if notice is not None and _names(notice, content, {unit.id for unit in units}):
        filed = first_submitted(session, notice.id)
        if filed is not None and filed < content.started_at:
            return None
    return FieldProblem("/details/plan_id", "other-notice")


def _names(notice: ActivityReport, content: Content, line: set[uuid.UUID]) -> bool:
    kind = catalogue().get(notice.kind)
    return (
        kind is not None
        and kind.times == "future"
        and notice.state in LIVE
        and (notice.brigade_id or notice.unit_id) in line
        and notice.details.get("planned_kind") == content.kind
        and _is_for(notice.started_at, notice.ended_at, content.started_at)
    )


def _is_for(first: dt.datetime, last: dt.datetime, began: dt.datetime) -> bool:
    """Another hour of the same day (of the same days, where it is a long one) is the same notice."""
    return tokyo_day(first) <= tokyo_day(began) <= tokyo_day(last)
