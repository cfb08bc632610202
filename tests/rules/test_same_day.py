"""What becomes of several duties of one day: all of them, the highest, the first, or up to so much."""

from __future__ import annotations

import pytest

from brigade.pay.turnouts import Reason, turnout_pay
from tests.rules.test_pay import capped, changed, drill, lasting, pay, turnout


def test_the_first_and_a_capped_day() -> None:
    day = (
        drill("11-08 06:00", "11-08 08:00"),
        turnout("11-08 12:00", "11-08 13:00"),
        drill("11-08 20:00", "11-08 22:00"),
    )
    assert pay("yokohama", *day, rules=changed("yokohama", same_day="first")) == [3500, 0, 0]
    assert pay("yokohama", *day[1:], rules=changed("yokohama", same_day="first")) == [7000, 0]
    assert pay("yokohama", *day, rules=changed("yokohama", same_day="cap", same_day_cap=8000)) == [3500, 4500, 0]
    assert pay("yokohama", *day, rules=changed("yokohama", same_day="cap", same_day_cap=0)) == [0, 0, 0]


@pytest.mark.parametrize(("mode", "yen"), [("first", [7000, 0]), ("highest", [7000, 0]), ("cap", [7000, 1000])])
def test_of_two_alike_the_earlier_goes_before(mode: str, yen: list[int]) -> None:
    two = [turnout("11-08 01:00", "11-08 02:00"), turnout("11-08 20:00", "11-08 21:00")]
    assert pay("yokohama", *two, rules=changed("yokohama", same_day=mode, same_day_cap=8_000)) == yen


def test_a_capped_day_bounds_even_a_single_duty() -> None:
    lines = turnout_pay(changed("yokohama", same_day="cap", same_day_cap=5_000), "yokohama", [lasting(60)])
    assert [(line.yen, line.full, line.reason) for line in lines] == [(5000, 7000, Reason.SAME_DAY_CAP)]
    just = turnout_pay(changed("yokohama", same_day="cap", same_day_cap=7_000), "yokohama", [lasting(60)])
    assert [(line.yen, line.reason) for line in just] == [(7000, Reason.TURNOUT)]


def test_each_day_is_looked_at_by_itself() -> None:
    days = [
        lasting(60),
        drill("11-09 06:00", "11-09 08:00"),
        turnout("11-09 20:00", "11-09 21:00"),
        drill("11-10 06:00", "11-10 08:00"),
    ]
    lines = turnout_pay(changed("yokohama", same_day="highest"), "yokohama", days)
    assert [(line.yen, line.full, line.reason) for line in lines] == [
        (7000, 7000, Reason.TURNOUT),
        (0, 3500, Reason.SAME_DAY_HIGHEST),
        (7000, 7000, Reason.TURNOUT),
        (3500, 3500, Reason.TURNOUT),
    ]


def test_further_days_of_a_long_duty_are_no_other_duties() -> None:
    two = (turnout("11-08 00:00", "11-08 09:00"), turnout("11-08 12:00", "11-08 21:00"))
    for mode in ("highest", "first", "cap"):
        assert pay("kumiyama", *two, rules=changed("kumiyama", same_day=mode, same_day_cap=8_000)) == [
            8000,
            1000,
            0,
            1000,
        ]


def test_what_is_not_known_makes_its_day_unknown_and_no_other() -> None:
    days = [lasting(60), lasting(60, "meeting", kind="M-01"), turnout("11-09 01:00", "11-09 02:00")]
    lines = turnout_pay(changed("yokohama", same_day="first"), "yokohama", days)
    assert [(line.yen, line.full, line.reason) for line in lines] == [
        (None, 7000, Reason.UNKNOWN_SAME_DAY),
        (None, None, Reason.UNKNOWN),
        (7000, 7000, Reason.TURNOUT),
    ]


def test_a_rates_cap_holds_for_all_its_turnouts_of_a_day() -> None:
    done = [turnout(f"11-08 {hour}:00", f"11-08 {hour}:30") for hour in ("01", "02", "03")]
    lines = turnout_pay(capped("yokohama", 10_000), "yokohama", [*done, turnout("11-09 01:00", "11-09 02:00")])
    assert [(line.yen, line.reason) for line in lines] == [
        (7000, Reason.TURNOUT),
        (3000, Reason.RATE_CAP),
        (0, Reason.RATE_CAP),
        (7000, Reason.TURNOUT),
    ]
    just = turnout_pay(capped("yokohama", 14_000), "yokohama", done[:2])
    assert [(line.yen, line.reason) for line in just] == [(7000, Reason.TURNOUT), (7000, Reason.TURNOUT)]


def test_each_further_day_of_a_long_duty_has_a_cap_of_its_own() -> None:
    two = (turnout("11-08 00:00", "11-08 12:00"), turnout("11-08 12:00", "11-09 00:00"))
    assert pay("kumiyama", *two, rules=capped("kumiyama", 5_000)) == [5000, 4000, 0, 4000]


def test_what_earns_nothing_is_not_the_first_of_its_day() -> None:
    day = (lasting(60, allowed=False), turnout("11-08 20:00", "11-08 21:00"))
    assert pay("yokohama", *day, rules=changed("yokohama", same_day="first")) == [0, 7000]
