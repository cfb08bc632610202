"""What stands on the pages of a document of the product: written down while the product draws it.

A page is ``{"size": [width, height], "marks": […]}``; a mark is a list, its first item the kind (``baselines/canvas.py`` reads
them). Everything in points from the page's bottom left corner, as PDF counts.
"""

from __future__ import annotations

import inspect
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import pypdfium2
from PIL import Image, ImageChops
from reportlab.pdfgen.canvas import Canvas

from bench.frame import Wrong
from reports.fonts import FILES, runs, width
from reports.pen import Pen

Page = dict[str, Any]
Drawn = TypeVar("Drawn")
EVERY = 12  # pages from one that is rendered to the next
SCALE = 1.0  # pixels a point
APART, DIFFERENT = 96, 0.01  # steps of 255 between two pixels that differ, and the part of a page that may


def recorded(draw: Callable[[], Drawn]) -> tuple[Drawn, list[Page]]:
    """The document or documents that ``draw`` makes with the product's pen, and their pages."""
    with _listening() as pages:
        drawn = draw()
    return drawn, pages


@contextmanager
def _listening() -> Iterator[list[Page]]:
    """Collects the pages of every pen used inside."""
    pages: list[Page] = []
    originals = {name: getattr(Pen, name) for name in ("__init__", *MARKS)}

    def start(pen: Pen, canvas: Canvas, height: float) -> None:
        wide = canvas._pagesize[0]  # type: ignore[attr-defined]  # the library's types leave it out
        pages.append({"size": [wide, height], "marks": []})
        originals["__init__"](pen, canvas, height)

    def noting(name: str) -> Callable[..., None]:
        original, signature = originals[name], inspect.signature(originals[name])

        def drawn(pen: Pen, *arguments: Any, **named: Any) -> None:
            given = signature.bind(pen, *arguments, **named)
            given.apply_defaults()
            values = {key: value for key, value in given.arguments.items() if key != "self"}
            pages[-1]["marks"] += MARKS[name](pages[-1]["size"][1], **values)
            original(pen, *arguments, **named)

        return drawn

    try:
        for name, listening in {"__init__": start, **{name: noting(name) for name in MARKS}}.items():
            setattr(Pen, name, listening)
        yield pages
    finally:
        for name, original in originals.items():
            setattr(Pen, name, original)


def _text(
    height: float, x: float, y: float, words: str, size: float, bold: bool, color: Any, align: str, upward: bool
) -> Iterable[list[Any]]:
    """A mark for each run in one face."""
    if align != "left":
        x -= width(words, size, bold) * (1 if align == "right" else 0.5)
    y = height - y
    for run in runs(words, bold):
        yield ["text", round(x, 2), round(y, 2), run.text, FILES[run.face][0], size, color, upward]
        wide = run.width * size / 1000
        x, y = (x, y + wide) if upward else (x + wide, y)


MARKS: dict[str, Callable[..., Iterable[list[Any]]]] = {
    "text": _text,
    "rule": lambda height, x, y, x_end, color, weight: [["line", x, height - y, x_end, height - y, color, weight]],
    "upright": lambda height, x, y, y_end, color, weight: [["line", x, height - y, x, height - y_end, color, weight]],
    "box": lambda height, x, y, w, h, color: [["fill", [[x, height - y - h, w, h]], color]],
    "boxes": lambda height, places, color: [["fill", [[x, height - y - h, w, h] for x, y, w, h in places], color]],
    "frame": lambda height, x, y, w, h, color, weight: [["frame", x, height - y - h, w, h, color, weight]],
}
"""The pen's ways of drawing, and the marks that each leaves."""


def forget_texts() -> None:
    """Empties what the product remembers of texts it has set, so that a month drawn again is drawn as for the first
    time. What it reads once for each process (typefaces, words) is kept without bounds and stays.
    """
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "reports":
            for held in vars(module).values():
                if hasattr(held, "cache_parameters") and held.cache_parameters()["maxsize"] is not None:
                    held.cache_clear()


def kept(pages: Iterable[Page], path: Path) -> Path:
    """The pages in a file, one a line."""
    with path.open("w", encoding="utf-8") as file:
        file.writelines(json.dumps(page, ensure_ascii=False) + "\n" for page in pages)
    return path


def same_pages(product: bytes, floor: bytes) -> None:
    """Raises Wrong unless both documents have the same pages: every text alike, and every twelfth page to the eye."""
    same_words(product, floor)
    with pypdfium2.PdfDocument(product) as one, pypdfium2.PdfDocument(floor) as other:
        for number in range(0, len(one), EVERY):
            if (apart := _difference(one[number], other[number])) > DIFFERENT:
                raise Wrong(f"page {number + 1} does not look the same: {apart:.1%} of it")


def same_words(product: bytes, floor: bytes) -> None:
    """Raises Wrong unless both documents have as many pages and the same characters on each, in whatever order."""
    one, other = _words(product), _words(floor)
    if len(one) != len(other):
        raise Wrong(f"{len(one)} pages beside {len(other)}")
    for number, (said, repeated) in enumerate(zip(one, other, strict=True), 1):
        if said != repeated:
            raise Wrong(f"page {number} does not say the same: {said - repeated} and {repeated - said}")


def _words(document: bytes) -> list[Counter[str]]:
    with pypdfium2.PdfDocument(document) as pages:
        return [Counter("".join(page.get_textpage().get_text_range().split())) for page in pages]


def _difference(one: pypdfium2.PdfPage, other: pypdfium2.PdfPage) -> float:
    """The part of the pixels that differ clearly."""
    grey: list[Image.Image] = [page.render(scale=SCALE, grayscale=True).to_pil() for page in (one, other)]
    if grey[0].size != grey[1].size:
        return 1.0
    return sum(ImageChops.difference(*grey).histogram()[APART:]) / (grey[0].width * grey[0].height)
