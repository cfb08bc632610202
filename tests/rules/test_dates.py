"""Days, months, fiscal and era years at their edges, and for any instant between 1900 and 2199 (R-12)."""

from __future__ import annotations

import calendar
import datetime as dt
import time

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from brigade.dates import (
    WEEKDAYS,
    day_start,
    era_date,
    era_month,
    era_year,
    fiscal_year,
    fiscal_year_bounds,
    month_before,
    month_bounds,
    month_days,
    month_of,
    on_days,
    overlaps,
    to_tokyo,
    tokyo_day,
    within,
)

JST = dt.timezone(dt.timedelta(hours=9))
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
zones = st.timedeltas(dt.timedelta(hours=-12), dt.timedelta(hours=14)).map(
    lambda away: dt.timezone(dt.timedelta(minutes=away // MINUTE))
)
instants = st.builds(dt.datetime.combine, st.dates(dt.date(1952, 1, 1), dt.date(2199, 12, 30)), st.times(), zones)
days = st.dates(dt.date(1868, 1, 25), dt.date(2199, 12, 30))
months = st.tuples(st.integers(1900, 2199), st.integers(1, 12)).map(lambda pair: "{}-{:02}".format(*pair))


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize("year", [2000, 2019, 2024, 2026, 2100])
def test_the_year_turns_at_midnight_in_tokyo(year: int, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every minute from 31 March 23:00 to 1 April 02:00, whatever the clock of the machine."""
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    start = dt.datetime(year, 3, 31, 23, tzinfo=JST)
    for minute in range(181):
        instant = (start + minute * MINUTE).astimezone(dt.UTC)
        turned = minute >= 60
        assert fiscal_year(tokyo_day(instant)) == (year if turned else year - 1)
        assert month_of(instant) == (f"{year}-04" if turned else f"{year}-03")
    monkeypatch.undo()
    time.tzset()


@given(days)
def test_a_fiscal_year_runs_from_april_to_march(day: dt.date) -> None:
    year = fiscal_year(day)
    assert dt.date(year, 4, 1) <= day < dt.date(year + 1, 4, 1)
    assert fiscal_year_bounds(year) == (dt.date(year, 4, 1), dt.date(year + 1, 3, 31))


@given(instants)
def test_tokyo_is_nine_hours_ahead(instant: dt.datetime) -> None:
    assert to_tokyo(instant) == instant
    assert to_tokyo(instant).replace(tzinfo=None) == instant.astimezone(JST).replace(tzinfo=None)
    assert day_start(tokyo_day(instant)) <= instant < day_start(tokyo_day(instant) + DAY)


@given(instants)
@example(dt.datetime(2024, 2, 29, 14, 59, 59, 999999, tzinfo=dt.UTC))
@example(dt.datetime(2024, 2, 29, 15, tzinfo=dt.UTC))
@example(dt.datetime(2026, 12, 31, 15, tzinfo=dt.UTC))
def test_an_instant_lies_in_its_month(instant: dt.datetime) -> None:
    start, after = month_bounds(month_of(instant))
    assert start <= instant < after
    assert month_of(start) == month_of(after - MINUTE) == month_of(instant) != month_of(after)
    assert month_before(month_of(after)) == month_of(instant)


@given(months)
def test_a_month_has_its_days(month: str) -> None:
    first, last = month_days(month)
    year, number = int(month[:4]), int(month[5:])
    assert (first, last) == (dt.date(year, number, 1), dt.date(year, number, calendar.monthrange(year, number)[1]))
    assert month_bounds(month) == (day_start(first), day_start(last + DAY))


NO_MONTHS = ["", "2026", "2026-1", "2026-00", "2026-13", "1899-12", "2200-01", "2026-11-01", " 2026-11", "2026-11\n"]


@pytest.mark.parametrize("text", [*NO_MONTHS, "２０２６-11"])
def test_anything_else_is_no_month(text: str) -> None:
    with pytest.raises(ValueError, match="not a month"):
        month_bounds(text)


@pytest.mark.parametrize(
    ("day", "said"),
    [
        ("1868-01-25", "明治元年1月25日"),
        ("1912-07-29", "明治45年7月29日"),
        ("1912-07-30", "大正元年7月30日"),
        ("1926-12-24", "大正15年12月24日"),
        ("1926-12-25", "昭和元年12月25日"),
        ("1927-01-01", "昭和2年1月1日"),
        ("1989-01-07", "昭和64年1月7日"),
        ("1989-01-08", "平成元年1月8日"),
        ("2019-04-30", "平成31年4月30日"),
        ("2019-05-01", "令和元年5月1日"),
        ("2019-12-31", "令和元年12月31日"),
        ("2020-01-01", "令和2年1月1日"),
        ("2024-02-29", "令和6年2月29日"),
        ("2026-11-08", "令和8年11月8日"),
    ],
)
def test_era_dates(day: str, said: str) -> None:
    assert era_date(dt.date.fromisoformat(day)) == said


@given(days)
def test_an_era_year_turns_at_new_year_or_with_the_era(day: dt.date) -> None:
    turns = {(1912, 7, 30), (1926, 12, 25), (1989, 1, 8), (2019, 5, 1)}
    after = day + DAY
    new = (after.month, after.day) == (1, 1) or (after.year, after.month, after.day) in turns
    assert (era_year(day) != era_year(after)) == new


@given(days)
def test_the_weekday_is_the_calendars(day: dt.date) -> None:
    known = WEEKDAYS[calendar.weekday(day.year, day.month, day.day)]
    assert era_date(day, weekday=True) == f"{era_date(day)}（{known}）"


def test_a_known_sunday() -> None:
    assert era_date(dt.date(2026, 11, 8), weekday=True).endswith("（日）")


def test_there_is_no_era_before_meiji() -> None:
    with pytest.raises(ValueError, match="before the Meiji era"):
        era_year(dt.date(1868, 1, 24))


def test_a_month_is_called_after_its_last_day() -> None:
    assert [era_month(month) for month in ("2019-04", "2019-05", "1989-01", "2026-11")] == [
        "平成31年4月",
        "令和元年5月",
        "平成元年1月",
        "令和8年11月",
    ]


spans = st.tuples(st.integers(0, 20), st.integers(1, 20)).map(lambda pair: (pair[0], pair[0] + pair[1]))


@given(spans, spans)
def test_spans_overlap_where_they_share_a_minute(a: tuple[int, int], b: tuple[int, int]) -> None:
    at = [dt.datetime(2026, 11, 8, tzinfo=JST) + minute * MINUTE for minute in range(41)]
    shared = bool(set(range(*a)) & set(range(*b)))
    assert overlaps(at[a[0]], at[a[1]], at[b[0]], at[b[1]]) is shared
    assert overlaps(at[b[0]], at[b[1]], at[a[0]], at[a[1]]) is shared


def test_both_ends_of_a_dated_row_count() -> None:
    first, last = dt.date(2024, 2, 29), dt.date(2025, 2, 28)
    assert [within(day, first, last) for day in (first - DAY, first, last, last + DAY)] == [False, True, True, False]
    assert within(dt.date(2199, 12, 31), first, None)


def test_days_asked_for_hold_from_the_first_to_the_last() -> None:
    first, last = dt.date(2026, 11, 8), dt.date(2026, 11, 9)
    start, end = day_start(first), day_start(dt.date(2026, 11, 10))
    for instant, held in ((start - MINUTE, False), (start, True), (end - MINUTE, True), (end, False)):
        assert all(on_days(instant, first, last)) is held
    assert on_days(start - MINUTE, None, last) == on_days(end, first, None) == [True]
    assert on_days(start, None, None) == []


def test_the_first_and_the_last_month_there_are() -> None:
    assert month_days("1900-01") == (dt.date(1900, 1, 1), dt.date(1900, 1, 31))
    assert month_days("2199-12") == (dt.date(2199, 12, 1), dt.date(2199, 12, 31))
