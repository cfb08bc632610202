"""Boxes to tick that were blackened. An even black box is a mark; one that was struck out or scribbled over besides is none,
and once the frame is taken out both look alike. What was drawn over the black reaches beyond the frame.
"""

from __future__ import annotations

import cv2
import numpy as np

from ocr.looking.cells import FAINT
from ocr.looking.picture import Gray
from ocr.marks import MARK, NOTHING, SPOILT, Tick

BLACK = 0.5
"""From this share of ink a box is blackened; heavy ticks and rings cover less."""

UNEVEN = 0.2
"""A blackened box that may be spoilt with more than this probability is looked at by a person, whatever its frame shows. Of
333 black boxes of the calibrating hands that had been struck out or scribbled over one had less and an untouched frame,
of 612 others 226.
"""

OUTSIDE = 3
"""Pixels from the edge of a box to where its frame and what is blurred of it have ended."""

CROSSES = 0.25
"""How much darker than the rest of a side its darkest place is where a stroke crosses it; 1 is the ink of the box."""


def is_even(seen: Gray, beside: int, ink: float) -> bool:
    """Whether a box is blackened and nothing crosses its frame. ``seen`` is the box as the page shows it, ``beside`` pixels
    more on every side; ``ink`` the share of it that is written on.
    """
    if ink < BLACK:
        return False
    dark = np.asarray(255 - seen, np.uint8)
    full = max(float(np.percentile(dark[beside:-beside, beside:-beside], 80)), float(FAINT))
    return not any(_darkest(side) > CROSSES * full for side in _sides(dark, beside))


def _sides(dark: Gray, beside: int) -> list[Gray]:
    """A line just outside of each of the four sides of the box, from corner to corner."""
    before, behind = beside - OUTSIDE, OUTSIDE - beside - 1
    across, down = dark[:, beside:-beside], dark[beside:-beside]
    return [across[before], across[behind], down[:, before], down[:, behind]]


def _darkest(side: Gray) -> float:
    """By how much the darkest place of a line, a stroke wide, is darker than most of it."""
    smooth = cv2.blur(side.astype(np.float32).reshape(1, -1), (3, 1))
    return float(smooth.max() - np.percentile(smooth, 30))


def blackened(tick: Tick) -> Tick:
    """What the reader says of an even black box, which it takes for a spoilt one as easily as for a mark: a mark, if it is
    not clearly spoilt.
    """
    if tick[SPOILT] > UNEVEN:
        return tick
    return (tick[NOTHING], tick[MARK] + tick[SPOILT], 0.0)
