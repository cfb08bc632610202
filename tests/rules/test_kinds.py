"""The catalogue of activity kinds: complete, described in both languages, and strict about its own data."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from brigade import wording
from brigade.activity.kinds import KINDS_FILE, catalogue, check_details, describe, load_kinds

CODES = [kind.code for kind in catalogue()]


def test_every_proposed_kind_is_there() -> None:
    expected = (
        "D-01 D-02 D-03 D-04 D-05 D-06 G-01 G-02 T-01 T-02 P-01 P-02 S-01 S-02 M-01 E-01 E-02 V-01 C-01 X-01 N-01 I-01"
    )
    assert expected.split() == CODES
    assert [kind.code for kind in catalogue() if kind.confidential] == ["I-01"]
    assert [kind.code for kind in catalogue() if kind.times == "future"] == ["N-01"]
    assert "Q-01" not in catalogue().kinds
    assert catalogue().get("Q-01") is None
    assert catalogue().get(["T-01"]) is None


def test_roles_and_orders() -> None:
    assert catalogue().role_values() == ("commander", "operator", "driver", "member", "instructor", "trainee")
    assert catalogue().order_by_values() == ("brigade_leader", "station_chief", "yearly_plan", "self_aware")


@pytest.mark.parametrize("lang", wording.LANGUAGES)
@pytest.mark.parametrize("code", CODES)
def test_described_in_both_languages(code: str, lang: str) -> None:
    shown = describe(catalogue()[code], lang)
    assert json.loads(json.dumps(shown)) == shown
    assert shown["label"] == shown["labels"][lang]
    assert all(shown["class_labels"].values())

    def labelled(fields: list[dict[str, Any]]) -> None:
        for field in fields:
            assert field["label"] == field["labels"][lang]
            assert all(field["labels"].values())
            assert all(option["labels"]["ja"] for option in field.get("options", []))
            labelled(field.get("fields", []))

    labelled(shown["fields"])


def test_planned_kinds_exist() -> None:
    (planned,) = (field for field in catalogue()["N-01"].fields if field.name == "planned_kind")
    for option in planned.options:
        kind = catalogue()[str(option.value)]
        assert kind.label == option.label


SLIPS = [
    ("    pay_class: disaster\n", "    pay_class: gold\n", "D-01.*pay_class"),
    ("    tax_class: disaster\n", "", "D-01.*tax_class"),
    ("    label: {ja: 火災, en: Fire}\n", "    label: {ja: 火災}\n", "D-01.*'en'"),
    ("    label: {ja: 火災, en: Fire}\n", "    label: {ja: 火災, en: ' '}\n", "D-01.*both languages"),
    ("    label: {ja: 火災, en: Fire}\n", "", "D-01.*'label'"),
    ("  - code: D-02\n", "  - code: D-01\n", "D-01.*twice"),
    ("  - code: D-02\n", "  - code: D2\n", "D2.*code"),
    ("  - code: D-02\n", "  - code: D-02\n    colour: red\n", "D-02.*colour"),
    ("  - code: D-02\n", "  - code: D-02\n    code: D-09\n", "'code' stands there twice"),
    ("min: 0, max: 60}", "min: 0}", "hoses_laid.*max"),
    ("min: 0, max: 60}", "min: 60, max: 0}", "hoses_laid.*below"),
    ("min: 0, max: 60}", "min: zero, max: 60}", "hoses_laid.*number"),
    ("type: integer, label: {ja: 延ばした", "type: int, label: {ja: 延ばした", "hoses_laid.*type"),
    ("{value: ship,", "{value: forest,", "forest.*twice"),
    ("[alarm_at, depart_at,", "[alarm_at, left_at,", "D-01\\].orders.*left_at"),
    ("[alarm_at, depart_at,", "[alarm_at, hoses_laid,", "D-01\\].orders.*compared"),
    ("values: [false_alarm, recalled]", "values: [false]", "D-01\\].warnings.*options"),
    ("field: items.result", "field: items.outcome", "E-01\\].warnings.*outcome"),
    ("unless: few_witnesses_reason", "unless: hospitals", "I-01\\].needs"),
    ('  prior_notice: "off"\n', "  prior_notice: off\n", "prior_notice.*str"),
    ("  max_hours: 72\n", "  max_hours: 12\n", "hours"),
    ("  warn_minutes: 15\n", "  warn_minutes: 1440\n", "minutes"),
    ("  place: optional\n", "  place: needed\n", "place"),
    ("  warn_minutes: 15\n", "  warn_minutes: -1\n", "minutes"),
    (
        "{start: odometer_start_km, end: odometer_end_km,",
        "{start: odometer_start_km, end: purpose,",
        "V-01.*meter.*numbers",
    ),
    (
        "{start: odometer_start_km, end: odometer_end_km,",
        "{start: odometer, end: odometer_end_km,",
        "V-01.*meter.*numbers",
    ),
    ("odometer_end_km, slack: 1}", "odometer_end_km}", "V-01.*meter.*slack"),
    ("odometer_end_km, slack: 1}", "odometer_end_km, slack: 1, of: car}", "V-01.*meter.*of"),
    ("roles:\n", "rolls:\n", "unknown key 'rolls'"),
    ("kinds:\n", "kinds: [\n", "not yaml"),
]


@pytest.mark.parametrize(("before", "after", "says"), SLIPS)
def test_a_slip_in_the_yaml_is_named(tmp_path: Path, before: str, after: str, says: str) -> None:
    text = KINDS_FILE.read_text(encoding="utf-8")
    assert before in text
    path = tmp_path / "kinds.yaml"
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(ValueError, match=says):
        load_kinds(path)


def test_a_kind_is_added_by_data_alone(tmp_path: Path) -> None:
    text = KINDS_FILE.read_text(encoding="utf-8") + (
        "\n  - {code: Z-01, label: {ja: 雪かき, en: Snow}, help: {ja: 雪。, en: Snow.}, pay_class: guard,"
        " statistics_class: other, tax_class: other,"
        " fields: [{name: depth_cm, type: integer, label: {ja: 深さ, en: Depth}, min: 0, max: 900}]}\n"
    )
    path = tmp_path / "kinds.yaml"
    path.write_text(text, encoding="utf-8")
    kind = load_kinds(path)["Z-01"]
    assert (kind.participants, kind.max_hours, kind.warn_hours, kind.warn_minutes) == ("required", 72, 24, 15)
    assert check_details(kind, {"depth_cm": 40}, None, None).values == {"depth_cm": 40}
    assert describe(kind, "en")["fields"][0]["max"] == 900
