"""Red seals and received stamps over what is printed and written."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator

from bench.ocr import sources
from bench.ocr.ink import PER_MM, Ink, blank, laid
from bench.ocr.writing import Pixels, lay

RED = (206, 40, 44)
FACE = "ipamjm.ttf"


def seal(pixels: Pixels, rng: Generator, x: float, y: float, name: str, size: float | None = None) -> None:
    """A round seal with a surname, its middle at these millimetres; 9 to 15 mm wide."""
    side = round((size or float(rng.uniform(9, 14))) * PER_MM)
    ink = blank((side, side))
    cv2.circle(ink, (side // 2, side // 2), side // 2 - 5, 1.0, 5, cv2.LINE_AA)
    high = round(side * (0.34 if len(name) == 2 else 0.7 / max(1, len(name))))
    for n, letter in enumerate(name):
        part = cv2.resize(sources.letters(FACE, letter), (round(min(high, side * 0.36)), high))
        laid(
            ink,
            np.asarray(part, np.float32),
            side // 2 - part.shape[1] // 2,
            round(side / 2 + (n - len(name) / 2) * high),
        )
    _press(pixels, rng, ink, x, y)


def received(pixels: Pixels, rng: Generator, x: float, y: float) -> None:
    """A stamp of the office: a frame of 38 × 14 mm, 受付 and a day."""
    size = (round(38 * PER_MM), round(14 * PER_MM))
    ink = blank(size)
    cv2.rectangle(ink, (4, 4), (size[0] - 5, size[1] - 5), 1.0, 6)
    words = f"受付 8.{int(rng.integers(4, 12))}.{int(rng.integers(1, 29))}"
    text = sources.letters(FACE, words)
    text = np.asarray(cv2.resize(text, (round(size[0] * 0.84), round(size[1] * 0.55))), np.float32)
    laid(ink, text, round(size[0] * 0.08), round(size[1] * 0.22))
    _press(pixels, rng, ink, x, y)


def _press(pixels: Pixels, rng: Generator, ink: Ink, x: float, y: float) -> None:
    """Pressed a little askew, unevenly inked."""
    height, width = ink.shape
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.normal(0, 6)), 1)
    turned = cv2.warpAffine(ink, turn, (width, height))
    patchy = cv2.resize(rng.uniform(0.5, 1, (6, 6)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    lay(
        pixels,
        np.clip(turned * patchy, 0, 0.95).astype(np.float32),
        round(x * PER_MM - width / 2),
        round(y * PER_MM - height / 2),
        RED,
    )
