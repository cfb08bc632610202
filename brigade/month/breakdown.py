"""A month cut two ways at once: units by kinds, and units by the categories of the ministry's survey. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence

from brigade.activity.kinds import catalogue, kind_label
from brigade.month.rows import MonthRows, ReportRow, YearRow
from brigade.month.sheet import KindTotal, SurveyTotal, UnitKinds
from brigade.wording import text

NOT_IN_SURVEY = "none"


def unit_kinds(rows: MonthRows, counted: Sequence[ReportRow], lang: str) -> tuple[UnitKinds, ...]:
    """Each unit with all below it, by kind."""
    sums: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0])
    for report in counted:
        people, minutes = len(report.parts), sum(part.minutes for part in report.parts)
        for unit_id in set(report.unit_ids):
            sum_ = sums[unit_id, report.kind]
            sum_[0] += 1
            sum_[1] += people
            sum_[2] += minutes
    kinds = {code: kind_label(code, lang) for code in sorted({report.kind for report in counted})}
    return tuple(
        UnitKinds(
            unit.id, unit.label, unit.level, unit.depth,
            {code: KindTotal(code, label, *sums[unit.id, code]) for code, label in kinds.items() if (unit.id, code) in sums},
        )
        for unit in rows.units
    )  # fmt: skip


def survey(rows: MonthRows, counted: Sequence[ReportRow], lang: str) -> tuple[SurveyTotal, ...]:
    """Each unit's categories, in the survey's order: those with something in the month or in either year.

    What several units did at one event is one time, unless the city counts each of them; people count whether or not
    they worked (domain: notes to the survey's tables).
    """
    events: dict[tuple[str, str], set[str]] = defaultdict(set)
    reports: Counter[tuple[str, str]] = Counter()
    people: Counter[tuple[str, str]] = Counter()
    for report in counted:
        for unit_id in set(report.unit_ids):
            key = (unit_id, report.statistics_class)
            events[key].add(report.event)
            reports[key] += 1
            people[key] += len(report.parts)
    years = {(year.unit_id, year.statistics_class): year for year in rows.years}
    return tuple(
        SurveyTotal(
            unit.id, unit.label, unit.level, code, text(f"class.statistics.{code}", lang),
            len(events[unit.id, code]) if rows.incidents_once else reports[unit.id, code],
            reports[unit.id, code], people[unit.id, code], *_year(years.get((unit.id, code)), rows),
        )
        for unit in rows.units
        for code in catalogue().classes["statistics"]
        if code != NOT_IN_SURVEY and (reports[unit.id, code] or (unit.id, code) in years)
    )  # fmt: skip


def _year(year: YearRow | None, rows: MonthRows) -> tuple[int | None, int | None, int | None, int | None]:
    if year is None:
        return (0, 0, 0, 0) if rows.years else (None, None, None, None)
    calendar, fiscal = (
        (year.calendar_times, year.fiscal_times)
        if rows.incidents_once
        else (year.calendar_reports, year.fiscal_reports)
    )
    return calendar, year.calendar_person_times, fiscal, year.fiscal_person_times
