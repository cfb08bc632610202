"""Paper forms as data: ours are sound, a slip in a file is named, the sheet's code reads back, what is filled in where."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from itertools import combinations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from brigade.activity.content import CONTENT_FIELDS, PERSON_FIELDS
from brigade.forms.filling import Filling, Person, Planned, filled_pages
from brigade.forms.sheet_code import SheetCode
from brigade.forms.shelf import FORMS, forms, load_forms, newest
from brigade.forms.soundness import QUIET
from brigade.forms.targets import PERSON, REPORT, is_of_person, is_target
from brigade.forms.template_file import read_template
from brigade.organisation.member_numbers import with_check_digit

ALL = pytest.mark.parametrize("template", forms().values(), ids=[code for code, _ in forms()])
OURS = [code for code, template in newest().items() if template.own]
UNIT, EVENT = uuid.UUID("0199a3c0-0000-7000-8000-0000000000aa"), uuid.UUID("0199a3c0-0000-7000-8000-0000000000ee")
DRILL = Planned(
    EVENT, "T-01", "放水訓練", "器具置場", dt.datetime(2026, 11, 7, 23, tzinfo=dt.UTC), dt.datetime(2026, 11, 8, 2, tzinfo=dt.UTC)
)  # fmt: skip


def people(count: int) -> tuple[Person, ...]:
    return tuple(Person(with_check_digit(n), f"団員 {n}") for n in range(1, count + 1))


# --- What is shipped --------------------------------------------------------------------------------------------------


def test_three_of_ours_and_three_earlier_ones_are_there() -> None:
    assert OURS == ["activity", "roster", "month"]
    assert sorted(newest().keys() - OURS) == ["old-activity", "old-month", "old-turnout"]


@ALL
def test_every_box_lies_on_the_page_inside_the_marks_and_apart(template) -> None:
    boxes = [cell for field in template.fields for cell in field.cells]
    for cell in boxes:
        assert 0 <= cell.x < cell.x + cell.w <= template.width
        assert 0 <= cell.y < cell.y + cell.h <= template.height
        if template.own:
            assert 7 <= cell.x < cell.x + cell.w <= 203
            assert 7 <= cell.y < cell.y + cell.h <= 290
            assert min(cell.w, cell.h) >= 7
    keep_clear = [*(mark.cell for mark in template.markers), *([template.code_at] if template.code_at else [])]
    assert not [(a, b) for a, b in combinations([*boxes, *keep_clear], 2) if a.meets(b)]
    for mark in template.markers:
        white = mark.cell.moved(-QUIET, -QUIET)._replace(w=mark.cell.w + 2 * QUIET, h=mark.cell.h + 2 * QUIET)
        assert not [cell for cell in boxes if white.meets(cell)]


@ALL
def test_every_field_has_a_name_of_its_own_and_leads_somewhere(template) -> None:
    ids = [field.id for field in template.fields]
    assert len(set(ids)) == len(ids)
    assert all(is_target(field.maps_to) for field in template.fields)
    for field in template.fields:
        assert is_of_person(field.maps_to) == (field.person is not None), field.id
    rows = {field.person for field in template.fields} - {None}
    assert rows == set(range(1, template.people + 1))


@pytest.mark.parametrize("code", OURS)
def test_ours_have_eight_marks_of_their_own_and_a_code(code) -> None:
    template = newest()[code]
    first = 8 * OURS.index(code)
    assert [mark.id for mark in template.markers] == list(range(first, first + 8))
    assert template.code_at is not None
    assert "unit_id" in template.variables
    assert any(field.kind == "member_number" and len(field.cells) == 7 for field in template.fields)


def test_targets_are_fields_of_reports() -> None:
    assert {target.split(".")[0] for target in REPORT} <= set(CONTENT_FIELDS)
    assert {target.split(".")[1] for target in PERSON} <= set(PERSON_FIELDS)
    assert is_target("details.odometer_end_km")
    assert not is_target("details.odometer")
    assert not is_target("participants.shoe_size")


def test_rows_that_go_on_in_a_second_column_are_counted_on() -> None:
    field = {field.id: field for field in newest()["old-activity"].fields}
    assert (field["left.12.name"].person, field["right.13.name"].person) == (12, 13)


# --- Slips ------------------------------------------------------------------------------------------------------------

TICK = {
    "id": "acted", "type": "tick", "kind": "mark", "maps_to": "participants.acted", "label": {"ja": "出た", "en": "Came"},
    "cells": [[40, 40, 8, 8]],
}  # fmt: skip
GOOD = {
    "code": "small", "version": 1, "own": False, "label": {"ja": "小", "en": "Small"},
    "purpose": {"ja": "試し", "en": "To try"}, "variables": ["unit_id"], "page": [210, 297],
    "fields": [
        {"id": "kind", "type": "choice", "kind": "one", "maps_to": "kind", "label": {"ja": "種類", "en": "Kind"},
         "cells": {"first": [20, 20, 8, 8], "steps": [0, 20]},
         "options": [{"value": "T-01", "label": "訓練"}, {"value": "D-01", "label": "火災"}]},
        {"id": "start", "type": "time", "kind": "hour_minute", "maps_to": "started_at.time",
         "label": {"ja": "始め", "en": "Start"}, "cells": {"first": [100, 20, 8, 8], "steps": [0, 8, 18, 26]}},
    ],
    "blocks": [{"id": "people", "rows": {"count": 3, "step": 10, "of": "person"}, "fields": [TICK]}],
}  # fmt: skip
MARKS = [{"id": n, "cell": [x, y, 10, 10]} for n, (x, y) in enumerate([(7, 7), (193, 7), (7, 280), (193, 280)])]
SLIPS = {
    "unknown key": ({"colour": "red"}, "unknown key 'colour'"),
    "no code": ({"code": "Small Form"}, "'code' has a wrong form"),
    "other name": ({"code": "large"}, "the file of 'large' must bear its name"),
    "version": ({"version": 0}, "'version' must be 1 to 999"),
    "page": ({"page": [210]}, "'page' must be 2 numbers"),
    "huge page": ({"page": [2100, 297]}, "100 to 420 millimetres"),
    "variable": ({"variables": ["weather"]}, "'variables' must be a list of known names"),
    "two languages": ({"label": {"ja": "小", "en": " "}}, "both languages"),
    "marks without code": ({"markers": MARKS}, "'markers' and 'code_at' belong together"),
    "three marks": ({"markers": MARKS[:3], "code_at": [160, 30, 28, 28]}, "none, or four and more"),
    "mark of another dictionary": (
        {"markers": [*MARKS, {"id": 50, "cell": [7, 140, 10, 10]}], "code_at": [160, 30, 28, 28]},
        "markers[50]: there are marks 0 to 49",
    ),
    "mark twice": ({"markers": [*MARKS, MARKS[0]], "code_at": [160, 30, 28, 28]}, "stands there twice"),
    "flat mark": ({"markers": [*MARKS[:3], {"id": 3, "cell": [193, 280, 10, 9]}], "code_at": [160, 30, 28, 28]}, "square"),
    "text placeholder": ({"texts": [{"at": [20, 10], "words": "{colour}"}]}, "nothing is called 'colour'"),
    "row word outside rows": ({"texts": [{"at": [20, 10], "words": "{name}"}]}, "nothing is called 'name'"),
    "open brace": ({"texts": [{"at": [20, 10], "words": "{name"}]}, "a brace is open"),
    "text off the page": ({"texts": [{"at": [220, 10], "words": "外"}]}, "begins beside the page"),
    "small type of ours": ({"own": True, "texts": [{"at": [20, 10], "words": "小", "size": 9}]}, "too small to read"),
    "rule": ({"rules": [[1, 2, 3]]}, "'rules' must be 5 numbers"),
    "no fields": ({"fields": [], "blocks": []}, "a form needs fields"),
}  # fmt: skip
FIELD_SLIPS = {
    "type": ({"type": "seal"}, "'type' must be one of"),
    "kind": ({"kind": "era_date"}, "'kind' must be one of mark"),
    "nowhere": ({"maps_to": "participants.shoe_size"}, "no report has 'participants.shoe_size'"),
    "of no person": ({"maps_to": "summary"}, "'summary' belongs to no row of a person"),
    "no cells": ({"cells": []}, "'cells' must not be empty"),
    "two cells": ({"cells": [[40, 40, 8, 8], [60, 40, 8, 8]]}, "mark has 2 cells; it may have 1"),
    "flat cell": ({"cells": [[40, 40, 8]]}, "'cells' must be 4 numbers"),
    "words for numbers": ({"cells": [[40, 40, 8, "8"]]}, "'cells' must be 4 numbers"),
    "no height": ({"cells": [[40, 40, 8, 0]]}, "is not on the page"),
    "off the page": ({"cells": [[205, 40, 8, 8]]}, "is not on the page"),
    "off in the last row": ({"cells": [[40, 275, 8, 8]]}, "fields[people.3.acted]: a box of 8 × 8 at 40, 295"),
    "overlap with a row": ({"cells": [[40, 40, 8, 11]]}, "fields[people.1.acted] and fields[people.2.acted] overlap"),
    "overlap with a field": ({"cells": [[24, 24, 8, 8]]}, "fields[kind] and fields[people.1.acted] overlap at 24, 24"),
    "options": ({"options": [{"value": "x"}]}, "'options' belong to a choice"),
    "means": ({"means": 3}, "'means' must be true, false or a text"),
    "drawn": ({"drawn": "circle"}, "'drawn' must be one of"),
    "id": ({"id": "Acted!"}, "'id' has a wrong form"),
    "label": ({"label": {"ja": "出た"}}, "'en' is missing"),
}


def refusal(tmp_path, content) -> str:
    path = tmp_path / "small.yaml"
    path.write_text(
        content if isinstance(content, str) else yaml.safe_dump(content, allow_unicode=True), encoding="utf-8"
    )
    with pytest.raises(ValueError) as found:
        read_template(path)
    assert str(found.value).startswith("small.yaml")
    return str(found.value)


def test_the_small_form_is_sound(tmp_path) -> None:
    path = tmp_path / "small.yaml"
    path.write_text(yaml.safe_dump(GOOD), encoding="utf-8")
    template = read_template(path)
    assert [field.id for field in template.fields] == ["kind", "start", *(f"people.{n}.acted" for n in (1, 2, 3))]
    assert [cell.x for cell in template.fields[1].cells] == [100, 108, 118, 126]
    assert template.fields[-1].cells == ((40, 60, 8, 8),)


@pytest.mark.parametrize(("slip", "complaint"), SLIPS.values(), ids=SLIPS)
def test_a_slip_is_named(tmp_path, slip, complaint) -> None:
    assert complaint in refusal(tmp_path, GOOD | slip)


@pytest.mark.parametrize(("slip", "complaint"), FIELD_SLIPS.values(), ids=FIELD_SLIPS)
def test_a_slip_in_a_field_is_named(tmp_path, slip, complaint) -> None:
    block = GOOD["blocks"][0]
    assert complaint in refusal(tmp_path, GOOD | {"blocks": [block | {"fields": [TICK | slip]}]})


@pytest.mark.parametrize(
    ("rows", "complaint"),
    [
        ({"count": 0, "step": 10, "of": "person"}, "a count of 1 to 200"),
        ({"count": 3, "of": "person"}, "a step above 0"),
        ({"count": 3, "step": 10, "of": "horse"}, "'of' must be one of"),
        ({"count": 3, "step": 10, "of": "none"}, "belongs to the row of a person"),
    ],
)
def test_a_slip_in_repeating_is_named(tmp_path, rows, complaint) -> None:
    assert complaint in refusal(tmp_path, GOOD | {"blocks": [GOOD["blocks"][0] | {"rows": rows}]})


def test_other_slips_are_named(tmp_path) -> None:
    first, second = GOOD["fields"]
    assert "stands there twice" in refusal(tmp_path, GOOD | {"fields": [first, first]})
    unknown = first | {"options": [{"value": "T-01"}, {"value": "Q-99"}]}
    assert "no activity is of the kind 'Q-99'" in refusal(tmp_path, GOOD | {"fields": [unknown, second]})
    assert "hour_minute has 3 cells; it may have 1 or 2 or 4" in refusal(
        tmp_path, GOOD | {"fields": [second | {"cells": {"first": [100, 20, 8, 8], "steps": [0, 8, 18]}}]}
    )
    both = GOOD["blocks"][0] | {"columns": {"count": 2, "step": 10, "of": "person"}}
    assert "must not both stand for the same" in refusal(tmp_path, GOOD | {"blocks": [both]})
    marked = {"markers": MARKS, "code_at": [160, 100, 28, 28]}
    outside = TICK | {"cells": [[2, 40, 4, 8]]}
    assert "is outside the marks" in refusal(
        tmp_path, GOOD | marked | {"blocks": [GOOD["blocks"][0] | {"fields": [outside]}]}
    )
    on_mark = first | {"cells": [[18, 8, 8, 8], [40, 20, 8, 8]]}
    assert "the mark 0 and fields[kind] overlap" in refusal(tmp_path, GOOD | marked | {"fields": [on_mark]})
    assert "not yaml" in refusal(tmp_path, "code: [")
    assert "must be a mapping" in refusal(tmp_path, "- 1")
    assert "smaller than 7" in refusal(
        tmp_path, GOOD | {"own": True, "fields": [first | {"cells": [[20, 20, 8, 6], [40, 20, 8, 8]]}]}
    )


def test_two_files_may_not_contradict_each_other(tmp_path) -> None:
    whole = (FORMS / "roster.yaml").read_text(encoding="utf-8")
    (tmp_path / "roster.yaml").write_text(whole, encoding="utf-8")
    (tmp_path / "roster.2.yaml").write_text(whole.replace("version: 1", "version: 2"), encoding="utf-8")
    assert set(load_forms(tmp_path)) == {("roster", 1), ("roster", 2)}
    (tmp_path / "roster.1.yaml").write_text(whole, encoding="utf-8")
    with pytest.raises(ValueError, match="stands there twice"):
        load_forms(tmp_path)
    (tmp_path / "roster.1.yaml").unlink()
    (tmp_path / "other.yaml").write_text(whole.replace("code: roster", "code: other"), encoding="utf-8")
    with pytest.raises(ValueError, match="the mark 8 is that of"):
        load_forms(tmp_path)


# --- The code of a sheet ----------------------------------------------------------------------------------------------

codes = st.builds(
    SheetCode,
    form=st.from_regex(r"[a-z][a-z0-9-]{0,19}", fullmatch=True),
    version=st.integers(1, 999),
    page=st.just(1),
    pages=st.integers(1, 99),
    day=st.none() | st.dates(dt.date(1900, 1, 1), dt.date(2199, 12, 31)),
    month=st.none() | st.sampled_from(["1999-12", "2026-11", "2027-01"]),
    unit_id=st.none() | st.uuids(),
    event_id=st.none() | st.uuids(),
)


@given(codes)
def test_a_code_reads_back(code) -> None:
    assert str(code).isascii()
    assert SheetCode.read(str(code)) == code


def test_a_full_code_stays_short() -> None:
    longest = SheetCode("roster", 1, 10, 12, dt.date(2026, 11, 20), "2026-11", UNIT, EVENT)
    assert len(str(longest)) <= 82


@given(st.text(max_size=90) | st.builds(lambda a, b, n: str(a)[:n] + b, codes, st.text(max_size=3), st.integers(0, 80)))
def test_anything_else_is_refused_or_reads_back(text) -> None:
    try:
        code = SheetCode.read(text)
    except ValueError:
        return
    assert str(code) == text


@pytest.mark.parametrize(
    "text",
    ["", "https://example.jp/", "BF2/roster.1/1-1/-/-/-/-", "BF1/roster/1-1/-/-/-/-", "BF1/roster.1/2-1/-/-/-/-",
     "BF1/roster.1/0-1/-/-/-/-", "BF1/roster.1/1-1/20261131/-/-/-", "BF1/roster.1/1-1/-/202613/-/-",
     "BF1/roster.1/1-1/-/-/AAAA/-", "BF1/roster.1/1-1/-/-/日本/-", "BF1/roster.1/1-1/-/-/-/-/-", "BF1/ROSTER.1/1-1/-/-/-/-"],
)  # fmt: skip
def test_what_is_no_code_is_refused(text) -> None:
    with pytest.raises(ValueError):
        SheetCode.read(text)


# --- What is filled in ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("count", "pages"), [(0, 1), (1, 1), (20, 1), (21, 2), (60, 3)])
def test_a_squad_gets_as_many_pages_as_it_needs(count, pages) -> None:
    made = filled_pages(newest()["roster"], Filling(unit_id=UNIT, people=people(count)))
    assert [(page.code.page, page.code.pages) for page in made] == [(n + 1, pages) for n in range(pages)]
    assert [person for page in made for person in page.people.values()] == list(people(count))
    assert {page.code.unit_id for page in made} == {UNIT}


def test_numbers_stand_in_the_boxes_of_their_rows() -> None:
    first, second = filled_pages(newest()["roster"], Filling(unit_id=UNIT, people=people(21)))
    assert first.values["people.20.number"] == with_check_digit(20)
    assert second.values["people.1.number"] == with_check_digit(21)
    assert "people.2.number" not in second.values


@pytest.mark.parametrize(
    ("number", "boxes", "name"),
    [("1234", "   1234", "森"), ("12345678", None, "森（12345678）"), ("A-12", None, "森（A-12）"), ("１２３４", None, "森（１２３４）")],
)  # fmt: skip
def test_no_number_is_lost(number, boxes, name) -> None:
    (page,) = filled_pages(newest()["roster"], Filling(people=(Person(number, "森"),)))
    assert (page.values.get("people.1.number"), page.people[1].name) == (boxes, name)


def test_an_event_gives_its_day_and_kind() -> None:
    (page,) = filled_pages(newest()["roster"], Filling(unit_id=UNIT, event=DRILL))
    assert page.values["day"] == "081108"  # in Tokyo
    kinds = next(field for field in newest()["roster"].fields if field.id == "kind")
    marked = [option.value for option, mark in zip(kinds.options, page.values["kind"], strict=True) if mark == "x"]
    assert marked == ["T-01"]
    assert page.code.event_id == EVENT


def test_a_kind_without_a_box_is_not_marked() -> None:
    (page,) = filled_pages(newest()["roster"], Filling(event=dataclasses.replace(DRILL, kind="S-01")))
    assert "kind" not in page.values


@pytest.mark.parametrize(
    ("month", "digits"), [("2026-11", "0811"), ("2019-05", "0105"), ("2019-04", None), ("2150-01", None), (None, None)]
)
def test_a_month_gives_its_year_and_month(month, digits) -> None:
    """Before the era that the sheet has printed, and when its years have three digits, the boxes stay empty."""
    (sheet,) = filled_pages(newest()["month"], Filling(month=month))
    assert sheet.values.get("month") == digits
    (roster,) = filled_pages(newest()["roster"], Filling(month=month))
    assert roster.values.get("day") == (digits and f"{digits}  ")
    assert sheet.code.month == month


@ALL
def test_a_blank_knows_nothing(template) -> None:
    (page,) = filled_pages(template, Filling())
    assert (page.values, page.people) == ({}, {})
    assert str(page.code) == f"BF1/{template.code}.1/1-1/-/-/-/-"


def test_a_slip_deep_inside_is_named_by_its_ids(tmp_path) -> None:
    wrong = GOOD["blocks"][0] | {"fields": [TICK | {"drawn": "circle"}]}
    assert refusal(tmp_path, GOOD | {"blocks": [wrong]}).startswith("small.yaml.blocks[people].fields[acted]: 'drawn'")
