"""What is left of a person outside reports: pictures they sent, sheets that show their name, their words elsewhere."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, not_, or_, select, update
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, EntryMode, Event, NobodyCame, Participation, ReportAttachment
from brigade.audit import AuditEntry
from brigade.creations import Creation
from brigade.disputes import Dispute
from brigade.files.attachments import Attachment
from brigade.files.uploads import Upload, UploadPiece, piece_key
from brigade.month.closing import MonthStatement
from brigade.organisation.people import ERASED_NAME, Member
from brigade.organisation.roster_imports import RosterImport
from brigade.retention.naming import calls
from brigade.retention.tables import DataRequest
from brigade.retention.ways_gone import GOES
from brigade.retention.words_gone import Erasure
from brigade.scans.tables import UNDER_REVIEW, Scan, ScanFile, ScanPage
from brigade.scans.taking import file_key, sheet_key

TO_DECIDE = and_(ScanPage.state.in_(UNDER_REVIEW), ScanPage.unit_id.is_not(None))
"""Pages of which somebody has still to decide whether they become reports: what others did may stand on them alone. Not
those of no unit: nobody but who sent them sees them until they have left and housekeeping hands them over.
"""


def pictures_of(session: Session, member_id: uuid.UUID) -> list[uuid.UUID]:
    """Those that the person sent, and pages of paper that reports were made of in which they stand."""
    on_paper = exists().where(
        ReportAttachment.attachment_id == Attachment.id, ReportAttachment.report_id == ActivityReport.id,
        ActivityReport.entry_mode == EntryMode.OCR.value, Participation.report_id == ActivityReport.id,
        Participation.member_id == member_id,
    )  # fmt: skip
    asked = select(Attachment.id).where(or_(Attachment.uploader_id == member_id, on_paper)).order_by(Attachment.id)
    return list(session.scalars(asked, execution_options=GOES))


def uploads_of(session: Session, member_id: uuid.UUID) -> list[str]:
    """Files of pictures that had not come whole."""
    pieces = select(UploadPiece.file_id).join(Upload, Upload.id == UploadPiece.upload_id)
    return [
        piece_key(id_) for id_ in session.scalars(pieces.where(Upload.uploader_id == member_id), execution_options=GOES)
    ]


def pages_of(session: Session, member: Member, *which: ColumnElement[bool]) -> list[tuple[uuid.UUID, int]]:
    """Pages of paper that the person sent or that were read with them on it; of these those for which ``which`` holds."""
    took_part = select(Participation.report_id).where(Participation.member_id == member.id)
    theirs = {str(id_) for id_ in session.scalars(took_part, execution_options=GOES)}
    found = []
    columns = (ScanPage.scan_id, ScanPage.n, ScanPage.uploader_id, ScanPage.report_ids, ScanPage.fields,
               ScanPage.decided, ScanPage.said)  # fmt: skip
    asked = select(*columns).join(Scan, Scan.id == ScanPage.scan_id).where(Scan.bureau_id == member.bureau_id)
    asked = asked.where(*which)
    for row in session.execute(asked, execution_options={**GOES, "yield_per": 500}):
        read = json.dumps([row.fields, row.decided, row.said], default=str)
        if row.uploader_id == member.id or theirs & {str(id_) for id_ in row.report_ids} or str(member.id) in read:
            found.append((row.scan_id, row.n))
    return found


def decided_pages_of(session: Session, member: Member) -> list[tuple[uuid.UUID, int]]:
    """Those of which nothing can become a report any more: they go with the person."""
    return pages_of(session, member, not_(TO_DECIDE))


def page_files(session: Session, pages: Sequence[tuple[uuid.UUID, int]]) -> list[str]:
    """The straightened pages, and the files that they were sent in."""
    keys = []
    for scan_id, n in pages:
        page = session.get_one(ScanPage, (scan_id, n), execution_options=GOES)
        sent = session.get(ScanFile, (scan_id, page.position), execution_options=GOES)
        keys += [sheet_key(page.picture_id)] if page.picture_id else []
        keys += [file_key(sent.file_id)] if sent is not None and sent.file_id else []
    return keys


def remove_pages(session: Session, pages: Sequence[tuple[uuid.UUID, int]]) -> None:
    """What was seen, read and corrected on them goes with them; how well was read stays counted."""
    for scan_id, n in pages:
        page = session.get_one(ScanPage, (scan_id, n), execution_options=GOES)
        sent = (ScanFile.scan_id == scan_id, ScanFile.position == page.position)
        session.execute(update(ScanFile).where(*sent).values(file_id=None), execution_options=GOES)
        session.expunge(page)
        which = (ScanPage.scan_id == scan_id, ScanPage.n == n)
        session.execute(delete(ScanPage).where(*which), execution_options=GOES)


def erase_traces(session: Session, erasure: Erasure) -> None:
    """Words of the person in disputes, requests and statements, answers to what they sent, rows of rosters, facts in the log."""
    me = erasure.member.id
    for model, whose, empty in (
        (Dispute, Dispute.member_id == me, {"reason": "", "comment": ""}),
        (Dispute, Dispute.settled_by_id == me, {"comment": ""}),
        (NobodyCame, NobodyCame.stated_by_id == me, {"comment": ""}),
        (MonthStatement, MonthStatement.said_by_id == me, {"reason": ""}),
        (ScanPage, ScanPage.closed_by_id == me, {"reason": ""}),
        (DataRequest, DataRequest.member_id == me, {"words": "", "extension": "", "answer": ""}),
    ):
        session.execute(update(model).where(whose).values(**empty), execution_options=GOES)
    session.execute(delete(Upload).where(Upload.uploader_id == me), execution_options=GOES)
    _erase_answers(session, Creation.actor_id == me)
    _erase_events(session, erasure)
    _erase_rosters(session, erasure.member)
    _erase_log(session, erasure.member)


def erase_answers_about(session: Session, report_ids: Sequence[uuid.UUID]) -> None:
    """First answers to whoever sent these reports: they say what the reports said."""
    _erase_answers(session, Creation.id.in_(report_ids))


def _erase_answers(session: Session, which: Any) -> None:
    for id_ in session.scalars(select(Creation.id).where(which), execution_options=GOES).all():
        answered = update(Creation).where(Creation.id == id_).values(body=json.dumps({"id": str(id_)}))
        session.execute(answered, execution_options=GOES)


def _erase_events(session: Session, erasure: Erasure) -> None:
    """Plans are the office's, not a person's: only a text that names them goes."""
    asked = select(Event).where(Event.bureau_id == erasure.member.bureau_id)
    for event in session.scalars(asked, execution_options=GOES):
        for name in ("title", "place", "note", "cancel_reason"):
            if calls(erasure.names, getattr(event, name)):
                setattr(event, name, ERASED_NAME if name == "title" else "")


def _erase_rosters(session: Session, member: Member) -> None:
    asked = select(RosterImport).where(RosterImport.bureau_id == member.bureau_id)
    for roster in session.scalars(asked, execution_options=GOES):
        rows = [_unnamed(row, member) for row in roster.rows]
        if rows != roster.rows:
            roster.rows = rows


def _unnamed(row: dict[str, Any], member: Member) -> dict[str, Any]:
    values = row.get("values", {})
    if values.get("number") != member.number and values.get("name") != member.name:
        return row
    return {**row, "values": {name: said if name == "number" else "" for name, said in values.items()}}


def _erase_log(session: Session, member: Member) -> None:
    """Names and logins among the facts of the log of changes; who did what on which day stays."""
    asked = select(AuditEntry).where(
        AuditEntry.bureau_id == member.bureau_id,
        or_(AuditEntry.subject_id == member.id, AuditEntry.action == "roster-import.apply"),
    )
    for entry in session.scalars(asked, execution_options=GOES):
        left = {name: said for name, said in entry.data.items() if name != "login"}
        if isinstance(left.get("corrected"), list):
            left["corrected"] = [one for one in left["corrected"] if one.get("number") != member.number]
        if left != entry.data:
            entry.data = left
