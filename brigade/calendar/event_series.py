"""When a repeated event is held: the days of a rule on Tokyo's clock. Asks no database.

The day arithmetic is RFC 5545's, by ``dateutil.rrule``: a month without the day asked for (the 31st, a fifth Sunday) is
left out, not moved.
"""

from __future__ import annotations

import datetime as dt
import uuid
from calendar import monthrange
from dataclasses import dataclass, replace
from itertools import islice

from dateutil.rrule import MONTHLY, WEEKLY, rrule, weekday  # type: ignore[import-untyped]  # it has no types

from brigade.dates import TOKYO, to_tokyo
from brigade.problems import FieldProblem, Invalid
from brigade.texts import YEARS

MOST = 60
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LAST = -1
"""As ``nth`` the last such weekday of a month, as ``day`` its last day."""


@dataclass(frozen=True, slots=True)
class Rule:
    """``every`` "week" or "month", each ``interval``-th one; ended by ``count`` events or after the day ``until``.

    On a ``weekday`` (0 Monday; in a month the ``nth``, 1 to 5 or LAST), or on that ``day`` of the month (1 to 31 or
    LAST). What is left out is that of the first event.
    """

    every: str
    interval: int = 1
    weekday: int | None = None
    nth: int | None = None
    day: int | None = None
    until: dt.date | None = None
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Dates:
    """The beginnings, the first one first, and the months (``2027-02``) that do not have the day asked for."""

    starts: tuple[dt.datetime, ...]
    skipped: tuple[str, ...]


def dates(rule: Rule, first: dt.datetime) -> Dates:
    """At most ``MOST`` beginnings from ``first`` on, all at its time of day. Invalid when ``first`` is not one of them."""
    local = to_tokyo(first).replace(tzinfo=None)
    _check(rule, local)
    found = list(islice(_rrule(rule, local), MOST + 1))
    if not found or found[0] != local:
        raise Invalid([FieldProblem("/series/on", "series-off-day")])
    if len(found) > MOST:
        raise Invalid([FieldProblem("/series/until", "too-many-items", {"max": MOST})])
    if found[-1].year >= YEARS[1]:
        raise Invalid([FieldProblem("/series/count", "bad-time")])
    return Dates(tuple(start.replace(tzinfo=TOKYO) for start in found), _skipped(rule, found))


def event_ids(first_id: uuid.UUID, count: int) -> list[uuid.UUID]:
    """The ids of a series: the first event's own, and for the others ids that follow from it."""
    return [first_id, *(uuid.uuid5(first_id, str(n)) for n in range(1, count))]


def _check(rule: Rule, first: dt.datetime) -> None:
    """Invalid where the parts of the rule do not go together."""
    problems = []
    if (rule.until is None) == (rule.count is None):
        problems.append(FieldProblem("/series", "series-without-end"))
    if rule.until is not None and rule.until < first.date():
        problems.append(FieldProblem("/series/until", "end-before-start"))
    if rule.every == "week" and (rule.nth is not None or rule.day is not None):
        problems.append(FieldProblem("/series/on", "series-mixed"))
    if rule.every == "month" and ((rule.weekday is None) != (rule.nth is None) or None not in (rule.day, rule.nth)):
        problems.append(FieldProblem("/series/on", "series-mixed"))
    if problems:
        raise Invalid(problems)


def _rrule(rule: Rule, first: dt.datetime) -> rrule:
    until = dt.datetime.combine(rule.until, dt.time.max) if rule.until is not None else None
    ends = {"dtstart": first, "interval": rule.interval, "until": until, "count": rule.count}
    if rule.every == "week":
        return rrule(WEEKLY, byweekday=first.weekday() if rule.weekday is None else rule.weekday, **ends)
    if rule.weekday is not None:
        return rrule(MONTHLY, byweekday=weekday(rule.weekday, rule.nth), **ends)
    return rrule(MONTHLY, bymonthday=first.day if rule.day is None else rule.day, **ends)


def _skipped(rule: Rule, found: list[dt.datetime]) -> tuple[str, ...]:
    """The months of the series, up to the last event or the day ``until``, that have no such day at all."""
    if rule.every != "month":
        return ()
    last = max(found[-1].date(), rule.until or dt.date.min)
    whole = last.replace(day=monthrange(last.year, last.month)[1])
    held = {f"{start:%Y-%m}" for start in _rrule(replace(rule, count=None, until=whole), found[0])}
    months = _rrule(replace(rule, count=None, until=whole, weekday=None, nth=None, day=1), found[0].replace(day=1))
    return tuple(month for start in months if (month := f"{start:%Y-%m}") not in held)
