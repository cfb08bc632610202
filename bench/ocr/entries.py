"""What is to be written into each field of a sheet, if all goes well: values as ``ocr.reading.readings`` has them, and letters
cell by cell. Nothing is drawn here.
"""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from bench.ocr.deeds import KINDS, NOTES, Deed, Squad
from brigade.dates import ERAS
from brigade.forms.filling import TICKED, FilledPage, Person
from brigade.forms.template import Field, Template
from ocr.reading.readings import Value

Letters = tuple[str, ...]
"""What stands in each cell: digits, ``x`` for a mark, or a whole line of text."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A field's value, and what stands in its cells when it is done; ``printed`` is the part that stood there before."""

    value: Value
    letters: Letters
    printed: Letters


@dataclass(frozen=True, slots=True)
class Page:
    """All that is known of one page: whose it is, what it tells, and what was printed on it beforehand."""

    template: Template
    squad: Squad
    people: dict[int, Person]
    deeds: dict[int, Deed]
    filled: FilledPage
    printed_words: frozenset[str]
    month: str

    @property
    def printed_rows(self) -> frozenset[int]:
        """Rows whose names were printed."""
        return frozenset(self.filled.people)


def entries(page: Page, chance: Random) -> dict[str, Entry]:
    """By the field's id, for every field of the page. ``chance`` decides how digits are set into boxes."""
    zero = chance.random() < 0.6
    left = chance.random() < 0.25
    return {field.id: _entry(field, page, chance, zero=zero, left=left) for field in page.template.fields}


def _entry(field: Field, page: Page, chance: Random, *, zero: bool, left: bool) -> Entry:
    cells = len(field.cells)
    printed = page.filled.values.get(field.id, "").ljust(cells)
    before = tuple(letter.strip() for letter in printed) if printed.strip() else ("",) * cells
    if field.type == "text":
        words, by_print = _words(field, page)
        lines = _in_lines(words, cells)
        return Entry(words or None, lines, lines if by_print else ("",) * cells)
    value = _value(field, page)
    if field.type == "tick":
        return Entry(value, (TICKED if value else "",), before)
    if field.type == "choice":
        return Entry(value, tuple(TICKED if option.value == value else "" for option in field.options), before)
    letters = _letters(field, value, zero=zero, left=left)
    if any(before):
        letters = tuple(b or letter for b, letter in zip(before, letters, strict=True))
    return Entry(value, letters, before)


def _in_lines(words: str, cells: int) -> Letters:
    """Text over the lines that a field has; a short one stands on the first."""
    if cells == 1 or len(words) < 14:
        return (words, *("",) * (cells - 1))
    half = (len(words) + 1) // 2
    return (words[:half], words[half:], *("",) * (cells - 2))


def _words(field: Field, page: Page) -> tuple[str, bool]:
    """The text of a field, and whether it was printed."""
    deed = page.deeds.get(field.report or 1)
    person = page.people.get(field.person or 0)
    target = field.maps_to
    if target == "unit_id":
        return page.squad.unit, "unit" in page.printed_words
    if target in ("participants.name", "participants.rank"):
        row = field.person or 0
        said = "" if person is None else person.name if target.endswith("name") else person.rank
        return said, row in page.printed_rows
    if target == "participants.note":
        late = deed is not None and field.person in deed.late
        return (NOTES[(field.person or 0) % len(NOTES)] if late else ""), False
    if target == "author":
        return (page.people[1].name if 1 in page.people else ""), False
    if deed is None or target not in ("place", "summary", "vehicle_ids", "kind"):
        return "", False
    if target == "place":
        return deed.place, "place" in page.printed_words
    if target == "kind":
        return KINDS[deed.kind][:3], False
    return (deed.summary, False) if target == "summary" else (deed.vehicle, False)


def _value(field: Field, page: Page) -> Value:
    """The value of a field that is no text; None where nothing is to be written, False for a box left empty."""
    target, row = field.maps_to, field.person or 0
    deed = page.deeds.get(field.report or 1)
    if target == "participants.member_id":
        person = page.people.get(row)
        return person.number if person else None
    if target == "month":
        return page.month
    if target == "participants.times":
        times = sum(row in each.came for each in page.deeds.values())
        return str(times) if row in page.people else None
    if target.startswith("participants."):
        return deed is not None and row in _rows(field, deed)
    if deed is None:
        return False if field.type == "tick" else None
    if target == "kind":
        return deed.kind if any(option.value == deed.kind for option in field.options) else "X-01"
    if target == "ended_at.day":
        return deed.end.date() > deed.start.date()
    if target == "started_at.day":
        return deed.start.strftime({"era_date": "%Y-%m-%d", "month_day": "%m-%d", "day": "%d"}[field.kind])
    if target in ("started_at.time", "ended_at.time"):
        return f"{deed.start if target == 'started_at.time' else deed.end:%H:%M}"
    if target == "headcount":
        return str(deed.headcount)
    return str(deed.odometer[target == "details.odometer_end_km"])


def _rows(field: Field, deed: Deed) -> frozenset[int]:
    """The rows that have a mark in such a box."""
    name = field.maps_to.removeprefix("participants.")
    if name == "acted":
        return deed.came if field.means is True else deed.idle
    return {"role": deed.operators, "injured": deed.injured, "note": deed.late}[name]


def _letters(field: Field, value: Value, *, zero: bool, left: bool) -> Letters:
    """How a value is set into its boxes. ``zero``: with leading noughts; ``left``: counts begin in the first box."""
    cells = len(field.cells)
    if not isinstance(value, str):
        return ("",) * cells
    if field.type == "digits":
        if cells == 1:
            return (value,)
        return tuple(letter.strip() for letter in (value.ljust(cells) if left else value.rjust(cells)))
    parts = _parts(field, value)
    if cells == 1:
        return (parts[-1],)
    if cells == len(parts):
        return tuple(part if field.type == "time" and n else part.lstrip("0") or "0" for n, part in enumerate(parts))
    # The minutes of a time keep their nought; of the other parts it may be left out.
    kept = [part if zero or (field.type == "time" and n) else f"{int(part):2d}" for n, part in enumerate(parts)]
    return tuple(letter.strip() for letter in "".join(kept))


def _parts(field: Field, value: str) -> list[str]:
    """Two digits for each part of a date or time; years are the era's."""
    parts = value.replace("-", ":").split(":")
    if field.kind in ("era_date", "era_month"):
        parts[0] = f"{int(parts[0]) - ERAS[0][0].year + 1:02d}"
    return parts
