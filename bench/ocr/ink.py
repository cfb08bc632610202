"""Ink as arrays: float32, rows first, 0 is paper and 1 full ink; lengths are pixels at 300 dpi.

A mark that belongs to a box comes on a canvas of twice the box's size with the box in its middle, so that it may reach
beyond the edges (``canvas``, ``in_box``).
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Ink = NDArray[np.float32]
Point = tuple[float, float]
Size = tuple[int, int]
"""Width and height."""

DPI = 300
PER_MM = DPI / 25.4
FINE = 4
"""Bits of a pixel that OpenCV draws with."""


def blank(size: Size) -> Ink:
    """Paper."""
    return np.zeros((size[1], size[0]), np.float32)


def canvas(cell: Size) -> Ink:
    """Paper of twice the size of a box."""
    return blank((2 * cell[0], 2 * cell[1]))


def cropped(ink: Ink, least: float = 0.1) -> Ink:
    """Without its empty edges; one empty pixel where there is no ink."""
    rows, columns = np.where(ink.max(1) > least)[0], np.where(ink.max(0) > least)[0]
    if not len(rows):
        return np.zeros((1, 1), np.float32)
    return ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def laid(onto: Ink, ink: Ink, x: int, y: int) -> None:
    """Lays ink onto other ink, its top left corner there; what reaches beyond the edge is lost. Ink on ink is darker."""
    left, top = max(0, x), max(0, y)
    right, bottom = min(onto.shape[1], x + ink.shape[1]), min(onto.shape[0], y + ink.shape[0])
    if left < right and top < bottom:
        place = onto[top:bottom, left:right]
        part = ink[top - y : bottom - y, left - x : right - x]
        np.maximum(place, part, out=place)


def in_box(ink: Ink, cell: Size, dx: float = 0, dy: float = 0) -> Ink:
    """On a canvas for a box, in its middle or so far from it."""
    out = canvas(cell)
    laid(out, ink, round(cell[0] - ink.shape[1] / 2 + dx), round(cell[1] - ink.shape[0] / 2 + dy))
    return out


def resized(ink: Ink, size: Size) -> Ink:
    """At another size; made smaller, each pixel is the mean of those that it stands for."""
    return np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), np.float32)


def shrunk(ink: Ink, ratio: float) -> Ink:
    """So much smaller both ways: ``ratio`` is below 1."""
    return np.asarray(cv2.resize(ink, None, fx=ratio, fy=ratio, interpolation=cv2.INTER_AREA), np.float32)


def drawn(size: Size, lines: Sequence[Sequence[Point]], width: float) -> Ink:
    """Polylines by a round pen of that width."""
    out = np.zeros((size[1], size[0]), np.uint8)
    scale = 1 << FINE
    for line in lines:
        points = np.round(np.array(line, np.float64) * scale).astype(np.int32)
        cv2.polylines(out, [points.reshape(-1, 1, 2)], False, 255, max(1, round(width)), cv2.LINE_AA, FINE)
    return np.asarray(out, np.float32) / np.float32(255)


def curved(points: Sequence[Point], steps: int = 6) -> list[Point]:
    """A smooth line through the points (Catmull-Rom)."""
    given = np.array([points[0], *points, points[-1]], np.float64)
    made: list[Point] = []
    for n in range(1, len(given) - 2):
        a, b, c, d = given[n - 1 : n + 3]
        for t in np.linspace(0, 1, steps, endpoint=False):
            x, y = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
            made.append((float(x), float(y)))
    made.append((float(given[-2][0]), float(given[-2][1])))
    return made


def of_width(mask: Ink, width: float | None) -> Ink:
    """The strokes of a mask set to about that width with soft edges; None leaves them as they are. Thin ones never
    vanish: before a stroke would break or lose its end, all of them stay broader.
    """
    inside = (mask > 0.5).astype(np.uint8)
    to_edge = cv2.distanceTransform(inside, cv2.DIST_L2, 5)
    from_edge = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 5)
    ridge = to_edge[to_edge > 0]
    grown = 0.0
    if width is not None and ridge.size:
        now = 2 * float(np.percentile(ridge, 85))
        grown = float(np.clip((width - now) / 2, -0.3 * now, max(2.0, 0.6 * now)))
        while grown < -0.5 and not _is_whole(to_edge > -grown, inside, -grown):
            grown *= 0.7
    return np.asarray(np.clip((to_edge - from_edge + grown) / 1.6 + 0.5, 0, 1), np.float32)


def _is_whole(kept: NDArray[np.bool_], before: NDArray[np.uint8], lost: float) -> bool:
    """Whether the strokes are in as many parts as before, and reach as far but for what is lost at every edge."""
    if not kept.any() or cv2.connectedComponents(kept.astype(np.uint8))[0] > cv2.connectedComponents(before)[0]:
        return False
    (_, _, *sides), (_, _, *whole) = cv2.boundingRect(kept.astype(np.uint8)), cv2.boundingRect(before)
    return all(side >= 0.9 * (full - 2 * lost) for side, full in zip(sides, whole, strict=True))
