"""What the readers in ``ocr/models/`` are worth on writers and typefaces that they were never taught: the test split."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from bench.ocr.sources import Kind, Split
from bench.ocr.training.digit_cells import digit_cells
from bench.ocr.training.figures import figures
from bench.ocr.training.readers import READERS, Cells
from ocr.digits import read_digits
from ocr.marks import BLANK, OTHER
from ocr.tick_boxes import read_ticks
from ocr.ticks import MARK, NOTHING, SPOILT

Read = Callable[[NDArray[np.float32]], NDArray[np.float32]]
SEED = 20261128

COLUMNS = "| cells | count | right | accepted at ≤ 1 % wrong | ≤ 0.3 % | ≤ 0.1 % | ≤ 0.01 % | given ≥ 99 %: right |"
RULE = "|---|---|---|---|---|---|---|---|"


def digit_lines(count: int) -> Iterator[str]:
    """A table: digits of each kind of hand, all cells, and what happens to cells that hold no single digit."""
    yield from (COLUMNS, RULE)
    all_odds, all_labels, spent = [], [], 0.0
    for n, kind in enumerate(Kind):
        cells = digit_cells(np.random.default_rng([SEED, n]), count, Split.TEST, kind)
        odds, took = _read(read_digits, cells)
        spent += took
        digits = cells[1] < BLANK
        yield _line(kind.value, odds[digits], cells[1][digits])
        all_odds.append(odds)
        all_labels.append(cells[1])
    odds, labels = np.concatenate(all_odds), np.concatenate(all_labels)
    yield _line("all, with empty and spoilt ones", odds, labels)
    yield ""
    said, sure = odds.argmax(axis=1), odds.max(axis=1)
    other, blank = labels == OTHER, labels == BLANK
    yield f"- no single digit ({other.sum()}): {_share(said[other] == OTHER)} seen, {_share((said[other] < BLANK) & (sure[other] > 0.99))} taken for a digit at > 99 %"
    yield f"- empty ({blank.sum()}): {_share(said[blank] == BLANK)} seen, {_share((said[blank] < BLANK) & (sure[blank] > 0.99))} taken for a digit at > 99 %"
    yield f"- {spent / len(labels) * 1000:.2f} ms a cell"


def tick_lines(count: int) -> Iterator[str]:
    """A table of ticks; wrong is a mark taken for none, or none for a mark."""
    cells = READERS["ticks"].cells(Split.TEST, count, SEED)
    odds, took = _read(read_ticks, cells)
    labels = cells[1]
    yield from (COLUMNS, RULE)
    yield _line("all three classes", odds, labels)
    plain = labels != SPOILT
    yield _line("empty or marked", odds[plain], labels[plain])
    yield ""
    said, sure = odds.argmax(axis=1), odds.max(axis=1)
    flipped = ((said == MARK) & (labels == NOTHING)) | ((said == NOTHING) & (labels == MARK))
    spoilt = labels == SPOILT
    yield f"- empty taken for marked, or marked for empty: {_share(flipped[plain])}; at > 99 %: {_share(flipped[plain] & (sure[plain] > 0.99))}"
    yield f"- spoilt ({spoilt.sum()}): {_share(said[spoilt] == SPOILT)} seen, {_share((said[spoilt] != SPOILT) & (sure[spoilt] > 0.99))} taken for one of the others at > 99 %"
    yield f"- {took / len(labels) * 1000:.3f} ms a cell"


def _read(read: Read, cells: Cells) -> tuple[NDArray[np.float64], float]:
    patches = cells[0].astype(np.float32) / 255
    read(patches[:1])
    began = time.perf_counter()
    odds = read(patches)
    return odds.astype(np.float64), time.perf_counter() - began


def _line(name: str, odds: NDArray[np.float64], labels: NDArray[np.int64]) -> str:
    found = figures(odds, labels)
    parts = " | ".join(f"{share:.1%}" for share in found.accepted)
    return f"| {name} | {found.cells} | {found.right:.2%} | {parts} | {found.right_of_99:.2%} of {found.given_99} |"


def _share(found: NDArray[np.bool_]) -> str:
    return f"{float(np.mean(found)):.2%}"


LINES: dict[str, Callable[[int], Iterator[str]]] = {"digits": digit_lines, "ticks": tick_lines}
