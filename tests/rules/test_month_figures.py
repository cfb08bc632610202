"""The figures of a month: every way of adding up gives the same sum, whatever the month holds."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from brigade.activity.workflow import State
from brigade.dates import TOKYO
from brigade.month.figures import COUNTED, PAYABLE, below, sheet
from brigade.month.rows import MonthRows, PaidLine, PartRow, PersonRow, ReportRow, RulesUsed, UnitRow, restored, stored
from brigade.month.sheet import TrailLine
from brigade.pay.rules_file import pay_rules
from brigade.pay.turnouts import Turnout, turnout_pay
from brigade.pay.words import sentence

NOON = dt.datetime(2026, 11, 1, 12, tzinfo=TOKYO)
UNITS = (
    UnitRow("K1", "中央消防団", "中央消防団", "brigade", 0),
    UnitRow("C1", "第一分団", "第一分団", "company", 1),
    UnitRow("Q11", "第一班", "第一分団 第一班", "squad", 2),
    UnitRow("Q12", "第二班", "第一分団 第二班", "squad", 2),
    UnitRow("C2", "第二分団", "第二分団", "company", 1),
    UnitRow("Q21", "第一班", "第二分団 第一班", "squad", 2),
)
LINES = {
    "Q11": ("K1", "C1", "Q11"),
    "Q12": ("K1", "C1", "Q12"),
    "Q21": ("K1", "C2", "Q21"),
    "C2": ("K1", "C2"),
    "K1": ("K1",),
}
KINDS = {
    "D-01": ("disaster", "fire"),
    "T-01": ("drill", "drill"),
    "M-01": ("meeting", "other"),
    "N-01": ("none", "none"),
}
STATES = [state.value for state in State if state is not State.DRAFT]


@st.composite
def months(draw: st.DrawFn) -> MonthRows:
    """A month of a brigade with up to twelve reports of eight people, paid as in Yokohama."""
    people = tuple(PersonRow(f"M{nth}", f"{nth:06d}", f"団員{nth}", f"タ{nth}", "ordinary") for nth in range(8))
    reports, now = [], NOON
    for nth in range(draw(st.integers(0, 12))):
        unit_id, kind = draw(st.sampled_from(sorted(LINES))), draw(st.sampled_from(sorted(KINDS)))
        end = now + dt.timedelta(minutes=draw(st.integers(1, 600)))
        who = draw(st.lists(st.sampled_from([person.id for person in people]), unique=True, max_size=5))
        parts = tuple(PartRow(id_, "member", now, end, draw(st.booleans())) for id_ in who)
        state = draw(st.sampled_from(STATES))
        reports.append(
            ReportRow(
                f"R{nth}", f"K1-2026-{nth:05d}", 3, kind, *KINDS[kind], unit_id, LINES[unit_id],
                draw(st.sampled_from([f"R{nth}", "E1", "E2"])), "", now, end, "器具置場", state,
                "squad" if state == "in_review" else None, "self", draw(st.sampled_from(people)).id, now, False, parts,
                (TrailLine("submit", "", "", "団員1", "member", now),),
            )
        )  # fmt: skip
        now = end + dt.timedelta(minutes=1)
    return MonthRows(
        "2026-11", "K1", "中央消防団", "brigade", ("市", "署", "中央消防団"), NOON, "署員", UNITS, people,
        tuple(reports), tuple(paid(reports)), (RulesUsed("yokohama-2024", "x", "横浜市", "Yokohama"),),
    )  # fmt: skip


def paid(reports: list[ReportRow], city: str = "yokohama") -> list[PaidLine]:
    lines = []
    for member in sorted({part.member_id for report in reports for part in report.parts}):
        turnouts = [
            Turnout(report.id, report.kind, report.pay_class, "other", part.started_at, part.ended_at, acted=part.acted)
            for report in reports
            for part in report.parts
            if part.member_id == member and report.state in PAYABLE
        ]
        for line in turnout_pay(pay_rules(), city, turnouts):
            rules = pay_rules().named(line.rule_set)
            lines.append(PaidLine(member, line, sentence(line, rules, "ja"), sentence(line, rules, "en")))
    return lines


@given(months())
def test_members_squads_companies_and_the_brigade_add_up_alike(rows: MonthRows) -> None:
    whole = sheet(rows, "ja")
    reports = [report for report in rows.reports if report.state in COUNTED]
    assert whole.times == len(reports) == sum(kind.times for kind in whole.kinds) == len(whole.reports)
    people = sum(len(report.parts) for report in reports)
    assert whole.person_times == people == sum(member.times for member in whole.members)
    assert whole.minutes == sum(member.minutes for member in whole.members) == sum(kind.minutes for kind in whole.kinds)
    assert whole.yen == sum(member.yen for member in whole.members) == sum(line.yen or 0 for line in whole.pay)
    own = {unit.unit_id: unit for unit in whole.units}
    assert (own["K1"].times, own["K1"].person_times, own["K1"].minutes, own["K1"].yen) == (
        whole.times, whole.person_times, whole.minutes, whole.yen,
    )  # fmt: skip
    for company, squads in (("C1", ("Q11", "Q12")), ("C2", ("Q21",))):
        direct = [report for report in reports if report.unit_id == company]
        assert own[company].times == sum(own[squad].times for squad in squads) + len(direct)
    counted = [category for category in whole.categories if category.code != "none"]
    assert sum(category.reports for category in counted) == sum(report.statistics_class != "none" for report in reports)
    assert all(1 <= category.times <= category.reports for category in counted)


@given(months())
def test_the_sheets_of_the_units_below_are_parts_of_the_whole(rows: MonthRows) -> None:
    whole = {unit.unit_id: unit for unit in sheet(rows, "ja").units}
    for unit in UNITS:
        part = sheet(below(rows, unit.id), "ja")
        assert (part.times, part.person_times, part.minutes, part.yen) == (
            whole[unit.id].times, whole[unit.id].person_times, whole[unit.id].minutes, whole[unit.id].yen,
        )  # fmt: skip
        assert part.units[0].depth == 0
        assert part.path[-1] == unit.name
    assert sheet(below(rows, "K1"), "en") == sheet(rows, "en")
    with pytest.raises(KeyError):
        below(rows, "C9")


@given(months())
def test_what_is_kept_comes_back_as_it_was(rows: MonthRows) -> None:
    kept = json.loads(json.dumps(stored(rows), ensure_ascii=False))
    assert restored(MonthRows, kept) == rows
    assert stored(restored(MonthRows, kept)) == stored(rows)


def test_what_is_not_a_month_is_refused() -> None:
    for slip in ({}, {"id": "x"}, {"id": 1, "name": "", "label": "", "level": "", "depth": 0}):
        with pytest.raises((ValueError, TypeError)):
            restored(UnitRow, slip)


def test_what_several_units_did_at_one_fire_is_one_time() -> None:
    parts = (PartRow("M1", "member", NOON, NOON + dt.timedelta(hours=1), True),)
    reports = tuple(
        ReportRow(
            f"R{nth}", str(nth), 1, "D-01", "disaster", "fire", unit, LINES[unit], "E1", "火災", NOON,
            NOON + dt.timedelta(hours=1), "", "confirmed", None, "self", "M1", NOON, False, parts, (),
        )
        for nth, unit in enumerate(("Q11", "Q12", "Q21"))
    )  # fmt: skip
    rows = MonthRows(
        "2026-11",
        "K1",
        "",
        "brigade",
        (),
        NOON,
        "",
        UNITS,
        (PersonRow("M1", "1", "団", "ダ", "ordinary"),),
        reports,
        (),
        (),
    )
    [fire] = sheet(rows, "ja").categories
    assert (fire.code, fire.times, fire.reports, fire.person_times) == ("fire", 1, 3, 3)


@given(months())
def test_the_matrix_shows_everyone_at_everything_they_did(rows: MonthRows) -> None:
    whole = sheet(rows, "ja")
    there = {
        (part.member_id, report.event, report.kind)
        for report in rows.reports
        if report.state in COUNTED
        for part in report.parts
    }
    marks = [(row.member_id, mark) for row in whole.matrix.rows for mark in row.cells.values()]
    assert len(marks) >= len(there)  # one event on two days is two columns
    assert {member for member, _ in marks} == {member for member, _, _ in there}
    assert all(row.cells.keys() <= set(range(len(whole.matrix.columns))) for row in whole.matrix.rows)


def test_what_an_officer_should_look_at() -> None:
    trail = (
        TrailLine("submit", "", "", "団員1", "member", NOON),
        TrailLine("pass", "squad", "第一班", "", "member", NOON, reason="vacant"),
        TrailLine("return", "company", "第一分団", "分団長", "company_leader", NOON),
        TrailLine("correct", "company", "第一分団", "分団長", "company_leader", NOON),
        TrailLine("approve", "company", "第一分団", "副分団長", "deputy_company_leader", NOON, deputy_for="分団長"),
    )
    report = ReportRow(
        "R1", "K1-2026-00001", 5, "M-01", "meeting", "other", "Q11", LINES["Q11"], "R1", "", NOON,
        NOON + dt.timedelta(hours=1), "", "confirmed", None, "roster", "M1", NOON, True,
        (PartRow("M1", "member", NOON, NOON + dt.timedelta(hours=1), False),), trail,
    )  # fmt: skip
    rows = MonthRows(
        "2026-11", "K1", "", "brigade", (), NOON, "", UNITS, (PersonRow("M1", "1", "団", "ダ", "ordinary"),), (report,),
        tuple(paid([report])), (RulesUsed("yokohama-2024", "x", "横浜市", "Yokohama"),),
    )  # fmt: skip
    found = sheet(rows, "ja")
    assert [(oddity.what, oddity.detail) for oddity in found.oddities] == [
        ("entered-by-other", "名簿"),
        ("late", ""),
        ("passed", "第一班 担当者がいない"),
        ("returned", "第一分団"),
        ("corrected", "第一分団 分団長"),
        ("deputy", "副分団長 ← 分団長"),
        ("unknown-amount", ""),
    ]
    assert [row.cells for row in found.matrix.rows] == [{0: "stood-by"}]
    assert (found.unknown, found.yen) == (1, 0)
