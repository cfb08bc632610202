"""The files in ``rules/pay/`` are read strictly: a slip stops the start and names its place."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from brigade.pay.rules import Band, Blocks, NoActivity, RuleSet
from brigade.pay.rules_file import FOLDER, pay_rules, read_pay_rules

SLIPS = [
    ("yen: 7000", "yen: 7000.5", "whole yen"),
    ("yen: 7000", "yen: -1", "whole yen"),
    ("yen: 7000", "yen: ~", "whole yen"),
    ("yen: 7000", "yen: 7000, cap: -1", "'cap' must be 0 or more"),
    ("yen: 7000", "yen: 7000, cap: unknown", "'cap' must be a int"),
    ("yen: 7000", "yen: 7000, min_minutes: -1", "'min_minutes' must be 0 or more"),
    ("yen: 7000", "yen: 7000, prior_notice: soft", "'prior_notice' must be one of"),
    ("yen: 7000", "yen: 7000, kinds: [D-99]", "'kinds' must be a list of known"),
    ("yen: 7000", "yen: 7000, tip: 1", "unknown key 'tip'"),
    ("yen: 7000", "blocks: {minutes: 0, first: 1, each: 1}", "'minutes' must be 1 or more"),
    ("yen: 7000", "blocks: {minutes: 60, first: -1, each: 1}", "'first' must be 0 or more"),
    ("yen: 7000", "blocks: {minutes: 60, first: 1, each: -1}", "'each' must be 0 or more"),
    ("yen: 7000", "blocks: {minutes: 60, first: 1, each: 1, last: 1}", "unknown key 'last'"),
    ("yen: 7000", "bands: [{under: 60, up_to: 60, yen: 1}, {yen: 2}]", "either 'under' or 'up_to'"),
    ("yen: 7000", "bands: [{under: 0, yen: 1}, {yen: 2}]", "'under' must be 1 or more"),
    ("yen: 7000", "bands: [{up_to: 0, yen: 1}, {yen: 2}]", "'up_to' must be 1 or more"),
    ("yen: 7000", "bands: [{under: 60}, {yen: 2}]", "'yen' is missing"),
    ("yen: 7000", "yen: 7000, no_activity: {share: 0/2}", "written like 1/3"),
    ("yen: 7000", "yen: 7000, no_activity: {share: half}", "written like 1/3"),
    ("yen: 7000", "yen: 7000, no_activity: {share: 3/2}", "no more than the whole"),
    ("yen: 7000", "yen: 7000, no_activity: {share: 1/2, yen: 1}", "unknown key 'yen'"),
    ("yen: 7000", "yen: 7000, no_activity: {}", "'yen' is missing"),
    ("yen: 7000", "yen: 7000, no_activity: {yen: -1}", "whole yen"),
    ("yen: 7000", "amount: 7000", "needs one of"),
    ("yen: 7000", "yen: 7000, bands: [{yen: 1}]", "needs one of"),
    ("per: turnout, yen: 7000", "per: hour, yen: 7000", "'per' must be one of"),
    ("[disaster, no_activity]", "[disaster]", "'no_activity' must stand in one rate"),
    ("[disaster, no_activity]", "[disaster, no_activity, drill]", "'drill' must stand in one rate"),
    ("[disaster, no_activity]", "[disaster, no_activity, feast]", "no such pay class: feast"),
    ("mode: sum", "mode: cap", "needs 'yen'"),
    ("mode: sum", "mode: sum, yen: 1", "needs 'yen'"),
    ("mode: sum", "mode: cap, yen: -1", "'yen' must be 0 or more"),
    ("mode: sum", "mode: sum, per: day", "unknown key 'per'"),
    ("mode: start_date", "mode: start_date, days: 1", "unknown key 'days'"),
    ("mode: start_date", "mode: start_date, hours: 0", "1 to 24"),
    ("mode: start_date", "mode: start_date, remainder: none", "'remainder' must be one of"),
    ("mode: start_date", "mode: start_date, hours: 25", "1 to 24"),
    ("{from: 2024-04-01}", "{from: 2024-04-01, to: 2024-03-31}", "ends before it begins"),
    ("{from: 2024-04-01}", "{from: 2024-04-01, until: 2025-03-31}", "unknown key 'until'"),
    ("code: yokohama-2024", "code: Yokohama_2024", "'code' has a wrong form"),
    ("unpaid: [none, operator]", "unpaid: [none]", "'operator' must stand in one rate"),
    ("unpaid: [none, operator]", "unpaid: [none, operator]\naddons: [{role: cook, yen: 1, label: {ja: 炊事, en: Cook}}]",
     "'role' must be one of"),
    ("unpaid: [none, operator]", "unpaid: [none, operator]\naddons: [{role: operator, yen: -1, label: {ja: 機関員, en: Pump}}]",
     "'yen' must be 0 or more"),
    ("unpaid: [none, operator]", "unpaid: [none, operator]\nbonus: 1", "unknown key 'bonus'"),
    ("unpaid: [none, operator]", "unpaid: [none, operator]\nshare_rounding: off", "'share_rounding' must be"),
    ("code: yokohama-2024", "code: yokohama-2025", "the file must be called"),
    ("member: 36500", "admiral: 36500", "unknown key 'admiral'"),
    ("served: any_day", "served: never", "'served' must be one of"),
    ("served: any_day", "served: any_day\n  paid: monthly", "unknown key 'paid'"),
    ("  function_limited: unknown\n", "", "'function_limited' is missing"),
    ("rounding: up", "rounding: off", "'rounding' must be"),
    ("tax: {disaster_day: 8000", "tax: {disaster_day: 8000.0", "must be a int"),
    ("tax: {disaster_day: 8000", "tax: {disaster_day: -1", "'disaster_day' must be 0 or more"),
    ("tax: {disaster_day: 8000", "tax: {night: 1, disaster_day: 8000", "unknown key 'night'"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "slip", "complaint"), SLIPS)
def test_a_slip_is_named(tmp_path: Path, good: str, slip: str, complaint: str) -> None:
    text = (FOLDER / "yokohama-2024.yaml").read_text(encoding="utf-8")
    assert good in text
    (tmp_path / "yokohama-2024.yaml").write_text(text.replace(good, slip), encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        read_pay_rules(tmp_path)


def test_bands_must_rise(tmp_path: Path) -> None:
    text = (FOLDER / "gojo-2022.yaml").read_text(encoding="utf-8")
    for slip in (
        "[{yen: 4000}, {yen: 8000}]",
        "[{under: 240, yen: 4000}, {under: 500, yen: 1}]",
        "[{under: 240, yen: 4000}, {under: 120, yen: 1}, {yen: 8000}]",
        "[{under: 240, yen: 4000}, {under: 240, yen: 1}, {yen: 8000}]",  # the second one would never be paid
    ):
        (tmp_path / "gojo-2022.yaml").write_text(
            text.replace("[{under: 240, yen: 4000}, {yen: 8000}]", slip), encoding="utf-8"
        )
        with pytest.raises(ValueError, match="bands must rise"):
            read_pay_rules(tmp_path)


SAID = [
    # what a file may say, and what is then in the rule set
    ("yen: 7000", "yen: 0", lambda rules: rules.rates[0].yen, 0),
    ("yen: 7000", "yen: unknown", lambda rules: rules.rates[0].yen, None),
    ("yen: 7000", "yen: 7000, cap: 0, min_minutes: 0", lambda rules: (rules.rates[0].cap, rules.rates[0].min_minutes), (0, 0)),
    (
        "yen: 7000", "yen: 7000",
        lambda rules: (rules.rates[0].cap, rules.rates[0].min_minutes, rules.rates[0].no_activity),
        (None, 0, NoActivity(Fraction(1))),
    ),
    ("yen: 7000", "yen: 7000, no_activity: {share: 1/3}", lambda rules: rules.rates[0].no_activity, NoActivity(Fraction(1, 3))),
    ("yen: 7000", "yen: 7000, no_activity: {share: 1/1}", lambda rules: rules.rates[0].no_activity, NoActivity(Fraction(1))),
    ("yen: 7000", "yen: 7000, no_activity: {yen: unknown}", lambda rules: rules.rates[0].no_activity, NoActivity(None, None)),
    ("yen: 7000", "blocks: {minutes: 1, first: 0, each: 0}", lambda rules: rules.rates[0].blocks, Blocks(1, 0, 0)),
    (
        "yen: 7000", "bands: [{under: 1, yen: 0}, {under: 240, yen: 1}, {up_to: 240, yen: 2}, {yen: unknown}]",
        lambda rules: rules.rates[0].bands, (Band(1, False, 0), Band(240, False, 1), Band(240, True, 2), Band(None, False, None)),
    ),
    ("{from: 2024-04-01}", "{from: 2024-04-01, to: 2024-04-01}", lambda rules: rules.last, dt.date(2024, 4, 1)),
    ("mode: start_date", "mode: hours, hours: 1", lambda rules: (rules.long_minutes, rules.remainder), (60, "full")),
    ("mode: start_date", "mode: hours, hours: 24", lambda rules: rules.long_minutes, 1440),
    ("mode: start_date", "mode: hours", lambda rules: rules.long_minutes, 1440),
    ("mode: sum", "mode: cap, yen: 0", lambda rules: rules.same_day_cap, 0),
    ("mode: sum", "mode: sum", lambda rules: (rules.share_rounding, rules.addons), ("down", ())),
]  # fmt: skip


@pytest.mark.parametrize(("good", "said", "read", "expected"), SAID, ids=[row[1] for row in SAID])
def test_what_a_file_may_say(
    tmp_path: Path, good: str, said: str, read: Callable[[RuleSet], object], expected: object
) -> None:
    text = (FOLDER / "yokohama-2024.yaml").read_text(encoding="utf-8")
    (tmp_path / "yokohama-2024.yaml").write_text(text.replace(good, said), encoding="utf-8")
    [rules] = read_pay_rules(tmp_path).sets
    assert read(rules) == expected


def test_two_sets_of_one_municipality_never_hold_on_one_day(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    text = (FOLDER / "yokohama-2024.yaml").read_text(encoding="utf-8").replace("yokohama-2024", "yokohama-2026")
    (tmp_path / "yokohama-2026.yaml").write_text(text.replace("from: 2024", "from: 2026"), encoding="utf-8")
    with pytest.raises(ValueError, match="hold on the same days"):
        read_pay_rules(tmp_path)


def test_sets_stand_in_order_of_municipality_and_first_day(tmp_path: Path) -> None:
    text = (FOLDER / "yokohama-2024.yaml").read_text(encoding="utf-8")
    for code, municipality, valid in (
        ("a", "yokohama", "{from: 2024-04-01}"),
        ("b", "yokohama", "{from: 2020-04-01, to: 2024-03-31}"),
        ("c", "atami", "{from: 2025-04-01}"),
    ):
        said = text.replace("yokohama-2024", code).replace("municipality: yokohama", f"municipality: {municipality}")
        (tmp_path / f"{code}.yaml").write_text(said.replace("{from: 2024-04-01}", valid), encoding="utf-8")
    assert [rules.code for rules in read_pay_rules(tmp_path).sets] == ["c", "b", "a"]


def test_the_shipped_sets() -> None:
    found = pay_rules()
    assert {"yokohama", "national"} <= set(found.municipalities())
    assert len(found.sets) >= 7


def test_the_example_of_the_docs_can_be_read(tmp_path: Path) -> None:
    page = (FOLDER.parents[2] / "docs" / "howto" / "add-a-pay-rule-set.md").read_text(encoding="utf-8")
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    example = page.partition("```yaml\n")[2].partition("```")[0]
    (tmp_path / "midori-2027.yaml").write_text(example, encoding="utf-8")
    assert "midori" in read_pay_rules(tmp_path).municipalities()
