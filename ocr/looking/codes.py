"""The QR code of a straightened sheet."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

import cv2
import numpy as np

from brigade.forms.sheet_code import SheetCode
from brigade.forms.template import Template
from ocr.looking.cells import SCALE
from ocr.looking.picture import Gray

BESIDE = 2
"""Millimetres cut around the place of the code."""


def sheet_code(page: Gray, template: Template) -> SheetCode | None:
    """What the code of a page says (``SCALE`` pixels to the millimetre); None where there is none that is ours."""
    if template.code_at is None:
        return None
    x, y, w, h = template.code_at
    top, left = max(0, round((y - BESIDE) * SCALE)), max(0, round((x - BESIDE) * SCALE))
    return read_code(page[top : round((y + h + BESIDE) * SCALE), left : round((x + w + BESIDE) * SCALE)])


def read_code(gray: Gray) -> SheetCode | None:
    """The first code of ours in a grey, tried as it is, larger, and in black and white.

    On some sheets, clean ones too (6 of 1,400), the first detector sees no code in any of these. The second one looks for
    the corners in another way.
    """
    detectors = cv2.QRCodeDetector(), cv2.QRCodeDetectorAruco()
    for attempt in _attempts(gray):
        for detector in detectors:
            try:
                said, _, _ = detector.detectAndDecode(attempt)
            except cv2.error:  # it stumbles over some smears
                continue
            with suppress(ValueError):
                return SheetCode.read(said)
    return None


def _attempts(gray: Gray) -> Iterator[Gray]:
    yield gray
    large = cv2.resize(gray, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    yield np.asarray(large, np.uint8)
    for sigma in (1.0, 2.5):
        soft = cv2.GaussianBlur(large, (0, 0), sigma)
        yield np.asarray(cv2.threshold(soft, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)[1], np.uint8)
    even = cv2.adaptiveThreshold(soft, 255, cv2.ADAPTIVE_THRESH_GAUSSIAN_C, cv2.THRESH_BINARY, 61, 5)
    yield np.asarray(even, np.uint8)
