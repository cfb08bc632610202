"""Whose ink the training cells are written in: the train split's writers and typefaces and strangers', varied, and imagined
pens.
"""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.random import Generator

from bench.ocr import sources
from bench.ocr.ink import Ink, cropped, resized
from bench.ocr.sources import Kind, Source, Split
from bench.ocr.training import mnist, optdigits, strokes

STRANGERS, THIRTY, IMAGINED = "strangers", "thirty", "imagined"
KINDS = (STRANGERS, THIRTY, Kind.REAL, Kind.FONT, Kind.PRINTED, IMAGINED)
SHARES = (0.14, 0.3, 0.12, 0.22, 0.06, 0.16)
"""How often each: people who are no hands of the corpus (MNIST's, and thirty who wrote as its own did), its own three
kinds, and an imagined pen.
"""

SIGNS = (
    "一二三四五六七八九十百千日月火水木金土年時分人口中小大上下出入田山川休欠有無同済済全班長団消防"
    "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン"
    "あいうえおかきくけこさしすせそたちつてとなにぬねのはひふへほまみむめもやゆよらりるれろわをん"
    "ABCDEFGHJKMNPQRTUVWXYaehkmnprtvwxy△×※＋〃々？#%&*=-/"
)
"""What people write into a box for a digit instead of one. Signs that may well be a digit (O, l, S, Z) are not here."""


HEIGHT = 64
"""Pixels that a mark is varied on: about what it has in a cell."""


def digit(rng: Generator, figure: int, split: Split = Split.TRAIN) -> Ink:
    """A figure 0 to 9 by anybody of the split."""
    kind = KINDS[rng.choice(len(KINDS), p=SHARES)]
    if kind is IMAGINED:
        return strokes.written(rng, figure)
    if kind is STRANGERS:
        return varied(rng, mnist.written(rng, figure), 1.0)
    if kind is THIRTY:
        return varied(rng, optdigits.written(rng, figure), 1.0)
    source = _any(rng, split, Kind(kind))
    ways = sources.masters(source, str(figure))
    ink = ways[int(rng.integers(len(ways)))]
    return varied(rng, ink, 0.4 if kind is Kind.PRINTED else 1.0)


def sign(rng: Generator, split: Split = Split.TRAIN) -> Ink:
    """A kanji, kana, letter or other sign in one of the split's Japanese typefaces."""
    source = _any(rng, split, Kind.FONT if rng.random() < 0.8 else Kind.PRINTED)
    return varied(rng, _letter(source.kanji, SIGNS[int(rng.integers(len(SIGNS)))]), 0.8)


@cache
def _letter(face: str, letter: str) -> Ink:
    return sources.letters(face, letter)


def _any(rng: Generator, split: Split, kind: Kind) -> Source:
    found = sources.sources(split, kind)
    return found[int(rng.integers(len(found)))]


def varied(rng: Generator, ink: Ink, much: float) -> Ink:
    """The same mark by a like hand: wider or narrower, slanted, turned, bent by a slow wave, with another pen."""
    high, wide = HEIGHT, max(2, round(ink.shape[1] * HEIGHT / ink.shape[0]))
    ink = resized(ink, (wide, high))
    aspect = float(np.exp(rng.normal(0, 0.14 * much)))
    slant, turn = rng.normal(0, 0.13 * much), rng.normal(0, 0.08 * much)
    pad = round(0.22 * high) + 4
    out = (round(wide * aspect + 2 * pad + abs(slant) * high), high + 2 * pad)
    x, y = np.meshgrid(
        np.arange(out[0], dtype=np.float32) - out[0] / 2, np.arange(out[1], dtype=np.float32) - out[1] / 2
    )
    wave = cv2.resize(rng.standard_normal((4, 3, 2)).astype(np.float32), out, interpolation=cv2.INTER_CUBIC)
    x += wave[..., 0] * 0.03 * much * high
    y += wave[..., 1] * 0.03 * much * high
    level, upright = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    from_x = ((level + slant * upright) / aspect + wide / 2).astype(np.float32)
    from_y = (upright + high / 2).astype(np.float32)
    bent = np.asarray(cv2.remap(ink, from_x, from_y, cv2.INTER_LINEAR), np.float32)
    return cropped(_other_pen(rng, bent, much), strokes.FAINT)


def _other_pen(rng: Generator, ink: Ink, much: float) -> Ink:
    """Strokes a little thicker or thinner, but never gone."""
    inside = (ink > 0.5).astype(np.uint8)
    to_edge = cv2.distanceTransform(inside, cv2.DIST_L2, 3)
    ridge = to_edge[to_edge > 0]
    if not ridge.size:
        return ink
    half = float(np.percentile(ridge, 85))
    grown = float(np.clip(rng.normal(0, 1.3 * much), -0.55 * half, 2.4))
    from_edge = cv2.distanceTransform(1 - inside, cv2.DIST_L2, 3)
    return np.asarray(np.clip((to_edge - from_edge + grown) / 1.6 + 0.5, 0, 1), np.float32)
