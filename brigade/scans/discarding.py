"""A page that is no report: a person says so of one that was read, or of one that nobody looks at any more."""

from __future__ import annotations

import uuid

from sqlalchemy.orm import Session

from brigade import jobs
from brigade.actor import Actor
from brigade.scans import taking
from brigade.scans.reviewing import close, open_page, read_page
from brigade.scans.tables import PageState, ScanPage, ScanState


def discard(session: Session, actor: Actor, scan_id: uuid.UUID, n: int, version: int, reason: str) -> ScanPage:
    """The page is no report, for this reason. The same once more, after an answer that was lost, does nothing. Flushes.

    ``scan-page-closed`` for one that is done with, or is looked at at this moment.
    """
    job, given_up = None, False
    if read_page(session, scan_id, n).state == PageState.WAITING:  # the job is held before its page, as its worker does
        job = session.get(jobs.Job, taking.whole(session, scan_id).job_id, with_for_update=True)
        given_up = job is None or job.state == "failed"
    page = read_page(session, scan_id, n, hold=True)
    if page.state == PageState.DISCARDED and page.closed_by_id == actor.member_id and page.reason == reason:
        return page
    page = open_page(session, scan_id, n, version, also=(PageState.WAITING,) if given_up else ())
    close(page, PageState.DISCARDED, actor.member_id, actor.now)
    page.reason = reason
    session.flush()
    if given_up:
        _nothing_left(session, actor, scan_id, job)
    return page


def _nothing_left(session: Session, actor: Actor, scan_id: uuid.UUID, job: jobs.Job | None) -> None:
    """With its last waiting page the scan is done with, and so is the job that was to look at it."""
    scan = taking.whole(session, scan_id)
    before = scan.state
    taking.finish(session, scan_id, actor.now)
    if job is not None and before == ScanState.READING and scan.state == ScanState.READ:
        jobs.put_aside(job, actor.now)
    session.flush()
