"""Finding a form without marks, by what is printed on it: words and the corners of its lines, turned any way.

A form's own points are compared with those of the picture. On tables most look alike, so a pair counts only with others
that agree with it in turn and size; what comes out is a guess, which ``fitting`` must bear out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ocr.looking.blanks import COARSE, Blank, Shelf
from ocr.looking.lay import Lay, Points
from ocr.looking.picture import Gray

OF_BLANK, OF_PICTURE = 1500, 2500
"""Points kept at most, spread evenly: words draw most of them to one place, and a form is not found by its title."""

GRID = 100
"""Pixels of the squares over which they are spread."""

ALIKE = 0.95
"""The best likeness must be better by this than the second one."""

TURN, SIZE = 14.0, 1.35
"""Degrees and factor by which pairs may differ from most others: a photo's perspective."""

WITHIN = 8
"""Pixels by which a pair may be off in perspective; half of it on flat paper."""

FEWEST = 8
"""Pairs that must agree."""

CLEAR = 0.4
"""Where more of the pairs of the likeliest form agree than this, it lies so in all likelihood."""


@dataclass(frozen=True)
class Features:
    """Points of a picture: where, turned and sized how (degrees, pixels), and what is seen there."""

    places: Points
    angles: NDArray[np.float64]
    sizes: NDArray[np.float64]
    seen: NDArray[np.uint8]


def features(gray: Gray, most: int, *, thorough: bool = False) -> Features:
    """The strongest points of a grey, in its pixels."""
    finder: Any = (
        cv2.SIFT.create(12000, contrastThreshold=0.02) if thorough else cv2.ORB.create(12000, 1.2, 4, fastThreshold=8)
    )
    points, seen = finder.compute(gray, _spread(finder.detect(gray, None), gray.shape[:2], most))
    if seen is None:
        points, seen = (), np.empty((0, 32), np.uint8)
    return Features(
        np.array([point.pt for point in points]).reshape(-1, 2),
        np.array([point.angle for point in points]),
        np.array([point.size for point in points]),
        seen,
    )


def _spread(points: Sequence[cv2.KeyPoint], shape: Sequence[int], most: int) -> list[cv2.KeyPoint]:
    """The strongest points of each square, as many from every one."""
    if not points:
        return []
    rows, columns = (max(1, round(side / GRID)) for side in shape)
    room = max(1, most // (rows * columns))
    places = np.array([point.pt for point in points])
    strong = np.argsort([-point.response for point in points], kind="stable")
    squares = (places[:, 1] * rows / shape[0]).astype(int) * columns + (places[:, 0] * columns / shape[1]).astype(int)
    by_square = strong[np.argsort(squares[strong], kind="stable")]
    ends = np.cumsum(np.bincount(squares, minlength=rows * columns))
    rank = np.arange(len(points)) - np.concatenate(([0], ends[:-1]))[squares[by_square]]
    return [points[n] for n in by_square[rank < room]]


@lru_cache(maxsize=64)
def features_of(blank: Blank, thorough: bool) -> Features:
    """Those of a form, their places in millimetres. Made once for each blank."""
    found = features(np.asarray(cv2.GaussianBlur(blank.coarse, (0, 0), 0.8), np.uint8), OF_BLANK, thorough=thorough)
    return Features((found.places + 0.5) / COARSE, found.angles, found.sizes, found.seen)


def by_features(gray: Gray, shelf: Shelf, *, thorough: bool = False) -> Iterator[tuple[Blank, Lay]]:
    """Forms that a picture of some 1500 pixels may be and how each would lie, the likeliest first. ``thorough`` finds
    more and takes four times as long. What looks clear is offered before the others are reckoned.
    """
    page = features(gray, OF_PICTURE, thorough=thorough)
    pairs = []
    for blank in shelf.values():
        form = features_of(blank, thorough)
        ours, theirs = _pairs(form, page, cv2.NORM_L2 if thorough else cv2.NORM_HAMMING)
        if len(ours) >= FEWEST:
            pairs.append((blank, form.places[ours], page.places[theirs]))
    pairs.sort(key=lambda pair: -len(pair[1]))
    guesses: list[tuple[int, Blank, Lay]] = []
    for nth, (blank, places, pixels) in enumerate(pairs):
        guesses.sort(key=lambda guess: -guess[0])
        while guesses and guesses[0][0] >= len(places):  # no other form can have as many that agree
            yield guesses.pop(0)[1:]
        for count, lay in _lays(places, pixels, blank):
            if nth == 0 and count > CLEAR * len(places) and not guesses:
                yield blank, lay
            guesses.append((count, blank, lay))
    guesses.sort(key=lambda guess: -guess[0])
    yield from ((blank, lay) for _, blank, lay in guesses)


def _pairs(form: Features, page: Features, norm: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Points of form and picture that look alike, one to one, and agree with most others in turn and size."""
    nothing = np.empty(0, np.int64)
    if len(page.places) < 2 or len(form.places) < 2:
        return nothing, nothing
    best: dict[int, Any] = {}
    for first, second in cv2.BFMatcher(norm).knnMatch(form.seen, page.seen, 2):
        if first.distance >= ALIKE * second.distance:
            continue
        if first.trainIdx not in best or best[first.trainIdx].distance > first.distance:
            best[first.trainIdx] = first
    if not best:
        return nothing, nothing
    ours = np.array([match.queryIdx for match in best.values()])
    theirs = np.array(list(best))
    turns = (page.angles[theirs] - form.angles[ours]) % 360
    counts = np.histogram(turns, 72, (0, 360))[0]
    turn = int(np.argmax(np.sum([np.roll(counts, by) for by in (-2, -1, 0, 1, 2)], axis=0))) * 5 + 2.5
    agree = np.abs((turns - turn + 180) % 360 - 180) < TURN
    return ours[agree], theirs[agree]


def _lays(places: Points, pixels: Points, blank: Blank) -> Iterator[tuple[int, Lay]]:
    """How many pairs bear it out, and the lay: flat as in a scanner, then in perspective as in a photo."""
    flat, inside = cv2.estimateAffinePartial2D(places, pixels, method=cv2.RANSAC, ransacReprojThreshold=WITHIN / 2)
    yield from _borne_out(None if flat is None else np.vstack([flat, (0, 0, 1)]), inside, blank)
    yield from _borne_out(*cv2.findHomography(places, pixels, cv2.RANSAC, WITHIN, maxIters=3000), blank)


def _borne_out(homography: Any, inside: Any, blank: Blank) -> Iterator[tuple[int, Lay]]:
    """The lay, where there is one that enough pairs agree with and that paper can have."""
    if homography is None or inside is None or int(inside.sum()) < FEWEST:
        return
    lay = Lay(np.asarray(homography, np.float64), blank.size)
    if lay.plausible:
        yield int(inside.sum()), lay
