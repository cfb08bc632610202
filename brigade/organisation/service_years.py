"""How long somebody has served, from dated memberships. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

ONE_DAY = dt.timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Service:
    """``days`` served in all; ``years`` and ``months`` (0 to 11) are the whole ones, as if served without a gap until today."""

    days: int
    years: int
    months: int


def service(spans: Iterable[tuple[dt.date, dt.date | None]], today: dt.date) -> Service:
    """The service up to ``today``; both ends of a span count, a day in two units counts once, a gap does not."""
    days, counted_to = 0, dt.date.min
    for first, last in sorted(spans, key=lambda span: span[0]):
        end = today if last is None else min(last, today)
        begin = max(first, counted_to + ONE_DAY)
        if begin <= end:
            days += (end - begin).days + 1
            counted_to = end
    years, months = divmod(_whole_months(today + ONE_DAY - dt.timedelta(days=days), today + ONE_DAY), 12)
    return Service(days, years, months)


def _whole_months(first: dt.date, after: dt.date) -> int:
    """Calendar months from ``first`` up to but without ``after``."""
    return (after.year - first.year) * 12 + after.month - first.month - (after.day < first.day)
