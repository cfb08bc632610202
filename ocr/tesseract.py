"""Tesseract as a text engine: all lines of a page below each other in one picture, so that it starts only once."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from PIL import Image

from ocr.engine import Line

LANGUAGE = "jpn"
CONFIG = "--oem 1 --psm 6 -c preserve_interword_spaces=1"
"""Its neural reader; the picture is one block of lines."""

MARGIN, GAP = 24, 28
"""White around the lines and between two of them, in pixels."""

LEAST_SIDE = 4


def _without_numpy(name: str) -> Any:
    """A module that uses NumPy where there is any and does without it otherwise. Pictures are given as Pillow has them, and
    this process lives for one page: loading NumPy is a fifth of what its text costs.
    """
    if "numpy" in sys.modules:
        return importlib.import_module(name)
    sys.modules["numpy"] = None  # type: ignore[assignment]  # as if it was not installed
    try:
        return importlib.import_module(name)
    finally:
        del sys.modules["numpy"]


pytesseract = _without_numpy("pytesseract")


class Tesseract:
    """Raises what pytesseract raises, such as for language data that is not installed."""

    def read(self, lines: Sequence[Image.Image]) -> list[Line]:
        """The text line by line."""
        sheet, bands = montage(lines)
        words = pytesseract.image_to_data(sheet, LANGUAGE, CONFIG, output_type=pytesseract.Output.DICT)
        return by_line(words, bands)


def montage(lines: Sequence[Image.Image]) -> tuple[Image.Image, list[tuple[int, int]]]:
    """One grey picture of all lines, and for each from where to where downwards it has what lies there."""
    width = max(line.width for line in lines) + 2 * MARGIN
    height = MARGIN + sum(line.height + GAP for line in lines)
    sheet, bands, top = Image.new("L", (width, height), 255), [], MARGIN
    for line in lines:
        if min(line.size) >= LEAST_SIDE:
            sheet.paste(line, (MARGIN, top))
        bands.append((top - GAP // 2, top + line.height + GAP // 2))
        top += line.height + GAP
    return sheet, bands


def by_line(words: Mapping[str, Sequence[object]], bands: Sequence[tuple[int, int]]) -> list[Line]:
    """Words put into the line in whose band their middle lies; a line's confidence is that of its letters on average."""
    found: list[list[tuple[str, float]]] = [[] for _ in bands]
    for text, confidence, top, height in zip(words["text"], words["conf"], words["top"], words["height"], strict=False):
        sure, middle = float(str(confidence)), float(str(top)) + float(str(height)) / 2
        word = str(text).strip()
        place = next((n for n, (start, end) in enumerate(bands) if start <= middle < end), None)
        if word and sure >= 0 and place is not None:
            found[place].append((word, sure / 100))
    return [_joined(parts) for parts in found]


def _joined(parts: Sequence[tuple[str, float]]) -> Line:
    letters = sum(len(word) for word, _ in parts)
    if not letters:
        return Line("", 0.0)
    text = ""
    for word, _ in parts:  # Japanese has no spaces; what is Latin on both sides keeps one
        text += f" {word}" if text[-1:].isascii() and text and word[0].isascii() else word
    return Line(text, sum(len(word) * sure for word, sure in parts) / letters)
