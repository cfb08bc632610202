"""Marks that were struck out. Two level lines through a mark are how one corrects by hand in Japan; drawn so close that
they run together they are one, and the reader of ticks takes a tick with one more stroke for a tick.
"""

from __future__ import annotations

import cv2
import numpy as np

from ocr.looking.cells import HALF, RING, SCALE, written
from ocr.looking.picture import Gray
from ocr.marks import MARK, NOTHING, SPOILT, Tick

LENGTH = 1.0
"""Of the shorter side of a box: a level stroke that long is no part of a tick, a cross or a ring in it."""

MIDDLE = 0.2
"""How far above and below the middle of a box, as a share of its height, it is struck through."""

SLOPES = tuple(n / 50 for n in range(-8, 9, 2))
"""By how much a line may fall on its length and still be meant level: nine degrees."""

GAP = SCALE // 2
"""Pixels of a stroke that a pencil's grain or a printed line may have taken away."""


def is_struck(cut: Gray) -> bool:
    """Whether a level stroke runs through the middle of a box, which was cut with ``RING`` pixels around it."""
    high, wide = (side - 2 * RING for side in cut.shape)
    length = round(LENGTH * min(high, wide))
    mask = (written(cut)[0] >= HALF).astype(np.uint8)  # a fold or a shadow is paler than the mark
    if np.count_nonzero(mask.any(axis=0)) < length:
        return False
    reach = round(MIDDLE * high)
    top, bottom = cut.shape[0] // 2 - reach, cut.shape[0] // 2 + reach + 1
    middle = cut.shape[1] / 2
    line = np.ones((1, length), np.uint8)
    for slope in SLOPES:
        turned = cv2.warpAffine(
            mask, np.array([[1, 0, 0], [slope, 1, -slope * middle]]), cut.shape[::-1], flags=cv2.INTER_NEAREST
        )
        joined = cv2.morphologyEx(turned[top:bottom], cv2.MORPH_CLOSE, np.ones((1, GAP), np.uint8))
        if cv2.erode(joined, line, borderValue=0).any():
            return True
    return False


def as_struck(tick: Tick) -> Tick:
    """What the reader of ticks took for a mark is a spoilt one."""
    return (tick[NOTHING], 0.0, tick[MARK] + tick[SPOILT])
