"""Pictures and pages of paper of a person who is erased: which go, which stay as they are the evidence of others, and how.

A person stands on a page where a report of it has them taking part or where they were read on it; on one that they sent
or confirmed also where their whole name was read, as that of who wrote it. A family name alone may be another's.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, and_, delete, exists, not_, or_, select, update
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, EntryMode, Participation, ReportAttachment
from brigade.db import CHUNK
from brigade.failed_jobs import still_failed
from brigade.files.attachments import Attachment
from brigade.files.uploads import Upload, UploadPiece, piece_key
from brigade.jobs import Job
from brigade.organisation.people import Member
from brigade.retention.naming import calls, plain
from brigade.retention.ways_gone import GOES
from brigade.scans.tables import UNDER_REVIEW, PageState, Scan, ScanFile, ScanPage, ScanState
from brigade.scans.taking import file_key, sheet_key

Key = tuple[uuid.UUID, int]
"""A page: its scan and number."""

TO_DECIDE = and_(ScanPage.state.in_(UNDER_REVIEW), ScanPage.unit_id.is_not(None))
"""Pages of which somebody has still to decide whether they become reports: what others did may stand on them alone. Not
those of no unit: nobody but who sent them sees them until they have left and housekeeping hands them over.
"""

MAY_BECOME = ScanPage.state.in_((*UNDER_REVIEW, PageState.REFUSED.value))
"""Pages that may have to be looked at again in the file as it was sent."""


class _Page(NamedTuple):
    """A page that has to do with the person: whether they stand on it, and the reports that it became."""

    key: Key
    on_it: bool
    report_ids: frozenset[uuid.UUID]


def _pages(session: Session, member: Member, *which: ColumnElement[bool]) -> Iterator[_Page]:
    """Pages that the person sent or stands on; of these those for which ``which`` holds."""
    took_part = select(Participation.report_id).where(Participation.member_id == member.id)
    theirs = set(session.scalars(took_part, execution_options=GOES))
    names = frozenset((plain(member.name), plain(member.kana)))
    columns = (ScanPage.scan_id, ScanPage.n, ScanPage.uploader_id, ScanPage.closed_by_id, ScanPage.report_ids,
               ScanPage.fields, ScanPage.decided, ScanPage.said)  # fmt: skip
    asked = select(*columns).join(Scan, Scan.id == ScanPage.scan_id).where(Scan.bureau_id == member.bureau_id)
    for row in session.execute(asked.where(*which), execution_options={**GOES, "yield_per": CHUNK}):
        sent, ids = row.uploader_id == member.id, frozenset(uuid.UUID(id_) for id_ in row.report_ids)
        read = json.dumps([row.fields, row.decided, row.said], default=str, ensure_ascii=False)
        handled = sent or row.closed_by_id == member.id
        on_it = bool(theirs & ids) or str(member.id) in read or (handled and calls(names, read))
        if sent or on_it:
            yield _Page((row.scan_id, row.n), on_it, ids)


def pages_of(session: Session, member: Member, *which: ColumnElement[bool]) -> list[Key]:
    """Pages of paper that the person sent or stands on; of these those for which ``which`` holds."""
    return [page.key for page in _pages(session, member, *which)]


def pages_going(session: Session, member: Member) -> list[Key]:
    """Pages that go with the person: decided ones on which they stand, and of those that they sent the ones of which there
    is no report. What others alone did stays, whoever sent it.
    """
    decided = list(_pages(session, member, not_(TO_DECIDE)))
    kept = _still_there(session, {id_ for page in decided if not page.on_it for id_ in page.report_ids})
    return [page.key for page in decided if page.on_it or not page.report_ids & kept]


def _still_there(session: Session, ids: set[uuid.UUID]) -> set[uuid.UUID]:
    found, left = set[uuid.UUID](), iter(ids)
    while some := list(islice(left, CHUNK)):
        asked = select(ActivityReport.id).where(ActivityReport.id.in_(some))
        found |= set(session.scalars(asked, execution_options=GOES))
    return found


def pictures_going(session: Session, member: Member) -> list[uuid.UUID]:
    """Pictures that go with the person: those that they sent, and pictures of paper of reports in which they stand. Not what
    they sent for others: a picture of paper on which they do not stand (who confirms paper sends it), or one that stands on
    a report that they neither wrote nor took part in.
    """
    took_part = exists().where(Participation.report_id == ActivityReport.id, Participation.member_id == member.id)
    of_paper = ActivityReport.entry_mode == EntryMode.OCR.value
    named = (
        select(ReportAttachment.attachment_id, ActivityReport.id, ActivityReport.author_id, of_paper, took_part)
        .join(ActivityReport, ActivityReport.id == ReportAttachment.report_id)
        .join(Attachment, Attachment.id == ReportAttachment.attachment_id)
    )
    confirmed = _pages(session, member, ScanPage.closed_by_id == member.id)
    shown = {id_ for page in confirmed if page.on_it for id_ in page.report_ids}
    sent = select(Attachment.id).where(Attachment.uploader_id == member.id)
    goes, kept = set(session.scalars(sent, execution_options=GOES)), set[uuid.UUID]()
    for id_, report_id, author_id, is_paper, is_in in _rows(session, named.where(Attachment.uploader_id == member.id)):
        if not is_in and (report_id not in shown if is_paper else author_id != member.id):
            kept.add(id_)
    on_paper = {row[0] for row in _rows(session, named.where(of_paper, took_part))}
    return sorted((goes - kept) | on_paper)


def _unread(member_id: uuid.UUID) -> ColumnElement[bool]:
    """SQL on ``Scan``: the person's, and not looked at to its end."""
    return and_(Scan.uploader_id == member_id, Scan.state.in_((ScanState.WAITING.value, ScanState.READING.value)))


