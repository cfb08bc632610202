"""Reading a roster file: CSV in UTF-8 or CP932, or XLSX, as rows of text under known headings. Pure.

What the text means is not asked here (``roster_rows.py``). A file that cannot be a roster is refused whole.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from brigade.dates import ERAS
from brigade.problems import FieldProblem, Invalid, Problem
from brigade.texts import YEARS

MAX_BYTES = 8 * 1024 * 1024
MAX_ROWS = 20_000
MAX_LINES = 100_000
"""Rows of a sheet, empty ones included, after which nothing more is read."""
MAX_COLUMNS = 30
MAX_CELL = 1_000
MAX_PARTS, MAX_UNZIPPED, MAX_RATIO = 1_000, 32 * 1024 * 1024, 200
"""Of an XLSX: files inside, their size together, and how far one of them may shrink."""
CODECS = ("utf-8-sig", "cp932")

HEADINGS = {
    "number": ("number", "団員番号", "番号"),
    "name": ("name", "氏名", "名前"),
    "kana": ("kana", "フリガナ", "ふりがな", "カナ"),
    "unit_code": ("unit_code", "所属コード"),
    "unit": ("unit", "所属"),
    "post": ("post", "階級・役職", "階級", "役職"),
    "type": ("type", "種別", "団員区分"),
    "date": ("date", "異動日", "発令日"),
    "name_before": ("name_before", "旧氏名"),
}
COLUMNS = tuple(HEADINGS)
REQUIRED = ("number", "name", "kana", "unit")
_ZEROS = re.compile(r"0{1,20}")
_MARK_BYTES = (b"<!DOCTYPE", b"<!ENTITY")


@dataclass(frozen=True, slots=True)
class Sheet:
    """``columns`` in the file's order, ``rows`` [(number of the row in the file, {column: text})], and ``unknown``
    headings with the number of their row.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[int, dict[str, str]], ...]
    unknown: tuple[tuple[int, str], ...]


def read_sheet(data: bytes) -> Sheet:
    """The rows of a file that is CSV or XLSX. Problem or Invalid (at ``/file``) for anything else."""
    if len(data) > MAX_BYTES:
        raise Problem("too-large", max_mb=MAX_BYTES // 1024 // 1024)
    if data.startswith(b"PK\x03\x04"):
        lines = _xlsx_lines(data)
    elif b"\x00" in data[:4096]:
        raise Problem("wrong-media-type")
    else:
        lines = _csv_lines(data)
    return _sheet(_numbered(lines))


def _refused(code: str, **params: Any) -> Invalid:
    return Invalid([FieldProblem("/file", code, params)])


def _csv_lines(data: bytes) -> Iterator[list[str]]:
    try:
        yield from csv.reader(io.StringIO(_decoded(data), newline=""))
    except csv.Error:
        raise _refused("file-unreadable") from None


def _decoded(data: bytes) -> str:
    for codec in CODECS:
        try:
            return data.decode(codec)
        except UnicodeDecodeError:
            continue
    # Neither fits the whole. Nothing of this file will be applied; the nearer of the two shows which rows are wrong.
    text = min((data.decode(codec, "replace") for codec in CODECS), key=lambda found: found.count("\ufffd"))
    if text.count("\ufffd") > len(text) // 20:
        raise _refused("file-unreadable")
    return text


def _xlsx_lines(data: bytes) -> Iterator[list[str]]:
    from openpyxl import load_workbook  # loaded with the first workbook: it and NumPy, which it takes along, are large

    _check_archive(data)
    try:
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=False, keep_links=False)
        sheet = next(sheet for sheet in book.worksheets if sheet.sheet_state == "visible")
        sheet.reset_dimensions()
        blank = None  # openpyxl gives one and the same for every row that is missing, and there may be a million
        for row in sheet.iter_rows(max_col=MAX_COLUMNS):
            cells = [] if row is blank else [_cell(cell) for cell in row]
            blank = blank if any(cells) else row
            yield cells
    except (Problem, GeneratorExit):
        raise
    except Exception:  # openpyxl meets a broken file with whatever its parts raise
        raise _refused("file-unreadable") from None


