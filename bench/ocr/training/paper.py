"""Ink laid into a cell and seen through a bad scan, as it comes out of a straightened page: grey, paper 255, ``SCALE``
pixels to the millimetre, what was printed mostly taken out.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench.ocr.ink import PER_MM as PER_MM
from ocr.cells import FAINT, SCALE

Ink = NDArray[np.float32]
Gray = NDArray[np.uint8]


def blank(high: float, wide: float) -> Ink:
    """Paper of so many millimetres."""
    return np.zeros((round(high * SCALE), round(wide * SCALE)), np.float32)


def lay(paper: Ink, ink: Ink, height: float, across: float, down: float) -> None:
    """Puts a mark on the paper, ``height`` millimetres high, its middle there (millimetres). What sticks out is lost."""
    tall = max(2, round(height * SCALE))
    wide = max(2, round(ink.shape[1] * tall / ink.shape[0]))
    small = cv2.resize(ink, (wide, tall), interpolation=cv2.INTER_AREA if tall < ink.shape[0] else cv2.INTER_LINEAR)
    top, left = round(down * SCALE - tall / 2), round(across * SCALE - wide / 2)
    rows = slice(max(0, top), min(paper.shape[0], top + tall))
    columns = slice(max(0, left), min(paper.shape[1], left + wide))
    if rows.start < rows.stop and columns.start < columns.stop:
        part = small[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left]
        np.maximum(paper[rows, columns], part, out=paper[rows, columns])


def box_remains(rng: Generator, paper: Ink, edge: float) -> tuple[Ink, Ink]:
    """What taking out the printed box left, ``edge`` millimetres inside the paper's: bits of its lines, and where it
    took ink along (1: all of it).
    """
    high, wide = paper.shape
    left, gone = np.zeros_like(paper), np.zeros_like(paper)
    if rng.random() < 0.35:
        return left, gone
    off = rng.normal(0, 0.18, 2).clip(-0.5, 0.5) * SCALE
    thick = max(1, round(rng.uniform(0.15, 0.45) * SCALE))
    at = edge * SCALE
    corners = [(at, at), (wide - at, at), (wide - at, high - at), (at, high - at)]
    strength = rng.uniform(0.05, 0.8)
    for n in range(4):
        a, b = (np.array(corners[(n + m) % 4]) for m in (0, 1))
        nominal = [tuple(np.round(p).astype(int).tolist()) for p in (a, b)]
        cv2.line(gone, nominal[0], nominal[1], 1.0, thick + 1)
        if rng.random() < 0.5:
            start, stop = sorted(rng.uniform(-0.1, 1.1, 2))
            seen = [tuple(np.round(a + (b - a) * part + off).astype(int).tolist()) for part in (start, stop)]
            cv2.line(
                left, seen[0], seen[1], float(strength * rng.uniform(0.4, 1)), max(1, thick - int(rng.integers(0, 3)))
            )
    return left, gone * rng.choice((0, 0, 0.5, 1))


def dirt(rng: Generator, paper: Ink) -> None:
    """Specks, a hair or fold, and the remains of a red stamp; mostly none of it."""
    high, wide = paper.shape
    if rng.random() < 0.15:
        for _ in range(rng.integers(1, 5)):
            middle = (int(rng.integers(wide)), int(rng.integers(high)))
            cv2.circle(paper, middle, int(rng.integers(1, 3)), float(rng.uniform(0.2, 0.9)), -1)
    if rng.random() < 0.06:
        ends = [(int(rng.integers(-wide, 2 * wide)), -2), (int(rng.integers(-wide, 2 * wide)), high + 2)]
        if rng.random() < 0.5:
            ends = [(y, x) for x, y in ends]
        cv2.line(paper, ends[0], ends[1], float(rng.uniform(0.05, 0.15)), int(rng.integers(1, 4)), cv2.LINE_AA)
    if rng.random() < 0.06:
        middle = (int(rng.integers(-wide, 2 * wide)), int(rng.integers(-high, 2 * high)))
        shade = np.zeros_like(paper)
        cv2.circle(
            shade,
            middle,
            int(rng.integers(wide // 2, 2 * wide)),
            float(rng.uniform(0.08, 0.3)),
            int(rng.integers(2, 6)),
            cv2.LINE_AA,
        )
        shade *= rng.random(paper.shape) < rng.uniform(0.3, 1)
        np.maximum(paper, shade, out=paper)


def scanned(rng: Generator, ink: Ink, under: Ink, gone: Ink, dark: float | None = None) -> Gray:
    """The paper as a scanner or a phone gives it, washed: ``under`` lies below the ink, ``gone`` is where ink is lost.

    ``dark``: of full ink, 0 to 1; None: by chance, with pencils among the pens.
    """
    pencil = dark is None and rng.random() < 0.22
    if dark is None:
        dark = rng.uniform(0.22, 0.5) if pencil else rng.uniform(0.55, 1)
    if pencil and rng.random() < 0.7:
        grain = cv2.GaussianBlur(rng.random(ink.shape, np.float32), (0, 0), rng.uniform(0.5, 1.2))
        ink = ink * (1 - rng.uniform(0.2, 0.8) * (grain > np.quantile(grain, 0.6)))
    page = np.maximum(ink * dark * (1 - gone), under * max(dark, 0.5)).astype(np.float32)
    if rng.random() < 0.45:  # a scan of fewer dots than the straightened page has, 100 to 200 to the inch
        part = rng.uniform(0.48, 1)
        small = cv2.resize(page, None, fx=part, fy=part, interpolation=cv2.INTER_AREA)
        page = cv2.resize(small, (ink.shape[1], ink.shape[0]), interpolation=cv2.INTER_LINEAR)
    if rng.random() < 0.7:
        page = cv2.GaussianBlur(page, (0, 0), rng.uniform(0.3, 1.5))
    if rng.random() < 0.12:  # fax
        page = cv2.resize(
            (page > rng.uniform(0.18, 0.5) * dark).astype(np.float32) * 0.95, (ink.shape[1], ink.shape[0])
        )
    if rng.random() < 0.6:
        page = page + rng.normal(0, rng.uniform(0.005, 0.045), page.shape).astype(np.float32)
    gray = np.clip(255 - page * 255, 0, 255).astype(np.uint8)
    if rng.random() < 0.4:
        code = cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))])[1]
        gray = np.asarray(cv2.imdecode(code, cv2.IMREAD_GRAYSCALE), np.uint8)
    return gray


def vanished(gray: Gray, ink: Ink) -> bool:
    """Whether so much of the ink is paler than any pencil that nobody could say what it was."""
    there = ink > 0.4
    return bool(there.any()) and float((gray[there] > 255 - FAINT).mean()) > 0.4
