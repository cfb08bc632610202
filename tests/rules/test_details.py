"""Details of reports: what is accepted stays accepted, every error is named at its place, nothing sent breaks it."""

from __future__ import annotations

import datetime as dt
import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brigade import wording
from brigade.activity.kinds import KindField, catalogue, check_details, check_text

START = dt.datetime(2026, 11, 8, 0, 0, tzinfo=dt.UTC)
END = START + dt.timedelta(hours=2, minutes=30)
ID = "0199c1c2-7b1e-7c3a-9a52-0f0e5a2b1c3d"
CODES = [kind.code for kind in catalogue()]
DETAIL = {
    "text": "器具置場",
    "boolean": True,
    "instant": "2026-11-08T09:30:00+09:00",
    "date": "2026-11-30",
    "uuid": ID.upper(),
}


def found(code: str, details: Any, **kwargs: Any) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """(errors, warnings) as pairs of pointer and code."""
    checked = check_details(catalogue()[code], details, START, END, **kwargs)
    return {(p.pointer, p.code) for p in checked.errors}, {(p.pointer, p.code) for p in checked.warnings}


def example(field: KindField) -> Any:
    """A value that the field accepts."""
    if field.type in ("integer", "decimal"):
        return field.min
    if field.type in ("choice", "choices"):
        return field.options[0].value if field.type == "choice" else [option.value for option in field.options]
    if field.type == "items":
        return [{column.name: example(column) for column in field.fields}] * 2
    return DETAIL[field.type]


@pytest.mark.parametrize(
    ("code", "details"),
    [
        ("T-01", {"drill_type": "pump"}),
        ("T-01", {}),
        ("D-01", {}),
        ("D-04", {}),
        ("E-01", {}),
        ("P-02", {}),
        ("M-01", {}),
    ],
)
def test_few_taps_are_enough(code: str, details: dict[str, Any]) -> None:
    checked = check_details(catalogue()[code], details, START, END)
    assert (checked.values, checked.errors, checked.warnings) == (details, (), ())


@pytest.mark.parametrize("code", CODES)
def test_all_fields_filled_are_accepted_and_keep(code: str) -> None:
    kind = catalogue()[code]
    first = check_details(kind, {field.name: example(field) for field in kind.fields}, START, END)
    assert first.errors == ()
    assert set(first.values) == {field.name for field in kind.fields}
    again = check_details(kind, json.loads(json.dumps(first.values)), START, END)
    assert (again.values, again.errors) == (first.values, ())


@pytest.mark.parametrize("code", CODES)
def test_empty_counts_as_not_given(code: str) -> None:
    kind = catalogue()[code]
    for empty in (None, ""):
        checked = check_details(kind, {field.name: empty for field in kind.fields}, START, END)
        assert checked.values == {}
        missing = {f"/details/{field.name}" for field in kind.fields if field.required}
        assert {p.pointer for p in checked.errors if p.code == "required"} == missing
        assert check_details(kind, {}, START, END, complete=False).errors == ()


