"""Finding a sheet by its square marks: which forms it may be, and how each would lie."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import cv2
import numpy as np

from ocr.looking.blanks import Blank, Shelf
from ocr.looking.lay import Lay, Points
from ocr.looking.picture import Gray

LEAST = 2
"""Marks without which a sheet is not found by them: one alone leaves too much open."""

WINDOW = 23
"""Pixels of the square by whose mean a place is light or dark: about twice a mark's smallest part, in all that are found.
Narrower ones beside it, as OpenCV has by itself, found none of 222 marks more, and took twice the time."""

ASTRAY = 2
"""Millimetres by which a mark may be off where the form was found by other means."""


def seen_markers(gray: Gray) -> Mapping[int, Points]:
    """The marks in a picture: the four corners of each by its number, clockwise from its own top left."""
    settings = cv2.aruco.DetectorParameters()
    settings.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_SUBPIX
    settings.minMarkerPerimeterRate = 0.02
    settings.adaptiveThreshWinSizeMin = settings.adaptiveThreshWinSizeMax = WINDOW
    detector = cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50), settings)
    corners, numbers, _ = detector.detectMarkers(gray)
    if not len(corners):
        return {}
    named = [int(number) for number in np.ravel(numbers)]
    return {
        number: four.reshape(4, 2).astype(np.float64)
        for number, four in zip(named, corners, strict=True)
        if named.count(number) == 1  # a mark that is there twice says nothing
    }


def by_markers(seen: Mapping[int, Points], shelf: Shelf) -> Iterator[tuple[Blank, Lay]]:
    """Every form that has enough of the marks, and how it lies by them."""
    for blank in shelf.values():
        ours = [mark for mark in blank.template.markers if mark.id in seen]
        if len(ours) < LEAST:
            continue
        places = np.concatenate([_corners(mark.cell.x, mark.cell.y, mark.cell.w) for mark in ours])
        lay = lay_through(places, np.concatenate([seen[mark.id] for mark in ours]), blank)
        if lay is not None:
            yield blank, lay


def agrees(blank: Blank, lay: Lay, seen: Mapping[int, Points]) -> bool:
    """Whether the marks that are seen are this form's, and where the lay has them."""
    for mark in blank.template.markers:
        if mark.id in seen:
            away = lay.pixels(_corners(mark.cell.x, mark.cell.y, mark.cell.w)) - seen[mark.id]
            if float(np.hypot(*away.T).max()) > ASTRAY * lay.density:
                return False
    return True


def _corners(x: float, y: float, side: float) -> Points:
    return np.array([[x, y], [x + side, y], [x + side, y + side], [x, y + side]])


def lay_through(places: Points, pixels: Points, blank: Blank, within: float = 1.5) -> Lay | None:
    """The perspective that brings those millimetres to those pixels, but for some that err; None where none can be."""
    spread = float(np.ptp(pixels, axis=0).max() / max(1.0, np.ptp(places, axis=0).max()))
    homography, inside = cv2.findHomography(places, pixels, cv2.RANSAC, within * max(spread, 1.0))
    if int(np.size(homography)) != 9 or int(inside.sum()) < 6:
        return None
    lay = Lay(np.asarray(homography, np.float64), blank.size)
    return lay if lay.plausible else None
