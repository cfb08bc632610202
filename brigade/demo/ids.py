"""Ids shaped like UUID version 7 that a seed repeats."""

from __future__ import annotations

import datetime as dt
import uuid
from random import Random

_VERSION_AND_VARIANT = (7 << 76) | (2 << 62)


class Ids:
    """Makes ids whose random bits come from the generator handed in; ``start`` is when the first rows were made."""

    def __init__(self, rng: Random, start: dt.datetime) -> None:
        self._bits = rng.getrandbits
        self._milliseconds = int(start.timestamp() * 1000)

    def next(self) -> uuid.UUID:
        """The id of one more row of the organisation: later than the one before by a millisecond."""
        self._milliseconds += 1
        return self._made(self._milliseconds)

    def at(self, instant: dt.datetime) -> uuid.UUID:
        """An id as it would have been made at that instant."""
        return self._made(int(instant.timestamp() * 1000))

    def _made(self, milliseconds: int) -> uuid.UUID:
        """RFC 9562, 5.7: 48 bits of time, version, 12 random bits, variant, 62 random bits."""
        bits = self._bits(74)
        return uuid.UUID(int=milliseconds << 80 | _VERSION_AND_VARIANT | bits >> 62 << 64 | bits & (1 << 62) - 1)
