"""Reads boxes for one digit each."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ocr.looking import net
from ocr.looking.cells import SIDE
from ocr.marks import OTHER


def read_digits(patches: NDArray[np.float32]) -> NDArray[np.float32]:
    """For each of n patches (n × 28 × 28, as ``digit_patch`` makes them) twelve probabilities: ``ocr.marks.Digit``.

    They are calibrated, but overwritten digits may look sure all the same: accept a number only when a second fact
    agrees. ValueError where patches have another shape.
    """
    return net.loaded("digits", OTHER + 1, SIDE).read(patches)
