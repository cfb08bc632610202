"""What the evaluation counts as right, as accepted and as never to be sure."""

from __future__ import annotations

import numpy as np
import pytest

from bench.ocr.paper import Picture
from bench.ocr.plan import Case, ForeignCase, cases, known_of
from bench.ocr.sheets import Sheet
from bench.ocr.tally import BINS, Tally, same
from bench.ocr.writing import DOUBT
from brigade.forms.filling import TICKED
from brigade.forms.shelf import newest
from brigade.forms.template import Field
from ocr.marks import OTHER, FieldMarks, PageMarks
from ocr.reading.readings import FieldReading, PageReading, Status, Value
from tests.ocr.test_corpus import sheet

PIXELS = np.zeros((4, 4, 3), np.uint8)


def field(form: str, end: str) -> Field:
    return next(each for each in newest()[form].fields if each.id.endswith(end))


def seen(made: Sheet) -> PageMarks:
    """Marks as a perfect eye sees them."""
    fields = []
    for each in made.template.fields:
        letters = made.truth[each.id].letters
        digits, ticks = (), ()
        if each.type in ("tick", "choice"):
            ticks = tuple((0.0, 1.0, 0.0) if letter == TICKED else (1.0, 0.0, 0.0) for letter in letters)
        elif each.type != "text":
            digits = tuple(tuple(one(letter) for letter in word) for word in letters)
        fields.append(FieldMarks(each.id, digits, ticks, ink=(0.0,) * len(letters)))
    return PageMarks(made.template.code, 1, None, 1.0, 0.0, tuple(fields))


def one(letter: str) -> tuple[float, ...]:
    place = OTHER if letter == DOUBT else int(letter)
    return tuple(float(n == place) for n in range(OTHER + 1))


def read(made: Sheet, status: Status, values: dict[str, Value] | None = None) -> PageReading:
    """A reading that says the truth, but for these values."""
    values = values or {}
    return PageReading(made.template.code, 1, tuple(
        FieldReading(each.id, values.get(each.id, made.truth[each.id].value), "", 0.999, status, each.cells[0])
        for each in made.template.fields
    ))  # fmt: skip


def test_a_perfect_reading_is_counted_as_such() -> None:
    made = sheet("roster", 3)
    tally = Tally()
    tally.page(made, "scan", Picture(PIXELS), seen(made), read(made, Status.SURE))
    counts = [each for (name, _), each in tally.by_type.items() if name != "text"]
    assert sum(each.fields for each in counts) == sum(each.right for each in counts) == sum(e.accepted for e in counts)
    assert sum(each.cells for each in counts) == sum(each.cells_right for each in counts) > 100
    assert not any(each.wrong for each in counts)
    assert (tally.pages["scan"].found, tally.pages["scan"].astray) == (1, 0)
    place = BINS.index(0.999)
    assert tally.calibration[place][0] == tally.calibration[place][1] > 0


def test_a_wrong_field_that_was_accepted_is_told() -> None:
    made = sheet("roster", 3)
    wrong = next(key for key, truth in made.truth.items() if truth.value is True and not truth.doubtful)
    tally = Tally()
    tally.page(made, "scan", Picture(PIXELS), seen(made), read(made, Status.SURE, {wrong: False}))
    assert sum(each.wrong for each in tally.by_type.values()) == 1
    assert [(each["field"], each["truth"], each["read"]) for each in tally.wrong] == [(wrong, True, False)]


@pytest.mark.parametrize("status", [Status.SURE, Status.UNSURE])
def test_what_is_hidden_must_not_be_sure(status: Status) -> None:
    made = sheet("activity", 3)
    tally = Tally()
    tally.page(made, "cut", Picture(PIXELS, frozenset({"day"})), seen(made), read(made, status))
    assert tally.never_sure["hidden", status is Status.SURE] == 1
    assert not tally.by_type.get(("dates", "real hand"))


def test_two_tallies_make_one() -> None:
    made = sheet("activity", 3)
    one, both = Tally(), Tally()
    one.page(made, "scan", Picture(PIXELS), seen(made), read(made, Status.SURE))
    one.page(made, "scan", Picture(PIXELS), None, None)
    both.add(one)
    both.add(one)
    assert both.pages["scan"].as_json() == {"pages": 4, "found": 2, "other": 0, "astray": 0}
    for key, counts in one.by_type.items():
        assert both.by_type[key].fields == 2 * counts.fields


def test_figures_are_the_same_by_their_amount() -> None:
    odometer = field("activity", "odometer_end")
    assert same(odometer, "48210", "048210")
    assert not same(odometer, "48210", "4821")
    assert same(field("activity", "place"), "中央 公園", "中央公園")
    assert not same(field("activity", "acted"), True, None)


def test_a_run_meets_every_form_and_has_foreign_pages() -> None:
    planned = list(cases(36, 1))
    assert {case.form for case in planned if isinstance(case, Case)} == set(newest())
    assert sum(isinstance(case, ForeignCase) for case in planned) == 6
    assert planned == list(cases(36, 1))


def test_only_a_code_that_was_read_tells_what_was_printed() -> None:
    made = next(each for seed in range(9) if (each := sheet("roster", seed)).filling.unit_id)
    template = made.template
    told, untold = known_of(made, template, str(made.filled.code)), known_of(made, template, None)
    assert told.printed
    assert not untold.printed
    assert told.roster == untold.roster
