"""How long scans are kept: files until their pages are done with, pages that came to nothing a month, others a year.

The reports keep the pages that they were made of, as attachments; corrections and tallies stay.
"""

from __future__ import annotations

import datetime as dt

from sqlalchemy import and_, exists, or_, select, update
from sqlalchemy.orm import Session

from brigade.scans.tables import UNDER_REVIEW, PageState, Scan, ScanFile, ScanPage

KEEP_FILES = dt.timedelta(days=30)
"""After the last page was looked at, when none is under review."""

KEEP_NOTHING = dt.timedelta(days=30)
"""What was seen on a page that is no report."""

KEEP_CONFIRMED = dt.timedelta(days=365)
EVERYONES = {"as_system": "scans are kept for the same time for everyone", "synchronize_session": False}


def forget_scans(session: Session, now: dt.datetime) -> None:
    """Let go of files and of what was seen, by the times above; the files themselves are swept as unnamed."""
    finished = select(Scan.id).where(Scan.finished_at < now - KEEP_FILES)
    under_review = exists().where(ScanPage.scan_id == ScanFile.scan_id, ScanPage.state.in_(UNDER_REVIEW))
    files = update(ScanFile).where(ScanFile.file_id.is_not(None), ScanFile.scan_id.in_(finished), ~under_review)
    session.execute(files.values(file_id=None), execution_options=EVERYONES)

    discarded = and_(ScanPage.state == PageState.DISCARDED, ScanPage.closed_at < now - KEEP_NOTHING)
    refused = and_(ScanPage.state == PageState.REFUSED, ScanPage.scan_id.in_(finished))
    confirmed = and_(ScanPage.state == PageState.CONFIRMED, ScanPage.closed_at < now - KEEP_CONFIRMED)
    over = or_(discarded, refused, confirmed)
    pages = update(ScanPage).where(over, ScanPage.picture_id.is_not(None))
    session.execute(
        pages.values(
            picture_id=None, picture_sha256=None, hashed_id=None, marks={}, fields=[], decided={}, said={}, trace=None
        ),
        execution_options=EVERYONES,
    )
