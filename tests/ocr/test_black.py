"""A box that is evenly black is a mark; one with strokes over the black is left to a person."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from ocr.looking.black import UNEVEN, blackened, is_even
from ocr.looking.picture import Gray

SIDE, BESIDE, FRAME = 50, 16, 4
"""A box of 6.2 mm and its frame, in pixels."""

Draw = Callable[[Gray], object]


def box(*ways: Draw, blur: float = 0.8) -> Gray:
    page = np.full((SIDE + 2 * BESIDE,) * 2, 255, np.uint8)
    cv2.rectangle(page, (BESIDE, BESIDE), (BESIDE + SIDE, BESIDE + SIDE), 60, FRAME)
    for way in ways:
        way(page)
    return np.asarray(cv2.GaussianBlur(page, (0, 0), blur), np.uint8)


def black(page: Gray) -> None:
    for n, y in enumerate(np.linspace(BESIDE + 6, BESIDE + SIDE - 6, 9).astype(int)):
        cv2.line(page, (BESIDE + 8 - n % 3, y), (BESIDE + SIDE - 8 + n % 2, y + 2), 40, 7)


def struck(page: Gray) -> None:
    for y in (-3, 5):
        at = BESIDE + SIDE // 2 + y
        cv2.line(page, (BESIDE - 6, at), (BESIDE + SIDE + 6, at), 40, 4)


def crossed_out(page: Gray) -> None:
    cv2.line(page, (BESIDE + 5, BESIDE - 8), (BESIDE + SIDE - 5, BESIDE + SIDE + 8), 40, 4)


def scribbled(page: Gray) -> None:
    middle = (BESIDE + SIDE // 2, BESIDE + SIDE // 2)
    cv2.ellipse(page, middle, (SIDE // 2 + 5, SIDE // 3), 0, 0, 360, 40, 4)


@pytest.mark.parametrize("blur", [0.5, 1.2])
def test_only_a_black_box_whose_frame_nothing_crosses_is_even(blur: float) -> None:
    assert is_even(box(black, blur=blur), BESIDE, 0.8)
    assert not is_even(box(black, blur=blur), BESIDE, 0.2)  # a heavy tick
    for over in (struck, crossed_out, scribbled):
        assert not is_even(box(black, over, blur=blur), BESIDE, 0.8)


def test_faint_pencil_is_compared_with_itself() -> None:
    def faint(*ways: Draw) -> Gray:
        return np.asarray(255 - (255 - box(*ways).astype(int)) // 4, np.uint8)

    assert is_even(faint(black), BESIDE, 0.8)
    assert not is_even(faint(black, struck), BESIDE, 0.8)


def test_an_even_black_box_is_a_mark_unless_it_is_likely_to_be_spoilt() -> None:
    assert blackened((0.01, 0.84, 0.15)) == (0.01, pytest.approx(0.99), 0.0)
    unsure = (0.01, 0.99 - UNEVEN - 0.01, UNEVEN + 0.01)
    assert blackened(unsure) == unsure
