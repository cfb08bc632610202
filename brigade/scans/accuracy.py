"""How well forms are read: of each field, how many people left as they were read and how many they had to change."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from brigade.scans.tables import ScanTally


@dataclass(frozen=True, slots=True)
class FieldAccuracy:
    """Counts of one field of one version of a form, over all confirmed pages; see ``ScanTally``."""

    form: str
    version: int
    field: str
    pages: int
    read: int
    written: int
    sure: int
    sure_changed: int
    doubtful_changed: int


def accuracy(session: Session, form: str | None = None) -> list[FieldAccuracy]:
    """All fields of all forms (or of one), in order; of the actor's city."""
    sums = [
        func.sum(getattr(ScanTally, name)) for name in ("read", "written", "sure", "sure_changed", "doubtful_changed")
    ]
    key = (ScanTally.form, ScanTally.form_version, ScanTally.field)
    asked = select(*key, func.count(), *sums).group_by(*key).order_by(*key)
    if form is not None:
        asked = asked.where(ScanTally.form == form)
    return [FieldAccuracy(*row[:3], *map(int, row[3:])) for row in session.execute(asked)]
