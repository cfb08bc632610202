"""A table as CSV (RFC 4180): UTF-8 with a byte order mark, or CP932 for programs that know nothing else.

No cell can start a formula: see ``guarded``. Texts are always quoted, numbers never.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
import unicodedata
from dataclasses import dataclass
from itertools import chain
from typing import Literal, NamedTuple

from reports.tables import Cell, Column, Kind, Table

Encoding = Literal["utf-8", "cp932"]
Heads = Literal["labels", "codes"]
GETA = "〓"
MARK = "'"
MINUTES = {"ja": "（分）", "en": " (min)"}
"""Behind the label of a length, which stands here in minutes, elsewhere as hours and minutes."""


class Missing(NamedTuple):
    """A character that the encoding lacks; ``row`` as a spreadsheet counts (the heading is 1), ``column`` its code."""

    row: int
    column: str
    character: str


@dataclass(frozen=True, slots=True)
class CsvFile:
    """``missing`` names each character once a cell; 〓 stands in its place."""

    data: bytes
    missing: tuple[Missing, ...]


def csv_bytes(table: Table, *, encoding: Encoding = "utf-8", lang: str = "ja", heads: Heads = "labels") -> CsvFile:
    """The table with one heading row of ``heads``, lines ended by CR LF. ValueError as ``Table.cells``.

    Days are ``2026-11-08``, instants ``2026-11-08 09:00:00`` on Tokyo's clock, lengths whole minutes, yes and no
    ``TRUE`` and ``FALSE``.
    """
    data = bytearray(b"\xef\xbb\xbf" if encoding == "utf-8" else b"")
    missing: list[Missing] = []
    writer = csv.writer(_Encoded(data, encoding), quoting=csv.QUOTE_NONNUMERIC, lineterminator="\r\n")
    heading: list[Cell] = [_head(column, lang) if heads == "labels" else column.code for column in table.columns]
    for number, row in enumerate(chain([heading], table.cells()), 1):
        line = [_shown(value) for value in row]
        for at, cell in enumerate(line):
            if not isinstance(cell, str):
                continue
            if encoding == "cp932" and not cell.isascii():
                cell, lacking = cp932_text(cell)
                missing += [Missing(number, table.columns[at].code, character) for character in lacking]
            line[at] = guarded(cell)
        writer.writerow(line)
    return CsvFile(bytes(data), tuple(missing))


class _Encoded:
    """What the csv module writes its lines to: only one line at a time is held as text."""

    def __init__(self, data: bytearray, encoding: Encoding) -> None:
        self._data, self._encoding = data, encoding

    def write(self, line: str) -> None:
        self._data += line.encode(self._encoding)


def _head(column: Column, lang: str) -> str:
    return column.label + (MINUTES[lang] if column.kind is Kind.MINUTES else "")


def _shown(value: Cell) -> str | int:
    """A number, or a text; the csv module quotes the latter."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case dt.datetime():
            return f"{value:%Y-%m-%d %H:%M:%S}"
        case dt.date():
            return value.isoformat()
        case _:
            return value


# --- Formulas ---------------------------------------------------------------------------------------------------------

SIGNS = "=+-@|%＝＋－＠｜％﹦﹢﹣﹫﹪⁼⁺⁻₌₊₋⩵⩶﬩−"
"""What a formula or a command begins with, and the minus, each in every form that becomes one of them (NFKC)."""

_UNSEEN = r"""(?:[^\S\n]|["\u00ad\u115f\u1160\u180e\u200b-\u200d\u2060-\u2064\u3164\ufeff\uffa0])*"""
_RISKY = rf"(?:'|{_UNSEEN}[{re.escape(SIGNS)}])"
_RISKY_TEXT = re.compile(_RISKY)
_RISKY_PIECES = re.compile(rf"^(?=\n)|(?:^|(?<=[\n;]))(?={_RISKY})")
_MARKS = re.compile(r"(?:^|(?<=[\n;]))'")


def guarded(text: str) -> str:
    """``text`` with an apostrophe before each piece that a spreadsheet could take for a formula.

    A piece is a line, or what follows a semicolon: a program told that semicolons part the cells sees cells there.
    Blanks, invisible characters and quotes before the sign do not help it. A piece that begins with an apostrophe of
    its own gets another, so ``unguarded`` gives back every text (OWASP, "CSV Injection").
    """
    if "\n" not in text and ";" not in text:
        return MARK + text if _RISKY_TEXT.match(text) else text
    return _RISKY_PIECES.sub(MARK, text)


def unguarded(text: str) -> str:
    """What ``guarded`` was given: one apostrophe less at the start of each piece. For reading our own files."""
    return _MARKS.sub("", text)


# --- CP932 ------------------------------------------------------------------------------------------------------------

ALIKE = str.maketrans(
    {
        "〜": "～", "−": "－", "‖": "∥", "¢": "￠", "£": "￡", "¬": "￢",  # Python writes these, and reads the others back
        "—": "―", "–": "－", "‑": "‐", "¦": "￤", "¥": "￥", "‾": "￣", "\u00a0": " ",
    }
)  # fmt: skip
"""Characters of which CP932 has the twin only. Nobody sees the difference, so they are not reported."""

_APART = re.compile("[\u3041-\u30ff][\u3099\u309a]")
_CHANGED = re.compile(f"[\u3099\u309a{''.join(map(chr, ALIKE))}]")
_CHARACTER = re.compile("(.)([\ufe00-\ufe0f\U000e0100-\U000e01ef]?)", re.DOTALL)


def cp932_text(text: str) -> tuple[str, tuple[str, ...]]:
    """``text`` in characters of CP932, and those it lacks, each once: 〓 stands for them.

    Kana are joined with their marks. A variation selector (葛󠄀) goes and is reported with its character, which stays.
    """
    if _CHANGED.search(text):
        text = _APART.sub(lambda match: unicodedata.normalize("NFC", match[0]), text).translate(ALIKE)
    if _has(text):
        return text, ()
    shown, lacking = [], []
    for base, selector in _CHARACTER.findall(text):
        shown.append(base if _has(base) else GETA)
        if selector or shown[-1] != base:
            lacking.append(base + selector)
    return "".join(shown), tuple(dict.fromkeys(lacking))


def _has(text: str) -> bool:
    try:
        text.encode("cp932")
    except UnicodeEncodeError:
        return False
    return True
