"""Members by activities: a circle for who worked, a triangle for who turned out and found nothing to do.

Each unit has a table of its own with only what its members were at: in one table of a whole brigade nearly every cell
would be empty.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from brigade.month.sheet import Column as Activity
from brigade.month.sheet import MatrixRow, MonthSheet
from reports.dates import short_day
from reports.sheet import A4, MARGIN, SECTION, Sheet
from reports.table import Column, Row, Table
from reports.words import say

NAME, EACH, SUM = 92.0, 20.0, 34.0
WIDEST = 150.0  # of the names, where few activities leave room
MARKS = {"worked": "○", "stood-by": "△", None: ""}
ACROSS = int((A4[0] - 2 * MARGIN - NAME - SUM) / EACH)


def matrix_table(sheet: Sheet, month: MonthSheet, lang: str) -> None:
    """Unit by unit, as many activities side by side as find room."""
    columns = month.matrix.columns
    groups = [(unit, list(rows)) for unit, rows in groupby(month.matrix.rows, key=lambda row: row.unit_name)]
    for number, (unit, rows) in enumerate(groups):
        places = sorted({place for row in rows for place in row.cells})
        sheet.section()
        title = say("matrix_unit", lang, unit=unit) if len(groups) > 1 else say("matrix", lang)
        _unit(sheet, title, [(place, columns[place]) for place in places], rows, lang, mark=not number)


def _unit(
    sheet: Sheet,
    title: str,
    columns: Sequence[tuple[int, Activity]],
    rows: Sequence[MatrixRow],
    lang: str,
    *,
    mark: bool,
) -> None:
    """``columns`` with their places in the whole matrix."""
    counts = Counter(place for row in rows for place in row.cells)
    parts = -(-len(columns) // ACROSS)
    share = -(-len(columns) // max(parts, 1))
    for start in range(0, len(columns), share or 1):
        some = columns[start : start + share]
        last = start + share >= len(columns)  # the sums are those of all parts
        name = NAME + min(sheet.width - NAME - SUM - EACH * len(some), WIDEST - NAME)
        table = Table(
            [
                Column(say("name", lang), name, lines=2),
                *(Column(f"{short_day(c.day, lang)} {c.kind_label}", EACH, "center", upward=True) for _, c in some),
                *([Column(say("member_times", lang), SUM, "right")] if last else []),
            ],
            size=9.0,
            row_height=16,
            zebra=True,
        )
        lines = [
            Row(
                [
                    row.name,
                    *(MARKS[row.cells.get(place)] for place, _ in some),
                    *([f"{len(row.cells):,}"] if last else []),
                ]
            )
            for row in rows
        ]
        people = [f"{counts[place]:,}" for place, _ in some]
        total = Row([say("total", lang), *people, *([f"{counts.total():,}"] if last else [])], bold=True)
        note = say("matrix_note", lang, first=start + 1, last=start + len(some), all=len(columns))
        if start:
            sheet.gap(SECTION)
        table.place(sheet, title, lines, total, note=note, mark=mark and not start)
