"""Boxes to tick that were blackened. An even black box is a mark; one that was struck out or scribbled over besides is none,
and once the frame is taken out both look alike. What was drawn over the black shows beside it, on the frame and beyond.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.looking import net
from ocr.looking.cells import RING, Patch, written
from ocr.looking.picture import Gray
from ocr.marks import NOTHING, Tick

BLACK = 0.5
"""From this share of ink a box is blackened; heavy ticks and rings cover less."""

SIDE = 40
"""Pixels of a patch's side."""

BESIDE = 10
"""Pixels of the page around the box that a patch shows: a millimetre and a quarter, within which strokes stick out that were
drawn over the black, and little else is printed.
"""

CAUTION = 1.7
"""How many times likelier something was drawn over the black than the reader says. Of 629 black boxes of the calibrating
hands 603 are marks so, and of 243 that had been struck out or scribbled over none; at its word it would be 610 and 2.
"""

PLAIN, OVER = 0, 1
"""Classes of a black box: nothing but black, something drawn over it."""


def black_patch(seen: Gray) -> Patch:
    """40 × 40, paper 0 and ink 1, of the box as the page shows it with its frame; ``seen`` has ``RING`` pixels around it."""
    off = RING - BESIDE
    ink, _ = written(seen[off:-off, off:-off])
    return np.asarray(cv2.resize(ink, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.float32)


def read_blacks(patches: NDArray[np.float32]) -> NDArray[np.float32]:
    """For each of n patches (n × 40 × 40) the probabilities of ``PLAIN`` and ``OVER``. ValueError for another shape."""
    return net.loaded("black", OVER + 1, SIDE).read(patches)


def blackened(tick: Tick, black: tuple[float, ...]) -> Tick:
    """What the reader of ticks says of a black box, of which it cannot tell marks from spoilt ones: that is told by what
    the page shows around it.
    """
    even, uneven = black[PLAIN], CAUTION * black[OVER]
    mark = (1 - tick[NOTHING]) * even / (even + uneven)
    return (tick[NOTHING], mark, 1 - tick[NOTHING] - mark)
