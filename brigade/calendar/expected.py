"""What squads owe of planned events, worked out from events, the tree of each event's day, reports and statements.

Nothing is stored: whatever moves, merges or is filed late, the next question has the right answer (ADR 17). A squad is
here a unit of a brigade that has no unit below it on the event's day. What is asked costs five statements for up to
500 events, however many squads there are.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, distinct, exists, func, or_, select
from sqlalchemy.orm import Session, aliased

from brigade.activity.activities import ActivityReport, Event, EventState, EventUnit, NobodyCame, Participation
from brigade.activity.claims import LIVE
from brigade.actor import Actor
from brigade.db import Key, chunks, id_of, key_of
from brigade.organisation.people import Membership
from brigade.organisation.ranks import Level
from brigade.organisation.units import Unit, UnitParent, UnitTree, valid_on
from brigade.problems import FieldProblem, Invalid

LONGEST = dt.timedelta(days=100)
OF_THE_DAY = {"as_system": "what is owed is worked out from the units of each event's day"}
Place = tuple[Key, Key]
"""An event and a squad."""


class Answer(StrEnum):
    """What a squad has said of an event; ``overdue`` when it is over and nothing was said."""

    REPORTED = "reported"
    NOBODY_CAME = "nobody_came"
    EXPECTED = "expected"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Expected:
    """One squad and one event to which it was called. ``reports`` counts its live reports by state."""

    event_id: uuid.UUID
    title: str
    kind: str
    started_at: dt.datetime
    ended_at: dt.datetime
    unit_id: uuid.UUID
    unit_code: str
    unit_name: str
    level: str
    state: Answer
    reports: Mapping[str, int]

    @property
    def place(self) -> tuple[dt.datetime, uuid.UUID, str, uuid.UUID]:
        """Where it stands in a list: by the event's start, then by the unit's code."""
        return self.started_at, self.event_id, self.unit_code, self.unit_id


def expected(
    session: Session, actor: Actor, from_: dt.datetime, to: dt.datetime, unit_id: uuid.UUID | None = None
) -> list[Expected]:
    """What is owed of the planned, not cancelled events that start at ``from_`` or later and before ``to``.

    Of the squads into which the actor may look or of which they were a member, on the event's day; with ``unit_id`` of
    those at or below that unit, or one that it took over. In order of the events' start. Invalid for a longer time
    than ``LONGEST``: the answer has a row for each squad.
    """
    if not dt.timedelta() < to - from_ <= LONGEST:
        raise Invalid([FieldProblem("/to", "span-too-long", {"days": LONGEST.days})])
    owed = and_(
        Event.planned, Event.state == EventState.PLANNED.value, Event.started_at >= from_, Event.started_at < to
    )
    only = [_in_sight(actor), *([_at_or_below(unit_id)] if unit_id else [])]
    return _worked_out(session, actor.now, and_(Event.bureau_id == actor.bureau_id, owed), only)


def unanswered(
    session: Session, now: dt.datetime, from_: dt.datetime, to: dt.datetime, unit_id: uuid.UUID
) -> Counter[uuid.UUID]:
    """How many planned events of that time are over and not answered for, by squad at or below the unit, whoever looks."""
    owed = and_(
        Event.planned, Event.state == EventState.PLANNED.value, Event.started_at >= from_, Event.started_at < to
    )
    found = _worked_out(session, now, owed, [_at_or_below(unit_id)], OF_THE_DAY)
    return Counter(row.unit_id for row in found if row.state is Answer.OVERDUE)


def answers_of(session: Session, actor: Actor, event_id: uuid.UUID) -> list[Expected]:
    """The same of one event, be it planned or not, for the squads that the actor may see."""
    return _worked_out(session, actor.now, Event.id == event_id, [_in_sight(actor)])


def state_counts(rows: Iterable[Expected]) -> dict[str, int]:
    """How many stand at each state, those with none too."""
    counted = Counter(row.state for row in rows)
    return {state.value: counted[state] for state in Answer}


def squads_of(session: Session, event_id: uuid.UUID) -> set[uuid.UUID]:
    """All squads that the event called."""
    return {id_of(row.unit_id) for row in session.execute(_squads([event_id]), execution_options=OF_THE_DAY)}


def standing_at(session: Session, event_id: uuid.UUID) -> dict[uuid.UUID, set[uuid.UUID]]:
    """The statements that stand at an event (by id): the unit that each is about, with all above it on that day."""
    about: dict[uuid.UUID, set[uuid.UUID]] = defaultdict(set)
    asked = select(NobodyCame.id, UnitTree.above_id).join(Event, Event.id == NobodyCame.event_id)
    asked = asked.join(UnitTree, _over(NobodyCame.unit_id)).where(
        Event.id == event_id, NobodyCame.withdrawn_at.is_(None)
    )
    for id_, above in session.execute(asked, execution_options=OF_THE_DAY):
        about[id_].add(above)
    return about


def _worked_out(
    session: Session, now: dt.datetime, which: ColumnElement[bool], only: list[ColumnElement[bool]],
    looking: Mapping[str, str] = MappingProxyType({}),
) -> list[Expected]:  # fmt: skip
    columns = select(key_of(Event.id), Event.id, Event.title, Event.kind, Event.started_at, Event.ended_at)
    events = {key: row for key, *row in session.execute(columns.where(which), execution_options=looking)}
    found, unit_of = [], cache(id_of)
    for some in chunks([id_ for id_, *_ in events.values()]):
        squads = session.execute(_squads(some).where(*only), execution_options=OF_THE_DAY).all()
        asked = [events[key][0] for key in {row.event_id for row in squads}]
        reports, nobody = _reports(session, asked), _nobody(session, asked)
        for event, squad, code, name, level in squads:
            id_, title, kind, start, end = events[event]
            place = event, squad
            if place in reports:
                state = Answer.REPORTED
            elif place in nobody:
                state = Answer.NOBODY_CAME
            else:
                state = Answer.OVERDUE if end <= now else Answer.EXPECTED
            counts = dict(sorted(reports[place].items())) if place in reports else {}
            found.append(Expected(id_, title, kind, start, end, unit_of(squad), code, name, level, state, counts))
    return sorted(found, key=lambda row: row.place)


def _squads(event_ids: Sequence[uuid.UUID]) -> Select[Any]:
    """The squads that these events called, by keys; ``Unit`` and ``Event`` may be asked more of."""
    child = aliased(Unit)
    has_child = (
        exists()
        .where(UnitParent.parent_id == Unit.id, valid_on(UnitParent, Event.day))
        .where(child.id == UnitParent.unit_id, valid_on(child, Event.day))
    )
    event, squad = key_of(EventUnit.event_id).label("event_id"), key_of(Unit.id).label("unit_id")
    columns: Any = select(event, squad, Unit.code, Unit.name, Unit.level)
    found: Select[Any] = (
        columns.join(Event, Event.id == EventUnit.event_id)
        .join(UnitTree, and_(UnitTree.above_id == EventUnit.unit_id, valid_on(UnitTree, Event.day)))
        .join(Unit, and_(Unit.id == UnitTree.below_id, valid_on(Unit, Event.day)))
        .where(
            EventUnit.event_id.in_(event_ids), Unit.level.not_in((Level.BUREAU.value, Level.STATION.value)), ~has_child
        )
        .distinct()  # called twice, by its own name and its company's, is called once
    )
    return found


def _over(unit_id: Any) -> ColumnElement[bool]:
    """SQL: ``UnitTree.above_id`` is that unit, or one above it on the event's day. An ended unit is below its successor."""
    return and_(UnitTree.below_id == unit_id, valid_on(UnitTree, Event.day))


