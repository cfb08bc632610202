"""Annual pay by rank and time served, and what of all pay is wages: worked by hand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brigade.pay.annual import Served, annual_pay, taxable, taxable_annual
from brigade.pay.rules import Annual, RuleSet
from brigade.pay.rules_file import pay_rules
from brigade.pay.turnouts import turnout_pay
from tests.rules.test_pay import RULES, drill, lasting, turnout

DAY = dt.date
RANKS = {"member": 36_500, "squad_leader": 37_000, "company_leader": 50_500}


def rules(**said: object) -> RuleSet:
    """Yokohama's rules with amounts for three ranks."""
    found = pay_rules().on("yokohama", DAY(2026, 11, 8))
    assert found.annual is not None
    annual = {"ranks": RANKS, "rounding": "up", "higher": True, "served": "any_day", **said}
    return replace(found, annual=replace(found.annual, **annual))  # type: ignore[arg-type]


def member(first: DAY, last: DAY, rank: str = "member") -> Served:
    return Served(rank, first, last)


YEAR = (DAY(2026, 4, 1), DAY(2027, 3, 31))
LEAP_YEAR = (DAY(2027, 4, 1), DAY(2028, 3, 31))
WORKED = [
    ("a whole year", {}, [member(*YEAR)], 36_500),
    ("longer than the year", {}, [member(DAY(2010, 1, 1), DAY(2040, 1, 1))], 36_500),
    ("half a year", {}, [member(DAY(2026, 4, 1), DAY(2026, 9, 30))], 18_250),
    ("seven months, a fraction up", {}, [member(DAY(2026, 4, 1), DAY(2026, 10, 1))], 21_292),
    ("seven months, down", {"rounding": "down"}, [member(DAY(2026, 4, 1), DAY(2026, 10, 1))], 21_291),
    ("a month needs its first day", {"served": "first_day"}, [member(DAY(2026, 4, 2), DAY(2026, 6, 1))], 6_084),
    ("who joins on a month's first day has it", {"served": "first_day"}, [member(DAY(2026, 4, 1), DAY(2026, 6, 1))], 9_125),
    (
        "promoted in mid-month, there on its first day", {"served": "first_day"},
        [member(DAY(2026, 4, 1), DAY(2026, 4, 14)), member(DAY(2026, 4, 15), DAY(2026, 4, 30), "squad_leader")], 3_084,
    ),
    ("by days", {"served": "days"}, [member(DAY(2026, 4, 1), DAY(2026, 4, 10))], 1_000),
    ("not at all", {}, [], 0),
    ("the year's first day", {"served": "days"}, [member(DAY(2025, 4, 1), DAY(2026, 4, 1))], 100),
    ("the year's last day", {"served": "days"}, [member(DAY(2027, 3, 31), DAY(2028, 3, 31))], 100),
    ("before the year, by days", {"served": "days"}, [member(DAY(2025, 4, 1), DAY(2026, 1, 31)), member(*YEAR)], 36_500),
    ("after the year, by days", {"served": "days"}, [member(*YEAR), member(DAY(2027, 6, 1), DAY(2028, 3, 31))], 36_500),
    ("before the year", {}, [member(DAY(2025, 4, 1), DAY(2026, 3, 31))], 0),
    (
        "promoted in mid-month: the higher", {},
        [member(DAY(2026, 4, 1), DAY(2026, 9, 14)), member(DAY(2026, 9, 15), DAY(2027, 3, 31), "company_leader")],
        15_209 + 29_458,  # 5/12 of 36,500 and 7/12 of 50,500 are 15,208.33 and 29,458.33
    ),
    (
        "stepped down in mid-month: still the higher", {},
        [member(DAY(2026, 4, 1), DAY(2026, 9, 14), "company_leader"), member(DAY(2026, 9, 15), DAY(2027, 3, 31))],
        25_250 + 18_250,  # 6/12 of each
    ),
    (
        "function-limited from 1 October: each half by its type", {"function_limited": 12_000},
        [member(DAY(2026, 4, 1), DAY(2026, 9, 30)), Served("member", DAY(2026, 10, 1), DAY(2027, 3, 31), limited=True)],
        18_250 + 6_000,
    ),
    (
        "function-limited in mid-month: the higher", {"function_limited": 12_000},
        [member(DAY(2026, 4, 1), DAY(2026, 9, 14)), Served("member", DAY(2026, 9, 15), DAY(2027, 3, 31), limited=True)],
        18_250 + 6_000,
    ),
    (
        "function-limited in mid-month: the last", {"function_limited": 12_000, "higher": False},
        [member(DAY(2026, 4, 1), DAY(2026, 9, 14)), Served("member", DAY(2026, 9, 15), DAY(2027, 3, 31), limited=True)],
        15_209 + 7_000,  # 5/12 of 36,500 are 15,208.33
    ),
    (
        "function-limited, by days", {"function_limited": 10_950, "served": "days"},
        [member(DAY(2026, 4, 1), DAY(2027, 3, 21)), Served("member", DAY(2027, 3, 22), DAY(2027, 3, 31), limited=True)],
        35_500 + 300,
    ),
    (
        "stepped down in mid-month: the last", {"higher": False, "rounding": "down"},
        [member(DAY(2026, 4, 1), DAY(2026, 9, 14), "company_leader"), member(DAY(2026, 9, 15), DAY(2027, 3, 31))],
        21_041 + 21_291 + 1,  # 5/12 of 50,500 and 7/12 of 36,500 are 21,041.67 and 21,291.67
    ),
]  # fmt: skip


