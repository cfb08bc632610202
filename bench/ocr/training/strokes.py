"""Marks drawn by an imagined pen: digits in the ways that people write them, ticks, circles, scribbles, lines through.

All ink is a float32 array of 0 (paper) to 1 (covered), cut close around the mark; a mark's size is that of its array.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench.ocr.ink import Ink, cropped

Points = Sequence[tuple[float, float]]
Stroke = tuple[bool, Points]
"""Whether the pen goes round the corners, and where it passes; (0, 0) is the mark's top left, (1, 1) its bottom right."""

FAINT = 0.05
"""Up to this ink, an edge of a mark is taken for empty."""

ROUND, SHARP = True, False
DIGITS: tuple[tuple[tuple[Stroke, ...], ...], ...] = (
    (
        ((ROUND, ((0.6, 0.0), (0.15, 0.2), (0.0, 0.55), (0.25, 0.95), (0.65, 0.97), (1.0, 0.5), (0.8, 0.1), (0.5, 0.0))),),
        ((ROUND, ((0.4, 0.02), (0.05, 0.4), (0.15, 0.85), (0.6, 1.0), (0.95, 0.65), (0.85, 0.15), (0.45, 0.0), (0.3, 0.1))),),
        ((ROUND, ((0.55, 0.0), (0.9, 0.25), (0.95, 0.7), (0.5, 1.0), (0.05, 0.7), (0.1, 0.25), (0.5, 0.02))),),
    ),
    (
        ((SHARP, ((0.5, 0.0), (0.5, 1.0))),),
        ((SHARP, ((0.52, 0.0), (0.5, 0.5), (0.47, 1.0))),),
        ((SHARP, ((0.3, 0.2), (0.52, 0.0), (0.5, 1.0))),),
        ((SHARP, ((0.3, 0.2), (0.52, 0.0), (0.5, 1.0))), (SHARP, ((0.25, 1.0), (0.75, 1.0)))),
        ((SHARP, ((0.1, 0.35), (0.55, 0.0), (0.5, 1.0))), (SHARP, ((0.1, 0.98), (0.9, 1.0)))),
    ),
    (
        ((ROUND, ((0.05, 0.25), (0.4, 0.0), (0.85, 0.2), (0.65, 0.6), (0.0, 1.0))), (SHARP, ((0.0, 1.0), (1.0, 0.97)))),
        ((ROUND, ((0.05, 0.2), (0.5, 0.0), (0.85, 0.3), (0.5, 0.7), (0.1, 0.95), (0.15, 0.8), (0.5, 0.92), (1.0, 0.97))),),
        ((SHARP, ((0.05, 0.1), (0.5, 0.0), (0.9, 0.15), (0.7, 0.55), (0.0, 1.0), (1.0, 1.0))),),
        ((ROUND, ((0.05, 0.25), (0.4, 0.0), (0.8, 0.2), (0.6, 0.6), (0.15, 0.95), (0.5, 0.98))),),
    ),
    (
        ((ROUND, ((0.05, 0.12), (0.5, 0.0), (0.85, 0.2), (0.4, 0.45))), (ROUND, ((0.4, 0.45), (0.95, 0.7), (0.5, 1.0), (0.0, 0.9)))),
        ((ROUND, ((0.1, 0.1), (0.6, 0.0), (0.85, 0.2), (0.6, 0.42), (0.45, 0.48), (0.8, 0.6), (0.9, 0.8), (0.5, 1.0), (0.05, 0.85))),),
        ((SHARP, ((0.05, 0.0), (0.9, 0.0), (0.4, 0.4))), (ROUND, ((0.4, 0.4), (0.95, 0.65), (0.6, 0.97), (0.0, 0.92)))),
    ),
    (
        ((SHARP, ((0.45, 0.0), (0.0, 0.68), (1.0, 0.66))), (SHARP, ((0.75, 0.3), (0.7, 1.0)))),
        ((SHARP, ((0.7, 0.0), (0.0, 0.7), (1.0, 0.7))), (SHARP, ((0.7, 0.0), (0.68, 1.0)))),
        ((SHARP, ((0.1, 0.0), (0.05, 0.55), (0.95, 0.5))), (SHARP, ((0.8, 0.05), (0.7, 1.0)))),
        ((ROUND, ((0.2, 0.0), (0.05, 0.45), (0.35, 0.6), (0.95, 0.5))), (SHARP, ((0.75, 0.0), (0.65, 1.0)))),
        ((SHARP, ((0.25, 0.0), (0.0, 0.78), (1.0, 0.74))), (SHARP, ((0.8, 0.0), (0.65, 1.0)))),
    ),
    (
        (
            (SHARP, ((0.2, 0.0), (0.12, 0.45))),
            (ROUND, ((0.12, 0.45), (0.55, 0.35), (0.95, 0.65), (0.6, 0.97), (0.0, 0.9))),
            (SHARP, ((0.2, 0.02), (0.9, 0.0))),
        ),
        ((SHARP, ((0.9, 0.0), (0.2, 0.03), (0.12, 0.45))), (ROUND, ((0.12, 0.45), (0.6, 0.38), (0.9, 0.7), (0.5, 1.0), (0.0, 0.88)))),
        ((ROUND, ((0.95, 0.0), (0.3, 0.05), (0.15, 0.4), (0.7, 0.5), (0.85, 0.8), (0.4, 1.0), (0.0, 0.92))),),
    ),
    (
        ((ROUND, ((0.7, 0.0), (0.25, 0.4), (0.05, 0.75), (0.4, 1.0), (0.9, 0.8), (0.6, 0.55), (0.15, 0.72))),),
        ((ROUND, ((0.45, 0.0), (0.15, 0.4), (0.08, 0.8), (0.5, 1.0), (0.92, 0.75), (0.5, 0.52), (0.1, 0.75))),),
        ((ROUND, ((0.3, 0.0), (0.1, 0.5), (0.15, 0.9), (0.6, 1.0), (0.9, 0.8), (0.7, 0.6), (0.2, 0.75))),),
        ((ROUND, ((0.0, 0.0), (0.08, 0.6), (0.4, 1.0), (0.85, 0.85), (0.95, 0.5), (0.6, 0.45), (0.45, 0.75), (0.6, 0.95))),),
    ),
    (
        ((SHARP, ((0.0, 0.05), (1.0, 0.0), (0.4, 1.0))),),
        ((SHARP, ((0.0, 0.35), (0.02, 0.03), (1.0, 0.0), (0.5, 1.0))),),
        ((SHARP, ((0.1, 0.4), (0.05, 0.05), (0.95, 0.0), (0.4, 1.0))),),
        ((SHARP, ((0.0, 0.05), (0.95, 0.02))), (ROUND, ((0.95, 0.02), (0.6, 0.45), (0.5, 1.0)))),
        ((SHARP, ((0.0, 0.04), (1.0, 0.0), (0.4, 1.0))), (SHARP, ((0.3, 0.5), (0.85, 0.45)))),
    ),
    (
        (
            (
                ROUND,
                ((0.85, 0.15), (0.45, 0.0), (0.12, 0.22), (0.5, 0.48), (0.95, 0.78), (0.5, 1.0), (0.05, 0.78), (0.5, 0.48), (0.85, 0.22), (0.7, 0.05)),
            ),
        ),
        (
            (ROUND, ((0.5, 0.0), (0.15, 0.2), (0.5, 0.45), (0.85, 0.2), (0.5, 0.0))),
            (ROUND, ((0.5, 0.45), (0.05, 0.75), (0.5, 1.0), (0.95, 0.75), (0.5, 0.45))),
        ),
        (
            (
                ROUND,
                ((0.5, 0.45), (0.15, 0.2), (0.55, 0.0), (0.85, 0.2), (0.45, 0.5), (0.05, 0.8), (0.5, 1.0), (0.95, 0.8), (0.45, 0.45)),
            ),
        ),
    ),
    (
        ((ROUND, ((0.85, 0.12), (0.45, 0.0), (0.15, 0.2), (0.45, 0.42), (0.85, 0.3), (0.85, 0.7), (0.45, 1.0), (0.1, 0.82))),),
        ((ROUND, ((0.9, 0.2), (0.5, 0.0), (0.08, 0.25), (0.4, 0.5), (0.9, 0.22))), (SHARP, ((0.9, 0.15), (0.8, 1.0)))),
        ((ROUND, ((0.85, 0.15), (0.4, 0.0), (0.08, 0.3), (0.5, 0.5), (0.9, 0.2), (0.85, 0.6), (0.55, 1.0))),),
        ((ROUND, ((0.9, 0.25), (0.55, 0.02), (0.1, 0.2), (0.4, 0.48), (0.92, 0.22), (0.88, 0.7), (0.5, 1.0), (0.1, 0.9))),),
        ((ROUND, ((0.8, 0.25), (0.4, 0.0), (0.05, 0.25), (0.4, 0.5), (0.85, 0.25))), (ROUND, ((0.85, 0.2), (0.7, 0.6), (0.3, 1.0)))),
    ),
)  # fmt: skip
"""For each digit, ways of writing it that are found in Japan, most usual first."""

