"""The cells of a straightened page with what was printed on the sheet taken out: what remains is what was written."""

from __future__ import annotations

import functools
from functools import lru_cache

import cv2
import numpy as np

from brigade.forms.template import Cell
from ocr.looking.blanks import COARSE, Blank
from ocr.looking.cells import FAINT, SCALE, without_specks
from ocr.looking.fitting import Strokes
from ocr.looking.frames import Frame
from ocr.looking.picture import Gray

PRINTED = 40
"""A blank is printed where it is darker than white by this."""

WIDEST_HALO = 6
"""Pixels around printed strokes that may be grey because the picture is blurred."""

FOLD, SIDE_TO_SIDE = 0.12, 0.93
"""How surely a stroke a fold must be, and over what share of the page it runs; a row that is struck out is shorter."""

ALONG = 10 * SCALE
"""Pixels of a fold that are compared with each other: most of them hold nothing but the fold."""

BRIDGE = 5
"""Pixels by which a gap may be wider than the line that was taken out of it, and still be closed."""

BESIDE = SCALE
"""Pixels cut around a box to write in: strokes reach over its edge."""

WIDE = 1.05
"""A box wider than high by this is for more than one digit."""


class Cutter:
    """Cuts cells out of one page: grey, evened, ``SCALE`` pixels to the millimetre, as large as the blank."""

    def __init__(self, page: Gray, strokes: Strokes, blank: Blank) -> None:
        self._page = unfolded(page, *folds(strokes, blank))
        self._far = far_from_print(blank)
        self._halo = _halo(page, self._far)

    def cut(self, cell: Cell, frame: Frame, beside: int) -> Gray:
        """A cell with ``beside`` pixels on every side, without what was printed."""
        far = _window(self._far, _around(cell, beside), 255)
        printed = np.where(far <= self._halo, np.uint8(255), np.uint8(0))
        return _without(self.seen(cell, frame, beside), printed, 2 * self._halo + BRIDGE)

    def seen(self, cell: Cell, frame: Frame, beside: int) -> Gray:
        """A cell with ``beside`` pixels on every side as the page shows it."""
        left, top, wide, high = _around(cell, beside)
        dx, dy = round(frame.dx * SCALE), round(frame.dy * SCALE)
        return _window(self._page, (left + dx, top + dy, wide, high), 255)

    def digit(self, cell: Cell, frame: Frame) -> Gray:
        """A cell for digits, without what reaches into it from the next one."""
        return _own(self.cut(cell, frame, BESIDE), BESIDE)

    def ink(self, cut: Gray, beside: int) -> float:
        """The share of a cell, which was cut with ``beside`` pixels around it, that is written on."""
        inside = cut[beside : cut.shape[0] - beside, beside : cut.shape[1] - beside]
        mask = without_specks((inside < 255 - FAINT).astype(np.uint8))
        return cv2.countNonZero(mask) / mask.size if mask.size else 0.0


def in_pixels(cell: Cell) -> tuple[int, int, int, int]:
    """Left, top, width and height on a straightened page."""
    left, top = round(cell.x * SCALE), round(cell.y * SCALE)
    return left, top, round((cell.x + cell.w) * SCALE) - left, round((cell.y + cell.h) * SCALE) - top


def _around(cell: Cell, beside: int) -> tuple[int, int, int, int]:
    left, top, wide, high = in_pixels(cell)
    return left - beside, top - beside, wide + 2 * beside, high + 2 * beside


@lru_cache(maxsize=64)
def far_from_print(blank: Blank) -> Gray:
    """How many pixels each place is from the next printed one: 0 on print, at most 255."""
    bare = (blank.gray > 255 - PRINTED).astype(np.uint8)
    return np.asarray(np.minimum(cv2.distanceTransform(bare, cv2.DIST_L2, 3), 255), np.uint8)


def folds(strokes: Strokes, blank: Blank) -> tuple[Gray, Gray]:
    """Where the page (its strokes, coarse) was folded, level and upright, 1, else 0: thin lines from side to side that
    nobody printed.
    """
    printed = cv2.dilate((blank.strokes > FOLD).astype(np.uint8), np.ones((5, 5), np.uint8))
    thin = ((strokes > FOLD) & (printed == 0)).astype(np.uint8)
    return _across(thin), _turned(_across(_turned(thin)))


