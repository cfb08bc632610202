"""From a box cut out of a straightened page to the small pictures that the readers know: one for a digit, one for a tick.

``digit_patch`` and ``tick_patch`` are the whole of what is done to a cell before it is read, in training as on a page.
Both take grey as bytes, paper 255 and ink dark, ``SCALE`` pixels to the millimetre, what was printed already taken out.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Gray = NDArray[np.uint8]
Patch = NDArray[np.float32]

SCALE = 8
"""Pixels to the millimetre of a straightened page."""

FAINT = 24
"""What is less dark than this is paper; hard pencil on a copy is about 50."""

SIDE, INNER = 28, 20
"""Of a digit's patch, and of the square in its middle that the digit fills."""

LEAST = 2.5 * SCALE
"""A mark smaller than this is not blown up to look like a digit."""

SPECK = 0.15 * SCALE * SCALE
"""Area in pixels up to which a spot by itself is dirt."""

HALF, BROAD = 0.5, 98
"""How dark the body of a stroke is at least, its darkest part being 1; and of its places, by how far they are from paper,
the per cent that its width is taken above.
"""

RING = 2 * SCALE
"""How far around a box to tick is looked: circles are drawn around it."""

TICK_SIDE, TICK_RING = 32, 6
"""Of a tick's patch, and how many of its pixels on every side are the ring."""


def digit_patch(gray_cell: Gray) -> Patch:
    """28 × 28, paper 0 and ink 1: the ink's own rectangle scaled to 20 × 20, its shape kept, in the middle.

    All 0 where nothing but specks is there. However faint, what is written becomes 1.
    """
    return digit_of(*written(gray_cell))


def digit_of(ink: Patch, mask: Gray) -> Patch:
    """The same from what ``written`` gives."""
    patch = np.zeros((SIDE, SIDE), np.float32)
    if not mask.any():
        return patch
    left, top, width, height = cv2.boundingRect(mask)
    ink = ink[top : top + height, left : left + width]
    scale = INNER / max(width, height, LEAST)
    width, height = (max(1, round(side * scale)) for side in (width, height))
    small = cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR)
    top, left = (SIDE - height) // 2, (SIDE - width) // 2
    patch[top : top + height, left : left + width] = small
    return patch


def broadest(ink: Patch) -> float:
    """The width in millimetres of the broadest stroke of what ``written`` gives, 0 where nothing is; a spot in it does not
    count.
    """
    body = (ink >= HALF).astype(np.uint8)
    if not body.any():
        return 0.0
    framed = cv2.copyMakeBorder(body, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    away = np.asarray(cv2.distanceTransform(framed, cv2.DIST_L2, 5), np.float32)
    return 2 * _above(away[away > 0], BROAD / 100) / SCALE


def _above(values: Patch, share: float) -> float:
    """As ``np.percentile``, which takes longer than all else that is done to a cell."""
    place = (len(values) - 1) * share
    low = int(place)
    ordered = np.partition(values, (low, min(low + 1, len(values) - 1)))
    here, after = float(ordered[low]), float(ordered[min(low + 1, len(values) - 1)])
    return here + (after - here) * (place - low)


def tick_patch(gray_area: Gray) -> Patch:
    """32 × 32, paper 0 and ink 1: the box, of any shape, in the middle 20 × 20, what is around it in the 6 at each side.

    ``gray_area`` is the box with ``RING`` pixels more on every side.
    """
    ink, mask = written(gray_area)
    if not mask.any():
        return np.zeros((TICK_SIDE, TICK_SIDE), np.float32)
    return _squeezed(_squeezed(ink).T).T


def _squeezed(ink: Patch) -> Patch:
    """Ring, box and ring from top to bottom each brought to its own share of the patch's rows."""
    rows, wide = (0, RING, len(ink) - RING, len(ink)), ink.shape[1]
    sizes = (TICK_RING, TICK_SIDE - 2 * TICK_RING, TICK_RING)
    parts = [
        cv2.resize(ink[top:end], (wide, size), interpolation=cv2.INTER_AREA)
        for top, end, size in zip(rows[:-1], rows[1:], sizes, strict=True)
    ]
    return np.vstack(parts).astype(np.float32)


def written(gray: Gray) -> tuple[Patch, Gray]:
    """Ink from 0 to 1 without specks, and where it is (1, else 0). Its darkest parts are 1, were it pencil or pen."""
    dark = cv2.bitwise_not(gray)
    mask = without_specks(np.asarray(cv2.threshold(dark, FAINT - 1, 1, cv2.THRESH_BINARY)[1], np.uint8))
    if not cv2.countNonZero(mask):
        return np.zeros(gray.shape, np.float32), mask
    inked = dark[mask > 0]
    nearly_all = len(inked) * 4 // 5
    full = max(float(np.partition(inked, nearly_all)[nearly_all]), 2.0 * FAINT)
    around = cv2.dilate(mask, np.ones((3, 3), np.uint8))  # a stroke's soft edge is below the threshold
    return np.minimum(dark * around / np.float32(full), 1, dtype=np.float32), mask


def without_specks(mask: Gray) -> Gray:
    """The mask (1 for ink) without spots smaller than ``SPECK``."""
    if not cv2.countNonZero(mask):
        return mask
    _, labels, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    keep = (stats[:, cv2.CC_STAT_AREA] >= SPECK).astype(np.uint8)
    keep[0] = 0
    return np.asarray(keep[labels], np.uint8)
