"""Spans of months as they are asked for. Pure."""

from __future__ import annotations

from brigade.dates import month_bounds
from brigade.problems import FieldProblem, Invalid

MOST_MONTHS = 24


def checked_month(month: str, pointer: str = "/month") -> str:
    """The month as it stands. Invalid, naming the place, for anything but ``YYYY-MM``."""
    try:
        month_bounds(month)
    except ValueError:
        raise Invalid([FieldProblem(pointer, "bad-month")]) from None
    return month


def months_between(first: str, last: str) -> list[str]:
    """Every month from one to the other. Invalid where they stand the other way round, or are more than allowed."""
    start, end = _nth(first), _nth(last)
    if end < start:
        raise Invalid([FieldProblem("/to", "months-in-order")])
    if end - start >= MOST_MONTHS:
        raise Invalid([FieldProblem("/to", "too-many-months", {"max": MOST_MONTHS})])
    return [f"{nth // 12:04}-{nth % 12 + 1:02}" for nth in range(start, end + 1)]


def _nth(month: str) -> int:
    return int(month[:4]) * 12 + int(month[5:]) - 1
