"""Fields that disagree with each other: both are in conflict, and nothing is dropped silently."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import replace

import pytest

from brigade.member_numbers import with_check_digit
from ocr.marks import FieldMarks, Tick
from ocr.readings import FieldReading, Status
from ocr.reasons import Reason
from tests.ocr.pages import KNOWN, ROSTER, SPOILT, blank_field, form, odds, page, read, texted, ticked, written

FAINT: Tick = (0.6, 0.4, 0.0)
HEAD = {"day": "081108", "start": "1900", "end": "2130"}
SURE, UNSURE, UNREADABLE, CONFLICT = Status.SURE, Status.UNSURE, Status.UNREADABLE, Status.CONFLICT


def rows(count: int) -> dict[str, str]:
    return {f"people.{row}.number": ROSTER[row - 1].number for row in range(1, count + 1)}


def names(count: int) -> dict[str, str]:
    return {f"people.{row}.name": ROSTER[row - 1].name for row in range(1, count + 1)}


def in_conflict(found: Mapping[str, FieldReading], reason: Reason) -> set[str]:
    return {id_ for id_, field in found.items() if field.status is CONFLICT and reason in field.reasons}


def doubtful(found: Mapping[str, FieldReading]) -> set[str]:
    return {id_ for id_, field in found.items() if field.status is not SURE}


def acted(*numbers: int) -> Iterable[str]:
    return [f"people.{row}.acted" for row in numbers]


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


def test_took_part_and_did_no_work() -> None:
    found = read(page("roster", HEAD | rows(2), ["people.1.acted", "people.1.stood_by", "people.2.acted"]))
    assert in_conflict(found, Reason.BOTH_TICKED) == {"people.1.acted", "people.1.stood_by"}


def test_a_role_of_somebody_who_was_not_there() -> None:
    found = read(page("activity", rows(1), ["people.1.operator"]))
    assert in_conflict(found, Reason.MARK_WITHOUT_ATTENDANCE) == {
        "people.1.operator", "people.1.acted", "people.1.stood_by",
    }  # fmt: skip


def test_the_end_before_the_start() -> None:
    found = read(page("roster", HEAD | {"end": "0130"}))
    assert in_conflict(found, Reason.END_BEFORE_START) == {"start", "end", "next_day"}
    overnight = read(page("roster", HEAD | {"end": "0030"}, ["next_day"]))
    assert (overnight["end"].status, overnight["next_day"].value) == (SURE, True)


def test_the_next_day_but_after_more_than_a_day() -> None:
    found = read(page("roster", HEAD, ["next_day"]))
    assert in_conflict(found, Reason.NEXT_DAY_TOO_LONG) == {"start", "end", "next_day"}


def test_a_form_without_next_day_asks_about_the_night() -> None:
    found = read(page("old-turnout", {"day": ("8", "11", "8"), "start": ("22", "00"), "end": ("1", "30")}))
    assert in_conflict(found, Reason.OVERNIGHT) == {"start", "end"}


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


def test_the_same_number_twice() -> None:
    number = ROSTER[0].number
    found = read(page("roster", {"people.1.number": number, "people.4.number": number}))
    assert {"people.1.number", "people.4.number"} <= in_conflict(found, Reason.SAME_NUMBER)


def test_a_name_that_is_clearly_another_members() -> None:
    found = read(page("roster", rows(1), texts={"people.1.name": ROSTER[1].name}))
    assert in_conflict(found, Reason.NAME_DISAGREES) == {"people.1.number", "people.1.name"}


@pytest.mark.parametrize(("text", "confidence"), [("鈴木健太", 0.5), ("銘木健人", 0.95), ("", 0.0), ("田中", 0.9)])
def test_a_name_that_cannot_be_read_contradicts_nothing(text: str, confidence: float) -> None:
    marks = page("roster", rows(1))
    name = texted(
        blank_field(next(one for one in form("roster").fields if one.id == "people.1.name")), text, confidence
    )
    fields = tuple(name if field.id == name.id else field for field in marks.fields)
    found = read(replace(marks, fields=fields))
    assert found["people.1.number"].status is SURE
    assert (found["people.1.name"].value, found["people.1.name"].status) == (ROSTER[0].number, SURE)


def test_ticks_of_a_row_whose_number_cannot_be_read() -> None:
    found = read(page("roster", {"people.1.number": "00?????"}, acted(1)))
    assert in_conflict(found, Reason.NO_SUCH_PERSON) == {"people.1.number", "people.1.name"}
    assert (found["people.1.acted"].value, found["people.1.acted"].status) == (True, SURE)


def test_ticks_of_a_row_without_number_offer_whom_the_name_is_like() -> None:
    found = read(page("roster", {}, acted(1), {"people.1.name": "田中大捕"}))
    number = found["people.1.number"]
    assert (number.value, number.status) == (None, CONFLICT)
    assert ROSTER[3].number in {one.value for one in number.alternatives}


def test_empty_rows_that_read_as_all_marked_are_no_people() -> None:
    every = [field.id for field in form("roster").fields if field.person]
    ticks = [id_ for id_ in every if id_.endswith(("acted", "stood_by", "part"))]
    found = read(page("roster", HEAD, ticks))
    assert not [id_ for id_ in ticks if found[id_].status is SURE]
    assert all(found[f"people.{row}.number"].status is CONFLICT for row in range(1, 21))


def test_people_of_an_activity_that_is_not_described() -> None:
    marks = page("month", {"month": "0811", **rows(2)}, ["came.1.1.acted"])
    found = read(marks)
    assert in_conflict(found, Reason.NO_SUCH_ACTIVITY) == {"activities.1.day", "came.1.1.acted"}
    later = read(marks, replace(KNOWN, page=2, pages=2))  # there the activities stand on the first page
    assert later["came.1.1.acted"].status is SURE


def test_a_headcount_that_is_not_the_number_of_ticks() -> None:
    said, ticks = HEAD | rows(4), acted(1, 2, 3)
    agreed = read(page("activity", said | {"headcount": "_3"}, ticks))
    assert (agreed["headcount"].status, agreed["headcount"].reasons) == (SURE, (Reason.SUM_AGREES,))
    less = read(page("activity", said | {"headcount": "_2"}, ticks, own=_clear(2, (0.03, 0.969, 0.001))))
    assert in_conflict(less, Reason.SUM_DISAGREES) == {"headcount", "people.2.acted"}  # the others are beyond doubt
    lost = read(page("activity", said | {"headcount": "_4"}, ticks, own=_clear(4, (0.7, 0.3, 0.0))))
    assert in_conflict(lost, Reason.SUM_DISAGREES) == {"headcount", "people.4.acted"}


def test_a_sum_that_agrees_bears_out_a_faint_tick() -> None:
    faint = {"people.3.acted": _clear(3, (0.2, 0.8, 0.0))["people.3.acted"]}
    alone = read(page("activity", HEAD | rows(4), acted(1, 2), own=faint))["people.3.acted"]
    assert (alone.value, alone.status) == (True, UNSURE)
    summed = read(page("activity", HEAD | rows(4) | {"headcount": "_3"}, acted(1, 2), own=faint))["people.3.acted"]
    assert (summed.status, summed.reasons) == (SURE, (Reason.SUM_AGREES,))


def test_a_sum_that_was_added_up_wrongly_leaves_clear_ticks_alone() -> None:
    found = read(page("activity", HEAD | rows(4) | {"headcount": "_4"}, acted(1, 2, 3)))
    assert in_conflict(found, Reason.SUM_DISAGREES) == {"headcount"}
    assert found["people.1.acted"].status is SURE


def test_an_uncertain_sum_is_not_held_against_ticks() -> None:
    field = next(one for one in form("activity").fields if one.id == "headcount")
    weak = replace(written(blank_field(field), "_2"), digits=((odds("_"),), (odds("2", 0.8),)))
    found = read(
        page("activity", HEAD | rows(4), acted(1, 2, 3), own={"headcount": weak} | _clear(2, (0.03, 0.969, 0.001)))
    )
    assert in_conflict(found, Reason.SUM_DISAGREES) == {"headcount"}


def _clear(row: int, how: Tick) -> dict[str, FieldMarks]:
    field = next(one for one in form("activity").fields if one.id == f"people.{row}.acted")
    return {field.id: ticked(blank_field(field), 0, how=how)}


def test_a_headcount_over_several_pages_is_not_compared_with_one() -> None:
    marks = page("activity", HEAD | rows(4) | {"headcount": "18"}, acted(1, 2, 3))
    found = read(marks, replace(KNOWN, page=1, pages=2))
    assert (found["headcount"].status, found["headcount"].reasons) == (UNSURE, (Reason.NO_SECOND_FACT,))
    assert found["people.1.acted"].status is SURE


def test_where_sums_of_a_column_and_a_row_are_off_their_crossing_is_wrong() -> None:
    texts = {f"people.{row}.name": ROSTER[row].name for row in (1, 2)}
    said = {"activities.1.1.day": ("3",), "activities.1.2.day": ("8",), "activities.1.1.headcount": ("2",),
            "activities.1.2.headcount": ("1",), "people.1.times": ("2",), "people.2.times": ("1",)}  # fmt: skip
    found = read(page("old-month", said, ["came.1.1.acted", "came.1.2.acted"], texts))
    assert in_conflict(found, Reason.SUM_DISAGREES) == {"activities.1.1.headcount", "people.2.times"}
    faint = ticked(
        blank_field(next(one for one in form("old-month").fields if one.id == "came.2.1.acted")), 0, how=FAINT
    )
    also = ticked(
        blank_field(next(one for one in form("old-month").fields if one.id == "came.3.1.acted")), 0, how=FAINT
    )
    seen = read(page("old-month", said, ["came.1.1.acted", "came.1.2.acted"], texts, {faint.id: faint, also.id: also}))
    wrong = in_conflict(seen, Reason.SUM_DISAGREES)
    assert wrong == {"activities.1.1.headcount", "people.2.times", "came.2.1.acted"}


def test_the_odometer_runs_forwards() -> None:
    said = {"odometer_start": "_12345", "odometer_end": "_12371"}
    assert read(page("activity", said))["odometer_end"].status is SURE
    back = read(page("activity", said | {"odometer_end": "_12317"}))
    assert in_conflict(back, Reason.ODOMETER_BACKWARDS) == {"odometer_start", "odometer_end"}
    far = read(page("activity", said | {"odometer_end": "_72371"}))
    assert (far["odometer_end"].status, Reason.TOO_FAR in far["odometer_end"].reasons) == (UNSURE, True)


def test_the_odometer_goes_on_from_where_it_was() -> None:
    said = {"odometer_start": "_12345"}
    assert read(page("activity", said))["odometer_start"].status is UNSURE
    assert read(page("activity", said), replace(KNOWN, odometer=12_300))["odometer_start"].status is SURE
    back = read(page("activity", said), replace(KNOWN, odometer=12_400))
    assert in_conflict(back, Reason.ODOMETER_BACKWARDS) == {"odometer_start"}


def test_digits_that_nothing_bears_out_are_not_sure() -> None:
    unknown = replace(KNOWN, month=None, today=dt.date(2027, 3, 1))  # months later
    assert Reason.NO_SECOND_FACT in read(page("roster", HEAD), unknown)["day"].reasons
    assert read(page("roster", HEAD | {"end": "____"}))["start"].reasons == (Reason.NO_SECOND_FACT,)
    assert Reason.NO_SECOND_FACT in read(page("roster", HEAD | {"start": "1907"}))["start"].reasons
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


def test_a_valid_number_of_nobody_here_is_looked_at() -> None:
    stranger = {"people.1.number": with_check_digit(99_999)}
    found = read(page("roster", stranger))
    assert (found["people.1.number"].status, found["people.1.number"].value) == (UNSURE, stranger["people.1.number"])
    assert Reason.NOT_ON_ROSTER in found["people.1.number"].reasons
    assert read(page("roster", stranger), replace(KNOWN, roster=()))["people.1.number"].status is SURE


def test_spoilt_ticks_are_never_sure() -> None:
    marks = page("roster", rows(1))
    field = next(one for one in form("roster").fields if one.id == "people.1.acted")
    for spoilt in (SPOILT, (0.0, 0.85, 0.15), (0.85, 0.0, 0.15), (0.5, 0.5, 0.0)):
        fields = tuple(ticked(blank_field(field), 0, how=spoilt) if one.id == field.id else one for one in marks.fields)
        found = read(replace(marks, fields=fields))["people.1.acted"]
        assert found.status is not SURE
        assert {one.value for one in found.alternatives} <= {True, False}


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


def test_a_box_that_shows_something_else_keeps_the_number_from_being_sure() -> None:
    number = ROSTER[0].number
    found = read(page("roster", {"people.1.number": number[:3] + "?" + number[4:]}))["people.1.number"]
    assert found.status is UNSURE
    assert found.value == number
    assert {Reason.NO_DIGIT, Reason.AGAINST_A_BOX} <= set(found.reasons)


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


def test_names_alone_are_a_persons_choice_where_they_matter() -> None:
    texts = {"left.1.name": "佐藤一朗", "left.2.name": "田中大輔"}
    found = read(page("old-activity", {}, ["left.1.acted"], texts))
    named, idle = found["left.1.name"], found["left.2.name"]
    assert (named.value, named.status, named.raw) == (ROSTER[0].number, UNSURE, "佐藤一朗")
    assert (idle.value, idle.status, idle.reasons) == (None, SURE, (Reason.ROW_WITHOUT_MARKS,))
    assert found["left.1.acted"].status is SURE


def test_a_name_like_nobodys_has_no_value() -> None:
    named = read(page("old-activity", {}, ["left.1.acted"], {"left.1.name": "石持条当"}))["left.1.name"]
    assert (named.value, named.status, named.raw) == (None, UNREADABLE, "石持条当")


def test_a_ticked_row_without_any_name() -> None:
    found = read(page("old-activity", {}, ["left.3.acted"]))
    assert in_conflict(found, Reason.NO_SUCH_PERSON) == {"left.3.name", "left.3.acted"}


def test_ditto_means_the_row_above() -> None:
    texts = {
        "people.1.rank": "団員",
        "people.2.rank": "〃",
        "people.3.rank": "〃",
        "people.1.note": "19時から",
        "people.2.note": "同上",
    }
    found = read(page("old-turnout", {}, [], texts))
    for id_, value in (("people.2.rank", "団員"), ("people.3.rank", "団員"), ("people.2.note", "19時から")):
        assert (found[id_].value, found[id_].status) == (value, UNSURE)
        assert Reason.DITTO in found[id_].reasons


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
