"""Taking part as planned in one step, and the events of one's own calendar."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from brigade.activity import actions
from brigade.activity.activities import ActivityReport, Event, EventState, Participation
from brigade.activity.claims import LIVE
from brigade.activity.content import Content, Person
from brigade.activity.report_checks import Checked
from brigade.activity.whole import WholeReport
from brigade.actor import Actor
from brigade.calendar.event_calls import read_event
from brigade.dates import tokyo_day
from brigade.organisation.people import Membership
from brigade.organisation.units import valid_on
from brigade.problems import Problem, Refused
from brigade.scopes import called_to

BACK, AHEAD = dt.timedelta(days=60), dt.timedelta(days=366)


def took_part(
    session: Session, actor: Actor, event_id: uuid.UUID, *, report_id: uuid.UUID | None,
    started_at: dt.datetime | None = None, ended_at: dt.datetime | None = None, role: str = "member",
) -> tuple[WholeReport, Checked]:  # fmt: skip
    """File and submit one's own report from what the event says, with every check of a report.

    From the event's start on, by those whose unit was called. What is not given is the event's.
    """
    event = read_event(session, event_id)
    start = started_at or event.started_at
    home = select(Membership.unit_id).where(
        Membership.member_id == actor.member_id, valid_on(Membership, tokyo_day(start))
    )
    unit_id = session.scalar(home)
    if unit_id is None or session.scalar(select(Event.id).where(Event.id == event.id, _mine(actor))) is None:
        raise Refused("not-called")
    if event.state == EventState.CANCELLED:
        raise Problem("event-cancelled")
    if actor.now < event.started_at:
        raise Problem("event-not-started")
    content = Content(
        kind=event.kind, unit_id=unit_id, event_id=event.id, started_at=start, ended_at=ended_at or event.ended_at,
        place=event.place, order_by=event.order_by, details=event.details,
        participants=(Person(actor.member_id, role),),
    )  # fmt: skip
    return actions.create(session, actor, content, report_id=report_id, submit=True)


def expected_of(actor: Actor) -> ColumnElement[bool]:
    """SQL: planned events, not cancelled, to which one's unit was called and of which no live report has one in it."""
    filed = select(ActivityReport.event_id).join(Participation, Participation.report_id == ActivityReport.id)
    filed = filed.where(
        Participation.member_id == actor.member_id,
        ActivityReport.state.in_(LIVE),
        ActivityReport.event_id.is_not(None),
    )
    return and_(Event.planned, Event.state == EventState.PLANNED.value, _mine(actor), Event.id.not_in(filed))


def calendar_of(session: Session, actor: Actor) -> list[Event]:
    """Planned events to which one's unit was called, also cancelled ones, from ``BACK`` to ``AHEAD``; earliest first."""
    near = Event.started_at.between(actor.now - BACK, actor.now + AHEAD)
    asked = select(Event).where(_mine(actor), Event.planned, near)
    return list(session.scalars(asked.order_by(Event.started_at, Event.id)))


def _mine(actor: Actor) -> ColumnElement[bool]:
    return Event.id.in_(called_to(actor))
