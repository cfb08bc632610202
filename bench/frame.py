"""Measuring the product beside its floor: by turns in one process, result checked, the ratio of each round kept.

Times of one machine say little about another and, with neighbours, little about the same one an hour later; the ratio
of two things done by turns says the same everywhere. Nothing here fails because of a time.
"""

from __future__ import annotations

import gc
import math
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from statistics import median
from time import process_time
from typing import Any, Generic, TypeVar

Mine = TypeVar("Mine")
Theirs = TypeVar("Theirs")

NOISY = 1.3
"""Highest ratio of the rounds over the lowest: above it the machine was too busy for the second digit."""

LEAST = 0.1
"""Seconds that each side of a round should take at least; what is quicker is repeated."""


class Wrong(AssertionError):
    """A side gave something else than it should: there is no number to tell."""


@dataclass(frozen=True, slots=True)
class Run:
    """What was asked for. ``db``: ``""`` for every kind of store at hand, ``sqlite``, ``postgresql`` or an address.
    ``tiny`` sizes show that a benchmark runs; their numbers mean nothing. ``large`` takes minutes and disk for more.
    """

    rounds: int = 5
    db: str = ""
    tiny: bool = False
    large: bool = False


@dataclass(frozen=True, slots=True)
class Turn(Generic[Mine, Theirs]):
    """One piece of work, done by both sides; ``check`` is given both results and raises Wrong. ``before`` makes things
    as they should be found, each time before either side works, and does not count.
    """

    product: Callable[[], Mine]
    floor: Callable[[], Theirs]
    check: Callable[[Mine, Theirs], None]
    before: Callable[[], object] = lambda: None


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table. ``product`` and ``floor`` in ``unit``, medians of the rounds; ``ratios`` one a round (one
    alone for what is counted). ``goal`` is the highest ratio wanted, None where there is none. A line without ratios only says its ``note``.
    """

    what: str
    unit: str = ""
    product: float = 0.0
    floor: float = 0.0
    ratios: tuple[float, ...] = ()
    goal: float | None = None
    note: str = ""

    @property
    def noisy(self) -> bool:
        """Whether the rounds differ too much to trust the second digit."""
        return bool(self.ratios) and max(self.ratios) > NOISY * min(self.ratios)

    @property
    def met(self) -> bool | None:
        """Whether the median keeps to the goal."""
        return None if self.goal is None or not self.ratios else median(self.ratios) <= self.goal

    def as_json(self) -> dict[str, Any]:
        """As it is kept in a file."""
        if not self.ratios:
            return {"what": self.what, "note": self.note}
        spread = {"min": min(self.ratios), "median": median(self.ratios), "max": max(self.ratios)}
        rounded = {name: round(value, 3) for name, value in spread.items()}
        return {
            **asdict(self), "product": round(self.product, 3), "floor": round(self.floor, 3), "ratios": rounded,
            "rounds": len(self.ratios), "noisy": self.noisy, "met": self.met,
        }  # fmt: skip


def counted(what: str, unit: str, product: float, floor: float, goal: float | None, note: str = "") -> Line:
    """A line of what is counted, not timed: bytes, memory."""
    return Line(what, unit, product, floor, (product / floor,), goal, note)


def measured(
    what: str,
    turns: Turn[Any, Any] | Callable[[], Iterable[Turn[Any, Any]]],
    rounds: int,
    goal: float | None,
    *,
    note: str = "",
    cpu: Callable[[], float] = process_time,
    floor_cpu: Callable[[], float] | None = None,
    warm: bool = True,
) -> Line:
    """Runs product and floor by turns and keeps what they cost.

    ``turns``: one that is the same in each round, or what gives a round's work anew each time; what it does itself
    between two turns is not counted. ``cpu`` gives the seconds of CPU spent so far by all who take part, ``floor_cpu``
    by those of the floor alone where each side is a server of its own. One round before the first warms up both sides
    and tells how often quick work is to be repeated; without ``warm`` both are warm and slow already. Raises Wrong as
    soon as a result is.
    """

    def work() -> Iterable[Turn[Any, Any]]:
        return [turns] if isinstance(turns, Turn) else turns()

    times, clocks = (1, 1), (cpu, floor_cpu or cpu)
    if warm:
        product, floor = _round(work(), times, clocks)
        times = (_enough(product), _enough(floor))
    gc.collect()
    gc.freeze()  # what is there for both sides shall not be searched for garbage at the cost of one of them
    try:
        costs = [_round(work(), times, clocks) for _ in range(rounds)]
    finally:
        gc.unfreeze()
    return Line(
        what, "ms CPU",
        median(product for product, _ in costs) * 1000, median(floor for _, floor in costs) * 1000,
        tuple(product / floor for product, floor in costs), goal, note,
    )  # fmt: skip


def _enough(seconds: float) -> int:
    """How often to do what takes so long once."""
    return max(1, math.ceil(LEAST / max(seconds, 1e-6)))


def _round(
    turns: Iterable[Turn[Any, Any]], times: tuple[int, int], clocks: tuple[Callable[[], float], Callable[[], float]]
) -> tuple[float, float]:
    """Seconds that product and floor take for one round; each turn is done so many times and counted once."""
    spent = [0.0, 0.0]
    for turn in turns:
        results = []
        for side, work in enumerate((turn.product, turn.floor)):
            used, cpu = 0.0, clocks[side]
            for _ in range(times[side]):
                turn.before()
                start = cpu()
                result = work()
                used += cpu() - start
            spent[side] += used / times[side]
            results.append(result)
        turn.check(*results)
    return spent[0], spent[1]
