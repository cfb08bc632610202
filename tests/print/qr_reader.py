"""Reading a QR code from a picture of a page, written from ISO/IEC 18004 and sharing nothing with what drew it.

The picture is upright and clean, as a rendered page is: the code is found by its three corner patterns and read without
correcting errors. What it must hold is checked all the same: format, error-correcting words, padding.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from PIL.Image import Image, Transpose

Matrix = list[list[bool]]
Hit = tuple[float, float, float]
RUNS, FINDER = re.compile(rb"\x00+|\x01+"), (1, 1, 3, 1, 1)
LEVELS = {0b01: "L", 0b00: "M", 0b11: "Q", 0b10: "H"}
WORDS_M = {1: (10, 1), 2: (16, 1), 3: (26, 1), 4: (18, 2), 5: (24, 2), 6: (16, 4), 7: (18, 4), 8: (22, 4), 9: (22, 5)}
"""Level M, versions 1 to 9: error-correcting words of a block, and blocks (ISO/IEC 18004, table 9)."""

MASKS = (
    lambda r, c: (r + c) % 2, lambda r, c: r % 2, lambda r, c: c % 3, lambda r, c: (r + c) % 3,
    lambda r, c: (r // 2 + c // 3) % 2, lambda r, c: r * c % 2 + r * c % 3, lambda r, c: (r * c % 2 + r * c % 3) % 2,
    lambda r, c: ((r + c) % 2 + r * c % 3) % 2,
)  # fmt: skip


@dataclass(frozen=True)
class Read:
    """What stands in the code; ``module`` is a module's width in pixels, ``quiet`` the white round it in modules."""

    text: str
    level: str
    version: int
    module: float
    quiet: float


