"""Tables as one XLSX file: a sheet each, typed cells, ready to print. The same tables give the same bytes.

Row after row goes to a file beside the document, so that memory does not grow with the rows. No cell is ever a
formula or a link: texts are written as texts, whatever they begin with.
"""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Iterable, Sequence
from io import BytesIO
from tempfile import TemporaryDirectory
from typing import Any

from xlsxwriter import Workbook  # type: ignore[import-untyped]  # it has no types
from xlsxwriter.worksheet import Worksheet  # type: ignore[import-untyped]  # it has no types

from reports.dates import clock, moment
from reports.tables import Cell, Column, Kind, Table, columns_wide, readable
from reports.words import say

FONT = "Yu Gothic"
"""On every Windows and Mac with Office; elsewhere the program takes its own Japanese face."""

DEFAULT = {"font_name": FONT, "font_size": 11, "font_charset": 128, "font_scheme": "none", "valign": "top"}
ROW_HEIGHT, COLUMN_WIDTH = 25, 72  # pixels: what Excel has for this face
MOST_ROWS = 1_048_576
LEAST_WIDTH, MOST_WIDTH = 6, 50
BUTTON = 3
"""Room for the filter's arrow beside the heading."""

FORMATS = {
    "ja": {Kind.DATE: '[$-411]yyyy"年"m"月"d"日"(aaa)', Kind.INSTANT: '[$-411]yyyy"年"m"月"d"日"(aaa) hh:mm'},
    "en": {Kind.DATE: "yyyy-mm-dd", Kind.INSTANT: "yyyy-mm-dd hh:mm"},
}
SAME_FORMATS = {Kind.NUMBER: "0", Kind.YEN: "#,##0", Kind.MINUTES: "[h]:mm", Kind.TRUTH: "General"}
WIDTHS = {"ja": {Kind.DATE: 18, Kind.INSTANT: 24}, "en": {Kind.DATE: 11, Kind.INSTANT: 17}}
COVER = {"ja": "表紙", "en": "Cover"}


def workbook_bytes(
    tables: Sequence[Table],
    *,
    title: str,
    made_at: dt.datetime,
    lang: str = "ja",
    properties: Sequence[tuple[str, str]] = (),
) -> bytes:
    """The file. With ``properties`` (label, text) a first sheet has the title and these; the file's dates are
    ``made_at``, which must be aware.

    ValueError as ``Table.cells``, and for what a sheet cannot hold: more than 1,048,575 rows or 16,384 columns, a text
    longer than 32,767 characters.
    """
    out = BytesIO()
    with TemporaryDirectory() as folder, Workbook(out, _options(folder)) as book:
        book.set_properties({"title": readable(title), "author": "Brigade", "created": made_at.astimezone(dt.UTC)})
        pages = _Pages(book, title, made_at, lang)
        names = sheet_names([*([COVER[lang]] if properties else []), *(table.title for table in tables)])
        if properties:
            pages.cover(names.pop(0), properties)
        for name, table in zip(names, tables, strict=True):
            pages.table(name, table)
    return out.getvalue()


def _options(folder: str) -> dict[str, Any]:
    return {
        "constant_memory": True, "tmpdir": folder,
        "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "default_format_properties": DEFAULT, "default_row_height": ROW_HEIGHT, "default_column_width": COLUMN_WIDTH,
    }  # fmt: skip


class _Literal(Worksheet):  # type: ignore[misc]  # so its base is of any type
    """A worksheet whose texts arrive as they are.

    XlsxWriter 3.3 takes a text between ``<r>`` and ``</r>`` for XML of its own and writes it as it stands: a formula
    could be in it. And Excel reads ``_x0041_`` as A; of ``_x0041_x202E_`` XlsxWriter guards the first half only.
    """

    def _xml_rich_inline_string(self, string: str, attributes: Sequence[tuple[str, Any]] = ()) -> None:
        self._xml_inline_string(string, True, attributes)

    @staticmethod
    def _escape_control_characters(data: Any) -> Any:
        """Nothing but these codes: controls themselves ``readable`` has replaced. A truth comes as a number."""
        return _CODED.sub("_x005F_", data) if isinstance(data, str) else data


_CODED = re.compile("_(?=x[0-9a-fA-F]{4}_)")


