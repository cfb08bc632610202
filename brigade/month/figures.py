"""From the rows of a month to its sheet: totals by kind, unit, member and ministry category, pay, exceptions. Pure.

The same rows always give the same sheet. A sheet of a unit below is made from the rows of the one above, so squads,
companies and the brigade cannot disagree.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from brigade.activity.kinds import kind_label
from brigade.activity.workflow import State
from brigade.month.approvals import approvals, statements
from brigade.month.breakdown import survey, unit_kinds
from brigade.month.departed import with_departed
from brigade.month.difference_sheet import DifferenceSheet
from brigade.month.lists import matrix, oddities
from brigade.month.rows import MonthRows, PersonRow, ReportRow, RulesUsed, UnitRow
from brigade.month.sheet import (
    CategoryTotal,
    EditionMark,
    KindTotal,
    MemberTotal,
    MonthSheet,
    OpenReport,
    PartLine,
    PayRow,
    ReportLine,
    SurveyTotal,
    UnitTotal,
)

COUNTED = tuple(state.value for state in (State.IN_REVIEW, State.RETURNED, State.CONFIRMED, State.SEALED))
PAYABLE = (State.CONFIRMED.value, State.SEALED.value)


def below(rows: MonthRows, unit_id: str) -> MonthRows:
    """The rows of one unit of the month and of what stands below it. KeyError for a unit that is not there."""
    place = next((place for place, unit in enumerate(rows.units) if unit.id == unit_id), None)
    if place is None:
        raise KeyError(unit_id)
    top = rows.units[place]
    units = [top]
    for unit in rows.units[place + 1 :]:
        if unit.depth <= top.depth:
            break
        units.append(unit)
    line = {unit.depth: unit.name for unit in rows.units[: place + 1]}
    reports = tuple(report for report in rows.reports if unit_id in report.unit_ids)
    shown = with_departed(
        [replace(unit, depth=unit.depth - top.depth) for unit in units], reports, {unit.id: unit for unit in rows.units}
    )
    inside = {unit.id for unit in shown}
    ids = {report.id for report in reports}
    people = {report.author_id for report in reports} | {part.member_id for report in reports for part in report.parts}
    pay = tuple(paid for paid in rows.pay if paid.line.report_id in ids)
    used = {paid.line.rule_set for paid in pay}
    return replace(
        rows,
        unit_id=top.id,
        unit_name=top.name,
        level=top.level,
        path=(*rows.path, *(line[depth] for depth in range(1, top.depth + 1))),
        units=shown,
        people=tuple(person for person in rows.people if person.id in people),
        reports=reports,
        pay=pay,
        rules=tuple(rules for rules in rows.rules if rules.code in used),
        said=tuple(said for said in rows.said if said.unit_id in inside),
        years=tuple(year for year in rows.years if year.unit_id in inside),
        left_open=tuple(report for report in rows.left_open if unit_id in report.unit_ids),
    )


def sheet(
    rows: MonthRows, lang: str, edition: EditionMark | None = None, differences: DifferenceSheet | None = None
) -> MonthSheet:
    """Everything the month's documents of one unit show; without an edition it is a preview. ``differences`` (of
    ``differences.py``) lead from the edition before to these rows.
    """
    counted = [report for report in rows.reports if report.state in COUNTED]
    people = {person.id: person for person in rows.people}
    paid = _paid(rows)
    surveyed = survey(rows, counted, lang)
    return MonthSheet(
        month=rows.month,
        unit_id=rows.unit_id,
        unit_name=rows.unit_name,
        level=rows.level,
        path=rows.path,
        preview=edition is None,
        edition=edition,
        generated_at=rows.read_at,
        generated_by=rows.read_by,
        times=len(counted),
        person_times=sum(len(report.parts) for report in counted),
        minutes=sum(_minutes(report) for report in counted),
        yen=sum(paid.values()),
        unknown=sum(one.line.is_unknown for one in rows.pay),
        states=dict(Counter(report.state for report in rows.reports)),
        waiting_by_level=dict(Counter(report.waits_at for report in counted if report.waits_at)),
        kinds=_kinds(counted, lang),
        categories=_categories(rows, surveyed),
        units=_units(rows, counted),
        members=_members(rows, counted, people, paid),
        pay=_pay(rows, people, lang),
        rules=rules_said(rules_of(rows), lang),
        matrix=matrix(rows, counted, lang),
        oddities=tuple(oddities(rows, counted, lang)),
        reports=_reports(rows, counted, people, lang),
        unit_kinds=unit_kinds(rows, counted, lang),
        survey=surveyed,
        approvals=approvals(rows, counted, edition),
        statements=statements(rows),
        left_open=_left_open(rows),
        differences=differences,
    )


def rules_of(rows: MonthRows) -> tuple[RulesUsed, ...]:
    """The rule sets by which something in these rows was paid."""
    used = {paid.line.rule_set for paid in rows.pay}
    return tuple(rules for rules in rows.rules if rules.code in used)


def rules_said(used: Iterable[RulesUsed], lang: str) -> tuple[str, ...]:
    """Each rule set with its name, code and version."""
    return tuple(f"{one.ja if lang == 'ja' else one.en} ({one.code}, {one.digest})" for one in used)


def _minutes(report: ReportRow) -> int:
    return sum(part.minutes for part in report.parts)


def _paid(rows: MonthRows) -> Mapping[str, int]:
    """What each person earns."""
    paid: Counter[str] = Counter()
    for one in rows.pay:
        paid[one.member_id] += one.line.yen or 0
    return paid


def _kinds(counted: Sequence[ReportRow], lang: str) -> tuple[KindTotal, ...]:
    totals: dict[str, list[int]] = {}
    for report in counted:
        total = totals.setdefault(report.kind, [0, 0, 0])
        total[0] += 1
        total[1] += len(report.parts)
        total[2] += _minutes(report)
    return tuple(KindTotal(code, kind_label(code, lang), *totals[code]) for code in sorted(totals))


def _categories(rows: MonthRows, surveyed: Sequence[SurveyTotal]) -> tuple[CategoryTotal, ...]:
    """The sheet's own unit in the month alone."""
    return tuple(
        CategoryTotal(one.code, one.label, one.times, one.reports, one.person_times)
        for one in surveyed
        if one.unit_id == rows.unit_id and one.reports
    )


