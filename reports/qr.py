"""QR codes: the boxes of one, and the same as a ReportLab drawing."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing, Path
from reportlab.lib.colors import black

Place = tuple[float, float, float, float]  # x, y, width, height
QUIET = 4  # modules of white around a QR code (ISO/IEC 18004, 5.3.8)


def qr_places(text: str, x: float, y: float, size: float) -> Iterator[Place]:
    """The dark boxes of a QR code (level M) that fills ``size`` points from the top left corner, quiet zone included."""
    widget: Any = QrCodeWidget(text, barLevel="M")
    code = widget.qr
    code.make()
    module = size / (code.getModuleCount() + 2 * QUIET)
    for row, cells in enumerate(code.modules):
        at = 0
        for dark, run in itertools.groupby(map(bool, cells)):
            length = len(list(run))
            if dark:
                yield x + (at + QUIET) * module, y + (row + QUIET) * module, length * module, module
            at += length


def qr_drawing(text: str, size: float) -> Drawing:
    """The code (level M) of an ASCII text, ``size`` points wide and high with its quiet zone of four modules.

    All modules are one path: a viewer shows no seam where two touch. ValueError for other characters, which scanners
    read in different ways.
    """
    if not text.isascii():
        raise ValueError("a QR code of ours holds ASCII only")
    drawing = Drawing(size, size)
    modules = Path(fillColor=black, strokeColor=None, strokeWidth=0)
    for x, y, width, height in qr_places(text, 0, 0, size):
        top, bottom = size - y, size - y - height
        modules.moveTo(x, top)
        modules.lineTo(x + width, top)
        modules.lineTo(x + width, bottom)
        modules.lineTo(x, bottom)
        modules.closePath()
    drawing.add(modules)
    return drawing
