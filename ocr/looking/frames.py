"""Whether the printed lines around each field lie where the template has them, and by how little they are off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from cv2.typing import MatLike
from numpy.typing import NDArray

from brigade.forms.template import Field
from ocr.looking.blanks import COARSE, Blank
from ocr.looking.cells import SCALE
from ocr.looking.fitting import TILE, Piece, Strokes, find, piece
from ocr.looking.picture import Gray

AROUND = 1.4
"""Millimetres around a cell within which its lines lie."""

LONG = 4
"""Millimetres from which on a straight stroke is a line; strokes of letters are shorter."""

WORDS = 8
"""Millimetres beside a cell within which there are words that show whether it is there, where it has no lines."""

REACH = 3
"""Coarse pixels by which a field may be off: three quarters of a millimetre."""


@dataclass(frozen=True)
class Frame:
    """How well the lines around a field fit, or where it has none the words beside its cells, 0 to 1 (1 where nothing is
    printed), and how far the lines are off, in millimetres to the right and down.
    """

    fit: float
    dx: float
    dy: float


LEVEL, UPRIGHT = 0, 1
"""Which of two is which, of lines."""

RUN, SIDEWAYS = 6, 3
"""Coarse pixels for which a line must run on, and how far from it its sides are."""

THERE = 0.6
"""A side of which more than this shows is there."""

SEEN = 0.25
"""A side of a cell of which less than this shows is covered, or cut off, or is not there."""

BROAD, DARK = 7, 100
"""Coarse pixels across, and how much darker than paper, of what was blackened: no line shows under it."""


@dataclass(frozen=True)
class Sides:
    """Rectangles, n × 4, of which the n-th is a side of a cell of the field of that number, and how much is printed in
    each.
    """

    places: NDArray[np.int64]
    fields: NDArray[np.int64]
    printed: NDArray[np.float64]


@dataclass(frozen=True)
class Lines:
    """What is printed around the fields of one blank: the level lines, and the upright ones, as pieces by the fields'
    numbers; of fields without any, the ``words`` beside each cell; and one by one the sides of its cells, as rectangles
    (left, top, right, bottom) that hold some of ``level`` or ``upright``.
    """

    pieces: tuple[Mapping[int, Piece], Mapping[int, Piece]]
    words: Mapping[str, Sequence[Piece]]
    level: Strokes
    upright: Strokes
    level_sides: Sides
    upright_sides: Sides


Ridges = tuple[Strokes, Strokes]
"""What of the strokes of a page runs level, and upright."""


def ridges_of(page: Strokes) -> Ridges:
    """Those of a straightened page."""
    return _ridges(page), _turned(_ridges(_turned(page)))


def frames(page: Strokes, blank: Blank, gray: Gray | None = None, ridges: Ridges | None = None) -> Mapping[str, Frame]:
    """The frame of every field of a straightened page, by the fields' ids. With its grey also what was blackened is known;
    ``ridges`` are the page's, where they are there already.
    """
    lines, fields = field_lines(blank), blank.template.fields
    ridges = ridges or ridges_of(page)
    if gray is not None:
        ridges = _with_hidden(ridges, _blackened(gray, page), lines)
    worst = np.ones(len(fields))
    for sides, shown in zip((lines.level_sides, lines.upright_sides), _sides_shown(ridges, lines), strict=True):
        np.minimum.at(worst, sides.fields, shown)
    (level, dy), (upright, dx) = (_lying(way, lines.pieces[way], ridges[way], len(fields)) for way in (LEVEL, UPRIGHT))
    fits = np.fmin(np.fmin(level, upright), 1.0)
    trusted = (fits > 0.5) / COARSE
    shown = np.where(worst < SEEN, np.minimum(fits, worst), fits)
    numbers = zip(shown.tolist(), (dx * trusted).tolist(), (dy * trusted).tolist(), strict=True)
    found = {field.id: Frame(*each) for field, each in zip(fields, numbers, strict=True)}
    for id_, words in lines.words.items():
        found[id_] = Frame(float(find(words, page, REACH).fits.min(initial=1.0)), 0.0, 0.0)
    return found


def _lying(
    way: int, pieces: Mapping[int, Piece], ridges: Strokes, count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How well the lines of each of so many fields fit, NaN where it has none; and by how many pixels they are off."""
    found, numbers = find(list(pieces.values()), ridges, REACH), list(pieces)
    fits, off = np.full(count, np.nan), np.zeros(count)
    fits[numbers], off[numbers] = found.fits, found.offsets[:, 1 - way]
    return fits, off


