"""The month's tables for files: CSV for one of them, and all of them as one workbook."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import MappingProxyType

from brigade.activity.workflow import Action
from brigade.dates import tokyo_day
from brigade.month.difference_sheet import Difference, DifferenceSheet, Totals
from brigade.month.sheet import MonthSheet, ReportLine
from reports.csv_file import CsvFile, Encoding, Heads, csv_bytes
from reports.month import names
from reports.month.columns import columns
from reports.month.workbook_sheets import (
    approval_sheet,
    exception_sheet,
    kind_sheet,
    matrix_sheet,
    member_sheet,
    properties,
    unit_kind_sheet,
    unit_sheet,
)
from reports.tables import Cell, Table
from reports.words import label, say
from reports.workbook import workbook_bytes

MakeTable = Callable[[MonthSheet, str], Table]


def report_table(sheet: MonthSheet, lang: str) -> Table:
    """One row for each report that counts."""
    codes = (
        "report_number kind kind_label unit event started_at ended_at place people person_minutes yen unknown_amounts "
        "state state_label entry_mode author submitted_at late approved_at approvals report_id"
    )
    earned: Counter[str] = Counter()
    unknown: Counter[str] = Counter()
    for line in sheet.pay:
        earned[line.report_id] += line.yen or 0
        unknown[line.report_id] += line.is_unknown
    paid = {line.report_id for line in sheet.pay}
    rows = [
        (
            one.number, one.kind, one.kind_label, one.unit_name, one.event_title, one.started_at, one.ended_at, one.place,
            one.people, one.minutes, earned[one.report_id] if one.report_id in paid else None, unknown[one.report_id],
            one.state, label("state", one.state, lang), label("entry_mode", one.entry_mode, lang), one.author,
            *_way(one, lang), one.report_id,
        )
        for one in sheet.reports
    ]  # fmt: skip
    return Table("report", say("reports", lang), columns(codes, lang), rows)


def _way(report: ReportLine, lang: str) -> tuple[Cell, ...]:
    """When it was submitted, whether late, when it was last approved and by whom."""
    submitted = next((line.at for line in report.trail if line.action == Action.SUBMIT), None)
    approved = [line for line in report.trail if line.action == Action.APPROVE]
    who = (names.acting(line.post, line.name, line.deputy_for, line.level, lang) for line in approved)
    return submitted, report.late, approved[-1].at if approved else None, say("waits_between", lang).join(who)


def participation_table(sheet: MonthSheet, lang: str) -> Table:
    """One row for each person in each report, with the times that count for the person."""
    codes = "report_number day kind kind_label unit member_number name role started_at ended_at minutes acted state"
    rows = [
        (
            report.number, tokyo_day(part.started_at), report.kind, report.kind_label, report.unit_name, part.number,
            part.name, part.role, part.started_at, part.ended_at, part.minutes, part.acted, report.state,
        )
        for report in sheet.reports
        for part in report.parts
    ]  # fmt: skip
    return Table("participations", say("participations", lang), columns(codes, lang), rows)


def pay_table(sheet: MonthSheet, lang: str) -> Table:
    """One row for each line of pay; the amount is empty where it is not known, and ``reason`` says why."""
    codes = "member_number name unit day report_number kind kind_label minutes yen reason rule_set rule_version tax_class sentence"
    rows = [
        (
            one.number, one.name, one.unit_name, one.day, one.report_number, one.kind, one.kind_label, one.minutes,
            one.yen, one.reason, one.rule_set, one.version, one.tax_class, one.sentence,
        )
        for one in sheet.pay
    ]  # fmt: skip
    return Table("pay", say("pay_lines", lang), columns(codes, lang), rows)


def statistics_table(sheet: MonthSheet, lang: str) -> Table:
    """One row for each unit and category of the ministry's survey, with the years where they were read."""
    codes = (
        "unit level category category_label survey_times survey_reports survey_person_times calendar_times "
        "calendar_person_times fiscal_times fiscal_person_times"
    )
    rows = [
        (
            one.unit_name, one.level, one.code, one.label, one.times, one.reports, one.person_times, one.calendar_times,
            one.calendar_person_times, one.fiscal_times, one.fiscal_person_times,
        )
        for one in sheet.survey
    ]  # fmt: skip
    return Table("statistics", say("categories", lang), columns(codes, lang), rows)


def difference_table(sheet: MonthSheet, lang: str) -> Table:
    """The old total, each report and each of its people, the new total: every column adds up. No rows for a first
    edition.
    """
    codes = (
        "what what_label report_number kind kind_label unit day decided_at member_number name times person_times "
        "minutes_change yen_before yen_after yen_change sentence"
    )
    rows = list(_difference_rows(sheet.differences, lang)) if sheet.differences else []
    return Table("differences", say("differences_listed", lang), columns(codes, lang), rows)


def _difference_rows(found: DifferenceSheet, lang: str) -> Iterator[Sequence[Cell]]:
    yield _total("total-before", found.before, say("total_before_part" if found.in_part else "total_before", lang))
    for line in found.lines:
        said = (line.what, say(f"difference_{line.what}", lang), *_of_report(line))
        yield (*said, None, None, line.times, 0, 0, None, None, 0, None)
        for one in line.people:
            yield (
                *said, one.number, one.name, 0, one.person_times, one.minutes, one.yen_before, one.yen_after, one.yen,
                one.because,
            )  # fmt: skip
    yield _total("total-after", found.after, say("total_after", lang))


def _of_report(line: Difference) -> tuple[Cell, ...]:
    return line.report_number, line.kind, line.kind_label, line.unit_name, tokyo_day(line.started_at), line.at


def _total(what: str, totals: Totals, words: str) -> Sequence[Cell]:
    blank = (None,) * 8
    return (what, words, *blank, totals.times, totals.person_times, totals.minutes, None, None, totals.yen, None)


CSV_TABLES: Mapping[str, MakeTable] = MappingProxyType(
    {
        "report": report_table,
        "participations": participation_table,
        "pay": pay_table,
        "statistics": statistics_table,
        "differences": difference_table,
    }
)


def month_csv(
    sheet: MonthSheet, name: str, *, encoding: Encoding = "utf-8", lang: str = "ja", heads: Heads = "labels"
) -> CsvFile:
    """One of ``CSV_TABLES`` as a file. KeyError for another name."""
    return csv_bytes(CSV_TABLES[name](sheet, lang), encoding=encoding, lang=lang, heads=heads)


def month_workbook(sheet: MonthSheet, lang: str = "ja") -> bytes:
    """Everything as one XLSX file; the same sheet gives the same bytes."""
    tables = [
        kind_sheet(sheet, lang),
        unit_sheet(sheet, lang),
        unit_kind_sheet(sheet, lang),
        statistics_table(sheet, lang),
        *([difference_table(sheet, lang)] if sheet.differences else []),
        exception_sheet(sheet, lang),
        member_sheet(sheet, lang),
        matrix_sheet(sheet, lang),
        pay_table(sheet, lang),
        participation_table(sheet, lang),
        report_table(sheet, lang),
        approval_sheet(sheet, lang),
    ]
    return workbook_bytes(
        tables,
        title=f"{names.title(sheet, lang)} {names.unit_name(sheet)}",
        made_at=sheet.generated_at,
        lang=lang,
        properties=properties(sheet, lang),
    )
