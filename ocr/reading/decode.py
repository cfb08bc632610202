"""From the odds of cells to the odds of what a whole field says: Bayes' rule, and nothing about numbers or dates.

A *weight* is the prior of a value times how much likelier its cells look if that value was written than if chance had
chosen every symbol. Weights of one field may be compared and added up; divided by their sum they are probabilities.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import heappop, heappush, nlargest
from math import prod

from brigade.forms.template import Field
from ocr.marks import BLANK, OTHER, Digit, FieldMarks
from ocr.reading.readings import Alternative, Value

SYMBOLS = OTHER + 1
SIGNS = "0123456789_?"
"""How the symbols are written down."""

SLIP = 0.001
"""How often a box that looks perfectly sure says something else: a digit written over another, a stroke too many.
No reader of single boxes sees it, so no box alone is believed more than this."""

EMPTY_INK = 0.002
"""Up to this share of a cell dirt is not writing."""

SCRIBBLE = 0.5
"""Share of boxes that hold no digit in a field that was struck out or stained."""

MOST_GUESSES = 5

Box = tuple[float, ...]
"""For each of the twelve symbols, how much likelier the box looks if it was written than if chance had chosen."""


@dataclass(frozen=True, slots=True)
class Guesses:
    """The likeliest values of a field, best first; ``unfit`` is the probability that none of all possible ones is
    right, ``raw`` the likeliest symbols box by box, ``weakest`` the least probability that any box gives to what the best
    value has there: near nothing where a box clearly shows something else. ``as_seen``: every box shows most likely what
    the best value has there; where not, the prior has decided.
    """

    best: tuple[Alternative, ...]
    unfit: float
    raw: str
    weakest: float = 1.0
    as_seen: bool = True


def boxes_of(marks: FieldMarks) -> tuple[tuple[Box, ...], ...]:
    """For each cell its boxes: one for each digit that was told apart; an untouched cell is one blank box."""
    found = []
    for place, cell in enumerate(marks.digits):
        inked = place < len(marks.ink) and marks.ink[place] > EMPTY_INK
        found.append(tuple(_box(digit) for digit in cell) or (_box(_undivided(inked)),))
    return tuple(found)


def _box(digit: Digit) -> Box:
    total = sum(digit) or 1.0
    inked = 1 - digit[BLANK] / total
    shares = [share / total * (1 - SLIP) + inked * SLIP / (SYMBOLS - 1) for share in digit]
    shares[BLANK] = digit[BLANK] / total  # whatever was written over, it is not blank
    return tuple(SYMBOLS * share for share in shares)


def _undivided(inked: bool) -> Digit:
    """A wide cell in which no digit was found: blank, or something that is none."""
    blank = 0.1 if inked else 0.999
    rest = (1 - blank) * 0.1 / 10
    return (*(rest for _ in range(10)), blank, 1 - blank - 10 * rest)


def raw_of(cells: Sequence[Sequence[Box]]) -> str:
    """The likeliest symbol of every box: a digit, ``_`` for nothing, ``?`` for no digit; wide cells parted by ``/``."""
    said = ["".join(SIGNS[box.index(max(box))] for box in cell) for cell in cells]
    return ("" if all(len(cell) == 1 for cell in cells) else "/").join(said)


def blank_weight(boxes: Iterable[Box]) -> float:
    """How well the boxes look like untouched ones."""
    return prod(box[BLANK] for box in boxes)


def is_surely_blank(boxes: Iterable[Box]) -> bool:
    """Whether not even a list of other values is worth the time: most boxes of most pages are untouched."""
    return all(box[BLANK] > 0.99 * SYMBOLS for box in boxes)


def unfit_weight(boxes: Sequence[Box], prior: float) -> float:
    """That something stands there which no value explains: half of the prior any symbols, half a field struck out."""
    share = (1 - SCRIBBLE) / (SYMBOLS - 1)
    struck = prod(SCRIBBLE * box[OTHER] + share * (SYMBOLS - box[OTHER]) for box in boxes)
    return prior * (1 + struck) / 2


def guesses(
    weights: Mapping[str | None, float],
    unfit: float,
    cells: Sequence[Sequence[Box]],
    forms: Callable[[str | None], Iterable[str]],
    *,
    others: float = 0.0,
) -> Guesses:
    """The values by probability; ``others`` is the weight of possible values that are not among those given. ``forms``:
    how a value may stand in the boxes, as in ``raw`` without strokes.
    """
    total, raw = sum(weights.values()) + unfit + others, raw_of(cells)
    if total <= 0:
        return Guesses((), 1.0, raw)
    likeliest = nlargest(MOST_GUESSES + 1, ((weight, value) for value, weight in weights.items() if weight > 0), _first)
    best = tuple(Alternative(value, weight / total) for weight, value in likeliest)
    possible = list(forms(likeliest[0][1])) if likeliest else []
    return Guesses(best, unfit / total, raw, _weakest(all_boxes(cells), possible), raw.replace("/", "") in possible)


def _weakest(boxes: Sequence[Box], forms: Iterable[str]) -> float:
    """Of the form that looks best, what the box that fits it least gives to its symbol."""
    rows = [
        [box[SIGNS.index(sign)] for box, sign in zip(boxes, form, strict=True)]
        for form in forms
        if len(form) == len(boxes)
    ]
    return min(max(rows, key=prod), default=SYMBOLS) / SYMBOLS if rows else 0.0


def empty_forms(cells: Sequence[Sequence[Box]], printed: str | None = None) -> list[str]:
    """How a field looks on which nobody wrote: blank, or as it was printed."""
    forms = ["_" * sum(map(len, cells))]
    return [*forms, printed.replace(" ", "_")] if printed and set(printed) <= set(SIGNS + " ") else forms


def _first(pair: tuple[float, Value]) -> float:
    return pair[0]


# A part of a date or time, such as its day: two boxes, or one wide cell.

FULL, SPACED, LEFT = 0.67, 0.3, 0.03
"""How a number below ten stands in two boxes: ``08``, right-hand with a blank before it, left-hand with one behind."""

SHORT = 0.8
"""How often a number below ten stands in a wide cell without a nought before it."""


def part_weights(cells: Sequence[Sequence[Box]], numbers: Iterable[int]) -> dict[int, float]:
    """The weight of each number from 0 to 99 in the two boxes or the wide cell of a part; 0 where it cannot fit."""
    if len(cells) == 2:
        if any(len(cell) != 1 for cell in cells):
            return dict.fromkeys(numbers, 0.0)
        return {number: _in_boxes(number, cells[0][0], cells[1][0]) for number in numbers}
    boxes = cells[0] if len(cells) == 1 else ()
    return {number: _in_width(number, boxes) for number in numbers}


def _in_boxes(number: int, first: Box, second: Box) -> float:
    tens, ones = divmod(number, 10)
    if tens:
        return first[tens] * second[ones]
    return FULL * first[0] * second[ones] + SPACED * first[BLANK] * second[ones] + LEFT * first[ones] * second[BLANK]


def _in_width(number: int, boxes: Sequence[Box]) -> float:
    tens, ones = divmod(number, 10)
    if len(boxes) == 1 and not tens:
        return SHORT * boxes[0][ones]
    if len(boxes) == 2:
        return (1.0 if tens else 1 - SHORT) * boxes[0][tens] * boxes[1][ones]
    return 0.0


def part_layouts(cells: Sequence[Sequence[Box]], parts: int) -> list[tuple[float, tuple[Sequence[Sequence[Box]], ...]]]:
    """The ways in which the cells can be so many parts, each with the weight of the boxes that belong to none.

    Two boxes for each part or one wide cell for each are one way; a single cell for all of them is cut where digits
    may end, a point or a stroke between two parts left out.
    """
    if len(cells) == 2 * parts:
        return [(1.0, tuple(cells[2 * n : 2 * n + 2] for n in range(parts)))]
    if len(cells) == parts and parts > 1:
        return [(1.0, tuple(cells[n : n + 1] for n in range(parts)))]
    return [(weight, tuple([part] for part in cut)) for weight, cut in _cuts(cells[0], parts)] if cells else []


def _cuts(boxes: Sequence[Box], parts: int) -> list[tuple[float, list[Sequence[Box]]]]:
    if not parts:
        return [] if boxes else [(1.0, [])]
    found = []
    for length in (1, 2):
        if len(boxes) < length:
            break
        head, tail = boxes[:length], boxes[length:]
        found += [(weight, [head, *rest]) for weight, rest in _cuts(tail, parts - 1)]
        if parts > 1 and tail:
            found += [(tail[0][OTHER] * weight, [head, *rest]) for weight, rest in _cuts(tail[1:], parts - 1)]
    return found


# Digits that have nothing to do with each other.


def likeliest_digits(boxes: Sequence[Box], most: int) -> list[tuple[float, str]]:
    """The ``most`` heaviest strings of one digit a box, best first, without looking at all of them."""
    ranked = [sorted(((box[digit], str(digit)) for digit in range(10)), reverse=True) for box in boxes]
    start = (0,) * len(boxes)
    heap, seen = [(-_weight(ranked, start), start)], {start}
    found: list[tuple[float, str]] = []
    while heap and len(found) < most:
        weight, places = heappop(heap)
        found.append((-weight, "".join(row[place][1] for row, place in zip(ranked, places, strict=True))))
        for n, place in enumerate(places):
            further = (*places[:n], place + 1, *places[n + 1 :])
            if place < 9 and further not in seen:
                seen.add(further)
                heappush(heap, (-_weight(ranked, further), further))
    return found


def _weight(ranked: Sequence[Sequence[tuple[float, str]]], places: tuple[int, ...]) -> float:
    return prod(row[place][0] for row, place in zip(ranked, places, strict=True))


def digits_weight(boxes: Iterable[Box]) -> float:
    """The weight of all strings of digits together."""
    return prod(sum(box[:10]) for box in boxes)


def printed_weight(cells: Sequence[Sequence[Box]], printed: str) -> float:
    """How well the boxes look like what was printed into them, one letter for each box; 0 where it cannot be so."""
    if len(printed) != len(cells) or any(len(cell) != 1 for cell in cells):
        return 0.0
    symbols = [BLANK if letter == " " else int(letter) if letter in "0123456789" else OTHER for letter in printed]
    return prod(cell[0][symbol] for cell, symbol in zip(cells, symbols, strict=True))


def part_forms(number: int) -> tuple[str, ...]:
    """How a number up to 99 may stand in a part of a date or time."""
    return (f"{number:02d}",) if number > 9 else (f"0{number}", f"_{number}", f"{number}_", f"{number}")


def all_boxes(cells: Iterable[Iterable[Box]]) -> list[Box]:
    """The boxes of all cells from left to right."""
    return [box for cell in cells for box in cell]


def parts_of(field: Field) -> int:
    """How many numbers a date or a time consists of."""
    return {"era_date": 3, "day": 1}.get(field.kind, 2)
