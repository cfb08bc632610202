"""Boxes that were blackened, and such ones that were struck out or scribbled over besides, as the page shows them with
their frame.
"""

from __future__ import annotations

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench.ocr.hands import MARKS, draw_hand
from bench.ocr.ink import PER_MM, Ink
from bench.ocr.sources import Split
from bench.ocr.training import strokes
from bench.ocr.training.paper import AROUND, Scan, blank, from_canvas, lay, penned, ruled
from bench.ocr.training.tick_cells import blacken, centred
from ocr.looking.black import BLACK, OVER, PLAIN, black_patch
from ocr.looking.cells import RING, SCALE

SHOWS = 1.0
"""Square millimetres of what was drawn over the black that must lie beside it for anybody to see that it was."""


def black_cells(rng: Generator, count: int, split: Split) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Patches (count × 40 × 40, 255 for ink) and their classes. Only the train split has marks by imagined pens."""
    patches: list[NDArray[np.uint8]] = []
    labels: list[int] = []
    while len(labels) < count:
        wide = rng.uniform(4.5, 8.5)
        high = wide if rng.random() < 0.6 else rng.uniform(4, 8.5)
        sheet = ruled(rng, wide, high, (rng.uniform(0.8, 9), rng.uniform(0.8, 6)))
        said = [_written(rng, sheet.own(cell), split) for cell in sheet.cells]
        scan = Scan(rng, sheet)
        for cell, label in zip(sheet.cells, said, strict=True):
            if label is not None and scan.ink(cell, RING) >= BLACK:
                patch = np.round(black_patch(scan.seen(cell, RING)) * 255).astype(np.uint8)
                patches += [patch, patch[::-1], patch[:, ::-1], patch[::-1, ::-1]]  # black is black either way round
                labels += [label] * 4
    return np.stack(patches[:count]), np.array(labels[:count], np.int64)


def _written(rng: Generator, own: Ink, split: Split) -> int | None:
    """Blackens a box, in two of five draws over it; its class, None where nobody could say."""
    high, wide = (side / SCALE - 2 * AROUND for side in own.shape)
    free = split is Split.TRAIN and rng.random() < 0.5
    black, over = (_imagined if free else _by_hand)(rng, high, wide, split)
    label = PLAIN
    if rng.random() < 0.4:
        black, beside = np.maximum(black, over), float(((over > 0.15) & (black <= 0.15)).sum()) / SCALE**2
        label = OVER
        if beside < SHOWS:
            return None
    centred(own, black)
    if free:
        own[:] = penned(rng, own)
    return label


def _by_hand(rng: Generator, high: float, wide: float, split: Split) -> tuple[Ink, Ink]:
    """A mark by a hand of the corpus, mostly black, and what it would strike it out with."""
    hand, cell = draw_hand(split, rng, faint=bool(rng.random() < 0.12)), (round(wide * PER_MM), round(high * PER_MM))
    way = "filled" if rng.random() < 0.9 else str(rng.choice(MARKS))
    over = hand.strike if rng.random() < 0.6 else hand.scribble
    return from_canvas(hand.marked(rng, cell, way)), from_canvas(over(rng, cell))


def _imagined(rng: Generator, high: float, wide: float, _: Split) -> tuple[Ink, Ink]:
    """The same by an imagined pen; what is drawn over it may be a blot as well."""
    black, over = blank(2 * high, 2 * wide), blank(2 * high, 2 * wide)
    blacken(rng, black, high, wide)
    kind = rng.random()
    if kind < 0.5:
        ink = strokes.lines(rng, int(rng.choice((1, 2, 2, 3))))
        size = rng.uniform(1.1, 1.8) * max(wide, high)
        lay(over, ink, size * ink.shape[0] / max(ink.shape), wide + rng.normal(0, 0.3), high + rng.normal(0, 0.4))
    elif kind < 0.9:
        ink = strokes.scribble(rng)
        lay(over, ink, min(high * rng.uniform(0.8, 1.4), 1.6 * wide * ink.shape[0] / ink.shape[1]), wide, high)
    else:
        ink = np.ones((8, 8), np.float32)
        lay(over, ink, rng.uniform(1, 2.2) * high, wide * rng.uniform(0.7, 1.3), high * rng.uniform(0.7, 1.3))
    return black, over
