"""Erasing one person: what stands against it, what would go and what stays, and marking it to go on a day."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, NamedTuple

from sqlalchemy import exists, func, or_, select
from sqlalchemy.orm import Session

from brigade.access.accounts import Account
from brigade.activity.activities import ActivityReport, Participation
from brigade.activity.workflow import State
from brigade.actor import Actor
from brigade.dates import tokyo_day
from brigade.dispute_rules import DisputeState
from brigade.disputes import Dispute, held
from brigade.month.editions import Edition
from brigade.organisation.office import note
from brigade.organisation.people import Member
from brigade.problems import FieldProblem, Invalid, NotFound, Problem, Refused
from brigade.retention.holds import LOOKED_AT, MOST_LETTERS, holds_of
from brigade.retention.paper_gone import TO_DECIDE, pages_going, pages_of, pictures_going, waits_for_reading
from brigade.retention.plans import UNDER_WAY, UNDO_DAYS, check_days, planned
from brigade.retention.records import MEMBER, members_held, serves_from
from brigade.retention.tables import RetentionRun
from brigade.retention.words_gone import reports_with
from brigade.scans.giving_back import only_drafts_of

UNFINISHED = (State.IN_REVIEW.value, State.RETURNED.value, State.CONFIRMED.value)


class Preview(NamedTuple):
    """What of a person goes: reports whose words are looked through, pictures, pages of paper, accounts. What stays:
    attendances, and sealed months with the name on paper until their own time is over. ``against``: why it cannot be.
    """

    member: Member
    reports: int
    pictures: int
    pages: int
    accounts: int
    attendances: int
    editions: int
    against: tuple[str, ...]


def preview(session: Session, actor: Actor, number: str, on: dt.date | None = None) -> Preview:
    """For the member with that number in the bureau; NotFound else. ``on``: the day it would be done, None today. Reads
    only.
    """
    asked = select(Member).where(Member.bureau_id == actor.bureau_id, Member.number == number.strip())
    member = session.scalar(asked, execution_options=LOOKED_AT)
    if member is None:
        raise NotFound()
    took_part = select(ActivityReport.month).join(Participation, Participation.report_id == ActivityReport.id)
    sealed = took_part.where(Participation.member_id == member.id, ActivityReport.state == State.SEALED.value)
    return Preview(
        member, _count(session, reports_with(member.id)), len(pictures_going(session, member)),
        len(pages_going(session, member)), _count(session, select(Account.id).where(Account.member_id == member.id)),
        _count(session, took_part.where(Participation.member_id == member.id, ActivityReport.number.is_not(None))),
        _count(session, select(Edition.id).where(Edition.month.in_(sealed), func.length(Edition.rows) > 0)),
        against(session, actor, member, on),
    )  # fmt: skip


def against(session: Session, actor: Actor, member: Member, on: dt.date | None = None) -> tuple[str, ...]:
    """Every reason why the person cannot be erased: in service (today or ``on`` a later day), on hold, unsealed reports,
    paper that is still to be read, on which somebody has still to decide or that is only drafts of theirs, an open dispute, pay on hold.
    """
    if member.is_erased:
        return ("erased-already",)
    reasons = []
    who = select(Member.id).where(Member.id == member.id)
    if _any(session, who.where(serves_from(on or actor.today))):
        reasons.append("still-serving")
    holds = holds_of(session, actor.bureau_id)
    if holds and _any(session, who.where(members_held(holds))):
        reasons.append("on-hold")
    took_part = exists().where(Participation.report_id == ActivityReport.id, Participation.member_id == member.id)
    unfinished = select(ActivityReport.id).where(
        ActivityReport.state.in_(UNFINISHED), or_(ActivityReport.author_id == member.id, took_part)
    )
    if _any(session, unfinished):
        reasons.append("unsealed-reports")
    undecided = pages_of(session, member, TO_DECIDE) or only_drafts_of(session, member.id)
    if undecided or waits_for_reading(session, member.id):
        reasons.append("undecided-pages")
    dispute = select(Dispute.id).where(Dispute.member_id == member.id, Dispute.state == DisputeState.OPEN.value)
    if _any(session, dispute):
        reasons.append("open-dispute")
    if _holds_pay(session, member.id):
        reasons.append("held-pay")
    return tuple(reasons)


def _holds_pay(session: Session, member_id: uuid.UUID) -> bool:
    """Whether a line of theirs is on hold though the station has said that they are right: nobody could release it later."""
    named = exists().where(Participation.report_id == Dispute.report_id, Participation.member_id == member_id)
    upheld = select(Dispute.report_id).where(
        Dispute.member_id == member_id, Dispute.state == DisputeState.UPHELD.value, named
    )
    ids = [str(id_) for id_ in session.scalars(upheld, execution_options=LOOKED_AT)]
    return any(whose == str(member_id) for _, whose in held(session, ids)) if ids else False


def _any(session: Session, asked: Any) -> bool:
    return session.scalar(asked.limit(1), execution_options=LOOKED_AT) is not None


def _count(session: Session, ids: Any) -> int:
    return session.scalar(select(func.count()).select_from(ids.subquery()), execution_options=LOOKED_AT) or 0


def mark_person(
    session: Session, actor: Actor, member_id: uuid.UUID, reason: str, *, days: int = UNDO_DAYS, asked: bool = False,
    id_: uuid.UUID | None = None,
) -> RetentionRun:  # fmt: skip
    """The person is erased after ``days`` unless it is undone. Invalid without a reason, Refused with every reason why
    it cannot be, Problem ``run-waits`` where it is marked already.

    ``asked``: by the person themselves, which is reason enough, and it is enough that they have left by then.
    """
    check_days(days)
    problems = [] if reason.strip() or asked else [FieldProblem("/reason", "required")]
    if len(reason) > MOST_LETTERS:
        problems.append(FieldProblem("/reason", "too-long", {"max": MOST_LETTERS}))
    if problems:
        raise Invalid(problems)
    asked_for = select(Member).where(Member.id == member_id, Member.bureau_id == actor.bureau_id)
    member = session.scalar(asked_for, execution_options=LOOKED_AT)
    if member is None:
        raise NotFound()
    waiting = select(RetentionRun.id).where(RetentionRun.member_id == member.id, RetentionRun.state.in_(UNDER_WAY))
    if session.scalar(waiting) is not None:
        raise Problem("run-waits")
    goes_on = actor.today + dt.timedelta(days=days) if asked else actor.today
    if reasons := against(session, actor, member, goes_on):
        raise Refused(*reasons)
    run = planned(
        session, actor, days, {MEMBER: {"length": None, "due": 1, "held": 0}}, reason, member_id=member.id, id_=id_
    )
    note(session, actor, "retention.mark-person", run.id, member_id=member.id, goes_at=tokyo_day(run.goes_at))
    return run
