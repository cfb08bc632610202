"""The days of repeated events: what any rule keeps to, and the ends of months by hand."""

from __future__ import annotations

import calendar
import datetime as dt
import uuid
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from brigade.calendar.event_series import LAST, MOST, Dates, Rule, dates, event_ids
from brigade.dates import TOKYO, to_tokyo
from brigade.problems import Invalid

SUNDAY = 6


def at(year: int, month: int, day: int, hour: int = 9) -> dt.datetime:
    return dt.datetime(year, month, day, hour, tzinfo=TOKYO)


def days(found: Dates) -> list[str]:
    return [f"{to_tokyo(start):%Y-%m-%d}" for start in found.starts]


def complaints(rule: Rule, first: dt.datetime) -> dict[str, str]:
    with pytest.raises(Invalid) as refused:
        dates(rule, first)
    return {problem.pointer: problem.code for problem in refused.value.problems}


# --- By hand ----------------------------------------------------------------------------------------------------------

BY_HAND: dict[str, tuple[Rule, dt.datetime, list[str], tuple[str, ...]]] = {
    "every week as the first": (
        Rule("week", count=3), at(2026, 12, 24), ["2026-12-24", "2026-12-31", "2027-01-07"], (),
    ),
    "every other Sunday": (
        Rule("week", 2, weekday=SUNDAY, until=dt.date(2026, 12, 6)), at(2026, 11, 8),
        ["2026-11-08", "2026-11-22", "2026-12-06"], (),
    ),
    "the day before the end": (
        Rule("week", weekday=SUNDAY, until=dt.date(2026, 12, 5)), at(2026, 11, 22), ["2026-11-22", "2026-11-29"], (),
    ),
    "second Sunday": (
        Rule("month", weekday=SUNDAY, nth=2, count=3), at(2026, 11, 8), ["2026-11-08", "2026-12-13", "2027-01-10"], (),
    ),
    "last Sunday": (
        Rule("month", weekday=SUNDAY, nth=LAST, count=4), at(2026, 11, 29),
        ["2026-11-29", "2026-12-27", "2027-01-31", "2027-02-28"], (),
    ),
    "fifth Sunday": (
        Rule("month", weekday=SUNDAY, nth=5, until=dt.date(2027, 2, 28)), at(2026, 11, 29),
        ["2026-11-29", "2027-01-31"], ("2026-12", "2027-02"),
    ),
    "the 31st": (
        Rule("month", count=3), at(2026, 10, 31), ["2026-10-31", "2026-12-31", "2027-01-31"], ("2026-11",),
    ),
    "the 31st until February": (
        Rule("month", day=31, until=dt.date(2027, 2, 28)), at(2027, 1, 31), ["2027-01-31"], ("2027-02",),
    ),
    "the last day": (
        Rule("month", day=LAST, count=4), at(2027, 12, 31), ["2027-12-31", "2028-01-31", "2028-02-29", "2028-03-31"], (),
    ),
    "every third month": (
        Rule("month", 3, day=15, count=3), at(2026, 11, 15), ["2026-11-15", "2027-02-15", "2027-05-15"], (),
    ),
    "every sixth month on the 31st": (
        Rule("month", 6, count=2), at(2026, 8, 31), ["2026-08-31", "2027-08-31"], ("2027-02",),
    ),
    "just after midnight in Japan": (
        Rule("month", day=1, count=2), dt.datetime(2026, 10, 31, 15, 30, tzinfo=dt.UTC), ["2026-11-01", "2026-12-01"], (),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", BY_HAND)
def test_the_days_are_those_of_a_calendar_on_the_wall(name: str) -> None:
    rule, first, wanted, skipped = BY_HAND[name]
    found = dates(rule, first)
    assert (days(found), found.skipped) == (wanted, skipped)
    assert found.starts[0] == first


WRONG: dict[str, tuple[Rule, dict[str, str]]] = {
    "no end": (Rule("week"), {"/series": "series-without-end"}),
    "two ends": (Rule("week", count=2, until=dt.date(2027, 1, 1)), {"/series": "series-without-end"}),
    "over before it begins": (Rule("week", until=dt.date(2026, 11, 7)), {"/series/until": "end-before-start"}),
    "more than sixty": (Rule("week", until=dt.date(2028, 1, 2)), {"/series/until": "too-many-items"}),
    "another weekday": (Rule("week", weekday=0, count=2), {"/series/on": "series-off-day"}),
    "another week": (Rule("month", weekday=SUNDAY, nth=3, count=2), {"/series/on": "series-off-day"}),
    "another day": (Rule("month", day=9, count=2), {"/series/on": "series-off-day"}),
    "the last day, which it is not": (Rule("month", day=LAST, count=2), {"/series/on": "series-off-day"}),
    "a week's day of the month": (Rule("week", day=8, count=2), {"/series/on": "series-mixed"}),
    "a weekday of any week": (Rule("month", weekday=SUNDAY, count=2), {"/series/on": "series-mixed"}),
    "the second of nothing": (Rule("month", nth=2, count=2), {"/series/on": "series-mixed"}),
    "both ways at once": (Rule("month", weekday=SUNDAY, nth=2, day=8, count=2), {"/series/on": "series-mixed"}),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_rule_that_does_not_go_together_is_told_where(name: str) -> None:
    rule, wanted = WRONG[name]
    assert complaints(rule, at(2026, 11, 8)) == wanted


def test_a_series_ends_before_the_calendar_does() -> None:
    assert complaints(Rule("month", 12, day=29, count=MOST), at(2028, 2, 29)) == {"/series/count": "bad-time"}


# --- Whatever the rule ------------------------------------------------------------------------------------------------

FIRSTS = st.builds(
    lambda day, time: dt.datetime.combine(day, time.replace(second=0, microsecond=0), TOKYO),
    st.dates(dt.date(2024, 1, 1), dt.date(2030, 12, 31)),
    st.times(),
)


@st.composite
def rules(draw: st.DrawFn, first: dt.datetime) -> Rule:
    """Any rule that ``first`` fits."""
    of_month = calendar.monthrange(first.year, first.month)[1]
    ways = [Rule("week"), Rule("week", weekday=first.weekday()), Rule("month"), Rule("month", day=first.day)]
    ways.append(Rule("month", weekday=first.weekday(), nth=(first.day - 1) // 7 + 1))
    if first.day > of_month - 7:
        ways.append(Rule("month", weekday=first.weekday(), nth=LAST))
    if first.day == of_month:
        ways.append(Rule("month", day=LAST))
    rule = replace(draw(st.sampled_from(ways)), interval=draw(st.integers(1, 4)))
    if draw(st.booleans()):
        return replace(rule, count=draw(st.integers(1, MOST)))
    return replace(rule, until=first.date() + dt.timedelta(days=draw(st.integers(0, 400))))


@given(st.data())
def test_the_clock_on_the_wall_stays_no_day_comes_twice_and_the_end_is_kept(data: st.DataObject) -> None:
    first = data.draw(FIRSTS)
    rule = data.draw(rules(first))
    try:
        found = dates(rule, first)
    except Invalid as refused:
        assume([problem.code for problem in refused.problems] != ["too-many-items"])
        raise
    local = [to_tokyo(start) for start in found.starts]
    assert local[0] == first
    assert {start.time() for start in local} == {first.time()}
    assert len({start.date() for start in local}) == len(local) <= MOST
    assert local == sorted(local)
    if rule.count is not None:
        assert len(local) == rule.count
    if rule.until is not None:
        assert local[-1].date() <= rule.until
    if rule.every == "week":
        steps = {(later - earlier).days for earlier, later in pairwise(local)}
        assert steps <= {7 * rule.interval}
    else:
        _check_months(rule, first, local, found.skipped)


def _check_months(rule: Rule, first: dt.datetime, local: list[dt.datetime], skipped: tuple[str, ...]) -> None:
    """Each month of the rhythm is held on the right day, or said to be left out because it has none."""
    months = [(start.year, start.month) for start in local] + [(int(m[:4]), int(m[5:])) for m in skipped]
    assert len(set(months)) == len(months)
    numbers = sorted(year * 12 + month - 1 for year, month in months)
    assert numbers == list(range(first.year * 12 + first.month - 1, numbers[-1] + 1, rule.interval))
    for start in local:
        last = calendar.monthrange(start.year, start.month)[1]
        if rule.weekday is None:
            assert start.day == (last if rule.day == LAST else first.day)
        else:
            assert start.weekday() == rule.weekday
            assert start.day > last - 7 if rule.nth == LAST else (start.day - 1) // 7 + 1 == rule.nth
    for month in skipped:
        last = calendar.monthrange(int(month[:4]), int(month[5:]))[1]
        fifths = [
            day for day in range(29, last + 1) if dt.date(int(month[:4]), int(month[5:]), day).weekday() == rule.weekday
        ]
        assert last < first.day if rule.weekday is None else rule.nth == 5 and not fifths


@given(st.uuids(), st.integers(1, MOST))
def test_ids_of_a_series_follow_from_the_first(first: uuid.UUID, count: int) -> None:
    ids = event_ids(first, count)
    assert ids == event_ids(first, count)
    assert ids[0] == first
    assert len(set(ids)) == count
