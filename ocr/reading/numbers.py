"""Fields that are one number: member numbers with roster and check digit, counts, odometers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from math import prod

from brigade.organisation.member_numbers import DIGITS, led_through
from ocr.marks import BLANK
from ocr.reading.decode import (
    MOST_GUESSES,
    Box,
    Guesses,
    all_boxes,
    blank_weight,
    digits_weight,
    empty_forms,
    guesses,
    is_surely_blank,
    likeliest_digits,
    printed_weight,
    unfit_weight,
)

EMPTY, LISTED, STRANGER, UNFIT = 0.5, 0.44, 0.05, 0.01
"""Before looking: the row is free; one of the roster; somebody else's valid number; nothing that can be a number."""

UNFIT_PLAIN = 0.002
"""The same of counts and odometers: two boxes say little about whether they hold a number at all."""

PRINTED = 0.97
"""How often a box that was printed into still says that and nothing else."""

LEFT_HAND = 0.1
"""How often a number begins in the first box although it does not fill them, beside once for right-hand."""

_SERIALS = 10.0 ** (DIGITS - 1)


def member_number(cells: Sequence[Sequence[Box]], roster: Sequence[str], printed: str | None) -> Guesses:
    """The likeliest member number. Those of the roster come first; any other needs the right check digit."""
    boxes = all_boxes(cells)
    weights: dict[str | None, float] = defaultdict(float, {None: EMPTY * blank_weight(boxes)})
    numbers = {number for number in roster if number.isascii() and number.isdigit()}
    for number in numbers:
        weights[number] += LISTED / len(numbers) * _right_hand(number, boxes)
    others = 0.0
    if len(boxes) == DIGITS and not is_surely_blank(boxes):
        share = (STRANGER if numbers else STRANGER + LISTED) / _SERIALS
        others = share * valid_weight(boxes)
        for weight, number in likeliest_valid(boxes, MOST_GUESSES):
            weights[number] += share * weight
            others -= share * weight
    if printed and printed.strip().isdigit():
        _favour(weights, printed.strip(), printed_weight(cells, printed))
    unfit = unfit_weight(boxes, UNFIT)

    def forms(value: str | None) -> list[str]:
        return empty_forms(cells) if value is None else [value.rjust(len(boxes), "_")]

    return guesses(weights, unfit, cells, forms, others=max(0.0, others))


def _favour(weights: dict[str | None, float], value: str, weight: float) -> None:
    """What was printed has nearly all of the prior."""
    for other in weights:
        weights[other] *= 1 - PRINTED
    weights[value] += PRINTED * weight


def _right_hand(number: str, boxes: Sequence[Box]) -> float:
    """The weight of a number at the right end of its boxes."""
    free = len(boxes) - len(number)
    if free < 0:
        return 0.0
    symbols = [BLANK] * free + [int(digit) for digit in number]
    return prod(box[symbol] for box, symbol in zip(boxes, symbols, strict=True))


def valid_weight(boxes: Sequence[Box]) -> float:
    """The weight of all strings of digits whose check digit fits, but for that of noughts alone."""
    sums = {"0": 1.0}
    for box in boxes:
        after: dict[str, float] = defaultdict(float)
        for rest, weight in sums.items():
            for digit in range(10):
                after[led_through(rest, str(digit))] += weight * box[digit]
        sums = after
    return max(0.0, sums.get("0", 0.0) - prod(box[0] for box in boxes))


def likeliest_valid(boxes: Sequence[Box], most: int) -> list[tuple[float, str]]:
    """The ``most`` heaviest strings of digits whose check digit fits, best first: the best ways to every rest."""
    ways: dict[str, list[tuple[float, str]]] = {"0": [(1.0, "")]}
    for box in boxes:
        after: dict[str, list[tuple[float, str]]] = defaultdict(list)
        for rest, kept in ways.items():
            for digit, share in zip("0123456789", box, strict=False):
                after[led_through(rest, digit)] += [(weight * share, said + digit) for weight, said in kept]
        ways = {rest: sorted(found, reverse=True)[: most + 1] for rest, found in after.items()}
    return [(weight, number) for weight, number in ways.get("0", []) if number.strip("0")][:most]


def plain_number(cells: Sequence[Sequence[Box]], printed: str | None = None) -> Guesses:
    """A number of any digits with blanks or noughts before it, its value without them; now and then set left-hand."""
    boxes = all_boxes(cells)
    weights: dict[str | None, float] = defaultdict(float, {None: EMPTY * blank_weight(boxes)})
    others = 0.0
    ways = [(lead, 0, 1.0) for lead in range(len(boxes))]
    ways += [(0, free, LEFT_HAND) for free in range(1, len(boxes))]
    for lead, free, habit in ways:
        inner = boxes[lead : len(boxes) - free]
        around = blank_weight((*boxes[:lead], *boxes[len(boxes) - free :]))
        share = (1 - EMPTY) * habit / len(ways) * around / 10.0 ** len(inner)
        others += share * digits_weight(inner)
        for weight, said in [] if is_surely_blank(boxes) else likeliest_digits(inner, MOST_GUESSES):
            weights[said.lstrip("0") or "0"] += share * weight
            others -= share * weight
    if printed and printed.strip().isdigit():
        _favour(weights, printed.strip().lstrip("0") or "0", printed_weight(cells, printed))
    unfit = unfit_weight(boxes, UNFIT_PLAIN)

    def forms(value: str | None) -> list[str]:
        return empty_forms(cells) if value is None else _plain_forms(value, len(boxes))

    return guesses(weights, unfit, cells, forms, others=max(0.0, others))


def _plain_forms(value: str, length: int) -> list[str]:
    """Right-hand after blanks, noughts or both, or left-hand."""
    right = [value.rjust(filled, "0").rjust(length, "_") for filled in range(len(value), length + 1)]
    return [*right, value.ljust(length, "_")]
