"""A mark that was struck out is seen as such even where the two lines run together."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

import ocr.looking.look as looking
from ocr.looking.blanks import shelf
from ocr.looking.cells import RING
from ocr.looking.picture import Gray
from ocr.looking.struck import as_struck, is_struck
from ocr.marks import MARK, SPOILT
from ocr.reading.ticks import SPOILT_SHARE
from tests.ocr.sheets import PEN, SCALE, Sheet, sheet

HIGH, WIDE = 56, 110
"""A table's cell of 7 by 14 mm, in pixels."""

MIDDLE = np.array((RING + WIDE // 2, RING + HIGH // 2))
Draw = Callable[[Gray], object]


def cell(*ways: Draw, dark: int = 40) -> Gray:
    page = np.full((HIGH + 2 * RING, WIDE + 2 * RING), 255, np.uint8)
    for way in ways:
        way(page)
    paler = 255 - (255 - cv2.GaussianBlur(page, (0, 0), 0.8).astype(int)) * (255 - dark) // 255
    return np.asarray(paler, np.uint8)


def line(page: Gray, start: tuple[float, float], end: tuple[float, float], pen: int = 5) -> None:
    """From one place to another, as shares of the cell's height from its middle."""
    ends = (tuple(int(x) for x in MIDDLE + HIGH * np.array(place)) for place in (start, end))
    cv2.line(page, *ends, 0, pen, cv2.LINE_AA)


def tick(page: Gray) -> None:
    line(page, (-0.34, 0.02), (-0.08, 0.32))
    line(page, (-0.08, 0.32), (0.4, -0.42))


def cross(page: Gray) -> None:
    line(page, (-0.34, -0.34), (0.34, 0.34), 9)
    line(page, (0.34, -0.34), (-0.34, 0.34), 9)


def ring(page: Gray) -> None:
    cv2.circle(page, tuple(int(x) for x in MIDDLE), round(0.38 * HIGH), 0, 6, cv2.LINE_AA)


def slash(page: Gray) -> None:
    line(page, (0.34, -0.38), (-0.34, 0.38))


def struck(page: Gray, apart: float = 0.02, fall: float = 0.03) -> None:
    for side in (-apart, apart):
        line(page, (-0.55, side - fall), (0.55, side + fall))


def grain(page: Gray) -> None:
    """A pencil leaves paper between."""
    page[:, ::12] = 255


@pytest.mark.parametrize("mark", [tick, cross, ring, slash])
@pytest.mark.parametrize("dark", [40, 190])
def test_a_level_line_through_the_middle_strikes_a_mark_out(mark: Draw, dark: int) -> None:
    assert not is_struck(cell(mark, dark=dark))
    assert is_struck(cell(mark, struck, dark=dark))
    assert is_struck(cell(mark, struck, grain, dark=dark))
    assert is_struck(cell(mark, lambda page: struck(page, 0.09, -0.06), dark=dark))


def test_lines_elsewhere_strike_nothing_out() -> None:
    for y in (-0.4, 0.42):  # what is left of a printed line, or a tick's tail from the cell above
        assert not is_struck(cell(tick, lambda page, y=y: line(page, (-0.6, y), (0.6, y))))
    assert not is_struck(cell(tick, lambda page: line(page, (-0.2, 0), (0.35, 0))))
    assert not is_struck(cell())


def test_a_fold_strikes_nothing_out() -> None:
    page = cell(tick)
    level = page[len(page) // 2 - 4 : len(page) // 2 + 4]
    level[:] = np.minimum(level, 185)
    assert not is_struck(page)


def test_what_is_struck_out_is_no_mark() -> None:
    assert as_struck((0.0, 0.967, 0.033)) == (0.0, 0.0, 1.0)
    assert as_struck((0.25, 0.7, 0.05))[SPOILT] == pytest.approx(0.75)


def test_on_a_page_a_struck_tick_is_spoilt_and_no_other() -> None:
    made = sheet("old-month", 5)
    marked = [key for key, said in made.written.items() if said == "x" and key[0].startswith("came.")]
    first = marked[len(marked) // 2]
    seen = looking.look(crossed_out(made, first[0]).pixels, shelf())
    assert isinstance(seen, looking.Seen)
    ticks = {id_: seen.marks.by_id[id_].ticks[n] for id_, n in marked}
    assert ticks.pop(first[0])[SPOILT] > SPOILT_SHARE
    assert all(said[MARK] > 0.9 for said in ticks.values())


def crossed_out(made: Sheet, id_: str) -> Sheet:
    """The sheet with two lines, so close that they are one, through a mark."""
    where = next(field.cells[0] for field in made.template.fields if field.id == id_)
    x, y, half = where.x + where.w / 2, where.y + where.h / 2, 0.55 * min(where.w, where.h)
    for side in (-0.1, 0.1):
        ends = [(round((x + way * half) * SCALE), round((y + side) * SCALE)) for way in (-1, 1)]
        cv2.line(made.pixels, ends[0], ends[1], PEN, 3, cv2.LINE_AA)
    return made
