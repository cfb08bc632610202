"""Whole reports that go: finished ones after their keeping time, with a link that says by whose order; drafts like any."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import delete, select
from sqlalchemy.orm import Session, selectinload

from brigade.activity.activities import ActivityReport
from brigade.chain.tables import RemovedReport
from brigade.chain.writing import note_removed
from brigade.disputes import Dispute
from brigade.retention.tables import RetentionRun
from brigade.retention.ways_gone import GOES
from brigade.scans.giving_back import give_back

WHOLE = (
    selectinload(ActivityReport.participations), selectinload(ActivityReport.vehicles),
    selectinload(ActivityReport.attachments),
)  # fmt: skip


def remove_reports(session: Session, run: RetentionRun, now: dt.datetime, ids: Sequence[uuid.UUID]) -> None:
    """Reports with their people, history and search words; the database takes along what belongs to them."""
    asked = select(ActivityReport).where(ActivityReport.id.in_(ids)).with_for_update()
    for report in session.scalars(asked, execution_options=GOES).all():
        removed = RemovedReport(report_id=report.id, at=now, by_id=run.planned_by_id, run_id=run.id)
        session.add(removed)
        note_removed(session, report, removed)
        session.expunge(report)
    session.flush()  # the store lets a report go that is noted as removed
    session.execute(delete(Dispute).where(Dispute.report_id.in_(ids)), execution_options=GOES)
    session.execute(delete(ActivityReport).where(ActivityReport.id.in_(ids)), execution_options=GOES)


def discard_drafts(session: Session, ids: Sequence[uuid.UUID]) -> None:
    """Drafts that were never sent, as their authors would throw them away."""
    asked = select(ActivityReport).where(ActivityReport.id.in_(ids)).options(*WHOLE)
    drafts = session.scalars(asked, execution_options=GOES).all()
    give_back(session, drafts)
    for draft in drafts:
        session.delete(draft)
    session.flush()
