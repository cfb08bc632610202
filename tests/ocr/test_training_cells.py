"""The cells that readers are taught with: the same for the same seed, and labelled as what they hold.

Only hands that need no typeface but the product's own; how nets are taught is not tested here, since the library for it
is not among the project's packages.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest
from sklearn.datasets import load_digits

from bench.ocr.hands import Hand, draw_hand
from bench.ocr.sources import HEIGHT, Kind, Source, Split
from bench.ocr.training import black_cells, digit_cells, mnist, optdigits, strokes, tick_cells
from bench.ocr.training.figures import acceptable, figures, fitted_temperature, softened
from bench.ocr.training.paper import AROUND, Scan, lay, ruled
from bench.ocr.training.readers import READERS
from ocr.looking.black import OVER, PLAIN, read_blacks
from ocr.looking.cells import SCALE, digit_patch
from ocr.looking.digits import read_digits
from ocr.looking.tick_boxes import read_ticks
from ocr.marks import BLANK, OTHER

BIZ = "BIZUDGothic-Regular.ttf"
CELLS = [
    (digit_cells.digit_cells, read_digits, 0.85),
    (tick_cells.tick_cells, read_ticks, 0.93),
    (black_cells.black_cells, read_blacks, 0.9),
]
Cells = Callable[..., tuple[np.ndarray, np.ndarray]]


@pytest.fixture(autouse=True)
def hands(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real writers only, whose kanji are BIZ UD's."""

    def drawn(split: Split, rng: np.random.Generator, kind: Kind | None = None, *, faint: bool = False) -> Hand:
        hand = draw_hand(split, rng, Kind.REAL, faint=faint)
        return replace(hand, source=Source(hand.source.name, Kind.REAL, split, BIZ))

    monkeypatch.setattr(digit_cells, "draw_hand", drawn)
    monkeypatch.setattr(tick_cells, "draw_hand", drawn)
    monkeypatch.setattr(black_cells, "draw_hand", drawn)


@pytest.mark.parametrize(("cells", "read", "least"), CELLS)
def test_cells_are_seeded_and_labelled_as_what_they_hold(cells: Cells, read: Cells, least: float) -> None:
    patches, labels = cells(np.random.default_rng(3), 200, Split.CALIBRATE)
    again, same = cells(np.random.default_rng(3), 200, Split.CALIBRATE)
    others, _ = cells(np.random.default_rng(4), 200, Split.CALIBRATE)
    assert (patches == again).all()
    assert (labels == same).all()
    assert (patches != others).any()
    said = read(patches.astype(np.float32) / 255).argmax(axis=1)
    assert (said == labels).mean() >= least


def test_every_class_is_taught() -> None:
    _, digits = digit_cells.digit_cells(np.random.default_rng(5), 240, Split.CALIBRATE)
    _, ticks = tick_cells.tick_cells(np.random.default_rng(5), 80, Split.CALIBRATE)
    assert set(digits.tolist()) == {*range(10), BLANK, OTHER}
    _, blacks = black_cells.black_cells(np.random.default_rng(5), 80, Split.CALIBRATE)
    assert set(ticks.tolist()) == {0, 1, 2}
    assert set(blacks.tolist()) == {PLAIN, OVER}


def test_cells_are_made_in_chunks_that_do_not_depend_on_how_many_follow() -> None:
    few, _ = READERS["ticks"].cells(Split.CALIBRATE, 40, seed=1)
    more, _ = READERS["ticks"].cells(Split.CALIBRATE, 80, seed=1)
    assert few.dtype == np.uint8
    assert (few == more[:40]).all()


def test_imagined_pens_write_what_they_are_told() -> None:
    rng = np.random.default_rng(7)
    wanted = np.arange(100) % 10
    patches = [patch_of(strokes.written(rng, int(digit))) for digit in wanted]
    assert (read_digits(np.stack(patches)).argmax(axis=1) == wanted).mean() >= 0.9


