"""Days, months and times of day decoded as a whole."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brigade.activity.kind_types import Label
from brigade.forms.template import Cell, Field
from ocr.marks import FieldMarks
from ocr.reading.clocks import day_or_month, time_of_day
from ocr.reading.decode import Guesses, boxes_of
from ocr.reading.known import Known
from tests.ocr.pages import TODAY, odds

KNOWN = Known(TODAY)


def read(kind: str, said: Sequence[str], known: Known = KNOWN) -> Guesses:
    field = Field("f", "time" if kind == "hour_minute" else "date", kind, "started_at.time" if kind == "hour_minute" else
                  "started_at.day", (Cell(0, 0, 8, 8),) * len(said), Label("x", "x"))  # fmt: skip
    cells = tuple(tuple(odds(letter) for letter in part) for part in said)
    found = boxes_of(FieldMarks("f", cells, ink=tuple(0.05 if part.strip("_ ") else 0.0 for part in said)))
    return time_of_day(field, found, known) if field.type == "time" else day_or_month(field, found, known)


@pytest.mark.parametrize(
    ("kind", "said", "value"),
    [
        ("era_date", "081108", "2026-11-08"),
        ("era_date", "_811_8", "2026-11-08"),
        ("era_date", "8_1108", "2026-11-08"),
        ("era_date", ("8", "11", "8"), "2026-11-08"),
        ("era_date", ("08", "3", "31"), "2026-03-31"),
        ("era_date", ("81108",), "2026-11-08"),
        ("era_date", ("8?11?8",), "2026-11-08"),
        ("era_date", "______", None),
        ("era_date", ("", "", ""), None),
        ("era_month", "0811", "2026-11"),
        ("era_month", ("8", "9"), "2026-09"),
        ("month_day", "1103", "11-03"),
        ("month_day", ("11", "5"), "11-05"),
        ("day", "08", "08"),
        ("day", "_8", "08"),
        ("day", ("31",), "31"),
        ("hour_minute", "1930", "19:30"),
        ("hour_minute", "_900", "09:00"),
        ("hour_minute", ("9", "05"), "09:05"),
        ("hour_minute", ("19", "0"), "19:00"),
        ("hour_minute", "2400", "24:00"),
        ("hour_minute", "0000", "00:00"),
        ("hour_minute", ("930",), "09:30"),
        ("hour_minute", "____", None),
    ],
)
def test_what_calendar_and_clock_have_is_read(kind: str, said: Sequence[str], value: str | None) -> None:
    best = read(kind, said).best[0]
    assert (best.value, best.probability > 0.9) == (value, True)


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("era_date", "081131"),  # November has 30 days
        ("era_date", "081301"),
        ("era_date", "090101"),  # in the future
        ("era_date", "081129"),  # tomorrow
        ("era_date", "260801"),  # a year of the common era
        ("era_date", "010430"),  # the last day of the era before
        ("era_date", "0811__"),
        ("era_month", "0813"),
        ("era_month", "0812"),
        ("day", "32"),
        ("day", "00"),
        ("hour_minute", "2530"),
        ("hour_minute", "1960"),
        ("hour_minute", "2430"),
        ("hour_minute", "19__"),
        ("era_date", ("8", "111", "8")),
    ],
)
def test_what_neither_has_is_no_value(kind: str, said: Sequence[str]) -> None:
    found = read(kind, said)
    assert not found.best or found.best[0].probability < 0.9 or found.weakest < 0.005


def test_a_leap_day_is_one() -> None:
    assert read("era_date", "060229").best[0].value == "2024-02-29"
    assert read("era_date", "070229").weakest < 0.005


def test_the_events_day_decides_between_two_digits() -> None:
    doubtful = FieldMarks("f", (*((odds(letter),) for letter in "08110"), (odds("8", 0.5, "3"),)), ink=(0.05,) * 6)
    field = Field("f", "date", "era_date", "started_at.day", (Cell(0, 0, 8, 8),) * 6, Label("x", "x"))
    for day in (3, 8):
        found = day_or_month(field, boxes_of(doubtful), replace(KNOWN, day=dt.date(2026, 11, day)))
        assert found.best[0].value == f"2026-11-{day:02d}"
        assert found.best[0].probability > 0.99


def test_a_printed_month_without_a_day_is_no_day() -> None:
    best = read("era_date", "0811__", replace(KNOWN, printed={"f": "0811  "})).best[0]
    assert (best.value, best.probability > 0.99) == (None, True)


def test_quarter_hours_are_likelier() -> None:
    digits = (*((odds(letter),) for letter in "193"), (odds("0", 0.5, "8"),))
    field = Field("f", "time", "hour_minute", "started_at.time", (Cell(0, 0, 8, 8),) * 4, Label("x", "x"))
    assert time_of_day(field, boxes_of(FieldMarks("f", digits, ink=(0.05,) * 4)), KNOWN).best[0].value == "19:30"


@given(st.dates(dt.date(2019, 5, 1), TODAY))
def test_every_day_of_the_era_until_today_is_read(day: dt.date) -> None:
    best = read("era_date", f"{day.year - 2018:02d}{day:%m%d}").best[0]
    assert (best.value, best.probability > 0.8) == (day.isoformat(), True)


def test_the_years_of_a_new_era_are_counted_anew() -> None:
    assert read("era_date", "310430", Known(dt.date(2019, 4, 30))).best[0].value == "2019-04-30"
