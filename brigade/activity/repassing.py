"""Levels that need not look twice: what each had before it when it approved, and the way past those for which nothing
has changed since. Only where a unit's settings say ``repass_after_return``.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.content import NOT_CHECKED, Content
from brigade.activity.history import Happened, ReportEvent, ReportVersion, differing
from brigade.activity.route import asked
from brigade.activity.transition import pass_step, route_of
from brigade.activity.whole import Report
from brigade.activity.workflow import Action

Approved = Mapping[uuid.UUID, dict[str, Any]]
"""Unit → the stored content that its level approved last."""


def pass_unchanged(
    report: Report, before: Approved, content: Content, now: dt.datetime, *, until: int
) -> list[Happened]:
    """Go on past each level that had approved what ``content`` says, to the step ``until`` at most."""
    events: list[Happened] = []
    if not before:
        return events
    stored, stops = content.stored(), asked(route_of(report))
    while report.step < until and stops[report.step - 1].unit_id in before:
        seen = before[stops[report.step - 1].unit_id]
        if set(differing(seen, stored)) - NOT_CHECKED:
            break
        events += pass_step(report, "unchanged", now)
    return events


def approved_before(session: Session, report: ActivityReport) -> dict[uuid.UUID, dict[str, Any]]:
    """What each unit's level had before it when it last approved: unit → the content of that version."""
    events = session.scalars(
        select(ReportEvent).where(ReportEvent.report_id == report.id).order_by(ReportEvent.seq)
    ).all()
    saved = session.scalars(
        select(ReportVersion).where(ReportVersion.report_id == report.id).order_by(ReportVersion.version)
    ).all()
    approved: dict[uuid.UUID, dict[str, Any]] = {}
    for event in events:
        if event.action == Action.APPROVE and event.unit_id is not None:
            approved.pop(event.unit_id, None)  # the newest approval stands last
            approved[event.unit_id] = [v.content for v in saved if v.version <= event.seq][-1]
        elif event.action in (Action.UNDO, Action.STEP_BACK) and approved:
            approved.popitem()
    return approved
