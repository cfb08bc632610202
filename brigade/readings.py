"""How words are read: kana for what stands in ``words/readings.json``, and for names of people. Pure.

The words of the catalogue stay as they are; readings are found in them when they are shown. What is longer goes first
(分団長 before 団長). A word of one kanji, and a name, counts only where no other kanji stands beside it: 署, not 署名.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from enum import StrEnum
from functools import cache
from typing import NamedTuple

from brigade.kana import hiragana
from brigade.wording import WORDS

_KANJI = "[々〆一-鿿]"
_RUNS = re.compile(f"({_KANJI}+)")
_ONE = re.compile(f"{_KANJI}[^々〆一-鿿]*")


class Piece(NamedTuple):
    """Some of a text, and the hiragana above it; empty for none."""

    words: str
    kana: str


class Choice(StrEnum):
    """Whose readings are shown: nobody's, names and the few words that all ask for, or hard words too."""

    NONE = "none"
    FEW = "few"
    ALL = "all"


@cache
def _listed() -> dict[str, dict[str, str]]:
    listed: dict[str, dict[str, str]] = json.loads((WORDS / "readings.json").read_text(encoding="utf-8"))
    return listed


@cache
def words_of(choice: Choice) -> Mapping[str, str]:
    """Words and their kana, of what is chosen."""
    parts = {Choice.NONE: (), Choice.FEW: ("always",), Choice.ALL: ("always", "hard")}[choice]
    return {word: kana for part in parts for word, kana in _listed()[part].items()}


def split(word: str, kana: str) -> tuple[Piece, ...]:
    """The kana above their kanji alone: 差(さ) し 戻(もど). All above all where they do not fit each other."""
    parts = [part for part in _RUNS.split(word) if part]
    fits = re.fullmatch("".join("(.+)" if _RUNS.fullmatch(part) else f"({re.escape(part)})" for part in parts), kana)
    if fits is None:
        return (Piece(word, kana),)
    return tuple(
        Piece(part, said if _RUNS.fullmatch(part) else "") for part, said in zip(parts, fits.groups(), strict=True)
    )


def name_pieces(name: str, kana: str) -> tuple[Piece, ...]:
    """Surname and given name, each with its kana; without any where the two are not written in as many parts."""
    names, said = re.split("([ 　])", name), re.split("[ 　]", kana)
    if len(names) != 2 * len(said) - 1 or not kana.strip():
        return (Piece(name, ""),)
    pieces = [Piece(part, "") for part in names]
    for place, reading in enumerate(said):
        part = names[2 * place]
        pieces[2 * place] = Piece(part, hiragana(reading) if _RUNS.search(part) else "")
    return tuple(pieces)


class _Word(NamedTuple):
    word: str
    pieces: tuple[Piece, ...]
    alone: bool


class Reader:
    """Finds words and names in texts. ``names``: people's names → their kana, as the roster has them."""

    def __init__(self, choice: Choice, names: Mapping[str, str]) -> None:
        found = list(_known(choice))
        if choice is not Choice.NONE:
            found += [_Word(name, name_pieces(name, kana), alone=True) for name, kana in names.items()]
        self._by_sign: dict[str, list[_Word]] = {}
        for one in sorted(found, key=lambda one: -len(one.word)):
            if any(piece.kana for piece in one.pieces):
                self._by_sign.setdefault(one.word[0], []).append(one)
        signs = "".join(map(re.escape, self._by_sign))
        self._signs = re.compile(f"[{signs}]") if signs else None

    def pieces(self, text: str) -> list[Piece]:
        """The text cut into pieces, with kana where they are known. Put together again they are the text."""
        pieces, end = [], 0
        for at in self._starts(text):
            one = self._word(text, at) if at >= end else None
            if one is not None:
                if at > end:
                    pieces.append(Piece(text[end:at], ""))
                pieces += one.pieces
                end = at + len(one.word)
        return [*pieces, Piece(text[end:], "")] if end < len(text) else pieces

    def _starts(self, text: str) -> Iterator[int]:
        return (sign.start() for sign in self._signs.finditer(text)) if self._signs else iter(())

    def _word(self, text: str, at: int) -> _Word | None:
        for one in self._by_sign[text[at]]:
            if text.startswith(one.word, at) and not (one.alone and _has_neighbour(text, at, at + len(one.word))):
                return one
        return None


def _has_neighbour(text: str, start: int, end: int) -> bool:
    """Whether another kanji stands right before or after."""
    return bool(start and _RUNS.match(text[start - 1])) or bool(_RUNS.match(text, end))


@cache
def _known(choice: Choice) -> tuple[_Word, ...]:
    return tuple(
        _Word(word, split(word, kana), alone=_ONE.fullmatch(word) is not None)
        for word, kana in words_of(choice).items()
    )
