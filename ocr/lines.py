"""What a text engine is: lines of pictures in, lines of text out. It is loaded anew for each page, in a process of its own, so
this module loads nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, Protocol

if TYPE_CHECKING:
    from PIL.Image import Image


class Line(NamedTuple):
    """What stands in one line, and how sure the engine is of it, 0 to 1."""

    text: str
    confidence: float


class Engine(Protocol):
    """Reads Japanese. ``read`` gets all lines of a page at once and answers with as many, in their order."""

    def read(self, lines: Sequence[Image]) -> Sequence[Line]:
        """The text of every line, empty where there is none. May raise anything."""
        ...  # pragma: no cover
