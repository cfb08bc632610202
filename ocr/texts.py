"""The lines of text of a page: which of its cells go to the engine, and what comes back put into its marks."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Protocol

from brigade.forms.template import Cell, Field, Template
from ocr.engine import Answer, Box
from ocr.lines import Line
from ocr.marks import MOST_TEXT, FieldMarks, PageMarks
from ocr.reading.decode import EMPTY_INK

SCALE = 8
"""Pixels to the millimetre of a straightened page."""

EDGE = 0.7
"""Millimetres inside a cell that its frame may reach into."""

LOG = logging.getLogger("brigade.ocr")


class Reader(Protocol):
    """What reads the boxes of a page: ``EngineProcess``, or a stand-in of a test."""

    def read(self, page_jpeg: bytes, boxes: list[Box]) -> Answer:
        """One line for each box."""
        ...  # pragma: no cover


def texts_of(template: Template, marks: PageMarks, page_jpeg: bytes, engine: Reader) -> PageMarks:
    """The marks with the text of every field that has ink, all read in one call. ``page_jpeg`` is the straightened page.

    Where the engine fails nothing is filled in, and the log says why: the fields then show as ink that nobody read.
    """
    by_id = marks.by_id
    asked = [(field.id, cell) for field in template.fields for cell in _inked(field, by_id[field.id])]
    answer = engine.read(page_jpeg, [_pixels(cell) for _, cell in asked])
    if answer.failure is not None or len(answer.lines) != len(asked):
        LOG.warning("no text read", extra={"form": template.code, "error": answer.failure or "nonsense"})
        return marks
    lines: dict[str, list[Line]] = {}
    for (id_, _), line in zip(asked, answer.lines, strict=True):
        if line.text:
            lines.setdefault(id_, []).append(line)
    return replace(marks, fields=tuple(_filled(field, lines.get(field.id, [])) for field in marks.fields))


def _inked(field: Field, marks: FieldMarks) -> list[Cell]:
    """Cells with writing in them, of a field that is text."""
    if field.type != "text":
        return []
    return [cell for cell, ink in zip(field.cells, marks.ink, strict=True) if ink > EMPTY_INK]


def _pixels(cell: Cell) -> Box:
    left, top = round((cell.x + EDGE) * SCALE), round((cell.y + EDGE) * SCALE)
    return left, top, round((cell.x + cell.w - EDGE) * SCALE), round((cell.y + cell.h - EDGE) * SCALE)


def _filled(marks: FieldMarks, lines: list[Line]) -> FieldMarks:
    if not lines:
        return marks
    letters = sum(len(line.text) for line in lines)
    confidence = sum(len(line.text) * line.confidence for line in lines) / letters
    return replace(marks, text=" ".join(line.text for line in lines)[:MOST_TEXT], text_confidence=confidence)
