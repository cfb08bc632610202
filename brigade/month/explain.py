"""Why a figure of a month is what it is: the reports behind it, what each adds, and by which rules and decisions. Pure.

A figure is a cell of the month's sheet: everything, one unit, one kind, one person, one category of the ministry's
survey, or several of these at once. Its sums are those of what is listed, so they equal the cell.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from brigade.month.figures import COUNTED
from brigade.month.rows import MonthRows, PaidLine, PartRow, PersonRow, ReportRow, RulesUsed
from brigade.problems import FieldProblem, Invalid


@dataclass(frozen=True, slots=True)
class Reason:
    """One report behind the figure and what it adds; ``report.trail`` holds the decisions.

    ``times`` is 1, or 0 where another report of the same event has counted already. ``parts`` and ``lines`` are those of
    the people asked for.
    """

    report: ReportRow
    times: int
    parts: tuple[PartRow, ...]
    lines: tuple[PaidLine, ...]

    @property
    def person_times(self) -> int:
        """Attendances."""
        return len(self.parts)

    @property
    def minutes(self) -> int:
        """Of people."""
        return sum(part.minutes for part in self.parts)

    @property
    def yen(self) -> int:
        """What is known."""
        return sum(paid.line.yen or 0 for paid in self.lines)

    @property
    def unknown(self) -> int:
        """Lines whose amount is not known."""
        return sum(paid.line.is_unknown for paid in self.lines)


@dataclass(frozen=True, slots=True)
class Explanation:
    """The reports behind one figure in order of time, the people in them, and the rule sets by which they are paid."""

    rows: MonthRows
    unit_id: str
    kind: str | None
    member_id: str | None
    category: str | None
    reasons: tuple[Reason, ...]
    people: tuple[PersonRow, ...]
    rules: tuple[RulesUsed, ...]

    @property
    def times(self) -> int:
        """Events of a category, else reports; of a person, what they were at."""
        return sum(reason.times for reason in self.reasons)

    @property
    def person_times(self) -> int:
        """Attendances."""
        return sum(reason.person_times for reason in self.reasons)

    @property
    def minutes(self) -> int:
        """Of people."""
        return sum(reason.minutes for reason in self.reasons)

    @property
    def yen(self) -> int:
        """What is known."""
        return sum(reason.yen for reason in self.reasons)

    @property
    def unknown(self) -> int:
        """Lines whose amount is not known."""
        return sum(reason.unknown for reason in self.reasons)


class Place(NamedTuple):
    """Where a report stands among those behind a figure. It is a place also when the report has left it."""

    started_at: dt.datetime
    number: str
    id: uuid.UUID

    @classmethod
    def of(cls, report: ReportRow) -> Place:
        """The report's."""
        return cls(report.started_at, report.number, uuid.UUID(report.id))


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure's sums over all reports behind it, and one page of these explained. ``yen`` and ``unknown`` None where pay was
    not worked out; ``last`` is the place of the page's last report where more follow.
    """

    shown: Explanation
    times: int
    reports: int
    person_times: int
    minutes: int
    yen: int | None
    unknown: int | None
    rules: tuple[RulesUsed, ...]
    last: Place | None


def paged(found: Explanation, after: Place | None, limit: int) -> Figure:
    """The ``limit`` reports after that place, of what does not change any more. Invalid for the place of none of them."""
    ids = [reason.report.id for reason in found.reasons]
    if after is not None and str(after.id) not in ids:
        raise Invalid([FieldProblem("/cursor", "bad-cursor")])
    start = ids.index(str(after.id)) + 1 if after is not None else 0
    page = found.reasons[start : start + limit]
    more = bool(page) and start + limit < len(found.reasons)
    return Figure(
        replace(found, reasons=page), found.times, len(found.reasons), found.person_times, found.minutes, found.yen,
        found.unknown, found.rules, Place.of(page[-1].report) if more else None,
    )  # fmt: skip


def explain(
    rows: MonthRows,
    *,
    unit_id: str | None = None,
    kind: str | None = None,
    member_id: str | None = None,
    category: str | None = None,
    before: Collection[str] = (),
) -> Explanation:
    """What stands behind a figure of the month, of the rows' own unit or of one below. KeyError for a unit not there.

    ``before``: events that count already, where the rows are a page of what there is.
    """
    unit_id = unit_id or rows.unit_id
    if unit_id != rows.unit_id and unit_id not in {unit.id for unit in rows.units}:
        raise KeyError(unit_id)
    behind = [
        report
        for report in rows.reports
        if report.state in COUNTED
        and (unit_id == rows.unit_id or unit_id in report.unit_ids)
        and kind in (None, report.kind)
        and category in (None, report.statistics_class)
        and (member_id is None or any(part.member_id == member_id for part in report.parts))
    ]
    by_event = category is not None and rows.incidents_once
    reasons = tuple(_reasons(rows, behind, member_id, before if by_event else None))
    there = {part.member_id for reason in reasons for part in reason.parts}
    used = {paid.line.rule_set for reason in reasons for paid in reason.lines}
    return Explanation(
        rows, unit_id, kind, member_id, category, reasons,
        tuple(person for person in rows.people if person.id in there),
        tuple(rules for rules in rows.rules if rules.code in used),
    )  # fmt: skip


def _reasons(
    rows: MonthRows, behind: Sequence[ReportRow], member_id: str | None, before: Collection[str] | None
) -> Iterator[Reason]:
    """``before``: events that count already; None where each report counts by itself."""
    lines: dict[str, list[PaidLine]] = defaultdict(list)
    for paid in rows.pay:
        if member_id in (None, paid.member_id):
            lines[paid.line.report_id].append(paid)
    seen = set(before or ())
    for report in behind:
        counts = before is None or report.event not in seen
        seen.add(report.event)
        parts = tuple(part for part in report.parts if member_id in (None, part.member_id))
        yield Reason(report, int(counts), parts, tuple(lines[report.id]))
