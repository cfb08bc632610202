"""For who writes templates: a scan with every cell drawn over it, and the blank of a form out of a scan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import cv2
import numpy as np

from ocr.looking.blanks import Blank
from ocr.looking.cells import SCALE
from ocr.looking.cutting import in_pixels
from ocr.looking.frames import Frame, frames
from ocr.looking.picture import Gray, Picture, evened
from ocr.looking.registration import Placed, Refusal, registered

ASTRAY = 0.6
"""A frame that fits less well than this is shown to who writes the template; a reading takes less."""

PAPER = 230
"""What is lighter than this on a scan is the noise of bare paper."""

FITS, FITS_NOT = (0, 110, 0), (210, 0, 0)


@dataclass(frozen=True)
class Check:
    """How a form lies on a scan: ``quality`` of the whole; ``frames`` of its fields, the worst first; a PNG of the page
    with its cells, green where their printed surroundings fit.
    """

    quality: float
    turned: float
    frames: Mapping[str, Frame]
    png: bytes

    @property
    def astray(self) -> tuple[str, ...]:
        """Fields around which the lines do not lie where the template has them, the worst first."""
        return tuple(name for name, frame in self.frames.items() if frame.fit < ASTRAY)


def checked(picture: Picture, blank: Blank) -> Check | Refusal:
    """The form laid over a scan of it."""
    placed = _placed(picture, blank)
    if isinstance(placed, Refusal):
        return placed
    found = frames(placed.page, blank)
    page = cv2.cvtColor(placed.lay.straightened(picture, SCALE), cv2.COLOR_RGB2BGR)
    for field in blank.template.fields:
        fits = found[field.id].fit >= ASTRAY
        colour = (FITS if fits else FITS_NOT)[::-1]
        for n, cell in enumerate(field.cells):
            left, top, wide, high = in_pixels(cell)
            cv2.rectangle(page, (left, top), (left + wide, top + high), colour, 1 if fits else 3)
            if n == 0:
                cv2.putText(page, field.id, (left + 2, top + 12), cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1, cv2.LINE_AA)
    worst_first = sorted(found.items(), key=lambda item: item[1].fit)
    png = _png(np.asarray(page, np.uint8))
    return Check(placed.quality, placed.lay.turned, MappingProxyType(dict(worst_first)), png)


def blank_of_scan(picture: Picture, drawn: Blank) -> bytes | Refusal:
    """The blank of a form as a PNG, out of a scan of an empty one: laid where the template's own drawing has it."""
    placed = _placed(picture, drawn)
    if isinstance(placed, Refusal):
        return placed
    gray = evened(placed.lay.straightened(picture, SCALE), SCALE)
    return _png(np.where(gray > PAPER, 255, gray // 17 * 17).astype(np.uint8))


def _placed(picture: Picture, blank: Blank) -> Placed | Refusal:
    found = registered(picture, {(blank.template.code, blank.template.version): blank})
    return found if isinstance(found, Refusal) else found[0]


def _png(image: Picture | Gray) -> bytes:
    done, data = cv2.imencode(".png", image)
    assert done, "a page that is no picture"
    return data.tobytes()
