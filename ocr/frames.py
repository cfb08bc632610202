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
from ocr.fitting import Piece, Strokes, find, piece

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


Lines = tuple[Piece | None, Piece | None]
"""Those that run level and those that run upright around one field."""


def frames(page: Strokes, blank: Blank) -> Mapping[str, Frame]:
    """The frame of every field of a straightened page, by the fields' ids."""
    return {name: _frame(page, lines) for name, lines in _field_lines(blank).items()}


def _frame(page: Strokes, lines: Lines) -> Frame:
    level, upright = (find(one, page, REACH) if one is not None else None for one in lines)
    fits = [found.fit for found in (level, upright) if found is not None]
    fit = min(fits, default=1.0)
    trusted = fit > 0.5
    dy = level.dy / COARSE if level is not None and trusted else 0.0
    dx = upright.dx / COARSE if upright is not None and trusted else 0.0
    return Frame(fit, dx, dy)


@lru_cache(maxsize=64)
def _field_lines(blank: Blank) -> Mapping[str, Lines]:
    """Made once for each blank."""
    level, upright = _lines(blank, (LONG * SCALE, 1)), _lines(blank, (1, LONG * SCALE))
    return {field.id: (_piece(level, field, blank), _piece(upright, field, blank)) for field in blank.template.fields}


def _lines(blank: Blank, shape: tuple[int, int]) -> Strokes:
    """The printed strokes that are lines as long as that."""
    dark = (blank.gray < 150).astype(np.uint8)
    lines = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones(shape[::-1], np.uint8))
    high, wide = blank.strokes.shape
    near = cv2.resize(cv2.dilate(lines, np.ones((5, 5), np.uint8)), (wide, high), interpolation=cv2.INTER_NEAREST)
    return np.asarray(blank.strokes * near, np.float32)


def _piece(lines: Strokes, field: Field, blank: Blank) -> Piece | None:
    """What of the lines lies around the field's cells."""
    high, wide = lines.shape
    own = np.zeros(lines.shape, np.uint8)
    edges = []
    for cell in field.cells:
        corners = (cell.x - AROUND, cell.y - AROUND, cell.x + cell.w + AROUND, cell.y + cell.h + AROUND)
        left, top, right, bottom = (round(side * COARSE) for side in corners)
        own[max(0, top) : bottom, max(0, left) : right] = 1
        edges.append((max(0, left), max(0, top), min(wide, right), min(high, bottom)))
    lefts, tops, rights, bottoms = zip(*edges, strict=True)
    return piece(np.asarray(lines * own, np.float32), min(lefts), min(tops), max(rights), max(bottoms), COARSE)
