"""What a paper form is filled with before it is printed: the unit, its roster of the day, the month or the event.

A roster is printed for one's own unit and for those that one leads or stands over.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity.activities import Event
from brigade.actor import Actor
from brigade.calendar.event_calls import read_event
from brigade.dates import month_days
from brigade.forms.filling import Filling, Person, Planned
from brigade.forms.template import Template
from brigade.month.heirs import NAMED
from brigade.month.reach import Led, led_unit
from brigade.organisation.people import Member, Membership, Post
from brigade.organisation.ranks import Level, PostName
from brigade.organisation.units import Unit, in_line, line_of, valid_on
from brigade.problems import FieldProblem, Invalid
from brigade.wording import text

NAMED_LEVELS = (Level.BRIGADE, Level.COMPANY, Level.SECTION, Level.SQUAD)


def filling_for(
    session: Session, actor: Actor, template: Template, *, unit_id: uuid.UUID | None = None, month: str | None = None,
    event_id: uuid.UUID | None = None,
) -> Filling:  # fmt: skip
    """What is known for this sheet. An event says its day itself, whatever the month.

    Invalid for what the form has no place for, for an event without a unit or that does not call it, NotFound for what
    the actor cannot see, Refused for a unit that is neither the actor's own nor led.
    """
    given = {"unit_id": unit_id, "month": month, "event_id": event_id}
    strange = [name for name, value in given.items() if value is not None and name not in template.variables]
    if strange:
        raise Invalid([FieldProblem(f"/{name}", "not-on-this-form") for name in strange])
    if unit_id is None:
        if event_id is not None:
            raise Invalid([FieldProblem("/unit_id", "required")])
        return Filling(month=month)
    event = read_event(session, event_id) if event_id is not None else None
    day = event.day if event else _day(actor.today, month)
    filling = filling_on(session, actor, unit_id, day, month=month, event=event)
    if event is not None and filling is None:
        raise Invalid([FieldProblem("/event_id", "squad-not-called")])
    assert filling is not None
    return filling


def filling_on(
    session: Session, actor: Actor, unit_id: uuid.UUID, day: dt.date, *, month: str | None = None,
    event: Event | None = None,
) -> Filling | None:  # fmt: skip
    """What a sheet of the unit was filled with for that day; None where the event does not call the unit.

    NotFound for a unit that the actor cannot see, Refused for one that is neither the actor's own nor led.
    """
    led = _own_or_led(session, actor, unit_id, day)
    if event is not None and not {row.unit_id for row in event.units} & {unit.id for unit in led.line}:
        return None
    return Filling(
        unit=_full_name(led),
        unit_code=led.unit.code,
        unit_id=led.unit.id,
        day=day,
        month=None if event else month,
        event=_planned(event) if event else None,
        people=_roster(session, led.unit, day),
    )


def _day(today: dt.date, month: str | None) -> dt.date:
    """Today, or the day of the month that is nearest to it."""
    if month is None:
        return today
    first, last = month_days(month)
    return min(max(today, first), last)


def _own_or_led(session: Session, actor: Actor, unit_id: uuid.UUID, day: dt.date) -> Led:
    unit = session.scalar(select(Unit).where(Unit.id == unit_id)) if unit_id in actor.home else None
    if unit is None:
        return led_unit(session, actor, unit_id, day)
    day = max(day, unit.valid_from)
    return Led(unit, line_of(session, unit_id, day, NAMED), day)


def _full_name(led: Led) -> str:
    """``中消防団 第二分団 第一班``: from the brigade down, without what a longer name repeats."""
    names = [unit.name for unit in reversed(led.line) if unit.level in NAMED_LEVELS] or [led.unit.name]
    return in_line(names)


def _planned(event: Event) -> Planned:
    return Planned(event.id, event.kind, event.title, event.place, event.started_at, event.ended_at)


def _roster(session: Session, unit: Unit, day: dt.date) -> tuple[Person, ...]:
    """Who belonged to the unit itself on that day, in kana order."""
    here = select(Membership.member_id).where(Membership.unit_id == unit.id, valid_on(Membership, day))
    members = session.scalars(
        select(Member).where(Member.id.in_(here)).order_by(Member.kana_sort, Member.number, Member.id)
    ).all()
    held = session.execute(
        select(Post.member_id, Post.post).where(Post.unit_id == unit.id, valid_on(Post, day)).order_by(Post.id)
    ).all()
    return tuple(_person(member, [post for who, post in held if who == member.id]) for member in members)


def _person(member: Member, posts: Sequence[str]) -> Person:
    post = min(map(PostName, posts), key=list(PostName).index, default=PostName.MEMBER)
    return Person(member.number, member.name, member.kana, text(f"post.{post}", "ja"))
