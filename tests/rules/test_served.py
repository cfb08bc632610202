"""In which rank who served when: against a look at every single day, and the year's pay that follows from it."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brigade.dates import fiscal_year_bounds
from brigade.organisation.ranks import PostName, Typed
from brigade.pay.annual import AnnualPay, annual_pay
from brigade.pay.served import RANKS, Held, Span, rank_on, served
from tests.rules.test_annual_pay import rules

DAY, ONE = dt.date, dt.timedelta(days=1)
FIRST, LAST = fiscal_year_bounds(2026)
AROUND = st.dates(DAY(2026, 1, 1), DAY(2027, 6, 30))
WHOLE = Span(DAY(2020, 4, 1), None)


@st.composite
def spans(draw: st.DrawFn) -> Span:
    first = draw(AROUND)
    return Span(first, draw(st.none() | st.dates(first, DAY(2027, 12, 31))))


POSTS = st.builds(Held, st.sampled_from([post.value for post in PostName]), spans())
ALWAYS = [Typed("ordinary", DAY.min, None)]
KINDS_OF_MEMBER = ("ordinary", "function_limited", "staff")


@st.composite
def typed(draw: st.DrawFn) -> list[Typed]:
    """Every type of a person, who changed up to four times: all days, each once."""
    turns = sorted(draw(st.sets(AROUND, max_size=4)))
    found = [draw(st.sampled_from(KINDS_OF_MEMBER)) for _ in range(len(turns) + 1)]
    return [
        Typed(one, first, last and last - ONE)
        for one, first, last in zip(found, [DAY.min, *turns], [*turns, None], strict=True)
    ]


@given(st.lists(spans(), max_size=3), st.lists(POSTS, max_size=4), st.lists(spans(), max_size=3), typed())
def test_as_a_look_at_every_day_says(
    memberships: list[Span], posts: list[Held], absences: list[Span], types: list[Typed]
) -> None:
    found = served(memberships, posts, absences, types, FIRST, LAST)
    by_day = {
        span.first + ONE * nth: (span.rank, span.limited)
        for span in found
        for nth in range((span.last - span.first).days + 1)
    }
    assert len(by_day) == sum((span.last - span.first).days + 1 for span in found)
    for nth in range((LAST - FIRST).days + 1):
        day = FIRST + ONE * nth
        there = [span for span in memberships if span.first <= day and (span.last is None or day <= span.last)]
        away = [span for span in absences if span.first <= day and (span.last is None or day <= span.last)]
        [as_what] = [one.member_type for one in types if one.first <= day and (one.last is None or day <= one.last)]
        counts = there and not away and as_what != "staff"
        assert by_day.get(day) == ((rank_on(day, posts), as_what == "function_limited") if counts else None)
    assert all((a.rank, a.limited) != (b.rank, b.limited) or a.last + ONE < b.first for a, b in pairwise(found))


def test_the_highest_post_counts() -> None:
    posts = [Held(post.value, Span(DAY(2026, 1, 1) + ONE * nth, None)) for nth, post in enumerate(reversed(RANKS))]
    for nth, rank in enumerate(reversed(RANKS)):
        assert rank_on(DAY(2026, 1, 1) + ONE * nth, posts) == rank
    assert rank_on(DAY(2026, 5, 1), [Held("station_officer", WHOLE)]) == "member"


def pay(memberships: list[Span], posts: list[Held], absences: list[Span], **said: object) -> AnnualPay:
    found = annual_pay(rules(**said), 2026, served(memberships, posts, absences, ALWAYS, FIRST, LAST), was_active=True)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("what", "memberships", "posts", "absences", "months", "yen"),
    [
        ("a whole year", [WHOLE], [], [], 12, 36_500),
        ("joined on 10 September", [Span(DAY(2026, 9, 10), None)], [], [], 7, 21_292),
        ("left with 9 September", [Span(DAY(2020, 4, 1), DAY(2026, 9, 9))], [], [], 6, 18_250),
        ("came back", [Span(DAY(2020, 4, 1), DAY(2026, 4, 30)), Span(DAY(2027, 3, 31), None)], [], [], 2, 6_084),
        ("moved to another unit in mid-month", [Span(DAY(2020, 4, 1), DAY(2026, 9, 9)), Span(DAY(2026, 9, 10), None)],
         [], [], 12, 36_500),
        ("on leave for three whole months", [WHOLE], [], [Span(DAY(2026, 7, 1), DAY(2026, 9, 30))], 9, 27_375),
        ("on leave for part of a month", [WHOLE], [], [Span(DAY(2026, 7, 2), DAY(2026, 7, 30))], 12, 36_500),
        ("on leave for the year", [WHOLE], [], [Span(DAY(2025, 1, 1), None)], 0, 0),
        ("leader from the middle of September", [WHOLE], [Held("company_leader", Span(DAY(2026, 9, 15), None))], [], 12,
         44_667),
        ("a post held beside a higher one", [WHOLE], [Held("company_leader", WHOLE), Held("squad_leader", WHOLE)], [], 12,
         50_500),
    ],
)  # fmt: skip
def test_joining_leaving_moving_leave_and_promotion(
    what: str, memberships: list[Span], posts: list[Held], absences: list[Span], months: int, yen: int
) -> None:
    found = pay(memberships, posts, absences)
    assert (found.months, found.yen) == (months, yen), what


def test_a_row_may_say_the_end_of_all_days() -> None:
    """As some rosters write what is open."""
    found = served(
        [Span(DAY(2020, 4, 1), DAY.max)],
        [Held("squad_leader", Span(DAY(2020, 4, 1), DAY.max))],
        [],
        ALWAYS,
        FIRST,
        LAST,
    )
    assert [(span.rank, span.first, span.last) for span in found] == [("squad_leader", FIRST, LAST)]


def test_by_days_each_day_away_counts() -> None:
    away = [Span(DAY(2026, 7, 1), DAY(2026, 7, 10))]
    assert pay([WHOLE], [], away, served="days", rounding="down").days == 355
    assert pay([WHOLE], [], away, served="days", rounding="down").yen == 35_500


def test_limited_members_and_unknown_ranks_are_refused() -> None:
    year = served([WHOLE], [], [], [Typed("function_limited", DAY.min, None)], FIRST, LAST)
    limited = annual_pay(rules(), 2026, year, was_active=True)
    assert limited is not None
    assert limited.yen is None
    assert annual_pay(replace(rules(), annual=None), 2026, year, was_active=True) is None
