"""Drawing on one page: text, rules and boxes in points, measured from the page's top left corner.

A month of a whole brigade has thirty thousand texts. They go to ReportLab's canvas as finished PDF operators: its own
``drawString`` says the same in three times the time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from reportlab.pdfgen.canvas import Canvas

from reports.fonts import SubsetFont, load, runs, width

Align = Literal["left", "right", "center"]
Color = tuple[float, float, float]  # red, green, blue from 0 to 1


def rgb(code: str) -> Color:
    """``00458a`` as a colour."""
    red, green, blue = (int(code[n : n + 2], 16) / 255 for n in (0, 2, 4))
    return red, green, blue


INK = rgb("1a1f26")  # text
SOFT = rgb("595959")  # text of second rank, 7:1 on white
BLUE = rgb("00458a")  # titles, bars
AMBER = rgb("7a3b00")  # not final, returned
HAIR = rgb("c5ccd5")  # rules between rows
BAND = rgb("eaeff5")  # heads of tables
ZEBRA = rgb("f6f8fa")
CREAM = rgb("fff3e0")  # ground of the preview's banner


class Pen:
    """Draws on the canvas' present page. ``y`` runs down; that of a text is its baseline."""

    def __init__(self, canvas: Canvas, height: float) -> None:
        self._write = canvas.addLiteral
        self._document = canvas._doc  # type: ignore[attr-defined]  # asked by the faces: each numbers its characters anew for each document
        self._height = height
        self._fill: Color | None = None
        self._stroke: tuple[Color, float] | None = None
        self._font = ""

    def text(
        self,
        x: float,
        y: float,
        words: str,
        size: float,
        *,
        bold: bool = False,
        color: Color = INK,
        align: Align = "left",
        upward: bool = False,
    ) -> None:
        """``words`` on one line; ``x`` is their left end, right end or middle according to ``align``. ``upward``
        turns them a quarter to the left: they run up from ``y`` with their baseline at ``x``.
        """
        pieces = runs(words, bold)
        if not pieces:
            return
        if align != "left":
            x -= width(words, size, bold) * (1 if align == "right" else 0.5)
        self._ink(color)
        turn = "0 1 -1 0" if upward else "1 0 0 1"
        shown = " ".join(self._show(load(run.face), run.text, size) for run in pieces)
        self._write(f"BT {turn} {x:.2f} {self._height - y:.2f} Tm {shown} ET")

    def _show(self, font: SubsetFont, words: str, size: float) -> str:
        """The operators that set ``words``: a face's characters come in subsets of 255, each a font of its own."""
        parts = []
        for subset, codes in font.splitString(words, self._document):
            chosen = f"{font.getSubsetInternalName(subset, self._document)} {size:g} Tf"
            if chosen != self._font:
                parts.append(chosen)
                self._font = chosen
            parts.append(f"<{codes.hex()}> Tj")
        return " ".join(parts)

    def rule(self, x: float, y: float, x_end: float, *, color: Color = HAIR, weight: float = 0.5) -> None:
        """A level line."""
        self._line(color, weight)
        self._write(f"{x:.2f} {self._height - y:.2f} m {x_end:.2f} {self._height - y:.2f} l S")

    def upright(self, x: float, y: float, y_end: float, *, color: Color = HAIR, weight: float = 0.5) -> None:
        """A line straight down."""
        self._line(color, weight)
        self._write(f"{x:.2f} {self._height - y:.2f} m {x:.2f} {self._height - y_end:.2f} l S")

    def box(self, x: float, y: float, w: float, h: float, color: Color) -> None:
        """A filled box whose top left corner is ``x, y``."""
        self._ink(color)
        self._write(f"{x:.2f} {self._height - y - h:.2f} {w:.2f} {h:.2f} re f")

    def boxes(self, places: Iterable[tuple[float, float, float, float]], color: Color) -> None:
        """Filled boxes (x, y, width, height) as one shape, so that no viewer shows a seam where two touch."""
        self._ink(color)
        self._write(" ".join(f"{x:.3f} {self._height - y - h:.3f} {w:.3f} {h:.3f} re" for x, y, w, h in places) + " f")

    def frame(self, x: float, y: float, w: float, h: float, *, color: Color = HAIR, weight: float = 0.6) -> None:
        """The outline of a box."""
        self._line(color, weight)
        self._write(f"{x:.2f} {self._height - y - h:.2f} {w:.2f} {h:.2f} re S")

    def stroke(self, points: Sequence[tuple[float, float]], *, color: Color = HAIR, weight: float = 0.5) -> None:
        """A line from point to point."""
        self._line(color, weight)
        (x, y), *rest = points
        ways = " ".join(f"{to_x:.2f} {self._height - to_y:.2f} l" for to_x, to_y in rest)
        self._write(f"{x:.2f} {self._height - y:.2f} m {ways} S")

    def _ink(self, color: Color) -> None:
        if color != self._fill:
            self._write("{:.3f} {:.3f} {:.3f} rg".format(*color))
            self._fill = color

    def _line(self, color: Color, weight: float) -> None:
        if (color, weight) != self._stroke:
            self._write("{:.3f} {:.3f} {:.3f} RG".format(*color) + f" {weight:g} w")
            self._stroke = (color, weight)
