"""Boxes to tick as they come, with what a reader should say of them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench.ocr.hands import MARKS, Hand, draw_hand
from bench.ocr.ink import PER_MM, Ink
from bench.ocr.sources import Split
from bench.ocr.training import strokes
from bench.ocr.training.paper import AROUND, COLUMNS, Scan, blank, from_canvas, lay, penned, ruled
from ocr.looking.cells import RING, SCALE, tick_patch
from ocr.marks import MARK, NOTHING, SPOILT

DEEP, SLIGHT, FAR = 0.14, 0.1, 0.8
"""A neighbour's mark has run into the box when of its ink more than ``FAR`` square millimetres are further in than the
share ``DEEP`` of the box's side; up to ``SLIGHT`` it has not. In between nobody can say.
"""


LEAST = 2.0
"""Of a patch's pixels as many must be ink for anybody to see a mark; the rest of it went with the printed lines."""


def tick_cells(rng: Generator, count: int, split: Split) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Patches (count × 32 × 32, 255 for ink) and their classes. Only the train split has marks by imagined pens."""
    patches: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    while len(labels) < count:
        wide, boxed = rng.uniform(5, 8.5), rng.random() < 0.75
        high = wide if rng.random() < 0.6 else rng.uniform(4, 8.5)
        apart = (rng.uniform(0.8, 9), rng.uniform(0.8, 6)) if boxed else (0.0, 0.0)
        sheet = ruled(rng, wide if boxed else high * rng.uniform(1, 2.6), high, apart)
        own = [_filled(rng, sheet.own(cell), split, boxed=boxed) for cell in sheet.cells]
        if rng.random() < 0.4:
            own = _with_struck_row(rng, own)
        for cell, (paper, _) in zip(sheet.cells, own, strict=True):
            np.maximum(sheet.own(cell), paper, out=sheet.own(cell))
        scan = Scan(rng, sheet)
        for cell, (paper, said) in zip(sheet.cells, own, strict=True):
            label = _with_what_came_in(said, _depth(np.where(paper > 0.1, 0, sheet.own(cell))))
            patch = tick_patch(scan.area(cell, RING))
            if label is None or scan.vanished(cell) or (label != NOTHING and patch.sum() < LEAST):
                continue
            patches.append(np.round(patch * 255).astype(np.uint8))
            labels.append(label)
    return np.stack(patches[:count]), np.array(labels[:count], np.int64)


def _filled(rng: Generator, own: Ink, split: Split, *, boxed: bool) -> tuple[Ink, int]:
    """What is marked in one box, and its class. A table's cells are neither ringed nor blackened, and only their middle
    is used.
    """
    high, wide = (side / SCALE - 2 * AROUND for side in own.shape)
    wide = wide if boxed else min(high, wide)
    hand = draw_hand(split, rng, faint=bool(rng.random() < 0.12))
    free = split is Split.TRAIN and rng.random() < 0.6
    paper = np.zeros_like(own)
    label = int(rng.choice((NOTHING, MARK, SPOILT), p=(0.42, 0.46, 0.12)))
    if label == MARK:
        centred(paper, _free_mark(rng, high, wide, boxed) if free else _hand_mark(rng, hand, high, wide, boxed))
    elif label == SPOILT and rng.random() < 0.75:
        centred(paper, _ruined(rng, high, wide, boxed) if free else _hand_ruined(rng, hand, high, wide, boxed))
    elif label == SPOILT:
        _run_into(rng, paper, _free_mark(rng, high, wide, boxed) if free else _hand_mark(rng, hand, high, wide, boxed))
    return penned(rng, paper) if free else paper, label


def _with_struck_row(rng: Generator, own: list[tuple[Ink, int]]) -> list[tuple[Ink, int]]:
    """The same with two lines through one row, from before its first box to behind its last: all of it is spoilt."""
    first = COLUMNS * int(rng.integers(len(own) // COLUMNS))
    thick, apart = rng.uniform(0.3, 0.8) * SCALE, rng.uniform(0.6, 1.6) * SCALE
    dark, slope = rng.uniform(0.4, 1), rng.normal(0, 0.01)
    struck = list(own)
    for n in range(first, first + COLUMNS):
        paper = own[n][0].copy()
        high, wide = paper.shape
        for side in (-1, 1):
            y = high / 2 + side * apart / 2 + slope * wide * (n - first - COLUMNS / 2)
            ends = ((0, round(y)), (wide - 1, round(y + slope * wide)))
            cv2.line(paper, *ends, float(dark), max(2, round(thick)), cv2.LINE_AA)
        struck[n] = (paper, SPOILT)
    return struck


def _run_into(rng: Generator, paper: Ink, mark: Ink) -> None:
    """A mark that belongs to the box beside and comes far into this one."""
    high, wide = (side / SCALE - 2 * AROUND for side in paper.shape)
    for _ in range(12):
        paper[:] = 0
        across, down = ((-1, 0), (1, 0), (-1, 0), (1, 0), (0, -1), (0, 1))[int(rng.integers(6))]
        reach = rng.uniform(0.4, 0.9)
        centred(paper, mark, across * reach * wide, down * reach * high)
        if FAR < _depth(paper) < 0.9 * float((mark > 0.2).sum()) / SCALE**2:
            return


def _depth(ink: Ink) -> float:
    """How many square millimetres of the ink are well inside of the box."""
    high, wide = (side / SCALE - 2 * AROUND for side in ink.shape)
    y, x = (round((AROUND + DEEP * side) * SCALE) for side in (high, wide))
    return float((ink[y:-y, x:-x] > 0.2).sum()) / SCALE**2


def _with_what_came_in(label: int, depth: float) -> int | None:
    """The class of a box into which ink from beside came so deep; None where nobody could say."""
    if depth < SLIGHT or label == SPOILT:
        return label
    return SPOILT if depth > FAR and label == NOTHING else None


def centred(paper: Ink, canvas: Ink, dx: float = 0, dy: float = 0) -> None:
    """A mark's canvas onto the paper, middle on middle or so many millimetres beside it."""
    lay(paper, canvas, canvas.shape[0] / SCALE, paper.shape[1] / SCALE / 2 + dx, paper.shape[0] / SCALE / 2 + dy)


