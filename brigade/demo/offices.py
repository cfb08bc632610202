"""Who belongs where and who decides where on a day: an organisation in memory, asked as ``actor.py`` asks the store.

The rules of deputies are those of ``LineOfDeciders``; a test compares every line with the one the store gives.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from brigade.activity.activities import ActivityReport
from brigade.activity.route import Desk, Stop
from brigade.actor import Actor, DeskHeld, LineOfDeciders
from brigade.dates import tokyo_day, within
from brigade.demo.organisation import Organisation
from brigade.demo.timeline import Timeline
from brigade.organisation.people import Member, Post
from brigade.organisation.ranks import DEPUTIES, LEADS, Level, PostName
from brigade.organisation.unit_settings import merged
from brigade.organisation.units import Unit, Vehicle


def on_day(rows: Iterable[Any], day: dt.date) -> list[Any]:
    """The dated rows that hold on a day."""
    return [row for row in rows if within(day, row.valid_from, row.valid_to)]


class Offices:
    """One city, indexed. Everything it answers is worked out once for each stretch of days without a change."""

    def __init__(self, made: Organisation) -> None:
        self.bureau_id = made.bureau.id
        self.units = {unit.id: unit for unit in made.units}
        self.members = {member.id: member for member in made.members}
        self.deputy_after = dt.timedelta(days=merged([made.bureau.settings]).deputy_after_days)
        self._links = _by(made.links, "unit_id")
        self._children = _by(made.links, "parent_id")
        self._posts = _by(sorted(made.posts, key=lambda post: (post.valid_from, post.id)), "unit_id")
        self._places = _by(sorted(made.deputy_places, key=lambda row: row.place), "unit_id")
        self._absences = _by(made.absences, "member_id")
        self._memberships = _by(made.memberships, "unit_id")
        self._vehicles: dict[uuid.UUID, list[Vehicle]] = _by(made.vehicles, "unit_id")
        self._above: dict[uuid.UUID, Timeline[tuple[Unit, ...]]] = {}
        self._lines: dict[uuid.UUID, Timeline[tuple[LineOfDeciders, tuple[uuid.UUID, ...]]]] = {}
        self._rosters: dict[uuid.UUID, Timeline[tuple[Member, ...]]] = {}

    def at_level(self, level: Level, day: dt.date) -> list[Unit]:
        """The units of a level that stood on that day."""
        return on_day([unit for unit in self.units.values() if unit.level == level], day)

    def above(self, unit_id: uuid.UUID, day: dt.date) -> tuple[Unit, ...]:
        """The unit and all that stood over it on that day, nearest first."""
        if unit_id not in self._above:
            all_links = [link for links in self._links.values() for link in links if link.valid_to is not None]
            self._above[unit_id] = Timeline(all_links, lambda day: self._climb(unit_id, day))
        return self._above[unit_id].on(day)

    def _climb(self, unit_id: uuid.UUID, day: dt.date) -> tuple[Unit, ...]:
        line = [self.units[unit_id]]
        while links := on_day(self._links.get(line[-1].id, ()), day):
            line.append(self.units[links[0].parent_id])
        return tuple(line)

    def squads(self, unit_id: uuid.UUID, day: dt.date) -> list[Unit]:
        """The squads that stood under the unit, or the unit itself if it is one."""
        if self.units[unit_id].level == Level.SQUAD:
            return [self.units[unit_id]]
        below = (link.unit_id for link in on_day(self._children.get(unit_id, ()), day))
        return [squad for child in below for squad in self.squads(child, day)]

    def vehicles(self, unit_id: uuid.UUID) -> Sequence[Vehicle]:
        """The vehicles that stand in the unit itself."""
        return self._vehicles.get(unit_id, ())

    def roster(self, unit_id: uuid.UUID, day: dt.date) -> tuple[Member, ...]:
        """The members of the unit itself on that day who are not away."""
        if unit_id not in self._rosters:
            rows = self._memberships.get(unit_id, [])
            away = [row for membership in rows for row in self._absences.get(membership.member_id, ())]
            self._rosters[unit_id] = Timeline([*rows, *away], lambda day: self._present(unit_id, day))
        return self._rosters[unit_id].on(day)

    def _present(self, unit_id: uuid.UUID, day: dt.date) -> tuple[Member, ...]:
        held = on_day(self._memberships.get(unit_id, ()), day)
        return tuple(self.members[row.member_id] for row in held if not self.is_away(row.member_id, day))

    def is_away(self, member_id: uuid.UUID, day: dt.date) -> bool:
        """On leave or suspended on that day."""
        return bool(on_day(self._absences.get(member_id, ()), day))

    def line(self, unit_id: uuid.UUID, day: dt.date) -> LineOfDeciders:
        """Who decides in the unit on that day: the leader, then deputies."""
        return self._line(unit_id, day)[0]

    def present_leaders(self, unit_id: uuid.UUID, day: dt.date) -> tuple[uuid.UUID, ...]:
        """All who hold the leading post and are there; a station has several."""
        return self._line(unit_id, day)[1]

    def _line(self, unit_id: uuid.UUID, day: dt.date) -> tuple[LineOfDeciders, tuple[uuid.UUID, ...]]:
        if unit_id not in self._lines:
            rows: list[Any] = [*self._posts.get(unit_id, ()), *self._places.get(unit_id, ())]
            away = [absence for row in rows for absence in self._absences.get(row.member_id, ())]
            self._lines[unit_id] = Timeline([*rows, *away], lambda day: self._deciders(unit_id, day))
        return self._lines[unit_id].on(day)

    def _deciders(self, unit_id: uuid.UUID, day: dt.date) -> tuple[LineOfDeciders, tuple[uuid.UUID, ...]]:
        level = Level(self.units[unit_id].level)
        posts: list[Post] = on_day(self._posts.get(unit_id, ()), day)
        leaders = [post.member_id for post in posts if post.post == LEADS[level]]
        order = [post.member_id for post in posts if post.post == DEPUTIES.get(level)]
        order += [row.member_id for row in on_day(self._places.get(unit_id, ()), day)]
        present = tuple(who for who in leaders if not self.is_away(who, day))
        deputies = dict.fromkeys(who for who in order if who not in leaders and not self.is_away(who, day))
        leader_id = next(iter(present or leaders), None)
        return LineOfDeciders(level.value, leader_id, bool(present), tuple(deputies)), present

    def desks(self, unit_id: uuid.UUID, activity_day: dt.date, today: dt.date) -> list[Desk]:
        """The way up from the unit as it stood on the activity's day, with those who decide there today."""
        desks = []
        for unit in self.above(unit_id, activity_day):
            line = self.line(unit.id, today)
            leaders = (line.leader_id,) if line.leader_id else ()
            desks.append(Desk(unit.id, unit.name, Level(unit.level), leaders, line.deputies))
        return desks

    def actor(self, member_id: uuid.UUID, now: dt.datetime, *desks: DeskHeld) -> Actor:
        """Someone at a moment, with the desks that matter."""
        return Actor(member_id, self.bureau_id, self.members[member_id].member_type, now, desks=desks)

    def leaders(self, report: ActivityReport, now: dt.datetime) -> list[Actor]:
        """Those who lead where it waits and may decide on it: nobody decides on a report of their own."""
        seat, waits_at = self._seat(report, now)
        if seat is None:
            return []
        line, present = self._line(seat.id, tokyo_day(now))
        desk = DeskHeld(waits_at, line.level, LEADS[Level(line.level)].value)
        return [self.actor(who, now, desk) for who in present if not _is_own(report, who)]

    def deputies(self, report: ActivityReport, now: dt.datetime) -> list[Actor]:
        """Those who may decide on it in the leader's place by now, in their order."""
        seat, waits_at = self._seat(report, now)
        if seat is None:
            return []
        day = tokyo_day(now)
        line = self.line(seat.id, day)
        held = {post.member_id: post.post for post in on_day(self._posts.get(seat.id, ()), day)}
        found = []
        for place, who in enumerate(line.deputies, line.leader_present):
            post = held.get(who, PostName.MEMBER.value)
            before = now - self.deputy_after * place if place else None
            desk = DeskHeld(waits_at, line.level, post, line.leader_id, line.basis, before)
            if not _is_own(report, who) and desk.holds(report.awaiting_unit_id, report.awaiting_since):
                found.append(self.actor(who, now, desk))
        return found

    def desk(self, report: ActivityReport, stop: Stop, now: dt.datetime) -> Desk:
        """Who could decide at that stop now."""
        seat, _ = self._seat(report, now)
        line = self.line(seat.id if seat else stop.unit_id, tokyo_day(now))
        return Desk(
            stop.unit_id, stop.unit_name, stop.level, (line.leader_id,) if line.leader_id else (), line.deputies
        )

    def _seat(self, report: ActivityReport, now: dt.datetime) -> tuple[Unit | None, uuid.UUID]:
        """The unit whose people decide, and the one at which it waits: an ended unit's heir, and that unit."""
        if report.awaiting_unit_id is None:
            return None, report.unit_id
        seat, day = self.units[report.awaiting_unit_id], tokyo_day(now)
        while seat.valid_to is not None and day > seat.valid_to and seat.successor_id is not None:
            seat = self.units[seat.successor_id]
        return seat, report.awaiting_unit_id


def _is_own(report: ActivityReport, member_id: uuid.UUID) -> bool:
    return member_id in (report.author_id, report.sole_member_id)


def _by(rows: Iterable[Any], name: str) -> dict[uuid.UUID, list[Any]]:
    """Rows gathered under one of their ids."""
    found: dict[uuid.UUID, list[Any]] = defaultdict(list)
    for row in rows:
        found[getattr(row, name)].append(row)
    return dict(found)
