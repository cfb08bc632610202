"""A hand writes entries onto a sheet, and slips now and then: strikes out, writes over, spoils a box. Truth comes back.

What was corrected is ``doubtful``: nobody may take it for sure, even where a person would guess right.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench.ocr.entries import Entry, Letters
from bench.ocr.hands import Hand
from bench.ocr.ink import PER_MM, Ink, Size, blank, drawn, laid, shrunk
from bench.ocr.sources import Kind
from brigade.forms.filling import TICKED
from brigade.forms.template import Cell, Field
from ocr.reading.readings import Value

Pixels = NDArray[np.uint8]
"""Rows, columns, and red, green, blue."""

SLIP_DIGITS, SLIP_TICK, SLIP_CHOICE = 0.02, 0.004, 0.03
"""How often a field that is written on is corrected."""

DOUBT = "?"
"""Stands for a cell of which nobody can be sure."""


@dataclass(frozen=True, slots=True)
class Truth:
    """What a field says. ``letters``: cell by cell, ``""`` for an empty one. ``hand``: whose; None where all is empty."""

    value: Value
    letters: Letters
    hand: Kind | None
    doubtful: bool = False


class Writer:
    """One hand over one page."""

    def __init__(self, pixels: Pixels, hand: Hand, rng: Generator) -> None:
        self._pixels, self._hand, self._rng = pixels, hand, rng

    def write(self, field: Field, entry: Entry, *, ditto: bool = False) -> Truth:
        """Writes one field and says what it says now; ``ditto``: by a sign that it is the same as before."""
        if ditto:
            self._ditto(field.cells[0])
            return Truth(entry.value, entry.letters, self._hand.kind)
        fresh = tuple("" if before else letter for letter, before in zip(entry.letters, entry.printed, strict=True))
        if field.type == "text":
            return self._text(field, entry, fresh)
        if field.type in ("tick", "choice"):
            return self._marks(field, entry, fresh)
        whose = self._hand.kind if any(fresh) else Kind.PRINTED if any(entry.printed) else None
        written = [n for n, letter in enumerate(fresh) if letter]
        slip = None if not written or self._rng.random() > SLIP_DIGITS else self._one_of(written)
        for n in written:
            if n == slip:
                self._corrected(field.cells[n], fresh[n])
            else:
                self._number(field.cells[n], fresh[n])
        letters = tuple(DOUBT if n == slip else letter for n, letter in enumerate(entry.letters))
        return Truth(entry.value, letters, whose, slip is not None)

    def _one_of(self, numbers: list[int]) -> int:
        return numbers[int(self._rng.integers(len(numbers)))]

    def strike_row(self, fields: list[Field]) -> None:
        """Two lines through all the cells of a row."""
        cells = [cell for field in fields for cell in field.cells]
        left, right = min(cell.x for cell in cells) - 1, max(cell.x + cell.w for cell in cells) + 1
        y = cells[0].y + cells[0].h / 2
        size = (round((right - left) * PER_MM), round(cells[0].h * PER_MM))
        tilt = float(self._rng.normal(0, 2))
        for apart in (-5.0, 6.0):
            line = [(4.0, size[1] / 2 + apart + tilt), (size[0] - 4.0, size[1] / 2 + apart - tilt)]
            ink = self._hand.inked(drawn(size, [line], self._hand.pen), self._rng)
            self._lay(ink, round(left * PER_MM), round(y * PER_MM - size[1] / 2))

    def _ditto(self, cell: Cell) -> None:
        self._centred(self._hand.text("〃", self._rng, 0.6 * cell.h * PER_MM), cell)

    def _number(self, cell: Cell, digits: str, smaller: float = 1, up: float = 0) -> None:
        """One digit in its box, or some side by side in a wider cell."""
        hand, size = self._hand, _pixels(cell)
        if len(digits) == 1 and size[0] < 1.4 * size[1] and smaller == 1:
            self._in_cell(hand.written(digits, self._rng, size), cell)
            return
        height = min(hand.size * size[1], 6 * PER_MM) * smaller
        parts = [hand.digit(digit, self._rng, height) for digit in digits]
        gap = max(3, round(height * float(self._rng.uniform(0.12, 0.3))))
        row = blank((sum(part.shape[1] + gap for part in parts), max(part.shape[0] for part in parts)))
        x = 0
        for part in parts:
            laid(row, part, x, (row.shape[0] - part.shape[0]) // 2)
            x += part.shape[1] + gap
        most = 0.94 * size[0] * max(1, smaller)
        if row.shape[1] > most:
            row = shrunk(row, most / row.shape[1])
        self._centred(row, cell.moved(0, -up))

    def _corrected(self, cell: Cell, digits: str) -> None:
        """Written over, struck out and written again beside, or scribbled away."""
        hand, rng, size = self._hand, self._rng, _pixels(cell)
        wrong = "".join(str(int(rng.choice([n for n in range(10) if n != int(digit)]))) for digit in digits)
        draw = rng.random()
        if draw < 0.5:
            self._number(cell, wrong)
            self._number(cell, digits)
            return
        self._number(cell, wrong)
        over = hand.strike(rng, size) if draw < 0.85 else hand.scribble(rng, size)
        self._in_cell(over, cell)
        if draw < 0.85:
            self._number(cell, digits, smaller=0.6, up=0.62 * cell.h)

    def _text(self, field: Field, entry: Entry, fresh: Letters) -> Truth:
        for cell, words in zip(field.cells, fresh, strict=True):
            if words:
                width, height = _pixels(cell)
                ink = self._hand.text(words, self._rng, min(0.62 * height, 5.4 * PER_MM))
                if ink.shape[1] > 0.95 * width:
                    ink = shrunk(ink, 0.95 * width / ink.shape[1])
                x = cell.x * PER_MM + min(1.5 * PER_MM, width - ink.shape[1])
                self._lay(ink, round(x), round(cell.y * PER_MM + (height - ink.shape[0]) * 0.55))
        whose = self._hand.kind if any(fresh) else Kind.PRINTED if any(entry.printed) else None
        return Truth(entry.value, entry.letters, whose)

    def _marks(self, field: Field, entry: Entry, fresh: Letters) -> Truth:
        hand, rng = self._hand, self._rng
        marked = [n for n, letter in enumerate(fresh) if letter == TICKED]
        for n in marked:
            self._mark(field, n)
        letters, doubtful = list(entry.letters), False
        chance = SLIP_TICK if field.type == "tick" else SLIP_CHOICE * bool(marked)
        if rng.random() < chance:
            n = 0 if field.type == "tick" else self._one_of([n for n, said in enumerate(letters) if not said])
            self._spoil(field, n, marked=n in marked)
            letters[n], doubtful = DOUBT, True
        whose = hand.kind if marked or doubtful else Kind.PRINTED if any(entry.printed) else None
        return Truth(entry.value, tuple(letters), whose, doubtful)

    def _mark(self, field: Field, n: int) -> None:
        cell = _mark_cell(field, n)
        if field.drawn == "box":
            ink = self._hand.marked(self._rng, _pixels(cell))
        elif field.type == "choice":
            ink = self._hand.ring(self._rng, _pixels(cell))
        else:  # a table's cell has no box to be blackened or to be circled
            way = self._hand.mark if self._hand.mark in ("tick", "cross", "slash") else "circle"
            ink = self._hand.marked(self._rng, _pixels(cell), way)
        self._in_cell(ink, cell)

    def _spoil(self, field: Field, n: int, *, marked: bool) -> None:
        cell = _mark_cell(field, n)
        size = _pixels(cell)
        if not marked and field.drawn != "box":
            self._mark(field, n)
            marked = True
        if marked:
            over = self._hand.strike if self._rng.random() < 0.6 else self._hand.scribble
            self._in_cell(over(self._rng, size), cell)
        else:
            self._in_cell(self._hand.spoilt(self._rng, size), cell)

    def _in_cell(self, ink: Ink, cell: Cell) -> None:
        """Ink on a canvas of twice the cell's size."""
        x, y = (round(side * PER_MM) for side in cell[:2])
        self._lay(ink, x - ink.shape[1] // 4, y - ink.shape[0] // 4)

    def _centred(self, ink: Ink, cell: Cell) -> None:
        dx, dy = np.clip(self._rng.normal(0, 0.05, 2) * self._hand.jitter, -0.1, 0.1) * (cell.w, cell.h)
        x, y = (cell.x + cell.w / 2 + dx) * PER_MM, (cell.y + cell.h / 2 + dy) * PER_MM
        self._lay(ink, round(x - ink.shape[1] / 2), round(y - ink.shape[0] / 2))

    def _lay(self, ink: Ink, x: int, y: int) -> None:
        lay(self._pixels, ink, x, y, self._hand.colour)


def lay(pixels: Pixels, ink: Ink, x: int, y: int, colour: tuple[int, int, int]) -> None:
    """Ink of a colour onto a page, its top left corner there; what reaches beyond the page is lost."""
    left, top = max(0, x), max(0, y)
    right, bottom = min(pixels.shape[1], x + ink.shape[1]), min(pixels.shape[0], y + ink.shape[0])
    if left >= right or top >= bottom:
        return
    place = pixels[top:bottom, left:right]
    part = ink[top - y : bottom - y, left - x : right - x, None]
    under = place.astype(np.float32)
    place[:] = (under * (1 - part) + np.minimum(under, np.array(colour, np.float32)) * part).astype(np.uint8)


def _mark_cell(field: Field, n: int) -> Cell:
    """Where a mark goes: the box; in a table's wide cell a square in its middle; around a printed word, its room."""
    cell = field.cells[n]
    if field.drawn == "box":
        return cell
    if field.type == "choice":
        return Cell(cell.x + 0.14 * cell.w, cell.y + 0.16 * cell.h, 0.72 * cell.w, 0.68 * cell.h)
    side = min(cell.w, cell.h)
    return Cell(cell.x + (cell.w - side) / 2, cell.y + (cell.h - side) / 2, side, side)


def _pixels(cell: Cell) -> Size:
    return round(cell.w * PER_MM), round(cell.h * PER_MM)