MARKS: tuple[tuple[Stroke, ...], ...] = (
    ((SHARP, ((0.0, 0.5), (0.35, 1.0), (1.0, 0.0))),),
    ((SHARP, ((0.0, 0.3), (0.25, 1.0), (1.0, 0.3))),),
    ((ROUND, ((0.0, 0.1), (0.15, 0.95), (0.3, 0.95), (1.0, 0.2))),),
    ((SHARP, ((0.0, 0.0), (1.0, 1.0))), (SHARP, ((1.0, 0.0), (0.0, 1.0)))),
    ((SHARP, ((0.0, 1.0), (1.0, 0.0))),),
    ((SHARP, ((0.0, 0.0), (1.0, 1.0))),),
)
"""Ticks, a cross, single lines. Circles are ``circle``'s."""

SIZE = 96  # pixels that a mark of height 1 is drawn on


def written(rng: Generator, digit: int) -> Ink:
    """The digit as somebody may write it."""
    ways = DIGITS[digit]
    return drawn(rng, ways[rng.integers(len(ways))], width=rng.uniform(0.35, 0.85), shake=0.035)


def tick(rng: Generator) -> Ink:
    """A tick, a cross or a line."""
    odds = (0.36, 0.16, 0.12, 0.2, 0.08, 0.08)
    return drawn(rng, MARKS[rng.choice(len(MARKS), p=odds)], width=rng.uniform(0.6, 1.5), shake=0.05)


