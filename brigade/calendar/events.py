"""Planned drills and incidents that several squads' reports belong to: made, changed, cancelled, held after all.

An event is led by whoever may look into its unit: leaders, deputies and officers there and above. What its squads owe
stands in ``expected.py``, what they say of it past their reports in ``event_answers.py``.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Event, EventState, EventUnit
from brigade.activity.claims import LIVE
from brigade.activity.kinds import Checked, catalogue, check_details
from brigade.actor import Actor
from brigade.calendar.event_answers import withdraw_all
from brigade.calendar.event_calls import CALLING, Heirs, held_event, held_events, members_called, tell_members
from brigade.calendar.event_series import Dates, Rule, dates, event_ids
from brigade.dates import overlaps, tokyo_day
from brigade.db import new_id
from brigade.organisation.office import note
from brigade.organisation.units import Unit, UnitTree, below
from brigade.problems import Conflict, FieldProblem, HasReports, Invalid, Problem, Refused, Stale

LONGEST = dt.timedelta(days=14)
LONGER = dt.timedelta(hours=12)
"""Prolonged by more than this an event is for further days, which nobody had planned; by less it only lasted longer."""
MOST_CALLS = 3000
"""So many calls, events times units, may be made at once."""

HEARD_OF = ("kind", "title", "started_at", "ended_at", "place", "note")
"""What people are told when it changes; the rest only fills in their reports."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What an event says. ``details``, ``order_by`` and ``place`` are what a report of it starts from."""

    kind: str
    title: str
    started_at: dt.datetime
    ended_at: dt.datetime
    unit_ids: tuple[uuid.UUID, ...] = ()
    planned: bool = True
    place: str = ""
    details: Mapping[str, Any] = field(default_factory=dict)
    order_by: str | None = None
    note: str = ""

    def moved_to(self, started_at: dt.datetime) -> Plan:
        """The same at another time, as long."""
        return replace(self, started_at=started_at, ended_at=started_at + (self.ended_at - self.started_at))


PLAIN = tuple(item.name for item in fields(Plan) if item.name != "unit_ids")


@dataclass(frozen=True, slots=True)
class Made:
    """The events that were made, the first one first, and the months of a series that have no such day."""

    events: tuple[Event, ...]
    skipped: tuple[str, ...] = ()


def plan_of(event: Event) -> Plan:
    """What the event says now."""
    called = tuple(row.unit_id for row in event.units)
    return Plan(**{name: getattr(event, name) for name in PLAIN}, unit_ids=called)


