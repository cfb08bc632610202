"""Days, months and years as a Japanese city counts them. Pure: nothing here asks for the time.

Instants are aware and stored in UTC; a day, a month and a fiscal year are Asia/Tokyo's. ``now`` is always handed in.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from zoneinfo import ZoneInfo

TOKYO = ZoneInfo("Asia/Tokyo")

# First day of each era, newest first: Cabinet Orders on era names (元号を改める政令) of 2019, 1989, 1926, 1912, 1868.
ERAS = (
    (dt.date(2019, 5, 1), "令和"),
    (dt.date(1989, 1, 8), "平成"),
    (dt.date(1926, 12, 25), "昭和"),
    (dt.date(1912, 7, 30), "大正"),
    (dt.date(1868, 1, 25), "明治"),
)
WEEKDAYS = "月火水木金土日"
MONTHS = ("1900-01", "2199-12")
"""The first and the last month that can be asked for."""
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def utc_now() -> dt.datetime:
    """The present instant. Called at the edges (request, command), never inside the domain."""
    return dt.datetime.now(dt.UTC)


def to_tokyo(instant: dt.datetime) -> dt.datetime:
    """The same instant on a Tokyo clock."""
    return instant.astimezone(TOKYO)


def tokyo_day(instant: dt.datetime) -> dt.date:
    """The day in Japan on which the instant falls."""
    return to_tokyo(instant).date()


def day_start(day: dt.date) -> dt.datetime:
    """Midnight in Tokyo at which ``day`` begins."""
    return dt.datetime.combine(day, dt.time(), TOKYO)


def on_days(instant: Any, first: dt.date | None, last: dt.date | None) -> list[Any]:
    """What must hold for an instant, or a column of instants, from the first to the last of these days; None has no end."""
    found = [] if first is None else [instant >= day_start(first)]
    return found if last is None else [*found, instant < day_start(last + dt.timedelta(days=1))]


def month_of(instant: dt.datetime) -> str:
    """``2026-11``: the month in Japan."""
    return f"{to_tokyo(instant):%Y-%m}"


def month_before(month: str) -> str:
    """``2025-12`` for ``2026-01``."""
    return month_of(month_bounds(month)[0] - dt.timedelta(days=1))


def month_bounds(month: str) -> tuple[dt.datetime, dt.datetime]:
    """First instant of the month and of the next one. ValueError for anything but ``YYYY-MM`` of 1900 to 2199."""
    match = _MONTH.fullmatch(month)
    if not match or not MONTHS[0] <= month <= MONTHS[1]:
        raise ValueError(f"not a month: {month!r}")
    year, number = int(match[1]), int(match[2])
    first = dt.date(year, number, 1)
    after = dt.date(year + number // 12, number % 12 + 1, 1)
    return day_start(first), day_start(after)


def month_days(month: str) -> tuple[dt.date, dt.date]:
    """First and last day of the month."""
    start, after = month_bounds(month)
    return start.date(), after.date() - dt.timedelta(days=1)


def fiscal_year(day: dt.date) -> int:
    """The year from April to March that holds ``day``: 31 March 2026 belongs to 2025 (令和7年度)."""
    return day.year if day.month >= 4 else day.year - 1


def fiscal_year_bounds(year: int) -> tuple[dt.date, dt.date]:
    """First and last day of the fiscal year that begins in April of ``year``."""
    return dt.date(year, 4, 1), dt.date(year + 1, 3, 31)


def era_year(day: dt.date) -> str:
    """``令和8年``; the first year of an era is 元年."""
    for first, name in ERAS:
        if day >= first:
            year = day.year - first.year + 1
            return f"{name}{'元' if year == 1 else year}年"
    raise ValueError(f"before the Meiji era: {day}")


def era_date(day: dt.date, *, weekday: bool = False) -> str:
    """``令和8年11月8日`` or ``令和8年11月8日（日）``."""
    tail = f"（{WEEKDAYS[day.weekday()]}）" if weekday else ""
    return f"{era_year(day)}{day.month}月{day.day}日{tail}"


def era_month(month: str) -> str:
    """``令和8年11月`` for ``2026-11``; the era is that of the month's last day."""
    last = month_days(month)[1]
    return f"{era_year(last)}{last.month}月"


def overlaps(a_from: dt.datetime, a_to: dt.datetime, b_from: dt.datetime, b_to: dt.datetime) -> bool:
    """Whether two half-open spans share a moment: one that starts as the other ends does not."""
    return a_from < b_to and b_from < a_to


def within(day: dt.date, first: dt.date, last: dt.date | None) -> bool:
    """Whether ``day`` lies in a dated row; ``last`` is inclusive, None means open."""
    return first <= day and (last is None or day <= last)
