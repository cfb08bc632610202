"""Reads boxes for one digit each."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.looking import net
from ocr.looking.cells import SIDE
from ocr.marks import OTHER

DOUBTFUL = 0.99
"""A box of which the reader gives no symbol as much is looked at again, slanted to the right and to the left: writers slant
more differently than those it was taught by, and what is a digit stays one.
"""

SLANTS = (0.15, -0.15)
"""How far its top goes aside, of its height."""


def read_digits(patches: NDArray[np.float32]) -> NDArray[np.float32]:
    """For each of n patches (n × 28 × 28, as ``digit_patch`` makes them) twelve probabilities: ``ocr.marks.Digit``.

    They are calibrated, but overwritten digits may look sure all the same: accept a number only when a second fact
    agrees. ValueError where patches have another shape.
    """
    reader = net.loaded("digits", OTHER + 1, SIDE)
    odds = reader.read(patches)
    doubtful = np.flatnonzero(odds.max(axis=1) < DOUBTFUL)
    if doubtful.size:
        looks = [odds[doubtful], *(reader.read(_slanted(patches[doubtful], slant)) for slant in SLANTS)]
        odds[doubtful] = np.mean(looks, axis=0)
    return odds


def _slanted(patches: NDArray[np.float32], slant: float) -> NDArray[np.float32]:
    middle = (SIDE - 1) / 2
    to = np.array([[1, slant, -slant * middle], [0, 1, 0]], np.float32)
    return np.stack([cv2.warpAffine(patch, to, (SIDE, SIDE), flags=cv2.INTER_LINEAR) for patch in patches])
