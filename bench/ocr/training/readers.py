"""The readers that are taught here: what their patches are, and how large their nets."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from bench.ocr.sources import Split
from bench.ocr.training.black_cells import black_cells
from bench.ocr.training.digit_cells import digit_cells
from bench.ocr.training.tick_cells import tick_cells
from ocr.looking import black
from ocr.looking.cells import SIDE, TICK_SIDE
from ocr.marks import OTHER, SPOILT

Cells = tuple[NDArray[np.uint8], NDArray[np.int64]]
"""Patches (n × side × side, 255 for ink) and their classes."""

CHUNK = 4000
"""Cells of one seed: however many processes make them, they are the same."""


@dataclass(frozen=True, slots=True)
class Reader:
    """``compose`` makes cells; ``channels`` and ``strides`` are the convolutions', ``hidden`` the layer before the last."""

    name: str
    compose: Callable[[Generator, int, Split], Cells]
    side: int
    classes: int
    channels: tuple[int, ...]
    strides: tuple[int, ...]
    hidden: int

    def cells(self, split: Split, count: int, seed: int, workers: int = 1) -> Cells:
        """That many cells of the split, the same for the same seed."""
        starts = range(0, count, CHUNK)
        job = partial(_chunk, self.compose, split, count, seed)
        if workers == 1:
            chunks = [job(start) for start in starts]
        else:
            with ProcessPoolExecutor(workers) as pool:
                chunks = list(pool.map(job, starts))
        patches, labels = zip(*chunks, strict=True)
        return np.concatenate(patches), np.concatenate(labels)

    def told(self, folder: Path) -> dict[str, Any]:
        """What lies beside the weights."""
        said: dict[str, Any] = json.loads((folder / f"{self.name}.json").read_text(encoding="utf-8"))
        return said

    def tell(self, folder: Path, told: dict[str, Any]) -> None:
        """Writes what is known of the weights beside them."""
        (folder / f"{self.name}.json").write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


def _chunk(compose: Callable[[Generator, int, Split], Cells], split: Split, count: int, seed: int, start: int) -> Cells:
    cv2.setNumThreads(1)
    rng = np.random.default_rng([seed, list(Split).index(split), start])
    return compose(rng, min(CHUNK, count - start), split)


READERS = {
    "digits": Reader("digits", digit_cells, SIDE, OTHER + 1, (16, 32, 32, 56, 56), (1, 2, 1, 2, 1), 64),
    "ticks": Reader("ticks", tick_cells, TICK_SIDE, SPOILT + 1, (8, 16, 24), (2, 2, 1), 32),
    "black": Reader("black", black_cells, black.SIDE, black.OVER + 1, (12, 24, 32), (2, 1, 2), 32),
}
