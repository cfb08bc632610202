"""From an activity to what one unit reports of it: who took part, who writes it and when. Nobody is in two places."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random

from brigade.activity.activities import Event, EventUnit
from brigade.activity.content import Content, Person
from brigade.activity.kind_types import Meter
from brigade.activity.kinds import catalogue
from brigade.dates import to_tokyo, tokyo_day
from brigade.demo.details import Scene, details_of
from brigade.demo.diary import DAYS, Activity, Diary, at_hour
from brigade.demo.habits import Scope
from brigade.demo.ids import Ids
from brigade.demo.offices import Offices
from brigade.demo.organisation import fresh
from brigade.demo.summaries import place_of, summary_of
from brigade.organisation.people import Member
from brigade.organisation.ranks import Level, MemberType
from brigade.organisation.units import Unit

MINUTE, HOUR = dt.timedelta(minutes=1), dt.timedelta(hours=1)
ORDERS = {"D": ("station_chief", "station_chief", "self_aware"), "T": ("yearly_plan", "brigade_leader")}
Shared = tuple[Event, list[EventUnit]]
LEFT_EARLY = ("仕事のため", "家庭の都合", "体調不良")


@dataclass(slots=True)
class Plan:
    """A report as its author means it: ``content`` of ``unit``, written at ``created_at``."""

    content: Content
    unit: Unit
    author_id: uuid.UUID
    created_at: dt.datetime


class Planner:
    """Turns activities into plans and events; remembers where everybody was."""

    def __init__(self, offices: Offices, rng: Random, ids: Ids, until: dt.datetime) -> None:
        self.offices, self.rng, self.ids, self.until = offices, rng, ids, until
        self.odometers: dict[uuid.UUID, int] = {}
        self._busy: dict[dt.date, dict[uuid.UUID, list[tuple[dt.datetime, dt.datetime]]]] = defaultdict(dict)

    def plans(self, activity: Activity) -> tuple[list[Plan], Shared | None]:
        """A plan for each unit that can send someone, and the event they share."""
        event_id = self.ids.at(activity.started_at) if activity.host else None
        place = None
        found = []
        for unit in activity.units:
            plan = self._plan(activity, unit, event_id, place)
            if plan is not None:
                found.append(plan)
                place = plan.content.place if activity.host else None
        if not found or activity.host is None or event_id is None:
            return found, None
        return found, self._event(activity, activity.host, event_id, found)

    def _event(self, activity: Activity, host: Unit, event_id: uuid.UUID, plans: Sequence[Plan]) -> Shared:
        day = tokyo_day(activity.started_at)
        before = dt.timedelta(days=self.rng.randint(7, 40))
        made_at = at_hour(day - before, 10, 0) if activity.planned else activity.started_at + 5 * MINUTE
        event = fresh(
            Event, id=event_id, version=1, bureau_id=self.offices.bureau_id, unit_id=host.id, kind=activity.habit.kind,
            title=activity.title, planned=activity.planned, started_at=activity.started_at,
            ended_at=activity.ended_at, place=plans[0].content.place,
            created_by_id=self._announcer(host, day, made_at), created_at=made_at,
        )  # fmt: skip
        return event, [fresh(EventUnit, event_id=event_id, unit_id=plan.unit.id) for plan in plans]

    def _announcer(self, host: Unit, day: dt.date, made_at: dt.datetime) -> uuid.UUID:
        """Who leads the host, or whoever leads over it."""
        for unit in self.offices.above(host.id, day):
            leader = self.offices.line(unit.id, tokyo_day(made_at)).leader_id
            if leader is not None:
                return leader
        raise ValueError("a city without a bureau officer")

    def _plan(self, activity: Activity, unit: Unit, event_id: uuid.UUID | None, place: str | None) -> Plan | None:
        rng, kind = self.rng, activity.habit.kind
        day = tokyo_day(activity.started_at)
        started_at, ended_at = self._own_times(activity)
        able = self._able(unit, day, kind, started_at, ended_at)
        low, high = activity.habit.people
        alone = activity.habit.scope is Scope.SQUAD and rng.random() < 0.12
        wanted = 1 if alone and low > 1 else rng.randint(low, high)
        if len(able) < max(1, min(wanted, 3)):
            return None
        people = self._pick(able, wanted, unit, day)
        author = self._author(people or able, unit, day)
        created_at = self._filed(activity, ended_at)
        if author is None or self.offices.is_away(author, tokyo_day(created_at)):
            return None
        company = next(
            (over.name for over in self.offices.above(unit.id, day) if over.level == Level.COMPANY), unit.name
        )
        place = place or place_of(kind, rng, activity.town, company)
        vehicle = self._vehicle(unit, day, kind)
        if catalogue()[kind].vehicles == "required" and vehicle is None:
            return None
        scene = Scene(rng, activity, started_at, ended_at, people, able, vehicle, self.odometers)
        content = Content(
            kind=kind, unit_id=unit.id, event_id=event_id, started_at=started_at.astimezone(dt.UTC),
            ended_at=ended_at.astimezone(dt.UTC), place=place, order_by=rng.choice(ORDERS.get(kind[0], ("yearly_plan",))),
            summary=summary_of(kind, rng, activity.town, place), details=details_of(kind, scene),
            participants=self._participants(people, kind, started_at, ended_at, vehicle),
            vehicle_ids=(vehicle,) if vehicle else (),
        )  # fmt: skip
        self._occupy(people, started_at, ended_at)
        return Plan(content, unit, author, created_at.astimezone(dt.UTC))

    def _own_times(self, activity: Activity) -> tuple[dt.datetime, dt.datetime]:
        """The activity's times; one unit in eight came or went at another time."""
        started_at, ended_at = activity.started_at, activity.ended_at
        if activity.host and self.rng.random() < 0.12 and ended_at - started_at > 2 * HOUR:
            ended_at -= MINUTE * self.rng.choice((15, 15, 30, 45))
        return started_at, ended_at

    def _able(
        self, unit: Unit, day: dt.date, kind: str, started_at: dt.datetime, ended_at: dt.datetime
    ) -> list[Member]:
        """Those of the unit who may do this kind and are free; a company's or brigade's own come with the leaders below."""
        roster = self.offices.roster(unit.id, day)
        if unit.level in (Level.COMPANY, Level.BRIGADE):
            below = Level.SQUAD if unit.level == Level.COMPANY else Level.COMPANY
            roster = (*roster, *self._leaders_below(unit, day, below))
        busy = [self._busy[held] for held in _days(started_at, ended_at)]
        return [
            member
            for member in roster
            if may_do(member, kind)
            and all(end <= started_at or start >= ended_at for spans in busy for start, end in spans.get(member.id, ()))
        ]

    def _leaders_below(self, unit: Unit, day: dt.date, level: Level) -> list[Member]:
        seats: dict[uuid.UUID, Unit] = {}
        for squad in self.offices.squads(unit.id, day):
            seats.update({over.id: over for over in self.offices.above(squad.id, day) if over.level == level})
        leaders = dict.fromkeys(who for seat in seats for who in self.offices.present_leaders(seat, day))
        return [self.offices.members[who] for who in leaders]

    def _pick(self, able: list[Member], wanted: int, unit: Unit, day: dt.date) -> list[Member]:
        """So many of them; whoever leads the unit is there more often than not, and stands first."""
        if wanted == 0:
            return []
        leaders = self.offices.present_leaders(unit.id, day)
        first = [member for member in able if member.id in leaders and self.rng.random() < (0.7 if wanted > 1 else 0.2)]
        rest = [member for member in able if member not in first]
        return first + self.rng.sample(rest, min(max(0, wanted - len(first)), len(rest)))

    def _author(self, people: Sequence[Member], unit: Unit, day: dt.date) -> uuid.UUID | None:
        """Mostly the leader or someone who was there; sometimes the leader or deputy writes for those who were."""
        line, chance = self.offices.line(unit.id, day), self.rng.random()
        home = [member.id for member in self.offices.roster(unit.id, day)]
        if line.leader_id in home and chance < 0.35:
            return line.leader_id
        if line.deputies and line.deputies[0] in home and chance < 0.5:
            return line.deputies[0]
        there = [member.id for member in people if member.id in home] or home
        return self.rng.choice(there) if there else None

    def _filed(self, activity: Activity, ended_at: dt.datetime) -> dt.datetime:
        """When it is written: soon, some days later, or (one in thirty) weeks later; a notice weeks before."""
        rng = self.rng
        if activity.habit.kind == "N-01":
            return at_hour(
                tokyo_day(activity.started_at) - dt.timedelta(days=rng.randint(8, 25)), 20, rng.randrange(60)
            )
        lag = dt.timedelta(days=rng.randint(8, 25)) if rng.random() < 0.03 else HOUR * min(144, rng.expovariate(1 / 18))
        at = ended_at + 10 * MINUTE + lag
        hour = to_tokyo(at).hour
        if hour < 6:
            at += (6 - hour) * HOUR
        at = at.replace(microsecond=0)
        if at < self.until:
            return at
        soon = ended_at + rng.uniform(0.1, 0.9) * (self.until - ended_at)
        return soon.replace(microsecond=0)

    def _vehicle(self, unit: Unit, day: dt.date, kind: str) -> uuid.UUID | None:
        """The squad's own truck, or the company's pump truck; the truck of a squad without one is the company's."""
        needed = catalogue()[kind].vehicles == "required"
        if not needed and ((kind[0] not in "DGT" and kind != "P-02") or self.rng.random() < 0.35):
            return None
        line = self.offices.above(unit.id, day)[:3]
        return next((vehicle.id for over in line for vehicle in self.offices.vehicles(over.id)), None)

    def _participants(
        self,
        people: Sequence[Member],
        kind: str,
        started_at: dt.datetime,
        ended_at: dt.datetime,
        vehicle: uuid.UUID | None,
    ) -> tuple[Person, ...]:
        rng, found = self.rng, []
        for place, member in enumerate(people):
            role = "member"
            if vehicle is not None and place == min(1, len(people) - 1):
                role = "operator" if kind[0] in "DT" else "driver"
            elif kind == "T-02":
                role = "trainee"
            elif place == 0 and len(people) > 2:
                role = "commander"
            late = left = reason = None
            chance = rng.random()
            if len(people) > 2 and ended_at - started_at >= 90 * MINUTE and chance < 0.06:
                if chance < 0.04:
                    late = (started_at + MINUTE * rng.choice((15, 20, 30))).astimezone(dt.UTC)
                else:
                    left = (ended_at - MINUTE * rng.choice((20, 30))).astimezone(dt.UTC)
                    reason = rng.choice(LEFT_EARLY)
            acted = not (kind == "D-06" or (kind[0] == "D" and chance > 0.95 and place > 1))
            found.append(Person(member.id, role, late, left, acted, kind[0] == "D" and chance > 0.9995, reason))
        return tuple(found)

    def _occupy(self, people: Sequence[Member], started_at: dt.datetime, ended_at: dt.datetime) -> None:
        for day in _days(started_at, ended_at):
            for member in people:
                self._busy[day].setdefault(member.id, []).append((started_at, ended_at))


