"""The levels a report climbs, frozen when it is submitted. Pure: takes the line of units, gives the route.

A level at which nobody could decide is not left out: it stands in the route as passed, with the reason, and the
history shows it. The station is never passed: there the city takes the report.
"""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from brigade.organisation.ranks import LEVELS, Level


@dataclass(frozen=True, slots=True)
class Desk:
    """One unit on the way up: who could decide there on that day (leaders, then deputies in their order)."""

    unit_id: uuid.UUID
    unit_name: str
    level: Level
    leaders: tuple[uuid.UUID, ...] = ()
    deputies: tuple[uuid.UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """One level of a route; ``passed`` is None where a person must decide, else why it was passed over."""

    unit_id: uuid.UUID
    unit_name: str
    level: Level
    passed: str | None = None

    def stored(self) -> dict[str, Any]:
        """As it stands in the report's ``route``."""
        return {
            "unit_id": str(self.unit_id),
            "unit_name": self.unit_name,
            "level": self.level.value,
            "passed": self.passed,
        }

    @classmethod
    def restored(cls, value: dict[str, Any]) -> Stop:
        """The stop that ``stored`` made."""
        return _restored(value["unit_id"], value["unit_name"], value["level"], value["passed"])


@lru_cache(maxsize=4096)
def _restored(unit_id: str, unit_name: str, level: str, passed: str | None) -> Stop:
    """The same few units stand in the routes of thousands of reports."""
    return Stop(uuid.UUID(unit_id), unit_name, Level(level), passed)


Route = tuple[Stop, ...]


def plan(desks: Sequence[Desk], author: uuid.UUID, participants: Collection[uuid.UUID]) -> Route:
    """The route from the report's unit up to its station; ``desks`` stand in that order, the bureau is left out.

    Passed over: a level whose leader wrote the report (``author-holds``) or is its only participant
    (``sole-participant``), and one that nobody else holds (``vacant``).
    """
    sole = next(iter(participants)) if len(participants) == 1 else None
    return tuple(
        Stop(desk.unit_id, desk.unit_name, desk.level, _why_passed(desk, author, sole))
        for desk in desks
        if desk.level is not Level.BUREAU
    )


def _why_passed(desk: Desk, author: uuid.UUID, sole: uuid.UUID | None) -> str | None:
    if desk.level is Level.STATION:
        return None
    deciders = set(desk.leaders or desk.deputies)
    if not deciders:
        return "vacant"
    if deciders - {author, sole}:
        return None
    return "author-holds" if author in deciders else "sole-participant"


def asked(route: Route) -> Route:
    """The stops at which a person must decide: step 1 is the first of them."""
    return tuple(stop for stop in route if stop.passed is None)


def passed_before(route: Route, step: int) -> Route:
    """The stops passed over directly before ``step`` (that is, after the step below it)."""
    found: list[Stop] = []
    count = 0
    for stop in route:
        if stop.passed is None:
            count += 1
            if count == step:
                return tuple(found)
            found = []
        else:
            found.append(stop)
    return ()


def is_upward(route: Route) -> bool:
    """Whether the levels only climb: what a sound tree always gives."""
    order = [LEVELS.index(stop.level) for stop in route]
    return all(a > b for a, b in itertools.pairwise(order))
