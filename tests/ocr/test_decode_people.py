"""Rows of people that disagree with themselves, the roster or the sums: both are in conflict, nothing is dropped."""

from __future__ import annotations

from dataclasses import replace

import pytest

from brigade.organisation.member_numbers import with_check_digit
from ocr.marks import FieldMarks, Tick
from ocr.reading.readings import Status
from ocr.reading.reasons import Reason
from tests.ocr.pages import (
    FAINT,
    HEAD,
    KNOWN,
    ROSTER,
    SPOILT,
    acted,
    blank_field,
    form,
    in_conflict,
    odds,
    page,
    read,
    rows,
    texted,
    ticked,
    written,
)

SURE, UNSURE, UNREADABLE, CONFLICT = Status.SURE, Status.UNSURE, Status.UNREADABLE, Status.CONFLICT


def test_took_part_and_did_no_work() -> None:
    found = read(page("roster", HEAD | rows(2), ["people.1.acted", "people.1.stood_by", "people.2.acted"]))
    assert in_conflict(found, Reason.BOTH_TICKED) == {"people.1.acted", "people.1.stood_by"}


def test_a_role_of_somebody_who_was_not_there() -> None:
    found = read(page("activity", rows(1), ["people.1.operator"]))
    assert in_conflict(found, Reason.MARK_WITHOUT_ATTENDANCE) == {
        "people.1.operator", "people.1.acted", "people.1.stood_by",
    }  # fmt: skip


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
    assert (agreed["headcount"].status, agreed["headcount"].reasons) == (SURE, (Reason.CLEAR, Reason.SUM_AGREES))
    less = read(page("activity", said | {"headcount": "_2"}, ticks, own=_clear(2, (0.03, 0.969, 0.001))))
    assert in_conflict(less, Reason.SUM_DISAGREES) == {"headcount", "people.2.acted"}  # the others are beyond doubt
    lost = read(page("activity", said | {"headcount": "_4"}, ticks, own=_clear(4, (0.7, 0.3, 0.0))))
    assert in_conflict(lost, Reason.SUM_DISAGREES) == {"people.4.acted"}  # doubtful anyway; as a mark, the sum is right
    assert (lost["headcount"].status, lost["people.4.acted"].status) == (SURE, CONFLICT)


def test_among_many_doubtful_ticks_a_sum_would_agree_by_chance() -> None:
    said = HEAD | rows(6) | {"headcount": "_4"}
    own = {key: marks for row in (4, 5, 6) for key, marks in _clear(row, (0.7, 0.3, 0.0)).items()}
    found = read(page("activity", said, acted(1, 2, 3), own=own))
    assert in_conflict(found, Reason.SUM_DISAGREES) == {"headcount", *own}


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


@pytest.mark.parametrize(("other", "status"), [(0.02, SURE), (0.04, UNSURE)])
def test_a_sum_bears_out_no_digit_that_may_stand_on_another(other: float, status: Status) -> None:
    field = next(one for one in form("activity").fields if one.id == "headcount")
    weak = replace(written(blank_field(field), "_3"), digits=((odds("_"),), (odds("3", 1 - other, "?"),)))
    found = read(page("activity", HEAD | rows(4), acted(1, 2, 3), own={"headcount": weak}))["headcount"]
    assert (found.value, found.status, Reason.HEAVY_INK in found.reasons) == ("3", status, status is UNSURE)


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
    assert (found["headcount"].status, found["headcount"].reasons) == (SURE, (Reason.CLEAR,))
    assert found["people.1.acted"].status is SURE
    faint = ((odds("1"),), (odds("8", 0.997),))
    fields = tuple(replace(one, digits=faint) if one.id == "headcount" else one for one in marks.fields)
    found = read(replace(marks, fields=fields), replace(KNOWN, page=1, pages=2))
    assert (found["headcount"].status, found["headcount"].reasons) == (UNSURE, (Reason.NO_SECOND_FACT,))


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
    assert wrong == {"came.2.1.acted"}  # both sums are right if it is a mark


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


def test_a_weak_digit_with_more_ink_than_it_needs() -> None:
    marks = page("roster", HEAD | rows(3))
    number = marks.by_id["people.2.number"]
    weak = replace(number, digits=(*number.digits[:6], (odds(ROSTER[1].number[6], 0.9),)), ink=(0.08,) * 6 + (0.13,))
    found = read(replace(marks, fields=tuple(weak if one is number else one for one in marks.fields)))
    assert (found[weak.id].status, found[weak.id].reasons) == (UNSURE, (Reason.HEAVY_INK,))
    assert found["people.1.number"].status is SURE


def test_a_box_that_shows_something_else_keeps_the_number_from_being_sure() -> None:
    number = ROSTER[0].number
    found = read(page("roster", {"people.1.number": number[:3] + "?" + number[4:]}))["people.1.number"]
    assert found.status is UNSURE
    assert found.value == number
    assert {Reason.NO_DIGIT, Reason.AGAINST_A_BOX} <= set(found.reasons)


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
