"""How a form lies in a picture: where each of its millimetres is. Plain geometry."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""n × 2: x to the right, y down. Pixels are counted from the middle of the first one, as OpenCV does."""

BLOCK = 32
"""Pixels between the places that are reckoned exactly; in between a picture is stretched evenly."""


@dataclass(frozen=True)
class Lay:
    """``homography`` brings millimetres, after they were moved by the ``bend``, to pixels.

    The bend (2 × 6, millimetres) is what a perspective cannot give: paper that curls. It is quadratic in x and y, which
    run from -1 to 1 across ``size``, the page's width and height in millimetres.
    """

    homography: NDArray[np.float64]
    size: tuple[float, float]
    bend: NDArray[np.float64] = field(default_factory=lambda: np.zeros((2, 6)))

    def pixels(self, places: Points) -> Points:
        """Where those millimetres are in the picture."""
        moved = places + powers(places, self.size) @ self.bend.T
        return np.asarray(cv2.perspectiveTransform(moved[None], self.homography)[0], np.float64)

    def bent(self, more: NDArray[np.float64]) -> Lay:
        """The same, with a further small bend."""
        return replace(self, bend=self.bend + more)

    def shifted(self, dx: float, dy: float) -> Lay:
        """The same, with every millimetre looked for that much further right and down on the paper."""
        more = np.zeros((2, 6))
        more[:, 0] = dx, dy
        return self.bent(more)

    @property
    def corners(self) -> Points:
        """The page's four corners in the picture, clockwise from its top left."""
        width, height = self.size
        return self.pixels(np.array([[0, 0], [width, 0], [width, height], [0, height]], float))

    @property
    def turned(self) -> float:
        """By how many degrees, clockwise, the picture must be turned for the form to stand upright, -180 to 180."""
        (left, right) = self.pixels(np.array([[0, self.size[1] / 2], [self.size[0], self.size[1] / 2]], float))
        return -math.degrees(math.atan2(right[1] - left[1], right[0] - left[0]))

    @property
    def density(self) -> float:
        """Pixels of the picture to the millimetre in the middle of the page."""
        x, y = self.size[0] / 2, self.size[1] / 2
        a, b, c = self.pixels(np.array([[x, y], [x + 1, y], [x, y + 1]], float))
        return math.sqrt(abs((b - a)[0] * (c - a)[1] - (b - a)[1] * (c - a)[0]))

    @property
    def plausible(self) -> bool:
        """Whether paper can lie so: not mirrored, no corner behind the eye, no side far longer than the one opposite."""
        weights = np.array([[0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]]) * (*self.size, 1) @ self.homography[2]
        if not np.isfinite(self.homography).all() or weights.min() * weights.max() <= 0:
            return False
        if abs(weights).max() > 3 * abs(weights).min():
            return False
        corners = self.corners
        sides = np.roll(corners, -1, axis=0) - corners
        turns = sides[:, 0] * np.roll(sides[:, 1], -1) - sides[:, 1] * np.roll(sides[:, 0], -1)
        lengths = np.hypot(*sides.T)
        stretch = (lengths[0] + lengths[2]) / (lengths[1] + lengths[3]) / (self.size[0] / self.size[1])
        return bool(turns.min() > 0 and lengths.min() > 100 and 0.5 < stretch < 2)

    def straightened(self, picture: NDArray[np.uint8], scale: float) -> NDArray[np.uint8]:
        """The whole page upright, ``scale`` pixels to the millimetre; white where the picture does not reach."""
        lay, shrink = self, self.density / scale
        if shrink > 1.4:  # averaged first: picking single pixels would tear thin strokes
            lay, picture = self.scaled(1 / shrink), smaller(picture, 1 / shrink)
        wide, high = (round(side * scale) for side in self.size)
        columns, rows = -(-wide // BLOCK) + 2, -(-high // BLOCK) + 2
        across, down = ((np.arange(count) - 0.5) * BLOCK / scale for count in (columns, rows))
        places = np.stack(np.meshgrid(across, down), axis=-1).reshape(-1, 2)
        grid = lay.pixels(places).astype(np.float32).reshape(rows, columns, 2)
        sources = cv2.resize(grid, (columns * BLOCK, rows * BLOCK))[BLOCK:][:high, BLOCK:][:, :wide]
        four = cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA)  # four colours are drawn twice as fast as three
        drawn = cv2.remap(  # type: ignore[call-overload]  # the library's types want a second map, it does not
            four, sources, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(255,) * 4
        )
        return np.asarray(cv2.cvtColor(drawn, cv2.COLOR_RGBA2RGB), np.uint8)

    def scaled(self, share: float) -> Lay:
        """The same in the picture made larger or smaller by that."""
        change = np.array([[share, 0, (share - 1) / 2], [0, share, (share - 1) / 2], [0, 0, 1]])
        return replace(self, homography=change @ self.homography)


def smaller(picture: NDArray[np.uint8], share: float) -> NDArray[np.uint8]:
    """The picture made smaller, each pixel the mean of those that it stands for; itself where nothing is to be done."""
    if share >= 1:
        return picture
    return np.asarray(cv2.resize(picture, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)


def powers(places: Points, size: tuple[float, float]) -> NDArray[np.float64]:
    """n × 6: 1, x, y, xx, xy, yy of places in millimetres, x and y from -1 to 1 across the page."""
    x, y = (2 * places / np.array(size) - 1).T
    return np.stack([np.ones_like(x), x, y, x * x, x * y, y * y], axis=1)
