"""What may be sent, told by its first bytes; a name or a media type that somebody wrote says nothing."""

from __future__ import annotations

import re
from importlib import metadata

MAX_BYTES = 10 * 1024 * 1024
"""Of one picture as it is sent."""

MAX_PIXELS = 50_000_000

HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}

HEIC_EXTRA, HEIC_SINCE = "pillow-heif", (1, 8, 1)
"""Versions before this one carry a decoder with known holes (2026)."""


class PictureRefused(Exception):
    """It will not be taken; ``reason``: format, heic, too-large, too-many-pixels, unreadable."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def kind_of(data: bytes) -> str:
    """Pillow's name of the format. PictureRefused for what is none of ours, HEIC without its extra, and too much."""
    if len(data) > MAX_BYTES:
        raise PictureRefused("too-large")
    if data.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS:
        if not reads_heic():
            raise PictureRefused("heic")
        return "HEIF"
    raise PictureRefused("format")


def reads_heic() -> bool:
    """Whether the optional extra is installed, in a version that may be let near strangers' files."""
    try:
        version = metadata.version(HEIC_EXTRA)
    except metadata.PackageNotFoundError:
        return False
    return tuple(map(int, re.findall(r"\d+", version)[:3])) >= HEIC_SINCE