@pytest.mark.parametrize(("what", "said", "served", "yen"), WORKED, ids=[row[0] for row in WORKED])
def test_examples_worked_by_hand(what: str, said: dict[str, object], served: list[Served], yen: int) -> None:
    found = annual_pay(rules(**said), 2026, served, was_active=True)
    assert found is not None
    assert found.yen == yen


def test_a_leap_year_has_a_day_more() -> None:
    found = annual_pay(rules(served="days", rounding="down"), 2027, [member(*LEAP_YEAR)], was_active=True)
    assert found is not None
    assert (found.yen, found.days) == (36_500, 366)


def test_an_unknown_rank_is_not_paid_but_flagged() -> None:
    there = [member(*YEAR, "brigade_leader")]
    found = annual_pay(pay_rules().on("yokohama", DAY(2026, 11, 8)), 2026, there, was_active=True)
    assert found is not None
    assert (found.yen, found.withheld) == (None, False)


def test_a_month_with_an_unknown_rank_is_not_known() -> None:
    """Whichever of its two ranks is the higher cannot be said: the other one is not paid in its place."""
    for ranks in (("brigade_leader", "member"), ("member", "brigade_leader")):
        served = [
            member(DAY(2026, 4, 1), DAY(2026, 4, 14), ranks[0]),
            member(DAY(2026, 4, 15), DAY(2026, 4, 30), ranks[1]),
        ]
        found = annual_pay(rules(), 2026, served, was_active=True)
        assert found is not None
        assert (found.yen, found.months) == (None, 1)


def test_limited_members_have_an_amount_of_their_own() -> None:
    for yen in (None, 10_000):
        limited = Served("squad_leader", *YEAR, limited=True)
        found = annual_pay(rules(function_limited=yen), 2026, [limited], was_active=True)
        assert found is not None
        assert found.yen == yen


def test_a_year_without_activity() -> None:
    found = annual_pay(rules(), 2026, [member(*YEAR)], was_active=False)
    assert found is not None
    assert (found.yen, found.withheld) == (0, True)
    paid = annual_pay(rules(withhold=False), 2026, [member(*YEAR)], was_active=False)
    assert paid is not None
    assert (paid.yen, paid.withheld) == (36_500, False)


def test_it_says_by_which_rules() -> None:
    """Whether it is paid, held back or not known."""
    known, strange = member(*YEAR), member(*YEAR, "brigade_leader")
    for served, was_active in ((known, True), (known, False), (strange, True)):
        found = annual_pay(rules(), 2026, [served], was_active=was_active)
        assert found is not None
        assert (found.rule_set, found.digest) == (rules().code, rules().digest)


def test_rules_without_annual_pay() -> None:
    assert annual_pay(RULES.on("kumiyama", DAY(2026, 11, 8)), 2026, [member(*YEAR)], was_active=True) is None


@given(st.dates(*YEAR), st.dates(*YEAR), st.sampled_from(["any_day", "first_day", "days"]))
def test_a_part_of_the_year_is_never_worth_more_than_the_year(a: DAY, b: DAY, served: str) -> None:
    first, last = min(a, b), max(a, b)
    part = annual_pay(rules(served=served), 2026, [member(first, last)], was_active=True)
    assert part is not None
    assert part.yen is not None
    assert 0 <= part.yen <= 36_500


def test_what_is_wages() -> None:
    yokohama = RULES.on("yokohama", DAY(2026, 11, 8))
    two = [turnout("11-08 01:00", "11-08 02:00"), turnout("11-08 20:00", "11-08 23:00")]
    assert taxable(yokohama, turnout_pay(RULES, "yokohama", two)) == 14_000 - 8_000
    assert taxable(yokohama, turnout_pay(RULES, "yokohama", [lasting(60)])) == 0
    drills = [drill("11-08 06:00", "11-08 08:00"), drill("11-08 09:00", "11-08 12:00")]
    assert taxable(yokohama, turnout_pay(RULES, "yokohama", drills)) == 7_000 - 4_000
    assert taxable(yokohama, turnout_pay(RULES, "yokohama", [*drills, lasting(60)])) == 3_000
    nothing_known = [replace(line, yen=None) for line in turnout_pay(RULES, "yokohama", [drills[0]])]
    assert taxable(yokohama, [*nothing_known, *turnout_pay(RULES, "yokohama", drills)]) == 3_000
    assert (taxable_annual(yokohama, 50_000), taxable_annual(yokohama, 50_001)) == (0, 1)
    assert isinstance(yokohama.annual, Annual)


def test_each_further_day_of_a_long_duty_has_a_limit_of_its_own() -> None:
    """Two duties of one day, each with hours past the eight that make a day."""
    kumiyama = RULES.on("kumiyama", DAY(2026, 11, 8))
    duties = [turnout("11-08 00:00", "11-08 09:00"), turnout("11-08 12:00", "11-08 21:00")]
    lines = turnout_pay(RULES, "kumiyama", duties)
    limited = replace(kumiyama, tax=replace(kumiyama.tax, disaster_day=1_000))
    assert [(line.part, line.yen) for line in lines] == [(0, 8_000), (1, 1_000), (0, 0), (1, 1_000)]
    assert taxable(limited, lines) == 7_000
