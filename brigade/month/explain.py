"""Why a figure of a month is what it is: the reports behind it, what each adds, and by which rules and decisions. Pure.

A figure is a cell of the month's sheet: everything, one unit, one kind, one person, one category of the ministry's
survey, or several of these at once. Its sums are those of what is listed, so they equal the cell.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from brigade.month.figures import COUNTED
from brigade.month.rows import MonthRows, PaidLine, PartRow, PersonRow, ReportRow, RulesUsed


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


def explain(
    rows: MonthRows,
    *,
    unit_id: str | None = None,
    kind: str | None = None,
    member_id: str | None = None,
    category: str | None = None,
) -> Explanation:
    """What stands behind a figure of the month, of the rows' own unit or of one below. KeyError for a unit not there."""
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
    reasons = tuple(_reasons(rows, behind, member_id, by_event=by_event))
    there = {part.member_id for reason in reasons for part in reason.parts}
    used = {paid.line.rule_set for reason in reasons for paid in reason.lines}
    return Explanation(
        rows, unit_id, kind, member_id, category, reasons,
        tuple(person for person in rows.people if person.id in there),
        tuple(rules for rules in rows.rules if rules.code in used),
    )  # fmt: skip


def _reasons(
    rows: MonthRows, behind: Sequence[ReportRow], member_id: str | None, *, by_event: bool
) -> Iterator[Reason]:
    lines: dict[str, list[PaidLine]] = defaultdict(list)
    for paid in rows.pay:
        if member_id in (None, paid.member_id):
            lines[paid.line.report_id].append(paid)
    seen: set[str] = set()
    for report in behind:
        counts = not by_event or report.event not in seen
        seen.add(report.event)
        parts = tuple(part for part in report.parts if member_id in (None, part.member_id))
        yield Reason(report, int(counts), parts, tuple(lines[report.id]))
