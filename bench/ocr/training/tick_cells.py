"""Boxes to tick as they come, with what a reader should say of them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench.ocr.hands import MARKS, Hand, draw_hand
from bench.ocr.ink import PER_MM
from bench.ocr.sources import Split
from bench.ocr.training import strokes
from bench.ocr.training.paper import AROUND, Ink, Scan, blank, from_canvas, lay, penned, ruled
from ocr.cells import RING, SCALE, tick_patch
from ocr.ticks import MARK, NOTHING, SPOILT

DEEP = 0.14
"""A neighbour's mark has run into the box where it comes further in than this share of its side."""


def tick_cells(rng: Generator, count: int, split: Split) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Patches (count × 32 × 32, 255 for ink) and their classes. Only the train split has marks by imagined pens."""
    patches: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    while len(labels) < count:
        high, wide = rng.uniform(4, 8.5), rng.uniform(5, 8.5)
        sheet = ruled(rng, wide, wide if rng.random() < 0.6 else high, (2 * AROUND, 2 * AROUND))
        said = [_fill(rng, sheet.own(cell), split) for cell in sheet.cells]
        scan = Scan(rng, sheet)
        for cell, label in zip(sheet.cells, said, strict=True):
            if not scan.vanished(cell):
                patches.append(np.round(tick_patch(scan.area(cell, RING)) * 255).astype(np.uint8))
                labels.append(label)
    return np.stack(patches[:count]), np.array(labels[:count], np.int64)


def _fill(rng: Generator, own: Ink, split: Split) -> int:
    """Marks one box, and those around it; its class."""
    high, wide = (side / SCALE - 2 * AROUND for side in own.shape)
    hand = draw_hand(split, rng, faint=bool(rng.random() < 0.12))
    free = split is Split.TRAIN and rng.random() < 0.6
    paper = np.zeros_like(own)
    label = int(rng.choice((NOTHING, MARK, SPOILT), p=(0.38, 0.4, 0.22)))
    if label == MARK:
        _centred(paper, (_mark if free else _hand_mark)(rng, hand, high, wide))
    elif label == SPOILT and rng.random() < 0.72:
        _centred(paper, (_ruined if free else _hand_ruined)(rng, hand, high, wide))
    marked = paper.any()
    beside, came_in = _neighbours(rng, paper, hand, free, run_in=label == SPOILT and not marked)
    np.maximum(paper, beside, out=paper)
    np.maximum(own, penned(rng, paper) if free else paper, out=own)
    return label if marked else SPOILT if came_in else NOTHING


def _centred(paper: Ink, canvas: Ink, dx: float = 0, dy: float = 0) -> None:
    """A mark's canvas onto the paper, middle on middle or so many millimetres beside it."""
    lay(paper, canvas, canvas.shape[0] / SCALE, paper.shape[1] / SCALE / 2 + dx, paper.shape[0] / SCALE / 2 + dy)


def _neighbours(rng: Generator, paper: Ink, hand: Hand, free: bool, run_in: bool) -> tuple[Ink, bool]:
    """What the marks of boxes around this one leave here; whether one of them comes far into it, as ``run_in`` asks for."""
    beside, came_in = np.zeros_like(paper), False
    runs = int(rng.integers(4)) if run_in else None
    for side in range(4):
        if side != runs and rng.random() > 0.3:
            continue
        for _ in range(12 if side == runs else 3):
            one, depth = _neighbour(
                rng, paper, hand, free, side, rng.uniform(-1.5, 0.8) if side == runs else rng.uniform(0, 4)
            )
            if (depth > 0.8) if side == runs else (depth < 0.05):
                np.maximum(beside, one, out=beside)
                came_in = came_in or side == runs
                break
    return beside, came_in


def _neighbour(rng: Generator, paper: Ink, hand: Hand, free: bool, side: int, gap: float) -> tuple[Ink, float]:
    """A mark in the box beside, ``gap`` millimetres away, and how many square millimetres of it are deep in this one."""
    high, wide = (length / SCALE - 2 * AROUND for length in paper.shape)
    one = np.zeros_like(paper)
    across, down = ((-1, 0), (1, 0), (0, -1), (0, 1))[side]
    _centred(one, (_mark if free else _hand_mark)(rng, hand, high, wide), across * (wide + gap), down * (high + gap))
    edge = [round((AROUND + DEEP * side) * SCALE) for side in (high, wide)]
    return one, float((one[edge[0] : -edge[0], edge[1] : -edge[1]] > 0.2).sum()) / SCALE**2


def _hand_mark(rng: Generator, hand: Hand, high: float, wide: float) -> Ink:
    way = None if rng.random() < 0.4 else str(rng.choice(MARKS))
    return from_canvas(hand.marked(rng, (round(wide * PER_MM), round(high * PER_MM)), way))


def _hand_ruined(rng: Generator, hand: Hand, high: float, wide: float) -> Ink:
    cell = (round(wide * PER_MM), round(high * PER_MM))
    over = hand.strike if rng.random() < 0.5 else hand.scribble
    return from_canvas(np.maximum(hand.marked(rng, cell), over(rng, cell)))


def _mark(rng: Generator, hand: Hand, high: float, wide: float) -> Ink:
    """A tick, cross, line, ring in or around the box, or a box blackened, on paper of twice the box's size."""
    canvas = blank(2 * high, 2 * wide)
    kind = rng.random()
    across, down = wide * (1 + rng.normal(0, 0.07)), high * (1 + rng.normal(0, 0.07))
    if kind < 0.6:
        ink = strokes.tick(rng)
        tall = high * rng.uniform(0.4, 1.15)
        lay(canvas, ink, min(tall, 1.25 * wide * ink.shape[0] / ink.shape[1]), across, down)
    elif kind < 0.88:
        ink = strokes.circle(rng)
        size = rng.uniform(0.5, 1) if rng.random() < 0.45 else rng.uniform(1.05, 1.55)
        tall = size * high
        lay(canvas, ink, min(tall, size * wide * ink.shape[0] / ink.shape[1]), across, down)
    else:
        _blacken(rng, canvas, high, wide)
    return canvas


def _blacken(rng: Generator, canvas: Ink, high: float, wide: float) -> None:
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


def _ruined(rng: Generator, hand: Hand, high: float, wide: float) -> Ink:
    """A mark struck out by lines, or scribbled over."""
    canvas = _mark(rng, hand, high, wide) if rng.random() < 0.82 else blank(2 * high, 2 * wide)
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
