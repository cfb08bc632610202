"""One person, one place at a time: nobody is paid for two activities at once, whoever wrote them down."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, or_, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Participation
from brigade.activity.content import Content
from brigade.activity.workflow import State
from brigade.db import UtcTime
from brigade.organisation.people import Member
from brigade.problems import FieldProblem
from brigade.questions import Question, among

_NOT_LIVE = (State.DRAFT, State.WITHDRAWN)
LIVE = tuple(state.value for state in State if state not in _NOT_LIVE)


def is_live(report: Any = ActivityReport) -> ColumnElement[bool]:
    """SQL: the report's state is one of ``LIVE``, for statements that are put together once."""
    return and_(*(report.state != state.value for state in _NOT_LIVE))


CLAIMED = {"as_system": "a person may be claimed by a report the asker cannot see"}


def claim_times(
    part: Any = Participation, report: Any = ActivityReport
) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    """SQL: from when until when the report claims the person of this row."""
    return (
        func.coalesce(part.started_at, report.started_at).label("since"),
        func.coalesce(part.ended_at, report.ended_at).label("until"),
    )


_START, _END = claim_times()
_FIRST = bindparam("first", type_=UtcTime)
_MEETING = and_(
    bindparam("last", type_=UtcTime) > _START,
    _FIRST < _END,
    # The same once more, as the index knows it: most of what a person took part in has long been over.
    Participation.claims_until > _FIRST,
)
_CLAIMS = (
    select(Participation.member_id, _START, _END, ActivityReport.id, ActivityReport.event_id)
    .join(ActivityReport, ActivityReport.id == Participation.report_id)
    .where(among(Participation.member_id, "people"), is_live())
)
CLAIMS = Question(_CLAIMS.where(_MEETING), CLAIMED)
"""Who of ``people`` is claimed between ``first`` and ``last``: from when, until when, by which report of which event."""

_CLAIMS_OF_EVENT = Question(_CLAIMS.where(or_(_MEETING, ActivityReport.event_id == bindparam("event_id"))), CLAIMED)


_LOCKED = Question(
    select(Member.id).where(among(Member.id, "ids")).order_by(Member.id).with_for_update(key_share=True),
    {"as_system": "rows are locked, not read"},
)


def clashes(session: Session, content: Content, report_id: uuid.UUID | None) -> Iterable[FieldProblem]:
    """Every person whom another report claims for the same time or the same event; named if the asker may see it."""
    if not content.participants:
        return
    spans = {
        person.member_id: (person.started_at or content.started_at, person.ended_at or content.ended_at)
        for person in content.participants
    }
    first, last = min(a for a, _ in spans.values()), max(b for _, b in spans.values())
    asked = {"people": spans, "first": first, "last": last}
    if content.event_id:
        rows = _CLAIMS_OF_EVENT.ask(session, **asked, event_id=content.event_id)
    else:
        rows = CLAIMS.ask(session, **asked)
    found = {
        who: other
        for who, a, b, other, event_id in rows
        if other != report_id
        and (
            (a < spans[who][1] and b > spans[who][0]) or (content.event_id is not None and event_id == content.event_id)
        )
    }
    if not found:
        return
    numbers = dict(
        session.execute(
            select(ActivityReport.id, ActivityReport.number).where(ActivityReport.id.in_(set(found.values())))
        ).all()
    )
    for place, person in enumerate(content.participants):
        other = found.get(person.member_id)
        if other is None:
            continue
        at = f"/participants/{place}/member_id"
        if other in numbers:
            yield FieldProblem(at, "overlap", {"number": numbers[other], "report_id": str(other)})
        else:
            yield FieldProblem(at, "overlap-hidden")


def lock_people(session: Session, content: Content) -> None:
    """Hold the participants until the commit, in one order, so that two reports cannot claim one person at once.

    SQLite holds the whole store for a writer already; PostgreSQL takes the rows.
    """
    ids = {person.member_id for person in content.participants}
    if ids and session.get_bind().dialect.name != "sqlite":
        _LOCKED.ask(session, ids=ids)