def unfolded(page: Gray, level: Gray, upright: Gray) -> Gray:
    """The page with its folds (see ``folds``) as light as paper. What was written across or along a fold is darker than the
    fold is, and stays: a nought of which a fold took one half is a one.
    """
    if level.any():
        page = _lightened(page, _as_large(level, page))
    if upright.any():
        page = _turned(_lightened(_turned(page), _turned(_as_large(upright, page))))
    return page


def _as_large(fold: Gray, page: Gray) -> Gray:
    return np.asarray(cv2.resize(fold, page.shape[::-1], interpolation=cv2.INTER_NEAREST), np.uint8)


def _turned(gray: Gray) -> Gray:
    return np.asarray(cv2.transpose(gray), np.uint8)


def _lightened(page: Gray, fold: Gray) -> Gray:
    """The page as seen beside a level fold: each place by how dark most of its row is for a few millimetres around."""
    near = cv2.dilate(fold, np.ones((SCALE, 1), np.uint8))
    rows = np.flatnonzero(near.any(axis=1))
    strip, wide = page[rows], page.shape[1]
    whole = np.pad(strip, ((0, 0), (0, -wide % ALONG)), mode="edge").reshape(len(rows), -1, ALONG)
    shade = cv2.resize(np.median(whole, axis=2).astype(np.uint8), (whole.shape[1] * ALONG, len(rows)))[:, :wide]
    light = cv2.divide(strip, np.maximum(shade, 1), scale=255)
    done = page.copy()
    done[rows] = np.where(near[rows] > 0, light, strip)
    return done


def _across(thin: Gray) -> Gray:
    """What runs level nearly from one side to the other, but for gaps where it crosses something."""
    run = cv2.morphologyEx(thin, cv2.MORPH_OPEN, np.ones((1, 5 * COARSE), np.uint8))
    reach = cv2.dilate(cv2.reduce(run, 0, cv2.REDUCE_MAX), np.ones((1, 8 * COARSE), np.uint8))
    if np.count_nonzero(reach) < SIDE_TO_SIDE * thin.shape[1]:
        return np.zeros_like(thin)  # as on most pages
    joined = cv2.dilate(run, np.ones((3, 8 * COARSE), np.uint8))
    _, labels, stats, _ = cv2.connectedComponentsWithStats(joined, connectivity=8)
    long = stats[:, cv2.CC_STAT_WIDTH] >= SIDE_TO_SIDE * thin.shape[1]
    flat = stats[:, cv2.CC_STAT_HEIGHT] <= 5 * COARSE
    lines = long & flat
    lines[0] = False
    return np.asarray(cv2.dilate(lines[labels].astype(np.uint8), np.ones((3, 1), np.uint8)), np.uint8)


def _halo(page: Gray, far: Gray) -> int:
    """Within how many pixels of print the page is grey, on most places, though nobody wrote there."""
    here, dark = far[::2, ::3], 255 - page[::2, ::3]
    for distance in range(1, WIDEST_HALO + 1):
        if np.percentile(dark[here == distance], 60) < FAINT * 0.7:
            return max(1, distance - 1) + 1  # one more: no sheet lies to the pixel
    return WIDEST_HALO


def _window(whole: Gray, box: tuple[int, int, int, int], outside: int) -> Gray:
    """A part of a picture: left, top, width, height; what lies outside of it is of that value."""
    left, top, wide, high = box
    part = whole[max(0, top) : max(0, top + high), max(0, left) : max(0, left + wide)]
    missing = (max(0, -top), high - part.shape[0] - max(0, -top), max(0, -left), wide - part.shape[1] - max(0, -left))
    if not any(missing):
        return part
    return np.asarray(cv2.copyMakeBorder(part, *missing, cv2.BORDER_CONSTANT, value=outside), np.uint8)


def _without(gray: Gray, printed: Gray, bridge: int) -> Gray:
    """The grey with paper where something was printed (255, else 0), but ink where a stroke runs across."""
    bare = np.asarray(cv2.bitwise_or(gray, printed), np.uint8)
    if not cv2.countNonZero(printed) or bare.min() > 255 - FAINT:
        return bare
    upright, *others = (cv2.morphologyEx(bare, cv2.MORPH_OPEN, way) for way in _ways(bridge))
    darkest = functools.reduce(cv2.min, others, upright)
    return np.asarray(cv2.min(bare, cv2.bitwise_or(darkest, cv2.bitwise_not(printed))), np.uint8)