WRONG = [
    ("T-01", {"drill_type": "swim"}, "/details/drill_type", "not-an-option"),
    ("T-01", {"drill_type": 3}, "/details/drill_type", "wrong-type"),
    ("T-01", {"drill_type": ["pump"]}, "/details/drill_type", "wrong-type"),
    ("T-01", {"a/b~c": 1}, "/details/a~1b~0c", "unknown-field"),
    ("T-01", {"plan_id": "12"}, "/details/plan_id", "bad-id"),
    ("T-01", {"plan_id": ID.replace("-", "")}, "/details/plan_id", "bad-id"),
    ("T-01", {"residents_taught": True}, "/details/residents_taught", "wrong-type"),
    ("T-01", {"residents_taught": "3"}, "/details/residents_taught", "wrong-type"),
    ("T-01", {"residents_taught": 2.5}, "/details/residents_taught", "wrong-type"),
    ("T-01", {"residents_taught": 10**400}, "/details/residents_taught", "out-of-range"),
    ("T-01", {"heat_index_c": 45.1}, "/details/heat_index_c", "out-of-range"),
    ("T-01", {"heat_index_c": 28.55}, "/details/heat_index_c", "too-precise"),
    ("T-01", {"heat_index_c": math.nan}, "/details/heat_index_c", "wrong-type"),
    ("T-01", {"heat_index_c": math.inf}, "/details/heat_index_c", "wrong-type"),
    ("D-01", {"hoses_laid": 61}, "/details/hoses_laid", "out-of-range"),
    ("D-01", {"hose_mm": True}, "/details/hose_mm", "wrong-type"),
    ("D-01", {"hose_mm": 45}, "/details/hose_mm", "not-an-option"),
    ("D-01", {"pressure_mpa": 2.01}, "/details/pressure_mpa", "out-of-range"),
    ("D-01", {"incident_no": "1" * 21}, "/details/incident_no", "too-long"),
    ("D-01", {"incident_no": "a\nb"}, "/details/incident_no", "bad-characters"),
    ("D-01", {"incident_no": "a\u202eb"}, "/details/incident_no", "bad-characters"),
    ("D-01", {"alarm_at": "2026-11-08T09:00:00"}, "/details/alarm_at", "naive-time"),
    ("D-01", {"alarm_at": "2026-11-08"}, "/details/alarm_at", "bad-time"),
    ("D-01", {"alarm_at": "2026-11-31T09:00:00Z"}, "/details/alarm_at", "bad-time"),
    ("D-01", {"alarm_at": "0001-01-01T00:00:00+09:00"}, "/details/alarm_at", "bad-time"),
    ("D-01", {"alarm_at": "２０２６-11-08T09:00:00Z"}, "/details/alarm_at", "bad-time"),
    ("D-01", {"alarm_at": 1}, "/details/alarm_at", "wrong-type"),
    ("D-01", {"alarm_at": "2026-11-07T11:59:59Z"}, "/details/alarm_at", "outside-report"),
    ("D-01", {"withdraw_at": "2026-11-08T14:30:01Z"}, "/details/withdraw_at", "outside-report"),
    ("D-04", {"task": ["patrol", "sing"]}, "/details/task/1", "not-an-option"),
    ("D-04", {"task": ["patrol"] * 201}, "/details/task", "too-many-items"),
    ("D-04", {"task": "patrol"}, "/details/task", "wrong-type"),
    ("D-05", {"found": 1}, "/details/found", "wrong-type"),
    ("E-01", {"items": [{"item": "筒先", "result": "ok"}] * 3 + [{"item": "x", "result": "ok", "quantity": -1}]},
     "/details/items/3/quantity", "out-of-range"),
    ("E-01", {"items": [{"result": "ok"}]}, "/details/items/0/item", "required"),
    ("E-01", {"items": [None]}, "/details/items/0", "wrong-type"),
    ("E-01", {"items": [{}] * 201}, "/details/items", "too-many-items"),
    ("E-02", {"item": "ポンプ", "severity": "usable", "wanted_by": "2026-02-30"}, "/details/wanted_by", "bad-date"),
    ("V-01", {"odometer_start_km": 100, "odometer_end_km": 99.9}, "/details/odometer_end_km", "odometer-backwards"),
    ("V-01", {"odometer_end_km": 5, "fuel_l": 0}, "/details/fuel_l", "out-of-range"),
    ("V-01", {"odometer_end_km": 5, "fuel_l": 200.1}, "/details/fuel_l", "out-of-range"),
    ("X-01", {"activity": " "}, "/details/activity", "required"),
    ("I-01", {"injured_member_id": ID, "how": "転んだ", "witnesses": [{"name": "佐藤"}]},
     "/details/witnesses", "witnesses-or-reason"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "details", "pointer", "problem"), WRONG)
def test_refused_at_its_place(code: str, details: dict[str, Any], pointer: str, problem: str) -> None:
    assert found(code, details)[0] == {(pointer, problem)}


def test_everything_wrong_is_said_at_once() -> None:
    errors, _ = found("D-01", {"hoses_laid": -1, "hose_mm": "65", "x": 1, "alarm_at": "now"})
    assert len(errors) == 4


@pytest.mark.parametrize("details", [None, [], "x", 3, True])
def test_details_must_be_an_object(details: Any) -> None:
    assert found("T-01", details)[0] == {("/details", "wrong-type")}


def test_edges_of_the_times_are_inside() -> None:
    details = {"alarm_at": "2026-11-07T21:00:00+09:00", "withdraw_at": "2026-11-08T14:30:00Z"}
    assert found("D-01", details) == (set(), set())
    assert found("D-01", {**details, "alarm_at": "1999-01-01T00:00:00Z"})[0]
    assert check_details(catalogue()["D-01"], {"alarm_at": "1999-01-01T00:00:00Z"}, None, None).errors == ()


def test_order_skips_what_is_not_given_and_allows_equal() -> None:
    at = [f"2026-11-08T09:{minute:02}:00+09:00" for minute in range(60)]
    assert found("D-01", {"alarm_at": at[5], "arrive_at": at[5], "withdraw_at": at[40]}) == (set(), set())
    wrong = {"alarm_at": at[5], "arrive_at": at[4], "withdraw_at": at[40]}
    assert found("D-01", wrong)[0] == {("/details/arrive_at", "times-out-of-order")}
    other_offset = {"alarm_at": "2026-11-08T00:30:00Z", "depart_at": at[20]}
    assert found("D-01", other_offset)[0] == {("/details/depart_at", "times-out-of-order")}