def _check_archive(data: bytes) -> None:
    """Refuse what would grow beyond measure, and any document type: a sheet has none, an attack has."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            parts = archive.infolist()
            sizes = sum(part.file_size for part in parts)
            steep = any(part.file_size > MAX_RATIO * max(part.compress_size, 1024) for part in parts)
            if len(parts) > MAX_PARTS or sizes > MAX_UNZIPPED or steep:
                raise Problem("too-large", max_mb=MAX_BYTES // 1024 // 1024)
            if any(part.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for part in parts):
                raise _refused("file-unreadable")
            if "xl/workbook.xml" not in archive.namelist():
                raise Problem("wrong-media-type")
            for part in parts:
                plain = archive.read(part).replace(b"\x00", b"")  # UTF-16 too
                if part.filename.endswith((".xml", ".rels")) and any(mark in plain for mark in _MARK_BYTES):
                    raise _refused("file-unreadable")
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, OSError, EOFError, ValueError, zlib.error):
        raise _refused("file-unreadable") from None


def _cell(cell: Any) -> str:
    """A cell as its reader sees it: 123 in the format 0000000 is 0000123; a formula is the text it is written as."""
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, dt.datetime):
        return value.date().isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if type(value) is int and value >= 0 and _ZEROS.fullmatch(cell.number_format):
        return str(value).zfill(len(cell.number_format))
    return str(value)


def _numbered(lines: Iterable[list[str]]) -> Iterator[tuple[int, list[str]]]:
    """Rows that hold anything, with their number as a spreadsheet shows it."""
    for number, line in enumerate(lines, 1):
        if number > MAX_LINES:
            raise _refused("file-too-many-rows", max=MAX_ROWS)
        cells = [cell.strip()[:MAX_CELL].replace("\0", "\ufffd") for cell in line[:MAX_COLUMNS]]
        if any(cells):
            yield number, cells


def _sheet(lines: Iterator[tuple[int, list[str]]]) -> Sheet:
    at, headings = next(lines, (0, []))
    columns = _columns(headings)
    missing = [name for name in REQUIRED if name not in columns.values()]
    if "unit_code" in columns.values() and "unit" in missing:
        missing.remove("unit")
    if not headings:
        raise _refused("file-empty")
    if missing:
        raise Invalid([FieldProblem("/file", "column-missing", {"column": HEADINGS[name][1]}) for name in missing])
    rows: list[tuple[int, dict[str, str]]] = []
    nameless: set[int] = set()
    for number, cells in lines:
        if len(rows) == MAX_ROWS:
            raise _refused("file-too-many-rows", max=MAX_ROWS)
        rows.append((number, {name: cells[place] if place < len(cells) else "" for place, name in columns.items()}))
        nameless |= {place for place, cell in enumerate(cells) if cell and not _heading(headings, place)}
    if not rows:
        raise _refused("file-empty")
    unknown = [text for place, text in enumerate(headings) if text and place not in columns]
    unknown += [f"#{place + 1}" for place in sorted(nameless)]
    return Sheet(tuple(columns.values()), tuple(rows), tuple((at, text) for text in unknown))


def _heading(headings: list[str], place: int) -> str:
    return headings[place] if place < len(headings) else ""


def _columns(headings: list[str]) -> dict[int, str]:
    """Place → column, for the headings that are known; of two alike the first."""
    known = {_plain(text): name for name, texts in HEADINGS.items() for text in texts}
    found: dict[int, str] = {}
    for place, text in enumerate(headings):
        name = known.get(_plain(text))
        if name is not None and name not in found.values():
            found[place] = name
    return found


def _plain(text: str) -> str:
    return re.sub(r"[\s_・/]", "", unicodedata.normalize("NFKC", text)).casefold()


_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_ERA_DAY = re.compile(r"(\D{1,2})(\d{1,2}|元)[-/.年](\d{1,2})[-/.月](\d{1,2})日?")
_LETTERS = {"R": "令和", "H": "平成", "S": "昭和", "T": "大正", "M": "明治"}


def parse_day(text: str) -> dt.date | None:
    """``2026-04-01``, ``2026/4/1``, ``2026年4月1日``, ``令和8年4月1日`` or ``R8.4.1``; None for anything else."""
    plain = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).upper()
    year, month, day = 0, "", ""
    if match := _DAY.fullmatch(plain):
        year, month, day = int(match[1]), match[2], match[3]
    elif match := _ERA_DAY.fullmatch(plain):
        first = next((first for first, name in ERAS if name == _LETTERS.get(match[1], match[1])), None)
        if first is None:
            return None
        year, month, day = first.year - 1 + (1 if match[2] == "元" else int(match[2])), match[3], match[4]
    try:
        found = dt.date(year, int(month), int(day))
    except ValueError:
        return None
    return found if YEARS[0] < found.year < YEARS[1] else None
