"""The month's money and statistics: the ministry's categories, who is paid what and why, what an officer should see."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby

from brigade.month.sheet import MonthSheet, PayRow
from reports.dates import short_day
from reports.sheet import Sheet
from reports.table import Column, Row, Table
from reports.words import label, say

TOGETHER = 12  # numbers in one row


def category_table(sheet: Sheet, month: MonthSheet, lang: str) -> None:
    """The categories of the ministry's survey, as times and person-times."""
    if not month.categories:
        return
    table = Table(
        [
            Column(say("category", lang), sheet.width - 240, lines=2),
            Column(say("category_times", lang), 80, "right"),
            Column(say("category_reports", lang), 80, "right"),
            Column(say("col_people", lang), 80, "right"),
        ]
    )
    rows = [Row([c.label, f"{c.times:,}", f"{c.reports:,}", f"{c.person_times:,}"]) for c in month.categories]
    sheet.gap(22)
    sheet.heading(say("categories", lang), keep=table.keep(sheet, rows), note=say("categories_note", lang))
    table.flow(sheet, rows)


def yen(amount: int | None, lang: str) -> str:
    """``7,000円``; a word where it is not known."""
    return say("unknown", lang) if amount is None else say("yen", lang, yen=f"{amount:,}")


def pay_list(sheet: Sheet, month: MonthSheet, lang: str) -> None:
    """Each person's sum, then each line of it with its reason; on upright pages of their own."""
    if not month.pay:
        return
    sheet.turn(landscape=False)
    people = [(key, list(lines)) for key, lines in groupby(month.pay, key=lambda line: (line.number, line.name))]
    _sums(sheet, month, people, lang)
    sheet.gap(26)
    table = Table(
        [
            Column(say("pay_day", lang), 62),
            Column(say("report_number", lang), 92),
            Column(say("pay_because", lang), sheet.width - 234, lines=3),
            Column(say("pay_amount", lang), 80, "right"),
        ],
        size=9.0,
        row_height=16,
    )
    rows = []
    for (number, name), lines in people:
        rows.append(Row([number, name, "", yen(_sum(lines), lang)], bold=True))
        rows += [
            Row([short_day(line.day, lang), line.report_number, line.sentence, yen(line.yen, lang)]) for line in lines
        ]
    sheet.heading(say("pay_lines", lang), keep=table.keep(sheet, rows), note=_rules(month, lang))
    table.flow(sheet, rows)


def _sums(sheet: Sheet, month: MonthSheet, people: list[tuple[tuple[str, str], list[PayRow]]], lang: str) -> None:
    units = {member.number: member.unit_name for member in month.members}
    table = Table(
        [
            Column(say("number", lang), 72),
            Column(say("name", lang), 110, lines=2),
            Column(say("member_unit", lang), sheet.width - 332, lines=2),
            Column(say("pay_count", lang), 60, "right"),
            Column(say("pay_amount", lang), 90, "right"),
        ],
        size=9.5,
        row_height=17,
        zebra=True,
    )
    rows = [
        Row(
            [
                number,
                name,
                units.get(number, ""),
                f"{len({line.report_id for line in lines}):,}",
                yen(_sum(lines), lang),
            ]
        )
        for (number, name), lines in people
    ]
    count = sum(len({line.report_id for line in lines}) for _, lines in people)
    total = Row(["", say("total", lang), "", f"{count:,}", yen(month.yen, lang)], bold=True)
    note = say("pay_unknown", lang, count=f"{month.unknown:,}") if month.unknown else say("pay_note", lang)
    sheet.heading(say("pay", lang), keep=table.keep(sheet, rows, total), note=note)
    table.flow(sheet, rows, total)


def _sum(lines: list[PayRow]) -> int:
    return sum(line.yen or 0 for line in lines)


def _rules(month: MonthSheet, lang: str) -> str:
    return say("pay_rules", lang, rules=say("waits_between", lang).join(month.rules))


def oddity_table(sheet: Sheet, month: MonthSheet, lang: str) -> None:
    """What differs from the plain way, the reports of one kind of oddity together."""
    if not month.oddities:
        return
    table = Table(
        [
            Column(say("oddity", lang), 130, lines=2),
            Column(say("oddity_detail", lang), 140, lines=3),
            Column(say("oddity_count", lang), 44, "right"),
            Column(say("report_number", lang), sheet.width - 314, lines=TOGETHER),
        ],
        size=9.0,
        row_height=16,
    )
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for oddity in month.oddities:
        found[oddity.what, oddity.detail].append(oddity.report_number)
    rows = []
    for (what, detail), numbers in sorted(found.items()):
        for start in range(0, len(numbers), TOGETHER):
            some = numbers[start : start + TOGETHER]
            head = [label("oddity", what, lang), detail, f"{len(numbers):,}"] if start == 0 else ["", "", ""]
            rows.append(Row([*head, "  ".join(some)]))
    sheet.gap(26)
    note = say("oddities_note", lang, count=f"{len(month.oddities):,}")
    sheet.heading(say("oddities", lang), keep=table.keep(sheet, rows), note=note)
    table.flow(sheet, rows)
