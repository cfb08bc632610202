"""What is asked of the limited process for pictures and what it answers: known on both sides, without Pillow."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from pictures.kinds import MAX_BYTES
from pictures.limits import Limits

LONGEST = 1600
"""Pixels of the longer side of a picture that is kept."""

LIMITS = Limits(memory=1024 * 1024 * 1024, cpu_seconds=20, wall_seconds=30, question=MAX_BYTES + 100)
CUT, COVER = "CUT", "COVER"
Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""


@dataclass(frozen=True, slots=True)
class Clean:
    """JPEG bytes of the picture and of its thumbnail; size in pixels; when it was taken, as the camera said."""

    picture: bytes
    thumbnail: bytes
    width: int
    height: int
    taken_at: dt.datetime | None
