"""What became of one try to send: said by ``mail.py`` and ``push.py``, noted by ``sending.py``."""

from __future__ import annotations

import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """``state``: sent, later (try again) or dead. ``error`` is a code. ``gone`` are devices that take nothing any more."""

    state: str
    error: str = ""
    gone: frozenset[uuid.UUID] = frozenset()


def sent() -> Outcome:
    """It was taken."""
    return Outcome("sent")


def later(error: str) -> Outcome:
    """It may go another time."""
    return Outcome("later", error)


def dead(error: str) -> Outcome:
    """It will never go this way."""
    return Outcome("dead", error)