class _Pages:
    """The sheets of one workbook, which share formats and what is printed around them."""

    def __init__(self, book: Any, title: str, made_at: dt.datetime, lang: str) -> None:
        self._book, self._title, self._lang = book, title, lang
        self._made = f"{say('made_at', lang)} {moment(made_at, lang)}"
        # The prefix is the apostrophe that a person would type: also after editing, the text stays one.
        text = {**DEFAULT, "text_wrap": True, "quote_prefix": True}
        head = {
            **text,
            "bold": True,
            "valign": "vcenter",
            "bg_color": "#EAEFF5",
            "bottom": 1,
            "border_color": "#00458A",
        }
        self._text, self._head = book.add_format(text), book.add_format(head)
        self._label = book.add_format({**text, "bold": True})
        self._large = book.add_format({**text, "bold": True, "font_size": 16, "text_wrap": False})
        shown = {**SAME_FORMATS, **FORMATS[lang]}
        self._formats = {kind: book.add_format({**DEFAULT, "num_format": code}) for kind, code in shown.items()}
        self._right = book.add_format({**text, "align": "right"})

    def cover(self, name: str, properties: Sequence[tuple[str, str]]) -> None:
        """Title, then label and text in rows."""
        sheet = self._sheet(name, self._title)
        self._put(sheet, 0, 0, readable(self._title), self._large)
        for row, (label, text) in enumerate(properties, 2):
            self._put(sheet, row, 0, readable(label), self._label)
            self._put(sheet, row, 1, readable(text), self._text)
        sheet.set_column(0, 0, _bounded(max(columns_wide(label) for label, _ in properties) + 2))
        sheet.set_column(1, 1, 80)
        sheet.print_area(0, 0, len(properties) + 1, 1)

    def table(self, name: str, table: Table) -> None:
        """Headings in the first row, frozen, with filters, and repeated on each printed page."""
        sheet = self._sheet(name, table.title)
        widths = [_head_width(column, self._lang) for column in table.columns]
        self._row(sheet, 0, [readable(column.label) for column in table.columns], [self._head] * len(widths))
        formats = [self._formats.get(column.kind, self._text) for column in table.columns]
        measured = [place for place, column in enumerate(table.columns) if column.width is None]
        last = 0
        for last, row in enumerate(table.cells(), 1):
            if last == MOST_ROWS:
                raise ValueError(f"table {table.name!r} has more rows than a sheet")
            self._row(sheet, last, row, formats, table.columns)
            for place in measured:
                if (value := row[place]) is not None:
                    widths[place] = _wider(widths[place], value, table.columns[place])
        for at, (column, width) in enumerate(zip(table.columns, widths, strict=True)):
            sheet.set_column(at, at, column.width or _bounded(width))
        right = len(widths) - 1
        sheet.freeze_panes(1, table.frozen)
        sheet.autofilter(0, 0, last, right)
        sheet.repeat_rows(0)
        sheet.print_area(0, 0, last, right)

    def _row(
        self, sheet: Any, at: int, row: Sequence[Cell], formats: Sequence[Any], columns: Sequence[Column] = ()
    ) -> None:
        for place, (value, shape) in enumerate(zip(row, formats, strict=True)):
            match value:
                case None | "":
                    continue
                case str():
                    self._put(sheet, at, place, value, shape)
                case bool():
                    sheet.write_boolean(at, place, value, shape)
                case dt.datetime():
                    sheet.write_datetime(at, place, value.replace(tzinfo=None), shape)
                case dt.date():
                    sheet.write_datetime(at, place, value, shape)
                case int() if columns[place].kind is not Kind.MINUTES:
                    sheet.write_number(at, place, value, shape)
                case int() if value >= 0:
                    sheet.write_number(at, place, value / 1440, shape)
                case int():  # Excel shows a length below zero as #####
                    self._put(sheet, at, place, f"-{clock(-value)}", self._right)

    def _put(self, sheet: Any, row: int, column: int, text: str, shape: Any) -> None:
        if sheet.write_string(row, column, text, shape):
            raise ValueError(f"a sheet cannot hold the cell in row {row + 1}, column {column + 1}")

    def _sheet(self, name: str, title: str) -> Any:
        """An empty sheet on A4 across, as wide as the page, with what is printed around it."""
        sheet = self._book.add_worksheet(name, _Literal)
        sheet.set_paper(9)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        sheet.set_margins(left=0.6, right=0.4, top=0.75, bottom=0.7)  # inches
        sheet.hide_gridlines(0)  # they are printed
        face = f'&9&"{FONT},Regular"'
        pages = say("pages", self._lang, page="&P", pages="&N")
        sheet.set_header(f"&L{face}{_running(self._title)}&R{face}{_running(title)}")
        sheet.set_footer(f"&L{face}{self._made}&R{face}{pages}")
        sheet.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})  # numbers of members are texts
        return sheet


def _running(text: str) -> str:
    """``text`` for a head, where & begins a command and which holds 255 characters in all."""
    plain = " ".join(readable(text).split()).replace("&", "＆")
    return plain if len(plain) <= 40 else f"{plain[:39]}…"


# --- Widths, in half-width characters ---------------------------------------------------------------------------------


def _head_width(column: Column, lang: str) -> int:
    return max(columns_wide(column.label) + BUTTON, WIDTHS[lang].get(column.kind, LEAST_WIDTH))


def _wider(width: int, value: Cell, column: Column) -> int:
    """The column's width so far, or that of the value when it needs more."""
    if isinstance(value, str):
        return max(width, columns_wide(value) + 2) if 2 * len(value) + 2 > width < MOST_WIDTH else width
    if column.kind is Kind.YEN:
        return max(width, len(f"{value:,}") + 2)
    if column.kind in (Kind.NUMBER, Kind.MINUTES):
        return max(width, len(str(value)) + 2)
    return width


def _bounded(width: float) -> float:
    return min(max(width, LEAST_WIDTH), MOST_WIDTH)


# --- Names of sheets --------------------------------------------------------------------------------------------------

MOST_UNITS = 31
_FORBIDDEN = re.compile("[\\[\\]:*?/\\\\'\u2019＇＊／：？［＼］￥]")
"""What Excel refuses in a name, full width and apostrophes included."""


def sheet_names(titles: Iterable[str]) -> list[str]:
    """A name for each title that spreadsheets take: 31 UTF-16 units, no forbidden signs, none like another."""
    names: list[str] = []
    taken = {"history"}  # Excel keeps this name for itself
    for number, title in enumerate(titles, 1):
        wanted = " ".join(_FORBIDDEN.sub("-", readable(title)).split()) or str(number)
        name, count = _cut(wanted, MOST_UNITS), 1
        while _folded(name) in taken:
            count += 1
            tail = f" ({count})"
            name = _cut(wanted, MOST_UNITS - len(tail)) + tail
        taken.add(_folded(name))
        names.append(name)
    return names


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _cut(text: str, units: int) -> str:
    """``text`` without what is beyond so many UTF-16 units; never half a character."""
    return text.encode("utf-16-le")[: 2 * units].decode("utf-16-le", "ignore").rstrip()
