"""The way that suggests itself: Tesseract over the whole picture, words taken for the field in whose place they stand.

It knows where the fields are only if the picture is the page, edge to edge and upright.
"""

from __future__ import annotations

import os
import resource
from collections import Counter
from dataclasses import dataclass, field

import pytesseract
from PIL import Image

from bench.ocr.paper import Picture
from bench.ocr.sheets import Sheet
from brigade.forms.template import Field

SECONDS = 60
BEYOND = 1.0
"""Millimetres around a field where its words may stand as well."""


@dataclass(slots=True)
class Naive:
    """What came of it. ``right`` and ``fields`` by kind of field and hand; seconds of CPU of all pages."""

    pages: int = 0
    cpu: float = 0.0
    fields: Counter[tuple[str, str]] = field(default_factory=Counter)
    right: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, other: Naive) -> None:
        """Sums up."""
        self.pages += other.pages
        self.cpu += other.cpu
        self.fields += other.fields
        for key, count in other.right.items():  # += would drop what is 0
            self.right[key] += count

    def look(self, sheet: Sheet, picture: Picture) -> None:
        """Reads one page and counts the fields that carry digits, and the names."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        words = _words(picture)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.pages += 1
        self.cpu += after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
        height, width = picture.pixels.shape[:2]
        scale = (width / sheet.template.width, height / sheet.template.height)
        for each in sheet.template.fields:
            truth = sheet.truth[each.id]
            is_name = each.kind == "name"
            if truth.hand is None or truth.doubtful or each.id in picture.hidden:
                continue
            if each.type not in ("digits", "date", "time") and not is_name:
                continue
            said = "".join(text for text, x, y in words if _inside(each, x / scale[0], y / scale[1]))
            if is_name:
                right = said == "".join(str(truth.value).split())
            else:
                right = "".join(letter for letter in said if letter.isdigit()) == "".join(truth.letters)
            what = ("names" if is_name else "digits", truth.hand.value)
            self.fields[what] += 1
            self.right[what] += right


def _words(picture: Picture) -> list[tuple[str, float, float]]:
    """Each word and its middle, from left to right."""
    os.environ["OMP_THREAD_LIMIT"] = "1"
    try:
        found = pytesseract.image_to_data(
            Image.fromarray(picture.pixels), "jpn", output_type=pytesseract.Output.DICT, timeout=SECONDS
        )
    except (RuntimeError, pytesseract.TesseractError):
        return []
    places = zip(found["text"], found["left"], found["top"], found["width"], found["height"], strict=True)
    words = [(str(text).strip(), x + w / 2, y + h / 2) for text, x, y, w, h in places if str(text).strip()]
    return sorted(words, key=lambda word: word[1])


def _inside(each: Field, x: float, y: float) -> bool:
    left, right = min(cell.x for cell in each.cells), max(cell.x + cell.w for cell in each.cells)
    top, bottom = min(cell.y for cell in each.cells), max(cell.y + cell.h for cell in each.cells)
    return left - BEYOND <= x <= right + BEYOND and top - BEYOND <= y <= bottom + BEYOND
