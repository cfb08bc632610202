"""From pixels to marks: the code, what is in the cells, what of it is ink; pages that contradict themselves."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from brigade.forms.shelf import forms
from brigade.forms.template import Cell
from ocr.looking.blanks import shelf
from ocr.looking.cells import FAINT, RING
from ocr.looking.codes import read_code
from ocr.looking.cutting import Cutter, digit_parts, unfolded
from ocr.looking.frames import Frame
from ocr.looking.look import Seen, Unseen, look
from ocr.looking.picture import evened
from ocr.marks import PageMarks, page_marks
from tests.ocr.sheets import SCALE, Sheet, code, covered, photo, printed, sheet, turned, write

ALL = ("activity", "roster", "month", "old-activity", "old-month", "old-turnout")
LYING = Frame(1.0, 0.0, 0.0)


def seen(page: Sheet) -> PageMarks:
    found = look(page.pixels, shelf())
    assert isinstance(found, Seen), found
    said = json.loads(json.dumps(found.marks.as_json()))
    assert page_marks(said, page.template).form == page.template.code
    return found.marks


@pytest.mark.parametrize("form", ALL)
def test_a_page_becomes_marks(form: str) -> None:
    page = photo(sheet(form, seed=5), seed=5)
    marks = seen(page)
    assert marks.code == (str(code(page.template)) if page.template.own else None)
    ticks = {(field.id, n): field.ticks[n] for field in marks.fields for n in range(len(field.ticks))}
    wrong = [key for key, tick in ticks.items() if (np.argmax(tick) == 1) != (key in page.written)]
    assert len(wrong) <= len(ticks) // 100
    digits = {key: said for key, said in page.written.items() if key not in ticks}
    read = {key: "".join(str(np.argmax(d)) for d in marks.by_id[key[0]].digits[key[1]]) for key in digits}
    assert sum(len(read[key]) == len(said) for key, said in digits.items()) >= 0.9 * len(digits)


@pytest.mark.parametrize("nth", range(3))
def test_a_clean_code_is_found_where_one_detector_does_not_see_it(nth: int) -> None:
    """Of 1,400 clean sheets the first detector saw no code on six; three of them, as they were cut out."""
    grays = cv2.imread(str(Path(__file__).with_name("codes.png")), cv2.IMREAD_GRAYSCALE)
    found = read_code(np.ascontiguousarray(np.split(grays, 3, axis=1)[nth]))
    assert found is not None
    assert (found.form, found.day) == ("roster", dt.date(2026, 11, 20))


@pytest.mark.parametrize("form", ALL)
def test_ink_is_where_something_was_written_and_nowhere_else(form: str) -> None:
    page = turned(sheet(form, seed=2, share=0.5), 1.2)
    marks = seen(page)
    for field in page.template.fields:
        for n, ink in enumerate(marks.by_id[field.id].ink):
            if (field.id, n) in page.written:
                assert ink > 0.01
            elif field.type in ("tick", "choice"):
                assert ink < 0.002


def test_the_straightened_page_is_a_picture_of_eight_pixels_to_the_millimetre() -> None:
    found = look(turned(sheet("old-month"), 180).pixels, shelf())
    assert isinstance(found, Seen)
    page = cv2.imdecode(np.frombuffer(found.picture, np.uint8), cv2.IMREAD_COLOR)
    assert page is not None
    assert page.shape == (1680, 2376, 3)
    assert abs(abs(found.marks.turned) - 180) < 0.5


def test_a_code_that_names_another_form_or_version_is_believed_against_the_page() -> None:
    roster, activity = forms()["roster", 1], forms()["activity", 1]
    assert roster.code_at is not None
    x, y, w, h = (round(side * SCALE) for side in roster.code_at)
    for template, why in ((activity, "code-differs"), (replace(roster, version=7), "unknown-version")):
        page = sheet("roster").pixels.copy()
        page[y : y + h, x : x + w] = printed(template)[y : y + h, x : x + w]
        assert look(page, shelf()) == Unseen(why)  # type: ignore[arg-type]


def test_a_page_without_its_code_is_known_by_its_marks() -> None:
    page = sheet("month")
    page.pixels[round(5 * SCALE) : round(33 * SCALE), round(163 * SCALE) : round(191 * SCALE)] = 255
    assert seen(page).code is None


def test_covered_fields_say_so() -> None:
    marks = seen(covered(sheet("month"), "right"))
    assert all(marks.by_id[f"came.{row}.6.acted"].frame < 0.35 for row in range(1, 18))
    assert all(marks.by_id[f"people.{row}.number"].frame > 0.35 for row in range(1, 18))


def test_a_covered_field_without_lines_is_missed_by_the_words_beside_it() -> None:
    page = photo(sheet("old-month", seed=3), seed=3)
    assert seen(page).by_id["month"].frame > 0.6
    hidden = covered(sheet("old-month"), "top")
    assert seen(hidden).by_id["month"].frame < 0.35
    left, right = (cell.x for cell in next(one for one in page.template.fields if one.id == "month").cells)
    half = sheet("old-month").pixels.copy()
    half[: round(33 * SCALE), round((left + right) / 2 * SCALE) : round(90 * SCALE)] = (
        200  # only the word before it shows
    )
    assert seen(replace(hidden, pixels=half)).by_id["month"].frame < 0.35


def test_fields_outside_of_the_picture_say_so_though_nothing_is_printed_around_them() -> None:
    page = sheet("old-month")
    month = next(field for field in page.template.fields if field.id == "month")
    top = round((month.cells[0].y + month.cells[0].h / 2) * SCALE)
    marks = seen(replace(page, pixels=np.ascontiguousarray(page.pixels[top:])))
    assert [marks.by_id[id_].frame < 0.35 for id_ in ("month", "unit", "people.3.name")] == [True, True, False]


def test_red_stamps_leave_nothing_and_black_under_them_stays() -> None:
    page = np.full((800, 800, 3), 246, np.uint8)
    cv2.putText(page, "8", (300, 500), cv2.FONT_HERSHEY_SIMPLEX, 6, (30, 30, 35), 12)
    cv2.putText(page, "1", (80, 200), cv2.FONT_HERSHEY_SIMPLEX, 3, (150, 150, 152), 4)  # pencil
    black = evened(page, 8) < 255 - FAINT
    cv2.circle(page, (400, 400), 180, (214, 60, 50), 14)
    seal = evened(cv2.GaussianBlur(page, (0, 0), 1.0).astype(np.uint8), 8) < 255 - FAINT
    assert seal[black].mean() > 0.9
    assert seal[~cv2.dilate(black.astype(np.uint8), np.ones((7, 7), np.uint8)).astype(bool)].mean() < 0.001


def test_shadows_and_stains_are_evened() -> None:
    page = np.full((800, 800, 3), 240, np.uint8)
    page = (page * np.linspace(1, 0.4, 800)[None, :, None]).astype(np.uint8)
    cv2.circle(page, (400, 400), 150, (150, 120, 80), -1)
    page = cv2.GaussianBlur(page, (0, 0), 8).astype(np.uint8)
    assert (evened(page, 8) < 255 - FAINT).mean() < 0.01


def cutter(pixels: np.ndarray, form: str = "activity") -> Cutter:
    """Of a page that lies exactly."""
    blank = shelf()[form, 1]
    high, wide = blank.gray.shape
    page = cv2.cvtColor(cv2.resize(pixels, (wide, high), interpolation=cv2.INTER_CUBIC), cv2.COLOR_RGB2GRAY)
    return Cutter(np.asarray(page, np.uint8), blank.strokes, blank)


def test_print_is_taken_out_and_strokes_across_it_stay() -> None:
    template = forms()["activity", 1]
    box = next(field for field in template.fields if field.id == "next_day").cells[0]
    pixels = printed(template, known=False).copy()
    assert cutter(pixels).cut(box, LYING, RING).min() > 255 - FAINT
    x, y, w, h = (round(side * SCALE) for side in box)
    cv2.line(pixels, (x - 6, y + h + 6), (x + w + 6, y - 6), (0, 0, 0), 4, cv2.LINE_AA)
    stroke = (cutter(pixels).cut(box, LYING, RING) < 128).astype(np.uint8)
    assert cv2.connectedComponents(stroke)[0] == 2  # paper, and one stroke in one piece


def test_what_reaches_in_from_the_next_box_is_not_this_box_s() -> None:
    template = forms()["activity", 1]
    first, second = next(field for field in template.fields if field.id == "headcount").cells
    pixels = printed(template, known=False).copy()
    write(pixels, "7", second.moved(-2.2, 0))
    assert cutter(pixels).digit(first, LYING).min() > 255 - FAINT
    assert cutter(pixels).digit(second, LYING).min() < 128


@pytest.mark.parametrize(("said", "parts"), [("7", 1), ("12", 2), ("108", 3), ("4096", 4), ("", 0)])
def test_a_wide_box_is_told_apart_into_digits(said: str, parts: int) -> None:
    template = forms()["old-activity", 1]
    cell = next(field for field in template.fields if field.id == "odometer_end").cells[0]
    pixels = printed(template, known=False).copy()
    write(pixels, said, cell)
    assert len(digit_parts(cutter(pixels, "old-activity").digit(cell, LYING))) == parts


def test_digits_that_touch_are_cut_where_they_are_thinnest() -> None:
    page = np.full((72, 272), 255, np.uint8)
    for n, digit in enumerate("204"):
        cv2.putText(page, digit, (60 + 34 * n, 56), cv2.FONT_HERSHEY_SIMPLEX, 1.8, 0, 4)
    assert len(digit_parts(page)) == 3


def test_a_row_that_is_struck_out_is_no_fold() -> None:
    blank = shelf()["month", 1]
    struck, folded = blank.strokes.copy(), blank.strokes.copy()
    struck[460:462, 21 * 4 : 190 * 4] = 1
    folded[460:462] = 1
    box = Cell(119, 111.7, 7, 7)
    page = blank.gray.copy()
    page[920:924] = 90
    assert Cutter(page, folded, blank).cut(box, LYING, RING).min() > 255 - FAINT
    assert Cutter(page, struck, blank).cut(box, LYING, RING).min() < 128


def test_what_is_written_along_a_fold_stays_when_the_fold_goes() -> None:
    """A nought of which a fold took one half would be a one."""
    blank = shelf()["old-month", 1]
    box = next(field.cells[0] for field in blank.template.fields if field.id == "activities.1.7.day")
    middle = (round(8 * (box.x + box.w / 2)), round(8 * (box.y + box.h / 2)))
    page, strokes, fold = blank.gray.copy(), blank.strokes.copy(), middle[0] + 9
    cv2.ellipse(page, middle, (10, 18), 0, 0, 360, 50, 5, cv2.LINE_AA)
    plain = Cutter(page, strokes, blank).digit(box, LYING)
    away = np.arange(page.shape[1]) - fold
    folded = np.asarray(page * (1 - 0.3 * np.exp(-((away / 5) ** 2))), np.uint8)
    strokes[:, fold // 2 : fold // 2 + 2] = 1
    cut = Cutter(folded, strokes, blank).digit(box, LYING)
    written, free = plain < 150, plain > 240
    assert np.count_nonzero(cut[written] > 200) < 0.02 * np.count_nonzero(written)
    assert np.count_nonzero(cut[free] < 255 - FAINT) < 0.02 * np.count_nonzero(free)


def test_folds_that_cross_are_both_made_light() -> None:
    blank = shelf()["month", 1]
    level, upright = np.zeros_like(blank.coarse), np.zeros_like(blank.coarse)
    level[300:302], upright[:, 500:502] = 1, 1
    page = np.full_like(blank.gray, 250)
    page[598:606] = page[598:606] * 0.7
    page[:, 998:1006] = page[:, 998:1006] * 0.7
    page[590:615, 1200:1205] = 60
    light = unfolded(page, level, upright)
    assert np.count_nonzero(light < 240) == np.count_nonzero(light[590:615, 1200:1205] < 240) == 125
    assert unfolded(page, 0 * level, 0 * upright) is page
