"""A table as plain values: what the writers of CSV and XLSX both take. No drawing, no files.

Whoever makes a table says what each column means (its kind); how that looks in a file is the writers' matter.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from brigade.dates import to_tokyo
from brigade.texts import YEARS

LARGEST = 999_999_999_999_999
"""A spreadsheet keeps fifteen digits of a number and makes the rest zeros."""

Cell = str | int | dt.date | dt.datetime | None
"""A plain value (a truth is a whole number to Python); None and the empty text are an empty cell."""


class Kind(StrEnum):
    """What a column holds: text, a count, whole yen, a length in whole minutes, a day, an instant, yes or no."""

    TEXT = "text"
    NUMBER = "number"
    YEN = "yen"
    MINUTES = "minutes"
    DATE = "date"
    INSTANT = "instant"
    TRUTH = "truth"


@dataclass(frozen=True, slots=True)
class Column:
    """``code`` is stable and for programs, ``label`` in the document's language; ``width`` in half-width characters,
    or as wide as what stands in it.
    """

    code: str
    label: str
    kind: Kind = Kind.TEXT
    width: float | None = None


@dataclass(frozen=True, slots=True)
class Table:
    """``name`` is stable and for file names, ``title`` in the document's language; so many columns as are ``frozen`` stay
    in sight in a spreadsheet.

    ``rows`` are read once by each file that is written: an iterable that starts anew each time, and that need not
    hold all rows at once. ValueError for a table without columns or with one code twice.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    rows: Iterable[Sequence[Cell]]
    frozen: int = 0

    def __post_init__(self) -> None:
        if not self.columns or len({column.code for column in self.columns}) < len(self.columns):
            raise ValueError(f"table {self.name!r} needs columns, and each code once")

    def cells(self) -> Iterator[list[Cell]]:
        """The rows as every file shows them: texts readable, instants on Tokyo's clock in whole seconds.

        ValueError, naming row (the first is 1) and column but never the value, for one that its column cannot hold.
        """
        read = [_READ[column.kind] for column in self.columns]
        for number, row in enumerate(self.rows, 1):
            if len(row) != len(read):
                raise ValueError(f"table {self.name!r}, row {number}: {len(row)} cells for {len(read)} columns")
            try:
                yield [None if value is None else one(value) for one, value in zip(read, row, strict=True)]
            except (TypeError, ValueError):
                raise ValueError(f"table {self.name!r}, row {number}: {self._wrong(row)}") from None

    def _wrong(self, row: Sequence[Cell]) -> str:
        for column, value in zip(self.columns, row, strict=True):
            try:
                _READ[column.kind](value) if value is not None else None
            except (TypeError, ValueError):
                return f"column {column.code!r} cannot hold this {type(value).__name__}"
        raise AssertionError("unreachable")


_LINE_ENDS = re.compile(r"\r\n?")
_UNREADABLE = re.compile(
    "[\\x00-\\x09\\x0b-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u2028\\u2029\\u202a-\\u202e\\u2066-\\u2069"
    "\\ud800-\\udfff\\ufffe\\uffff]"
)


def readable(text: str) -> str:
    """``text`` with what ``brigade.texts.check_text`` refuses made visible, as ``<U+202E>``.

    Control characters and directions make a text show otherwise than it reads, so they never reach a file; nor may
    one of them, in old data, keep a whole month from being exported. Line ends become line feeds and tabs blanks, as
    where texts come in. What was let in there leaves unchanged.
    """
    if text.isprintable() or not _UNREADABLE.search(text):
        return text
    text = _LINE_ENDS.sub("\n", text).replace("\t", " ")
    return _UNREADABLE.sub(lambda match: f"<U+{ord(match[0]):04X}>", text)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return readable(value)


def _whole(value: Any) -> int:
    if type(value) is not int:
        raise TypeError
    if not -LARGEST <= value <= LARGEST:
        raise ValueError
    return value


def _day(value: Any) -> dt.date:
    if type(value) is not dt.date:
        raise TypeError
    _check_year(value)
    return value


def _instant(value: Any) -> dt.datetime:
    if not isinstance(value, dt.datetime) or value.tzinfo is None:
        raise TypeError
    local = to_tokyo(value).replace(microsecond=0)
    _check_year(local)
    return local


def _check_year(day: dt.date) -> None:
    """The years of texts.py; a spreadsheet has no day before 1900."""
    if not YEARS[0] <= day.year <= YEARS[1]:
        raise ValueError


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


_READ: dict[Kind, Callable[[Any], Cell]] = {
    Kind.TEXT: _text,
    Kind.NUMBER: _whole,
    Kind.YEN: _whole,
    Kind.MINUTES: _whole,
    Kind.DATE: _day,
    Kind.INSTANT: _instant,
    Kind.TRUTH: _truth,
}


_WIDE = re.compile("[\u0391-\uff60\uffe0-\U0003ffff]+")
"""All but Latin letters and half-width kana: Japanese faces set also ①, ※ and α full width."""


def columns_wide(text: str) -> int:
    """Width of the widest line in half-width characters, for the width of a column; a full-width one counts two."""
    if text.isascii() and "\n" not in text:
        return len(text)
    return max(len(line) + sum(map(len, _WIDE.findall(line))) for line in text.split("\n"))
