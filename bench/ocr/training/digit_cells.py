"""Cells for one digit as they come, with what a reader should say of them."""

from __future__ import annotations

from dataclasses import fields

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench.ocr.hands import Hand, draw_hand
from bench.ocr.ink import PER_MM, Ink
from bench.ocr.sources import Kind, Split
from bench.ocr.training import optdigits, pens, strokes
from bench.ocr.training.paper import AROUND, Scan, lay, penned, ruled
from ocr.looking.cells import SCALE, digit_patch
from ocr.marks import BLANK, OTHER

BY_HAND = 0.4
"""The part of the train split's cells that the corpus's hands fill in; of the other splits they do all."""

THIRTY = 0.7
"""The part of the train split's real hands whose digits are by the thirty writers who are no hands of the corpus."""

OVER = 0.7
"""How many millimetres a digit may reach over the edge of its box."""


def digit_cells(
    rng: Generator, count: int, split: Split, kind: Kind | None = None
) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Patches (count × 28 × 28, 255 for ink) and their classes; about three quarters are digits.

    ``kind``: of the hands that wrote them; None: any.
    """
    patches: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    while len(labels) < count:
        apart = (0.0 if rng.random() < 0.7 else rng.uniform(0.5, 4), rng.uniform(0.8, 4))
        sheet = ruled(rng, rng.uniform(5.5, 8.2), rng.uniform(6.2, 9), apart)
        said = [_fill(rng, sheet.own(cell), split, kind) for cell in sheet.cells]
        scan = Scan(rng, sheet)
        for cell, label in zip(sheet.cells, said, strict=True):
            if not scan.vanished(cell):
                patches.append(np.round(digit_patch(scan.digit(cell)) * 255).astype(np.uint8))
                labels.append(label)
    return np.stack(patches[:count]), np.array(labels[:count], np.int64)


def _fill(rng: Generator, own: Ink, split: Split, kind: Kind | None) -> int:
    """Writes into one cell; its class."""
    label = (int(rng.integers(10)), OTHER, BLANK)[rng.choice(3, p=(0.74, 0.18, 0.08))]
    paper = np.zeros_like(own)
    by_hand = split is not Split.TRAIN or rng.random() < BY_HAND
    if label == BLANK:
        return label
    if by_hand:
        _by_hand(rng, paper, any_hand(rng, split, kind), label)
    elif label == OTHER:
        OTHERS[rng.choice(len(OTHERS), p=ODDS)](rng, paper)
    else:
        _digit(rng, paper, pens.digit(rng, label))
    np.maximum(own, paper if by_hand else penned(rng, paper), out=own)
    return label


def any_hand(rng: Generator, split: Split, kind: Kind | None = None) -> Hand:
    """One of the corpus's hands by chance, or among those that teach one of the thirty."""
    hand = draw_hand(split, rng, kind, faint=bool(rng.random() < 0.15))
    if split is Split.TRAIN and hand.kind is Kind.REAL and rng.random() < THIRTY:
        return optdigits.AnyOfThirty(*(getattr(hand, each.name) for each in fields(hand)))
    return hand


def _by_hand(rng: Generator, paper: Ink, hand: Hand, label: int) -> None:
    """What one of the corpus's hands writes into the cell."""
    across, down, wide, high = _middle(rng, paper, 0)
    cell = (round(wide * PER_MM), round(high * PER_MM))
    canvas = hand.no_digit(rng, cell) if label == OTHER else hand.written(str(label), rng, cell)
    lay(paper, canvas, 2 * high, across, down)


def _middle(rng: Generator, paper: Ink, spread: float = 0.08) -> tuple[float, float, float, float]:
    """Somewhere near the middle, across and down, and the box's width and height; all in millimetres."""
    high, wide = (side / SCALE - 2 * AROUND for side in paper.shape)
    return AROUND + wide * (0.5 + rng.normal(0, spread)), AROUND + high * (0.5 + rng.normal(0, spread)), wide, high


def _height(rng: Generator, ink: Ink, wide: float, high: float, least: float = 0.38, most: float = 1.0) -> float:
    """How high a mark is written into a cell: as a person's habit is, but not much wider than the cell."""
    return min(high * rng.uniform(least, most), float(1.05 * wide * ink.shape[0] / ink.shape[1]))


def _digit(rng: Generator, paper: Ink, ink: Ink) -> None:
    """A digit, hardly ever more than a sliver over the box's edge."""
    across, down, wide, high = _middle(rng, paper)
    tall = _height(rng, ink, wide, high)
    places = []
    for at, side, half in ((across, wide, tall * ink.shape[1] / ink.shape[0] / 2), (down, high, tall / 2)):
        first, last = AROUND + half - OVER, AROUND + side - half + OVER
        places.append(float(np.clip(at, min(first, last), max(first, last))))
    lay(paper, ink, tall, *places)


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
