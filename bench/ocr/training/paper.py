"""A small made-up sheet of boxes: ink is laid on it, it is seen through a bad scan, and its cells are cut out exactly as
those of a real page are.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench.ocr import sources
from bench.ocr.ink import PER_MM, Ink, shrunk
from brigade.forms.shelf import FORMS
from brigade.forms.template import Cell, Template
from brigade.forms.template_file import read_template
from ocr.looking.blanks import COARSE, Blank
from ocr.looking.cells import FAINT, SCALE
from ocr.looking.cutting import Cutter, in_pixels
from ocr.looking.frames import Frame
from ocr.looking.picture import strokes

Gray = NDArray[np.uint8]

FACE, WORDS = (
    "BIZUDGothic-Regular.ttf",
    ("火災", "訓練", "月", "時", "分", "会議", "広報巡回", "1", "12", "その他", "ア"),
)

COLUMNS, ROWS = 10, 8
BORDER = 9.0
"""Millimetres around all boxes."""

AROUND = 3.0
"""Millimetres around a box that may be written on from it."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Boxes, all of one size: ``printed`` is their lines, ``ink`` what is written; 0 paper, 1 black."""

    cells: tuple[Cell, ...]
    printed: Ink
    ink: Ink

    def own(self, cell: Cell) -> Ink:
        """A part of the ink, that may be written on: the box with ``AROUND`` on every side."""
        left, top, wide, high = in_pixels(cell)
        around = round(AROUND * SCALE)
        return self.ink[top - around : top + high + around, left - around : left + wide + around]


def ruled(rng: Generator, wide: float, high: float, apart: tuple[float, float]) -> Sheet:
    """A sheet of empty boxes, so many millimetres ``apart`` across and down; 0: they share their lines."""
    step = (wide + apart[0], high + apart[1])
    cells = tuple(
        Cell(BORDER + x * step[0], BORDER + y * step[1], wide, high) for y in range(ROWS) for x in range(COLUMNS)
    )
    size = [round(2 * BORDER + n * along) * SCALE for n, along in ((ROWS, step[1]), (COLUMNS, step[0]))]
    printed = np.zeros(size, np.float32)
    thick = max(1, round(rng.uniform(0.12, 0.42) * SCALE))
    for cell in cells:
        left, top, across, down = in_pixels(cell)
        cv2.rectangle(printed, (left, top), (left + across, top + down), 1.0, thick)
    _print_between(rng, printed, cells, apart)
    return Sheet(cells, printed, np.zeros_like(printed))


def _print_between(rng: Generator, printed: Ink, cells: tuple[Cell, ...], apart: tuple[float, float]) -> None:
    """Rules under rows, and words beside boxes, where there is room and by chance."""
    if apart[1] > 0.7 and rng.random() < 0.5:
        for cell in cells[::COLUMNS]:
            y = round((cell.y + cell.h + apart[1] * rng.uniform(0.4, 0.6)) * SCALE)
            cv2.line(printed, (0, y), (printed.shape[1], y), 1.0, int(rng.integers(1, 4)))
    if apart[0] > 3 and rng.random() < 0.6:
        for cell in cells:
            word = sources.letters(FACE, WORDS[int(rng.integers(len(WORDS)))], 32)
            tall = rng.uniform(2.4, min(4, apart[0]))
            lay(
                printed,
                word,
                tall,
                cell.x + cell.w + 0.6 + tall * word.shape[1] / word.shape[0] / 2,
                cell.y + cell.h / 2,
            )


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


def penned(rng: Generator, ink: Ink) -> Ink:
    """Full ink as some pen leaves it: black, thin, or the grain of a pencil."""
    if rng.random() > 0.25:
        return np.asarray(ink * rng.uniform(0.55, 1), np.float32)
    dark = rng.uniform(0.22, 0.5)
    grain = cv2.GaussianBlur(rng.random(ink.shape, np.float32), (0, 0), rng.uniform(0.5, 1.2))
    return np.asarray(ink * dark * (1 - rng.uniform(0, 0.7) * (grain > np.quantile(grain, 0.6))), np.float32)


def from_canvas(canvas: Ink) -> Ink:
    """What a hand of the corpus made for a box, at this scale."""
    part = SCALE / PER_MM
    return np.asarray(cv2.resize(canvas, None, fx=part, fy=part, interpolation=cv2.INTER_AREA), np.float32)


