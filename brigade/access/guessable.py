"""What of a password anybody would try first: common passwords, words of the fire service and of the person, runs along
the keyboard, the alphabet or the kana, the same again and again.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from functools import cache
from unicodedata import normalize

SERVICE_WORDS = (
    "消防団", "消防署", "消防局", "消防", "分団", "団員", "団長", "班長", "火の用心", "火消し", "119",
    "しょうぼうだん", "しょうぼうしょ", "しょうぼう", "ぶんだん", "だんいん", "ひのようじん", "ぱすわーど",
    "shouboudan", "shobodan", "shoubodan", "shoboudan", "syoubouda", "syobodan", "shoubou", "shobo", "syobo", "bundan",
    "brigade", "firefighter", "fireman", "volunteer", "password", "passwort", "passw0rd", "p@ssword", "p@ssw0rd",
)  # fmt: skip
_ROWS = (
    "abcdefghijklmnopqrstuvwxyz", "01234567890123456789", "1234567890-", "qwertyuiop@", "asdfghjkl;", "zxcvbnm,./",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik,9ol.0p;/", "qazwsxedcrfvtgbyhnujm", "!\"#$%&'()", "!@#$%^&*()",
    "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん",
    "いろはにほへとちりぬるをわかよたれそつねならむうゐのおくやまけふこえてあさきゆめみしゑひもせすん",
    "あかさたなはまやらわ", "一二三四五六七八九十",
)  # fmt: skip
_RUN = 4
_YEAR = re.compile(r"(?:19|20)\d\d(?:[01]\d[0-3]\d)?|(?:令和|平成|昭和)\d{0,2}年?")
_SAME = re.compile(r"(.)\1{2,}", re.DOTALL)
_AGAIN = re.compile(r"(.+?)\1+", re.DOTALL)
_GAP = "\0"


def own_characters(password: str, names: Collection[str]) -> int:
    """How many characters are left when all that is easily guessed is taken away."""
    text = folded(password)
    if (again := _AGAIN.fullmatch(text)) is not None:
        text = again[1]
    for word in sorted({*SERVICE_WORDS, *_parts(names)}, key=len, reverse=True):
        text = text.replace(word, _GAP)
    text = _SAME.sub(_GAP, _YEAR.sub(_GAP, _without_runs(text)))
    common = _most_common(text)
    if common:  # only one: several words in a row are what we ask for
        text = text.replace(common, _GAP)
    left = [character for character in text if character != _GAP and not character.isspace()]
    return min(len(left), 2 * len(set(left)))


def folded(text: str) -> str:
    """One form for what looks or sounds the same: NFKC, small letters, hiragana for katakana."""
    plain = normalize("NFKC", text).casefold()
    return "".join(chr(ord(c) - 0x60) if "ァ" <= c <= "ヶ" else c for c in plain)


def _parts(names: Collection[str]) -> Iterator[str]:
    """The names and their pieces; a single letter is no name, a single kanji may be."""
    for name in names:
        whole = folded(name)
        for part in (whole, *re.split(r"[\s・,.@_-]+", whole), re.sub(r"\s+", "", whole)):
            if len(part) > (2 if part.isascii() else 1):
                yield part


def _without_runs(text: str) -> str:
    """The text without runs of ``_RUN`` or more along a row, forwards or backwards."""
    found, at = [], 0
    while at < len(text):
        length = max(_run_length(text, at, row) for row in _both_ways())
        found.append(_GAP if length >= _RUN else text[at])
        at += length if length >= _RUN else 1
    return "".join(found)


def _run_length(text: str, at: int, row: str) -> int:
    place = row.find(text[at : at + _RUN])
    if place < 0 or at + _RUN > len(text):
        return 0
    length = _RUN
    while place + length < len(row) and text[at + length : at + length + 1] == row[place + length]:
        length += 1
    return length


@cache
def _both_ways() -> tuple[str, ...]:
    return tuple(way for row in _ROWS for way in (row, row[::-1]))


def _most_common(text: str) -> str:
    """The common password (of four characters or more) that makes up most of the text; empty without any."""
    common = _common_passwords()
    pieces = {text[at : at + length] for length in range(4, 21) for at in range(len(text) - length + 1)}
    return max(sorted(pieces & common), key=lambda word: text.count(word) * len(word), default="")


@cache
def _common_passwords() -> frozenset[str]:
    """zxcvbn's list of 30,000, most of them from stolen collections. Read at the first new password, not at the start."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS

    return frozenset(FREQUENCY_LISTS["passwords"])