IS_READ_STILL = exists().where(Job.id == Scan.job_id, or_(Job.state.in_(("queued", "running")), still_failed()))
"""SQL on ``Scan``: its job goes on, or was given up and may be tried again."""


def waits_for_reading(session: Session, member_id: uuid.UUID) -> bool:
    """Whether paper that the person sent is still to be read: others may stand on it. Not once its job was put aside."""
    asked = select(Scan.id).where(_unread(member_id), IS_READ_STILL).limit(1)
    return session.scalar(asked, execution_options=GOES) is not None


def let_go_of_unread(session: Session, member_id: uuid.UUID) -> list[str]:
    """Files that the person sent and that nobody will read any more are named by no row; their keys. Their time would never
    begin.
    """
    scans = select(Scan.id).where(_unread(member_id), ~IS_READ_STILL)
    sent = (ScanFile.scan_id.in_(scans), ScanFile.file_id.is_not(None))
    keys = [
        file_key(id_) for id_ in session.scalars(select(ScanFile.file_id).where(*sent), execution_options=GOES) if id_
    ]
    session.execute(update(ScanFile).where(*sent).values(file_id=None), execution_options=GOES)
    return keys


def _rows(session: Session, asked: Any) -> Any:
    return session.execute(asked, execution_options=GOES)


def uploads_of(session: Session, member_id: uuid.UUID) -> list[str]:
    """Files of pictures that had not come whole."""
    pieces = select(UploadPiece.file_id).join(Upload, Upload.id == UploadPiece.upload_id)
    return [
        piece_key(id_) for id_ in session.scalars(pieces.where(Upload.uploader_id == member_id), execution_options=GOES)
    ]


def page_files(session: Session, pages: Sequence[Key]) -> list[str]:
    """The straightened pages, and the files that they were sent in where nobody may have to look at another page of them."""
    keys = []
    for scan_id, n in pages:
        page = session.get_one(ScanPage, (scan_id, n), execution_options=GOES)
        keys += [sheet_key(page.picture_id)] if page.picture_id else []
    for scan_id, position in _files(session, pages):
        sent = session.get(ScanFile, (scan_id, position), execution_options=GOES)
        keys += [file_key(sent.file_id)] if sent is not None and sent.file_id else []
    return keys


def remove_pages(session: Session, pages: Sequence[Key]) -> None:
    """What was seen, read and corrected on them goes with them; how well was read stays counted."""
    for scan_id, position in _files(session, pages):
        sent = (ScanFile.scan_id == scan_id, ScanFile.position == position)
        session.execute(update(ScanFile).where(*sent).values(file_id=None), execution_options=GOES)
    for scan_id, n in pages:
        page = session.get(ScanPage, (scan_id, n), execution_options=GOES)
        if page is not None:
            session.expunge(page)
        which = (ScanPage.scan_id == scan_id, ScanPage.n == n)
        session.execute(delete(ScanPage).where(*which), execution_options=GOES)


def _files(session: Session, pages: Sequence[Key]) -> set[Key]:
    """The files (scan and position) of these pages that go: no other page of theirs may have to be looked at again. One
    that stays goes by its own time, days after its last page (``scans/keeping.py``).
    """
    going, found = set(pages), set()
    for scan_id in {scan_id for scan_id, _ in pages}:
        asked = select(ScanPage.n, ScanPage.position, MAY_BECOME).where(ScanPage.scan_id == scan_id)
        rows = session.execute(asked, execution_options=GOES).all()
        needed = {position for n, position, may in rows if may and (scan_id, n) not in going}
        found |= {(scan_id, position) for n, position, _ in rows if (scan_id, n) in going and position not in needed}
    return found
