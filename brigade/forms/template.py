"""The parts of a form's layout: frozen values, nothing that reads files or draws. Pure.

All lengths are millimetres from the page's top left corner to the right and down; sizes of type are points.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from brigade.activity.kind_types import Label

Value = bool | str

CELL_COUNTS: dict[str, dict[str, tuple[int, ...]]] = {
    "digits": {"member_number": (1, 7), "odometer": (1, 5, 6, 7), "count": (1, 2, 3, 4), "amount": (1, 3, 4, 5)},
    "tick": {"mark": (1,)},
    "choice": {"one": (), "several": ()},
    "date": {"era_date": (1, 3, 6), "era_month": (1, 2, 4), "month_day": (1, 2, 4), "day": (1, 2)},
    "time": {"hour_minute": (1, 2, 4)},
    "text": {"line": (), "name": (1,), "rank": (1,), "kind": (1,)},
}
"""Type → kind → how many cells such a field may have. No number: any; otherwise one cell for each digit, one for each
part (hours, minutes), or one for all."""


class Cell(NamedTuple):
    """A box to write in."""

    x: float
    y: float
    w: float
    h: float

    def moved(self, dx: float, dy: float) -> Cell:
        """The same box elsewhere."""
        return Cell(self.x + dx, self.y + dy, self.w, self.h)

    def meets(self, other: Cell) -> bool:
        """Whether the two share more than an edge."""
        wide = min(self.x + self.w, other.x + other.w) - max(self.x, other.x)
        high = min(self.y + self.h, other.y + other.h) - max(self.y, other.y)
        return wide > 0.01 and high > 0.01

    def holds(self, other: Cell) -> bool:
        """Whether the other lies wholly inside."""
        return (
            self.x <= other.x
            and self.y <= other.y
            and other.x + other.w <= self.x + self.w + 0.01
            and other.y + other.h <= self.y + self.h + 0.01
        )


@dataclass(frozen=True, slots=True)
class Text:
    """Words printed on the sheet; ``y`` is the baseline of the first line. ``{name}`` stands for what is filled in.

    Lines break at ``width``; without it the words stay on one line. ``｜`` and ``《》`` set kana above a word:
    ``｜班長《はんちょう》``.
    """

    x: float
    y: float
    words: str
    size: float
    bold: bool = False
    align: str = "left"
    width: float | None = None

    def moved(self, dx: float, dy: float) -> Text:
        """The same words elsewhere."""
        return replace(self, x=self.x + dx, y=self.y + dy)


class Rule(NamedTuple):
    """A level or upright line of a thickness in points."""

    x: float
    y: float
    x_end: float
    y_end: float
    weight: float

    def moved(self, dx: float, dy: float) -> Rule:
        """The same line elsewhere."""
        return Rule(self.x + dx, self.y + dy, self.x_end + dx, self.y_end + dy, self.weight)


@dataclass(frozen=True, slots=True)
class Choice:
    """What a cell of a choice stands for, and the word printed beside it (none where the sheet's texts say it)."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that is written on the sheet. ``maps_to`` names the report's field (see ``targets.py``).

    ``options`` has one entry for each cell of a choice; ``means`` is the value that a tick gives. ``report`` and
    ``person`` say which of the sheet's activities and which of its rows the field belongs to, from 1; None: all.
    """

    id: str
    type: str
    kind: str
    maps_to: str
    cells: tuple[Cell, ...]
    label: Label
    drawn: str = "box"
    options: tuple[Choice, ...] = ()
    means: Value = True
    report: int | None = None
    person: int | None = None


@dataclass(frozen=True, slots=True)
class Repeat:
    """``count`` times, ``step`` apart; each is one of the sheet's reports, one of its people, or neither.

    They are numbered from ``first``: the second half of a list goes on where the first one ended.
    """

    count: int
    step: float
    of: str
    first: int = 1

    def places(self) -> Iterator[tuple[int, float]]:
        """Number, and how far from the first place."""
        return ((self.first + n, n * self.step) for n in range(self.count))


class Place(NamedTuple):
    """One place of a block: numbers of row and column, which report and person that is, and how far from the first."""

    row: int
    column: int
    report: int | None
    person: int | None
    dx: float
    dy: float


@dataclass(frozen=True, slots=True)
class Block:
    """Fields and words that stand there again and again: in rows downwards and, within each, in columns."""

    id: str
    rows: Repeat
    columns: Repeat
    fields: tuple[Field, ...]
    texts: tuple[Text, ...]
    rules: tuple[Rule, ...]

    def places(self) -> Iterator[Place]:
        """Row by row, from left to right."""
        for row, dy in self.rows.places():
            for column, dx in self.columns.places():
                numbers = {self.rows.of: row, self.columns.of: column}
                yield Place(row, column, numbers.get("report"), numbers.get("person"), dx, dy)

    def placed(self) -> Iterator[Field]:
        """Every field at every place, its id led by those of block, row and column."""
        for place in self.places():
            where = f"{self.id}.{place.row}" + (f".{place.column}" if self.columns.count > 1 else "")
            for field in self.fields:
                cells = tuple(cell.moved(place.dx, place.dy) for cell in field.cells)
                yield replace(field, id=f"{where}.{field.id}", cells=cells, report=place.report, person=place.person)


@dataclass(frozen=True, slots=True)
class Marker:
    """A square mark of the 4×4 dictionary of fifty by which the sheet is found in a picture."""

    id: int
    cell: Cell


@dataclass(frozen=True)
class Template:
    """One version of one form. ``own`` are ours; the others are layouts that were in use before.

    ``code_at`` is the square of the QR code with its quiet zone, None where the sheet has none. ``least`` is the
    smallest box to write in, ``least_size`` the smallest type to read.
    """

    code: str
    version: int
    own: bool
    label: Label
    purpose: Label
    variables: tuple[str, ...]
    width: float
    height: float
    markers: tuple[Marker, ...]
    code_at: Cell | None
    texts: tuple[Text, ...]
    rules: tuple[Rule, ...]
    frames: tuple[Cell, ...]
    single: tuple[Field, ...]
    blocks: tuple[Block, ...]

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """Every field of a page, repeated ones at each of their places."""
        return (*self.single, *(field for block in self.blocks for field in block.placed()))

    @cached_property
    def people(self) -> int:
        """How many people a page has room for."""
        return max((field.person or 0 for field in self.fields), default=0)

    @cached_property
    def reports(self) -> int:
        """How many activities a page has room for."""
        return max((field.report or 1 for field in self.fields), default=1)

    @property
    def page(self) -> Cell:
        """The whole page."""
        return Cell(0, 0, self.width, self.height)

    @cached_property
    def inside(self) -> Cell:
        """The rectangle that the marks span; without marks the whole page."""
        if not self.markers:
            return self.page
        left, top = (min(mark.cell[n] for mark in self.markers) for n in (0, 1))
        right = max(mark.cell.x + mark.cell.w for mark in self.markers)
        return Cell(left, top, right - left, max(mark.cell.y + mark.cell.h for mark in self.markers) - top)
