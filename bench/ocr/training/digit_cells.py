"""Cells for one digit as they come, with what a reader should say of them."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench.ocr.hands import Hand, draw_hand
from bench.ocr.sources import Kind, Split
from bench.ocr.training import pens, strokes
from bench.ocr.training.paper import PER_MM, Gray, Ink, blank, box_remains, dirt, lay, scanned, vanished
from ocr.cells import SCALE, SIDE, digit_patch
from ocr.marks import BLANK, OTHER

EDGE = 0.0
"""How many millimetres of paper around its box a cell comes with."""

BY_HAND = 0.4
"""The part of the train split's cells that the corpus's hands fill in; of the other splits they do all."""


def digit_cells(
    rng: Generator, count: int, split: Split, kind: Kind | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Patches (count × 28 × 28, 255 for ink) and their classes; about three quarters are digits."""
    patches, labels = np.zeros((count, SIDE, SIDE), np.uint8), np.zeros(count, np.int64)
    for n in range(count):
        gray, labels[n] = digit_cell(rng, split, kind)
        patches[n] = np.round(digit_patch(gray) * 255)
    return patches, labels


def digit_cell(rng: Generator, split: Split, kind: Kind | None = None) -> tuple[Gray, int]:
    """One cell and what is in it. ``kind``: of the hands; None: any."""
    while True:
        gray, ink, label = _drawn(rng, split, kind)
        if not vanished(gray, ink):
            return gray, label


def _drawn(rng: Generator, split: Split, kind: Kind | None) -> tuple[Gray, Ink, int]:
    """A cell, its ink alone, and its class."""
    what = rng.choice(3, p=(0.74, 0.18, 0.08))
    label = (int(rng.integers(10)), OTHER, BLANK)[what]
    high, wide = rng.uniform(6.2, 9), rng.uniform(5.2, 8.2)
    paper = blank(high, wide)
    under, gone = box_remains(rng, paper, EDGE)
    dirt(rng, under)
    by_hand = split is not Split.TRAIN or rng.random() < BY_HAND
    if by_hand:
        _by_hand(rng, paper, draw_hand(split, rng, kind, faint=bool(rng.random() < 0.15)), label)
    elif label == OTHER:
        OTHERS[rng.choice(len(OTHERS), p=ODDS)](rng, paper)
    elif label != BLANK:
        _digit(rng, paper, pens.digit(rng, label))
    if rng.random() < (0.12 if label != BLANK else 0.3):
        _neighbour(rng, paper, split)
    return scanned(rng, paper, under, gone, dark=1.0 if by_hand else None), paper, label


def _by_hand(rng: Generator, paper: Ink, hand: Hand, label: int) -> None:
    """What one of the corpus's hands writes into the cell."""
    if label == BLANK:
        return
    cell = (round(paper.shape[1] * PER_MM / SCALE), round(paper.shape[0] * PER_MM / SCALE))
    canvas = hand.no_digit(rng, cell) if label == OTHER else hand.written(str(label), rng, cell)
    high, wide = (side / SCALE for side in paper.shape)
    lay(paper, canvas, 2 * high, wide / 2, high / 2)


def _middle(rng: Generator, paper: Ink, spread: float = 0.08) -> tuple[float, float, float, float]:
    """Somewhere near the middle, across and down, and the cell's width and height; all in millimetres."""
    high, wide = (side / SCALE for side in paper.shape)
    return wide * (0.5 + rng.normal(0, spread)), high * (0.5 + rng.normal(0, spread)), wide, high


def _height(rng: Generator, ink: Ink, wide: float, high: float, least: float = 0.38, most: float = 1.0) -> float:
    """How high a mark is written into a cell: as a person's habit is, but not much wider than the cell."""
    return min(high * rng.uniform(least, most), 1.05 * wide * ink.shape[0] / ink.shape[1])


def _digit(rng: Generator, paper: Ink, ink: Ink) -> None:
    across, down, wide, high = _middle(rng, paper)
    tall = _height(rng, ink, wide, high)
    half = tall * ink.shape[1] / ink.shape[0] / 2  # hardly anybody writes over more than a sliver of the box's edge
    across = float(np.clip(across, min(half - 0.4, wide / 2), max(wide - half + 0.4, wide / 2)))
    down = float(np.clip(down, min(tall / 2 - 0.4, high / 2), max(high - tall / 2 + 0.4, high / 2)))
    lay(paper, ink, tall, across, down)