def _hand_mark(rng: Generator, hand: Hand, high: float, wide: float, boxed: bool) -> Ink:
    way = hand.mark if rng.random() < 0.4 else str(rng.choice(MARKS))
    if not boxed and way in ("ring", "filled"):
        way = "circle"
    return from_canvas(hand.marked(rng, (round(wide * PER_MM), round(high * PER_MM)), way))


def _hand_ruined(rng: Generator, hand: Hand, high: float, wide: float, boxed: bool) -> Ink:
    cell = (round(wide * PER_MM), round(high * PER_MM))
    if not boxed and rng.random() < 0.25:
        return _ditto(rng, high, wide)
    over = from_canvas((hand.strike if rng.random() < 0.5 else hand.scribble)(rng, cell))
    return over if rng.random() < 0.1 else np.maximum(_hand_mark(rng, hand, high, wide, boxed), over)


def _free_mark(rng: Generator, high: float, wide: float, boxed: bool) -> Ink:
    """A tick, cross, line, ring in or around the box, or a box blackened, on paper of twice the box's size."""
    canvas = blank(2 * high, 2 * wide)
    kind = rng.random()
    across, down = wide * (1 + rng.normal(0, 0.07)), high * (1 + rng.normal(0, 0.07))
    if kind < 0.6:
        ink = strokes.tick(rng)
        tall = high * rng.uniform(0.4, 1.15)
        lay(canvas, ink, min(tall, 1.25 * wide * ink.shape[0] / ink.shape[1]), across, down)
    elif kind < 0.88 or not boxed:
        ink = strokes.circle(rng)
        size = rng.uniform(0.5, 0.95) if not boxed or rng.random() < 0.45 else rng.uniform(1.05, 1.55)
        tall = size * high
        lay(canvas, ink, min(tall, size * wide * ink.shape[0] / ink.shape[1]), across, down)
    else:
        blacken(rng, canvas, high, wide)
    return canvas


def blacken(rng: Generator, canvas: Ink, high: float, wide: float) -> None:
    """The box or its middle blackened, edge to edge or by close strokes."""
    part = rng.uniform(0.4, 0.95)
    left, top = wide * (1 - part / 2), high * (1 - part / 2)
    corner = (round(left * SCALE), round(top * SCALE))
    end = (round((left + part * wide) * SCALE), round((top + part * high) * SCALE))
    if rng.random() < 0.4:
        cv2.ellipse(
            canvas,
            (((corner[0] + end[0]) / 2, (corner[1] + end[1]) / 2), (end[0] - corner[0], end[1] - corner[1]), 0),
            1.0,
            -1,
        )
        return
    pen = rng.uniform(0.4, 1.2) * SCALE
    count = max(3, int((end[1] - corner[1]) / (pen * rng.uniform(0.6, 1.1))))
    rows = np.linspace(corner[1], end[1], count)
    points = [(end[0] if n % 2 else corner[0], y) for n, y in enumerate(rows)]
    shaken = np.array(points) + rng.normal(0, 0.15 * SCALE, (count, 2))
    cv2.polylines(canvas, [shaken.astype(np.int32).reshape(-1, 1, 2)], False, 1.0, max(2, round(pen)), cv2.LINE_AA)


def _ruined(rng: Generator, high: float, wide: float, boxed: bool) -> Ink:
    """A mark struck out by lines, or scribbled over."""
    if not boxed and rng.random() < 0.25:
        return _ditto(rng, high, wide)
    canvas = _free_mark(rng, high, wide, boxed) if rng.random() < 0.82 else blank(2 * high, 2 * wide)
    if rng.random() < 0.55:
        over = strokes.lines(rng, int(rng.choice((2, 2, 3))))
        size = rng.uniform(0.9, 1.7) * max(wide, high)
        lay(canvas, over, size * over.shape[0] / max(over.shape), wide + rng.normal(0, 0.3), high + rng.normal(0, 0.4))
    else:
        over = strokes.scribble(rng)
        while over.mean() > 0.75:  # a solid block is a box blackened
            over = strokes.scribble(rng)
        lay(canvas, over, min(high * rng.uniform(0.7, 1.3), 1.4 * wide * over.shape[0] / over.shape[1]), wide, high)
    return canvas


def _ditto(rng: Generator, high: float, wide: float) -> Ink:
    """〃: as above. What is above, this box does not know."""
    canvas = blank(2 * high, 2 * wide)
    apart = rng.uniform(0.5, 1.3)
    for side in (-1, 1):
        stroke = strokes.lines(rng, 1, rng.uniform(0.9, 1.5))
        lay(canvas, stroke, rng.uniform(0.9, 2), wide + side * apart / 2, high + rng.normal(0, 0.3))
    return canvas
