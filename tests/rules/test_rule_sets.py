"""Which rule set holds on which day, what a set says of a kind, rounding; and that paying piece by piece pays the same."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brigade.pay.payer import Payer, apart
from brigade.pay.rules import Band, NoRule, PayRules, RuleSet, overlapping, rounded
from brigade.pay.turnouts import Turnout, turnout_pay
from tests.rules.test_pay import CITIES, RULES, drill, duties, lasting, turnout

DAY, ONE = dt.date, dt.timedelta(days=1)
OLD = replace(RULES.on("yokohama", DAY(2026, 11, 8)), code="old", first=DAY(2026, 4, 1), last=DAY(2027, 3, 31))
NEW = replace(OLD, code="new", first=DAY(2027, 4, 1), last=None)


def test_a_set_holds_from_its_first_day_to_its_last() -> None:
    rules = PayRules((replace(OLD, municipality="elsewhere", code="other"), OLD, NEW))
    assert [rules.on("yokohama", day).code for day in (OLD.first, DAY(2027, 3, 31), NEW.first, DAY.max)] == [
        "old",
        "old",
        "new",
        "new",
    ]
    with pytest.raises(NoRule):
        rules.on("yokohama", OLD.first - ONE)


def test_a_set_asked_for_by_its_code_holds_on_every_day() -> None:
    rules = PayRules((OLD, NEW)).always("new")
    assert [rules.on("yokohama", day).code for day in (DAY.min, OLD.first, DAY.max)] == ["new"] * 3
    closed = PayRules((OLD, NEW)).always("old")
    assert [held.code for held in closed.sets] == ["old"]
    assert closed.on("yokohama", DAY.max).code == "old"


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        (OLD, NEW, False),
        (OLD, replace(NEW, first=DAY(2027, 3, 31)), True),
        (replace(OLD, last=None), NEW, True),
        (OLD, replace(NEW, first=DAY(2027, 3, 31), municipality="elsewhere"), False),
        (OLD, replace(OLD, code="twice"), True),
    ],
)
def test_two_sets_of_one_day_are_found(first: RuleSet, second: RuleSet, both: bool) -> None:
    assert [overlapping(sets) is not None for sets in ((first, second), (second, first))] == [both, both]


def test_a_third_set_is_compared_with_the_one_before_it() -> None:
    last = replace(NEW, code="last", first=DAY(2028, 4, 1))
    found = overlapping([last, OLD, replace(NEW, last=DAY(2028, 4, 1))])
    assert found is not None
    assert [rules.code for rules in found] == ["new", "last"]


def test_a_rate_of_a_kind_goes_before_that_of_its_class() -> None:
    [disaster, *others] = OLD.rates
    of_kind = replace(disaster, kinds=("D-05",), yen=1)
    for rates in ((of_kind, disaster, *others), (disaster, of_kind, *others)):
        rules = replace(OLD, rates=rates)
        assert (rules.rate_of("disaster", "D-05"), rules.rate_of("disaster", "D-01")) == (of_kind, disaster)
        assert (rules.rate_of("disaster"), rules.rate_of("operator")) == (disaster, None)
    assert replace(OLD, rates=(of_kind,)).rate_of("disaster", "D-01") is None
    assert replace(OLD, rates=(disaster, replace(disaster, yen=2))).rate_of("disaster") == disaster


@pytest.mark.parametrize(
    ("band", "held"),
    [(Band(240, True, 1), [True, True, False]), (Band(240, False, 1), [True, False, False]), (Band(None, False, 1), [True] * 3)],
)  # fmt: skip
def test_a_band_ends_at_its_bound(band: Band, held: list[bool]) -> None:
    assert [band.holds(minutes) for minutes in (239, 240, 241)] == held


@pytest.mark.parametrize(
    ("amount", "down", "up", "nearest"),
    [
        (Fraction(5, 2), 2, 3, 3),
        (Fraction(7, 3), 2, 3, 2),
        (Fraction(8, 3), 2, 3, 3),
        (Fraction(4), 4, 4, 4),
        (Fraction(0), 0, 0, 0),
    ],
)
def test_a_half_is_taken_up(amount: Fraction, down: int, up: int, nearest: int) -> None:
    assert [rounded(amount, how) for how in ("down", "up", "nearest")] == [down, up, nearest]


def test_the_roles_that_earn_something() -> None:
    assert RULES.roles("gojo") == {"operator"}
    assert RULES.roles("yokohama") == frozenset()
    assert Payer(RULES, "gojo").roles == {"operator"}


@given(st.sampled_from(CITIES), duties())
def test_pieces_earn_what_the_whole_earns(city: str, made: list[Turnout]) -> None:
    payer = Payer(RULES, city)
    pieces = list(apart(made, lambda one: one))
    assert [one for piece in pieces for one in piece] == made
    assert Counter(line for piece in pieces for line in payer.lines(piece)) == Counter(turnout_pay(RULES, city, made))


def test_a_day_is_never_cut_in_two() -> None:
    night, morning, evening = (
        turnout("11-08 23:00", "11-09 01:00"),
        drill("11-09 06:00", "11-09 07:00"),
        drill("11-09 20:00", "11-09 21:00"),
    )
    long, during = turnout("11-10 01:00", "11-13 05:00"), drill("11-11 06:00", "11-11 07:00")
    after, later = drill("11-13 09:00", "11-13 10:00"), drill("11-14 00:00", "11-14 01:00")
    found = list(apart([night, morning, evening, long, during, after, later], lambda one: one))
    assert found == [(night, morning, evening), (long, during, after), (later,)]
    assert list(apart([], lambda one: one)) == []


def test_the_same_day_is_worked_out_once_for_all_who_had_it() -> None:
    payer = Payer(RULES, "yokohama")
    assert payer.lines([lasting(60)]) is payer.lines([lasting(60)])
    assert [line.yen for line in payer.lines([lasting(60, "pr", kind="P-01")])] == [
        line.yen for line in turnout_pay(RULES, "yokohama", [lasting(60, "pr", kind="P-01")])
    ]