def _neighbour(rng: Generator, paper: Ink, split: Split) -> None:
    """The edge of what stands in the next cell."""
    high, wide = (side / SCALE for side in paper.shape)
    ink = pens.digit(rng, int(rng.integers(10)), split)
    tall = _height(rng, ink, wide, high)
    half = tall * ink.shape[1] / ink.shape[0] / 2
    reach = rng.uniform(0.05, 0.6)
    lay(paper, ink, tall, rng.choice((reach - half, wide + half - reach)), high * (0.5 + rng.normal(0, 0.08)))


def _scribble(rng: Generator, paper: Ink) -> None:
    across, down, wide, high = _middle(rng, paper)
    ink = strokes.scribble(rng)
    lay(paper, ink, _height(rng, ink, wide, high, 0.3), across, down)


def _struck(rng: Generator, paper: Ink) -> None:
    """A digit with one to three lines or a zigzag through it that reach past it on both sides."""
    ink = pens.digit(rng, int(rng.integers(10)))
    across, down, wide, high = _middle(rng, paper, 0.05)
    tall = _height(rng, ink, wide, high, 0.45, 0.9)
    if rng.random() < 0.88:
        lay(paper, ink, tall, across, down)
    elif rng.random() < 0.5:  # a row of empty boxes struck out
        lay(paper, strokes.lines(rng, 2, rng.normal(0, 0.06)), high * rng.uniform(0.1, 0.35), across, down)
        return
    broad = tall * ink.shape[1] / ink.shape[0]
    if rng.random() < 0.75:
        through = strokes.lines(rng)
    else:
        through = strokes.scribble(rng, int(rng.integers(3, 7)))
    size = max(broad, 0.4 * tall) * rng.uniform(1.15, 1.9)
    lay(
        paper,
        through,
        size * through.shape[0] / max(through.shape),
        across + rng.normal(0, 0.25),
        down + rng.normal(0, 0.3),
    )


def _over(rng: Generator, paper: Ink) -> None:
    """One digit written over another, of either of which a fair part sticks out: else it would be the other's picture."""
    for _ in range(20):
        across, down, wide, high = _middle(rng, paper, 0.05)
        tall = high * rng.uniform(0.45, 0.9)
        both = []
        for figure in rng.choice(10, 2, replace=False):
            one = np.zeros_like(paper)
            ink = pens.digit(rng, int(figure))
            size = min(tall * rng.uniform(0.85, 1.15), wide * ink.shape[0] / ink.shape[1])
            lay(one, ink, size, across + rng.normal(0, 0.3), down + rng.normal(0, 0.3))
            both.append(one)
        if all(_sticks_out(both[n], both[1 - n]) > 0.25 for n in (0, 1)):
            break
    np.maximum(paper, np.maximum(*both), out=paper)


def _sticks_out(ink: Ink, other: Ink) -> float:
    """The part of the ink that is not within half a millimetre of the other's."""
    near = cv2.dilate(other, np.ones((SCALE + 1, SCALE + 1), np.uint8)) > 0.5
    return float((ink[~near] > 0.5).sum() / max(1, (ink > 0.5).sum()))


def _two(rng: Generator, paper: Ink) -> None:
    """Two digits side by side in a box for one."""
    across, down, wide, high = _middle(rng, paper, 0.03)
    for side in (-1, 1):
        ink = pens.digit(rng, int(rng.integers(10)))
        tall = min(high * rng.uniform(0.4, 0.8), 0.52 * wide * ink.shape[0] / ink.shape[1])
        lay(paper, ink, tall, across + side * wide * rng.uniform(0.2, 0.27), down + rng.normal(0, 0.3))


def _sign(rng: Generator, paper: Ink) -> None:
    """Kanji, kana, letters and other signs that look like no digit."""
    ink = pens.sign(rng)
    across, down, wide, high = _middle(rng, paper)
    lay(paper, ink, _height(rng, ink, wide, high, 0.4), across, down)


def _tick(rng: Generator, paper: Ink) -> None:
    """A tick or a cross. (A ring is a nought, and one line upright a one.)"""
    ink = strokes.tick(rng)
    across, down, wide, high = _middle(rng, paper)
    lay(paper, ink, _height(rng, ink, wide, high, 0.3, 0.9), across, down)


OTHERS = (_scribble, _struck, _over, _two, _sign, _tick)
ODDS = (0.13, 0.24, 0.26, 0.13, 0.16, 0.08)
