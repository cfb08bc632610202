"""A field while it is being read: what it says so far, and what speaks for and against it."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from brigade.forms.template import Cell, Field, Template
from ocr.marks import FieldMarks
from ocr.reading.known import Known
from ocr.reading.readings import Alternative, FieldReading, Status, Value
from ocr.reading.reasons import BORNE_OUT, Reason
from ocr.reading.thresholds import READABLE, SPEAKS, is_borne_out, least_confidence

DISPUTED = 0.5
"""Of two fields that disagree at least one is wrong."""


@dataclass(slots=True)
class Draft:
    """One field. ``guesses`` are its possible values, best first; ``doubts`` keep it from being sure, ``conflicts`` are
    disagreements with another field, ``facts`` bear it out. ``asks`` is False where no second fact is needed.
    """

    field: Field
    marks: FieldMarks
    guesses: tuple[Alternative, ...]
    raw: str
    value: Value = None
    confidence: float = 0.0
    readable: bool = True
    facts: set[Reason] = dataclasses.field(default_factory=set)
    doubts: set[Reason] = dataclasses.field(default_factory=set)
    conflicts: set[Reason] = dataclasses.field(default_factory=set)

    def support(self, reason: Reason) -> None:
        """A fact that bears the value out, and makes it likelier."""
        if reason not in self.facts:
            self.facts.add(reason)
            rarer, before = SPEAKS.get(reason, 1.0), self.confidence
            total = before + (1 - before) / rarer or 1.0
            self.confidence = before / total
            self.guesses = tuple(
                replace(one, probability=one.probability / total / (1 if one.value == self.value else rarer))
                for one in self.guesses
            )

    @property
    def is_empty(self) -> bool:
        """Nothing is written there, as far as can be seen."""
        return self.readable and self.value is None

    @property
    def is_marked(self) -> bool:
        """A box to tick that is more likely marked than not."""
        return self.value is True

    def propose(self) -> None:
        """Take the likeliest value; none where even that is less likely than its contrary."""
        best = self.guesses[0] if self.guesses else Alternative(None, 0.0)
        self.confidence = best.probability
        self.readable = best.probability > READABLE
        self.value = best.value if self.readable else None
        if not self.readable:
            self.doubts.add(Reason.NOTHING_FITS)

    @property
    def believed(self) -> bool:
        """Sure as far as the field itself is asked: without second facts, and without any disagreement."""
        return self.readable and not self.doubts and self.confidence >= least_confidence(self.field, self.value)

    def settled(self) -> FieldReading:
        """The reading, its status worked out from all that was found."""
        doubts = set(self.doubts)
        confidence = self.confidence
        if self.readable and confidence < least_confidence(self.field, self.value):
            doubts.add(Reason.UNCERTAIN)
        if self.value is not None and not is_borne_out(self.field, self.facts):
            doubts.add(Reason.NO_SECOND_FACT)
        if self.conflicts:
            status, confidence = Status.CONFLICT, min(confidence, DISPUTED)
        elif not self.readable:
            status = Status.UNREADABLE
        else:
            status = Status.UNSURE if doubts else Status.SURE
        reasons = self.conflicts | doubts if status is not Status.SURE else self.facts & BORNE_OUT
        return FieldReading(
            self.field.id, self.value, self.raw, min(1.0, max(0.0, confidence)), status, _around(self.field.cells),
            self._alternatives() if status is not Status.SURE else (), tuple(sorted(reasons)),
        )  # fmt: skip

    def _alternatives(self) -> tuple[Alternative, ...]:
        others = [one for one in self.guesses if one.value != self.value and one.probability >= 1e-4]
        return tuple(replace(one, probability=min(1.0, one.probability)) for one in others[:5])


def _around(cells: tuple[Cell, ...]) -> Cell:
    left, top = min(cell.x for cell in cells), min(cell.y for cell in cells)
    right, bottom = max(cell.x + cell.w for cell in cells), max(cell.y + cell.h for cell in cells)
    return Cell(left, top, right - left, bottom - top)


@dataclass(frozen=True, slots=True)
class Sheet:
    """All fields of a page while they are compared with each other."""

    template: Template
    known: Known
    drafts: Mapping[str, Draft]

    def leading_to(self, target: str, *, report: int | None = None, person: int | None = None) -> list[Draft]:
        """The fields that lead to the target; of one activity or one row where asked for."""
        return [
            draft
            for draft in self.drafts.values()
            if draft.field.maps_to == target
            and (report is None or draft.field.report in (None, report))
            and (person is None or draft.field.person == person)
        ]

    def one(self, target: str, *, report: int | None = None, person: int | None = None) -> Draft | None:
        """The field that leads there, None where the form has none."""
        return next(iter(self.leading_to(target, report=report, person=person)), None)

    def rows(self) -> Iterator[Row]:
        """The rows of people from the first to the last."""
        rows: dict[int, list[Draft]] = {}
        for draft in self.drafts.values():
            if draft.field.person is not None:
                rows.setdefault(draft.field.person, []).append(draft)
        return (Row(person, tuple(rows[person])) for person in sorted(rows))


@dataclass(frozen=True, slots=True)
class Row:
    """The fields of one row of people."""

    person: int
    drafts: tuple[Draft, ...]

    def one(self, target: str) -> Draft | None:
        """The row's field that leads there."""
        return next((draft for draft in self.drafts if draft.field.maps_to == target), None)

    @property
    def ticks(self) -> list[Draft]:
        """Every box to tick of the row."""
        return [draft for draft in self.drafts if draft.field.type == "tick"]

    @property
    def attendance(self) -> list[Draft]:
        """The boxes that say that the person was there, whether or not there was work."""
        return [draft for draft in self.ticks if draft.field.maps_to == "participants.acted"]
