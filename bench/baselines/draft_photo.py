"""A photo in two sizes by Pillow alone: decoded at the nearest size that JPEG offers, scaled by LANCZOS, encoded."""

from __future__ import annotations

import io
from pathlib import Path

from PIL import Image

SIDES, QUALITY = (1600, 320), 82


def sizes(data: bytes) -> list[bytes]:
    """The picture and its thumbnail as JPEG; nothing else of the photo is kept."""
    with Image.open(io.BytesIO(data)) as opened:
        boxes = [_fitted(opened.size, side) for side in SIDES]
        opened.draft("RGB", boxes[0])  # the true box: a larger one would decode at full size
        large = opened.resize(boxes[0], Image.Resampling.LANCZOS, reducing_gap=3.0)
    return [_encoded(large), _encoded(large.resize(boxes[1], Image.Resampling.LANCZOS, reducing_gap=3.0))]


def of_file(path: str) -> None:
    """The same of a file, for who looks at the memory."""
    sizes(Path(path).read_bytes())


def _fitted(size: tuple[int, int], longest: int) -> tuple[int, int]:
    wide, high = size
    return wide * longest // max(size), high * longest // max(size)


def _encoded(image: Image.Image) -> bytes:
    image.info = {}
    out = io.BytesIO()
    image.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
