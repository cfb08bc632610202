"""Tables drawn straight on the page: heads repeated, rows never split, cells that fit.

A cell is text, a ``Bar`` or nothing. Text is set smaller, then in more lines where its column allows, and cut with …
as the last resort.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.fonts import width
from reports.lines import balanced, fit, fit_lines
from reports.pen import BAND, BLUE, HAIR, INK, SOFT, ZEBRA, Align, Color, Pen
from reports.sheet import Sheet

PAD = 5.0  # between a cell's edge and its text
CAP = 0.36  # half the height of figures and kanji in sizes: from a row's middle to the baseline
HEAD_SIZE = 8.5
LINE = 10.5  # from line to line within a cell or head
MOST_UPWARD = 90.0  # height of a turned head
LEAST = 4  # rows together on a page


@dataclass(frozen=True, slots=True)
class Column:
    """One column: its head, width in points, side, how many lines a long text may take; ``upward`` turns the head."""

    head: str
    width: float
    align: Align = "left"
    lines: int = 1
    upward: bool = False


@dataclass(frozen=True, slots=True)
class Bar:
    """A level bar: ``share`` of the column's width from 0 to 1, drawn from zero at the left."""

    share: float


@dataclass(frozen=True, slots=True)
class Row:
    """One row: a cell for each column; ``indent`` in points moves the first; ``color`` that of the text."""

    cells: Sequence[str | Bar]
    bold: bool = False
    indent: float = 0.0
    color: Color = INK


class Table:
    """Columns and a manner of drawing; ``flow`` sets rows on a sheet."""

    def __init__(
        self, columns: Sequence[Column], *, size: float = 10.0, row_height: float = 19.0, zebra: bool = False
    ) -> None:
        self.columns = tuple(columns)
        self.size, self.row_height, self.zebra = size, row_height, zebra
        self.edges = [0.0]  # each column's left edge, and the last one's right
        for column in self.columns:
            self.edges.append(self.edges[-1] + column.width)
        self._heads = [_head_lines(column) for column in self.columns]
        self.head_height = 9.0 + max(_head_height(c, lines) for c, lines in zip(self.columns, self._heads, strict=True))

    def keep(self, sheet: Sheet, rows: Sequence[Row], total: Row | None = None) -> float:
        """What a heading has to stay with: the whole table where a page can hold it, else its head and four rows."""
        heights = [self._height(row) for row in (*rows, *([total] if total else []))]
        whole = self.head_height + sum(heights)
        return whole if whole + 40 < sheet.blank else self.head_height + sum(heights[:LEAST])

    def flow(self, sheet: Sheet, rows: Sequence[Row], total: Row | None = None) -> None:
        """Sets head, rows and the total; the head again on each page, never fewer than four rows below it."""
        lines = [(row, self._height(row)) for row in (*rows, *([total] if total else []))]
        sheet.need(self.head_height + sum(height for _, height in lines[:LEAST]))
        self._head(sheet)
        sheet.on_turn = lambda: self._head(sheet)
        for number, (row, height) in enumerate(lines):
            if number == len(lines) - LEAST:
                sheet.need(sum(each for _, each in lines[number:]))
            self._row(sheet, row, height, striped=self.zebra and number % 2 == 1, heavy=row is total)
        sheet.on_turn = None

    def _head(self, sheet: Sheet) -> None:
        left, right, height = sheet.left, sheet.left + self.edges[-1], self.head_height
        turned = any(column.upward for column in self.columns)  # then all heads stand on the head's lower edge

        def draw(pen: Pen, y: float) -> None:
            pen.box(left, y, right - left, height, BAND)
            pen.rule(left, y + height, right, color=BLUE, weight=0.8)
            for column, lines, edge in zip(self.columns, self._heads, self.edges, strict=False):
                middle = y + height - 9 if turned else y + height / 2
                base = middle + CAP * HEAD_SIZE - LINE * (len(lines) - 1) / (1 if turned else 2)
                for line in lines:
                    if column.upward:
                        x = left + edge + column.width / 2 + CAP * HEAD_SIZE
                        pen.text(x, y + height - 5, line, HEAD_SIZE, bold=True, upward=True)
                        continue
                    _set(pen, left + edge, base, line, HEAD_SIZE, column, bold=True)
                    base += LINE

        sheet.add(height, draw)

    def _height(self, row: Row) -> float:
        return self.row_height + LINE * (max(1, *(len(lines) for lines, _ in self._lay(row))) - 1)

    def _row(self, sheet: Sheet, row: Row, height: float, *, striped: bool, heavy: bool) -> None:
        left, right = sheet.left, sheet.left + self.edges[-1]
        laid = self._lay(row)

        def draw(pen: Pen, y: float) -> None:
            if striped and not heavy:
                pen.box(left, y, right - left, height, ZEBRA)
            x = left + row.indent
            for column, cell, (lines, size), edge in zip(self.columns, row.cells, laid, self.edges, strict=False):
                if isinstance(cell, Bar):
                    _bar(pen, left + edge, y, column.width, height, cell)
                    continue
                base = y + height / 2 + CAP * size - LINE * (len(lines) - 1) / 2
                for line in lines:
                    _set(pen, x + edge, base, line, size, column, bold=row.bold, color=row.color)
                    base += LINE
                x = left
            pen.rule(left, y + height, right, color=BLUE if heavy else HAIR, weight=0.8 if heavy else 0.4)
            if heavy:
                pen.rule(left, y, right, color=BLUE, weight=0.8)

        sheet.add(height, draw)

    def _lay(self, row: Row) -> list[tuple[list[str], float]]:
        """Lines and size of each cell."""
        laid: list[tuple[list[str], float]] = []
        indent = row.indent
        for column, cell in zip(self.columns, row.cells, strict=True):
            if isinstance(cell, Bar) or not cell:
                laid.append(([], self.size))
            else:
                laid.append(fit_lines(cell, column.width - 2 * PAD - indent, self.size, column.lines, bold=row.bold))
            indent = 0.0
        return laid


def _head_lines(column: Column) -> list[str]:
    if column.upward:
        return [fit(column.head, MOST_UPWARD, HEAD_SIZE, bold=True, least=HEAD_SIZE)[0]]
    room = column.width - (6 if column.align == "center" else 2 * PAD)
    lines = balanced(column.head, room, HEAD_SIZE, bold=True)
    return lines if len(lines) <= 5 else fit_lines(column.head, room, HEAD_SIZE, 5, bold=True, least=HEAD_SIZE)[0]


def _head_height(column: Column, lines: list[str]) -> float:
    return width(lines[0], HEAD_SIZE, True) if column.upward else LINE * len(lines)


def cuts_words(head: str, column_width: float) -> bool:
    """Whether a centred head of this width would have to be broken within a Latin word."""
    room = column_width - 6
    return any(word.isascii() and width(word, HEAD_SIZE, True) > room for word in head.split())


def _set(
    pen: Pen, x: float, y: float, words: str, size: float, column: Column, *, bold: bool, color: Color = INK
) -> None:
    if words == "–":
        color, bold = SOFT, False
    at = {"left": x + PAD, "right": x + column.width - PAD, "center": x + column.width / 2}[column.align]
    pen.text(at, y, words, size, bold=bold, color=color, align=column.align)


def _bar(pen: Pen, x: float, y: float, wide: float, height: float, bar: Bar) -> None:
    thick = min(9.0, height - 8)
    pen.box(x + PAD, y + (height - thick) / 2, (wide - 2 * PAD) * bar.share, thick, BLUE)
    pen.upright(x + PAD, y, y + height, color=SOFT, weight=0.6)
