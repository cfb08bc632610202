"""Which form a picture shows and how it lies there; or why it is none that we know. Nothing is taken on trust: whatever
marks and points suggest, the printed strokes must bear it out.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.looking.blanks import COARSE, Blank, Shelf
from ocr.looking.features import by_features
from ocr.looking.fitting import Fit, Strokes, fitted, only_here
from ocr.looking.frames import Ridges, bordered, ridges_of
from ocr.looking.lay import Lay, Points, smaller
from ocr.looking.markers import agrees, by_markers, seen_markers
from ocr.looking.picture import Gray, Picture, evened, strokes

ACCEPTED = 0.42
"""Quality from which on a page is a form; of what is none, none came above 0.35."""

AGREED = 0.75
"""How well the middle one of the pieces that show must fit: nearly 1 on a page of this form, 0.85 if it is full of
writing; on others 0.4 to 0.9.
"""

TOGETHER = 1.7
"""That, and what share of the cells' sides are there where the page shows: nearly 1 on a page of this form, full or not,
and 0.77 at the edge of what was cut off. Other forms came to 1.67 together at most, this form to 1.77 and more.
"""

WELL = 0.75
"""From here on no other guess is tried."""

CLEARLY = 0.005
"""By how much the best of several must be better than the next: one piece of the page that fits it and not the other."""

LONGEST, LONGEST_FOR_POINTS = 1800, 1500
"""Pixels of the longer side in which marks, and points, are looked for. Where the form lies is found to a tenth of one."""

FAR = 0.7
"""Marks that are not seen in a picture made smaller than this may be seen in the whole one."""

FEW_MARKS = 2
"""Fewer marks than that are a torn off corner."""

GUESSES = 5
"""How many guesses without marks are looked at."""

EMPTY, BLURRED = 0.0005, 0.2
"""Share of the page that thin strokes cover at least; and how sharp the sharpest of them are, of the contrast there is."""

SHADED, BARE, FULL = 225, 0.01, 0.5
"""Where there are no thin strokes: what is darker than this, and over what share of the page, was writing once; a little
of it is dirt, much is no page.
"""

LEAST = 150
"""Pixels of the shorter side without which there is no page."""


class Refusal(StrEnum):
    """Why a picture cannot be read."""

    EMPTY_PAGE = "empty-page"
    NOT_A_FORM = "not-a-form"
    UNKNOWN_VERSION = "unknown-version"
    CODE_DIFFERS = "code-differs"
    CUT_OFF = "cut-off"
    TOO_BLURRED = "too-blurred"


@dataclass(frozen=True)
class Placed:
    """A form that was found: how it lies, how well it fits, 0 to 1, the strokes of the straightened page, and its ridges."""

    blank: Blank
    lay: Lay
    quality: float
    page: Strokes
    ridges: Ridges


def registered(picture: Picture, shelf: Shelf) -> list[Placed] | Refusal:
    """The form of a picture; several, the best first, where more than one fits and the code must tell them apart."""
    if min(picture.shape[:2]) < LEAST:
        return Refusal.NOT_A_FORM
    gray = _gray(picture)
    share = min(1.0, LONGEST / max(gray.shape))
    small = smaller(gray, share)
    seen: Mapping[int, Points] = {number: (four + 0.5) / share - 0.5 for number, four in seen_markers(small).items()}
    found = _tried(picture, by_markers(seen, shelf), len(shelf))
    if not found and share < FAR:  # the sheet may be small in it
        closer = seen_markers(gray)
        if len(closer) > len(seen):
            seen = closer
            found = _tried(picture, by_markers(seen, shelf), len(shelf))
    marked = {key: blank for key, blank in shelf.items() if any(mark.id in seen for mark in blank.template.markers)}
    if not found:
        bare = {key: blank for key, blank in shelf.items() if not blank.template.markers}
        likely = _by_points(picture, small, marked or bare, marked or shelf)
        found = [one for one in likely if agrees(one.blank, one.lay, seen)]
    if found:
        return _with_rivals(picture, found, shelf)
    if marked:
        return Refusal.CUT_OFF if len(seen) < FEW_MARKS else Refusal.UNKNOWN_VERSION
    return _why(picture)


def _with_rivals(picture: Picture, found: list[Placed], shelf: Shelf) -> list[Placed]:
    """Also the other versions of the form that was found, as they would lie in its place."""
    best, tried = found[0], {one.blank for one in found}
    others = (blank for blank in shelf.values() if blank.template.code == best.blank.template.code)
    guesses = [(blank, best.lay) for blank in others if blank not in tried and blank.size == best.blank.size]
    rivals = _tried(picture, guesses, len(guesses))
    return sorted([*found, *rivals], key=lambda one: -one.quality)


def _by_points(picture: Picture, gray: Gray, likely: Shelf, possible: Shelf) -> list[Placed]:
    """By what is printed on the ``gray`` of the picture, which may be smaller: quickly, then thoroughly, when also marks may
    be hidden.
    """
    gray = smaller(gray, min(1.0, LONGEST_FOR_POINTS / max(gray.shape)))
    share = max(gray.shape) / max(picture.shape[:2])
    for shelf, thorough in ((likely, False), (possible, True)):
        guesses = by_features(gray, shelf, thorough=thorough)
        found = _tried(picture, ((blank, lay.scaled(1 / share)) for blank, lay in guesses), GUESSES)
        found = [one for one in found if only_here(one.page, one.blank)]
        if found:
            return found
    return []


def _gray(picture: Picture) -> Gray:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)


def _tried(picture: Picture, guesses: Iterable[tuple[Blank, Lay]], most: int) -> list[Placed]:
    """Those that the page bears out, the best first, each form once."""
    found: dict[Blank, Placed] = {}
    for blank, guess in itertools.islice(guesses, most):
        fit = fitted(picture, guess, blank)
        ridges = _borne_out(fit, blank) if fit.quality >= ACCEPTED and fit.lay.plausible else None
        if ridges is None:
            continue
        if blank not in found or fit.quality > found[blank].quality:
            found[blank] = Placed(blank, fit.lay, fit.quality, fit.page, ridges)
        if fit.quality >= WELL and not blank.template.markers:
            break
    return sorted(found.values(), key=lambda one: -one.quality)


def _borne_out(fit: Fit, blank: Blank) -> Ridges | None:
    """The page's ridges if where it shows, it shows this form."""
    if fit.agreement < AGREED:
        return None
    ridges = ridges_of(fit.page)
    return ridges if fit.agreement + bordered(ridges, blank, fit.shown) >= TOGETHER else None


def _why(picture: Picture) -> Refusal:
    """What is wrong with a picture in which no form was found."""
    small = smaller(picture, 297 * COARSE / max(picture.shape[:2]))
    gray = evened(small, COARSE)
    if float((strokes(gray, COARSE) > 0.5).mean()) > EMPTY:
        return Refusal.TOO_BLURRED if _sharpness(_gray(small)) < BLURRED else Refusal.NOT_A_FORM
    dark = float((gray < SHADED).mean())
    return Refusal.EMPTY_PAGE if dark < BARE else Refusal.TOO_BLURRED if dark < FULL else Refusal.NOT_A_FORM


def _sharpness(gray: Gray) -> float:
    """The steepest step between neighbours, as a share of all the contrast there is."""
    low, high = np.percentile(gray, (1, 99))
    steps: NDArray[np.float64] = np.abs(np.diff(gray.astype(np.float64), axis=1))
    return float(np.percentile(steps, 99.7) / max(20.0, high - low))
