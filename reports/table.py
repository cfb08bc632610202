"""Tables drawn straight on the page: heads repeated, rows never split, cells that fit.

A cell is text, a ``Bar`` or nothing. Text is set smaller, then in more lines where its column allows, and cut with …
as the last resort; a line feed sets what follows below.
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
MOST_UPWARD = 104.0  # height of a turned head
LEAST = 4  # rows together on a page
NONE = "–"  # nothing there, set softly


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
    """One row: a cell for each column; ``indent`` in points moves the first; ``color`` that of the text. One that
    ``leads`` is not left alone at the foot of a page.
    """

    cells: Sequence[str | Bar]
    bold: bool = False
    indent: float = 0.0
    color: Color = INK
    leads: bool = False


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

    def place(
        self,
        sheet: Sheet,
        heading: str,
        rows: Sequence[Row],
        total: Row | None = None,
        *,
        note: str = "",
        mark: bool = True,
    ) -> None:
        """Sets heading, head, rows and the total; the head again on each page, never fewer than four rows below it.

        The heading stays with the whole table where a page can hold it, else with its head and four rows.
        """
        laid = [self._lay(row) for row in (*rows, *([total] if total else []))]
        whole = self.head_height + sum(one.height for one in laid)
        least = self.head_height + sum(one.height for one in laid[:LEAST])
        sheet.heading(heading, keep=whole if whole + 40 < sheet.blank else least, note=note, mark=mark)
        sheet.need(least)
        self._head(sheet)
        sheet.on_turn = lambda: self._head(sheet)
        for number, one in enumerate(laid):
            if number == len(laid) - LEAST:
                sheet.need(sum(each.height for each in laid[number:]))
            elif one.row.leads:
                sheet.need(sum(each.height for each in laid[number : number + 2]))
            self._row(sheet, one, striped=self.zebra and number % 2 == 1, heavy=one.row is total)
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
                    _set(pen, left + edge, base, line, HEAD_SIZE, column)
                    base += LINE

        sheet.add(height, draw)

    def _row(self, sheet: Sheet, laid: _Laid, *, striped: bool, heavy: bool) -> None:
        left, right, height = sheet.left, sheet.left + self.edges[-1], laid.height

        def draw(pen: Pen, y: float) -> None:
            if striped and not heavy:
                pen.box(left, y, right - left, height, ZEBRA)
            for column, cell, edge in zip(self.columns, laid.row.cells, self.edges, strict=False):
                if isinstance(cell, Bar):
                    _bar(pen, left + edge, y, column.width, height, cell)
            for x, down, words, size, color, bold, align in laid.texts:
                pen.text(left + x, y + down, words, size, bold=bold, color=color, align=align)
            pen.rule(left, y + height, right, color=BLUE if heavy else HAIR, weight=0.8 if heavy else 0.4)
            if heavy:
                pen.rule(left, y, right, color=BLUE, weight=0.8)

        sheet.add(height, draw)

    def _lay(self, row: Row) -> _Laid:
        """The row's texts, each where it stands, and the height that the longest cell asks for."""
        cells: list[tuple[list[str], float]] = []
        indent, most = row.indent, 1
        for column, cell in zip(self.columns, row.cells, strict=True):
            lines: list[str] = []
            size = self.size
            if cell and not isinstance(cell, Bar):
                lines, size = _lines(cell, column, column.width - 2 * PAD - indent, self.size, bold=row.bold)
            cells.append((lines, size))
            most = max(most, len(lines))
            indent = 0.0
        height, indent = self.row_height + LINE * (most - 1), row.indent
        texts: list[_Text] = []
        for column, (lines, size), edge in zip(self.columns, cells, self.edges, strict=False):
            at = edge + indent + {"left": PAD, "right": column.width - PAD, "center": column.width / 2}[column.align]
            base = height / 2 + CAP * size - LINE * (len(lines) - 1) / 2
            for line in lines:
                if line == NONE:
                    texts.append((at, base, line, size, SOFT, False, column.align))
                else:
                    texts.append((at, base, line, size, row.color, row.bold, column.align))
                base += LINE
            indent = 0.0
        return _Laid(row, height, texts)


_Text = tuple[float, float, str, float, Color, bool, Align]  # x and baseline from the row's top left corner


@dataclass(frozen=True, slots=True)
class _Laid:
    """A row whose texts have found their places."""

    row: Row
    height: float
    texts: list[_Text]


def _lines(cell: str, column: Column, room: float, size: float, *, bold: bool) -> tuple[list[str], float]:
    """The cell's lines and their size; line feeds part lines that belong one above the other."""
    if "\n" not in cell:
        return fit_lines(cell, room, size, column.lines, bold=bold)
    fitted = [fit_lines(line, room, size, column.lines, bold=bold) for line in cell.split("\n")]
    return [line for lines, _ in fitted for line in lines], min(chosen for _, chosen in fitted)


def _head_lines(column: Column) -> list[str]:
    if column.upward:
        return [fit(column.head, MOST_UPWARD, HEAD_SIZE, bold=True, least=HEAD_SIZE)[0]]
    room = column.width - (6 if column.align == "center" else 2 * PAD)
    lines = [line for head in column.head.split("\n") for line in balanced(head, room, HEAD_SIZE, bold=True)]
    return lines if len(lines) <= 5 else fit_lines(column.head, room, HEAD_SIZE, 5, bold=True, least=HEAD_SIZE)[0]


def _head_height(column: Column, lines: list[str]) -> float:
    return width(lines[0], HEAD_SIZE, True) if column.upward else LINE * len(lines)


def uncut(head: str, least: float) -> float:
    """The width, ``least`` or more, at which no Latin word of a head is broken."""
    words = [word for line in head.split("\n") for word in line.split() if word.isascii()]
    return max(least, *(width(word, HEAD_SIZE, True) + 2 * PAD + 0.5 for word in words or ("",)))


def cuts_words(head: str, column_width: float) -> bool:
    """Whether a centred head of this width would have to be broken within a Latin word."""
    room = column_width - 6
    return any(word.isascii() and width(word, HEAD_SIZE, True) > room for word in head.split())


def _set(pen: Pen, x: float, y: float, words: str, size: float, column: Column) -> None:
    at = {"left": x + PAD, "right": x + column.width - PAD, "center": x + column.width / 2}[column.align]
    pen.text(at, y, words, size, bold=True, align=column.align)


def _bar(pen: Pen, x: float, y: float, wide: float, height: float, bar: Bar) -> None:
    thick = min(9.0, height - 8)
    pen.box(x + PAD, y + (height - thick) / 2, (wide - 2 * PAD) * bar.share, thick, BLUE)
    pen.upright(x + PAD, y, y + height, color=SOFT, weight=0.6)