def bordered(ridges: Ridges, blank: Blank, shown: NDArray[np.bool_]) -> float:
    """Of the sides of all cells that lie in squares of which something shows (see ``Fit``), the share that is there."""
    lines = field_lines(blank)
    there = []
    for sides, share in zip((lines.level_sides, lines.upright_sides), _sides_shown(ridges, lines), strict=True):
        middles = (sides.places[:, :2] + sides.places[:, 2:]) // (2 * COARSE * TILE)
        there.append(share[shown[middles[:, 1], middles[:, 0]]] > THERE)
    found = np.concatenate(there)
    return float(found.mean()) if len(found) else 1.0


def _blackened(gray: Gray, page: Strokes) -> Strokes:
    """Where a page is black more broadly than strokes are, 1, else 0. What is larger than any box is a shadow to ``evened``."""
    high, wide = page.shape
    dark = 255 - cv2.resize(gray, (wide, high), interpolation=cv2.INTER_AREA)
    broad = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((BROAD, BROAD), np.uint8)) >= DARK
    return np.asarray(broad, np.float32)


def _with_hidden(ridges: Ridges, black: Strokes, lines: Lines) -> Ridges:
    """The ridges with the lines that a box's own blackening hides: they are there, under the ink."""
    if not black.any():
        return ridges
    level, upright = (cv2.dilate(black, np.ones(along, np.uint8)) for along in ((3, 1), (1, 3)))
    return (
        np.asarray(cv2.max(ridges[0], cv2.min(level, lines.level)), np.float32),
        np.asarray(cv2.max(ridges[1], cv2.min(upright, lines.upright)), np.float32),
    )


def _sides_shown(ridges: Ridges, lines: Lines) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """How much of each level side shows, and of each upright one, within half a millimetre of its place."""
    level = cv2.dilate(ridges[0], np.ones((5, 1), np.uint8))
    upright = cv2.dilate(ridges[1], np.ones((1, 5), np.uint8))
    return (
        _shown(cv2.min(level, lines.level), lines.level_sides),
        _shown(cv2.min(upright, lines.upright), lines.upright_sides),
    )


def _shown(there: MatLike, sides: Sides) -> NDArray[np.float64]:
    """Of what is printed along each side, the share that is there."""
    return _within(np.asarray(there, np.float32), sides.places) / sides.printed


def _within(strokes: Strokes, places: NDArray[np.int64]) -> NDArray[np.float64]:
    """How much of the strokes lies in each rectangle."""
    whole = cv2.integral(strokes)
    left, top, right, bottom = places.T
    return np.asarray(whole[bottom, right] - whole[top, right] - whole[bottom, left] + whole[top, left], np.float64)


def _turned(strokes: Strokes) -> Strokes:
    return np.asarray(cv2.transpose(strokes), np.float32)


def _ridges(page: Strokes) -> Strokes:
    """What of the strokes runs level for a while, and is lighter on one of its sides at least: writing beside a line
    takes nothing from it.
    """
    runs = cv2.morphologyEx(page, cv2.MORPH_OPEN, np.ones((1, RUN), np.uint8))
    padded = cv2.copyMakeBorder(runs, SIDEWAYS, SIDEWAYS, 0, 0, cv2.BORDER_REPLICATE)
    sides = cv2.min(padded[: -2 * SIDEWAYS], padded[2 * SIDEWAYS :])
    return np.asarray(cv2.subtract(runs, cv2.min(runs, sides)), np.float32)


