"""A figure of a month explains itself: what is listed behind a cell adds up to the cell, whatever the month holds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given

from brigade.activity.kinds import catalogue
from brigade.month.explain import Explanation, explain
from brigade.month.figures import COUNTED, below, sheet
from brigade.month.rows import MonthRows
from tests.rules.test_month_figures import KINDS, UNITS, months

Sums = tuple[int, int, int, int]


def sums(found: Explanation) -> Sums:
    return found.times, found.person_times, found.minutes, found.yen


@given(months())
def test_everything_and_each_unit(rows: MonthRows) -> None:
    whole, found = sheet(rows, "ja"), explain(rows)
    assert sums(found) == (whole.times, whole.person_times, whole.minutes, whole.yen)
    assert found.unknown == whole.unknown
    assert [reason.report.number for reason in found.reasons] == [line.number for line in whole.reports]
    for unit in whole.units:
        found = explain(rows, unit_id=unit.unit_id)
        assert sums(found) == (unit.times, unit.person_times, unit.minutes, unit.yen)
        assert sums(explain(below(rows, unit.unit_id))) == sums(found)


@given(months())
def test_each_kind_alone_and_in_each_unit(rows: MonthRows) -> None:
    for unit in UNITS:
        cells = {total.code: total for total in sheet(below(rows, unit.id), "ja").kinds}
        for code in KINDS:
            found = explain(rows, unit_id=unit.id, kind=code)
            cell = cells.get(code)
            assert sums(found)[:3] == ((cell.times, cell.person_times, cell.minutes) if cell else (0, 0, 0))


@given(months())
def test_each_person_alone_and_in_each_kind(rows: MonthRows) -> None:
    whole = sheet(rows, "ja")
    for member in whole.members:
        found = explain(rows, member_id=member.member_id)
        assert sums(found) == (member.times, member.times, member.minutes, member.yen)
        lines = [line for line in whole.pay if line.member_id == member.member_id]
        assert found.unknown == sum(line.yen is None for line in lines)
        assert {paid.ja for reason in found.reasons for paid in reason.lines} == {line.sentence for line in lines}
        assert [person.id for person in found.people] in ([member.member_id], [])
        for code in KINDS:
            assert explain(rows, member_id=member.member_id, kind=code).times == member.by_kind.get(code, 0)
    assert explain(rows, member_id="nobody").reasons == ()


@given(months())
def test_each_category_counts_an_event_once(rows: MonthRows) -> None:
    cells = {total.code: total for total in sheet(rows, "ja").categories}
    for code in catalogue().classes["statistics"]:
        found = explain(rows, category=code)
        cell = cells.get(code)
        if code != "none":
            expected = (cell.times, cell.reports, cell.person_times) if cell else (0, 0, 0)
            assert (found.times, len(found.reasons), found.person_times) == expected
        each = explain(replace(rows, incidents_once=False), category=code)
        assert each.times == len(each.reasons) == len(found.reasons)
        assert {reason.report.event for reason in found.reasons if reason.times} == {
            reason.report.event for reason in found.reasons
        }


@given(months())
def test_every_line_comes_with_its_rules_and_every_report_with_its_decisions(rows: MonthRows) -> None:
    found = explain(rows)
    assert {paid.line.rule_set for reason in found.reasons for paid in reason.lines} == {
        rules.code for rules in found.rules
    }
    for reason in found.reasons:
        assert reason.report.trail
        assert reason.report.state in COUNTED
        assert all(paid.line.report_id == reason.report.id and paid.line.digest for paid in reason.lines)


@given(months())
def test_a_unit_that_is_not_there(rows: MonthRows) -> None:
    with pytest.raises(KeyError):
        explain(rows, unit_id="C9")
