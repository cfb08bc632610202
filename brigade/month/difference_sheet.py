"""What a document says of the way from one sealed edition of a month to the next, as plain values. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Totals:
    """What an edition adds up to."""

    times: int
    person_times: int
    minutes: int
    yen: int


@dataclass(frozen=True, slots=True)
class PersonDifference:
    """Plus and minus for one person at one report. ``yen`` is whole yen; what is not known counts as nothing."""

    member_id: str
    number: str
    name: str
    person_times: int
    minutes: int
    yen_before: int
    yen_after: int
    because: str

    @property
    def yen(self) -> int:
        """Plus or minus."""
        return self.yen_after - self.yen_before


@dataclass(frozen=True, slots=True)
class Difference:
    """One report that is new, gone or different: ``what`` added | removed | changed | pay (only what it earns).

    ``at`` is when the last decision on it was taken; ``because`` of a person are the sentences of the new lines.
    """

    report_id: str
    report_number: str
    unit_id: str
    kind: str
    started_at: datetime
    what: str
    at: datetime | None
    times: int
    people: tuple[PersonDifference, ...]
    unit_name: str = ""
    kind_label: str = ""

    @property
    def person_times(self) -> int:
        """Attendances, plus or minus."""
        return sum(person.person_times for person in self.people)

    @property
    def minutes(self) -> int:
        """Minutes of people, plus or minus."""
        return sum(person.minutes for person in self.people)

    @property
    def yen(self) -> int:
        """Whole yen, plus or minus."""
        return sum(person.yen for person in self.people)


@dataclass(frozen=True, slots=True)
class DifferenceSheet:
    """From the edition ``number`` (sealed when, under which code) to this one: ``before`` and all the ``lines`` together
    give ``after``. ``in_part``: ``before`` is without what another station's editions go on counting.
    """

    number: int
    sealed_at: datetime
    code: str
    before: Totals
    after: Totals
    lines: tuple[Difference, ...]
    in_part: bool = False

    @property
    def change(self) -> Totals:
        """The sum of all lines."""
        return Totals(
            sum(line.times for line in self.lines),
            sum(line.person_times for line in self.lines),
            sum(line.minutes for line in self.lines),
            sum(line.yen for line in self.lines),
        )