@lru_cache(maxsize=64)
def field_lines(blank: Blank) -> Lines:
    """The lines around every field. Made once for each blank."""
    level, upright = _lines(blank.gray, blank.strokes), _turned(_lines(blank.gray.T, blank.strokes.T))
    fields = blank.template.fields
    pieces = _pieces(level, fields), _pieces(upright, fields)
    bare = set(range(len(fields))) - pieces[LEVEL].keys() - pieces[UPRIGHT].keys()
    words = {fields[n].id: _words(blank, fields[n]) for n in sorted(bare)}
    return Lines(
        pieces, words, level, upright, _sides(level, fields, upright=False), _sides(upright, fields, upright=True)
    )


def _words(blank: Blank, field: Field) -> list[Piece]:
    """What is printed to the left and right of each cell; nothing of cells that have nothing beside them."""
    found = []
    for x, y, w, h in field.cells:
        left, top, right, bottom = (round(edge * COARSE) for edge in (x - WORDS, y, x + w + WORDS, y + h))
        found.append(piece(blank.strokes, max(0, left), max(0, top), right, bottom, COARSE))
    return [one for one in found if one is not None]


def _sides(lines: Strokes, fields: Sequence[Field], *, upright: bool) -> Sides:
    """The sides of all cells along which something of the lines is printed."""
    high, wide = lines.shape
    places, numbers = [], []
    for number, field in enumerate(fields):
        for x, y, w, h in field.cells:
            for side in (0, w) if upright else (0, h):
                middle = (x + side, y, x + side, y + h) if upright else (x, y + side, x + w, y + side)
                left, top, right, bottom = (round(edge * COARSE) for edge in middle)
                beside = round(AROUND * COARSE)
                box = (
                    (left - beside, top, right + beside, bottom)
                    if upright
                    else (left, top - beside, right, bottom + beside)
                )
                left, top, right, bottom = max(0, box[0]), max(0, box[1]), min(wide, box[2]), min(high, box[3])
                if lines[top:bottom, left:right].sum() > COARSE * 2:
                    places.append((left, top, right, bottom))
                    numbers.append(number)
    rectangles = np.array(places, np.int64).reshape(-1, 4)
    return Sides(rectangles, np.array(numbers, np.int64), _within(lines, rectangles))


def _lines(gray: Gray, strokes: Strokes) -> Strokes:
    """What of the printed strokes is a level line."""
    dark = (gray < 150).astype(np.uint8)
    lines = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, LONG * SCALE), np.uint8))
    high, wide = strokes.shape
    near = cv2.resize(cv2.dilate(lines, np.ones((5, 5), np.uint8)), (wide, high), interpolation=cv2.INTER_NEAREST)
    return np.asarray(_ridges(np.ascontiguousarray(strokes)) * near, np.float32)


def _pieces(lines: Strokes, fields: Sequence[Field]) -> Mapping[int, Piece]:
    found = {number: _piece(lines, field) for number, field in enumerate(fields)}
    return {number: one for number, one in found.items() if one is not None}


def _piece(lines: Strokes, field: Field) -> Piece | None:
    """What of the lines lies around the field's cells, as weights that give 1 on the blank itself."""
    high, wide = lines.shape
    own = np.zeros(lines.shape, np.uint8)
    edges = []
    for cell in field.cells:
        corners = (cell.x - AROUND, cell.y - AROUND, cell.x + cell.w + AROUND, cell.y + cell.h + AROUND)
        left, top, right, bottom = (round(side * COARSE) for side in corners)
        own[max(0, top) : bottom, max(0, left) : right] = 1
        edges.append((max(0, left), max(0, top), min(wide, right), min(high, bottom)))
    lefts, tops, rights, bottoms = zip(*edges, strict=True)
    part = (lines * own)[min(tops) : max(bottoms), min(lefts) : max(rights)]
    if part.sum() < 3 * COARSE:
        return None
    return Piece(min(lefts), min(tops), np.asarray(part / float((part * part).sum()), np.float32))
