"""Reads boxes to tick, one by one; what the boxes of a field mean together is ``ocr/reading/ticks.py``'s."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ocr.looking import net
from ocr.looking.cells import TICK_SIDE
from ocr.marks import SPOILT


def read_ticks(patches: NDArray[np.float32]) -> NDArray[np.float32]:
    """For each of n patches (n × 32 × 32, as ``tick_patch`` makes them) three probabilities: ``ocr.marks.Tick``.

    A ring drawn around the box is a mark as good as a tick in it. ValueError where patches have another shape.
    """
    return net.loaded("ticks", SPOILT + 1, TICK_SIDE).read(patches)
