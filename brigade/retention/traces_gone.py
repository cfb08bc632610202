"""What is left of a person outside reports and paper: their words elsewhere, and what names them."""

from __future__ import annotations

import json
import uuid
from collections.abc import Sequence
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.orm import Session

from brigade.activity.activities import Event, NobodyCame
from brigade.audit import AuditEntry
from brigade.creations import Creation
from brigade.disputes import Dispute
from brigade.files.uploads import Upload
from brigade.month.closing import MonthStatement
from brigade.organisation.people import ERASED_NAME, Member
from brigade.organisation.roster_imports import RosterImport
from brigade.retention.naming import calls
from brigade.retention.tables import DataRequest
from brigade.retention.ways_gone import GOES
from brigade.retention.words_gone import Erasure
from brigade.scans.tables import ScanPage


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
