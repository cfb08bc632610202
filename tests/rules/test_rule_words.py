"""Every rule set says in plain sentences what it pays, in both languages."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from brigade.pay.rule_words import rate_sentence, rule_sentences
from brigade.pay.rules import NoActivity, RuleSet
from brigade.pay.rules_file import pay_rules


@pytest.mark.parametrize("rules", pay_rules().sets, ids=lambda rules: rules.code)
def test_every_set_says_all_it_holds(rules: RuleSet) -> None:
    for lang in ("ja", "en"):
        said = rule_sentences(rules, lang)
        assert len(said) >= len(rules.rates) + len(rules.addons) + 4
        assert not any("{" in sentence for sentence in said)
        for rate in rules.rates:
            if rate.yen is not None:
                assert any(f"{rate.yen:,}" in sentence for sentence in said)


def test_sentences_of_shipped_sets() -> None:
    def said(code: str, lang: str = "ja") -> tuple[str, ...]:
        return rule_sentences(pay_rules().named(code), lang)

    assert said("yokohama-2024")[:2] == (
        "災害出動、活動なしの出動：1回 7,000 円",
        "訓練、研修、広報・指導：1回 3,500 円",
    )
    assert said("yokohama-2024", "en")[0] == "Disaster, No activity: 7,000 yen a turnout"
    assert (
        said("kumiyama-2022")[0]
        == "災害出動、活動なしの出動：1日 初めの1時間 1,000 円、その後1時間ごとに 1,000 円。1日 8,000 円まで"
    )
    assert said("gojo-2022")[0] == "災害出動、活動なしの出動：1日 4時間未満 4,000 円、それ以上 8,000 円"
    assert said("hioki-2022")[0].startswith("捜索：1日 4時間まで 5,000 円、それより長いとき 金額未定")
    assert "同じ日に何回か出たときは、いちばん高いものだけを払います。" in said("hioki-2022")


def test_every_condition_has_words() -> None:
    rate = pay_rules().named("yokohama-2024").rates[0]
    odd = replace(rate, no_activity=NoActivity(Fraction(1, 3)), min_minutes=30, prior_notice="hard", cap=9000)
    assert rate_sentence(odd, "en") == (
        "Disaster, No activity: 7,000 yen a turnout; at most 9,000 yen a day; 1/3 where there was nothing to do on the "
        "scene; nothing under 30 min; nothing without prior notice"
    )
    assert rate_sentence(replace(rate, prior_notice="warn", no_activity=NoActivity(None, 2500)), "ja") == (
        "災害出動、活動なしの出動：1回 7,000 円。現場での活動がないとき 2,500 円。事前の届けがないと印が付きます"
    )
