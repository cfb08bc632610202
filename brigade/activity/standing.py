"""Reports as a step sees them when many are decided at once: plain values of the row, without the content."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass, fields
from typing import Any

from sqlalchemy import ColumnElement, String, cast, func, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Participation


@dataclass
class StandingReport:
    """What ``transition.py`` looks at and changes, what the chain hashes of a row, and who is told of it.

    Named as the columns of ``ActivityReport``; ``people`` are the ids of those who took part, as hexadecimal words.
    """

    id: uuid.UUID
    number: str | None
    version: int
    kind: str
    month: str
    started_at: dt.datetime
    author_id: uuid.UUID
    entry_mode: str
    sole_member_id: uuid.UUID | None
    bureau_id: uuid.UUID
    station_id: uuid.UUID | None
    brigade_id: uuid.UUID | None
    company_id: uuid.UUID | None
    section_id: uuid.UUID | None
    squad_id: uuid.UUID | None
    state: str
    step: int
    route: list[Any]
    awaiting_unit_id: uuid.UUID | None
    awaiting_since: dt.datetime | None
    undo_by_id: uuid.UUID | None
    undo_step: int | None
    corrected_by_id: uuid.UUID | None
    created_at: dt.datetime
    updated_at: dt.datetime
    people: str

    @property
    def member_ids(self) -> frozenset[uuid.UUID]:
        """Those who took part."""
        return frozenset(uuid.UUID(hex=word) for word in self.people.split())


MOVED = (
    "version", "state", "step", "awaiting_unit_id", "awaiting_since", "undo_by_id", "undo_step", "corrected_by_id",
    "updated_at",
)  # fmt: skip
"""All that a step may change."""


def standing(session: Session, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, StandingReport]:
    """The reports that the actor may see among ``ids``, held until the commit; one statement."""
    names = [field.name for field in fields(StandingReport)][:-1]
    rows = session.execute(
        select(*(getattr(ActivityReport, name) for name in names), _people())
        .where(ActivityReport.id.in_(ids))
        .order_by(ActivityReport.id)
        .with_for_update(of=ActivityReport)
    )
    return {row[0]: StandingReport(*tuple(row)) for row in rows}


def _people() -> ColumnElement[str]:
    """SQL: who took part in a report. Of the plain table: whoever may read a report may read its people."""
    part = Participation.__table__.alias("part")
    listed = select(func.aggregate_strings(func.replace(cast(part.c.member_id, String), "-", ""), " "))
    return func.coalesce(listed.where(part.c.report_id == ActivityReport.id).scalar_subquery(), "")