def _days(started_at: dt.datetime, ended_at: dt.datetime) -> tuple[dt.date, ...]:
    first, last = tokyo_day(started_at), tokyo_day(ended_at)
    return (first,) if first == last else (first, last)


REPORTS_PER_ACTIVITY = 1.35
"""About so many on average: less than this would leave too many to be drawn a second time."""


class TooMany(ValueError):
    """So few people cannot have written so many reports."""

    def __init__(self, count: int) -> None:
        super().__init__(f"these people cannot have written {count:,} reports in fourteen months")


def draw_plans(diary: Diary, planner: Planner, rng: Random, count: int) -> tuple[list[Plan], list[Shared]]:
    """Exactly ``count`` plans in the order in which they are written, and the events they belong to.

    TooMany when so few people cannot have done so much.
    """
    if count > len(diary.offices.members) * DAYS // 5:
        raise TooMany(count)
    activities: list[Activity] = [*diary.year_end(count), *diary.parade(count)]
    plans: list[Plan] = []
    events: list[Shared] = []
    expected = sum(len(activity.units) for activity in activities)
    while len(plans) < count:
        missing = max(1, count - expected)
        activities += diary.everyday(int(missing / REPORTS_PER_ACTIVITY) + 1)
        before = len(plans)
        for activity in sorted(activities, key=lambda activity: activity.started_at):
            found, shared = planner.plans(activity)
            plans += found
            events += [shared] if shared else []
        if len(plans) - before < len(activities) // 20:
            raise TooMany(count)
        expected, activities = len(plans), []
    kept = rng.sample(plans, count)
    _drive_on(kept)
    return sorted(kept, key=lambda plan: (plan.created_at, plan.unit.code, plan.content.started_at)), events


def _drive_on(plans: Sequence[Plan]) -> None:
    """Each run begins where the vehicle's last one ended: they were not drawn in the order of time, nor all kept."""
    runs: dict[uuid.UUID, list[tuple[Plan, Meter]]] = defaultdict(list)
    for plan in sorted(plans, key=lambda plan: plan.content.started_at):
        meter = catalogue()[plan.content.kind].meter
        if meter and plan.content.vehicle_ids:
            runs[plan.content.vehicle_ids[0]].append((plan, meter))
    for its in runs.values():
        shown = min(plan.content.details[meter.start] for plan, meter in its)
        for plan, meter in its:
            driven = plan.content.details[meter.end] - plan.content.details[meter.start]
            details = {**plan.content.details, meter.start: shown, meter.end: shown + driven}
            plan.content = replace(plan.content, details=details)
            shown += driven


def may_do(member: Member, kind: str) -> bool:
    """Function-limited members do what they agreed to, or what the kind allows them."""
    if member.member_type != MemberType.FUNCTION_LIMITED:
        return True
    if member.allowed_kinds is not None:
        return kind in member.allowed_kinds
    return catalogue()[kind].function_limited_allowed
