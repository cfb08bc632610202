"""Strangers' pictures through the limited process: what is no good picture comes back as a refusal."""

from __future__ import annotations

import atexit
import datetime as dt
import json
from collections.abc import Sequence
from itertools import chain

from pictures.asked import COVER, CUT, LIMITS, LONGEST, Box, Clean
from pictures.kinds import PictureRefused, kind_of
from pictures.limited import Busy, Limited

__all__ = ["SANDBOX", "Busy", "Sandbox"]
AT_ONCE, WAITING = 2, 4
MAX_WAIT = 15.0
MAX_ANSWER = 8 * 1024 * 1024
REASONS = ("too-many-pixels", "unreadable")


class Sandbox(Limited):
    """Cleans pictures for all threads."""

    def __init__(self) -> None:
        super().__init__(
            "pictures.inside", LIMITS, at_once=AT_ONCE, waiting=WAITING, max_wait=MAX_WAIT, largest=MAX_ANSWER
        )

    def clean(self, data: bytes) -> Clean:
        """The clean picture. PictureRefused for what is no good picture; Busy when it could not be looked at."""
        kind = kind_of(data)
        return read_answer(self.ask(kind.encode() + b"\n" + data))

    def cut(self, data: bytes, box: Box) -> bytes:
        """JPEG of the piece of a JPEG: left, top, right, bottom in pixels, as far as they lie on it. Refusals alike."""
        return self._jpeg([CUT, *box], data)

    def cover(self, data: bytes, covered: Sequence[Box], kept: Sequence[Box]) -> bytes:
        """The JPEG with plain grey over ``covered``, ``kept`` put back over it. Refusals alike."""
        return self._jpeg([COVER, len(covered), *chain(*covered, *kept)], data)

    def _jpeg(self, head: Sequence[str | int], data: bytes) -> bytes:
        question = " ".join(map(str, head)).encode() + b"\n" + data
        refused, _, picture = self.ask(question).partition(b"\n")
        if refused or not is_jpeg(picture):
            raise PictureRefused("unreadable")
        return picture


def is_jpeg(data: bytes) -> bool:
    """Whether it begins and ends as one."""
    return data.startswith(b"\xff\xd8\xff") and data.endswith(b"\xff\xd9")


def read_answer(said: bytes) -> Clean:
    """What the child said, if it makes sense. PictureRefused else: a child that talks nonsense was led astray."""
    head, _, rest = said.partition(b"\n")
    try:
        told = json.loads(head)
        if told.get("refused") in REASONS:
            raise PictureRefused(told["refused"])
        first, second = (int(size) for size in told["sizes"])
        width, height = int(told["width"]), int(told["height"])
        taken_at = dt.datetime.fromisoformat(told["taken_at"]) if told["taken_at"] else None
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        raise PictureRefused("unreadable") from None
    picture, thumbnail = rest[:first], rest[first:]
    whole = len(picture) == first > 0 and len(thumbnail) == second > 0
    zoned = taken_at is None or taken_at.tzinfo is not None
    fits = 0 < width <= LONGEST and 0 < height <= LONGEST
    if not (whole and is_jpeg(picture) and is_jpeg(thumbnail) and zoned and fits):
        raise PictureRefused("unreadable")
    return Clean(picture, thumbnail, width, height, taken_at)


SANDBOX = Sandbox()
atexit.register(SANDBOX.close)