def read(picture: Image) -> Read:
    """The one code on the picture; AssertionError where something is not as the standard has it."""
    grey = picture.convert("L")
    dark, upright = _lines(grey), _lines(grey.transpose(Transpose.TRANSPOSE))
    (top, left, module), (_, right, _), (bottom, _, _) = _corner(_patterns_both_ways(dark, upright))
    size = round((right - left) / module) + 7
    assert round((bottom - top) / module) + 7 == size
    module = (right - left) / (size - 7)
    x0, y0 = left - 3.5 * module, top - 3.5 * module

    def at(row: float, column: float) -> bool:
        return bool(dark[int(y0 + (row + 0.5) * module)][int(x0 + (column + 0.5) * module)])

    matrix = [[at(row, column) for column in range(size)] for row in range(size)]
    text, level = decode(matrix)
    return Read(text, level, (size - 17) // 4, module, _white(dark, x0, y0, size * module) / module)


def _lines(grey: Image) -> list[bytes]:
    """The rows of the picture, a byte for each pixel: 1 is dark."""
    width, height = grey.size
    pixels = grey.tobytes().translate(bytes(value < 128 for value in range(256)))
    return [pixels[y * width : (y + 1) * width] for y in range(height)]


def _white(dark: list[bytes], x0: float, y0: float, size: float) -> int:
    """How many pixels around the square are light on every side."""
    left, top, right, bottom = round(x0), round(y0), round(x0 + size), round(y0 + size)
    for away in range(2, left):  # the first pixel may be the code's own edge
        rows, columns = range(top - away, bottom + away), range(left - away, right + away)
        sides = [dark[top - away][x] or dark[bottom + away - 1][x] for x in columns]
        sides += [dark[y][left - away] or dark[y][right + away - 1] for y in rows]
        if any(sides):
            return away - 1
    return left - 1


def _corner(hits: list[Hit]) -> tuple[Hit, Hit, Hit]:
    """Top left, top right and bottom left: the largest right angle with equal sides. Data may look like a fourth."""
    angles = [
        (right[1] - corner[1], (corner, right, below))
        for corner in hits
        for right in hits
        for below in hits
        if right[1] - corner[1] > 10 * corner[2]
        and max(abs(right[0] - corner[0]), abs(below[1] - corner[1])) < corner[2] / 2
        and abs(right[1] - corner[1] - below[0] + corner[0]) < corner[2] / 2
    ]
    return max(angles)[1]


def _patterns_both_ways(rows: list[bytes], columns: list[bytes]) -> list[Hit]:
    """Middle (y, x) and module width of every dark, light, dark of 1 : 1 : 3 : 1 : 1 both ways."""
    hits: list[Hit] = []
    for y, row in enumerate(rows):
        for x, module in _patterns(row):
            if any(abs(x - b) < 3 * module and abs(y - a) < 3 * module for a, b, _ in hits):
                continue
            across = _patterns(columns[int(x)])
            middle = next((at for at, width in across if abs(at - y) <= module and width < 1.5 * module), None)
            if middle is not None:
                hits.append((middle, x, module))
    return hits


def _patterns(line: bytes) -> Iterator[tuple[float, float]]:
    """Middle and module width of every 1 : 1 : 3 : 1 : 1 on a line of pixels."""
    runs = [(run[0][0], run.start(), len(run[0])) for run in RUNS.finditer(line)]
    for five in zip(runs, runs[1:], runs[2:], runs[3:], runs[4:], strict=False):
        module = sum(length for _, _, length in five) / 7
        if five[0][0] and all(abs(run[2] - n * module) < module / 2 for run, n in zip(five, FINDER, strict=True)):
            yield five[2][1] + five[2][2] / 2, module


def decode(matrix: Matrix) -> tuple[str, str]:
    """Text and level of a matrix of dark and light modules."""
    size = len(matrix)
    version = (size - 17) // 4
    level, mask = _format(matrix)
    taken = _function_modules(version, size)
    bits = [
        matrix[row][column] ^ (MASKS[mask](row, column) == 0)
        for row, column in _zigzag(size)
        if not taken[row][column]
    ]  # fmt: skip
    words = [sum(bit << (7 - n) for n, bit in enumerate(bits[at : at + 8])) for at in range(0, len(bits) - 7, 8)]
    assert level == "M", level
    return _text(_data(words, *WORDS_M[version])), level


def _format(matrix: Matrix) -> tuple[str, int]:
    """Level and mask, written twice and protected by a BCH code."""
    size = len(matrix)
    around = [(8, n) for n in (0, 1, 2, 3, 4, 5, 7, 8)] + [(n, 8) for n in (7, 5, 4, 3, 2, 1, 0)]
    apart = [(size - 1 - n, 8) for n in range(7)] + [(8, size - 8 + n) for n in range(8)]
    found = {sum(matrix[r][c] << (14 - n) for n, (r, c) in enumerate(places)) ^ 0x5412 for places in (around, apart)}
    assert len(found) == 1, found
    (value,) = found
    rest = value
    for shift in range(4, -1, -1):
        if rest >> (shift + 10) & 1:
            rest ^= 0x537 << shift
    assert rest == 0
    assert matrix[size - 8][8], "the dark module"
    return LEVELS[value >> 13], value >> 10 & 7


def _function_modules(version: int, size: int) -> list[list[bool]]:
    """What holds no data: corner patterns with their edges and the format, timing, alignment patterns, the version."""
    taken = [[row == 6 or column == 6 for column in range(size)] for row in range(size)]

    def take(rows: range, columns: range) -> None:
        for row in rows:
            for column in columns:
                taken[row][column] = True

    take(range(9), range(9))
    take(range(9), range(size - 8, size))
    take(range(size - 8, size), range(9))
    if version >= 7:
        take(range(6), range(size - 11, size - 8))
        take(range(size - 11, size - 8), range(6))
    middles = _alignments(version, size)
    corners = {(6, 6), (6, size - 7), (size - 7, 6)}
    for row in middles:
        for column in middles:
            if (row, column) not in corners:
                take(range(row - 2, row + 3), range(column - 2, column + 3))
    return taken


def _alignments(version: int, size: int) -> list[int]:
    if version == 1:
        return []
    count = version // 7 + 2
    step = (size - 13 + 2 * (count - 1) - 1) // (2 * (count - 1)) * 2
    return [6, *sorted(size - 7 - step * n for n in range(count - 1))]


def _zigzag(size: int) -> Iterator[tuple[int, int]]:
    """Two columns at a time from the right, up and down in turn, past the timing column."""
    upward = True
    for right in [column for column in range(size - 1, 0, -2) if column > 6] + [5, 3, 1]:
        for row in range(size - 1, -1, -1) if upward else range(size):
            yield from ((row, right), (row, right - 1))
        upward = not upward


def _data(words: list[int], correcting: int, count: int) -> list[int]:
    """The data words of all blocks, each block found to be a word of the Reed–Solomon code."""
    long = len(words) % count
    lengths = [len(words) // count - correcting + (n >= count - long) for n in range(count)]
    at = iter(words)
    data: list[list[int]] = [[] for _ in lengths]
    for n in range(max(lengths)):
        for block, length in zip(data, lengths, strict=True):
            if n < length:
                block.append(next(at))
    checks: list[list[int]] = [[] for _ in lengths]
    for _ in range(correcting):
        for block in checks:
            block.append(next(at))
    for block, check in zip(data, checks, strict=True):
        assert not any(_syndromes(block + check, correcting))
    return [word for block in data for word in block]


def _syndromes(words: list[int], count: int) -> list[int]:
    """The polynomial of these words at the first powers of 2 in GF(256) modulo 0x11D; all 0 for a word of the code."""
    found, power = [], 1
    for _ in range(count):
        value = 0
        for word in words:
            value = _times(value, power) ^ word
        found.append(value)
        power = _times(power, 2)
    return found


def _times(a: int, b: int) -> int:
    product = 0
    for n in range(8):
        product ^= (a << n) * (b >> n & 1)
    for n in range(14, 7, -1):
        product ^= (0x11D << (n - 8)) * (product >> n & 1)
    return product


def _text(words: list[int]) -> str:
    """One segment of bytes, an end, and padding up to the last word."""
    bits = "".join(f"{word:08b}" for word in words)
    assert bits[:4] == "0100", "bytes"
    length = int(bits[4:12], 2)
    end = 12 + 8 * length
    rest = bits[end + 4 :]
    assert bits[end : end + 4] == "0000"
    assert rest == ("1110110000010001" * len(words))[: len(rest)]
    return bytes(int(bits[n : n + 8], 2) for n in range(12, end, 8)).decode("ascii")
