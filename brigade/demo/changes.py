"""What the years do to a roster: a merger, handed-over and vacant posts, leave, named deputies, moves between squads.

Only in a ``varied`` city. Numbers of units and people stay what they were; an ended brigade comes on top.
"""

from __future__ import annotations

import datetime as dt
from random import Random

from brigade.demo.name_lists import ENDED_BRIGADE
from brigade.demo.organisation import FOUNDED, Organisation, fresh
from brigade.organisation.people import DeputyPlace, Member, Post
from brigade.organisation.ranks import DEPUTIES, LEADS, Level, MemberType, PostName
from brigade.organisation.units import Unit

HANDED_OVER, LEADERLESS, WITHOUT_BOTH, MOVED = 0.08, 0.03, 0.015, 0.01
ON_LEAVE = {Level.SQUAD: 12, Level.COMPANY: 5, Level.BRIGADE: 1}
"""How many leaders of a level were away for some time in the last year; every third still is."""
SUSPENDED = 2


def turn_of(today: dt.date) -> dt.date:
    """The 1 April on which the changes came: the last one that lies three months back."""
    return dt.date(today.year - (today < dt.date(today.year, 7, 1)), 4, 1)


def change(made: Organisation, rng: Random, today: dt.date) -> None:
    """Let it all happen to a city in which every post is filled."""
    _Changes(made, rng, today).all()