WARNED = [
    ("D-01", {"result": "false_alarm"}, "/details/result", "consider-false-alarm-kind"),
    ("E-01", {"items": [{"item": "a", "result": "ok"}, {"item": "b", "result": "ng"}]},
     "/details/items/1/result", "defect-report-needed"),
    ("V-01", {"odometer_end_km": 5, "licence_expires_on": "2026-11-07"}, "/details/licence_expires_on", "expired"),
    ("V-01", {"odometer_end_km": 5, "alcohol_result": "detected"}, "/details/alcohol_result", "alcohol-detected"),
]  # fmt: skip


@pytest.mark.parametrize(("code", "details", "pointer", "problem"), WARNED)
def test_warned_at_its_place(code: str, details: dict[str, Any], pointer: str, problem: str) -> None:
    assert found(code, details) == (set(), {(pointer, problem)})


def test_witnesses_two_or_a_reason() -> None:
    base = {"injured_member_id": ID, "how": "ホースにつまずいた\n左足をひねった"}
    assert found("I-01", {**base, "witnesses": [{"name": "佐藤"}, {"name": "鈴木"}]}) == (set(), set())
    assert found("I-01", {**base, "few_witnesses_reason": "一人で作業"}) == (set(), set())
    assert found("I-01", base)[0] == {("/details/witnesses", "witnesses-or-reason")}
    assert found("I-01", base, complete=False) == (set(), set())


@pytest.mark.parametrize(
    ("value", "clean", "codes"),
    [
        ("　 第二分団器具置場 ", "第二分団器具置場", []),
        ("葛󠄀城 𠮷田", "葛󠄀城 𠮷田", []),
        ("a\r\nb\tc", "a\nb c", []),
        (None, "", []),
        ("", "", []),
        (3, "", ["wrong-type"]),
        ("a\x00b", "a\x00b", ["bad-characters"]),
        ("a\u2067b", "a\u2067b", ["bad-characters"]),
        ("a\ud800b", "a\ud800b", ["bad-characters"]),
        ("あ" * 21, "あ" * 21, ["too-long"]),
    ],
)
def test_text(value: Any, clean: str, codes: list[str]) -> None:
    text, problems = check_text("/summary", value, 20)
    assert (text, [p.code for p in problems]) == (clean, codes)
    assert all(p.pointer == "/summary" for p in problems)


def test_text_of_one_line_and_required() -> None:
    assert [p.code for p in check_text("/place", "a\nb", 20, multiline=False)[1]] == ["bad-characters"]
    assert [p.code for p in check_text("/place", " ", 20, required=True)[1]] == ["required"]
    assert [p.code for p in check_text("/place", "ab", 20, min_length=3)[1]] == ["too-short"]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.datetimes().map(str),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters()), inner, max_size=4),
    max_leaves=12,
)


@st.composite
def sent(draw: st.DrawFn) -> tuple[str, Any]:
    """A kind and details that are partly right, partly anything."""
    kind = catalogue()[draw(st.sampled_from(CODES))]

    def row(fields: tuple[KindField, ...]) -> dict[str, Any]:
        values: dict[str, Any] = draw(st.dictionaries(st.text(st.characters()), JSON, max_size=2))
        for field in draw(st.lists(st.sampled_from(fields), unique_by=lambda field: field.name)):
            values[field.name] = draw(JSON) if draw(st.integers(0, 3)) == 0 else right(field)
        return values

    def right(field: KindField) -> Any:
        if field.type == "items":
            return [row(field.fields) for _ in range(draw(st.integers(0, 3)))]
        if field.type == "integer":
            return draw(st.integers(int(field.min or 0), int(field.max or 0)))
        if field.type == "decimal":
            return draw(st.floats(field.min, field.max).map(lambda number: round(number, field.digits)))
        if field.type == "text":
            return draw(st.text(st.characters()))
        return example(field)

    return kind.code, draw(JSON) if draw(st.integers(0, 9)) == 0 else row(kind.fields)


@given(sent(), st.booleans())
def test_nothing_sent_breaks_it(sending: tuple[str, Any], complete: bool) -> None:
    code, details = sending
    checked = check_details(catalogue()[code], details, START, END, complete=complete)
    for problem in (*checked.errors, *checked.warnings):
        assert problem.pointer == "/details" or problem.pointer.startswith("/details/")
        problem.pointer.encode()
        for lang in wording.LANGUAGES:
            assert wording.text(f"problem.{problem.code}.title", lang, **problem.params)
            assert wording.text(f"problem.{problem.code}.detail", lang, **problem.params)
        json.dumps(problem.params, allow_nan=False)
    if not checked.errors:
        stored = json.loads(json.dumps(checked.values, allow_nan=False))
        again = check_details(catalogue()[code], stored, START, END, complete=complete)
        assert (again.values, again.errors, again.warnings) == (checked.values, (), checked.warnings)