@lru_cache(maxsize=WIDEST_HALO)
def _ways(bridge: int) -> tuple[Gray, ...]:
    """Lines of so many pixels: upright, level, aslant and aslant the other way."""
    aslant = np.eye(bridge, dtype=np.uint8)
    return np.ones((bridge, 1), np.uint8), np.ones((1, bridge), np.uint8), aslant, aslant[::-1].copy()


def _own(cut: Gray, beside: int) -> Gray:
    """The cut without strokes of which the greater part lies outside of the box."""
    mask = (cut < 255 - FAINT).astype(np.uint8)
    count, labels = cv2.connectedComponents(mask, connectivity=8)
    if count == 1:
        return cut
    inner = labels[beside : labels.shape[0] - beside, beside : labels.shape[1] - beside]
    whole, inside = (np.bincount(part.ravel(), minlength=count) for part in (labels, inner))
    foreign = 2 * inside < whole
    foreign[0] = False
    if not foreign.any():
        return cut
    spread = cv2.dilate(foreign[labels].astype(np.uint8), np.ones((3, 3), np.uint8))
    return np.where((spread > 0) & ~((labels > 0) & ~foreign[labels]), np.uint8(255), cut)


def digit_parts(cut: Gray) -> list[Gray]:
    """The strokes of a wide box digit by digit, from left to right, each on paper as large as the cut."""
    mask = without_specks((cut < 255 - FAINT).astype(np.uint8))
    count, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    spans = _joined([(int(s[0]), int(s[0] + s[2]), {n}) for n, s in enumerate(stats[1:count], 1)])
    parts: list[Gray] = []
    for left, right, members in spans:
        own = cv2.dilate(np.isin(labels, list(members)).astype(np.uint8), np.ones((3, 3), np.uint8))
        part = np.where(own > 0, cut, np.uint8(255))
        pieces = _split(part, np.asarray(mask * own, np.uint8), left, right)
        parts += [_between(part, *edges) for edges in pieces] if len(pieces) > 1 else [part]
    return parts


def _joined(spans: list[tuple[int, int, set[int]]]) -> list[tuple[int, int, set[int]]]:
    """Strokes over one another are one digit: spans of columns that share more than half of the narrower."""
    done: list[tuple[int, int, set[int]]] = []
    for left, right, members in sorted(spans, key=lambda span: span[:2]):
        if done:
            before_left, before_right, before = done[-1]
            shared = min(right, before_right) - left
            if 2 * shared > min(right - left, before_right - before_left):
                done[-1] = (before_left, max(right, before_right), before | members)
                continue
        done.append((left, right, members))
    return done


def _split(part: Gray, mask: Gray, left: int, right: int) -> list[tuple[int, int]]:
    """Columns between which one digit lies: a span far wider than high holds several that touch."""
    rows = np.flatnonzero(mask.any(axis=1))
    high = int(rows[-1] - rows[0] + 1) if len(rows) else 1
    count = min(6, max(1, round((right - left) / (0.75 * high)))) if right - left > 1.15 * high > 2 * SCALE else 1
    ink = (255 - part.astype(np.int64)).sum(axis=0)
    step, edges = (right - left) / count, [left]
    for n in range(1, count):
        middle, slack = left + n * step, step / 4
        low, most = round(middle - slack), round(middle + slack) + 1
        edges.append(low + int(np.argmin(ink[low:most])))
    return list(zip(edges, [*edges[1:], right], strict=True))


def _between(part: Gray, left: int, right: int) -> Gray:
    """The columns of one digit, without slivers of those beside it."""
    kept = np.full_like(part, 255)
    kept[:, left:right] = part[:, left:right]
    _, labels, stats, _ = cv2.connectedComponentsWithStats((kept < 255 - FAINT).astype(np.uint8), connectivity=8)
    areas = stats[:, cv2.CC_STAT_AREA]
    slivers = areas < areas[1:].max(initial=0) / 4
    slivers[0] = False
    return np.where(slivers[labels], np.uint8(255), kept)