@pytest.mark.parametrize("coarse", [0.0, 1.0])
def test_pictures_of_strangers_become_the_digits_that_they_show(coarse: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """With pictures as MNIST has them, drawn here: its own come with a package that only teaching needs."""
    rng = np.random.default_rng(12)
    monkeypatch.setattr(mnist, "COARSE", coarse)
    monkeypatch.setattr(mnist, "_pictures", lambda: tuple(np.stack([picture_of(rng, n)]) for n in range(10)))
    wanted = np.arange(60) % 10
    inks = [mnist.written(rng, int(digit)) for digit in wanted]
    assert {ink.shape[0] for ink in inks} == {HEIGHT}
    said = read_digits(np.stack([patch_of(ink) for ink in inks])).argmax(axis=1)
    assert (said == wanted).mean() >= 0.85


def picture_of(rng: np.random.Generator, figure: int) -> np.ndarray:
    """28 × 28, the digit 20 high or wide in their middle."""
    ink = strokes.written(rng, figure)
    part = 20 / max(ink.shape)
    small = cv2.resize(ink, None, fx=part, fy=part, interpolation=cv2.INTER_AREA)
    whole = np.zeros((28, 28), np.uint8)
    top, left = ((28 - side) // 2 for side in small.shape)
    whole[top : top + small.shape[0], left : left + small.shape[1]] = np.round(small * 255)
    return whole


def test_of_the_whole_table_the_writers_of_the_corpus_are_left_out() -> None:
    """With a table drawn here: the set's own comes with a package that only teaching needs."""
    pictures, said = load_digits().images.astype(int), load_digits().target
    strangers = pictures[:200].transpose(0, 2, 1)
    mixed = [*zip(pictures, said, strict=True), *zip(strangers, said[:200], strict=True)][::-1]
    kept = optdigits.pictures("\n".join(",".join(map(str, [*one.ravel(), figure])) for one, figure in mixed))
    for figure, found in enumerate(kept):
        assert (found == strangers[said[:200] == figure][::-1]).all()


def test_a_hand_of_the_thirty_writes_their_digits_with_its_own_pen(monkeypatch: pytest.MonkeyPatch) -> None:
    pictures, said = load_digits().images.astype(int)[:300], load_digits().target[:300]
    monkeypatch.setattr(optdigits, "_pictures", lambda: tuple(pictures[said == figure] for figure in range(10)))
    rng = np.random.default_rng(13)
    hands = [digit_cells.any_hand(rng, Split.TRAIN) for _ in range(80)]
    thirty = [hand for hand in hands if isinstance(hand, optdigits.AnyOfThirty)]
    assert 30 < len(thirty) < 80
    wanted = np.arange(len(thirty)) % 10
    inks = [hand.digit(str(n), rng) for hand, n in zip(thirty, wanted, strict=True)]
    assert (read_digits(np.stack([patch_of(ink) for ink in inks])).argmax(axis=1) == wanted).mean() >= 0.9
    assert not any(
        isinstance(digit_cells.any_hand(rng, split), optdigits.AnyOfThirty)
        for split in (Split.CALIBRATE, Split.TEST)
        for _ in range(20)
    )


def test_scribbles_are_no_digits() -> None:
    rng = np.random.default_rng(8)
    odds = read_digits(np.stack([patch_of(strokes.scribble(rng)) for _ in range(60)]))
    assert (odds[:, :10].max(axis=1) < 0.9).mean() >= 0.95


def patch_of(ink: np.ndarray) -> np.ndarray:
    """A mark 6 mm high on clean paper, as it is read."""
    paper = np.zeros((8 * SCALE, 8 * SCALE), np.float32)
    lay(paper, ink, min(6, 6 * ink.shape[0] / ink.shape[1]), 4, 4)
    return digit_patch((255 - paper * 255).astype(np.uint8))


def test_a_box_that_nobody_wrote_in_is_cut_out_empty() -> None:
    rng = np.random.default_rng(9)
    sheet = ruled(rng, 7, 8, (0, 1))
    lay(sheet.own(sheet.cells[11]), strokes.written(rng, 8), 6, AROUND + 3.5, AROUND + 4)
    scan = Scan(rng, sheet)
    inked = [bool(digit_patch(scan.digit(cell)).sum() > 5) for cell in sheet.cells]
    assert inked[11]
    assert sum(inked) <= 4  # specks and hairs are there too


def test_the_share_that_may_be_accepted_takes_the_surest_first() -> None:
    sure, right = np.array([0.9, 0.8, 0.7, 0.6]), np.array([True, True, False, True])
    assert acceptable(sure, right, 0.0) == 0.5
    assert acceptable(sure, right, 0.25) == 1.0
    assert acceptable(sure, ~right, 0.1) == 0.0


def test_a_temperature_makes_99_percent_mean_it() -> None:
    rng = np.random.default_rng(11)
    labels = rng.integers(0, 3, 4000)
    honest = rng.normal(0, 2, (4000, 3))
    honest[np.arange(4000), labels] += 3
    assert fitted_temperature(honest * 2, labels) > fitted_temperature(honest, labels)
    found = figures(softened(honest * 2, fitted_temperature(honest * 2, labels)), labels)
    assert found.right_of_99 >= 0.99