class Scan:
    """A sheet as a scanner or a telephone gave it, and as it was straightened: not quite where its blank has it."""

    def __init__(self, rng: Generator, sheet: Sheet) -> None:
        self._sheet = sheet
        page = np.maximum(sheet.printed * rng.uniform(0.35, 1), sheet.ink)
        _soil(rng, page)
        self._page = _seen(rng, _moved(rng, page))
        gray = cv2.GaussianBlur(255 - sheet.printed * 255, (3, 3), 0).astype(np.uint8)
        high, wide = gray.shape
        form = replace(_any_form(), width=wide / SCALE, height=high / SCALE)
        coarse = cv2.resize(self._page, (wide * COARSE // SCALE, high * COARSE // SCALE), interpolation=cv2.INTER_AREA)
        self._cutter = Cutter(self._page, strokes(np.asarray(coarse, np.uint8), COARSE), Blank(form, gray))

    def digit(self, cell: Cell) -> Gray:
        """A cell for a digit, cut."""
        return self._cutter.digit(cell, Frame(1, 0, 0))

    def area(self, cell: Cell, beside: int) -> Gray:
        """A cell with pixels around it, cut."""
        return self._cutter.cut(cell, Frame(1, 0, 0), beside)

    def seen(self, cell: Cell, beside: int) -> Gray:
        """A cell with pixels around it as the page shows it, with its frame."""
        return self._cutter.seen(cell, Frame(1, 0, 0), beside)

    def ink(self, cell: Cell, beside: int) -> float:
        """The share of a cell that is written on, as a page's is found."""
        return self._cutter.ink(self.area(cell, beside), beside)

    def vanished(self, cell: Cell) -> bool:
        """Whether so much of what was written there is paler than any pencil that nobody could say what it was."""
        left, top, wide, high = in_pixels(cell)
        there = self._sheet.ink[top : top + high, left : left + wide] > 0.15
        near = cv2.erode(self._page, np.ones((5, 5), np.uint8))[top : top + high, left : left + wide]
        return bool(there.any()) and float((near[there] > 255 - FAINT).mean()) > 0.35


@cache
def _any_form() -> Template:
    """Some form: of a blank, cutting asks for its size and its picture alone."""
    return read_template(FORMS / "roster.yaml")


def _soil(rng: Generator, page: Ink) -> None:
    """Specks, hairs and folds, and the remains of a red stamp."""
    high, wide = page.shape
    for _ in range(int(rng.poisson(25)) if rng.random() < 0.5 else 0):
        middle = (int(rng.integers(wide)), int(rng.integers(high)))
        cv2.circle(page, middle, int(rng.integers(1, 3)), float(rng.uniform(0.2, 0.9)), -1)
    for _ in range(int(rng.poisson(0.5))):
        ends = [(int(rng.integers(wide)), int(rng.integers(high))) for _ in range(2)]
        line = np.zeros_like(page)
        cv2.line(line, ends[0], ends[1], float(rng.uniform(0.05, 0.15)), int(rng.integers(1, 4)), cv2.LINE_AA)
        np.maximum(page, line, out=page)
    for _ in range(int(rng.poisson(0.8))):  # folds, and streaks of a scanner's glass, level or upright
        line = np.zeros_like(page)
        at, off, thick = rng.uniform(0.05, 0.95), int(rng.normal(0, 4)), int(rng.integers(1, 10))
        ends = [(0, round(at * high)), (wide, round(at * high) + off)]
        if rng.random() < 0.5:
            ends = [(round(at * wide), 0), (round(at * wide) + off, high)]
        cv2.line(line, ends[0], ends[1], float(rng.uniform(0.08, 0.3)), thick, cv2.LINE_AA)
        np.maximum(page, cv2.GaussianBlur(line, (0, 0), rng.uniform(1, 3)), out=page)
    for _ in range(int(rng.poisson(0.6))):
        shade = np.zeros_like(page)
        middle = (int(rng.integers(wide)), int(rng.integers(high)))
        size, thick = int(rng.uniform(5, 14) * SCALE), int(rng.integers(3, 8))
        cv2.circle(shade, middle, size, float(rng.uniform(0.06, 0.25)), thick, cv2.LINE_AA)
        shade *= rng.random(page.shape) < rng.uniform(0.3, 1)
        np.maximum(page, shade, out=page)


def _moved(rng: Generator, page: Ink) -> Ink:
    """A little off, turned and stretched, as paper is after straightening: mostly by 0.1 mm, at times so far that lines
    are not where they are taken out.
    """
    high, wide = page.shape
    off = rng.normal(0, 0.09 if rng.random() < 0.88 else 0.35, 2).clip(-0.8, 0.8) * SCALE
    turn = cv2.getRotationMatrix2D((wide / 2, high / 2), float(rng.normal(0, 0.08)), 1 + float(rng.normal(0, 0.001)))
    turn[:, 2] += off
    return np.asarray(cv2.warpAffine(page, turn, (wide, high), flags=cv2.INTER_LINEAR), np.float32)


def _blurred(page: Ink, sigma: float) -> Ink:
    return np.asarray(cv2.GaussianBlur(page, (0, 0), sigma), np.float32)


def _seen(rng: Generator, page: Ink) -> Gray:
    """Through fewer dots, blur, fax, noise and compression."""
    size = page.shape[::-1]
    if rng.random() < 0.5:  # 100 to 200 dots to the inch; a straightened page has 203
        part = rng.uniform(0.5, 1)
        page = np.asarray(cv2.resize(shrunk(page, part), size, interpolation=cv2.INTER_LINEAR), np.float32)
    if rng.random() < 0.7:
        page = _blurred(page, rng.uniform(0.3, 1.4))
    if rng.random() < 0.12:
        page = _blurred((page > rng.uniform(0.2, 0.4)).astype(np.float32), 0.5)
    if rng.random() < 0.7:
        page = page + rng.normal(0, rng.uniform(0.005, 0.045), page.shape).astype(np.float32)
    gray = np.clip(255 - page * 255, 0, 255).astype(np.uint8)
    if rng.random() < 0.5:
        code = cv2.imencode(".jpg", gray, [cv2.IMWRITE_JPEG_QUALITY, int(rng.integers(25, 90))])[1]
        gray = np.asarray(cv2.imdecode(code, cv2.IMREAD_GRAYSCALE), np.uint8)
    return gray
