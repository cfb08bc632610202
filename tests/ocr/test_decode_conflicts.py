"""The head of a sheet disagrees with itself or with the records: both sides are in conflict, nothing is sure alone."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from ocr.marks import BLANK, FieldMarks
from ocr.reading.agreement import always_in_order
from ocr.reading.looks import STROKES
from ocr.reading.readings import FieldReading, Status
from ocr.reading.reasons import Reason
from tests.ocr.pages import (
    HEAD,
    KNOWN,
    ROSTER,
    SPOILT,
    acted,
    blank_field,
    doubtful,
    form,
    in_conflict,
    names,
    odds,
    page,
    read,
    rows,
    ticked,
    written,
)

SURE, UNSURE, UNREADABLE, CONFLICT = Status.SURE, Status.UNSURE, Status.UNREADABLE, Status.CONFLICT


def test_a_page_on_which_all_agrees_needs_nobody() -> None:
    found = read(page("roster", HEAD | rows(6), [*acted(1, 2, 4), "people.5.stood_by"], names(6), {"kind": _kind(5)}))
    assert doubtful(found) == set()
    assert (found["day"].value, found["start"].value, found["end"].value) == ("2026-11-08", "19:00", "21:30")
    assert (found["kind"].value, found["people.3.number"].value) == ("T-01", ROSTER[2].number)
    assert (found["people.1.acted"].value, found["people.3.acted"].value) == (True, False)
    assert found["people.7.number"].value is None
    assert found["people.1.name"].value == ROSTER[0].number
    assert set(found["people.1.number"].reasons) == {Reason.ON_ROSTER, Reason.NAME_AGREES}


def _kind(*places: int, code: str = "roster"):
    return ticked(blank_field(next(field for field in form(code).fields if field.id == "kind")), *places)


def test_an_empty_page_is_surely_empty() -> None:
    for code in ("activity", "roster", "month", "old-activity", "old-month", "old-turnout"):
        found = read(page(code))
        assert doubtful(found) == set()
        assert not any(field.value for field in found.values())


def test_two_kinds() -> None:
    found = read(page("roster", HEAD, own={"kind": _kind(0, 5)}))
    assert in_conflict(found, Reason.TWO_CHOICES) == {"kind"}
    assert found["kind"].value is None
    assert {one.value for one in found["kind"].alternatives[:2]} == {"D-01", "T-01"}


def test_the_end_before_the_start() -> None:
    found = read(page("roster", HEAD | {"end": "0130"}))
    assert in_conflict(found, Reason.END_BEFORE_START) == {"start", "end", "next_day"}
    overnight = read(page("roster", HEAD | {"end": "0030"}, ["next_day"]))
    assert (overnight["end"].status, overnight["next_day"].value) == (SURE, True)


def test_the_next_day_but_after_more_than_a_day() -> None:
    found = read(page("roster", HEAD, ["next_day"]))
    assert in_conflict(found, Reason.NEXT_DAY_TOO_LONG) == {"start", "end", "next_day"}


def test_a_form_without_next_day_means_the_night_by_an_early_end_and_asks_about_a_late_one() -> None:
    said = {"day": ("8", "11", "7"), "start": ("22", "00"), "end": ("1", "30")}
    found = read(page("old-turnout", said))
    assert (found["start"].status, found["end"].status) == (SURE, SURE)
    assert Reason.TIMES_IN_ORDER in found["end"].reasons
    late = read(page("old-turnout", said | {"end": ("4", "15")}))
    assert in_conflict(late, Reason.OVERNIGHT) == {"start", "end"}


def test_more_than_twelve_hours_are_looked_at() -> None:
    found = read(page("roster", HEAD | {"start": "0600", "end": "2100"}))
    assert Reason.LONG in found["start"].reasons
    assert found["start"].status is UNSURE


def test_a_day_outside_the_sheets_month() -> None:
    found = read(page("roster", HEAD | {"day": "081008"}))
    assert in_conflict(found, Reason.OUTSIDE_MONTH) == {"day"}


def test_a_day_that_its_month_does_not_have() -> None:
    found = read(page("month", {"month": "0811", "activities.1.day": "31"}))
    assert in_conflict(found, Reason.OUTSIDE_MONTH) == {"month", "activities.1.day"}


def test_a_day_of_the_month_that_is_still_to_come() -> None:
    found = read(page("month", {"month": "0811", "activities.1.day": "29"}))
    assert in_conflict(found, Reason.IN_FUTURE) == {"month", "activities.1.day"}


def test_another_month_than_the_sheets() -> None:
    found = read(page("month", {"month": "0810"}))
    assert in_conflict(found, Reason.NOT_AS_PRINTED) == {"month"}


def test_the_odometer_runs_forwards() -> None:
    said = {"odometer_start": "_12345", "odometer_end": "_12371"}
    assert read(page("activity", said))["odometer_end"].status is SURE
    back = read(page("activity", said | {"odometer_end": "_12317"}))
    assert in_conflict(back, Reason.ODOMETER_BACKWARDS) == {"odometer_start", "odometer_end"}
    far = read(page("activity", said | {"odometer_end": "_72371"}))
    assert (far["odometer_end"].status, Reason.TOO_FAR in far["odometer_end"].reasons) == (UNSURE, True)


def test_the_odometer_goes_on_from_where_it_was() -> None:
    said = {"odometer_start": "_12345"}
    assert read(page("activity", said))["odometer_start"].reasons == (Reason.CLEAR,)
    marks = page("activity", said)
    faint = (*((odds(letter),) for letter in "_1234"), (odds("5", 0.997),))
    fields = tuple(replace(one, digits=faint) if one.id == "odometer_start" else one for one in marks.fields)
    faintly = replace(marks, fields=fields)
    assert read(faintly)["odometer_start"].reasons == (Reason.NO_SECOND_FACT,)
    assert read(faintly, replace(KNOWN, odometer=12_300))["odometer_start"].status is SURE
    back = read(page("activity", said), replace(KNOWN, odometer=12_400))
    assert in_conflict(back, Reason.ODOMETER_BACKWARDS) == {"odometer_start"}


def test_digits_that_nothing_bears_out_are_not_sure() -> None:
    unknown = replace(KNOWN, month=None, today=dt.date(2027, 3, 1))  # months later
    assert Reason.NO_SECOND_FACT in read(page("roster", HEAD), unknown)["day"].reasons
    assert read(page("roster", HEAD | {"end": "____"}))["start"].reasons == (Reason.NO_SECOND_FACT,)
    planned = replace(KNOWN, starts="19:00", ends="21:00", day=dt.date(2026, 11, 8), month=None)
    found = read(page("roster", HEAD | {"start": "1915"}), planned)
    assert (found["start"].status, found["day"].status) == (SURE, SURE)


def test_what_is_likely_beforehand_does_not_bear_itself_out() -> None:
    start = next(one for one in form("roster").fields if one.id == "start")
    marks = written(blank_field(start), "1918")
    marks = replace(marks, digits=(*marks.digits[:3], (odds("8", 0.85, "5"),)))
    found = read(page("roster", HEAD, own={"start": marks}))["start"]
    assert (found.value, found.status) == ("19:15", UNSURE)  # offered as a quarter hour, not taken for one
    assert Reason.AGAINST_A_BOX in found.reasons


def test_days_of_a_month_bear_each_other_out() -> None:
    said = {"month": "0811", "activities.1.day": "03", "activities.2.day": "08"}
    assert read(page("month", said))["activities.1.day"].status is SURE
    assert read(page("month", said | {"activities.2.day": "01"}))["activities.1.day"].status is UNSURE


def test_one_day_out_of_order_does_not_put_the_others_in_doubt() -> None:
    days = dict(zip((f"activities.{n}.day" for n in range(1, 7)), ("01", "04", "05", "02", "07", "07"), strict=True))
    found = read(page("month", {"month": "0811"} | days))
    assert {id_ for id_ in days if found[id_].status is SURE} == set(days) - {"activities.4.day"}
    assert found["activities.4.day"].reasons == (Reason.NO_SECOND_FACT,)


@pytest.mark.parametrize(
    ("values", "fits"),
    [
        ("", ""),
        ("1", "x"),
        ("1123", "xxxx"),
        ("19234", "x.xxx"),
        ("12839", "xx..x"),
        ("21", ".."),
        ("14325", "x...x"),
    ],
)
def test_what_is_part_of_every_longest_row_that_never_falls(values, fits) -> None:
    assert always_in_order(values) == [letter == "x" for letter in fits]


def test_a_correction_of_the_kind_is_looked_at() -> None:
    field = next(one for one in form("roster").fields if one.id == "kind")
    own = {"kind": ticked(ticked(blank_field(field), 5), 2, how=SPOILT)}
    found = read(page("roster", HEAD, own=own))["kind"]
    assert (found.status, Reason.SPOILT_TICK in found.reasons) == (UNREADABLE, True)
    assert found.alternatives[0].value == "T-01"


def test_a_frame_that_is_not_where_it_should_be() -> None:
    marks = page("roster", HEAD | rows(1), acted(1))
    moved = tuple(replace(field, frame=0.2) if field.id == "people.1.acted" else field for field in marks.fields)
    found = read(replace(marks, fields=moved))
    assert found["people.1.acted"].reasons == (Reason.FRAME_ASTRAY,)
    assert found["start"].status is SURE
    assert not [one for one in read(replace(marks, quality=0.2)).values() if one.status is SURE]


def test_much_more_ink_than_the_digit_needs() -> None:
    marks = page("roster", HEAD | rows(3))
    start = next(one for one in marks.fields if one.id == "start")
    heavy = replace(start, ink=(0.08, 0.19, 0.08, 0.08))
    found = read(replace(marks, fields=tuple(heavy if one is start else one for one in marks.fields)))
    assert (found["start"].status, found["start"].reasons) == (UNSURE, (Reason.HEAVY_INK,))


def test_more_ink_and_broader_strokes_than_its_writer_has() -> None:
    """Neither tells by itself what both together do: a digit that stands on another one."""
    fields = [replace(one, broad=(0.5,) * len(one.digits)) for one in page("roster", HEAD | rows(3)).fields]
    at = next(n for n, one in enumerate(fields) if one.id == "start")
    digits = (fields[at].digits[0], (odds("9", 0.997, "?"),), *fields[at].digits[2:])
    for ink, broad, status in ((0.1, 0.5, SURE), (0.08, 0.65, SURE), (0.1, 0.65, UNSURE)):
        changed = replace(fields[at], digits=digits, ink=(0.08, ink, 0.08, 0.08), broad=(0.5, broad, 0.5, 0.5))
        marks = replace(page("roster"), fields=(*fields[:at], changed, *fields[at + 1 :]))
        found = read(marks)["start"]
        assert (found.status, Reason.HEAVY_INK in found.reasons) == (status, status is UNSURE)


def test_a_digit_that_is_heavier_and_broader_than_all_others_is_doubted_however_sure_its_reader_is() -> None:
    """A printed nought over a one is a nought to its reader; on its page it stands out."""
    fields = [replace(one, broad=(0.5,) * len(one.digits)) for one in page("roster", HEAD | rows(3)).fields]
    at = next(n for n, one in enumerate(fields) if one.id == "start")

    def start(inks: tuple[float, ...], broads: tuple[float, ...]) -> FieldReading:
        changed = replace(fields[at], ink=inks, broad=broads)
        return read(replace(page("roster"), fields=(*fields[:at], changed, *fields[at + 1 :])))["start"]

    found = start((0.08, 0.14, 0.08, 0.08), (0.5, 0.65, 0.5, 0.5))
    assert (found.status, found.reasons) == (UNSURE, (Reason.HEAVY_INK,))
    assert start((0.08, 0.14, 0.08, 0.08), (0.5, 0.5, 0.5, 0.5)).status is SURE  # a big digit by the same pen
    assert start((0.08, 0.14, 0.08, 0.14), (0.5, 0.65, 0.5, 0.65)).status is SURE  # this writer's digits do vary so


def test_the_least_ink_in_a_box_that_reads_as_blank() -> None:
    marks = page("activity", HEAD | rows(3))
    dotted = tuple(replace(one, ink=(0.002, 0.0)) if one.id == "headcount" else one for one in marks.fields)
    found = read(replace(marks, fields=dotted))["headcount"]
    assert (found.value, found.status, found.reasons) == (None, UNSURE, (Reason.INK_BESIDE,))


def test_minutes_that_are_no_quarter_need_clear_boxes() -> None:
    said = {"start": "1907", "end": "2130"}
    clear = read(page("roster", HEAD | rows(3) | said))["start"]
    assert (clear.status, clear.reasons) == (SURE, (Reason.CLEAR, Reason.TIMES_IN_ORDER))
    marks = page("roster", HEAD | rows(3) | said)
    for share in (0.98, 0.994):
        faint = (*((odds(letter),) for letter in "190"), (odds("7", share),))
        fields = tuple(replace(one, digits=faint) if one.id == "start" else one for one in marks.fields)
        found = read(replace(marks, fields=fields))["start"]
        assert (found.value, found.status, Reason.NO_SECOND_FACT in found.reasons) == ("19:07", UNSURE, True)


def test_what_was_printed_is_borne_out_and_what_differs_is_not() -> None:
    printed = {"people.1.number": ROSTER[0].number, "day": "081108", "kind": "     x    "}
    known = replace(KNOWN, printed=printed, month=None, roster=ROSTER)
    found = read(page("roster", HEAD | rows(1), own={"kind": _kind(5)}), known)
    for id_ in printed:
        assert (found[id_].status, Reason.AS_PRINTED in found[id_].reasons) == (SURE, True)
    other = read(
        page("roster", HEAD | {"people.1.number": ROSTER[1].number, "day": "081109"}, own={"kind": _kind(4)}), known
    )
    assert in_conflict(other, Reason.NOT_AS_PRINTED) >= {"people.1.number", "kind"}
    assert other["day"].status is not SURE


def test_the_part_that_was_printed_does_not_speak_for_the_rest() -> None:
    known = replace(KNOWN, printed={"day": "0811  "}, month=None, today=dt.date(2027, 3, 1))
    assert read(page("roster", {"day": "081108"}), known)["day"].reasons == (Reason.NO_SECOND_FACT,)
    untouched = read(page("roster", {"day": "0811__"}), known)["day"]
    assert (untouched.value, untouched.status) == (None, SURE)


def test_text_is_for_a_person_and_a_kind_in_words_is_offered() -> None:
    found = read(page("old-turnout", {}, [], {"place": "中央公園", "kind": "訓 練"}))
    assert (found["place"].value, found["place"].status) == ("中央公園", UNSURE)
    assert (found["kind"].value, found["kind"].status) == ("T-01", UNSURE)


def test_printed_words_are_known() -> None:
    known = replace(KNOWN, printed={"unit": "第3分団 第2班"})
    assert read(page("roster", {}, [], {"unit": "第3分団第2斑"}), known)["unit"].value == "第3分団 第2班"
    assert read(page("roster", {}, [], {"unit": "第3分団第2斑"}), known)["unit"].status is SURE
    assert read(page("roster", {}, [], {"unit": "xyz"}), known)["unit"].status is UNSURE


def test_ink_that_nobody_read() -> None:
    marks = page("roster", {}, [], {"place": ""})
    place = read(marks)["place"]
    assert (place.value, place.status) == (None, UNREADABLE)


def test_a_digit_between_two_has_its_alternatives() -> None:
    field = next(one for one in form("roster").fields if one.id == "start")
    marks = written(blank_field(field), "1900")
    torn = replace(marks, digits=(*marks.digits[:1], (odds("9", 0.6, "7"),), *marks.digits[2:]))
    found = read(page("roster", HEAD, own={"start": torn}))["start"]
    assert (found.status, found.value) == (UNSURE, "19:00")
    assert found.alternatives[0].value == "17:00"
    assert 0.2 < found.alternatives[0].probability < 0.3 < 0.7 < found.confidence < 0.8


def test_on_an_evenly_written_page_less_ink_too_much_is_enough() -> None:
    """A printed 9 over a 3: nothing but its ink told of it. A row that is struck out has more, and does not hide it."""
    by_id = page("roster", HEAD | rows(3)).by_id
    digits = by_id["start"].digits
    by_id["start"] = replace(by_id["start"], digits=(digits[0], (odds("9", 0.998, "?"),), *digits[2:]))
    even = {id_: replace(one, ink=evenly(one)) for id_, one in by_id.items() if one.digits}
    struck = replace(by_id["people.3.number"], digits=((odds("4", 0.6, "?"),),) * 7, ink=(0.2,) * 7)

    def start(times: float) -> FieldReading:
        """The start with so many times the ink in its second box."""
        ink = even["start"].ink
        heavy = replace(even["start"], ink=(ink[0], ink[1] * times, *ink[2:]))
        fields = by_id | even | {"people.3.number": struck, "start": heavy}
        return read(replace(page("roster"), fields=tuple(fields.values())))["start"]

    assert start(1.4).reasons == (Reason.HEAVY_INK,)
    assert start(1.25).status is SURE


def evenly(field: FieldMarks) -> tuple[float, ...]:
    """The ink of its boxes if each digit has what it needs."""
    best = [max(range(len(cell[0])), key=cell[0].__getitem__) for cell in field.digits]
    return tuple(0.08 * STROKES[n] if n < BLANK else 0.0 for n in best)


@pytest.mark.parametrize(("letter", "doubted"), [("8", True), ("5", False)])
def test_an_8_covers_what_it_was_written_on(letter: str, doubted: bool) -> None:
    """On a page with so few digits ink tells nothing."""
    start = page("roster", {"start": f"1{letter}30"}).by_id["start"]
    weak = replace(start, digits=(start.digits[0], (odds(letter, 0.999, "?"),), *start.digits[2:]))
    found = read(page("roster", own={"start": weak}))["start"]
    assert (found.value, Reason.HEAVY_INK in found.reasons) == (f"1{letter}:30", doubted)


@pytest.mark.parametrize(("other", "doubted"), [(0.003, True), (0.001, False)])
def test_an_8_that_only_a_sum_bears_out_covers_too(other: float, doubted: bool) -> None:
    """A sum bears out what was there before as well, and print has no more ink for it."""
    by_id = page("activity", HEAD | rows(6) | {"headcount": "_8"}).by_id
    count = by_id["headcount"]
    by_id["headcount"] = replace(count, digits=(count.digits[0], (odds("8", 1 - other, "?"),)))
    even = {id_: replace(one, ink=evenly(one)) for id_, one in by_id.items() if one.digits}
    found = read(replace(page("activity"), fields=tuple((by_id | even).values())))["headcount"]
    assert (Reason.HEAVY_INK in found.reasons) == doubted


@pytest.mark.parametrize(("other", "crossed"), [(0.027, True), (0.01, False)])
def test_a_printed_number_that_a_line_runs_through_is_not_sure(other: float, crossed: bool) -> None:
    """No hand's shape explains why all its digits are a little doubtful."""
    printed = replace(KNOWN, printed={"people.1.number": ROSTER[0].number})
    number = page("roster", rows(1)).by_id["people.1.number"]
    weak = replace(number, digits=tuple((odds(digit, 1 - other, "?"),) for digit in ROSTER[0].number))
    found = read(page("roster", own={number.id: weak}), printed)[number.id]
    assert (found.value, found.status is SURE, Reason.HEAVY_INK in found.reasons) == (
        ROSTER[0].number, not crossed, crossed,
    )  # fmt: skip
