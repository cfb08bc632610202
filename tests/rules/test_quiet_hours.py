"""Quiet hours on Tokyo's clock: over midnight, to the minute, and never for ever."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brigade.dates import TOKYO, to_tokyo
from brigade.messages.quiet_hours import DAY, after_quiet, is_quiet, minute_of_day, next_time

minutes = st.integers(0, DAY - 1)
instants = st.integers(946_684_800, 4_102_444_800).map(lambda seconds: dt.datetime.fromtimestamp(seconds, dt.UTC))
MINUTE = dt.timedelta(minutes=1)


def at(clock: str) -> dt.datetime:
    """That time of 20 November 2026 in Tokyo."""
    return dt.datetime.fromisoformat(f"2026-11-20T{clock}+09:00")


def walked(now: dt.datetime, quiet_from: int, quiet_to: int) -> dt.datetime:
    """What the clock on the wall says, minute by minute: the first moment from ``now`` on that is not quiet."""
    spans = [(0, quiet_to), (quiet_from, DAY)] if quiet_from > quiet_to else [(quiet_from, quiet_to)]
    quiet = {minute for first, last in spans for minute in range(first, last)}
    if quiet_from == quiet_to or minute_of_day(now) not in quiet:
        return now
    moment = now.replace(second=0, microsecond=0)
    while minute_of_day(moment) in quiet:
        moment += MINUTE
    return moment


@given(instants, minutes, minutes)
def test_what_waits_goes_out_at_the_first_minute_that_is_not_quiet(
    now: dt.datetime, quiet_from: int, quiet_to: int
) -> None:
    due = after_quiet(now, quiet_from, quiet_to)
    assert due == walked(now, quiet_from, quiet_to)
    assert not is_quiet(due, quiet_from, quiet_to)
    assert now <= due < now + dt.timedelta(days=1)


@given(instants, minutes)
def test_next_time_is_the_next_day_at_the_latest(now: dt.datetime, minute: int) -> None:
    found = next_time(now, minute)
    assert now < found <= now + dt.timedelta(days=1)
    assert minute_of_day(found) == minute
    assert (to_tokyo(found).second, to_tokyo(found).microsecond) == (0, 0)


@given(instants, minutes)
def test_a_span_without_length_is_never_quiet(now: dt.datetime, minute: int) -> None:
    assert after_quiet(now, minute, minute) == now


USUAL = (21 * 60 + 30, 7 * 60)


@pytest.mark.parametrize(
    ("clock", "due"),
    [
        ("21:29:59", "2026-11-20T21:29:59+09:00"),
        ("21:30:00", "2026-11-21T07:00:00+09:00"),
        ("23:59:59", "2026-11-21T07:00:00+09:00"),
        ("00:00:00", "2026-11-20T07:00:00+09:00"),
        ("06:59:59", "2026-11-20T07:00:00+09:00"),
        ("07:00:00", "2026-11-20T07:00:00+09:00"),
        ("12:00:00", "2026-11-20T12:00:00+09:00"),
    ],
)
def test_the_usual_night(clock: str, due: str) -> None:
    assert after_quiet(at(clock), *USUAL) == dt.datetime.fromisoformat(due)


def test_all_days_of_a_year_have_as_many_minutes() -> None:
    """No summer time in Japan: from any noon to the next quiet hour it is as long."""
    noons = [dt.datetime(2026, 1, 1, 12, tzinfo=TOKYO) + dt.timedelta(days=day) for day in range(365)]
    assert {(next_time(noon, USUAL[0]) - noon).total_seconds() for noon in noons} == {9.5 * 3600}
