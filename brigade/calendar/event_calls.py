"""Events one by one: found, held against others, and whom they call: the units of their day, and members who are told."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.orm import Session

from brigade.activity.activities import Event, EventUnit
from brigade.actor import Actor
from brigade.messages.notices import tell
from brigade.organisation.people import Membership
from brigade.organisation.units import Unit, UnitTree, below, valid_on
from brigade.problems import FieldProblem, Invalid, NotFound
from brigade.questions import Question, among

CALLING = {"as_system": "an event calls units and members of its own day, and they are told of it"}
_CALLED = Question(select(EventUnit.event_id, EventUnit.unit_id).where(among(EventUnit.event_id, "events")), CALLING)


def read_event(session: Session, event_id: uuid.UUID) -> Event:
    """The event; NotFound when there is none or it is not the actor's to see."""
    event = session.scalar(select(Event).where(Event.id == event_id))
    if event is None:
        raise NotFound()
    return event


def held_event(session: Session, event_id: uuid.UUID) -> Event:
    """The same, held until the commit: no report that names it is filed meanwhile, and nobody else changes it."""
    found = held_events(session, Event.id == event_id)
    if not found:
        raise NotFound()
    return found[0]


def held_events(session: Session, which: ColumnElement[bool]) -> list[Event]:
    """All such events, earliest first, held until the commit."""
    asked = select(Event).where(which).order_by(Event.started_at, Event.id).with_for_update(of=Event)
    return list(session.scalars(asked, execution_options={"populate_existing": True}))


def calling(unit_id: uuid.UUID) -> Select[Any]:
    """SQL: ids of the events that call this unit or one that stands below it on their day."""
    called, event, tree = EventUnit.__table__.alias(), Event.__table__.alias(), UnitTree.__table__.alias()
    return (
        select(called.c.event_id)
        .join(event, event.c.id == called.c.event_id)
        .join(tree, tree.c.below_id == called.c.unit_id)
        .where(tree.c.above_id == unit_id, valid_on(tree.c, event.c.day))
    )


def called_by(session: Session, event_ids: Iterable[uuid.UUID]) -> Mapping[uuid.UUID, list[uuid.UUID]]:
    """The units that each of these events names, in the order of their ids."""
    named: dict[uuid.UUID, list[uuid.UUID]] = {event_id: [] for event_id in event_ids}
    for event_id, unit_id in _CALLED.ask(session, events=named) if named else ():
        named[event_id].append(unit_id)
    return {event_id: sorted(units) for event_id, units in named.items()}


class Heirs:
    """Units with all that have taken them over, or will."""

    def __init__(self, session: Session, unit_ids: Iterable[uuid.UUID]) -> None:
        self._units: dict[uuid.UUID, Unit] = {}
        ahead = set(unit_ids)
        while ahead:
            units = session.scalars(select(Unit).where(Unit.id.in_(ahead)), execution_options=CALLING).all()
            self._units.update({unit.id: unit for unit in units})
            ahead = {unit.successor_id for unit in units if unit.successor_id} - self._units.keys()

    def called(self, named: Mapping[uuid.UUID, str], day: dt.date) -> tuple[uuid.UUID, ...]:
        """The named units, and those that stand in their place by that day.

        ``named`` gives the place at which each was sent; Invalid for one that ends before without an heir.
        """
        found = dict.fromkeys(named)
        for id_, pointer in named.items():
            unit = self._units[id_]
            while unit.valid_to is not None and unit.valid_to < day:
                if unit.successor_id is None:
                    raise Invalid([FieldProblem(pointer, "unit-ended", {"unit": unit.name})])
                unit = self._units[unit.successor_id]
            found[unit.id] = None
        return tuple(found)


def members_called(session: Session, event: Event) -> set[uuid.UUID]:
    """Everyone who belongs to a unit that it calls, or one below it, on its day."""
    units = below([row.unit_id for row in event.units], event.day)
    asked = select(Membership.member_id).where(Membership.unit_id.in_(units), valid_on(Membership, event.day))
    return set(session.scalars(asked, execution_options=CALLING))


def is_to_come(event: Event, now: dt.datetime) -> bool:
    """Whether its members are still told of it: a plan that is not over. Incidents are not announced here."""
    return event.planned and event.ended_at > now


def tell_members(
    session: Session, actor: Actor, kind: str, events: Sequence[Event], members: Collection[uuid.UUID] | None = None
) -> None:
    """Tell all whom they call (or ``members``), but not the one who did it, of the first that is to come."""
    ahead = [event for event in events if is_to_come(event, actor.now)]
    if ahead:
        heard = (members_called(session, ahead[0]) if members is None else set(members)) - {actor.member_id}
        tell(session, kind, sorted(heard), actor.now, event_id=ahead[0].id, data={"count": len(ahead)})
