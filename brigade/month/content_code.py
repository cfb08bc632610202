"""The short code by which a printed document and the sealed edition it came from are compared. Pure.

Twelve characters of Crockford's base 32 (no I, L, O, U): eleven carry the first 55 bits of a SHA-256, the last checks
them. It is made of a document's *content*, not of its file, in which the code is printed.
"""

from __future__ import annotations

import re
import unicodedata

LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH, GROUP = 12, 4
_MOST_TYPED = 60
_DIGEST = re.compile(r"[0-9a-f]{64}", re.IGNORECASE)
_LOOK_ALIKE = str.maketrans("ILO", "110")
# Every dash of Unicode's that keyboards make, the minus sign, and the kana for long vowels that stands on its key.
_BETWEEN = re.compile(r"[\s\-\u2010-\u2015\u2212\u30fc_.\u30fb]")


def content_code(digest: str) -> str:
    """``7K3M-Q0ZT-9A2C`` for a SHA-256 in hexadecimal; ValueError for anything else."""
    if not _DIGEST.fullmatch(digest):
        raise ValueError("not a SHA-256 in hexadecimal")
    number = int(digest, 16) >> 256 - 5 * (LENGTH - 1)
    values = [number >> 5 * place & 31 for place in range(LENGTH - 2, -1, -1)]
    return _shown([*values, _check(values)])


def parse_content_code(text: str) -> str | None:
    """The code that was typed or scanned, as ``content_code`` writes it; None for what cannot be one.

    Taken are small letters, full width, any dashes or blanks between, I and L for 1 and O for 0.
    """
    if len(text) > _MOST_TYPED:
        return None
    plain = _BETWEEN.sub("", unicodedata.normalize("NFKC", text)).upper().translate(_LOOK_ALIKE)
    values = [LETTERS.find(letter) for letter in plain]
    if len(values) != LENGTH or -1 in values or _remainder(values):
        return None
    return _shown(values)


def _shown(values: list[int]) -> str:
    code = "".join(LETTERS[value] for value in values)
    return "-".join(code[start : start + GROUP] for start in range(0, LENGTH, GROUP))


def _check(values: list[int]) -> int:
    """The value with which the remainder becomes 0."""
    return _remainder([*values, 0])


def _remainder(values: list[int]) -> int:
    """The values as a polynomial over GF(32), at x = 2: 0 for a code.

    One wrong character, and two of any that changed places, never leave it 0: powers of 2 are all different here.
    """
    sum_ = 0
    for value in values:
        sum_ <<= 1
        if sum_ & 32:
            sum_ ^= 0b100101  # x⁵ + x² + 1, of which 2 is a primitive root
        sum_ ^= value
    return sum_
