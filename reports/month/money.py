"""The month's money: who is paid what, and why."""

from __future__ import annotations

from itertools import groupby

from brigade.month.sheet import MonthSheet, PayRow
from reports.dates import short_day
from reports.sheet import Sheet
from reports.table import Column, Row, Table
from reports.words import say


def yen(amount: int | None, lang: str) -> str:
    """``7,000円``; a word where it is not known."""
    return say("unknown", lang) if amount is None else say("yen", lang, yen=f"{amount:,}")


def pay_list(sheet: Sheet, month: MonthSheet, lang: str) -> None:
    """Each person's sum, then each line of it with its reason."""
    if not month.pay:
        return
    sheet.section()
    people = [(key, list(lines)) for key, lines in groupby(month.pay, key=lambda line: (line.number, line.name))]
    _sums(sheet, month, people, lang)
    sheet.section()
    table = Table(
        [
            Column(say("pay_day", lang), 56),
            Column(say("report_number", lang), 84),
            Column(say("pay_because", lang), sheet.width - 208, lines=3),
            Column(say("pay_amount", lang), 68, "right"),
        ],
        size=9.0,
        row_height=16,
    )
    rows = []
    for (number, name), lines in people:
        rows.append(Row([number, name, "", yen(_sum(lines), lang)], bold=True, leads=True))
        rows += [
            Row([short_day(line.day, lang), line.report_number, line.sentence, _amount(line, lang)]) for line in lines
        ]
    table.place(sheet, say("pay_lines", lang), rows, note=_rules(month, lang))


def _amount(line: PayRow, lang: str) -> str:
    """The amount; a word where there is none to pay now."""
    return say("on_hold", lang) if line.yen is None and not line.is_unknown else yen(line.yen, lang)


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
    table.place(sheet, say("pay", lang), rows, total, note=note)


def _sum(lines: list[PayRow]) -> int:
    return sum(line.yen or 0 for line in lines)


def _rules(month: MonthSheet, lang: str) -> str:
    return say("pay_rules", lang, rules=say("waits_between", lang).join(month.rules))
