"""The geometry of charts drawn as SVG: columns that stand on each other, month by month. Pure; words stay outside."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 360, 190
LEFT, TOP, BOTTOM = 44, 10, 20
"""Room for the numbers at the axis and for the names of the months, in the units of the picture."""

GAP = 0.3
"""Of a column's place, what stays free."""

LINES = 4


@dataclass(frozen=True, slots=True)
class Part:
    """One piece of a column: which series it belongs to, and where it stands."""

    series: int
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Column:
    """One month: its place, its name and its pieces from the bottom up."""

    x: float
    middle: float
    label: str
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A whole picture: ``lines`` are (y, number at the axis)."""

    columns: tuple[Column, ...]
    column_width: float
    lines: tuple[tuple[float, int], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT


def chart(labels: Sequence[str], series: Sequence[Sequence[int]]) -> Chart:
    """Columns of these series; each has a whole number of at least 0 for each label."""
    most = max((sum(values) for values in zip(*series, strict=True)), default=0)
    step = tick(most)
    top = step * max(1, -(-most // step))
    base, scale = HEIGHT - BOTTOM, (HEIGHT - BOTTOM - TOP) / top
    place = (WIDTH - LEFT) / max(1, len(labels))
    width = round(place * (1 - GAP), 1)
    columns = []
    for nth, label in enumerate(labels):
        x, at, parts = LEFT + place * nth + place * GAP / 2, 0, []
        for number, values in enumerate(series):
            if values[nth]:
                at += values[nth]
                parts.append(Part(number, round(base - at * scale, 1), round(values[nth] * scale, 1)))
        columns.append(Column(round(x, 1), round(x + width / 2, 1), label, tuple(parts)))
    lines = tuple((round(base - value * scale, 1), value) for value in range(0, top + 1, step))
    return Chart(tuple(columns), width, lines)


def tick(most: int) -> int:
    """The distance of the lines: 1, 2 or 5 with zeros, so that there are few of them."""
    step, nth = 1, 0
    while step * LINES < most:
        step = (1, 2, 5)[(nth + 1) % 3] * 10 ** ((nth + 1) // 3)
        nth += 1
    return step
