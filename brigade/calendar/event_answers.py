"""What squads say of an event past their reports: that nobody of them came. A report filed afterwards outweighs it."""

from __future__ import annotations

import uuid
from collections.abc import Collection

from sqlalchemy import select
from sqlalchemy.orm import Session

from brigade.activity.activities import Event, EventState, NobodyCame
from brigade.actor import Actor
from brigade.calendar.event_calls import held_event
from brigade.calendar.expected import OF_THE_DAY, Answer, answers_of, squads_of, standing_at
from brigade.organisation.people import Membership
from brigade.organisation.units import UnitTree, valid_on
from brigade.problems import FieldProblem, Invalid, NotFound, Problem, Refused


def state_nobody_came(session: Session, actor: Actor, event_id: uuid.UUID, unit_id: uuid.UUID, comment: str) -> Event:
    """Say it of a squad that one leads or stands over; said again, the first statement stands."""
    event = held_event(session, event_id)
    if event.state == EventState.CANCELLED:
        raise Problem("event-cancelled")
    if actor.now < event.started_at:
        raise Problem("event-not-started")
    squads = {row.unit_id: row for row in answers_of(session, actor, event.id)}
    if unit_id not in squads:
        raise Invalid([FieldProblem("/unit_id", "squad-not-called")])
    _check_decides(session, actor, event, unit_id)
    if squads[unit_id].state is Answer.REPORTED:
        raise Problem("squad-has-reported")
    said = _standing(session, event, unit_id)
    if said is None:
        said = NobodyCame(
            event_id=event.id, unit_id=unit_id, stated_by_id=actor.member_id, stated_at=actor.now, comment=comment
        )
        session.add(said)
        session.flush()
    return event


def take_back(session: Session, actor: Actor, event_id: uuid.UUID, unit_id: uuid.UUID) -> None:
    """The statement no longer stands; NotFound when none does."""
    event = held_event(session, event_id)
    squads = {row.unit_id for row in answers_of(session, actor, event_id)}
    said = _standing(session, event, unit_id) if unit_id in squads else None
    if said is None:
        raise NotFound()
    _check_decides(session, actor, event, unit_id)
    _withdraw(said, actor, "undone")
    session.flush()


def statements_of(session: Session, event: Event) -> list[tuple[NobodyCame, set[uuid.UUID]]]:
    """All that was ever stated about squads one may look into, oldest first; each with the units it is about: the squad,
    and whatever stood over it, or in its place, on the event's day.
    """
    asked = select(NobodyCame).where(NobodyCame.event_id == event.id)
    said = session.scalars(asked.order_by(NobodyCame.stated_at, NobodyCame.id)).all()
    tree = select(UnitTree.below_id, UnitTree.above_id).where(
        UnitTree.below_id.in_({row.unit_id for row in said}), valid_on(UnitTree, event.day)
    )
    over = session.execute(tree).all() if said else []
    return [(row, {above for below, above in over if below == row.unit_id}) for row in said]


def withdraw_all(session: Session, event_id: uuid.UUID, actor: Actor, because: str) -> None:
    """No statement about this event stands any more."""
    for said in _all_standing(session, event_id):
        _withdraw(said, actor, because)


def outweighed(
    session: Session, event_id: uuid.UUID, unit_id: uuid.UUID, members: Collection[uuid.UUID]
) -> list[NobodyCame]:
    """The standing statements about squads that a report of this unit, with these members, says otherwise of."""
    about = standing_at(session, event_id)
    if not about:
        return []
    home = select(Membership.unit_id).join(Event, valid_on(Membership, Event.day))
    home = home.where(Event.id == event_id, Membership.member_id.in_(members))
    reporting = {unit_id, *session.scalars(home, execution_options=OF_THE_DAY)} & squads_of(session, event_id)
    return [said for said in _all_standing(session, event_id) if about[said.id] & reporting]


def give_way(
    session: Session, event_id: uuid.UUID | None, unit_id: uuid.UUID, members: Collection[uuid.UUID], actor: Actor
) -> None:
    """A report of the unit with these members was submitted or corrected: statements that nobody came of its squads no
    longer stand.
    """
    if event_id is not None:
        for said in outweighed(session, event_id, unit_id, members):
            _withdraw(said, actor, "reported")


def _check_decides(session: Session, actor: Actor, event: Event, unit_id: uuid.UUID) -> None:
    """Refused unless one leads the squad, or a unit over it on that day, or acts for who does."""
    desks = {desk.unit_id for desk in actor.desks if desk.waiting_before is None}
    over = select(UnitTree.above_id).where(
        UnitTree.below_id == unit_id, UnitTree.above_id.in_(desks), valid_on(UnitTree, event.day)
    )
    if session.scalar(over.limit(1)) is None:
        raise Refused("not-permitted")


def _standing(session: Session, event: Event, unit_id: uuid.UUID) -> NobodyCame | None:
    """The statement about this squad, or about one that it took over before the event's day."""
    about = standing_at(session, event.id)
    return next((said for said in _all_standing(session, event.id) if unit_id in about[said.id]), None)


def _all_standing(session: Session, event_id: uuid.UUID) -> list[NobodyCame]:
    asked = select(NobodyCame).where(NobodyCame.event_id == event_id, NobodyCame.withdrawn_at.is_(None))
    return list(session.scalars(asked.order_by(NobodyCame.stated_at, NobodyCame.id), execution_options=OF_THE_DAY))


def _withdraw(said: NobodyCame, actor: Actor, because: str) -> None:
    said.withdrawn_at, said.withdrawn_by_id, said.withdrawn_because = actor.now, actor.member_id, because
