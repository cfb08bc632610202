"""The month of one unit as plain values: what the API answers, the PDF prints and the console shows.

Pure: no database, no drawing. ``figures.py`` fills it, ``reports/`` draws it. Times are aware datetimes in UTC,
lengths whole minutes, people are counted as person-times (延べ人員): one person at two activities counts two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from brigade.month.difference_sheet import DifferenceSheet
from brigade.pay.turnouts import Reason


@dataclass(frozen=True, slots=True)
class KindTotal:
    """One activity kind in the month: ``times`` reports, ``person_times`` attendances, ``minutes`` of people."""

    code: str
    label: str
    times: int
    person_times: int
    minutes: int


@dataclass(frozen=True, slots=True)
class UnitTotal:
    """One unit at or below the sheet's unit, with all below it; ``depth`` 0 is the sheet's own."""

    unit_id: str
    name: str
    level: str
    depth: int
    times: int
    person_times: int
    minutes: int
    waiting: int
    returned: int
    yen: int = 0


@dataclass(frozen=True, slots=True)
class CategoryTotal:
    """One category of the ministry's survey: ``times`` counts what several units did together once."""

    code: str
    label: str
    times: int
    reports: int
    person_times: int


@dataclass(frozen=True, slots=True)
class SurveyTotal:
    """One category of the ministry's survey at one unit with all below it: in the month, from January and from April to
    the month's end. ``times`` counts as the survey does, ``reports`` each report; a year is None where it was not read.
    """

    unit_id: str
    unit_name: str
    level: str
    code: str
    label: str
    times: int
    reports: int
    person_times: int
    calendar_times: int | None
    calendar_person_times: int | None
    fiscal_times: int | None
    fiscal_person_times: int | None


@dataclass(frozen=True, slots=True)
class UnitKinds:
    """One unit with all below it, its reports by kind code; ``minutes`` of people."""

    unit_id: str
    name: str
    level: str
    depth: int
    by_kind: dict[str, KindTotal]


@dataclass(frozen=True, slots=True)
class PayRow:
    """One line of the pay list; ``yen`` None where the amount is not known. ``version`` is the rule set's digest."""

    member_id: str
    number: str
    name: str
    report_id: str
    report_number: str
    day: date
    kind: str
    minutes: int
    yen: int | None
    reason: str
    rule_set: str
    sentence: str
    unit_name: str = ""
    kind_label: str = ""
    tax_class: str = ""
    version: str = ""

    @property
    def is_unknown(self) -> bool:
        """No rule says what it is worth; what is on hold has no amount either, but one that is known."""
        return self.yen is None and self.reason != Reason.HELD


@dataclass(frozen=True, slots=True)
class MemberTotal:
    """One member: times and minutes in all, and times by kind code."""

    member_id: str
    number: str
    name: str
    unit_name: str
    times: int
    minutes: int
    by_kind: dict[str, int]
    yen: int = 0


@dataclass(frozen=True, slots=True)
class Column:
    """One activity of the matrix: what several units did at one event on one day is one column."""

    day: date
    kind: str
    kind_label: str
    title: str


