"""Words with kana above them: ``｜班長《はんちょう》に出します``. Kana stay on the line on which their word begins."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from reports.fonts import width
from reports.lines import break_lines
from reports.pen import Align, Color, Pen

_MARKED = re.compile(r"｜([^《》｜]+)《([^《》]+)》")
KANA = 0.55
"""Size of the kana, of the words' own."""


class Piece(NamedTuple):
    """Words and the kana above them, empty for none. Kana may hang over on both sides."""

    words: str
    kana: str


def pieces(text: str) -> list[Piece]:
    """The text cut where kana begin and end."""
    parts, at = [], 0
    for match in _MARKED.finditer(text):
        if match.start() > at:
            parts.append(Piece(text[at : match.start()], ""))
        parts.append(Piece(match[1], match[2]))
        at = match.end()
    return [*parts, Piece(text[at:], "")] if at < len(text) else parts


def plain(text: str) -> str:
    """The words alone."""
    return "".join(piece.words for piece in pieces(text))


def lines(text: str, room: float, size: float, bold: bool) -> Iterator[list[Piece]]:
    """The text broken at ``room`` points. A line's kana stand above its own words."""
    rest = pieces(text)
    for line in break_lines(plain(text), room, size, bold=bold):
        taken, left = [], len(line)
        while rest and left > 0:
            words, kana = rest.pop(0)
            head, tail = words[:left], words[left:].lstrip()
            taken.append(Piece(head, kana))
            left -= len(head)
            if tail:
                rest.insert(0, Piece(tail, ""))
        yield taken


def draw(
    pen: Pen, x: float, y: float, line: list[Piece], size: float, *, bold: bool, color: Color, align: Align = "left"
) -> None:
    """One line; ``x`` is its left end, right end or middle, ``y`` its baseline."""
    if align != "left":
        x -= sum(width(piece.words, size, bold) for piece in line) * (1 if align == "right" else 0.5)
    for piece in line:
        room = width(piece.words, size, bold)
        pen.text(x + room / 2, y, piece.words, size, bold=bold, color=color, align="center")
        if piece.kana:
            pen.text(x + room / 2, y - size * 0.95, piece.kana, size * KANA, color=color, align="center")
        x += room
