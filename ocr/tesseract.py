"""Tesseract as a text engine: all lines of a page below each other in one picture, so that it starts only once."""

from __future__ import annotations

import csv
import importlib
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from PIL import Image

from ocr.lines import Line

LANGUAGE = "jpn"
CONFIG = "-c tessedit_create_tsv=1 --oem 1 --psm 6 -c preserve_interword_spaces=1 -c invert_threshold=0"
"""A table of words; its neural reader; the picture is one block of lines; what it doubts is not read again as white on black."""

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
        """The text line by line. ``image_to_data`` is not asked: it would start the program once more for its version."""
        sheet, bands = montage(lines)
        sheet.format = "PPM"  # how it is handed over: packing it as PNG would take longer than a line takes to read
        table = pytesseract.run_and_get_output(sheet, "tsv", LANGUAGE, CONFIG)
        return by_line(csv.DictReader(table.split("\n"), delimiter="\t", quoting=csv.QUOTE_NONE), bands)


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


def by_line(words: Iterable[Mapping[str, str]], bands: Sequence[tuple[int, int]]) -> list[Line]:
    """Words put into the line in whose band their middle lies; a line's confidence is that of its letters on average."""
    found: list[list[tuple[str, float]]] = [[] for _ in bands]
    for row in words:
        sure, middle = float(row["conf"]), int(row["top"]) + int(row["height"]) / 2
        word = (row["text"] or "").strip()  # the last row may end before it
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
