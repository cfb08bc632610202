"""Hands that fill in forms: each writes in its own way, and no two of different splits have a typeface or writer in
common.

``draw_hand`` makes one by chance; the same generator state gives the same hand and the same strokes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.random import Generator

from bench.ocr import sources
from bench.ocr.ink import (
    PER_MM,
    Ink,
    Point,
    Size,
    blank,
    canvas,
    cropped,
    curved,
    drawn,
    in_box,
    laid,
    of_width,
    resized,
    shrunk,
)
from bench.ocr.sources import HEIGHT, Kind, Source, Split

CELL = (round(7.4 * PER_MM), round(8.2 * PER_MM))
"""A digit's box of our own forms, in pixels."""

MARKS = (*["tick"] * 5, *["circle"] * 3, *["ring"] * 2, "cross", "slash", "filled")
"""How people mark a box, the usual ways more often: the sheets ask for ✓ and allow ○."""

COLOURS = ((20, 20, 24), (28, 30, 40), (24, 40, 120), (34, 60, 150))
"""Red, green, blue of black and blue pens."""

KANJI = "一二三四五六七八九十日月火水木金土年時分人出動訓練中央公園小学校消防団分団班長"
MESSY = "班全有無同上休欠済△×々〃"


@dataclass(frozen=True, slots=True)
class Hand:
    """One writer. ``size``: share of a box's height that a digit takes; ``stroke``: pen's width in millimetres, None for
    print; ``slant``: radians to the right; ``jitter``: how restless, 0 to 1; ``dark``: ink of a stroke, 0 to 1.
    """

    source: Source
    size: float
    stroke: float | None
    slant: float
    aspect: float
    jitter: float
    dark: float
    pencil: bool
    colour: tuple[int, int, int]
    mark: str

    @property
    def kind(self) -> Kind:
        """Printed, handwriting font or real."""
        return self.source.kind

    @property
    def pen(self) -> float:
        """Width of the pen's strokes in pixels."""
        return (self.stroke or 0.45) * PER_MM

    def digit(self, digit: str, rng: Generator, height: float = 64) -> Ink:
        """A digit ``"0"`` to ``"9"`` about so many pixels high, without edges."""
        return self._varied(self.master(digit, rng), height, rng)

    def master(self, digit: str, rng: Generator) -> Ink:
        """One of the ways in which the source writes a digit."""
        ways = sources.masters(self.source, digit)
        return ways[int(rng.integers(len(ways)))]

    def text(self, words: str, rng: Generator, height: float = 50) -> Ink:
        """Words on one line, letter by letter; ``height`` is that of a kanji."""
        parts: list[tuple[int, Ink]] = []
        x = 0.0
        for letter in words:
            if letter in " 　":
                x += height * (0.5 if letter == " " else 1)
                continue
            full = not letter.isascii()
            ink, drop = self._letter(letter, rng, height)
            wide = height if full else ink.shape[1] + 0.12 * height
            parts.append((round(x + (wide - ink.shape[1]) / 2), np.pad(ink, ((drop, 0), (0, 0)))))
            x += wide * (1 + 0.05 * self.jitter * float(rng.standard_normal())) + 0.04 * height
        size = (
            max((at + ink.shape[1] for at, ink in parts), default=1),
            max((i.shape[0] for _, i in parts), default=1),
        )
        line = blank((max(1, size[0]), size[1]))
        for at, ink in parts:
            laid(line, ink, at, 0)
        return line

    def _letter(self, letter: str, rng: Generator, height: float) -> tuple[Ink, int]:
        """A letter and how far from the line's top it begins."""
        if letter in "0123456789":
            ink = self.digit(letter, rng, 0.78 * height)
            return ink, max(0, round(0.9 * height) - ink.shape[0])
        master, top = _kanji(self.source.kanji, letter)
        ink = self._varied(master, height * master.shape[0] / HEIGHT, rng, thin=0.75)
        wobble = 0.03 * self.jitter * float(rng.standard_normal())
        return ink, max(0, round((top / HEIGHT + wobble) * height))

    def written(self, digit: str, rng: Generator, cell: Size = CELL) -> Ink:
        """A digit in a box, where this hand puts it."""
        return self.placed(self.digit(digit, rng, self.size * cell[1]), rng, cell)

    def placed(self, ink: Ink, rng: Generator, cell: Size = CELL) -> Ink:
        """Ink in a box, where this hand puts it; made smaller where it is far too wide."""
        if ink.shape[1] > 1.15 * cell[0]:
            ink = shrunk(ink, 1.05 * cell[0] / ink.shape[1])
        dx, dy = self.jitter * rng.standard_normal(2) * 0.09 * np.array(cell)
        room = (cell[0] * 0.22, cell[1] * 0.16)
        return in_box(ink, cell, float(np.clip(dx, -room[0], room[0])), float(np.clip(dy, -room[1], room[1])))

    def _varied(self, master: Ink, height: float, rng: Generator, thin: float = 1) -> Ink:
        """A master slanted, bent a little, at its size, by this pen. Print stays as it is."""
        height *= 1 + 0.06 * self.jitter * float(rng.standard_normal())
        if self.stroke is None:
            size = (max(1, round(master.shape[1] * height / master.shape[0])), max(1, round(height)))
            return self.inked(resized(master, size), rng)
        bent = _bent(
            master, height, self.slant + 0.06 * self.jitter * float(rng.standard_normal()),
            0.05 * self.jitter * float(rng.standard_normal()),
            self.aspect * (1 + 0.06 * self.jitter * float(rng.standard_normal())), self.jitter, rng,
        )  # fmt: skip
        width = min(self.pen, 0.16 * height) * thin * (1 + 0.1 * self.jitter * float(rng.standard_normal()))
        return self.inked(cropped(of_width(bent, width)), rng)

    def inked(self, mask: Ink, rng: Generator) -> Ink:
        """A mask in this hand's ink: a pencil leaves grain, a ball pen is a little uneven."""
        height, width = mask.shape
        if not self.pencil:
            slope = 1 - 0.12 * self.jitter * float(rng.random()) * np.linspace(0, 1, width, dtype=np.float32)
            return np.asarray(mask * (self.dark * slope), np.float32)
        coarse = rng.random((height // 3 + 2, width // 3 + 2)).astype(np.float32)
        grain = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR)
        return np.asarray(np.clip(mask * self.dark * (0.65 + 0.7 * grain), 0, 1), np.float32)

    def tick(self, rng: Generator, cell: Size = CELL) -> Ink:
        """A mark ✓ across a box."""
        reach = 1 + 0.25 * self.jitter * float(rng.random())
        corners = [(-0.34, 0.02), (-0.08, 0.32), (0.4 * reach, -0.42 * reach)]
        return self._lines([self._moved(corners, cell, rng)], cell, rng)

    def cross(self, rng: Generator, cell: Size = CELL) -> Ink:
        """Two strokes across each other."""
        strokes = ([(-0.32, -0.34), (0.32, 0.34)], [(0.33, -0.33), (-0.33, 0.34)])
        return self._lines([self._moved(stroke, cell, rng) for stroke in strokes], cell, rng)

    def slash(self, rng: Generator, cell: Size = CELL) -> Ink:
        """One stroke through a box."""
        return self._lines([self._moved([(0.34, -0.38), (-0.34, 0.38)], cell, rng)], cell, rng)

    def circle(self, rng: Generator, cell: Size = CELL) -> Ink:
        """A ring inside a box."""
        return self._ring(0.34, rng, cell)

    def ring(self, rng: Generator, cell: Size = CELL) -> Ink:
        """A ring around a box."""
        return self._ring(0.61, rng, cell)

    def filled(self, rng: Generator, cell: Size = CELL) -> Ink:
        """A box blackened by strokes to and fro."""
        ends = np.linspace(-0.36, 0.36, 9)
        zigzag = [(0.34 * (-1) ** n + 0.04 * float(rng.standard_normal()), float(y)) for n, y in enumerate(ends)]
        return self._lines([self._moved(zigzag, cell, rng)], cell, rng, heavier=2.2)

    def scribble(self, rng: Generator, cell: Size = CELL) -> Ink:
        """Loops over all of a box, by which what stood there is spoilt."""
        turns = np.linspace(0, 2 * np.pi * float(rng.uniform(2.5, 4)), 26)
        x, y = np.cos(turns) * 0.32 + np.linspace(-0.2, 0.2, 26), np.sin(turns) * 0.36
        return self._lines([self._moved([*zip(x.tolist(), y.tolist(), strict=True)], cell, rng)], cell, rng)

    def strike(self, rng: Generator, cell: Size = CELL) -> Ink:
        """Two level lines through a box, as one corrects by hand in Japan."""
        tilt = 0.05 * float(rng.standard_normal())
        lines = [[(-0.55, y + tilt), (0.55, y - tilt)] for y in (-0.07, 0.09)]
        return self._lines([self._moved(line, cell, rng) for line in lines], cell, rng)

    def marked(self, rng: Generator, cell: Size = CELL, mark: str | None = None) -> Ink:
        """A box marked in this hand's usual way, or in the way named."""
        way: Callable[[Generator, Size], Ink] = getattr(self, mark or self.mark)
        return way(rng, cell)

    def overwritten(self, first: str, then: str, rng: Generator, cell: Size = CELL) -> Ink:
        """A digit written over another one: nobody can be sure of it."""
        once = self.digit(first, rng, self.size * cell[1])
        again = self.digit(then, rng, self.size * cell[1])
        return np.maximum(self.placed(once, rng, cell), self.placed(again, rng, cell))

    def struck(self, digit: str, rng: Generator, cell: Size = CELL) -> Ink:
        """A digit that was struck out."""
        return np.maximum(self.written(digit, rng, cell), self.strike(rng, cell))

    def no_digit(self, rng: Generator, cell: Size = CELL) -> Ink:
        """Something in a digit's box that is no single digit: scribble, kanji, two digits, struck or overwritten."""
        one, two = (str(digit) for digit in rng.choice(10, 2, replace=False))
        way = int(rng.integers(6))
        if way == 0:
            over, digit = self.scribble(rng, cell), self.written(one, rng, cell)
            return np.maximum(over, digit) if rng.random() < 0.6 else over
        if way == 1:
            return self.struck(one, rng, cell)
        if way == 2:
            return self.overwritten(one, two, rng, cell)
        if way == 3:
            pair = [self.digit(digit, rng, 0.8 * self.size * cell[1]) for digit in (one, two)]
            ink = blank((sum(part.shape[1] for part in pair) + 3, max(part.shape[0] for part in pair)))
            laid(ink, pair[0], 0, 0)
            laid(ink, pair[1], pair[0].shape[1] + 3, 0)
            return self.placed(ink, rng, cell)
        letters = MESSY if rng.random() < 0.3 else KANJI.replace("一", "")
        return self.placed(self.text(str(rng.choice(list(letters))), rng, self.size * cell[1]), rng, cell)

    def spoilt(self, rng: Generator, cell: Size = CELL) -> Ink:
        """A mark of which nobody can say whether it counts: struck out, scribbled over, or run into from beside."""
        way = int(rng.integers(3))
        if way == 0:
            return np.maximum(self.marked(rng, cell), self.strike(rng, cell))
        if way == 1:
            return np.maximum(self.marked(rng, cell), self.scribble(rng, cell))
        ink = self.tick(rng, cell)
        out = canvas(cell)
        laid(out, ink, round(-float(rng.uniform(0.5, 0.62)) * cell[0]), round(0.1 * cell[1]))
        return out

    def _ring(self, share: float, rng: Generator, cell: Size) -> Ink:
        start, extra = float(rng.uniform(0, 6)), float(rng.uniform(-0.1, 0.5))
        turns = np.linspace(start, start + 2 * np.pi + extra, 14)
        swell = 1 + 0.05 * self.jitter * np.linspace(-1, 1, 14)
        ring = [*zip((np.cos(turns) * share * swell).tolist(), (np.sin(turns) * share * swell).tolist(), strict=True)]
        return self._lines([self._moved(ring, cell, rng)], cell, rng)

    def _moved(self, shares: list[Point], cell: Size, rng: Generator) -> list[Point]:
        """Points given as shares of a box around its middle, shaken by this hand, on the box's canvas."""
        shake = 0.035 * self.jitter
        drift = np.clip(rng.standard_normal(2) * 0.05 * self.jitter, -0.1, 0.1)
        points = [
            (cell[0] * (1 + x + drift[0] + shake * a), cell[1] * (1 + y + drift[1] + shake * b))
            for (x, y), (a, b) in zip(shares, rng.standard_normal((len(shares), 2)), strict=True)
        ]
        return curved([(float(x), float(y)) for x, y in points])

    def _lines(self, lines: list[list[Point]], cell: Size, rng: Generator, heavier: float = 1) -> Ink:
        width = self.pen * heavier * (1 + 0.1 * self.jitter * float(rng.standard_normal()))
        return self.inked(drawn((2 * cell[0], 2 * cell[1]), lines, width), rng)


def draw_hand(split: Split, rng: Generator, kind: Kind | None = None, *, faint: bool = False) -> Hand:
    """A hand of a split by chance; ``faint`` writes with a hard pencil. ``kind`` None: any of the three."""
    if kind is None:
        kind = list(Kind)[int(rng.choice(3, p=(0.2, 0.4, 0.4)))]
    found = sources.sources(split, kind)
    source = found[int(rng.integers(len(found)))]
    pencil = faint or (kind is not Kind.PRINTED and bool(rng.random() < 0.3))
    dark = rng.uniform(0.3, 0.45) if faint else rng.uniform(0.55, 0.8) if pencil else rng.uniform(0.82, 1)
    jitter = 0.15 if kind is Kind.PRINTED else float(rng.uniform(0.3, 1))
    grey = int(rng.integers(50, 90))
    return Hand(
        source=source,
        size=float(rng.uniform(0.6, 0.85)),
        stroke=None if kind is Kind.PRINTED else float(rng.uniform(0.35, 0.75)),
        slant=float(np.clip(rng.normal(0.04, 0.1), -0.2, 0.3)),
        aspect=float(np.clip(rng.normal(1, 0.1), 0.8, 1.25)),
        jitter=jitter,
        dark=float(dark),
        pencil=pencil,
        colour=(grey, grey, grey + 4) if pencil else COLOURS[int(rng.choice(4, p=(0.5, 0.2, 0.2, 0.1)))],
        mark=MARKS[0] if kind is Kind.PRINTED else MARKS[int(rng.integers(len(MARKS)))],
    )


@cache
def _kanji(name: str, letter: str) -> tuple[Ink, int]:
    """A letter of a typeface whose em is a master high, without edges, and how far below the line's top it begins."""
    ink = sources.letters(name, letter)
    top = round(sources.font(name).getbbox(letter)[1] - sources.font(name).getbbox("国")[1])
    return ink, max(0, min(HEIGHT, top))


def _bent(master: Ink, height: float, slant: float, turn: float, aspect: float, jitter: float, rng: Generator) -> Ink:
    """A master slanted, turned and bent by a slow wave, ``height`` high, with room around it."""
    scale = height / master.shape[0]
    wide = master.shape[1] * scale * aspect
    pad = 0.2 * height + 3
    out = (round(wide + 2 * pad + abs(slant) * height), round(height + 2 * pad))
    x, y = np.meshgrid(np.arange(out[0], dtype=np.float32), np.arange(out[1], dtype=np.float32))
    wave = cv2.resize(rng.standard_normal((4, 4, 2)).astype(np.float32), out, interpolation=cv2.INTER_CUBIC)
    x += wave[..., 0] * 0.025 * jitter * height - out[0] / 2
    y += wave[..., 1] * 0.025 * jitter * height - out[1] / 2
    level, upright = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    from_x = (level + slant * upright) / (scale * aspect) + master.shape[1] / 2
    from_y = upright / scale + master.shape[0] / 2
    return np.asarray(
        cv2.remap(master, from_x.astype(np.float32), from_y.astype(np.float32), cv2.INTER_LINEAR), np.float32
    )
