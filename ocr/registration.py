"""Which form a picture shows and how it lies there; or why it is none that we know. Nothing is taken on trust: whatever
marks and points suggest, the printed strokes must bear it out.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.blanks import COARSE, Blank, Shelf
from ocr.features import by_features
from ocr.fitting import Strokes, fitted, only_here
from ocr.lay import Lay, smaller
from ocr.markers import by_markers, seen_markers
from ocr.picture import Gray, Picture, evened, strokes

ACCEPTED = 0.42
"""Quality from which on a page is a form; of what is none, none came above 0.35."""

WELL = 0.75
"""From here on no other guess is tried."""

CLEARLY = 0.03
"""By how much the best of several forms must be better than the next."""

LONGEST, LONGEST_FOR_POINTS = 1800, 1500
"""Pixels of the longer side in which marks, and points, are looked for. Where the form lies is found to a tenth of one."""

FEW_MARKS = 2
"""Fewer marks than that are a torn off corner."""

GUESSES = 4
"""How many guesses without marks are looked at."""

EMPTY, BLURRED = 0.0005, 0.08


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
    """A form that was found: how it lies, how well it fits, 0 to 1, and the strokes of the straightened page."""

    blank: Blank
    lay: Lay
    quality: float
    page: Strokes

    def scaled(self, share: float) -> Placed:
        """The same in the picture made larger or smaller by that."""
        return replace(self, lay=self.lay.scaled(share))


def registered(picture: Picture, shelf: Shelf) -> list[Placed] | Refusal:
    """The form of a picture; several, the best first, where they lie alike and only the code can tell them apart."""
    longest = max(picture.shape[:2])
    share = min(1.0, LONGEST / longest)
    small = smaller(picture, share)
    gray = _gray(small)
    seen = seen_markers(gray)
    found = _tried(small, by_markers(seen, shelf), len(shelf))
    if not found and longest > LONGEST * 1.3:  # a sheet far away
        far = seen_markers(_gray(picture))
        if len(far) > len(seen):
            seen, found = far, [one.scaled(share) for one in _tried(picture, by_markers(far, shelf), len(shelf))]
    marked = {key: blank for key, blank in shelf.items() if any(mark.id in seen for mark in blank.template.markers)}
    bare = {key: blank for key, blank in shelf.items() if not blank.template.markers}
    if not found:
        found = _by_points(small, marked or bare, marked or shelf)
    if found:
        return [one.scaled(1 / share) for one in found]
    if marked:
        return Refusal.CUT_OFF if len(seen) < FEW_MARKS else Refusal.UNKNOWN_VERSION
    return _why(small)


def _by_points(picture: Picture, likely: Shelf, possible: Shelf) -> list[Placed]:
    """By what is printed: quickly, then thoroughly, when also marks may be hidden."""
    share = min(1.0, LONGEST_FOR_POINTS / max(picture.shape[:2]))
    gray = _gray(smaller(picture, share))
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
    for blank, guess in [guess for guess, _ in zip(guesses, range(most), strict=False)]:
        lay, quality, page = fitted(picture, guess, blank)
        if quality >= ACCEPTED and lay.plausible and (blank not in found or quality > found[blank].quality):
            found[blank] = Placed(blank, lay, quality, page)
        if quality >= WELL and not blank.template.markers:
            break
    return sorted(found.values(), key=lambda one: -one.quality)


def _why(picture: Picture) -> Refusal:
    """What is wrong with a picture in which no form was found."""
    small = smaller(picture, 297 * COARSE / max(picture.shape[:2]))
    thin = strokes(evened(small, COARSE), COARSE)
    if float((thin > 0.5).mean()) < EMPTY:
        return Refusal.EMPTY_PAGE
    return Refusal.TOO_BLURRED if _sharpness(_gray(small)) < BLURRED else Refusal.NOT_A_FORM


def _sharpness(gray: Gray) -> float:
    """The steepest step between neighbours, as a share of all the contrast there is."""
    low, high = np.percentile(gray, (1, 99))
    steps: NDArray[np.float64] = np.abs(np.diff(gray.astype(np.float64), axis=1))
    return float(np.percentile(steps, 99.7) / max(20.0, high - low))
