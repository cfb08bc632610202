"""Words that go with a person, out of the reports in which they stand. Who was where and when stays, and so do all sums.

What goes: what the person wrote, all prose and every remark in reports of their own, why they left early, and in the
other reports they stand in every text that names them. The chain keeps its digests: an event of its own says who erased
when, and its link lists what (``chain/format.py``).
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, exists, or_, select
from sqlalchemy.orm import Session, selectinload

from brigade.activity.activities import ActivityReport, Participation
from brigade.activity.content import content_of
from brigade.activity.history import ERASE, ReportEvent, ReportVersion, differing
from brigade.activity.search import index_report
from brigade.chain.format import left_digest
from brigade.chain.tables import ErasedPart
from brigade.organisation.people import Member
from brigade.organisation.ranks import Level, PostName
from brigade.retention.naming import calls, is_about, names_of, texts_of, without_words
from brigade.retention.tables import RetentionRun
from brigade.retention.ways_gone import GOES

WITH_PARTS = (
    selectinload(ActivityReport.participations), selectinload(ActivityReport.vehicles),
    selectinload(ActivityReport.attachments),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Erasure:
    """Whose words go, by which run, when."""

    member: Member
    run: RetentionRun
    now: dt.datetime

    @property
    def names(self) -> frozenset[str]:
        """What the person may be called."""
        return names_of(self.member.name, self.member.kana)


def reports_with(member_id: uuid.UUID, after: uuid.UUID | None = None) -> Select[uuid.UUID]:
    """Ids of the reports that the person wrote, took part in or decided on, in order."""
    took_part = exists().where(Participation.report_id == ActivityReport.id, Participation.member_id == member_id)
    decided = exists().where(ReportEvent.report_id == ActivityReport.id, ReportEvent.actor_id == member_id)
    asked = select(ActivityReport.id).where(or_(ActivityReport.author_id == member_id, took_part, decided))
    return (asked if after is None else asked.where(ActivityReport.id > after)).order_by(ActivityReport.id)


def erase_words(session: Session, erasure: Erasure, ids: Sequence[uuid.UUID]) -> int:
    """Out of these reports; in how many there was anything."""
    asked = select(ActivityReport).where(ActivityReport.id.in_(ids)).options(*WITH_PARTS)
    reports = session.scalars(asked.with_for_update(of=ActivityReport), execution_options=GOES).all()
    return sum(_erase_in(session, erasure, report) for report in reports)


def index_again(session: Session, ids: Sequence[uuid.UUID]) -> None:
    """Make the reports findable by what their people are called now."""
    asked = select(ActivityReport).where(ActivityReport.id.in_(ids)).options(*WITH_PARTS)
    for report in session.scalars(asked, execution_options=GOES).all():
        index_report(session, report)


def _erase_in(session: Session, erasure: Erasure, report: ActivityReport) -> bool:
    events = _history(session, ReportEvent, report.id)
    versions = _history(session, ReportVersion, report.id)
    me, names = erasure.member.id, erasure.names
    written = _written_by(versions, me)
    now_said = content_of(report).stored()
    own = me in (report.author_id, report.sole_member_id) or is_about(now_said, str(me))

    def goes(words: str) -> bool:
        return words in written or calls(names, words)

    spoken = [row for row in events if _has_words(row) and (own or row.actor_id == me or _names(row, names))]
    left = {row.version: without_words(row.content, str(me), goes, own=own) for row in versions}
    saved = [row for row in versions if left[row.version] != row.content]
    still = without_words(now_said, str(me), goes, own=own)
    if not spoken and not saved and still == now_said:
        return False
    seq = report.version + 1
    session.add(_event(erasure, report, seq, differing(now_said, still)))
    if still != now_said:
        session.add(_version(erasure, report, seq, differing(now_said, still), still))
    session.add_all(
        ErasedPart(report_id=report.id, seq=row.seq, part="text", by_seq=seq, digest=None) for row in spoken
    )
    session.add_all(
        ErasedPart(
            report_id=report.id,
            seq=row.version,
            part="content",
            by_seq=seq,
            digest=left_digest(vars(row), left[row.version]),
        )
        for row in saved
    )
    session.flush()  # the store lets go what these rows name, and nothing else
    for row in spoken:
        row.comment, row.remarks, row.nonce = "", [], None
    for row in saved:
        row.content, row.nonce = left[row.version], None
    report.version, report.updated_at = seq, erasure.now
    report.undo_by_id = report.undo_step = None
    _put(report, still)
    session.flush()
    return True


def _history(session: Session, model: Any, report_id: uuid.UUID) -> list[Any]:
    return list(session.scalars(select(model).where(model.report_id == report_id), execution_options=GOES))


def _written_by(versions: Iterable[ReportVersion], member_id: uuid.UUID) -> set[str]:
    """Prose that this person put in, whoever saved it again later."""
    return {
        words
        for row in versions
        if row.author_id == member_id
        for name, words in texts_of(row.content).items()
        if words and name in row.changed
    }


def _has_words(event: ReportEvent) -> bool:
    return bool(event.comment or event.remarks)


def _names(event: ReportEvent, names: frozenset[str]) -> bool:
    said = [event.comment, *(str(remark.get("text", "")) for remark in event.remarks)]
    return any(calls(names, words) for words in said)


def _event(erasure: Erasure, report: ActivityReport, seq: int, changed: list[str]) -> ReportEvent:
    """What the history says of it: by which office, on which day; nothing moves."""
    return ReportEvent(
        report_id=report.id, seq=seq, at=erasure.now, action=ERASE, actor_id=erasure.run.planned_by_id,
        post=PostName.BUREAU_OFFICER.value, unit_id=report.bureau_id, level=Level.BUREAU.value, for_id=None, basis=None,
        source=report.state, target=report.state, step_from=report.step, step_to=report.step, reason=None, comment="",
        remarks=[], changed=changed,
    )  # fmt: skip


def _version(
    erasure: Erasure, report: ActivityReport, seq: int, changed: list[str], content: dict[str, Any]
) -> ReportVersion:
    return ReportVersion(
        report_id=report.id, version=seq, at=erasure.now, author_id=erasure.run.planned_by_id, content=content,
        changed=changed,
    )  # fmt: skip


def _put(report: ActivityReport, content: dict[str, Any]) -> None:
    """Into the row and its people; nothing else of them can differ."""
    for name in ("summary", "place", "details"):
        if getattr(report, name) != content[name]:
            setattr(report, name, content[name])
    said = {row["member_id"]: row["left_early_reason"] for row in content["participants"]}
    for person in report.participations:
        if person.left_early_reason != said[str(person.member_id)]:
            person.left_early_reason = None
