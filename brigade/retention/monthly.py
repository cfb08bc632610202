"""Marking each month what has come to its time, where a bureau has switched that on. Nothing goes by it before its day.

It does what an officer does on the console, within the usual limits and with the usual days to undo it, and tells the
bureau's officers. Where too much would go it marks nothing and says that, too. It tries on each of the month's first
days: a run of the month before may still wait for its day.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.actor import Actor
from brigade.audit import AuditEntry
from brigade.dates import tokyo_day
from brigade.jobs import FIRST_DAYS
from brigade.messages.notice_rules import NoticeKind
from brigade.messages.notices import tell_once
from brigade.organisation.people import Post
from brigade.organisation.ranks import Level
from brigade.organisation.unit_settings import merged
from brigade.organisation.units import Unit, valid_on
from brigade.problems import Problem
from brigade.retention.holds import LOOKED_AT
from brigade.retention.plans import OverCap, mark
from brigade.retention.requests import officers_of
from brigade.retention.tables import RetentionRun

SETTING = "mark_monthly"


def bureaus_marking(session: Session, day: dt.date) -> list[uuid.UUID]:
    """The bureaus that have it switched on."""
    asked = select(Unit.id, Unit.settings).where(Unit.level == Level.BUREAU.value, valid_on(Unit, day))
    rows = session.execute(asked.order_by(Unit.id), execution_options=LOOKED_AT)
    return [id_ for id_, settings in rows if merged([settings or {}]).mark_monthly]


def mark_month(session: Session, bureau_id: uuid.UUID, day: dt.date, now: dt.datetime) -> RetentionRun | None:
    """Mark what is due, once in a month; the run where this made one. Not after the month's first days, nor where nobody
    could answer for it.
    """
    month = f"{day:%Y-%m}"
    marked = select(RetentionRun.id).where(RetentionRun.bureau_id == bureau_id, RetentionRun.month == month)
    if day.day > FIRST_DAYS or session.scalar(marked.limit(1), execution_options=LOOKED_AT) is not None:
        return None
    officers = officers_of(session, bureau_id, tokyo_day(now))
    if not officers:
        return None
    actor = Actor(_answering(session, bureau_id, officers, day), bureau_id, "staff", now)
    try:
        run = mark(session, actor, month=month)
    except OverCap as over:
        said = {"record": over.params["record"], "due": over.params["due"]}
        _tell(session, NoticeKind.RETENTION_OVER_CAP, bureau_id, officers, month, said, now)
        return None
    except Problem:  # nothing is due, or an earlier run waits: another day
        return None
    count = sum(said["due"] for said in run.plan.values())
    goes_on = {"goes_on": tokyo_day(run.goes_at).isoformat(), "count": count}
    _tell(session, NoticeKind.RETENTION_MARKED, bureau_id, officers, month, goes_on, now)
    return run


def _answering(session: Session, bureau_id: uuid.UUID, officers: set[uuid.UUID], day: dt.date) -> uuid.UUID:
    """In whose name it is done: whoever switched it on, or, where they are no officer any more, whoever is one longest."""
    changes = select(AuditEntry.actor_id, AuditEntry.data).where(
        AuditEntry.bureau_id == bureau_id, AuditEntry.action == "unit.settings", AuditEntry.subject_id == bureau_id,
        AuditEntry.actor_id.in_(officers),
    )  # fmt: skip
    newest = changes.order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    for who, data in session.execute(newest, execution_options=LOOKED_AT):
        if data["after"].get(SETTING) and not data["before"].get(SETTING):
            found: uuid.UUID = who
            return found
    longest = select(Post.member_id).where(Post.unit_id == bureau_id, Post.member_id.in_(officers), valid_on(Post, day))
    oldest = session.scalar(longest.order_by(Post.valid_from, Post.id).limit(1), execution_options=LOOKED_AT)
    return oldest or min(officers)


def _tell(
    session: Session, kind: NoticeKind, bureau_id: uuid.UUID, officers: set[uuid.UUID], month: str,
    said: Mapping[str, Any], now: dt.datetime,
) -> None:  # fmt: skip
    tell_once(session, kind, f"{bureau_id} {month}", {who: dict(said) for who in sorted(officers)}, now)
