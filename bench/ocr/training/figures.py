"""What probabilities are worth: how often the likeliest class is right, how many may be accepted, what 99 % means."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Odds = NDArray[np.float64]
Labels = NDArray[np.int64]


class Figures(NamedTuple):
    """Of ``cells``: share right; share that may be accepted at ≤ 1, 0.3, 0.1 and 0.01 % wrong of the accepted; how many
    were given ≥ 0.99, and the share of these that are right.
    """

    cells: int
    right: float
    accepted: tuple[float, ...]
    given_99: int
    right_of_99: float


WRONG = (0.01, 0.003, 0.001, 0.0001)


def figures(odds: Odds, labels: Labels) -> Figures:
    """The figures of readings (n × classes) whose classes are known."""
    said, sure = odds.argmax(axis=1), odds.max(axis=1)
    right = said == labels
    high = sure >= 0.99
    return Figures(
        len(labels),
        float(right.mean()),
        tuple(acceptable(sure, right, wrong) for wrong in WRONG),
        int(high.sum()),
        float(right[high].mean()) if high.any() else 1.0,
    )


def acceptable(sure: NDArray[np.floating], right: NDArray[np.bool_], wrong: float) -> float:
    """The largest share of readings, the surest first, of which at most the share ``wrong`` is wrong."""
    order = np.argsort(-sure, kind="stable")
    errors = np.cumsum(~right[order])
    fits = np.flatnonzero(errors <= wrong * np.arange(1, len(order) + 1))
    return float((fits[-1] + 1) / len(order)) if len(fits) else 0.0


def softened(scores: NDArray[np.floating], temperature: float) -> Odds:
    """Scores as probabilities."""
    even = np.asarray(scores, np.float64) / temperature
    odds = np.exp(even - even.max(axis=1, keepdims=True))
    return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def fitted_temperature(scores: NDArray[np.floating], labels: Labels) -> float:
    """The temperature under which the known classes are likeliest; raised until 99 % means at least 99 %.

    Never below 0.7: where hardly anything is wrong, there is nothing to learn certainty from.
    """
    tried = np.geomspace(0.7, 4, 60)
    losses = [-np.log(softened(scores, t)[np.arange(len(labels)), labels] + 1e-12).mean() for t in tried]
    for temperature in tried[int(np.argmin(losses)) :]:
        if figures(softened(scores, temperature), labels).right_of_99 >= 0.992:
            break
    return round(float(temperature), 3)
