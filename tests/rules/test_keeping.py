"""Keeping times: the schedule as shipped, and the day up to which records are due, against a calendar walked day by day."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brigade.retention.records import RECORDS
from brigade.retention.schedule import DAY, FISCAL_YEAR, FOR_EVER, Keeping, due_before, read_schedule, schedule
from brigade.wording import has

DAYS = st.dates(dt.date(1990, 1, 1), dt.date(2199, 12, 31))
YEARS, PLAIN = Keeping("x", FISCAL_YEAR, "sent", 5, 0, None), Keeping("x", DAY, "sent", 90, 0, None)


def test_every_type_of_the_schedule_goes_in_some_way_and_has_words() -> None:
    assert set(schedule()) == set(RECORDS)
    for one in schedule().values():
        assert has(f"retention.record.{one.code}")
        assert has(f"retention.from.{one.start}")


def test_what_a_payment_rests_on_is_kept_while_claims_live() -> None:
    assert all(schedule()[code].least >= 5 for code in ("report", "edition", "dispute", "member"))


@given(DAYS, st.integers(0, 30), DAYS)
def test_years_are_counted_from_the_april_after(date: dt.date, years: int, today: dt.date) -> None:
    """The plain way: find the next 1 April after the date, count years from there."""
    start = dt.date(date.year if (date.month, date.day) < (4, 1) else date.year + 1, 4, 1)
    end = dt.date(start.year + years, 4, 1)
    before = due_before(YEARS, years, today)
    assert before is not None
    assert (date < before) == (today >= end)


@given(DAYS, st.integers(0, 4000), DAYS)
def test_days_are_counted_one_by_one(date: dt.date, days: int, today: dt.date) -> None:
    before = due_before(PLAIN, days, today)
    assert before is not None
    assert (date < before) == ((today - date).days > days)


@pytest.mark.parametrize(
    ("date", "today", "due"),
    [
        ("2021-03-31", "2026-03-31", False),
        ("2021-03-31", "2026-04-01", True),
        ("2021-04-01", "2026-04-01", False),
        ("2021-04-01", "2027-04-01", True),
        ("2020-02-29", "2025-03-31", False),
        ("2020-02-29", "2025-04-01", True),
    ],
)
def test_edges_of_fiscal_and_leap_years(date: str, today: str, due: bool) -> None:
    before = due_before(YEARS, 5, dt.date.fromisoformat(today))
    assert before is not None
    assert (dt.date.fromisoformat(date) < before) is due


@given(DAYS)
def test_what_is_kept_for_ever_is_never_due(today: dt.date) -> None:
    assert due_before(YEARS, None, today) is None
    assert due_before(PLAIN, 10**7, today) == dt.date.min
    assert due_before(YEARS, 10**4, today) == dt.date.min


@pytest.mark.parametrize(
    ("length", "allowed"), [(4, False), (5, True), (10, True), (100, True), (101, False), (None, True)]
)
def test_a_bureau_chooses_within_limits(length: int | None, allowed: bool) -> None:
    assert schedule()["report"].allows(length) is allowed
    assert schedule()["roster"].allows(None) is False


@pytest.mark.parametrize(
    "line",
    [
        "{code: Report, counted: day, from: sent, length: 1, least: 0, most: 2}",
        "{code: report, counted: month, from: sent, length: 1, least: 0, most: 2}",
        "{code: report, counted: day, from: never, length: 1, least: 0, most: 2}",
        "{code: report, counted: day, from: sent, length: 3, least: 0, most: 2}",
        "{code: report, counted: day, from: sent, length: 1, least: 2, most: 3}",
        f"{{code: report, counted: day, from: sent, length: {FOR_EVER}, least: 0, most: 2}}",
        "{code: report, counted: day, from: sent, length: long, least: 0, most: 2}",
        "{code: report, counted: day, from: sent, least: 0, most: 2}",
        "{code: report, counted: day, from: sent, length: 1, least: 0, most: 2, other: 1}",
    ],
)
def test_a_slip_in_the_file_stops_the_start(tmp_path: Path, line: str) -> None:
    (tmp_path / "keeping.yaml").write_text(f"records:\n  - {line}\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"keeping\.yaml"):
        read_schedule(tmp_path / "keeping.yaml")
