"""Lists of reports, the newest activity first.

A report is seen for one of several reasons. Asked as one condition, no index leads to the newest ones and the whole table
is read; asked one by one, each reason has its index (ADR 005).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import ColumnElement, Select, select

from brigade.activity.activities import ActivityReport
from brigade.activity.readers import ways_to_read
from brigade.actor import Actor

Conditions = Callable[[Any], list[ColumnElement[bool]]]
"""Of the mapped class, or of an alias's columns: what a report must be to be listed."""

KEYS = (ActivityReport.started_at, ActivityReport.id)
_SEEN = ActivityReport.__table__.alias("seen").c


def ways_to_newest(actor: Actor, conditions: Conditions) -> list[Select[Any]]:
    """For each reason to see a report, the ``KEYS`` of those that are wanted."""
    return [select(_SEEN.started_at, _SEEN.id).where(way, *conditions(_SEEN)) for way in ways_to_read(actor, _SEEN)]
