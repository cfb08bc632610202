"""Lists of reports, the newest activity first.

A report is seen for one of several reasons. Asked as one condition, no index leads to the newest ones and the whole table
is read; asked one by one, each reason has its index (ADR 005).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.readers import ways_to_read
from brigade.activity.search import few, holding
from brigade.actor import Actor
from brigade.dates import on_days
from brigade.organisation.units import below

Conditions = Callable[[Any], list[ColumnElement[bool]]]
"""Of the mapped class, or of an alias's columns: what a report must be to be listed."""

KEYS = (ActivityReport.started_at, ActivityReport.id)
_SEEN = ActivityReport.__table__.alias("seen").c


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for; what is left out may be anything.

    ``unit_id``: that unit and what stands below it ``today``. ``month``: ``2026-11``. ``first``, ``last``: days in Japan
    between which the activity began, both counted in. ``words``: each of them stands in the report.
    """

    today: dt.date
    words: str = ""
    state: str | None = None
    kind: str | None = None
    unit_id: uuid.UUID | None = None
    month: str | None = None
    first: dt.date | None = None
    last: dt.date | None = None

    def conditions(self, report: Any) -> list[ColumnElement[bool]]:
        """As SQL, of the mapped class or of an alias's columns."""
        found = [
            getattr(report, name) == asked for name in ("state", "kind", "month") if (asked := getattr(self, name))
        ]
        if self.unit_id:
            found.append(report.unit_id.in_(below([self.unit_id], self.today)))
        return found + on_days(report.started_at, self.first, self.last) + holding(self.words, report)


def newest(
    session: Session, actor: Actor, wanted: Wanted, *also: ColumnElement[bool]
) -> tuple[Select[ActivityReport], Sequence[Select[Any]]]:
    """The wanted reports, and the ways that lead to the newest of them (none where few have the words, or where ``also``,
    on the mapped class, keeps few: these lead to their reports themselves).
    """
    leads = few(session, wanted.words)
    if leads is not None:
        also, wanted = (*also, leads), replace(wanted, words="")
    ways = [] if also else ways_to_newest(actor, wanted.conditions)
    return select(ActivityReport).where(*also, *wanted.conditions(ActivityReport)), ways


def ways_to_newest(actor: Actor, conditions: Conditions) -> list[Select[Any]]:
    """For each reason to see a report, the ``KEYS`` of those that are wanted."""
    return [select(_SEEN.started_at, _SEEN.id).where(way, *conditions(_SEEN)) for way in ways_to_read(actor, _SEEN)]
