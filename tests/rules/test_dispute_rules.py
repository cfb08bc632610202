"""When a line is on hold, where a dispute can go, and how long somebody has served."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brigade.dispute_rules import HOLDING, DisputeKind, DisputeState, is_held, may_become
from brigade.organisation.service_years import Service, service
from brigade.pay.annual import taxable
from brigade.pay.turnouts import Reason, on_hold, total, turnout_pay
from brigade.pay.words import sentence
from brigade.wording import has
from tests.rules.test_pay import RULES, lasting

K, S = DisputeKind, DisputeState
DAY = dt.date


def test_a_dispute_goes_these_ways_and_no_other() -> None:
    ways = {(one, two) for one in S for two in S if may_become(one, two)}
    assert ways == {
        (S.OPEN, S.WITHDRAWN), (S.OPEN, S.UPHELD), (S.OPEN, S.DISMISSED), (S.UPHELD, S.DISMISSED),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "state", "settled", "saved", "held"),
    [
        (K.TIMES, S.OPEN, None, 1, True),
        (K.TIMES, S.OPEN, None, 99, True),  # whatever is changed meanwhile, the station looks first
        (K.TIMES, S.WITHDRAWN, None, 1, False),
        (K.TIMES, S.DISMISSED, 7, 1, False),
        (K.NOT_THERE, S.DISMISSED, 7, 1, False),
        (K.TIMES, S.UPHELD, 7, 1, True),
        (K.TIMES, S.UPHELD, 7, 7, True),
        (K.TIMES, S.UPHELD, 7, 8, False),
        (K.TIMES, S.UPHELD, None, 9, True),  # at which version it was settled is not said
        (K.TIMES, S.UPHELD, 7, 9, False),
        (K.AMOUNT, S.UPHELD, 7, 9, False),
        (K.OTHER, S.UPHELD, 7, 9, False),
        (K.NOT_THERE, S.UPHELD, 7, 9, True),  # saved anew, and the absent still stand in it
    ],
)
def test_what_is_on_hold(kind, state, settled, saved, held) -> None:
    assert is_held(kind, state, settled, saved) is held


@given(st.sampled_from(K), st.sampled_from(S), st.integers(1, 9), st.integers(0, 9))
def test_only_open_and_upheld_disputes_hold(kind, state, settled, saved) -> None:
    assert not is_held(kind, state, settled, saved) or state in HOLDING


def test_a_held_line_counts_as_nothing_and_says_what_it_would_be() -> None:
    [line] = turnout_pay(RULES, "yokohama", [lasting(60)])
    held = on_hold(line)
    assert (held.yen, held.full, held.reason, total([held])) == (None, 7000, Reason.HELD, 0)
    assert replace(held, yen=line.yen, full=line.full, reason=line.reason) == line
    rules = RULES.named(line.rule_set)
    assert sentence(held, rules, "ja") == "保留：災害出動 7,000 円（確認中）"
    assert sentence(held, rules, "en") == "On hold: Disaster, 7,000 yen (being checked)"
    assert taxable(rules, [held]) == 0
    assert sentence(on_hold(replace(line, yen=None)), None, "ja") == "保留：災害出動 金額未定（確認中）"


def test_every_kind_and_state_has_words() -> None:
    assert all(has(f"dispute.kind.{kind}") for kind in K)
    assert all(has(f"dispute.state.{state}") for state in S)


TODAY = DAY(2026, 11, 20)


@pytest.mark.parametrize(
    ("spans", "served"),
    [
        ([], Service(0, 0, 0)),
        ([(DAY(2026, 11, 20), None)], Service(1, 0, 0)),
        ([(DAY(2026, 11, 21), None)], Service(0, 0, 0)),
        ([(DAY(2020, 11, 21), None)], Service(2191, 6, 0)),
        ([(DAY(2020, 11, 22), None)], Service(2190, 5, 11)),
        ([(DAY(2026, 10, 21), None)], Service(31, 0, 1)),
        # A gap does not count, two units at once count once, what is to come does not count yet.
        ([(DAY(2020, 4, 1), DAY(2021, 3, 31)), (DAY(2025, 11, 21), None)], Service(730, 2, 0)),
        ([(DAY(2025, 11, 21), None), (DAY(2026, 1, 1), DAY(2026, 12, 31))], Service(365, 1, 0)),
        ([(DAY(2025, 11, 21), DAY(2025, 12, 31)), (DAY(2026, 1, 1), None)], Service(365, 1, 0)),
    ],
)
def test_service_counts_days_served_up_to_today(spans, served) -> None:
    assert service(spans, TODAY) == served
    assert service(reversed(spans), TODAY) == served
