"""What a made-up town keeps how long, has on hold and let go, and what its audit tells of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from brigade.activity.activities import Event
from brigade.audit import AuditEntry
from brigade.disputes import DISPUTING, Dispute
from brigade.organisation.people import Absence, Member, Post
from brigade.organisation.units import Unit
from brigade.retention.tables import DataRequest, KeepingTime, LegalHold, RetentionRun
from tests.make import NOW

Row = dict[str, Any]


def add_keeping(town: Any, bureau: Row, person: Row, others: Sequence[Row]) -> None:
    """A row of each table; each of the others has asked for something."""
    city = bureau["id"]
    town.add(KeepingTime, bureau_id=city, record="report", length=7, set_by_id=person["id"], set_at=NOW)
    town.add(LegalHold, id=town.id(), bureau_id=city, kind="month", subject="2026-10", reason="監査",
             placed_by_id=person["id"], placed_at=NOW, lifted_by_id=None, lifted_at=None)  # fmt: skip
    town.add(RetentionRun, id=town.id(), bureau_id=city, member_id=None, state="undone", day=NOW.date(), month=None,
             planned_by_id=person["id"], planned_at=NOW, goes_at=NOW, reason="", plan={}, gone={},
             ended_by_id=person["id"], ended_at=NOW)  # fmt: skip
    for other in others:
        town.add(DataRequest, id=town.id(), bureau_id=city, member_id=other["id"], kind="show", words="", state="open",
                 made_at=NOW, received_on=NOW.date(), entered_by_id=None, due_on=NOW.date(), extension="",
                 extended_by_id=None, extended_at=None, answer="", ended_by_id=None, ended_at=None,
                 run_id=None)  # fmt: skip


def add_audit(town: Any, bureau: Row, people: Sequence[Row]) -> None:
    """Entries about some of everything, by this one and that."""
    for model in (Unit, Member, Post, Absence, Event, Dispute, LegalHold, DataRequest):
        for nth, row in enumerate(town.of(model)[::3]):
            action = DISPUTING[0] if model is Dispute else "x"
            town.add(AuditEntry, id=town.id(), bureau_id=bureau["id"], actor_id=people[nth % len(people)]["id"], at=NOW,
                     action=action, subject_id=row["id"], data={})  # fmt: skip
