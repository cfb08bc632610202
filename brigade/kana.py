"""The order of names: a key under which kana sort as a Japanese reader expects. Pure.

After JIS X 4061: the base kana decide (ガ counts as カ, ヴ as ウ, ッ as ツ, a long mark as the vowel before it); marks
only where all base kana are equal: plain before voiced before half-voiced, and long mark before small before large.
Hiragana and half-width kana sort as katakana. A surname ends before a longer one begins (``サト`` before ``サトウ``).
"""

from __future__ import annotations

import unicodedata

MAX_KEY = 200
"""Longest key; a name of up to 99 kana is compared to its end."""

_MARKS_AFTER = "\t"  # below the blank between surname and given name, which is below every kana
_LARGE = str.maketrans("ァィゥェォッャュョヮヵヶ", "アイウエオツヤユヨワカケ")
_VOWEL = {
    kana: row[0]
    for row in (
        "アカサタナハマヤラワ",
        "イキシチニヒミリヰ",
        "ウクスツヌフムユル",
        "エケセテネヘメレヱ",
        "オコソトノホモヨロヲ",
    )
    for kana in row
}
_VOICED, _HALF_VOICED = "\u3099", "\u309a"  # combining, as NFD splits them off
_LONG, _SMALL, _PLAIN = 0, 1, 2


def sort_key(kana: str) -> str:
    """The key: base kana, then one digit for each base kana's marks. Compared by code point."""
    bases: list[str] = []
    marks: list[int] = []
    for char in unicodedata.normalize("NFD", katakana(kana)):
        if char in (_VOICED, _HALF_VOICED) and marks:
            marks[-1] += 3 if char == _VOICED else 6
        elif char == "ー":
            bases.append(_VOWEL.get(bases[-1], char) if bases else char)
            marks.append(_LONG)
        else:
            large = char.translate(_LARGE)
            bases.append(large)
            marks.append(_PLAIN if large == char else _SMALL)
    return ("".join(bases) + _MARKS_AFTER + "".join(map(str, marks)))[:MAX_KEY]


def katakana(kana: str) -> str:
    """Full width, katakana for hiragana, one blank between words."""
    text = " ".join(unicodedata.normalize("NFKC", kana).casefold().split())
    return "".join(chr(ord(char) + 0x60) if "ぁ" <= char <= "ゖ" else char for char in text)


def hiragana(kana: str) -> str:
    """Hiragana for katakana of either width; all else as it is."""
    text = unicodedata.normalize("NFKC", kana)
    return "".join(chr(ord(char) - 0x60) if "ァ" <= char <= "ヶ" else char for char in text)