def _in_sight(actor: Actor) -> ColumnElement[bool]:
    """The squad is below a unit that the actor may look into, or their own, on the event's day."""
    tree, home = aliased(UnitTree), aliased(Membership)
    looks = exists().where(
        tree.below_id == Unit.id, tree.above_id.in_([held for _, held in actor.reach]), valid_on(tree, Event.day)
    )
    own = exists().where(home.member_id == actor.member_id, home.unit_id == Unit.id, valid_on(home, Event.day))
    return or_(looks, own) if actor.reach else own


def _at_or_below(unit_id: uuid.UUID) -> ColumnElement[bool]:
    """The squad is at or below the unit, or one of those it took over, on the event's day."""
    taken = select(Unit.id).where(Unit.id == unit_id).cte(recursive=True)
    older = aliased(Unit)
    taken = taken.union(select(older.id).join(taken, older.successor_id == taken.c.id))
    tree = aliased(UnitTree)
    return exists().where(tree.below_id == Unit.id, tree.above_id.in_(select(taken.c.id)), valid_on(tree, Event.day))


def _reports(session: Session, event_ids: Sequence[uuid.UUID]) -> dict[Place, Counter[str]]:
    """Live reports of these events by state: a squad's own, and those of a unit above it in which its people stand."""
    event = key_of(ActivityReport.event_id)
    filed = select(event, func.count(distinct(ActivityReport.id)), ActivityReport.state)
    filed = filed.join(Event, Event.id == ActivityReport.event_id)
    filed = filed.where(ActivityReport.event_id.in_(event_ids), ActivityReport.state.in_(LIVE))
    own = (
        filed.add_columns(key_of(UnitTree.above_id))
        .join(UnitTree, _over(ActivityReport.unit_id))
        # Only a unit that has ended stands for another one, its successor.
        .where(or_(UnitTree.depth == 0, exists().where(Unit.id == ActivityReport.unit_id, Unit.valid_to.is_not(None))))
        .group_by(ActivityReport.event_id, ActivityReport.state, UnitTree.above_id)
    )
    shared = (
        filed.add_columns(key_of(Membership.unit_id))
        .join(Participation, Participation.report_id == ActivityReport.id)
        .join(Membership, and_(Membership.member_id == Participation.member_id, valid_on(Membership, Event.day)))
        .where(ActivityReport.squad_id.is_(None), Membership.unit_id != ActivityReport.unit_id)
        .group_by(ActivityReport.event_id, ActivityReport.state, Membership.unit_id)
    )
    found: dict[Place, Counter[str]] = defaultdict(Counter)
    for query in (own, shared):
        for event_id, count, state, unit_id in session.execute(query, execution_options=OF_THE_DAY):
            found[event_id, unit_id][state] += count
    return found


def _nobody(session: Session, event_ids: Sequence[uuid.UUID]) -> set[Place]:
    """Events and units of which it is stated that nobody came; a statement stands for the unit's successors too."""
    asked = select(key_of(NobodyCame.event_id), key_of(UnitTree.above_id))
    asked = asked.join(Event, Event.id == NobodyCame.event_id).join(UnitTree, _over(NobodyCame.unit_id))
    asked = asked.where(NobodyCame.event_id.in_(event_ids), NobodyCame.withdrawn_at.is_(None))
    return {(event_id, unit_id) for event_id, unit_id in session.execute(asked, execution_options=OF_THE_DAY)}
