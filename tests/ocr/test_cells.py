"""The two pure functions between a cut cell and its reader."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from ocr.looking.cells import RING, SCALE, SIDE, TICK_RING, TICK_SIDE, digit_patch, tick_patch

PAPER = np.full((72, 64), 255, np.uint8)


def seven(*, dark: int = 220, size: float = 1.5, at: tuple[int, int] = (16, 50)) -> np.ndarray:
    return cv2.putText(PAPER.copy(), "7", at, cv2.FONT_HERSHEY_SIMPLEX, size, 255 - dark, 3)


def test_a_digit_fills_the_middle_of_its_patch_and_keeps_its_shape() -> None:
    patch = digit_patch(seven())
    rows, columns = np.nonzero(patch > 0.3)
    assert patch.shape == (SIDE, SIDE)
    assert patch.dtype == np.float32
    assert (rows.min(), rows.max()) == (4, 23)
    assert columns.max() - columns.min() < 19
    assert abs(columns.min() + columns.max() - 27) <= 1


@pytest.mark.parametrize("changed", [seven(dark=60), seven(size=1.9, at=(10, 60)), seven(at=(4, 42))])
def test_neither_place_nor_size_nor_faintness_changes_much(changed: np.ndarray) -> None:
    assert np.abs(digit_patch(changed) - digit_patch(seven())).mean() < 0.06


def test_paper_and_specks_are_nothing() -> None:
    dirty = PAPER.copy()
    dirty[10:12, 10:13] = 40
    dirty[40:, 30:] = 238
    assert not digit_patch(PAPER).any()
    assert not digit_patch(dirty).any()
    assert not tick_patch(dirty).any()


def test_a_small_dot_stays_small() -> None:
    dot = cv2.circle(PAPER.copy(), (30, 30), 4, 0, -1)
    assert (digit_patch(dot) > 0.5).sum() < 100


@pytest.mark.parametrize("size", [(7.2, 7.2), (21, 7), (13, 6)])
def test_what_is_in_the_box_and_what_is_around_it_stay_apart(size: tuple[float, float]) -> None:
    wide, high = (round(side * SCALE) for side in size)
    area = np.full((high + 2 * RING, wide + 2 * RING), 255, np.uint8)
    around = cv2.rectangle(area.copy(), (4, 4), (wide + 2 * RING - 5, high + 2 * RING - 5), 0, 4)
    inside = cv2.rectangle(area.copy(), (RING, RING), (RING + wide - 1, RING + high - 1), 0, -1)
    box = np.zeros((TICK_SIDE, TICK_SIDE), bool)
    box[TICK_RING:-TICK_RING, TICK_RING:-TICK_RING] = True
    assert tick_patch(around)[box].max() == 0
    assert tick_patch(around)[~box].sum() > 50
    assert tick_patch(inside)[box].min() > 0.99
