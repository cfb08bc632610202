"""What a made-up town keeps how long, has on hold and let go."""

from __future__ import annotations

from typing import Any

from brigade.retention.tables import KeepingTime, LegalHold, RetentionRun
from tests.make import NOW

Row = dict[str, Any]


def add_keeping(town: Any, bureau: Row, person: Row) -> None:
    """A row of each table."""
    city = bureau["id"]
    town.add(KeepingTime, bureau_id=city, record="report", length=7, set_by_id=person["id"], set_at=NOW)
    town.add(LegalHold, id=town.id(), bureau_id=city, kind="month", subject="2026-10", reason="監査",
             placed_by_id=person["id"], placed_at=NOW, lifted_by_id=None, lifted_at=None)  # fmt: skip
    town.add(RetentionRun, id=town.id(), bureau_id=city, member_id=None, state="undone", day=NOW.date(),
             planned_by_id=person["id"], planned_at=NOW, goes_at=NOW, reason="", plan={}, gone={},
             ended_by_id=person["id"], ended_at=NOW)  # fmt: skip
