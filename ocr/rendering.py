"""A file's pages as pixels: height × width × 3 bytes, red, green, blue. Runs inside the limited process only."""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pypdfium2
from numpy.typing import NDArray
from PIL import ExifTags, Image
from pypdfium2 import raw

from ocr.kinds import MAX_PAGES, PageRefused
from pictures.clean import UPRIGHT

Picture = NDArray[np.uint8]
DPI = 300
MOST_PIXELS = 25_000_000
"""Of a page as it is looked at; A4 at 300 dpi has 8.7 million."""

MOST_SENT = 100_000_000
"""Of a picture as it was sent."""


def count(data: bytes, kind: str) -> int:
    """How many pages the file has, MAX_PAGES + 1 for any more. PageRefused for a file that cannot be opened."""
    with _faults():
        if kind == "PDF":
            with _document(data) as document:
                pages = len(document)
        elif kind == "TIFF":
            pages = _frames(data)
        else:
            with Image.open(io.BytesIO(data), formats=[kind]):
                pages = 1  # what moves shows its first picture
    if not pages:
        raise PageRefused("no-pages")
    return min(pages, MAX_PAGES + 1)


def render(data: bytes, kind: str, page: int) -> Picture:
    """One page (from 0), upright as its file says. PageRefused for one that cannot be drawn."""
    with _faults():
        return _of_pdf(data, page) if kind == "PDF" else _of_picture(data, kind, page)


@contextmanager
def _faults() -> Iterator[None]:
    """Whatever the libraries stumble over, the file is at fault."""
    Image.MAX_IMAGE_PIXELS = MOST_SENT // 2  # Pillow warns above this and refuses above twice as many
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            yield
        except PageRefused:
            raise
        except MemoryError:
            raise PageRefused("too-hard") from None
        except Image.DecompressionBombError:
            raise PageRefused("too-many-pixels") from None
        except Exception:
            raise PageRefused("unreadable") from None


@contextmanager
def _document(data: bytes) -> Iterator[Any]:
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        locked = getattr(error, "err_code", None) == raw.FPDF_ERR_PASSWORD
        raise PageRefused("encrypted" if locked else "unreadable") from None
    try:
        yield document
    finally:
        document.close()


def _of_pdf(data: bytes, page: int) -> Picture:
    """Drawn as it would be printed; nothing in a PDF is run (this PDFium has no engine for scripts)."""
    with _document(data) as document:
        drawn = document[page]
        wide, high = drawn.get_size()
        if wide <= 0 or high <= 0:
            raise PageRefused("unreadable")
        scale = min(DPI / 72, (MOST_PIXELS / (wide * high)) ** 0.5)
        bitmap = drawn.render(
            scale=scale, rev_byteorder=True, force_bitmap_format=raw.FPDFBitmap_BGR, may_draw_forms=False
        )
        return np.ascontiguousarray(bitmap.to_numpy()[:, :, :3])


def _frames(data: bytes) -> int:
    found = 0
    with Image.open(io.BytesIO(data), formats=["TIFF"]) as opened:
        while found <= MAX_PAGES:
            try:
                opened.seek(found)
            except EOFError:
                break
            found += 1
    return found


def _of_picture(data: bytes, kind: str, page: int) -> Picture:
    with Image.open(io.BytesIO(data), formats=[kind]) as opened:
        if kind == "TIFF":
            opened.seek(page)
        if opened.width * opened.height > MOST_SENT:
            raise PageRefused("too-many-pixels")
        size = _square(opened)
        share = min(1.0, (MOST_PIXELS / (size[0] * size[1])) ** 0.5)
        size = max(1, round(size[0] * share)), max(1, round(size[1] * share))
        opened.draft("RGB", size)
        orientation = _orientation(opened)
        image = _on_white(opened)
        if image.size != size:
            image = image.resize(size, Image.Resampling.BOX if share < 1 else Image.Resampling.BILINEAR)
        image = image.convert("RGB")
        return np.ascontiguousarray(image.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else image)


def _orientation(image: Image.Image) -> int | None:
    """Which way up it says that it is. Broken metadata says nothing; the picture may be good all the same."""
    try:
        said = image.getexif().get(ExifTags.Base.Orientation)
    except Exception:
        return None
    return said if isinstance(said, int) else None


def _square(image: Image.Image) -> tuple[int, int]:
    """Its size with square pixels: a fax has half as many lines as it has points across."""
    across, down = image.info.get("dpi", (1, 1))
    ratio = float(across) / float(down) if across and down else 1.0
    if not 1.2 < ratio < 5:
        return image.size
    return image.width, round(image.height * ratio)


def _on_white(image: Image.Image) -> Image.Image:
    """Colours or greys of eight bits, without transparency."""
    if image.mode.startswith(("I", "F")):
        return image.convert("F").point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if not image.has_transparency_data:
        return image.convert("L" if image.mode in ("1", "L") else "RGB")
    clear = image.convert("RGBA")
    ground = Image.new("RGB", clear.size, (255, 255, 255))
    ground.paste(clear, mask=clear.getchannel("A"))
    return ground