def circle(rng: Generator) -> Ink:
    """A ring drawn in one go, that may not quite close or go round a little more than once."""
    start, turn = rng.uniform(0, 2 * np.pi), rng.uniform(1.85, 2.35) * np.pi * rng.choice((-1, 1))
    at = start + np.linspace(0, turn, 14)
    wander = 0.5 + np.cumsum(rng.normal(0, 0.01, 14))
    points = np.stack([0.5 + np.cos(at) * wander, 0.5 + np.sin(at) * wander], axis=1)
    return _inked(rng, [(ROUND, points)], rng.uniform(0.8, 1.35), rng.uniform(0.04, 0.1))


def scribble(rng: Generator, turns: int | None = None) -> Ink:
    """To and fro until what was there is gone: zigzag, coils, or a tangle."""
    turns = turns or int(rng.integers(4, 12))
    kind = rng.integers(3)
    if kind == 0:
        along = np.linspace(0, 1, turns * 2)
        points = np.stack([along, np.arange(turns * 2) % 2 + rng.normal(0, 0.12, turns * 2)], axis=1)
    elif kind == 1:
        at = np.linspace(0, turns * 2 * np.pi, turns * 10)
        points = np.stack([np.linspace(0, 1, turns * 10) + 0.3 * np.cos(at), 0.5 + 0.5 * np.sin(at)], axis=1)
    else:
        points = rng.uniform(0, 1, (turns + 3, 2))
    angle = rng.choice((0, np.pi / 2, np.pi / 4, -np.pi / 4)) + rng.normal(0, 0.15)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return _inked(
        rng, [(bool(rng.integers(2)) or kind == 1, points @ turn)], rng.uniform(0.6, 1.4), rng.uniform(0.04, 0.12)
    )


