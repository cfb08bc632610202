"""Pages drawn on ReportLab's bare canvas, one mark after the other: what a document costs that needs no layout.

Text by ``drawString``, faces read once for each process, colours and faces set only where they change.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

from reportlab import rl_config
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

rl_config.useA85 = 0  # no document is written in letters only any more

ROOTS = ("/usr/share/fonts", "/usr/local/share/fonts", "/Library/Fonts")


def draw(pages: Iterable[dict[str, Any]]) -> bytes:
    """The document. ``pages``: their size in points and their marks (``bench/pages.py``)."""
    out = BytesIO()
    canvas = Canvas(out, invariant=1, pageCompression=1)
    canvas.setTitle("Brigade")
    for page in pages:
        canvas.setPageSize(page["size"])
        _Page(canvas).draw(page["marks"])
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def draw_file(path: str) -> bytes:
    """The document of a file with one page a line, read as it is drawn."""
    with Path(path).open(encoding="utf-8") as lines:
        return draw(json.loads(line) for line in lines)


def path_of(file: str) -> Path:
    """Where a typeface's file is on this system."""
    return next(path for root in ROOTS for path in Path(root).rglob(file))


@cache
def face(file: str) -> str:
    """The name under which a typeface's file is known to ReportLab from now on."""
    path = path_of(file)
    name = f"Floor{path.stem}"
    pdfmetrics.registerFont(TTFont(name, str(path)))
    return name


class _Page:
    """The canvas' present page, with the colours and the face last set on it."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas = canvas
        self.filled: Any = None
        self.stroked: Any = None
        self.set: Any = None

    def draw(self, marks: Iterable[list[Any]]) -> None:
        for kind, *how in marks:
            getattr(self, kind)(*how)

    def text(self, x: float, y: float, words: str, file: str, size: float, color: Any, upward: bool) -> None:
        self._fill(color)
        if self.set != (file, size):
            self.canvas.setFont(face(file), size)
            self.set = (file, size)
        if not upward:
            self.canvas.drawString(x, y, words)
            return
        self.canvas.saveState()
        self.canvas.translate(x, y)
        self.canvas.rotate(90)
        self.canvas.drawString(0, 0, words)
        self.canvas.restoreState()

    def line(self, x: float, y: float, x_end: float, y_end: float, color: Any, weight: float) -> None:
        self._stroke(color, weight)
        self.canvas.line(x, y, x_end, y_end)

    def frame(self, x: float, y: float, w: float, h: float, color: Any, weight: float) -> None:
        self._stroke(color, weight)
        self.canvas.rect(x, y, w, h)

    def fill(self, places: list[list[float]], color: Any) -> None:
        self._fill(color)
        if len(places) == 1:
            x, y, w, h = places[0]
            self.canvas.rect(x, y, w, h, stroke=0, fill=1)
            return
        path = self.canvas.beginPath()
        for place in places:
            path.rect(*place)
        self.canvas.drawPath(path, stroke=0, fill=1)

    def _fill(self, color: Any) -> None:
        if self.filled != color:
            self.canvas.setFillColorRGB(*color)
            self.filled = color

    def _stroke(self, color: Any, weight: float) -> None:
        if self.stroked != (color, weight):
            self.canvas.setStrokeColorRGB(*color)
            self.canvas.setLineWidth(weight)
            self.stroked = (color, weight)
