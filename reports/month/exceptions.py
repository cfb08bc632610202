"""What an officer should look at: reports that went another way, what was left open, and who need not report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import groupby

from brigade.month.sheet import MonthSheet
from reports.dates import day, moment
from reports.month.names import holder
from reports.sheet import Sheet
from reports.table import Column, Row, Table
from reports.words import label, say

FEW = 3  # so many numbers are printed whole, more of them in short
ACROSS, DOWN = 8, 8  # short numbers beside and below each other in one row


def exception_table(sheet: Sheet, month: MonthSheet, lang: str) -> None:
    """What differs from the plain way, the reports of one kind of oddity together; then what was left open."""
    rows = [*_oddities(month, lang), *_left_open(month, lang)]
    if not rows:
        return
    table = Table(
        [
            Column(say("oddity", lang), 104, lines=2),
            Column(say("oddity_detail", lang), 118, lines=3),
            Column(say("oddity_count", lang), 36, "right"),
            Column(say("report_number", lang), sheet.width - 258),
        ],
        size=9.0,
        row_height=16,
    )
    sheet.section()
    count = len(month.oddities) + len(month.left_open)
    table.place(sheet, say("oddities", lang), rows, note=say("oddities_note", lang, count=f"{count:,}"))


def _oddities(month: MonthSheet, lang: str) -> Iterator[Row]:
    found: dict[tuple[str, str], list[str]] = defaultdict(list)
    for oddity in month.oddities:
        found[oddity.what, oddity.detail].append(oddity.report_number)
    for (what, detail), numbers in sorted(found.items()):
        yield from _numbers(label("oddity", what, lang), detail, numbers)


def _left_open(month: MonthSheet, lang: str) -> Iterator[Row]:
    found: dict[str, list[str]] = defaultdict(list)
    for report in month.left_open:
        state = label("state", report.state, lang)
        waits = label("level", report.waits_at, lang) if report.waits_at else ""
        found[say("open_at", lang, state=state, level=waits) if waits else state].append(report.number)
    for detail, numbers in sorted(found.items()):
        yield from _numbers(say("left_open", lang), detail, numbers)


def _numbers(what: str, detail: str, numbers: list[str]) -> Iterator[Row]:
    head, lines = [what, detail, f"{len(numbers):,}"], list(_lines(numbers))
    for start in range(0, len(lines), DOWN):
        yield Row([*head, "\n".join(lines[start : start + DOWN])])
        head = ["", "", ""]


def _lines(numbers: Sequence[str]) -> Iterator[str]:
    """A few numbers whole; of many, what they have in common once and then what follows it in each."""
    if len(numbers) <= FEW:
        yield "  ".join(numbers)
        return
    for start, group in groupby(numbers, key=lambda number: number.rpartition("-")[0]):
        tails = [number.rpartition("-")[2] for number in group]
        if start:
            yield f"{start}-"
        for at in range(0, len(tails), ACROSS):
            yield " ".join(tails[at : at + ACROSS])


def statement_table(sheet: Sheet, month: MonthSheet, lang: str) -> None:
    """Units that said that nothing took place, or that are excused."""
    if not month.statements:
        return
    table = Table(
        [
            Column(say("col_unit", lang), 104, lines=2),
            Column(say("statement", lang), sheet.width - 339, lines=4),
            Column(say("statement_by", lang), 110, lines=2),
            Column(say("statement_at", lang), 125, "right"),
        ],
        size=9.0,
        row_height=16,
    )
    rows = []
    for one in month.statements:
        said = say(f"statement_{one.saying}", lang)
        if one.until is not None:
            said = say("statement_until", lang, said=said, until=day(one.until, lang))
        said = f"{said}\n{one.reason}" if one.reason else said
        rows.append(Row([one.unit_name, said, holder(one.post, one.name, lang), moment(one.at, lang)]))
    sheet.section()
    table.place(sheet, say("statements", lang), rows)