@dataclass(frozen=True, slots=True)
class MatrixRow:
    """One member: ``worked`` or ``stood-by`` by the place of each column at which the member was, the first is 0."""

    member_id: str
    number: str
    name: str
    unit_name: str
    cells: Mapping[int, str]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Members by activities."""

    columns: tuple[Column, ...]
    rows: tuple[MatrixRow, ...]


@dataclass(frozen=True, slots=True)
class Oddity:
    """What an officer should know of a report: entered by another, late, a level passed over, a deputy, returned once,
    not announced, an amount that is not known. ``detail`` says at which level, or who for whom.
    """

    report_id: str
    report_number: str
    what: str
    detail: str


@dataclass(frozen=True, slots=True)
class TrailLine:
    """One decision on the way: printed in place of a seal.

    ``action`` submit | approve | correct | return | step-back | pass | undo | withdraw; ``post`` the post acted as;
    ``deputy_for`` the name of the person acted for, ``reason`` why a level was passed over.
    """

    action: str
    level: str
    unit_name: str
    name: str
    post: str
    at: datetime
    deputy_for: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Approval:
    """Who stands for the month, in place of a seal. ``what`` approve (``reports`` of them, from when to when) | complete
    (declared the unit's month complete) | seal; ``deputy_for`` the name of the person acted for.
    """

    what: str
    level: str
    unit_name: str
    post: str
    name: str
    deputy_for: str | None
    reports: int
    first_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Statement:
    """What was said of a unit that need not report: nil, or excused ``until`` a day for a ``reason``."""

    unit_name: str
    saying: str
    post: str
    name: str
    at: datetime
    reason: str
    until: date | None


@dataclass(frozen=True, slots=True)
class OpenReport:
    """A report still under way when the month was sealed, which therefore is not counted."""

    number: str
    unit_name: str
    state: str
    waits_at: str | None


@dataclass(frozen=True, slots=True)
class PartLine:
    """One person's part in a report, with the times that count for the person."""

    member_id: str
    number: str
    name: str
    role: str
    started_at: datetime
    ended_at: datetime
    minutes: int
    acted: bool


@dataclass(frozen=True, slots=True)
class ReportLine:
    """One activity report with its approval trail, oldest step first."""

    number: str
    kind: str
    kind_label: str
    unit_name: str
    started_at: datetime
    ended_at: datetime
    place: str
    people: int
    minutes: int
    state: str
    entry_mode: str
    author: str
    trail: tuple[TrailLine, ...]
    report_id: str = ""
    statistics_class: str = ""
    event_title: str = ""
    late: bool = False
    parts: tuple[PartLine, ...] = ()


@dataclass(frozen=True, slots=True)
class HeadMark:
    """Where the chain of a unit stood: after how many entries, and the digest of the last one (hexadecimal)."""

    unit_name: str
    length: int
    digest: str

    @property
    def fingerprint(self) -> str:
        """The beginning of the digest, as people compare it: ``3f2a 9c01 77be 04d1``."""
        return " ".join(self.digest[place : place + 4] for place in range(0, 16, 4))


@dataclass(frozen=True, slots=True)
class EditionMark:
    """What a document of a sealed edition says of itself: which edition it is, who sealed it when as what, and the code
    by which it is verified. ``verify_url`` is the address behind the QR code; ``heads`` are where the chains stood.
    """

    number: int
    sealed_at: datetime
    sealed_by: str
    post: str
    unit_name: str
    code: str
    verify_url: str
    heads: tuple[HeadMark, ...] = ()


@dataclass(frozen=True, slots=True)
class MonthSheet:
    """Everything the month's document of one unit shows.

    Counted are reports that are submitted and not withdrawn; ``states`` counts all of the month by state,
    ``waiting_by_level`` those in review by the level at which they wait.
    ``path`` names the units from the bureau down to this one. ``preview`` marks a month that is not sealed. ``yen`` is
    what the confirmed reports earn; ``unknown`` counts the lines whose amount is not known. ``edition`` of a sealed month;
    ``differences`` lead to it from the edition before.
    """

    month: str
    unit_id: str
    unit_name: str
    level: str
    path: tuple[str, ...]
    preview: bool
    generated_at: datetime
    generated_by: str
    times: int
    person_times: int
    minutes: int
    states: dict[str, int]
    waiting_by_level: dict[str, int]
    kinds: tuple[KindTotal, ...]
    units: tuple[UnitTotal, ...]
    members: tuple[MemberTotal, ...]
    reports: tuple[ReportLine, ...]
    categories: tuple[CategoryTotal, ...] = ()
    yen: int = 0
    unknown: int = 0
    pay: tuple[PayRow, ...] = ()
    rules: tuple[str, ...] = ()
    matrix: Matrix = Matrix((), ())
    oddities: tuple[Oddity, ...] = ()
    edition: EditionMark | None = None
    unit_kinds: tuple[UnitKinds, ...] = ()
    survey: tuple[SurveyTotal, ...] = ()
    approvals: tuple[Approval, ...] = ()
    statements: tuple[Statement, ...] = ()
    left_open: tuple[OpenReport, ...] = ()
    differences: DifferenceSheet | None = None
