"""The tables of units in a month and its figures: how far they are opened, and in which order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from brigade.month.sheet import UnitTotal
from brigade.organisation.ranks import LEVELS, Level

PAID_AT_ONCE = 50
"""Reports whose pay is worked out without being asked for. Of more it takes longer than all else on the page."""

FOLDED = {Level.BUREAU: Level.BRIGADE, Level.STATION: Level.COMPANY, Level.BRIGADE: Level.COMPANY}
"""Of a unit of this level the units down to that one stand in the table, until it is opened."""

ORDERS = ("times", "person_times", "minutes", "yen")
"""Columns by which it can be sorted, the most first."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address says: whether all units are shown, whether pay is worked out whatever it takes, and the order."""

    is_open: bool
    is_paid: bool
    order: str

    def kept(self, **changed: Any) -> dict[str, Any]:
        """What an address says to ask for the same, but for what is ``changed``."""
        said = {"open": self.is_open, "pay": self.is_paid, "sort": self.order, **changed}
        return {name: 1 if value is True else value for name, value in said.items() if value}


def asked(args: Any) -> Asked:
    """The request's own words; what is no order is none."""
    order = args.get("sort", "")
    return Asked(bool(args.get("open")), bool(args.get("pay")), order if order in ORDERS else "")


def depth_of(level: str, *, is_open: bool) -> Level:
    """The lowest level in the table of a unit of this one."""
    return LEVELS[-1] if is_open else FOLDED.get(Level(level), LEVELS[-1])


def table_of(units: Sequence[UnitTotal], deepest: Level, order: str) -> list[UnitTotal]:
    """Those down to that level, the units below the same one in this order: each still stands directly after its parent."""
    shown = [unit for unit in units if LEVELS.index(Level(unit.level)) <= LEVELS.index(deepest)]
    return _sorted(shown, order) if order else shown


def _sorted(units: Sequence[UnitTotal], order: str) -> list[UnitTotal]:
    below: dict[str, list[UnitTotal]] = {"": []}
    line: list[UnitTotal] = []
    for unit in units:
        line = line[: unit.depth]
        below.setdefault(line[-1].unit_id if line else "", []).append(unit)
        line.append(unit)
    made: list[UnitTotal] = []
    stack = below[""][::-1]
    while stack:
        made.append(stack.pop())
        stack += sorted(below.get(made[-1].unit_id, ()), key=lambda unit: getattr(unit, order))
    return made
