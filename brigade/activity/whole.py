"""A report with its content as plain values: what is filed, and what pages of many reports are made of.

It is read and shown as a loaded ``ActivityReport`` is. Nothing that is changed in it reaches the store by itself.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

from sqlalchemy import Select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.content import Person
from brigade.activity.standing import StandingReport


@dataclass
class WholeReport(StandingReport):
    """Named as ``ActivityReport``; without ``people``, whom ``participations`` name."""

    unit_id: uuid.UUID
    event_id: uuid.UUID | None
    ended_at: dt.datetime
    place: str
    latitude: float | None
    longitude: float | None
    order_by: str | None
    summary: str
    details: dict[str, Any]
    participations: tuple[Person, ...]
    vehicle_ids: tuple[uuid.UUID, ...]
    attachment_ids: tuple[uuid.UUID, ...]

    @cached_property
    def member_ids(self) -> frozenset[uuid.UUID]:
        """Those who took part, kept: a page looks at them several times, after the report has got its people."""
        return frozenset(person.member_id for person in self.participations)


Report = ActivityReport | WholeReport
"""A loaded row with its people, vehicles and pictures, or the values of one."""


_NAMES = [field.name for field in fields(WholeReport)]
_LISTS = ("people", "participations", "vehicle_ids", "attachment_ids")
COLUMNS = tuple(getattr(ActivityReport, name) for name in _NAMES if name not in _LISTS)
"""What a report is apart from its lists."""

_PEOPLE = _NAMES.index("people")


def without_lists(rows: Iterable[Sequence[Any]]) -> list[WholeReport]:
    """The reports of rows of ``COLUMNS``; their people, vehicles and pictures are read by ``surroundings.around_whole``."""
    return [WholeReport(*(*row[:_PEOPLE], "", *row[_PEOPLE:], (), (), ())) for row in rows]


def read_without_lists(session: Session, asked: Select[Any]) -> list[WholeReport]:
    """The same of what ``asked`` (of ``ActivityReport``) finds, under the rules of the session."""
    return without_lists(session.execute(asked.with_only_columns(*COLUMNS)).all())
