"""Kana above words and names on a page that is ready to be sent. Attributes, titles and options stay as they are.

It works on the page's text between tags: whatever the templates fill in is escaped, so ``<`` and ``>`` are the templates'
own. A text that gets kana is put into one ``span``, so that it stays one piece where boxes are laid out side by side.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from markupsafe import escape

from brigade.readings import Choice, Piece, Reader

PLAIN = ("title", "select", "option", "textarea", "svg", "code", "kbd")
"""Elements that cannot hold kana, or whose text is to be typed as it stands. None stands in another of the same name."""

_APART = re.compile("(" + "|".join([*(f"<{name}[ >].*?</{name}>" for name in PLAIN), "<[^>]*>"]) + ")", re.DOTALL)
"""What stays as it is: these elements as a whole, a list of five hundred units too, and every other tag."""


def with_furigana(page: str, choice: Choice, names: Mapping[str, str]) -> str:
    """The page with kana. ``names``: those of people → their kana, as the roster has them."""
    if choice is Choice.NONE:
        return page
    reader = Reader(choice, {str(escape(name)): str(escape(kana)) for name, kana in names.items()})
    parts = _APART.split(page)
    return "".join(part if part.startswith("<") else _text(reader.pieces(part), part) for part in parts)


def _text(pieces: list[Piece], plain: str) -> str:
    if not any(piece.kana for piece in pieces):
        return plain
    return f"<span>{''.join(map(_ruby, pieces))}</span>"


def _ruby(piece: Piece) -> str:
    """Who listens hears the words alone: readers of screens know how these are said."""
    return f'<ruby>{piece.words}<rt aria-hidden="true">{piece.kana}</rt></ruby>' if piece.kana else piece.words
