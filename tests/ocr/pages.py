"""Marks of pages as a good eye would see them, to be spoilt by the tests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from brigade.forms.shelf import newest
from brigade.forms.template import Field, Template
from brigade.organisation.member_numbers import with_check_digit
from ocr.marks import BLANK, OTHER, Digit, FieldMarks, PageMarks, Tick
from ocr.reading.known import Known
from ocr.reading.read import read_page
from ocr.reading.readings import FieldReading, Listed, Status
from ocr.reading.reasons import Reason

TODAY = dt.date(2026, 11, 28)
ROSTER = [
    Listed(with_check_digit(serial), name)
    for serial, name in enumerate(
        ("佐藤 一郎", "鈴木 健太", "高橋 美咲", "田中 大輔", "伊藤 翔", "渡辺 直樹", "山本 博之", "中村 拓也"), 4711
    )
]
KNOWN = Known(TODAY, ROSTER, month="2026-11")
SYMBOLS = {"_": BLANK, " ": BLANK, "?": OTHER} | {str(digit): digit for digit in range(10)}
MARKED: Tick = (0.0005, 0.999, 0.0005)
FREE: Tick = (0.9998, 0.0001, 0.0001)
SPOILT: Tick = (0.05, 0.15, 0.8)
FAINT: Tick = (0.6, 0.4, 0.0)
HEAD = {"day": "081108", "start": "1900", "end": "2130"}


def form(code: str) -> Template:
    return newest()[code]


def odds(letter: str, sure: float = 0.9995, other: str | None = None) -> Digit:
    """A digit that is nearly sure; with ``other`` the doubt is all on that one."""
    rest = 0.0 if other else (1 - sure) / OTHER
    shares = [rest] * (OTHER + 1)
    shares[SYMBOLS[letter]] = sure
    if other:
        shares[SYMBOLS[other]] += 1 - sure
    return tuple(shares)


def blank_field(field: Field) -> FieldMarks:
    count = len(field.cells)
    digits: tuple[tuple[Digit, ...], ...] = ()
    if field.type in ("digits", "date", "time"):
        wide = field.drawn == "none"
        digits = ((),) * count if wide else ((odds("_"),),) * count
    ticks = (FREE,) * count if field.type in ("tick", "choice") else ()
    return FieldMarks(field.id, digits, ticks, ink=(0.0,) * count)


def written(marks: FieldMarks, said: str | Sequence[str]) -> FieldMarks:
    """One letter for each box, or one string for each wide cell."""
    cells = tuple(tuple(odds(letter) for letter in part) for part in said)
    return replace(marks, digits=cells, ink=tuple(0.0 if part in ("", " ", "_") else 0.08 for part in said))


def ticked(marks: FieldMarks, *places: int, how: Tick = MARKED) -> FieldMarks:
    ticks = tuple(how if place in places else tick for place, tick in enumerate(marks.ticks))
    return replace(marks, ticks=ticks, ink=tuple(0.1 if place in places else 0.0 for place in range(len(ticks))))


def texted(marks: FieldMarks, text: str, confidence: float = 0.9) -> FieldMarks:
    return replace(marks, text=text, text_confidence=confidence, ink=(0.05, *marks.ink[1:]))


def page(
    code: str,
    said: Mapping[str, str | Sequence[str]] | None = None,
    ticks: Mapping[str, int] | Sequence[str] = (),
    texts: Mapping[str, str] | None = None,
    own: Mapping[str, FieldMarks] | None = None,
) -> PageMarks:
    """A page of a form: what is written into boxes, which boxes are ticked (a choice: which of its cells), texts."""
    template = form(code)
    fields = {field.id: blank_field(field) for field in template.fields}
    for id_, value in (said or {}).items():
        fields[id_] = written(fields[id_], value)
    for id_ in ticks:
        fields[id_] = ticked(fields[id_], ticks[id_] if isinstance(ticks, Mapping) else 0)
    for id_, text in (texts or {}).items():
        fields[id_] = texted(fields[id_], text)
    fields |= own or {}
    return PageMarks(template.code, template.version, None, 0.9, 0.0, tuple(fields.values()))


def read(marks: PageMarks, known: Known = KNOWN) -> dict[str, FieldReading]:
    return {field.id: field for field in read_page(form(marks.form), marks, known).fields}


def rows(count: int) -> dict[str, str]:
    return {f"people.{row}.number": ROSTER[row - 1].number for row in range(1, count + 1)}


def names(count: int) -> dict[str, str]:
    return {f"people.{row}.name": ROSTER[row - 1].name for row in range(1, count + 1)}


def in_conflict(found: Mapping[str, FieldReading], reason: Reason) -> set[str]:
    return {id_ for id_, field in found.items() if field.status is Status.CONFLICT and reason in field.reasons}


def doubtful(found: Mapping[str, FieldReading]) -> set[str]:
    return {id_ for id_, field in found.items() if field.status is not Status.SURE}


def acted(*numbers: int) -> Iterable[str]:
    return [f"people.{row}.acted" for row in numbers]
