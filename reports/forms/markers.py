"""The square marks in a sheet's corners, by which it is found in a picture: the first of ArUco's 4 × 4 dictionaries.

A mark is 6 × 6 modules: a black edge, and inside sixteen bits, white for 1, row by row from the top left. The patterns
are those that OpenCV calls ``DICT_4X4_50``, so that every reader of such marks knows ours.
"""

from __future__ import annotations

from collections.abc import Iterator

Place = tuple[float, float, float, float]  # x, y, width, height

PATTERNS = tuple(
    int(code, 16)
    for code in (
        "b532 0f9a 332d 9946 549e 79cd 9e2e c4f2 feda cf56 f991 11a7 0eb7 2a0f 24b1 263e 4665 6600 6c5e 76af 868b b02b "
        "ccd5 dd82 fe47 9471 ace4 a554 2123 346f 4415 57b2 9ecf f0cb 08ae 0929 1875 04ff 0df6 1c5a 1718 2a28 328c 38b2 "
        "24e8 2eeb 2d3f 4b64 502e 5013"
    ).split()
)
INNER, MODULES = 4, 6


def is_dark(number: int, row: int, column: int) -> bool:
    """Whether a module of the mark is black."""
    if not (0 < row < MODULES - 1 and 0 < column < MODULES - 1):
        return True
    bit = INNER * INNER - 1 - INNER * (row - 1) - (column - 1)
    return not PATTERNS[number] >> bit & 1


def marker_places(number: int, x: float, y: float, size: float) -> Iterator[Place]:
    """The black modules of a mark whose top left corner is there."""
    module = size / MODULES
    for row in range(MODULES):
        for column in range(MODULES):
            if is_dark(number, row, column):
                yield x + column * module, y + row * module, module, module
