"""Pictures that compress like photos: soft spots of chance, the same ones for the same seed."""

from __future__ import annotations

import io
from random import Random

from PIL import Image

Size = tuple[int, int]


def photographed(seed: int, spots: Size, size: Size, quality: int, exif: Image.Exif | None = None) -> bytes:
    """A JPEG of ``size`` pixels with so many spots across and down; ``exif``: what the camera says of it."""
    across, down = spots
    coarse = Image.frombytes("RGB", spots, Random(seed).randbytes(across * down * 3))
    out = io.BytesIO()
    coarse.resize(size, Image.Resampling.BICUBIC).save(out, "JPEG", quality=quality, exif=exif or b"")
    return out.getvalue()
