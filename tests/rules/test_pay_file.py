"""The files in ``rules/pay/`` are read strictly: a slip stops the start and names its place."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from brigade.pay.rules_file import FOLDER, pay_rules, read_pay_rules

SLIPS = [
    ("yen: 7000", "yen: 7000.5", "whole yen"),
    ("yen: 7000", "yen: -1", "whole yen"),
    ("yen: 7000", "yen: ~", "whole yen"),
    ("yen: 7000", "amount: 7000", "needs one of"),
    ("yen: 7000", "yen: 7000, bands: [{yen: 1}]", "needs one of"),
    ("per: turnout, yen: 7000", "per: hour, yen: 7000", "'per' must be one of"),
    ("[disaster, no_activity]", "[disaster]", "'no_activity' must stand in one rate"),
    ("[disaster, no_activity]", "[disaster, no_activity, drill]", "'drill' must stand in one rate"),
    ("[disaster, no_activity]", "[disaster, no_activity, feast]", "no such pay class: feast"),
    ("mode: sum", "mode: cap", "needs 'yen'"),
    ("mode: sum", "mode: sum, yen: 1", "needs 'yen'"),
    ("mode: start_date", "mode: start_date, hours: 25", "1 to 24"),
    ("{from: 2024-04-01}", "{from: 2024-04-01, to: 2024-03-31}", "ends before it begins"),
    ("code: yokohama-2024", "code: yokohama-2025", "the file must be called"),
    ("member: 36500", "admiral: 36500", "unknown key 'admiral'"),
    ("served: any_day", "served: never", "'served' must be one of"),
    ("tax: {disaster_day: 8000", "tax: {disaster_day: 8000.0", "must be a int"),
]


@pytest.mark.parametrize(("good", "slip", "complaint"), SLIPS)
def test_a_slip_is_named(tmp_path: Path, good: str, slip: str, complaint: str) -> None:
    text = (FOLDER / "yokohama-2024.yaml").read_text(encoding="utf-8")
    assert good in text
    (tmp_path / "yokohama-2024.yaml").write_text(text.replace(good, slip), encoding="utf-8")
    with pytest.raises(ValueError, match=complaint):
        read_pay_rules(tmp_path)


def test_bands_must_rise(tmp_path: Path) -> None:
    text = (FOLDER / "gojo-2022.yaml").read_text(encoding="utf-8")
    for slip in ("[{yen: 4000}, {yen: 8000}]", "[{under: 240, yen: 4000}, {under: 500, yen: 1}]"):
        (tmp_path / "gojo-2022.yaml").write_text(
            text.replace("[{under: 240, yen: 4000}, {yen: 8000}]", slip), encoding="utf-8"
        )
        with pytest.raises(ValueError, match="bands must rise"):
            read_pay_rules(tmp_path)


def test_two_sets_of_one_municipality_never_hold_on_one_day(tmp_path: Path) -> None:
    shutil.copytree(FOLDER, tmp_path, dirs_exist_ok=True)
    text = (FOLDER / "yokohama-2024.yaml").read_text(encoding="utf-8").replace("yokohama-2024", "yokohama-2026")
    (tmp_path / "yokohama-2026.yaml").write_text(text.replace("from: 2024", "from: 2026"), encoding="utf-8")
    with pytest.raises(ValueError, match="hold on the same days"):
        read_pay_rules(tmp_path)


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
