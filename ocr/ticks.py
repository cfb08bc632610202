"""Boxes to tick: one by itself, and several of which one is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from brigade.forms.template import Field
from ocr.marks import Tick
from ocr.readings import Alternative, Value

NOTHING, MARK, SPOILT = 0, 1, 2

SPOILT_SHARE = 0.02
"""A box that is spoilt with more than this probability is looked at by a person."""

SLIP = 0.0001
"""How often a mark that looks sure is none, or the other way round: a line that crosses the box, a stain."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """The values by probability, best first; whether a box is spoilt; whether two of one choice are marked."""

    best: tuple[Alternative, ...]
    raw: str
    spoilt: bool
    two: bool = False


def _shares(tick: Tick) -> tuple[float, float]:
    """Probabilities of a mark and of none; a spoilt box is either."""
    total = sum(tick) or 1.0
    mark = (tick[MARK] + tick[SPOILT] / 2) / total * (1 - 2 * SLIP) + SLIP
    return mark, 1 - mark


def _raw(ticks: Sequence[Tick]) -> str:
    """``.`` for nothing, ``x`` for a mark, ``#`` for a spoilt box."""
    return "".join(".x#"[tick.index(max(tick))] for tick in ticks)


def _is_spoilt(tick: Tick) -> bool:
    return tick[SPOILT] > SPOILT_SHARE


def single(ticks: Sequence[Tick]) -> Ticked:
    """Of one box: True for a mark, False for nothing."""
    mark, nothing = _shares(ticks[0])
    best = sorted((Alternative(True, mark), Alternative(False, nothing)), key=_likelihood, reverse=True)
    return Ticked(tuple(best), _raw(ticks), _is_spoilt(ticks[0]))


def one_of(field: Field, ticks: Sequence[Tick]) -> Ticked:
    """Exactly one option, or None where all boxes are free. Two marks are two choices: no value, both alternatives."""
    shares = [_shares(tick) for tick in ticks]
    free = prod(nothing for _, nothing in shares)
    only: list[tuple[Value, float]] = [(None, free)]
    for place, option in enumerate(field.options):
        others = prod(nothing for n, (_, nothing) in enumerate(shares) if n != place)
        only.append((option.value, shares[place][0] * others))
    two = sum(tick[MARK] > 0.5 for tick in ticks) > 1
    scale = sum(share for _, share in only) if two else 1.0  # of two marks one is meant
    best = sorted((Alternative(value, share / scale) for value, share in only), key=_likelihood, reverse=True)
    return Ticked(tuple(best), _raw(ticks), any(map(_is_spoilt, ticks)), two)


def several_of(field: Field, ticks: Sequence[Tick]) -> Ticked:
    """Every option that is marked, None where all boxes are free. Its probability is that of all boxes together."""
    shares = [_shares(tick) for tick in ticks]
    marked = [option.value for option, (mark, _) in zip(field.options, shares, strict=True) if mark > 0.5]
    share = prod(max(pair) for pair in shares)
    return Ticked((Alternative(marked or None, share),), _raw(ticks), any(map(_is_spoilt, ticks)))


def _likelihood(alternative: Alternative) -> float:
    return alternative.probability
