"""The difference sheet of a later edition: old total, each plus and minus with its date and people, new total."""

from __future__ import annotations

from collections.abc import Iterator

from brigade.dates import tokyo_day
from brigade.month.difference_sheet import Difference, Totals
from brigade.month.sheet import MonthSheet
from reports.dates import clock, moment, short_day, stamp
from reports.sheet import Sheet
from reports.table import NONE, Column, Row, Table, uncut
from reports.words import say

FIGURES = (("col_times", 44.0), ("col_people", 56.0), ("col_hours", 64.0), ("pay_amount", 76.0))


def difference_sums(sheet: Sheet, month: MonthSheet, lang: str) -> None:
    """From the old total to the new one."""
    found = month.differences
    if found is None:
        return
    sheet.section()
    figures = _figures(lang)
    room = sheet.width - sum(column.width for column in figures)
    sums = Table([Column(say("difference_sums", lang), room, lines=2), *figures], size=10, row_height=20)
    before = "difference_before_part" if found.in_part else "difference_before"
    rows = [
        Row([say(before, lang, edition=say("edition", lang, number=found.number)), *_totals(found.before)]),
        Row([say("difference_lines", lang, count=f"{len(found.lines):,}"), *_totals(found.change, signed=True)]),
    ]
    edition = say("edition", lang, number=month.edition.number) if month.edition else say("preview", lang)
    total = Row([say("difference_after", lang, edition=edition), *_totals(found.after)], bold=True)
    note = say("difference_note", lang, at=moment(found.sealed_at, lang), code=found.code or "－")
    sums.place(
        sheet, say("differences", lang, edition=say("edition", lang, number=found.number)), rows, total, note=note
    )


def difference_list(sheet: Sheet, month: MonthSheet, lang: str) -> None:
    """Each plus and minus, report by report with the people of each."""
    found = month.differences
    if found is None or not found.lines:
        return
    sheet.section()
    figures = _figures(lang)
    room = sheet.width - sum(column.width for column in figures)
    table = Table([Column(say("difference_line", lang), room, lines=8), *figures], size=9.0, row_height=16)
    year = int(month.month[:4])
    lines = [row for line in found.lines for row in _rows(line, year, lang)]
    total = Row([say("difference_total", lang), *_totals(found.change, signed=True)], bold=True)
    table.place(sheet, say("differences_listed", lang), lines, total, note=say("difference_listed_note", lang))


def _figures(lang: str) -> list[Column]:
    heads = [(say(key, lang), least) for key, least in FIGURES]
    return [Column(head, uncut(head, least), "right") for head, least in heads]


def _rows(line: Difference, year: int, lang: str) -> Iterator[Row]:
    when = stamp(line.at, year, lang) if line.at else NONE
    head = say(
        "difference_report", lang, what=say(f"difference_{line.what}", lang), number=line.report_number, kind=line.kind_label,
        day=short_day(tokyo_day(line.started_at), lang), unit=line.unit_name, at=when,
    )  # fmt: skip
    yield Row(
        [head, *_totals(Totals(line.times, line.person_times, line.minutes, line.yen), signed=True)],
        bold=True,
        leads=True,
    )
    for person in line.people:
        said = f"{person.number} {person.name}" + (f"\n{person.because}" if person.because and person.yen else "")
        yield Row(
            [said, NONE, *_totals(Totals(0, person.person_times, person.minutes, person.yen), signed=True)[1:]],
            indent=12,
        )


def _totals(totals: Totals, *, signed: bool = False) -> list[str]:
    return [
        _number(totals.times, signed),
        _number(totals.person_times, signed),
        _length(totals.minutes, signed),
        _number(totals.yen, signed),
    ]


def _number(number: int, signed: bool) -> str:
    if not signed:
        return f"{number:,}"
    return "±0" if number == 0 else f"{number:+,}".replace("-", "−")


def _length(minutes: int, signed: bool) -> str:
    if not signed:
        return clock(minutes)
    return "±0" if minutes == 0 else ("+" if minutes > 0 else "−") + clock(abs(minutes))
