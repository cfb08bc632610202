"""What the readers in ``ocr/models/`` are worth on writers and typefaces that they were never taught: the test split."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from bench.ocr.sources import Kind, Split
from bench.ocr.training.digit_cells import digit_cells
from bench.ocr.training.figures import figures, fitted_temperature, softened
from bench.ocr.training.page_cells import black_page_cells, cells_of, page_cells
from bench.ocr.training.readers import READERS, Cells, Reader
from ocr.looking.black import OVER, read_blacks
from ocr.looking.digits import read_digits
from ocr.looking.net import MODELS
from ocr.looking.tick_boxes import read_ticks
from ocr.marks import BLANK, MARK, NOTHING, OTHER, SPOILT

READ: dict[str, Callable[[NDArray[np.float32]], NDArray[np.float32]]] = {
    "digits": read_digits,
    "ticks": read_ticks,
    "black": read_blacks,
}
PAGES = {"digits": page_cells, "ticks": page_cells, "black": black_page_cells}
SEED = 20261128

COLUMNS = "| cells | count | right | accepted at ≤ 1 % wrong | ≤ 0.3 % | ≤ 0.1 % | ≤ 0.01 % | given ≥ 99 %: right |"
RULE = "|---|---|---|---|---|---|---|---|"


def measured(name: str, cells: int, pages: int) -> Iterator[str]:
    """Tables and sentences: on cells of whole pages, then on composed ones, which are harder."""
    found = PAGES[name](Split.TEST, pages, SEED)
    yield f"Cells of {pages} pages of the corpus, all conditions:"
    yield ""
    yield from (COLUMNS, RULE)
    for kind in Kind:
        if name != "black" or kind is not Kind.PRINTED:
            yield _line(kind.value, name, cells_of(found, name, kind.value))
    yield _line("all", name, cells_of(found, name))
    yield ""
    yield "Composed cells, of which many are spoilt or hardly to be seen:"
    yield ""
    yield from {"digits": digit_lines, "ticks": tick_lines, "black": black_lines}[name](cells)


def fit(reader: Reader, pages: int, seed: int) -> None:
    """Fits what the probabilities of the weights in place mean, on whole pages of the split for that."""
    told = reader.told(MODELS)
    patches, known = cells_of(PAGES[reader.name](Split.CALIBRATE, pages, seed), reader.name)
    odds = READ[reader.name](patches.astype(np.float32) / np.float32(255)).astype(np.float64)
    scores = np.log(np.maximum(odds, 1e-30)) * told["temperature"]
    told["temperature"] = fitted_temperature(scores, known)
    told["fitted"] = {"pages": pages, "seed": seed, "cells": len(known)}
    print(figures(softened(scores, told["temperature"]), known))
    reader.tell(MODELS, told)


def digit_lines(count: int) -> Iterator[str]:
    """A table by kind of hand, and what happens to cells that hold no single digit."""
    yield from (COLUMNS, RULE)
    every: list[Cells] = []
    for n, kind in enumerate(Kind):
        patches, labels = digit_cells(np.random.default_rng([SEED, n]), count // len(Kind), Split.TEST, kind)
        every.append((patches, labels))
        yield _line(f"digits, {kind.value}", "digits", (patches[labels < BLANK], labels[labels < BLANK]))
    cells = (np.concatenate([one[0] for one in every]), np.concatenate([one[1] for one in every]))
    yield _line("all, with empty and spoilt ones", "digits", cells)
    odds, took = _read("digits", cells)
    yield ""
    yield _seen("no single digit", odds, cells[1], OTHER)
    yield _seen("empty", odds, cells[1], BLANK)
    yield f"- {took / len(odds) * 1000:.2f} ms a cell"


def tick_lines(count: int) -> Iterator[str]:
    """A table, and how often empty and marked are mistaken for each other."""
    cells = READERS["ticks"].cells(Split.TEST, count, SEED)
    labels = cells[1]
    yield from (COLUMNS, RULE)
    yield _line("all", "ticks", cells)
    yield _line("empty or marked", "ticks", (cells[0][labels != SPOILT], labels[labels != SPOILT]))
    odds, took = _read("ticks", cells)
    said, plain = odds.argmax(axis=1), labels != SPOILT
    flipped = ((said == MARK) & (labels == NOTHING)) | ((said == NOTHING) & (labels == MARK))
    yield ""
    yield f"- empty taken for marked, or marked for empty: {np.mean(flipped[plain]):.2%}"
    yield _seen("spoilt", odds, labels, SPOILT)
    yield f"- {took / len(odds) * 1000:.3f} ms a cell"


def black_lines(count: int) -> Iterator[str]:
    """A table, and how many of those that were drawn over are seen."""
    cells = READERS["black"].cells(Split.TEST, count, SEED)
    yield from (COLUMNS, RULE)
    yield _line("all", "black", cells)
    odds, took = _read("black", cells)
    yield ""
    yield _seen("drawn over", odds, cells[1], OVER)
    yield f"- {took / len(odds) * 1000:.3f} ms a cell"


def _read(name: str, cells: Cells) -> tuple[NDArray[np.float64], float]:
    """What the reader says, and how many seconds it took."""
    patches = cells[0].astype(np.float32) / np.float32(255)
    READ[name](patches[:1])
    began = time.perf_counter()
    odds = READ[name](patches)
    return odds.astype(np.float64), time.perf_counter() - began


def _line(title: str, name: str, cells: Cells) -> str:
    found = figures(_read(name, cells)[0], cells[1])
    parts = " | ".join(f"{share:.1%}" for share in found.accepted)
    return f"| {title} | {found.cells} | {found.right:.2%} | {parts} | {found.right_of_99:.2%} of {found.given_99} |"


def _seen(title: str, odds: NDArray[np.float64], labels: NDArray[np.int64], wanted: int) -> str:
    """How many of a class are seen as it, and how many are taken for another for sure."""
    of_it = odds[labels == wanted]
    said, sure = of_it.argmax(axis=1), of_it.max(axis=1)
    taken = np.mean((said != wanted) & (sure > 0.99))
    return (
        f"- {title} ({len(of_it)}): {np.mean(said == wanted):.2%} seen, {taken:.2%} taken for something else at > 99 %"
    )
