"""What is true on a day, where it only changes on known days: each stretch between two changes is worked out once."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Iterable
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Timeline(Generic[T]):
    """``on(day)`` gives what ``work_out`` finds for it; the rows that matter tell the days of change."""

    def __init__(self, rows: Iterable[Any], work_out: Callable[[dt.date], T]) -> None:
        self._days = sorted(days_of_change(rows))
        self._work_out = work_out
        self._known: dict[int, T] = {}

    def on(self, day: dt.date) -> T:
        """The value that holds on that day."""
        stretch = bisect_right(self._days, day)
        if stretch not in self._known:
            self._known[stretch] = self._work_out(day)
        return self._known[stretch]


def days_of_change(rows: Iterable[Any]) -> set[dt.date]:
    """First days, and days after last days, of dated rows."""
    days: set[dt.date] = set()
    for row in rows:
        days.add(row.valid_from)
        if row.valid_to is not None:
            days.add(row.valid_to + dt.timedelta(days=1))
    return days
