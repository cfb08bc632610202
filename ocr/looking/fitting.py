"""How well a form lies on a page: printed strokes laid over those of the picture, piece by piece, and moved until they fit.

A *piece* is a small part of the page with what is printed there. Where on the page it fits best says how the page must
still be bent; how well it fits there says whether this is the form at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.looking.blanks import COARSE, Blank
from ocr.looking.lay import Lay, powers, smaller
from ocr.looking.picture import evened, strokes

Strokes = NDArray[np.float32]

TILE = 20
"""Millimetres of a piece's side."""

ELSEWHERE = 22
"""Millimetres around its place within which the form may not fit as well: some rows of a table."""

NEAR = (0.5, 1.25)
"""Millimetres from a printed stroke between which the paper beside it is looked at."""

STRAIGHT = 0.08
"""Millimetres by which no piece may be off for a page to be left as it lies."""

HOPELESS = 0.15
"""A guess that fits less well than this at first sight is given up."""

SHOWN = 0.2
"""A piece that fits less well than this is covered, or cut off; or this is another form."""

WORTH = 0.3
"""A piece that fits less well than this says nothing about where it lies."""


MUCH, SOFT = 1.75, 0.45
"""Pixels of a picture to one of a page, from which on it is made smaller first; and how much its strokes are then softened,
in pixels, to be as the blanks' are.
"""


@dataclass(frozen=True)
class Piece:
    """A part of a blank: its left and top in pixels, and the weights that, laid over the strokes of a page, give 1 where
    they are those of the blank, and about 0 on anything else.
    """

    left: int
    top: int
    weights: Strokes

    @property
    def middle(self) -> tuple[float, float]:
        """In pixels."""
        high, wide = self.weights.shape
        return self.left + wide / 2, self.top + high / 2


@dataclass(frozen=True)
class Found:
    """Where n pieces fit best: pixels from their places (n × 2), how well (n; 1: as the blank itself), and how surely so
    along x and along y (n × 2): a long level line says nothing about left and right.
    """

    offsets: NDArray[np.float64]
    fits: NDArray[np.float64]
    sure: NDArray[np.float64]


def piece(printed: Strokes, left: int, top: int, right: int, bottom: int, scale: float) -> Piece | None:
    """The piece between those pixels; None where too little is printed."""
    part = printed[top:bottom, left:right]
    total = float(part.sum())
    if total < 3 * scale:
        return None
    body = (part > 0.15).astype(np.uint8)
    inner, outer = (cv2.dilate(body, _disc(reach * scale)) for reach in NEAR)
    beside = (outer - inner).astype(np.float32)
    weights = part / total - beside / max(1.0, float(beside.sum()))
    return Piece(left, top, np.asarray(weights / float((weights * part).sum()), np.float32))


def _disc(reach: float) -> NDArray[np.uint8]:
    side = 2 * round(reach) + 1
    return np.ones((side, side), np.uint8)


def find(pieces: Sequence[Piece], page: Strokes, reach: int) -> Found:
    """Where each piece fits best on the page within ``reach`` pixels."""
    side = 2 * reach + 1
    fits = np.array([_fits(one, page, reach) for one in pieces], np.float64).reshape(-1, side, side)
    every = np.arange(len(fits))
    y, x = np.divmod((fits - _farness(reach)).reshape(-1, side * side).argmax(axis=1), side)
    dx, slope_x = _tops(fits[every, y], x)
    dy, slope_y = _tops(fits[every, :, x], y)
    best = np.clip(fits[every, y, x], 0.0, 1.0)
    return Found(np.stack([dx, dy], axis=1) - reach, best, np.stack([slope_x, slope_y], axis=1))


def _fits(piece: Piece, page: Strokes, reach: int) -> Strokes:
    """How well a piece fits at each place up to ``reach`` pixels from its own; beyond the page is bare paper."""
    high, wide = piece.weights.shape
    left, top = piece.left - reach, piece.top - reach
    right, bottom = piece.left + wide + reach, piece.top + high + reach
    cut = page[max(0, top) : bottom, max(0, left) : right]
    if cut.shape != (bottom - top, right - left):
        above, before = max(0, -top), max(0, -left)
        below, behind = bottom - top - cut.shape[0] - above, right - left - cut.shape[1] - before
        cut = np.asarray(
            cv2.copyMakeBorder(cut, above, below, before, behind, cv2.BORDER_CONSTANT, value=0), np.float32
        )
    return np.asarray(cv2.matchTemplate(cut, piece.weights, cv2.TM_CCORR), np.float32)


@lru_cache(maxsize=16)
def _farness(reach: int) -> Strokes:
    """A little against places far off, so that a line that fits everywhere along itself stays where it is."""
    away = np.abs(np.arange(-reach, reach + 1, dtype=np.float32))
    return np.asarray(0.03 * (away[:, None] + away[None]) / reach, np.float32)