def create_event(
    session: Session, actor: Actor, plan: Plan, *, unit_id: uuid.UUID, event_id: uuid.UUID | None = None,
    series: Rule | None = None,
) -> Made:  # fmt: skip
    """An event of a unit one leads, to which units below it are called (the unit itself when none are named); or a
    whole series of them, whose ids follow from the first one's.
    """
    problems = [*_problems(plan), *_strange_units(session, actor, unit_id, plan.unit_ids)]
    if problems:
        raise Invalid(problems)
    held = dates(series, plan.started_at) if series else Dates((plan.started_at,), ())
    named = _named(plan.unit_ids) or {unit_id: "/unit_id"}
    if len(named) * len(held.starts) > MOST_CALLS:
        raise Invalid([FieldProblem("/unit_ids", "too-many-items", {"max": MOST_CALLS // len(held.starts)})])
    ids = event_ids(event_id or new_id(), len(held.starts))
    taken = select(Event.id).where(Event.id.in_(ids)).limit(1)
    if session.scalar(taken, execution_options={"as_system": "an id is taken whoever took it"}):
        raise Conflict()
    heirs = Heirs(session, named)
    made = []
    for id_, start in zip(ids, held.starts, strict=True):
        event = Event(
            id=id_, version=1, bureau_id=actor.bureau_id, unit_id=unit_id, series_id=ids[0] if series else None,
            state=EventState.PLANNED.value, created_by_id=actor.member_id, created_at=actor.now, planned_at=actor.now,
        )  # fmt: skip
        _write(event, plan.moved_to(start), heirs.called(named, tokyo_day(start)), actor)
        made.append(event)
    session.add_all(made)
    session.flush()
    tell_members(session, actor, "event-planned", made)
    return Made(tuple(made), held.skipped)


def change_event(
    session: Session, actor: Actor, event_id: uuid.UUID, version: int, changes: Mapping[str, Any], *,
    following: bool = False,
) -> Event:  # fmt: skip
    """Change some of what an event says; with ``following`` the later ones of its series too, moved by as much.

    HasReports where a report that was filed of it would no longer be of its kind, its time or a unit that it calls.
    """
    event, targets = _held(session, actor, event_id, version, EventState.PLANNED, following=following)
    before = {each.id: plan_of(each) for each in targets}
    after = {each.id: _changed(before[each.id], changes, each.started_at - event.started_at) for each in targets}
    problems = [problem for plan in after.values() for problem in _problems(plan)]
    more = [id_ for id_ in after[event.id].unit_ids if id_ not in before[event.id].unit_ids]
    problems += _strange_units(session, actor, event.unit_id, more)
    if problems:
        raise Invalid([problem for place, problem in enumerate(problems) if problem not in problems[:place]])
    heirs = Heirs(session, {id_ for plan in after.values() for id_ in plan.unit_ids})
    for id_, plan in after.items():
        called = heirs.called(_named(plan.unit_ids), tokyo_day(plan.started_at))
        after[id_] = replace(plan, unit_ids=called, details=_details(plan).values)
    _refuse_contradictions(session, before, after)
    changed = [each for each in targets if _differing(before[each.id], after[each.id])]
    ahead = [each for each in changed if after[each.id].planned and after[each.id].ended_at > actor.now]
    had = members_called(session, ahead[0]) if ahead else set()
    for each in changed:
        _rewrite(session, each, after[each.id], actor)
    session.flush()
    if ahead:
        heard_of = set(_differing(before[ahead[0].id], after[ahead[0].id])) & set(HEARD_OF)
        _tell_of_change(session, actor, ahead, had, heard_of=bool(heard_of))
    return event


def cancel_event(
    session: Session, actor: Actor, event_id: uuid.UUID, version: int, reason: str, *, following: bool = False
) -> Event:
    """It is not held. HasReports when one was filed of it: then it was."""
    event, targets = _held(session, actor, event_id, version, EventState.PLANNED, following=following)
    filed = [_contradiction("", row) for row in _filed(session, [each.id for each in targets])]
    if filed:
        raise HasReports(filed)
    for each in targets:
        each.state, each.cancelled_by_id, each.cancelled_at = EventState.CANCELLED.value, actor.member_id, actor.now
        each.cancel_reason, each.updated_at = reason, actor.now
        each.version += 1
        note(session, actor, "event.cancel", each.id, reason=reason)
    session.flush()
    tell_members(session, actor, "event-cancelled", targets)
    return event


def reopen_event(
    session: Session, actor: Actor, event_id: uuid.UUID, version: int, *, following: bool = False
) -> Event:
    """It is held after all; who had cancelled it stands in the audit log."""
    event, targets = _held(session, actor, event_id, version, EventState.CANCELLED, following=following)
    for each in targets:
        note(session, actor, "event.reopen", each.id, cancelled_by_id=each.cancelled_by_id, reason=each.cancel_reason)
        each.state, each.cancelled_by_id, each.cancelled_at = EventState.PLANNED.value, None, None
        each.cancel_reason, each.updated_at = "", actor.now
        each.version += 1
    session.flush()
    tell_members(session, actor, "event-planned", targets)
    return event


# --- Checks -----------------------------------------------------------------------------------------------------------


def may_change(session: Session, actor: Actor, event: Event) -> bool:
    """Whether the actor leads the event's unit or one above it."""
    leads = below([held for _, held in actor.reach], actor.today).where(UnitTree.below_id == event.unit_id)
    return session.scalar(leads.limit(1)) is not None


def _held(
    session: Session, actor: Actor, event_id: uuid.UUID, version: int, state: EventState, *, following: bool
) -> tuple[Event, list[Event]]:
    """The event as the actor saw it, and all that is to be changed with it, earliest first, held until the commit."""
    event = held_event(session, event_id)
    if not may_change(session, actor, event):
        raise Refused("not-permitted")
    if event.version != version:
        raise Stale(event.version)
    if event.state != state:
        raise Problem("event-cancelled" if state is EventState.PLANNED else "event-not-cancelled")
    if not following or event.series_id is None:
        return event, [event]
    later = and_(Event.series_id == event.series_id, Event.started_at >= event.started_at, Event.state == state.value)
    return event, held_events(session, later)


def _problems(plan: Plan) -> list[FieldProblem]:
    """What is wrong with it by itself. Details may have gaps: whoever reports fills them."""
    kind, problems = catalogue().get(plan.kind), []
    if plan.ended_at <= plan.started_at:
        problems.append(FieldProblem("/ended_at", "end-before-start"))
    elif plan.ended_at - plan.started_at > LONGEST:
        problems.append(FieldProblem("/ended_at", "too-long-activity", {"hours": LONGEST.days * 24}))
    if kind is None:
        return [FieldProblem("/kind", "unknown-kind", {"kind": plan.kind}), *problems]
    return [*problems, *_details(plan).errors]


def _details(plan: Plan) -> Checked:
    return check_details(catalogue()[plan.kind], plan.details, plan.started_at, plan.ended_at, complete=False)


def _strange_units(
    session: Session, actor: Actor, unit_id: uuid.UUID, called: Iterable[uuid.UUID]
) -> list[FieldProblem]:
    """Units that one does not lead, by where they were sent. Refused for the event's own unit, if one knows it."""
    led = set(session.scalars(below([held for _, held in actor.reach], actor.today)))
    problems = []
    if unit_id not in led:
        if session.scalar(select(Unit.id).where(Unit.id == unit_id)):
            raise Refused("not-permitted")
        problems.append(FieldProblem("/unit_id", "unknown-unit"))
    return problems + [FieldProblem(at, "unknown-unit") for id_, at in _named(called).items() if id_ not in led]


def _named(unit_ids: Iterable[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Each unit once, with the place at which it was sent first."""
    named: dict[uuid.UUID, str] = {}
    for place, id_ in enumerate(unit_ids):
        named.setdefault(id_, f"/unit_ids/{place}")
    return named


def _refuse_contradictions(session: Session, before: Mapping[uuid.UUID, Plan], after: Mapping[uuid.UUID, Plan]) -> None:
    """HasReports with every report that the change would make untrue: of another kind, at another time, not called."""
    found = []
    left: dict[uuid.UUID, set[uuid.UUID]] = {}
    for row in _filed(session, list(after)):
        old, new = before[row.event_id], after[row.event_id]
        if row.event_id not in left:
            left[row.event_id] = _called(session, old) - _called(session, new)
        if row.kind == old.kind != new.kind:
            found.append(_contradiction("/kind", row))
        if _meets(row, old) and not _meets(row, new):
            found.append(_contradiction("/started_at", row))
        if row.unit_id in left[row.event_id]:
            found.append(_contradiction("/unit_ids", row))
    if found:
        raise HasReports(found)


def _filed(session: Session, ids: Sequence[uuid.UUID]) -> Sequence[Any]:
    """The live reports of these events, whoever may read them."""
    asked = select(
        ActivityReport.id, ActivityReport.number, ActivityReport.event_id, ActivityReport.kind, ActivityReport.unit_id,
        ActivityReport.started_at, ActivityReport.ended_at,
    )  # fmt: skip
    live = asked.where(ActivityReport.event_id.in_(ids), ActivityReport.state.in_(LIVE))
    return session.execute(live.order_by(ActivityReport.number), execution_options=CALLING).all()


def _contradiction(pointer: str, row: Any) -> FieldProblem:
    return FieldProblem(pointer, "contradicts-report", {"number": row.number, "report_id": str(row.id)})


def _meets(row: Any, plan: Plan) -> bool:
    return overlaps(row.started_at, row.ended_at, plan.started_at, plan.ended_at)


def _called(session: Session, plan: Plan) -> set[uuid.UUID]:
    """The units that it calls, with all below them on its day."""
    return set(session.scalars(below(plan.unit_ids, tokyo_day(plan.started_at))))


# --- Writing ----------------------------------------------------------------------------------------------------------


def _changed(plan: Plan, changes: Mapping[str, Any], shift: dt.timedelta) -> Plan:
    """The plan with the changes, its times as far from theirs as it lies from the event that was sent."""
    new = {name: value + shift if name in ("started_at", "ended_at") else value for name, value in changes.items()}
    if new.get("kind", plan.kind) != plan.kind:
        new.setdefault("details", {})  # another kind has other fields
    return replace(plan, **new)


def _differing(before: Plan, after: Plan) -> list[str]:
    """Names of what is not the same; the order of the units says nothing."""
    found = [name for name in PLAIN if getattr(before, name) != getattr(after, name)]
    return [*found, "unit_ids"] if set(before.unit_ids) != set(after.unit_ids) else found


def _rewrite(session: Session, event: Event, plan: Plan, actor: Actor) -> None:
    """Put a changed plan into its row. What squads said of another day, or of what is yet to come, no longer stands."""
    note(session, actor, "event.change", event.id, changed=_differing(plan_of(event), plan))
    if tokyo_day(plan.started_at) != event.day or plan.started_at > actor.now:
        withdraw_all(session, event.id, actor, "moved")
    _write(event, plan, plan.unit_ids, actor)
    event.version += 1


def _write(event: Event, plan: Plan, called: Iterable[uuid.UUID], actor: Actor) -> None:
    day = tokyo_day(plan.started_at)
    if (event.day, event.kind) != (day, plan.kind) or plan.ended_at - event.ended_at > LONGER:
        event.planned_at = actor.now  # what was planned before was something else, or for another day
    for name in PLAIN:
        setattr(event, name, getattr(plan, name))
    event.day, event.updated_at, event.details = day, actor.now, _details(plan).values
    kept = {row.unit_id: row for row in event.units}
    event.units = [kept.get(id_) or EventUnit(unit_id=id_) for id_ in called]


def _tell_of_change(
    session: Session, actor: Actor, ahead: Sequence[Event], had: set[uuid.UUID], *, heard_of: bool
) -> None:
    """Who is called only now hears of a new event, who no longer is of one that is off."""
    have = members_called(session, ahead[0])
    tell_members(session, actor, "event-planned", ahead, have - had)
    tell_members(session, actor, "event-cancelled", ahead, had - have)
    if heard_of:
        tell_members(session, actor, "event-changed", ahead, had & have)
