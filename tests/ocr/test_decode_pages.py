"""Whatever was seen on a page is read without an error, and honestly."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from brigade import wording
from brigade.forms.shelf import forms
from brigade.forms.template import Field, Template
from ocr.marks import Digit, FieldMarks, PageMarks, page_marks
from ocr.reading.known import Known
from ocr.reading.read import read_page
from ocr.reading.readings import FieldReading, Status
from ocr.reading.reasons import BORNE_OUT, Reason
from ocr.reading.thresholds import IMPORTANCE, NEEDS, least_confidence
from tests.ocr.pages import FREE, KNOWN, MARKED, ROSTER, SPOILT, TODAY, blank_field, form, odds, page, read

SIGNS = "0123456789_?"
TICKS = (FREE, MARKED, SPOILT, (0.4, 0.4, 0.2), (1.0, 0.0, 0.0))
SHARES = (0.0, 0.001, 0.02, 0.08, 0.2, 1.0)
TEXTS = ("", "〃", "佐藤一郎", "訓練", "8", "団員\u3000", "🚒")


def known(chance: Random) -> Known:
    """Anything that the records may know, fitting the page or not."""
    return Known(
        today=chance.choice((dt.date(2019, 5, 1), TODAY, dt.date(2030, 2, 28))),
        roster=chance.choice(((), ROSTER, ROSTER[:1])),
        printed=chance.choice(
            ({}, {"day": "0811  ", "people.1.number": ROSTER[0].number, "unit": "第1班", "kind": "x"})
        ),
        month=chance.choice((None, "2026-11", "2024-02")),
        day=chance.choice((None, TODAY)),
        starts=chance.choice((None, "19:00")),
        ends=chance.choice((None, "24:00")),
        odometer=chance.choice((None, 0, 12_345)),
        pages=chance.choice((1, 2)),
    )


def seen(template: Template, chance: Random) -> PageMarks:
    """Marks of any kind on some fields of the form; the others are blank."""
    share = chance.choice((0.05, 0.3, 1.0))
    fields = tuple(
        _marks(field, chance) if chance.random() < share else blank_field(field) for field in template.fields
    )
    return PageMarks(template.code, template.version, None, chance.choice(SHARES), 0.0, fields)


def _marks(field: Field, chance: Random) -> FieldMarks:
    count = len(field.cells)
    marks = replace(
        blank_field(field), ink=tuple(chance.choice(SHARES) for _ in range(count)), frame=chance.choice(SHARES)
    )
    if field.type in ("tick", "choice"):
        return replace(marks, ticks=tuple(chance.choice(TICKS) for _ in range(count)))
    if field.type == "text":
        return replace(marks, text=chance.choice(TEXTS), text_confidence=chance.choice(SHARES))
    longest = chance.choice((1, 1, 1, 2, 12))
    lengths = (chance.randint(longest > 1, longest) for _ in range(count))
    return replace(marks, digits=tuple(tuple(_digit(chance) for _ in range(length)) for length in lengths))


def _digit(chance: Random) -> Digit:
    return odds(chance.choice(SIGNS), chance.choice((0.3, 0.6, 0.9, 0.999, 1.0)))


@pytest.mark.parametrize("key", sorted(forms()))
@settings(max_examples=10)
@given(seed=st.integers(0, 2**32))
def test_any_marks_are_read(key: tuple[str, int], seed: int) -> None:
    template, chance = forms()[key], Random(seed)
    marks = seen(template, chance)
    assert page_marks(marks.as_json(), template).form == template.code  # they are marks that may come in
    found = read_page(template, marks, known(chance))
    assert [field.id for field in found.fields] == [field.id for field in template.fields]
    for reading, field in zip(found.fields, template.fields, strict=True):
        assert 0 <= reading.confidence <= 1
        assert len(reading.alternatives) <= 5
        assert all(0 <= one.probability <= 1 and one.value != reading.value for one in reading.alternatives)
        if reading.status is Status.SURE:
            assert reading.confidence >= least_confidence(field, reading.value)
            assert not reading.alternatives
            assert set(reading.reasons) <= BORNE_OUT
            assert marks.by_id[field.id].frame >= 0.35
        else:
            assert reading.reasons
        if reading.status is Status.UNREADABLE:
            assert reading.value is None


def test_marks_of_another_form_are_refused() -> None:
    with pytest.raises(ValueError, match="not of roster"):
        read_page(form("roster"), page("month"), KNOWN)


def test_every_reason_has_words_in_both_languages() -> None:
    for reason in Reason:
        for lang in wording.LANGUAGES:
            assert wording.has(f"reading.reason.{reason}"), reason
            assert wording.text(f"reading.reason.{reason}", lang)
    left = {key for key in wording.words("ja") if key.startswith("reading.reason.")}
    assert left == {f"reading.reason.{reason}" for reason in Reason}


def test_thresholds_speak_of_what_there_is() -> None:
    targets = {field.maps_to for template in forms().values() for field in template.fields}
    kinds = {field.kind for template in forms().values() for field in template.fields}
    assert targets >= IMPORTANCE.keys()
    assert kinds | {"amount", "month_day"} >= NEEDS.keys()
    assert all(facts <= BORNE_OUT for needs in NEEDS.values() for facts in needs)


@settings(max_examples=12)
@given(
    st.sampled_from(["start", "day", "people.1.number"]),
    st.integers(0, 3),
    st.floats(0.5, 0.999),
    st.sampled_from("0123456789?"),
)
def test_less_probability_makes_no_field_surer(id_: str, place: int, sure: float, other: str) -> None:
    said = {"day": "081108", "start": "1900", "end": "2100", "people.1.number": ROSTER[0].number}
    if other == said[id_][place]:
        return
    marks = page("roster", said)
    field = marks.by_id[id_]

    def read_with(share: float) -> FieldReading:
        cells = (*field.digits[:place], (odds(said[id_][place], share, other),), *field.digits[place + 1 :])
        changed = replace(field, digits=cells)
        return read(replace(marks, fields=tuple(changed if one.id == id_ else one for one in marks.fields)))[id_]

    before, after = read_with(0.9995), read_with(sure)
    if after.value == before.value:
        assert after.confidence <= before.confidence + 1e-9
