"""What a field looks like by itself: its value from its own cells, and what about them forbids to be sure. No other
field is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from brigade.forms.template import Field
from ocr.marks import BLANK, OTHER, Digit, FieldMarks
from ocr.reading.clocks import day_or_month, time_of_day
from ocr.reading.decode import EMPTY_INK, Guesses, boxes_of
from ocr.reading.draft import Draft
from ocr.reading.known import Known
from ocr.reading.likeness import ALIKE, is_ditto, likeness, ranked_kinds
from ocr.reading.numbers import member_number, plain_number
from ocr.reading.readings import Alternative
from ocr.reading.reasons import Reason
from ocr.reading.thresholds import CLEAR_COUNTS, LEAST_FRAME
from ocr.reading.ticks import Ticked, one_of, several_of, single

NO_DIGIT_SHARE = 0.15
"""A box that is no digit with more than this probability keeps its field from being sure. With 0.3, as it was, 2 of 1,525 more
were sure on pages on which the calibrating hands had spoilt one field in three, and 0.1 to 0.3 of 100 handwritten fields."""

CONTRARY = 0.005
"""A box that gives a value less than this shows something else, as one does in which a digit was written over another."""

UNSUPPORTED = ("odometer", "count", "amount")
"""Any digits make such a number: against one of its boxes nothing speaks for it."""

INK_BESIDE = 0.0005
"""A box that reads as blank may have so much ink. Of 3,766 untouched ones of the calibrating hands one had any; a 7 that a
fold had taken away had 0.002.
"""

STROKES = (1.15, 0.65, 1.0, 1.0, 1.0, 1.0, 1.05, 0.87, 1.23, 1.07)
"""Ink of each digit, that of a usual one being 1: medians of 2,643 digits of the calibrating hands."""

TOO_HEAVY, HEAVY, PLAIN = 1.8, 1.35, 0.95
"""A digit with more than the first times the ink it should have is one written over another; one that is read with less
than the last probability, with more than the second. One digit in a thousand is that heavy by itself."""

OVERWRITTEN = ((1.55, 0.0005), (1.4, 0.01), (1.2, 0.05))
"""One digit over another has more ink and broader strokes than its writer's others: a box in which the product of both
shares is above the first, and no digit is more likely than the second.
"""

ALONE, ABOVE, BOTH = 1.4, 1.2, 1.1
"""However sure its reader is, a digit in which that product is above the first, and so many times that of the next heaviest
box of the page, is one written over another, where both its shares are above the third: no hand's own digits vary so. Of
12,104 plain boxes on some 520 pages 28 more are doubted for it.
"""

NINE_IN_TEN, EVEN, BEYOND, DIM = 0.9, 1.3, 1.2, 0.0005
"""An even hand tells sooner: a digit with more than ``EVEN`` times the page's usual ink, and ``BEYOND`` times what nine in ten of
the page's boxes have at most, is one written over another, unless it is no digit with less than ``DIM``. What may be struck
out does not count among them. Print varies by a tenth: a 9 on a 3 of which nothing else told had 1.41.
"""

CLEAR = 0.999
"""What a box shows with this probability it holds: of 2,245 such ones that hands had written none was read wrongly, and of
138 that had been written over or struck out none looked so. Of 189 between this and 0.998 one was wrong, and one was spoilt.
"""

MINUTES, CLEAR_MINUTE = 2, 0.995
"""The boxes of a time, the last ones, that must be clear, and how clear: its hours are borne out by the other time
(``TIMES_IN_ORDER``), and no pay goes by a minute. Of six piles of 240 sheets no time was accepted wrongly that 0.998 would have
left to a person.
"""

FEWEST_BOXES, STRANGE = 6, 0.03
"""So many digits of one page tell how heavily its writer writes. On a page with fewer, in a cell with several digits, and in a
number for which nothing speaks but a sum, one that is none with more than this probability may be one written over."""

COVERING, COVERED = 8, 0.0005
"""An 8 covers the 0, 3, 6 or 9 on which it was written: where ink does not tell, less is enough. Not in a day: month, event and
calendar bear it out, and all the years of now are an 8."""

BARELY_COVERED = 0.002
"""Where ink does tell, in a number for which nothing but a sum speaks: a printed 8 on another digit had no more ink than others and
0.005. A sum bears out what was there before as well."""

CROSSED = 0.02
"""A printed member number whose boxes are no digits with more than this probability on the mean has something drawn through it: what
we print is beyond doubt. One with a faint pencil line through its seven boxes had 0.027. So had eleven in folds, on
seven piles of 240 sheets.
"""


def seen(field: Field, marks: FieldMarks, known: Known) -> Draft:
    """The field as its cells show it."""
    if field.type in ("digits", "date", "time"):
        draft = _digits(field, marks, known)
    elif field.type in ("tick", "choice"):
        draft = _ticks(field, marks)
    else:
        draft = _text(field, marks, known)
    if marks.frame < LEAST_FRAME:
        draft.doubts.add(Reason.FRAME_ASTRAY)
    return draft


def _digits(field: Field, marks: FieldMarks, known: Known) -> Draft:
    cells = boxes_of(marks)
    found = _guesses(field, cells, known)
    draft = Draft(field, marks, found.best, found.raw)
    draft.propose()
    if draft.readable and found.weakest < CONTRARY:
        draft.doubts.add(Reason.AGAINST_A_BOX)
        if draft.value is None or field.kind in UNSUPPORTED:
            draft.value, draft.readable = None, False
    elif draft.readable and not found.as_seen and field.kind != "member_number":
        draft.doubts.add(Reason.AGAINST_A_BOX)  # what decided must not bear the value out as well
    symbols = [digit for cell in marks.digits for digit in cell]
    if any(digit[OTHER] > NO_DIGIT_SHARE for digit in symbols):
        draft.doubts.add(Reason.NO_DIGIT)
    for cell, ink in zip(marks.digits, marks.ink, strict=True):
        blank = all(digit[BLANK] > 0.5 for digit in cell)
        if blank and ink > INK_BESIDE:
            draft.doubts.add(Reason.INK_BESIDE)
    asked, clear = (symbols[-MINUTES:], CLEAR_MINUTE) if field.type == "time" else (symbols, CLEAR)
    if field.kind in CLEAR_COUNTS and found.as_seen and all(max(digit) >= clear for digit in asked):
        draft.support(Reason.CLEAR)
    return draft


def _guesses(field: Field, cells: Sequence[Sequence[tuple[float, ...]]], known: Known) -> Guesses:
    if field.type == "date":
        return day_or_month(field, cells, known)
    if field.type == "time":
        return time_of_day(field, cells, known)
    printed = known.printed.get(field.id)
    if field.kind == "member_number":
        return member_number(cells, [person.number for person in known.roster], printed)
    return plain_number(cells, printed)


def _ticks(field: Field, marks: FieldMarks) -> Draft:
    ticked = _ticked(field, marks)
    draft = Draft(field, marks, ticked.best, ticked.raw)
    draft.propose()
    if ticked.spoilt:
        draft.doubts.add(Reason.SPOILT_TICK)
    if ticked.inked:
        draft.doubts.add(Reason.INK_BESIDE)
    if ticked.two:
        draft.conflicts.add(Reason.TWO_CHOICES)
        draft.doubts.discard(Reason.NOTHING_FITS)
        draft.value = None
    return draft


def _ticked(field: Field, marks: FieldMarks) -> Ticked:
    if field.type == "tick":
        return single(marks.ticks, marks.ink)
    return (one_of if field.kind == "one" else several_of)(field, marks.ticks, marks.ink)


def _text(field: Field, marks: FieldMarks, known: Known) -> Draft:
    text = marks.text.strip()
    draft = Draft(field, marks, (), text)
    printed = known.printed.get(field.id, "").strip()
    if not text and all(ink <= EMPTY_INK for ink in marks.ink):
        draft.confidence = 0.999
        return draft
    if printed:
        alike = likeness(text, printed) >= ALIKE
        draft.guesses = (Alternative(printed, 0.99 if alike else 0.5),)
        if alike:
            draft.facts.add(Reason.AS_PRINTED)
        else:
            draft.doubts.add(Reason.NOT_AS_PRINTED if text else Reason.FREE_TEXT)
    elif field.kind == "kind":
        draft.guesses = ranked_kinds(text)
        draft.doubts.add(Reason.FREE_TEXT)
    else:
        draft.guesses = (Alternative(text, marks.text_confidence),) if text else ()
        draft.doubts.add(Reason.FREE_TEXT)
    if field.kind == "kind" and not printed:
        draft.propose()
    elif draft.guesses:
        draft.value, draft.confidence = draft.guesses[0].value, draft.guesses[0].probability
    else:
        draft.readable = False
    if is_ditto(text):
        draft.doubts.add(Reason.DITTO)
    return draft


def heavy_boxes(drafts: Sequence[Draft], printed: frozenset[str]) -> None:
    """Mark the fields with a box in which, by the measure of this page's own writer, more was written than its digit, and those
    that were printed and are crossed out.
    """
    for draft in drafts:
        if draft.field.kind == "member_number" and draft.field.id in printed and _is_crossed(draft.marks):
            draft.doubts.add(Reason.HEAVY_INK)
    written = [draft for draft in drafts if draft.marks.digits and draft.field.id not in printed]
    for draft in written:
        bare = draft.field.kind in UNSUPPORTED
        if any((bare or len(cell) > 1) and _is_strange(cell) for cell in draft.marks.digits):
            draft.doubts.add(Reason.HEAVY_INK)
    boxes = [(draft, box) for draft in written for box in _boxed(draft.field, draft.marks)]
    ink, broad = _usual(box.amount for _, box in boxes), _usual(box.broad for _, box in boxes if box.broad)
    times = [(box.amount / ink if ink else None, box.broad / broad if broad and box.broad else 1.0) for _, box in boxes]
    alone = _standing_alone([heavier * broader for heavier, broader in times if heavier is not None])
    beyond = _beyond([
        heavier
        for (draft, _), (heavier, _) in zip(boxes, times, strict=True)
        if heavier is not None and not any(map(_is_strange, draft.marks.digits))
    ])  # fmt: skip
    for (draft, box), (heavier, broader) in zip(boxes, times, strict=True):
        if _is_overwritten(box, heavier, broader, alone, beyond):
            draft.doubts.add(Reason.HEAVY_INK)


def _standing_alone(times: Sequence[float]) -> float:
    """Above which product of ink and stroke, as times the usual, a box stands alone among all of its page."""
    second = sorted(times)[-2] if len(times) > 1 else float("inf")
    return max(ALONE, ABOVE * second)


def _is_crossed(marks: FieldMarks) -> bool:
    """Whether something seems to run through a printed number."""
    others = [
        digit[OTHER] for cell, ink in zip(marks.digits, marks.ink, strict=True) if ink > EMPTY_INK for digit in cell
    ]
    return bool(others) and fmean(others) > CROSSED


def _is_strange(cell: Sequence[Digit]) -> bool:
    """Whether something in the cell may be no digit."""
    return any(digit[OTHER] > STRANGE for digit in cell)


def _beyond(own: Sequence[float]) -> float:
    """Above which times the usual ink a box has more than this hand gives to its digits; ``own``: of fields with nothing strange."""
    if len(own) < FEWEST_BOXES:
        return float("inf")
    return max(EVEN, BEYOND * sorted(own)[int(NINE_IN_TEN * (len(own) - 1))])


def _usual(sizes: Iterable[float]) -> float | None:
    """The middle one, None where there are too few to tell."""
    known = list(sizes)
    return median(known) if len(known) >= FEWEST_BOXES else None


def _is_overwritten(box: _Box, heavier: float | None, broader: float, alone: float, beyond: float) -> bool:
    """Whether a digit seems to stand on another one; how many times as heavy and broad as usual it is."""
    if heavier is None:
        return box.other > (COVERED if box.covers else STRANGE)
    if box.covers and box.bare and box.other > BARELY_COVERED:
        return True
    if heavier > beyond and box.other > DIM:
        return True
    if min(heavier, broader) > BOTH and heavier * broader > alone:
        return True
    too_heavy = heavier > (TOO_HEAVY if box.share >= PLAIN else HEAVY)
    return too_heavy or any(heavier * broader > times and box.other > share for times, share in OVERWRITTEN)


@dataclass(frozen=True, slots=True)
class _Box:
    """A box for one digit that shows one: which, how probably, how probably none; its ink, as millimetres across of a box
    that is black, its broadest stroke, whether it covers what may have stood there, and whether nothing but a sum speaks for it.
    """

    digit: int
    share: float
    other: float
    ink: float
    broad: float
    covers: bool
    bare: bool

    @property
    def amount(self) -> float:
        """Its ink as if all digits needed as much."""
        return self.ink / STROKES[self.digit]


def _boxed(field: Field, marks: FieldMarks) -> list[_Box]:
    """The boxes of a field in which a digit is seen. Digits are as high as their boxes, so that a stroke's share of a box is
    the less the wider the box.
    """
    found, bare = [], field.kind in UNSUPPORTED
    for n, (cell, ink) in enumerate(zip(marks.digits, marks.ink, strict=True)):
        if len(cell) == 1 and ink > EMPTY_INK and (best := _digit(cell[0])) is not None:
            broad = marks.broad[n] if marks.broad else 0.0
            covers = best == COVERING and field.type != "date"
            found.append(_Box(best, cell[0][best], cell[0][OTHER], ink * field.cells[n].w, broad, covers, bare))
    return found


def _digit(digit: Digit) -> int | None:
    best = max(range(len(digit)), key=digit.__getitem__)
    return best if best < BLANK else None
