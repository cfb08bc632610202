"""Forms are found in pictures however they lie, to a tenth of a millimetre; what is none of them is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from brigade.forms.shelf import forms
from brigade.forms.template import Template
from ocr.looking.blanks import Blank, blank_from, shelf
from ocr.looking.frames import frames
from ocr.looking.picture import evened
from ocr.looking.registration import Placed, Refusal, registered
from tests.ocr.sheets import DPI, PEN, SCALE, Sheet, covered, photo, printed, sheet, turned, without_side

OWN, EARLIER = ("activity", "roster", "month"), ("old-activity", "old-month", "old-turnout")
WAYS: dict[str, Callable[[Sheet], Sheet]] = {
    "as it is": lambda sheet: sheet,
    "askew": lambda sheet: turned(sheet, 4.0),
    "upside down": lambda sheet: turned(sheet, 181.0),
    "turned left": lambda sheet: turned(sheet, 90.5),
    "photo": photo,
    "right side cut off": lambda sheet: without_side(sheet, "right"),
    "third covered": lambda sheet: covered(sheet, "left"),
}


def found(seen: Sheet) -> Placed:
    placed = registered(seen.pixels, shelf())
    assert not isinstance(placed, Refusal), placed
    return placed[0]


def errors(placed: Placed, seen: Sheet) -> np.ndarray:
    """How many millimetres places all over the visible page are off."""
    width, height = placed.lay.size
    places = np.stack(np.meshgrid(np.arange(10, width, 20), np.arange(10, height, 20)), axis=-1).reshape(-1, 2)
    there = seen.at(places)
    high, wide = seen.pixels.shape[:2]
    inside = (there >= 0).all(axis=1) & (there < (wide, high)).all(axis=1)
    return np.hypot(*(placed.lay.pixels(places) - there)[inside].T) / placed.lay.density


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("form", [*OWN, *EARLIER])
def test_a_form_is_found_however_it_lies(form: str, way: str) -> None:
    seen = WAYS[way](sheet(form, seed=len(way)))
    placed = found(seen)
    assert placed.blank.template.code == form
    assert np.median(errors(placed, seen)) < 0.15
    assert "covered" in way or errors(placed, seen).max() < 0.4


@pytest.mark.parametrize("side", ["left", "top", "bottom"])
@pytest.mark.parametrize("form", OWN)
def test_our_sheets_are_found_without_any_side(form: str, side: str) -> None:
    for seen in (without_side(sheet(form), side), covered(sheet(form), side)):
        placed = found(seen)
        assert placed.blank.template.code == form
        assert np.median(errors(placed, seen)) < 0.15


@pytest.mark.parametrize("form", [*OWN, *EARLIER])
def test_frames_fit_where_the_page_is_seen_and_nowhere_else(form: str) -> None:
    whole = found(sheet(form))
    assert whole.quality > 0.85
    assert min(frame.fit for frame in frames(whole.page, whole.blank).values()) > 0.4
    cut = found(without_side(sheet(form), "right"))
    gone = [
        fit.fit
        for field in cut.blank.template.fields
        if field.cells[0].x > 0.78 * cut.lay.size[0]
        for fit in [frames(cut.page, cut.blank)[field.id]]
    ]
    assert max(gone, default=0) < 0.35


def test_curled_paper_is_bent_straight() -> None:
    flat = sheet("old-turnout")
    high, wide = flat.pixels.shape[:2]
    y, x = np.mgrid[0:high, 0:wide].astype(np.float32)
    wave = 1.2 * DPI / 25.4 * (1 - (2 * x / wide - 1) ** 2)
    curled = cv2.remap(flat.pixels, x, y + wave.astype(np.float32), cv2.INTER_LINEAR, borderValue=(255, 255, 255))
    placed = found(replace(flat, pixels=curled))
    places = np.array([[30.0, 150.0], [105.0, 150.0], [105.0, 40.0], [180.0, 260.0]])
    there = flat.at(places)
    there[:, 1] -= 1.2 * DPI / 25.4 * (1 - (2 * there[:, 0] / wide - 1) ** 2)
    assert np.hypot(*(placed.lay.pixels(places) - there).T).max() / placed.lay.density < 0.25


def words() -> np.ndarray:
    page = np.full((1754, 1240, 3), 250, np.uint8)
    for n in range(50):
        cv2.putText(page, f"{n * 7919} quick brown foxes {n}", (90, 80 + n * 32), 0, 0.9, (30, 30, 30), 2)
    return page


def table() -> np.ndarray:
    page = np.full((1754, 1240, 3), 250, np.uint8)
    for x in range(90, 1180, 120):
        cv2.line(page, (x, 120), (x, 1620), (20, 20, 20), 2)
    for y in range(120, 1640, 47):
        cv2.line(page, (90, y), (1170, y), (20, 20, 20), 2)
    return page


def scenery() -> np.ndarray:
    rng = np.random.default_rng(3)
    page = cv2.resize(rng.integers(0, 255, (18, 13, 3), dtype=np.uint8), (1240, 1754), interpolation=cv2.INTER_CUBIC)
    for _ in range(60):
        middle = tuple(int(n) for n in rng.integers(0, 1200, 2))
        cv2.circle(page, middle, int(rng.integers(5, 160)), tuple(int(n) for n in rng.integers(0, 255, 3)), -1)
    return page


FOREIGN = {
    "words": (words, "not-a-form"),
    "table": (table, "not-a-form"),
    "scenery": (scenery, "not-a-form"),
    "bare paper": (lambda: np.full((1754, 1240, 3), 244, np.uint8), "empty-page"),
    "one pixel": (lambda: np.zeros((1, 1, 3), np.uint8), "not-a-form"),
    "one line of pixels": (lambda: np.full((3, 4000, 3), 90, np.uint8), "not-a-form"),
    "black": (lambda: np.zeros((1754, 1240, 3), np.uint8), "not-a-form"),
    "blurred": (lambda: cv2.GaussianBlur(sheet("old-month").pixels, (0, 0), 6), "too-blurred"),
}


@pytest.mark.parametrize("what", FOREIGN)
def test_what_is_no_form_is_refused_and_told_why(what: str) -> None:
    draw, why = FOREIGN[what]
    assert registered(draw(), shelf()) == why


@pytest.mark.parametrize("form", [*OWN, *EARLIER])
def test_a_mirrored_page_is_refused(form: str) -> None:
    mirrored = np.ascontiguousarray(sheet(form).pixels[:, ::-1])
    assert isinstance(registered(mirrored, shelf()), Refusal)


def test_a_corner_of_a_sheet_is_too_little() -> None:
    corner = np.ascontiguousarray(sheet("activity").pixels[:500, :500])
    assert registered(corner, shelf()) == "cut-off"


def changed(template: Template, dx: float, dy: float, version: int = 1) -> Template:
    """The form with everything but marks and code elsewhere, some boxes more than others."""
    blocks = tuple(
        replace(
            block,
            fields=tuple(
                replace(field, cells=tuple(cell.moved(dx * (n % 3), dy) for cell in field.cells))
                for n, field in enumerate(block.fields)
            ),
            texts=tuple(text.moved(-dx, dy) for text in block.texts),
            rules=tuple(rule.moved(0, dy) for rule in block.rules),
        )
        for block in template.blocks
    )
    single = tuple(replace(one, cells=tuple(c.moved(0, -dy) for c in one.cells)) for one in template.single)
    return replace(
        template, version=version, blocks=blocks, single=single,
        texts=tuple(text.moved(dx, -dy) for text in template.texts),
        rules=tuple(rule.moved(0, -dy) for rule in template.rules),
    )  # fmt: skip


@pytest.mark.parametrize("form", OWN)
def test_the_same_marks_around_another_layout_are_refused(form: str) -> None:
    other = sheet(changed(forms()[form, 1], 4.0, 3.0))
    assert registered(other.pixels, shelf()) == "unknown-version"


@pytest.mark.parametrize("form", ["month", "old-turnout"])
def test_of_two_versions_the_right_one_is_best(form: str) -> None:
    first = shelf()[form, 1]
    template = changed(first.template, 0.0, 4.0, version=2)
    png = cv2.imencode(".png", cv2.cvtColor(printed(template, known=False), cv2.COLOR_RGB2GRAY))[1].tobytes()
    second = blank_from(template, png)
    both: dict[tuple[str, int], Blank] = {(form, 1): first, (form, 2): second}
    for page in (sheet(form), sheet(template)):
        placed = registered(photo(page).pixels, both)
        assert not isinstance(placed, Refusal)
        assert placed[0].blank.template.version == page.template.version


def test_moved_boxes_are_seen_field_by_field() -> None:
    template = forms()["roster", 1]
    people = template.blocks[0]
    fields = tuple(
        replace(field, cells=tuple(cell.moved(3.5, 0) for cell in field.cells)) if field.id == "part" else field
        for field in people.fields
    )
    placed = found(sheet(replace(template, blocks=(replace(people, fields=fields), *template.blocks[1:]))))
    fits = frames(placed.page, placed.blank)
    assert all(fits[f"people.{row}.part"].fit < 0.35 for row in range(1, 21))
    assert all(fits[f"people.{row}.acted"].fit > 0.6 for row in range(1, 21))


def test_a_box_that_was_blackened_over_its_frame_still_lies_where_the_form_has_it() -> None:
    """Its ink hides its lines; under another paper they are gone."""
    page = sheet("month", seed=3, share=0)
    boxes = {field.id: field.cells[0] for field in page.template.fields if field.id.startswith("came.")}
    blackened = list(boxes)[4:40:3]
    for id_ in blackened:
        x, y, w, h = (side * SCALE for side in boxes[id_])
        ends = (round(x - 0.04 * w), round(y + 0.05 * h)), (round(x + 1.06 * w), round(y + 1.04 * h))
        cv2.rectangle(page.pixels, *ends, PEN, -1)
    placed = found(page)
    gray = evened(placed.lay.straightened(page.pixels, 8), 8)
    fits = frames(placed.page, placed.blank, gray)
    unseen = frames(placed.page, placed.blank)
    assert min(fits[id_].fit for id_ in boxes) > 0.35
    assert min(unseen[id_].fit for id_ in blackened) < 0.35
    hidden = found(covered(page, "bottom"))
    gray = evened(hidden.lay.straightened(covered(page, "bottom").pixels, 8), 8)
    below = [id_ for id_, cell in boxes.items() if cell.y > 0.75 * placed.lay.size[1]]
    fits = frames(hidden.page, hidden.blank, gray)
    assert below
    assert all(fits[id_].fit < 0.35 for id_ in below)
