"""The month of a unit below is cut out of the month of the one above: what goes with it, and what stays out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from brigade.month.figures import below, sheet
from brigade.month.rows import MonthRows, OpenRow, PersonRow, RulesUsed, SaidRow, YearRow
from tests.rules.test_difference_lines import PEOPLE, month, report
from tests.rules.test_month_figures import LINES, NOON, UNITS


def whole() -> MonthRows:
    """Two squads of the first company and one of the second with a report each, and all else that a month may hold."""
    reports = (
        report("R1", who=("M1",)),
        report("R2", "Q12", 1, ("M2",)),
        replace(report("R3", "Q21", 2, ("M3",)), author_id="M4"),
    )
    rows = month(*reports)
    return replace(
        rows,
        path=("市", "署", "中央消防団"),
        people=(
            *PEOPLE,
            *(PersonRow(f"M{nth}", f"00000{nth}", f"団員{nth}", f"タ{nth}", "ordinary") for nth in (3, 4, 5)),
        ),
        rules=(RulesUsed("yokohama-2024", "x", "横浜市", "Yokohama"), RulesUsed("other", "y", "他", "Other")),
        said=tuple(SaidRow(unit, unit, "complete", "", "", NOON) for unit in ("K1", "C1", "Q11", "C2")),
        years=tuple(YearRow(unit, "fire", 1, 1, 1, 1, 1, 1) for unit in ("K1", "C1", "Q12", "Q21")),
        left_open=tuple(OpenRow(unit, LINES[unit], "in_review", "squad") for unit in ("Q11", "C2", "K1")),
    )


def test_a_company_of_the_brigade() -> None:
    rows = below(whole(), "C1")
    assert (rows.unit_id, rows.unit_name, rows.level) == ("C1", "第一分団", "company")
    assert rows.path == ("市", "署", "中央消防団", "第一分団")
    assert [(unit.id, unit.depth) for unit in rows.units] == [("C1", 0), ("Q11", 1), ("Q12", 1)]
    assert [one.id for one in rows.reports] == ["R1", "R2"]
    assert [person.id for person in rows.people] == ["M1", "M2"]
    assert {paid.line.report_id for paid in rows.pay} == {"R1", "R2"}
    assert [rules.code for rules in rows.rules] == ["yokohama-2024"]
    assert [said.unit_id for said in rows.said] == ["C1", "Q11"]
    assert [year.unit_id for year in rows.years] == ["C1", "Q12"]
    assert [one.number for one in rows.left_open] == ["Q11"]


def test_a_squad_and_whoever_wrote_for_it() -> None:
    rows = below(whole(), "Q21")
    assert rows.path == ("市", "署", "中央消防団", "第二分団", "第一班")
    assert [(unit.id, unit.depth) for unit in rows.units] == [("Q21", 0)]
    assert [person.id for person in rows.people] == ["M3", "M4"], (
        "who wrote a report without taking part is one of them"
    )
    assert below(below(whole(), "C2"), "Q21") == rows
    assert (rows.said, [one.number for one in rows.left_open]) == ((), [])


def test_the_brigade_itself_is_all_of_it() -> None:
    rows = below(whole(), "K1")
    assert rows.units == UNITS
    assert rows == replace(whole(), people=whole().people[:4], rules=whole().rules[:1])
    with pytest.raises(KeyError):
        below(whole(), "C9")


def test_the_sheet_counts_states_and_where_reports_wait() -> None:
    waiting = replace(report("R4", "Q11", 3, ("M1",)), state="in_review", waits_at="squad")
    returned = replace(report("R5", "Q11", 4, ("M1",)), state="returned")
    withdrawn = replace(report("R6", "Q11", 5, ("M1",)), state="withdrawn")
    rows = replace(whole(), reports=(*whole().reports, waiting, returned, withdrawn))
    found = sheet(rows, "ja")
    assert found.states == {"confirmed": 3, "in_review": 1, "returned": 1, "withdrawn": 1}
    assert found.waiting_by_level == {"squad": 1}
    assert (found.times, found.person_times, found.minutes, found.yen, found.unknown) == (5, 5, 300, 21_000, 0)
    units = {unit.unit_id: unit for unit in found.units}
    assert [(units[id_].times, units[id_].waiting, units[id_].returned, units[id_].yen) for id_ in ("K1", "C1", "Q12")] == [
        (5, 1, 1, 21_000), (4, 1, 1, 14_000), (1, 0, 0, 7_000),
    ]  # fmt: skip
    assert [(kind.code, kind.times, kind.person_times, kind.minutes) for kind in found.kinds] == [("D-01", 5, 5, 300)]


def test_people_stand_by_unit_and_name_and_have_what_they_earned() -> None:
    found = sheet(whole(), "ja")
    assert [(one.member_id, one.unit_name, one.times, one.minutes, one.yen) for one in found.members] == [
        ("M1", "第一分団 第一班", 1, 60, 7_000), ("M2", "第一分団 第二班", 1, 60, 7_000), ("M3", "第二分団 第一班", 1, 60, 7_000),
    ]  # fmt: skip
    assert [(row.name, row.report_number, row.yen) for row in found.pay] == [
        ("相沢", "K1-R2", 7_000), ("団員3", "K1-R3", 7_000), ("渡辺", "K1-R1", 7_000),
    ]  # fmt: skip
    both = month(report("R1"), report("R2", "Q12", 1))
    assert [(one.name, one.unit_name, one.times) for one in sheet(both, "ja").members] == [
        ("相沢", "第一分団 第二班", 2), ("渡辺", "第一分団 第二班", 2),
    ], "with the unit of their last report"  # fmt: skip
