"""Disputes (申し出): what a member says, to the station alone, against a report that names them.

The leaders in between see neither who disputes, nor why, nor that anyone does; only that a line of pay is on hold, by
``held``. Nothing of the report changes with a dispute: not its version, not its history, not what devices are sent.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, exists, func, or_, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from brigade.activity.activities import ActivityReport, Participation
from brigade.activity.claims import LIVE
from brigade.activity.history import ERASE, ReportEvent, ReportVersion
from brigade.activity.kinds import catalogue
from brigade.activity.workflow import Action
from brigade.actor import Actor
from brigade.db import Base, new_id
from brigade.dispute_rules import HOLDING, DisputeKind, DisputeState, is_held, may_become
from brigade.messages.notice_rules import NoticeKind
from brigade.messages.notices import tell
from brigade.organisation.office import note
from brigade.organisation.people import Post
from brigade.organisation.ranks import PostName
from brigade.organisation.units import valid_on
from brigade.problems import NotFound, Problem, Refused
from brigade.questions import Question, among

HOLDS = {"as_system": "which lines are on hold is told without who disputes them, and why"}
TOLD = {"as_system": "the officers of the station are told of a dispute past the leaders"}
DISPUTING = ("raise-dispute", "withdraw-dispute", "settle-dispute")
"""What the audit notes of disputes; who may not see a dispute reads none of it."""

ANSWERS_FOR = (Action.EDIT.value, Action.SUBMIT.value, Action.CORRECT.value, Action.APPROVE.value, "create")
"""Whoever did one of these to a report answers for what it says."""


class Dispute(Base):
    """One member's word against one report. ``settled_version`` is the report's version that the officer saw."""

    __tablename__ = "disputes"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    report_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("activity_reports.id"))
    member_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("members.id"), index=True)
    kind: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10))
    raised_at: Mapped[dt.datetime]
    withdrawn_at: Mapped[dt.datetime | None]
    settled_by_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("members.id"))
    settled_at: Mapped[dt.datetime | None]
    settled_version: Mapped[int | None]
    comment: Mapped[str] = mapped_column(Text)

    __table_args__ = (
        CheckConstraint(f"kind IN ({', '.join(repr(str(kind)) for kind in DisputeKind)})", name="kind"),
        CheckConstraint(f"state IN ({', '.join(repr(str(state)) for state in DisputeState)})", name="state"),
        CheckConstraint("(state IN ('upheld', 'dismissed')) = (settled_at IS NOT NULL)", name="settled"),
        CheckConstraint("(state = 'withdrawn') = (withdrawn_at IS NOT NULL)", name="withdrawn"),
        Index("ix_disputes_report_id_member_id", "report_id", "member_id"),
        Index("ix_disputes_state_raised_at", "state", "raised_at", "id"),
        Index(
            "uq_disputes_open", "report_id", "member_id", unique=True,
            sqlite_where=text("state = 'open'"), postgresql_where=text("state = 'open'"),
        ),
    )  # fmt: skip


def raise_dispute(
    session: Session,
    actor: Actor,
    report_id: uuid.UUID,
    kind: DisputeKind,
    reason: str,
    *,
    id_: uuid.UUID | None = None,
) -> Dispute:
    """Say that the report is wrong about oneself, to the officers of its station.

    NotFound unless it names one; Problem ``already-disputed`` while an earlier one is open.
    """
    named = select(Participation.report_id).where(Participation.member_id == actor.member_id)
    report = session.scalar(
        select(ActivityReport).where(
            ActivityReport.id == report_id, ActivityReport.id.in_(named), ActivityReport.number.is_not(None),
            ActivityReport.state.in_(LIVE),
        )
    )  # fmt: skip
    if report is None:
        raise NotFound()
    mine = select(Dispute.id).where(Dispute.report_id == report.id, Dispute.member_id == actor.member_id)
    if session.scalar(mine.where(Dispute.state == DisputeState.OPEN.value)) is not None:
        raise Problem("already-disputed")
    made = Dispute(
        id=id_ or new_id(), report_id=report.id, member_id=actor.member_id, kind=kind.value, reason=reason,
        state=DisputeState.OPEN.value, raised_at=actor.now, withdrawn_at=None, settled_by_id=None, settled_at=None,
        settled_version=None, comment="",
    )  # fmt: skip
    session.add(made)
    session.flush()
    note(session, actor, "raise-dispute", made.id, report_id=report.id, kind=kind.value)
    told = _officers(session, actor, report) - {actor.member_id}
    tell(session, NoticeKind.DISPUTE_RAISED, sorted(told), actor.now, data=_about(report))
    return made


def withdraw_dispute(session: Session, actor: Actor, dispute_id: uuid.UUID) -> Dispute:
    """Take one's own back; one that is withdrawn stays so. NotFound for what is not one's own, Problem if settled."""
    dispute = _locked(session, dispute_id)
    if dispute is None or dispute.member_id != actor.member_id:
        raise NotFound()
    if dispute.state == DisputeState.WITHDRAWN:
        return dispute
    _check_may_become(dispute, DisputeState.WITHDRAWN)
    dispute.state, dispute.withdrawn_at = DisputeState.WITHDRAWN.value, actor.now
    note(session, actor, "withdraw-dispute", dispute.id, report_id=dispute.report_id)
    return dispute


def settle_dispute(
    session: Session, actor: Actor, dispute_id: uuid.UUID, outcome: DisputeState, comment: str
) -> Dispute:
    """The station has looked into it: the member is right (upheld) or not (dismissed). The member is told.

    NotFound for one that is not the officer's to see, Refused for who answers for the report or disputes it, Problem
    ``dispute-settled`` where it is over.
    """
    dispute = _locked(session, dispute_id)
    if dispute is None:
        raise NotFound()
    report = session.get_one(ActivityReport, dispute.report_id)
    if actor.member_id in answering(session, [report.id])[report.id] | {dispute.member_id}:
        raise Refused("own-dispute")
    _check_may_become(dispute, outcome)
    dispute.state, dispute.comment = outcome.value, comment
    dispute.settled_by_id, dispute.settled_at, dispute.settled_version = actor.member_id, actor.now, report.version
    session.flush()
    note(session, actor, "settle-dispute", dispute.id, report_id=report.id, outcome=outcome.value)
    kind = NoticeKind.DISPUTE_UPHELD if outcome is DisputeState.UPHELD else NoticeKind.DISPUTE_DISMISSED
    tell(session, kind, [dispute.member_id], actor.now, data=_about(report))
    return dispute


def answering(session: Session, report_ids: Collection[uuid.UUID]) -> dict[uuid.UUID, set[uuid.UUID]]:
    """Who wrote, corrected or approved each of these reports: none of them settles what is said against it."""
    found: dict[uuid.UUID, set[uuid.UUID]] = {id_: set() for id_ in report_ids}
    asked = select(ReportEvent.report_id, ReportEvent.actor_id).where(
        ReportEvent.report_id.in_(found), ReportEvent.action.in_(ANSWERS_FOR)
    )
    for report_id, actor_id in session.execute(asked.distinct()):
        if actor_id is not None:
            found[report_id].add(actor_id)
    return found


_ERASED = exists().where(
    ReportEvent.report_id == ReportVersion.report_id,
    ReportEvent.seq == ReportVersion.version,
    ReportEvent.action == ERASE,
)
_CONTENT = select(func.max(ReportVersion.version)).where(ReportVersion.report_id == Dispute.report_id, ~_ERASED)
_HOLDING = Question(
    select(
        Dispute.report_id, Dispute.member_id, Dispute.kind, Dispute.state, Dispute.settled_version,
        _CONTENT.scalar_subquery(),
    ).where(among(Dispute.report_id, "reports"), or_(*(Dispute.state == state.value for state in HOLDING))),
    HOLDS,
)  # fmt: skip


def held(session: Session, report_ids: Collection[str]) -> set[tuple[str, str]]:
    """(report, member) of what is on hold in these reports."""
    if not report_ids:
        return set()
    return {
        (str(report_id), str(member_id))
        for report_id, member_id, kind, state, settled, saved in _HOLDING.ask(
            session, reports=[uuid.UUID(id_) for id_ in report_ids]
        )
        if is_held(DisputeKind(kind), DisputeState(state), settled, saved or 0)
    }


def _locked(session: Session, dispute_id: uuid.UUID) -> Dispute | None:
    """The dispute, if one may see it, held until the commit."""
    return session.scalar(
        select(Dispute).where(Dispute.id == dispute_id).with_for_update().execution_options(populate_existing=True)
    )


def _check_may_become(dispute: Dispute, target: DisputeState) -> None:
    if not may_become(DisputeState(dispute.state), target):
        raise Problem("dispute-settled")


def _about(report: ActivityReport) -> dict[str, str | None]:
    return {"activity": report.kind, "number": report.number, "started_at": report.started_at.isoformat()}


def _officers(session: Session, actor: Actor, report: ActivityReport) -> set[uuid.UUID]:
    """The officers of the station; the bureau's too where none of them may settle it and the kind is not confidential."""
    station = _holders(session, report.station_id, PostName.STATION_OFFICER, actor.today)
    kind = catalogue().get(report.kind)
    if station - answering(session, [report.id])[report.id] - {actor.member_id} or (kind and kind.confidential):
        return station
    return station | _holders(session, report.bureau_id, PostName.BUREAU_OFFICER, actor.today)


def _holders(session: Session, unit_id: uuid.UUID | None, post: PostName, day: dt.date) -> set[uuid.UUID]:
    held_there = select(Post.member_id).where(Post.unit_id == unit_id, Post.post == post.value, valid_on(Post, day))
    return set(session.scalars(held_there, execution_options=TOLD))
