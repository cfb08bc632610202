"""A box that is evenly black is a mark; one with strokes over the black is left to a person."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

import ocr.looking.look as looking
from bench.ocr.hands import draw_hand
from bench.ocr.sheets import Sheet, draw_sheet
from bench.ocr.sources import Kind, Source, Split
from brigade.forms.shelf import newest
from ocr.looking.black import BLACK, OVER, PLAIN, black_patch, blackened, read_blacks
from ocr.looking.blanks import shelf
from ocr.looking.cells import RING
from ocr.looking.picture import Gray
from ocr.marks import SPOILT
from ocr.reading.ticks import SPOILT_SHARE

SIDE, FRAME = 50, 4
"""A box of 6.2 mm and its frame, in pixels."""

Draw = Callable[[Gray], object]


def box(*ways: Draw, blur: float = 0.8) -> Gray:
    page = np.full((SIDE + 2 * RING,) * 2, 255, np.uint8)
    cv2.rectangle(page, (RING, RING), (RING + SIDE, RING + SIDE), 60, FRAME)
    for way in ways:
        way(page)
    return np.asarray(cv2.GaussianBlur(page, (0, 0), blur), np.uint8)


def black(page: Gray) -> None:
    for n, y in enumerate(np.linspace(RING + 6, RING + SIDE - 6, 9).astype(int)):
        cv2.line(page, (RING + 8 - n % 3, y), (RING + SIDE - 8 + n % 2, y + 2), 40, 7)


def struck(page: Gray) -> None:
    for y in (-3, 5):
        at = RING + SIDE // 2 + y
        cv2.line(page, (RING - 6, at), (RING + SIDE + 6, at), 40, 4)


def crossed_out(page: Gray) -> None:
    cv2.line(page, (RING + 5, RING - 8), (RING + SIDE - 5, RING + SIDE + 8), 40, 4)


def scribbled(page: Gray) -> None:
    middle = (RING + SIDE // 2, RING + SIDE // 2)
    cv2.ellipse(page, middle, (SIDE // 2 + 5, SIDE // 3), 0, 0, 360, 40, 4)


def faint(page: Gray) -> Gray:
    return np.asarray(255 - (255 - page.astype(int)) // 4, np.uint8)


def shares(*pages: Gray) -> np.ndarray:
    return read_blacks(np.stack([black_patch(page) for page in pages]))


def blackening_sheet() -> Sheet:
    rng = np.random.default_rng(7)
    hand = draw_hand(Split.CALIBRATE, rng, Kind.REAL)
    writer = Source(hand.source.name, Kind.REAL, Split.CALIBRATE, "BIZUDGothic-Regular.ttf")
    hand = replace(hand, source=writer, mark="filled", pencil=False, dark=0.95)
    return draw_sheet(newest()["month"], hand, rng)


@pytest.mark.parametrize("blur", [0.5, 1.2])
def test_what_is_drawn_over_the_black_is_seen_beside_it(blur: float) -> None:
    assert shares(box(black, blur=blur))[0][PLAIN] > 0.92
    for over in (struck, crossed_out, scribbled):
        assert shares(box(black, over, blur=blur))[0][OVER] > 0.5


def test_faint_pencil_is_read_as_a_pen_is() -> None:
    even, uneven = shares(faint(box(black)), faint(box(black, struck)))
    assert even[PLAIN] > 0.92
    assert uneven[OVER] > 0.5


def test_of_a_black_box_only_whether_it_is_blank_is_left_to_the_reader_of_ticks() -> None:
    assert blackened((0.2, 0.1, 0.7), (1.0, 0.0)) == (0.2, pytest.approx(0.8), pytest.approx(0.0))
    nothing, mark, spoilt = blackened((0.0, 0.9, 0.1), (0.94, 0.06))
    assert (nothing, mark + spoilt) == (0.0, pytest.approx(1.0))
    assert spoilt > SPOILT_SHARE  # a little doubt is enough for a person to look


def test_on_a_page_black_boxes_are_read_with_their_frame(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every black patch is asked about, in order, and its answer stands at its own box."""
    asked: list[int] = []

    def over(patches: np.ndarray) -> np.ndarray:
        asked.append(len(patches))
        return np.tile(np.float32([0.0, 1.0]), (len(patches), 1))

    monkeypatch.setattr(looking, "read_blacks", over)
    sheet = blackening_sheet()
    found = looking.look(sheet.pixels, shelf())
    assert isinstance(found, looking.Seen)
    marks = found.marks.by_id
    boxes = [
        marks[each.id].ticks[n]
        for each in sheet.template.fields
        if each.type in ("tick", "choice") and each.drawn == "box"
        for n in range(len(each.cells))
        if marks[each.id].ink[n] >= BLACK
    ]
    assert asked == [len(boxes)]
    assert len(boxes) > 5
    assert all(tick[SPOILT] > 0.9 for tick in boxes)
