"""What the peak's load sends: as much as was asked for, and nobody to two places at once (R-17)."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from bench.peak.load import LASTED, Someone, hours, plan
from brigade.dates import TOKYO

FIRST = dt.datetime(2026, 11, 1, tzinfo=TOKYO)
NOW = dt.datetime(2026, 11, 5, 12, tzinfo=TOKYO)
moments = st.integers(0, 6 * 24 * 60).map(lambda minutes: FIRST + dt.timedelta(minutes=minutes))


@given(st.lists(st.tuples(moments, moments).map(lambda ends: (min(ends), max(ends))), max_size=6))
def test_nobody_is_sent_to_two_places_at_once(taken: list[tuple[dt.datetime, dt.datetime]]) -> None:
    sent = list(hours(FIRST, NOW, taken))
    for start, following in pairwise([*sent, NOW]):
        assert start >= FIRST
        assert start + LASTED <= following
        assert not any(began < start + LASTED and start < end for began, end in taken)


def test_nobody_who_has_no_time_is_sent_anywhere() -> None:
    assert list(hours(FIRST, NOW, [])) == [FIRST + dt.timedelta(hours=2 * n) for n in range(54)]
    assert list(hours(FIRST, NOW, [(FIRST, NOW)])) == []


def test_all_that_was_asked_for_is_due_within_its_time() -> None:
    people = [Someone(f"m{n}", "", "", 0, iter(())) for n in range(10)]
    due = plan(people, members=90, times=10, seconds=60, chance=Random(1))
    assert {kind: sum(one[1] == kind for one in due) for kind in ("file", "read")} == {"file": 12, "read": 300}
    seconds = [one[0] for one in due]
    assert seconds == sorted(seconds)
    assert seconds[0] >= 0
    assert seconds[-1] <= 60
