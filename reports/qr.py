"""A QR code as a ReportLab drawing, for documents that are checked by their code."""

from __future__ import annotations

from reportlab.graphics.shapes import Drawing, Path
from reportlab.lib.colors import black

from reports.invitation_card import qr_places


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