def _left_open(rows: MonthRows) -> tuple[OpenReport, ...]:
    labels = {unit.id: unit.label for unit in rows.units}
    return tuple(
        OpenReport(one.number, labels.get(one.unit_ids[-1], "") if one.unit_ids else "", one.state, one.waits_at)
        for one in rows.left_open
    )


def _units(rows: MonthRows, counted: Sequence[ReportRow]) -> tuple[UnitTotal, ...]:
    totals: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0, 0, 0])
    yen: Counter[str] = Counter()
    for one in rows.pay:
        yen[one.line.report_id] += one.line.yen or 0
    for report in counted:
        amounts = (
            1, len(report.parts), _minutes(report), report.state == State.IN_REVIEW, report.state == State.RETURNED,
            yen[report.id],
        )  # fmt: skip
        for unit_id in set(report.unit_ids):
            for place, amount in enumerate(amounts):
                totals[unit_id][place] += int(amount)
    return tuple(UnitTotal(unit.id, unit.name, unit.level, unit.depth, *totals[unit.id]) for unit in rows.units)


def _members(
    rows: MonthRows, counted: Sequence[ReportRow], people: Mapping[str, PersonRow], paid: Mapping[str, int]
) -> tuple[MemberTotal, ...]:
    places: dict[str, tuple[int, UnitRow]] = {unit.id: (place, unit) for place, unit in enumerate(rows.units)}
    by_kind: dict[str, Counter[str]] = defaultdict(Counter)
    spent: Counter[str] = Counter()
    last: dict[str, str] = {}
    for report in counted:
        for part in report.parts:
            by_kind[part.member_id][report.kind] += 1
            spent[part.member_id] += part.minutes
            last[part.member_id] = report.unit_id

    def order(id_: str) -> tuple[int, str, str]:
        return places[last[id_]][0] if last[id_] in places else len(places), people[id_].kana_sort, people[id_].number

    return tuple(
        MemberTotal(
            id_, people[id_].number, people[id_].name, places[last[id_]][1].label if last[id_] in places else "",
            by_kind[id_].total(), spent[id_], dict(by_kind[id_]), paid.get(id_, 0),
        )
        for id_ in sorted(by_kind, key=order)
    )  # fmt: skip


def _pay(rows: MonthRows, people: Mapping[str, PersonRow], lang: str) -> tuple[PayRow, ...]:
    """The pay list, each person's lines together, in the order of names."""
    numbers = {report.id: report.number for report in rows.reports}
    labels = {unit.id: unit.label for unit in rows.units}
    places = {report.id: labels.get(report.unit_id, "") for report in rows.reports}
    kinds = {code: kind_label(code, lang) for code in {one.line.kind for one in rows.pay}}
    lines = sorted(
        rows.pay,
        key=lambda one: (
            people[one.member_id].kana_sort, people[one.member_id].number, one.line.day, one.line.report_id, one.line.part
        ),
    )  # fmt: skip
    return tuple(
        PayRow(
            member_id=one.member_id,
            number=people[one.member_id].number,
            name=people[one.member_id].name,
            report_id=one.line.report_id,
            report_number=numbers[one.line.report_id],
            day=one.line.day,
            kind=one.line.kind,
            minutes=one.line.minutes,
            yen=one.line.yen,
            reason=one.line.reason.value,
            rule_set=one.line.rule_set,
            sentence=one.ja if lang == "ja" else one.en,
            unit_name=places[one.line.report_id],
            kind_label=kinds[one.line.kind],
            tax_class=one.line.tax_class,
            version=one.line.digest,
        )
        for one in lines
    )


def _reports(
    rows: MonthRows, counted: Sequence[ReportRow], people: Mapping[str, PersonRow], lang: str
) -> tuple[ReportLine, ...]:
    labels = {unit.id: unit.label for unit in rows.units}
    return tuple(
        ReportLine(
            number=report.number,
            kind=report.kind,
            kind_label=kind_label(report.kind, lang),
            unit_name=labels.get(report.unit_id, ""),
            started_at=report.started_at,
            ended_at=report.ended_at,
            place=report.place,
            people=len(report.parts),
            minutes=_minutes(report),
            state=report.state,
            entry_mode=report.entry_mode,
            author=people[report.author_id].name,
            trail=report.trail,
            report_id=report.id,
            statistics_class=report.statistics_class,
            event_title=report.event_title,
            late=report.late,
            parts=tuple(
                PartLine(
                    part.member_id,
                    people[part.member_id].number,
                    people[part.member_id].name,
                    part.role,
                    part.started_at,
                    part.ended_at,
                    part.minutes,
                    part.acted,
                )
                for part in report.parts
            ),
        )
        for report in counted
    )
