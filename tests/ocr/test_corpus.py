"""The made-up forms that the reading is measured on: seeded, true to their templates, hands of splits kept apart.

Only typefaces that the product itself needs: the others come with ``tools/setup.sh ocr``.
"""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pytest
from sklearn.datasets import load_digits

from bench.ocr.foreign import FOREIGN, drawn_foreign
from bench.ocr.hands import CELL, Hand, draw_hand
from bench.ocr.ink import of_width
from bench.ocr.paper import CONDITIONS, pictured
from bench.ocr.sheets import Sheet, draw_sheet
from bench.ocr.sources import PART, Kind, Source, Split, masters, sources, sums, with_sums
from bench.ocr.writing import DOUBT
from brigade.forms.shelf import newest
from brigade.organisation.member_numbers import is_valid

BIZ = "BIZUDGothic-Regular.ttf"
SHAPES = {
    "member_number": "[0-9]{7}",
    "odometer": "[0-9]{1,6}",
    "count": "[0-9]{1,2}",
    "era_date": "20[0-9]{2}-(0[1-9]|1[0-2])-[0-3][0-9]",
    "era_month": "20[0-9]{2}-(0[1-9]|1[0-2])",
    "day": "[0-3][0-9]",
    "hour_minute": "[0-2][0-9]:[0-5][0-9]",
}


def generator(*seed: int) -> np.random.Generator:
    return np.random.default_rng([*seed])


def hand(*seed: int) -> Hand:
    """A real writer whose kanji are BIZ UD's."""
    made = draw_hand(Split.TRAIN, generator(*seed), Kind.REAL)
    return replace(made, source=Source(str(seed[-1] % 8), Kind.REAL, Split.TRAIN, BIZ))


def sheet(code: str, *seed: int) -> Sheet:
    return draw_sheet(newest()[code], hand(*seed), generator(*seed))


def test_splits_share_no_typeface_and_no_writer() -> None:
    used = [
        {name for kind in Kind for one in sources(split, kind) for name in ((kind, one.name), (Kind.FONT, one.kanji))}
        for split in Split
    ]
    bare = [{(name.endswith("tf"), name) for _, name in names} for names in used]
    for n, names in enumerate(bare):
        assert all(names.isdisjoint(others) for others in bare[n + 1 :])


def test_every_writer_wrote_every_digit() -> None:
    for split in Split:
        for source in sources(split, Kind.REAL):
            counts = [len(masters(source, digit)) for digit in "0123456789"]
            assert min(counts) >= 8


def test_digits_are_drawn_with_the_ink_that_was_counted() -> None:
    squares = load_digits().images[::9].astype(np.float32) / 16
    drawn = np.stack([sums(with_sums(one), PART) for one in np.pad(squares, ((0, 0), (1, 1), (1, 1)))])
    lacking = drawn[:, 1:-1, 1:-1] - squares
    assert abs(drawn.sum() / squares.sum() - 1) < 0.02
    assert np.sqrt((lacking**2).mean()) < 0.02


def test_a_thin_pen_breaks_no_stroke() -> None:
    """A broad bar and a thin line that hangs on it."""
    mask = np.zeros((60, 60), np.float32)
    mask[5:25, 10:30] = mask[24:55, 18:21] = 1
    for width in (2, 4, 8):
        high, wide = (np.ptp(places) + 1 for places in np.nonzero(of_width(mask, width) > 0.5))
        assert high >= 40
        assert wide >= 12


def test_marks_lie_on_a_canvas_around_their_box() -> None:
    rng = generator(1)
    writer = hand(1)
    made = [writer.written("7", rng), writer.tick(rng), writer.ring(rng), writer.spoilt(rng), writer.no_digit(rng)]
    for ink in made:
        assert ink.shape == (2 * CELL[1], 2 * CELL[0])
        assert ink.dtype == np.float32
        assert ink.min() >= 0
        assert 0.3 < ink.max() <= 1


@pytest.mark.parametrize("code", newest())
def test_the_same_seed_gives_the_same_sheet(code: str) -> None:
    one, again, other = sheet(code, 3), sheet(code, 3), sheet(code, 4)
    assert one.truth == again.truth
    assert np.array_equal(one.pixels, again.pixels)
    assert one.truth != other.truth


@pytest.mark.parametrize("code", newest())
def test_truth_fits_the_form(code: str) -> None:
    for seed in range(3):
        made = sheet(code, seed)
        assert list(made.truth) == [field.id for field in made.template.fields]
        for field in made.template.fields:
            truth = made.truth[field.id]
            assert len(truth.letters) == len(field.cells)
            assert truth.doubtful == (DOUBT in truth.letters)
            assert truth.hand is not None or not any(truth.letters)
            if field.type == "tick":
                assert isinstance(truth.value, bool)
            elif field.type == "choice":
                assert truth.value in {None, *(option.value for option in field.options)}
            elif field.type != "text" and truth.value is not None:
                assert re.fullmatch(SHAPES[field.kind], str(truth.value))
            if field.kind == "member_number" and truth.value is not None:
                assert is_valid(str(truth.value))


@pytest.mark.parametrize("condition", ["scan 150 dpi", "a side cut by 25 %", "a third covered"])
def test_the_same_seed_gives_the_same_picture(condition: str) -> None:
    made = sheet("old-turnout", 5)
    one, again = (pictured(made, condition, generator(6)) for _ in range(2))
    assert np.array_equal(one.pixels, again.pixels)
    assert one.pixels.dtype == np.uint8
    assert one.hidden == again.hidden
    assert bool(one.hidden) == (condition != "scan 150 dpi")
    assert one.hidden < made.truth.keys()
    assert condition in CONDITIONS


@pytest.mark.parametrize("kind", ["text", "blank"])
def test_foreign_pages_are_seeded(kind: str) -> None:
    (nothing, one), (_, again) = (drawn_foreign(kind, generator(9)) for _ in range(2))
    assert nothing is None
    assert kind in FOREIGN
    assert np.array_equal(one, again)
