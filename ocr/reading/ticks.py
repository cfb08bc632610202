"""Boxes to tick: one by itself, and several of which one is chosen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from brigade.forms.template import Field
from ocr.marks import MARK, NOTHING, SPOILT, Tick
from ocr.reading.decode import EMPTY_INK
from ocr.reading.readings import Alternative, Value

SPOILT_SHARE = 0.08
"""A box that is spoilt with more than this probability is looked at by a person. Of 76 spoilt ones of the calibrating hands
none had less than 0.099."""

DRY = 0.05
"""How often a box without any ink is a mark that was lost while cutting it out, beside what its reader says."""

SLIP = 0.0001
"""How often a mark that looks sure is none, or the other way round: a line that crosses the box, a stain."""


@dataclass(frozen=True, slots=True)
class Ticked:
    """The values by probability, best first; whether a box is spoilt; whether one that reads as free has ink; whether two
    of one choice are marked.
    """

    best: tuple[Alternative, ...]
    raw: str
    spoilt: bool
    inked: bool
    two: bool = False


def _ticked(best: Sequence[Alternative], ticks: Sequence[Tick], inks: Sequence[float], *, two: bool = False) -> Ticked:
    spoilt = any(tick[SPOILT] > SPOILT_SHARE for tick in ticks)
    inked = any(tick[NOTHING] > 0.5 and ink > EMPTY_INK for tick, ink in zip(ticks, inks, strict=True))
    return Ticked(tuple(sorted(best, key=_likelihood, reverse=True)), _raw(ticks), spoilt, inked, two)


def _shares(tick: Tick, ink: float) -> tuple[float, float]:
    """Probabilities of a mark and of none; a spoilt box is either. That there is no ink speaks for none by itself."""
    mark = tick[MARK] + tick[SPOILT] / 2
    nothing = tick[NOTHING] + tick[SPOILT] / 2
    if ink <= EMPTY_INK:
        mark *= DRY
    share = mark / (mark + nothing or 1.0) * (1 - 2 * SLIP) + SLIP
    return share, 1 - share


def _raw(ticks: Sequence[Tick]) -> str:
    """``.`` for nothing, ``x`` for a mark, ``#`` for a spoilt box."""
    return "".join(".x#"[tick.index(max(tick))] for tick in ticks)


def single(ticks: Sequence[Tick], inks: Sequence[float]) -> Ticked:
    """Of one box: True for a mark, False for nothing."""
    mark, nothing = _shares(ticks[0], inks[0])
    return _ticked((Alternative(True, mark), Alternative(False, nothing)), ticks, inks)


def one_of(field: Field, ticks: Sequence[Tick], inks: Sequence[float]) -> Ticked:
    """Exactly one option, or None where all boxes are free. Two marks are two choices: no value, both alternatives."""
    shares = list(map(_shares, ticks, inks))
    free = prod(nothing for _, nothing in shares)
    only: list[tuple[Value, float]] = [(None, free)]
    for place, option in enumerate(field.options):
        others = prod(nothing for n, (_, nothing) in enumerate(shares) if n != place)
        only.append((option.value, shares[place][0] * others))
    two = sum(tick[MARK] > 0.5 for tick in ticks) > 1
    scale = sum(share for _, share in only) if two else 1.0  # of two marks one is meant
    return _ticked([Alternative(value, share / scale) for value, share in only], ticks, inks, two=two)


def several_of(field: Field, ticks: Sequence[Tick], inks: Sequence[float]) -> Ticked:
    """Every option that is marked, None where all boxes are free. Its probability is that of all boxes together."""
    shares = list(map(_shares, ticks, inks))
    marked = [option.value for option, (mark, _) in zip(field.options, shares, strict=True) if mark > 0.5]
    share = prod(max(pair) for pair in shares)
    return _ticked((Alternative(marked or None, share),), ticks, inks)


def _likelihood(alternative: Alternative) -> float:
    return alternative.probability
