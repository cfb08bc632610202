"""The colours of a picture as one grey: paper white however it was lit or stained, ink dark, stamps gone.

A picture is bytes, height × width × 3, in the order red, green, blue. A grey is bytes, height × width, paper 255.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Gray = NDArray[np.uint8]

REACH = 9
"""Millimetres within which some paper must show; a larger dark patch is a shadow or a stain, not ink."""


def evened(picture: Picture, scale: float) -> Gray:
    """The grey of a picture with ``scale`` pixels to the millimetre: each colour by that of the paper around, then red.

    Vermilion is bright in the red channel, where pens and pencils are dark; what is left of it goes by how red it is.
    """
    flat = cv2.divide(picture, _paper(picture, scale), scale=255)
    red, green, blue = (cv2.extractChannel(flat, n) for n in range(3))  # a fifth of what cv2.split takes
    redness = cv2.subtract(red, cv2.max(green, blue))
    return np.asarray(cv2.add(red, redness), np.uint8)


def _paper(picture: Picture, scale: float) -> Picture:
    """What each place would look like with nothing on it, never quite black."""
    high, wide = picture.shape[:2]
    small = cv2.resize(
        picture, (max(2, round(wide / scale)), max(2, round(high / scale))), interpolation=cv2.INTER_AREA
    )
    reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (REACH, REACH))
    bare = cv2.morphologyEx(small, cv2.MORPH_CLOSE, reach)
    bare = np.maximum(cv2.blur(bare, (5, 5)), 1)
    return np.asarray(cv2.resize(bare, (wide, high), interpolation=cv2.INTER_LINEAR), np.uint8)


def strokes(gray: Gray, scale: float) -> NDArray[np.float32]:
    """How surely a thin dark stroke is at each place, 0 to 1. Broad dark patches are none."""
    dark = np.asarray(255 - gray, np.uint8)
    broad = cv2.morphologyEx(dark, cv2.MORPH_OPEN, np.ones((_odd(2.2 * scale),) * 2, np.uint8))
    thin = cv2.subtract(dark, broad)
    full = float(np.clip(np.percentile(thin[::3, ::3], 98) / 2, 40, 100))
    sure = np.clip((thin.astype(np.float32) - 12) / (full - 12), 0, 1)
    return np.asarray(cv2.GaussianBlur(sure, (3, 3), 0.7), np.float32)


def _odd(size: float) -> int:
    return int(size) // 2 * 2 + 1
