"""What the newest edition of a month and a member's own record must say, as plain values that know nothing of the product's
reckoning.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field

from brigade.dispute_rules import DisputeKind, DisputeState
from brigade.month.closing import Saying

YEN = {"T-01": 3500, "D-01": 7000, "M-01": None}
Sums = tuple[int, int, int, int, int]


@dataclass
class Kept:
    """A report as the model knows it. ``step`` counts those of its chain who have yet to approve from 1."""

    squad: str
    author: str
    people: list[str]
    kind: str
    minutes: int
    start: dt.datetime
    state: str = "in_review"
    step: int = 1
    saves: int = 1

    def counts(self) -> bool:
        return self.state != "withdrawn"

    def pays(self) -> bool:
        return self.state in ("confirmed", "sealed")


@dataclass
class Said:
    """A dispute. ``saves`` is how often the report had been saved when it was upheld."""

    report: uuid.UUID
    who: str
    kind: DisputeKind
    state: DisputeState = DisputeState.OPEN
    saves: int = 0


@dataclass
class Model:
    reports: dict[uuid.UUID, Kept] = field(default_factory=dict)
    disputes: dict[uuid.UUID, Said] = field(default_factory=dict)
    sayings: set[tuple[str, Saying]] = field(default_factory=set)
    editions: dict[str, tuple[int, dict[str, Sums], set[uuid.UUID]]] = field(default_factory=dict)

    def held(self, id_: uuid.UUID, who: str) -> bool:
        for said in self.disputes.values():
            if (said.report, said.who) == (id_, who):
                if said.state is DisputeState.OPEN:
                    return True
                wrong = said.kind is DisputeKind.NOT_THERE or self.reports[id_].saves == said.saves
                if said.state is DisputeState.UPHELD and wrong:
                    return True
        return False

    def sums(self, unit: str) -> Sums:
        """Of what pays below the unit: reports, attendances, minutes, yen, lines without an amount."""
        times = people = minutes = yen = unknown = 0
        for id_, report in self.reports.items():
            if report.pays() and f"K1-{report.squad[0]}-{report.squad[1]}".startswith(unit.replace("S1", "K1")):
                times += 1
                for who in report.people:
                    people += 1
                    minutes += report.minutes
                    if not self.held(id_, who):
                        yen += YEN[report.kind] or 0
                        unknown += YEN[report.kind] is None
        return times, people, minutes, yen, unknown

    def own(self, who: str) -> tuple[set[uuid.UUID], int, int, int]:
        """What the record of a member says: reports, yen, lines without an amount, lines on hold."""
        mine = {id_: report for id_, report in self.reports.items() if report.counts() and who in report.people}
        paid = {id_: YEN[report.kind] for id_, report in mine.items() if report.pays()}
        free = {id_: yen for id_, yen in paid.items() if not self.held(id_, who)}
        return (
            set(mine), sum(yen or 0 for yen in free.values()), sum(yen is None for yen in free.values()),
            len(paid) - len(free),
        )  # fmt: skip
