"""The bounds at which rules of pay differ, for every rule set that ships; the amounts worked by hand from its papers.

Entry after closing and merged units are not of the rules but of what is read: ``tests/db/test_pay_read.py``.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from brigade.pay.annual import Served, annual_pay
from brigade.pay.rules import PayRules
from brigade.pay.rules_file import pay_rules
from brigade.pay.turnouts import Reason, turnout_pay
from tests.rules.test_pay import RULES, Turnout, drill, lasting, pay, turnout

CASES: dict[str, tuple[Turnout, ...]] = {
    "239 minutes": (lasting(239),),
    "240 minutes": (lasting(240),),
    "241 minutes": (lasting(241),),
    "two fires of one day": (turnout("11-08 01:00", "11-08 02:00"), turnout("11-08 20:00", "11-08 23:00")),
    "a fire and a drill": (turnout("11-08 12:00", "11-08 13:00"), drill("11-08 20:00", "11-08 22:00")),
    "23:30 to 00:30": (turnout("11-08 23:30", "11-09 00:30"),),
    "22:00 to 07:00 on the third day": (turnout("11-08 22:00", "11-10 07:00"),),
    "31 March 23:00 to 1 April 02:00": (turnout("03-31 23:00", "2027-04-01 02:00"),),
    "a false alarm": (lasting(30, "no_activity", kind="D-06"),),
    "nothing to do": (lasting(30, acted=False),),
    "a barred kind": (lasting(300, allowed=False),),
}
YEN: dict[str, list[list[int | None]]] = {
    "yokohama": [[7000], [7000], [7000], [7000, 7000], [7000, 3500], [7000], [7000], [7000], [7000], [7000], [0]],
    "national": [[8000], [8000], [8000], [8000, 0], [8000, None], [8000], [8000, 8000], [8000], [None], [8000], [0]],
    "kumiyama": [
        [4000], [4000], [5000], [4000, 0], [1000, 2000], [1000], [8000, 8000, 8000, 8000, 1000], [3000], [1000], [1000], [0],
    ],
    "hioki": [[None], [None], [None], [None, 0], [None, None], [None], [None] * 5, [None], [None], [5000], [0]],
    "nakatsugawa": [
        [4000], [8000], [8000], [8000, 0], [4000, 1600], [4000, 4000], [4000, 8000, 8000], [4000, 4000], [4000], [4000], [0],
    ],
    "gojo": [[4000], [8000], [8000], [8000, 0], [4000, 3000], [4000], [8000], [4000], [4000], [4000], [0]],
    "ichikawa": [[7000], [7000], [7000], [7000, 7000], [7000, 2500], [7000], [7000], [7000], [2500], [2500], [0]],
    "shimotsuma": [[3000], [3000], [7000], [3000, 3000], [3000, 2000], [3000], [35000], [3000], [1000], [3000], [0]],
}  # fmt: skip


def test_every_shipped_set_is_held_to_every_bound() -> None:
    assert set(YEN) == set(RULES.municipalities())
    assert {len(amounts) for amounts in YEN.values()} == {len(CASES)}


@pytest.mark.parametrize("city", YEN)
@pytest.mark.parametrize("case", CASES)
def test_amounts_worked_by_hand(city: str, case: str) -> None:
    assert pay(city, *CASES[case]) == YEN[city][list(CASES).index(case)]


@pytest.mark.parametrize("city", YEN)
def test_a_barred_kind_says_why(city: str) -> None:
    [line] = turnout_pay(RULES, city, CASES["a barred kind"])
    assert (line.yen, line.reason) == (0, Reason.BARRED)


@pytest.mark.parametrize("city", YEN)
def test_over_the_end_of_the_fiscal_year_each_day_has_its_own_rules(city: str) -> None:
    """Where the rules cut at midnight each part is paid by those of its day, else all by those of the day it began."""
    old = RULES.on(city, dt.date(2027, 3, 31))
    new = replace(old, code=f"{city}-2027", first=dt.date(2027, 4, 1))
    both = PayRules((replace(old, last=dt.date(2027, 3, 31)), new))
    lines = turnout_pay(both, city, CASES["31 March 23:00 to 1 April 02:00"])
    used = [old.code, new.code] if old.long == "midnight" else [old.code]
    assert [line.rule_set for line in lines] == used
    assert [line.yen for line in lines] == YEN[city][7]
    assert [line.yen for line in turnout_pay(both, city, [turnout("2027-04-01 01:00", "2027-04-01 02:00")])] == pay(
        city, turnout("2027-04-01 01:00", "2027-04-01 02:00")
    )


@pytest.mark.parametrize("rules", pay_rules().sets, ids=lambda rules: rules.code)
def test_promoted_in_mid_month(rules) -> None:
    """A rank whose amount is not known is never paid as the other one."""
    served = [
        Served("member", dt.date(2026, 4, 1), dt.date(2026, 9, 14)),
        Served("squad_leader", dt.date(2026, 9, 15), dt.date(2027, 3, 31)),
    ]
    found = annual_pay(rules, 2026, served, was_active=True)
    if rules.annual is None:
        assert found is None
        return
    assert found is not None
    assert (found.yen, found.months, found.days) == (None, 12, 365)
    known = replace(rules, annual=replace(rules.annual, ranks={"member": 36_500, "squad_leader": 37_000}))
    paid = annual_pay(known, 2026, served, was_active=True)
    assert paid is not None
    # By days 167 and 198 of 365: 16,700 and 20,071.23; by months 5 and 7 of 12: 15,208.33 and 21,583.33.
    assert paid.yen == (36_771 if rules.annual.served == "days" else 36_792)