class _Changes:
    def __init__(self, made: Organisation, rng: Random, today: dt.date) -> None:
        self.made, self.rng, self.today = made, rng, today
        self.turn = turn_of(today)
        self.eve = self.turn - dt.timedelta(days=1)
        self.squads = made.at_level(Level.SQUAD)
        self.held = {(post.unit_id, post.post): post for post in reversed(made.posts)}
        self.membership = {membership.member_id: membership for membership in made.memberships}
        posted = {post.member_id for post in made.posts}
        self.plain: dict[object, list[Member]] = {}
        for member in made.members:
            if member.member_type == MemberType.ORDINARY and member.id not in posted:
                self.plain.setdefault(self.membership[member.id].unit_id, []).append(member)

    def all(self) -> None:
        self._merge()
        self._hand_over()
        self._leave_vacant()
        self._name_deputies()
        self._go_on_leave()
        self._move()

    def _post(self, unit: Unit, table: dict[Level, PostName]) -> Post:
        return self.held[unit.id, table[Level(unit.level)]]

    def _merge(self) -> None:
        """A brigade was taken over by its neighbour, with its last three companies."""
        links = {link.unit_id: link for link in self.made.links}
        companies: dict[object, list[Unit]] = {}
        for unit in self.made.at_level(Level.COMPANY):
            companies.setdefault(links[unit.id].parent_id, []).append(unit)
        brigades = self.made.at_level(Level.BRIGADE)
        successor = max(brigades, key=lambda unit: len(companies[unit.id]))
        code = f"K{len(brigades) + 1:02d}"
        old = self.made.add_unit(successor, Level.BRIGADE, code, f"{ENDED_BRIGADE}消防団")
        old.valid_to, old.successor_id = self.eve, successor.id
        self.made.links[-1].valid_from = self.turn
        self.made.add_link(old.id, links[successor.id].parent_id, FOUNDED)
        self.made.links[-1].valid_to = self.eve
        for company in companies[successor.id][-3:]:
            links[company.id].valid_from = self.turn
            self.made.add_link(company.id, old.id, FOUNDED)
            self.made.links[-1].valid_to = self.eve
        came = [
            post for post in self.made.posts if post.unit_id == successor.id and post.post == DEPUTIES[Level.BRIGADE]
        ]
        for post, before in zip(came[-2:], (PostName.BRIGADE_LEADER, PostName.DEPUTY_BRIGADE_LEADER), strict=True):
            self.made.add_post(post.member_id, old.id, before, post.valid_from, self.eve)
            post.valid_from = self.turn
            membership = self.membership[post.member_id]
            membership.unit_id, membership.valid_to = old.id, self.eve
            self.made.add_membership(post.member_id, successor.id, self.turn)

    def _hand_over(self) -> None:
        """Squads whose leader took over from one who is a plain member again."""
        for unit in self._some(HANDED_OVER):
            post = self._post(unit, LEADS)
            served = [m for m in self.plain.get(unit.id, ()) if self.membership[m.id].valid_from <= post.valid_from]
            if served:
                before = self.rng.choice(served)
                self.plain[unit.id].remove(before)
                self.made.add_post(before.id, unit.id, PostName.SQUAD_LEADER, post.valid_from, self.eve)
                post.valid_from = self.turn

    def _leave_vacant(self) -> None:
        """Posts that ended without a successor."""
        for unit in self._some(LEADERLESS):
            self._end(self._post(unit, LEADS))
        for unit in self._some(WITHOUT_BOTH):
            self._end(self._post(unit, LEADS))
            self._end(self._post(unit, DEPUTIES))
        first, second, third = self.rng.sample(self.made.at_level(Level.COMPANY), 3)
        self._end(self._post(first, LEADS))
        self._end(self._post(second, DEPUTIES))
        self._end(self._post(third, DEPUTIES))

    def _end(self, post: Post) -> None:
        since_turn = (self.today - self.turn).days
        post.valid_to = self.today - dt.timedelta(days=self.rng.randint(20, max(21, since_turn - 1)))

    def _name_deputies(self) -> None:
        """Every fourth company and every second brigade has named who acts after its deputy leaders."""
        parent = {link.unit_id: link.parent_id for link in self.made.links if link.valid_to is None}
        for level, below, every in ((Level.COMPANY, Level.SQUAD, 4), (Level.BRIGADE, Level.COMPANY, 2)):
            leaders: dict[object, list[Post]] = {}
            for unit in self.made.at_level(below):
                post = self._post(unit, LEADS)
                if post.valid_to is None:
                    leaders.setdefault(parent[unit.id], []).append(post)
            for unit in self.made.at_level(level)[::every]:
                for place, post in enumerate(leaders.get(unit.id, ())[:2], 1):
                    self.made.deputy_places.append(
                        fresh(
                            DeputyPlace,
                            id=self.made.ids.next(),
                            unit_id=unit.id,
                            member_id=post.member_id,
                            place=place,
                            valid_from=post.valid_from,
                            valid_to=None,
                        )
                    )

    def _go_on_leave(self) -> None:
        """Leaders away for weeks or months, each with a deputy in place; and a few suspended members."""
        for level, count in ON_LEAVE.items():
            units = [
                unit
                for unit in self.made.at_level(level)
                if self._post(unit, LEADS).valid_to is None and self._post(unit, DEPUTIES).valid_to is None
            ]
            for nth, unit in enumerate(self.rng.sample(units, min(count, len(units)))):
                still = nth % 3 == 0
                since = self.today - dt.timedelta(
                    days=self.rng.randint(12, 60) if still else self.rng.randint(120, 330)
                )
                until = None if still else since + dt.timedelta(days=self.rng.randint(20, 90))
                self.made.add_absence(self._post(unit, LEADS).member_id, "leave", since, until)
        for unit in self.rng.sample(self.squads, SUSPENDED):
            since = self.today - dt.timedelta(days=self.rng.randint(30, 200))
            if self.plain.get(unit.id):
                member = self.rng.choice(self.plain[unit.id])
                self.made.add_absence(member.id, "suspension", since, since + dt.timedelta(days=60))

    def _move(self) -> None:
        """Plain members who moved to the squad next door on the day of change."""
        for here, there in zip(self.squads, self.squads[1:], strict=False):
            plain = self.plain.get(here.id, ())
            same_company = here.code.rpartition("-")[0] == there.code.rpartition("-")[0]
            if len(plain) < 6 or not same_company or self.rng.random() > MOVED * len(plain):
                continue
            member = self.rng.choice(plain)
            membership = self.membership[member.id]
            if membership.valid_from < self.turn:
                membership.valid_to = self.eve
                self.made.add_membership(member.id, there.id, self.turn)

    def _some(self, part: float) -> list[Unit]:
        """Squads drawn at random, none twice in the life of the city."""
        drawn = self.rng.sample(self.squads, round(len(self.squads) * part))
        self.squads = [unit for unit in self.squads if unit not in drawn]
        return drawn
