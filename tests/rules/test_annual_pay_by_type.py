"""The annual pay of one whose type changes within the year, against a look at every single day of it."""

from __future__ import annotations

import datetime as dt
import math
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from brigade.dates import fiscal_year_bounds
from brigade.organisation.ranks import Typed
from brigade.pay.annual import annual_pay
from brigade.pay.rules import Annual
from brigade.pay.served import Held, Span, rank_on, served
from tests.rules.test_annual_pay import rules
from tests.rules.test_served import FIRST, LAST, POSTS, spans, typed

ONE = dt.timedelta(days=1)
RANKS = {"member": 36_500, "squad_leader": 37_000, "company_leader": 50_500, "deputy_brigade_leader": None}
YEAR = [FIRST + ONE * nth for nth in range((LAST - FIRST).days + 1)]


def worth(annual: Annual, day: dt.date, posts: list[Held], types: list[Typed]) -> int | str | None:
    """A year of what somebody is on that day: yen, None where not known, or nothing at all as staff."""
    [as_what] = [one.member_type for one in types if one.first <= day and (one.last is None or day <= one.last)]
    if as_what == "staff":
        return "nothing"
    return annual.function_limited if as_what == "function_limited" else annual.ranks.get(rank_on(day, posts))


def by_every_day(annual: Annual, posts: list[Held], memberships: list[Span], types: list[Typed]) -> int | None:
    """The year's pay, rounded up."""
    there = [day for day in YEAR if any(one.first <= day and (not one.last or day <= one.last) for one in memberships)]
    days = {day: yen for day in there if (yen := worth(annual, day, posts, types)) != "nothing"}
    pieces: list[tuple[int | str | None, Fraction]] = []
    if annual.served == "days":
        pieces = [(yen, Fraction(1, len(YEAR))) for yen in days.values()]
    else:
        for month in sorted({day.replace(day=1) for day in days}):
            its = [(day, yen) for day, yen in days.items() if day.replace(day=1) == month]
            if annual.served == "first_day" and month not in days:
                continue
            known = [yen for _, yen in its if isinstance(yen, int)]
            higher = max(known) if len(known) == len(its) else None
            pieces.append((higher if annual.higher else max(its)[1], Fraction(1, 12)))
    if any(yen is None for yen, _ in pieces):
        return None
    return math.ceil(sum((int(yen or 0) * share for yen, share in pieces), Fraction(0)))


@given(
    st.lists(spans(), min_size=1, max_size=2),
    st.lists(POSTS, max_size=3),
    typed(),
    st.sampled_from(["any_day", "first_day", "days"]),
    st.booleans(),
    st.sampled_from([None, 12_000, 40_000]),
)
def test_as_every_day_by_itself_says(
    memberships: list[Span], posts: list[Held], types: list[Typed], way: str, higher: bool, limited: int | None
) -> None:
    set_ = rules(served=way, higher=higher, function_limited=limited, ranks=RANKS)
    assert set_.annual is not None
    found = annual_pay(set_, 2026, served(memberships, posts, [], types, FIRST, LAST), was_active=True)
    assert found is not None
    assert found.yen == by_every_day(set_.annual, posts, memberships, types)


def test_the_year_of_the_oracle() -> None:
    assert (YEAR[0], YEAR[-1]) == fiscal_year_bounds(2026)
