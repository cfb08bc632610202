"""What a line of pay says to the member."""

from __future__ import annotations

import datetime as dt

import pytest

from brigade import wording
from brigade.pay.annual import Served, annual_pay
from brigade.pay.turnouts import Reason, turnout_pay
from brigade.pay.words import annual_sentence, sentence
from tests.rules.test_pay import RULES, WORKED, drill, lasting

DAY = dt.date(2026, 11, 8)


def said(city: str, *turnouts, lang: str = "ja") -> list[str]:
    return [sentence(line, RULES.on(city, line.day), lang) for line in turnout_pay(RULES, city, turnouts)]


def test_the_sentence_names_amount_activity_and_rules() -> None:
    assert said("yokohama", lasting(60)) == ["7,000 円：災害出動 1回（横浜市 2024）"]
    assert said("yokohama", drill("11-08 09:00", "11-08 12:00"), lang="en") == [
        "3,500 yen: Drill, one turnout (Yokohama 2024)"
    ]
    assert said("nakatsugawa", lasting(150)) == ["4,000 円：災害出動 令和8年11月8日の2時間30分（中津川市 2022）"]
    assert said("gojo", lasting(300, role="operator"))[1] == "1,000 円：機関員・災害出動 1回の加算（五條市 2022）"
    assert said("hioki", lasting(60, "pr", kind="P-01"), lasting(60, acted=False))[1] == (
        "0 円：広報・指導 2,000 円のところ、同じ日の高い方だけを払う決まりです（日置市 2022）"
    )
    assert said("yokohama", lasting(60, "meeting", kind="M-01"))[0].startswith("金額未定：会議")


@pytest.mark.parametrize("lang", wording.LANGUAGES)
@pytest.mark.parametrize("city", RULES.municipalities())
def test_no_two_days_of_a_long_duty_read_alike(city: str, lang: str) -> None:
    """Whoever takes one of two equal lines for a slip would pay too little."""
    lines = said(city, lasting(72 * 60), lang=lang)
    assert len(set(lines)) == len(lines), lines


@pytest.mark.parametrize("lang", wording.LANGUAGES)
def test_every_reason_has_a_sentence(lang: str) -> None:
    assert all(wording.has(f"pay.reason.{reason}") for reason in Reason)
    for _, city, turnouts, _ in WORKED:
        assert all(said(city, *turnouts, lang=lang))


def test_annual_pay_in_words() -> None:
    rules = RULES.on("yokohama", DAY)
    whole = [Served("member", dt.date(2020, 4, 1), dt.date(2027, 3, 31))]
    paid = annual_pay(rules, 2026, whole, was_active=True)
    none = annual_pay(rules, 2026, whole, was_active=False)
    assert paid is not None
    assert none is not None
    assert annual_sentence(paid, rules, "ja") == "36,500 円：年額報酬 12か月（横浜市 2024）"
    assert annual_sentence(none, rules, "en").startswith("0 yen: annual pay, nothing for a year")
    gojo = RULES.on("gojo", DAY)
    days = annual_pay(gojo, 2026, whole, was_active=True)
    assert days is not None
    assert annual_sentence(days, gojo, "ja") == "36,500 円：年額報酬 365日（五條市 2022）"