def lines(rng: Generator, count: int | None = None, angle: float | None = None) -> Ink:
    """One to three lines side by side, as things are struck out."""
    count = count or int(rng.choice((1, 2, 2, 2, 3)))
    angle = rng.choice((0, 0, 0.6, -0.6, 0.9)) + rng.normal(0, 0.1) if angle is None else angle
    apart = rng.uniform(0.1, 0.28)
    strokes: list[tuple[bool, NDArray[np.float64]]] = []
    for n in range(count):
        lift = (n - (count - 1) / 2) * apart + rng.normal(0, 0.02)
        ends = np.array([(-0.5, lift + rng.normal(0, 0.03)), (0.0, lift), (0.5, lift + rng.normal(0, 0.03))])
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        strokes.append((SHARP, ends @ turn))
    return _inked(rng, strokes, 1.0, rng.uniform(0.04, 0.1))


def drawn(rng: Generator, strokes: Sequence[Stroke], width: float, shake: float) -> Ink:
    """The strokes by an unsteady hand: every point a little off, the whole bent, slanted and turned."""
    bend = rng.normal(0, 0.04, 4)
    slant, turn = rng.normal(0.05, 0.16), rng.normal(0, 0.09)
    moved = []
    for smooth, points in strokes:
        at = np.array(points, dtype=float) + rng.normal(0, shake, (len(points), 2))
        x, y = at[:, 0].copy(), at[:, 1].copy()
        x += bend[0] * np.sin(np.pi * y) + bend[1] * np.sin(2 * np.pi * y)
        y += (bend[2] * np.sin(np.pi * x) + bend[3] * np.sin(2 * np.pi * x)) * 0.6
        x = (x - 0.5) * width - slant * (y - 0.5)
        y = y - 0.5
        moved.append(
            (smooth, np.stack([x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)], axis=1))
        )
    return _inked(rng, moved, 1.0, float(np.exp(rng.normal(np.log(0.085), 0.35)).clip(0.035, 0.16)))


def _inked(rng: Generator, strokes: Sequence[tuple[bool, NDArray[np.float64]]], width: float, pen: float) -> Ink:
    """The strokes with a pen of this width, as a part of the mark's height."""
    ways = [_way(smooth, np.asarray(points, dtype=float) * (width, 1.0)) for smooth, points in strokes]
    all_points = np.concatenate(ways)
    low, high = all_points.min(axis=0), all_points.max(axis=0)
    scale = SIZE / max(high[1] - low[1], high[0] - low[0], 0.05)
    thick = max(2, round(pen * SIZE))
    pad = thick + 2
    wide, tall = ((high - low) * scale).astype(int) + 2 * pad
    sheet = np.zeros((tall, wide), np.uint8)
    for way in ways:
        at = ((way - low) * scale + pad) * 16
        cv2.polylines(sheet, [at.astype(np.int32).reshape(-1, 1, 2)], False, 255, thick, cv2.LINE_AA, shift=4)
    return cropped(sheet.astype(np.float32) / np.float32(255), FAINT)


def _way(smooth: bool, points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Every place that the pen passes: straight from point to point, or round (Catmull and Rom's curve)."""
    if not smooth or len(points) < 3:
        return points
    ends = np.concatenate([points[:1] * 2 - points[1:2], points, points[-1:] * 2 - points[-2:-1]])
    t = np.linspace(0, 1, 8, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(ends, ends[1:], ends[2:], ends[3:], strict=False):
        pieces.append(0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3))
    return np.concatenate([*pieces, points[-1:]])
