"""Whether the printed lines around each field lie where the template has them, and by how little they are off."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from brigade.forms.template import Field
from ocr.blanks import COARSE, Blank
from ocr.cells import SCALE
from ocr.fitting import Piece, Strokes, find
from ocr.picture import Gray

AROUND = 1.4
"""Millimetres around a cell within which its lines lie."""

LONG = 4
"""Millimetres from which on a straight stroke is a line; strokes of letters are shorter."""

REACH = 3
"""Coarse pixels by which a field may be off: three quarters of a millimetre."""


@dataclass(frozen=True)
class Frame:
    """How well the lines around a field fit, 0 to 1 (1 where there are none), and how far they are off, in millimetres
    to the right and down.
    """

    fit: float
    dx: float
    dy: float


RUN, SIDEWAYS = 6, 3
"""Coarse pixels for which a line must run on, and how far from it its sides are."""

Lines = tuple[Piece | None, Piece | None]
"""Those that run level and those that run upright around one field."""


def frames(page: Strokes, blank: Blank) -> Mapping[str, Frame]:
    """The frame of every field of a straightened page, by the fields' ids."""
    level = _ridges(page)
    upright = np.ascontiguousarray(_ridges(np.ascontiguousarray(page.T)).T)
    return {name: _frame((level, upright), lines) for name, lines in field_lines(blank).items()}


def _ridges(page: Strokes) -> Strokes:
    """What of the strokes runs level for a while, and is lighter on one of its sides at least: writing beside a line
    takes nothing from it.
    """
    runs = cv2.morphologyEx(page, cv2.MORPH_OPEN, np.ones((1, RUN), np.uint8))
    padded = cv2.copyMakeBorder(runs, SIDEWAYS, SIDEWAYS, 0, 0, cv2.BORDER_REPLICATE)
    sides = cv2.min(padded[: -2 * SIDEWAYS], padded[2 * SIDEWAYS :])
    return np.asarray(cv2.subtract(runs, cv2.min(runs, sides)), np.float32)


def _frame(page: tuple[Strokes, Strokes], lines: Lines) -> Frame:
    level, upright = (
        find(one, ridges, REACH) if one is not None else None for one, ridges in zip(lines, page, strict=True)
    )
    fits = [found.fit for found in (level, upright) if found is not None]
    fit = min(fits, default=1.0)
    trusted = fit > 0.5
    dy = level.dy / COARSE if level is not None and trusted else 0.0
    dx = upright.dx / COARSE if upright is not None and trusted else 0.0
    return Frame(fit, dx, dy)


@lru_cache(maxsize=64)
def field_lines(blank: Blank) -> Mapping[str, Lines]:
    """The lines of every field, by the fields' ids. Made once for each blank."""
    level, upright = _lines(blank.gray, blank.strokes), _lines(blank.gray.T, blank.strokes.T).T
    return {
        field.id: (_piece(level, field), _piece(np.ascontiguousarray(upright), field))
        for field in blank.template.fields
    }


def _lines(gray: Gray, strokes: Strokes) -> Strokes:
    """What of the printed strokes is a level line."""
    dark = (gray < 150).astype(np.uint8)
    lines = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((1, LONG * SCALE), np.uint8))
    high, wide = strokes.shape
    near = cv2.resize(cv2.dilate(lines, np.ones((5, 5), np.uint8)), (wide, high), interpolation=cv2.INTER_NEAREST)
    return np.asarray(_ridges(np.ascontiguousarray(strokes)) * near, np.float32)


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
