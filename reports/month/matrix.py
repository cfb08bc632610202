"""Members by activities: a circle for who worked, a triangle for who turned out and found nothing to do."""

from __future__ import annotations

from brigade.month.sheet import MonthSheet
from reports.dates import short_day
from reports.sheet import Sheet
from reports.table import Column, Row, Table
from reports.words import say

NAME, UNIT, EACH, SUM = 92.0, 104.0, 22.0, 36.0
MARKS = {"worked": "○", "stood-by": "△", None: ""}


def matrix_table(sheet: Sheet, month: MonthSheet, lang: str) -> None:
    """As many activities on a page as find room, then the next ones with the names again."""
    if not month.matrix.rows or not month.matrix.columns:
        return
    sheet.turn(landscape=True)
    room = int((sheet.width - NAME - UNIT - SUM) / EACH)
    columns = month.matrix.columns
    for start in range(0, len(columns), room):
        if start:
            sheet.turn(landscape=True)
        shown = columns[start : start + room]
        spare = sheet.width - NAME - UNIT - SUM - EACH * len(shown)
        wider = min(spare, 160.0)
        table = Table(
            [
                Column(say("name", lang), NAME + wider / 2, lines=2),
                Column(say("member_unit", lang), UNIT + wider / 2, lines=2),
                *(Column(f"{short_day(c.day, lang)} {c.kind_label}", EACH, "center", upward=True) for c in shown),
                Column(say("member_times", lang), SUM, "right"),
            ],
            size=9.0,
            row_height=16,
            zebra=True,
        )
        rows = [
            Row(
                [
                    row.name,
                    row.unit_name,
                    *(MARKS[cell] for cell in row.cells[start : start + room]),
                    f"{sum(cell is not None for cell in row.cells):,}",
                ]
            )
            for row in month.matrix.rows
        ]
        counts = [
            f"{sum(row.cells[nth] is not None for row in month.matrix.rows)}"
            for nth in range(start, start + len(shown))
        ]
        every = sum(cell is not None for row in month.matrix.rows for cell in row.cells)
        total = Row([say("total", lang), "", *counts, f"{every:,}"], bold=True)
        note = say("matrix_note", lang, first=start + 1, last=start + len(shown), all=len(columns))
        sheet.heading(say("matrix", lang), keep=table.keep(sheet, rows, total), note=note)
        table.flow(sheet, rows, total)