def _tops(fits: NDArray[np.float64], at: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The place of the highest value of each row, which is ``at``, to a fraction, and how far the values fall off around it;
    at an end nothing is known of either.
    """
    every, last = np.arange(len(fits)), fits.shape[1] - 1
    inside = (at > 0) & (at < last)
    before, here, after = (fits[every, np.clip(at + step, 0, last)] for step in (-1, 0, 1))
    falls = here - np.maximum(fits[every, np.maximum(at - 3, 0)], fits[every, np.minimum(at + 3, last)])
    bow = before - 2 * here + after
    bent = inside & (bow < -1e-6)
    shift = np.where(bent, 0.5 * (before - after) / np.where(bent, bow, 1.0), 0.0)
    return np.asarray(at + shift, np.float64), np.where(inside, np.maximum(falls, 0.0), 0.0)


class Tiles:
    """The pieces of one blank at one scale, over the whole page."""

    def __init__(self, blank: Blank, scale: int) -> None:
        printed = blank.strokes
        if scale != COARSE:
            high, wide = (round(side * scale / COARSE) for side in printed.shape)
            printed = np.asarray(cv2.resize(printed, (wide, high), interpolation=cv2.INTER_AREA), np.float32)
        side, (high, wide) = TILE * scale, printed.shape
        found = (
            piece(printed, left, top, min(wide, left + side), min(high, top + side), scale)
            for top in range(0, high, side)
            for left in range(0, wide, side)
        )
        self.scale = scale
        self.pieces = [one for one in found if one is not None]
        self.places = np.array([one.middle for one in self.pieces]) / scale


@lru_cache(maxsize=64)
def tiles(blank: Blank, scale: int) -> Tiles:
    """Made once for each blank."""
    return Tiles(blank, scale)


@dataclass(frozen=True)
class Fit:
    """How a form lies, the strokes of the page straightened so, and how well its pieces fit: on the mean of all, and on
    the middle one of those that show. A page of which a third is covered fits perfectly where it shows; another form
    fits a little everywhere. ``shown`` says of each square of ``TILE`` millimetres whether what is there shows.
    """

    lay: Lay
    page: Strokes
    quality: float
    agreement: float
    shown: NDArray[np.bool_]


def fitted(picture: NDArray[np.uint8], lay: Lay, blank: Blank) -> Fit:
    """The lay bent until the printed strokes fit, and how well they do."""
    share = _reduced(lay)
    if share < 1:
        picture = np.asarray(cv2.GaussianBlur(smaller(picture, share), (3, 3), SOFT), np.uint8)
    lay = lay.scaled(share)
    page = page_strokes(picture, lay)
    for scale, reach in ((COARSE // 2, 3.0), (COARSE, 1.25)):
        pieces = tiles(blank, scale)
        found = find(pieces.pieces, _at(page, scale), round(reach * scale))
        fits = found.fits
        if fits.mean() < HOPELESS:
            break
        more = bend(pieces, found, lay.size)
        if np.abs(powers(pieces.places, lay.size) @ more.T).max() > STRAIGHT:
            lay = lay.bent(more)
            page = page_strokes(picture, lay)
    seen = fits > SHOWN
    shown = np.zeros((int(lay.size[1] / TILE) + 1, int(lay.size[0] / TILE) + 1), np.bool_)
    columns, rows = (pieces.places / TILE).astype(int).T
    shown[rows, columns] = seen
    agreement = float(np.median(fits[seen])) if seen.any() else 0.0
    return Fit(lay.scaled(1 / share), page, float(fits.mean()), agreement, shown)


def _reduced(lay: Lay) -> float:
    """How much smaller a picture is made, once for all lays that are tried on it: a half, a third and so on, which takes a
    tenth of the time that other shares take.
    """
    shrink = lay.density / COARSE
    return 1 / round(shrink) if shrink > MUCH else 1.0


def page_strokes(picture: NDArray[np.uint8], lay: Lay) -> Strokes:
    """The strokes of the straightened page, coarse."""
    return strokes(evened(lay.straightened(picture, COARSE), COARSE), COARSE)


def _at(page: Strokes, scale: int) -> Strokes:
    if scale == COARSE:
        return page
    high, wide = (round(side * scale / COARSE) for side in page.shape)
    return np.asarray(cv2.resize(page, (wide, high), interpolation=cv2.INTER_AREA), np.float32)


def bend(tiles: Tiles, found: Found, size: tuple[float, float]) -> NDArray[np.float64]:
    """The bend (2 × 6, millimetres) that brings the pieces to where they were found."""
    terms = powers(tiles.places, size)
    sure = np.where(found.fits[:, None] > WORTH, np.minimum(1.0, 4 * found.sure), 0.0)
    offsets = found.offsets / tiles.scale
    return np.stack([_smooth(terms, offsets[:, way], sure[:, way]) for way in (0, 1)])


def _smooth(terms: NDArray[np.float64], offsets: NDArray[np.float64], sure: NDArray[np.float64]) -> NDArray[np.float64]:
    """Weights of the terms that come nearest to the offsets; those that none of the others bears out count for nothing."""
    held = np.diag([0.02, 0.2, 0.2, 1.0, 1.0, 1.0])
    known: NDArray[np.float64] = np.zeros(terms.shape[1])
    weights = sure
    for wide in (2.0, 1.0, 0.5, 0.4):
        pull = terms * weights[:, None]
        known = np.asarray(np.linalg.solve(pull.T @ terms + held, pull.T @ offsets), np.float64)
        away = (offsets - terms @ known) / wide
        weights = sure / (1 + away * away) ** 2
    return known


def only_here(page: Strokes, blank: Blank) -> bool:
    """Whether the form fits nowhere else on the page: a table shifted by one of its rows fits nearly as well."""
    scale = COARSE // 2
    reach = round(ELSEWHERE * scale)
    around = cv2.copyMakeBorder(_at(page, scale), reach, reach, reach, reach, cv2.BORDER_CONSTANT, value=0)
    fits = cv2.matchTemplate(np.asarray(around, np.float32), whole(blank), cv2.TM_CCORR)
    near = slice(reach - 2 * scale, reach + 2 * scale + 1)
    here = float(fits[near, near].max())
    fits[near, near] = 0
    return float(fits.max()) < 0.97 * here


@lru_cache(maxsize=64)
def whole(blank: Blank) -> Strokes:
    """All that is printed as one piece. Made once for each blank."""
    printed = _at(blank.strokes, COARSE // 2)
    found = piece(printed, 0, 0, printed.shape[1], printed.shape[0], COARSE / 2)
    assert found is not None, "a blank with nothing on it"
    return found.weights
