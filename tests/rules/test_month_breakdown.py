"""Units by kinds, the survey with its years, and who stands for a month in place of seals."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from brigade.month.approvals import standing
from brigade.month.differences import difference_sheet
from brigade.month.figures import below, sheet
from brigade.month.rows import MonthRows, OpenRow, PartRow, PersonRow, ReportRow, SaidRow, YearRow
from brigade.month.sheet import EditionMark, TrailLine
from tests.rules.test_month_figures import LINES, NOON, UNITS, months

HOUR = dt.timedelta(hours=1)
MARK = EditionMark(
    2, NOON + 30 * HOUR, "署員", "station_officer", "中央消防署", "7K3M-Q0ZT-9A2C", "https://b.example/verify/x"
)
PEOPLE = (PersonRow("M1", "1", "団員1", "ダ", "ordinary"),)


def step(
    action: str, hours: int, level: str = "squad", unit: str = "第一班", name: str = "班長", **more: str
) -> TrailLine:
    return TrailLine(action, level, unit, name, more.get("post", f"{level}_leader"), NOON + hours * HOUR,
                     deputy_for=more.get("deputy_for"), reason=more.get("reason"))  # fmt: skip


def report(nth: int, unit: str, *trail: TrailLine, state: str = "confirmed", event: str = "") -> ReportRow:
    parts = (PartRow("M1", "member", NOON, NOON + HOUR, True),)
    return ReportRow(
        f"R{nth}", f"K1-2026-{nth:05d}", 3, "D-01", "disaster", "fire", unit, LINES[unit], event or f"R{nth}", "", NOON,
        NOON + HOUR, "", state, None, "self", "M1", NOON, False, parts, trail,
    )  # fmt: skip


def month(*reports: ReportRow, **more: object) -> MonthRows:
    rows = MonthRows(
        "2026-11", "K1", "中央消防団", "brigade", ("市", "署", "中央消防団"), NOON, "", UNITS, PEOPLE, reports, (), ()
    )
    return replace(rows, **more)  # type: ignore[arg-type]


# --- Units by kinds, the survey ---------------------------------------------------------------------------------------


@given(months())
def test_units_by_kinds_add_up_to_the_month(rows: MonthRows) -> None:
    whole = sheet(rows, "ja")
    totals = {unit.unit_id: unit for unit in whole.units}
    for unit in whole.unit_kinds:
        kinds = unit.by_kind.values()
        assert sum(kind.times for kind in kinds) == totals[unit.unit_id].times
        assert sum(kind.person_times for kind in kinds) == totals[unit.unit_id].person_times
        assert sum(kind.minutes for kind in kinds) == totals[unit.unit_id].minutes
    assert tuple(whole.unit_kinds[0].by_kind.values()) == whole.kinds
    assert sum(len(one.parts) for one in whole.reports) == whole.person_times
    assert sum(part.minutes for one in whole.reports for part in one.parts) == whole.minutes


@given(months())
def test_the_survey_of_a_unit_below_is_part_of_the_whole(rows: MonthRows) -> None:
    whole = sheet(rows, "ja").survey
    for unit in UNITS:
        part = sheet(below(rows, unit.id), "ja")
        inside = {one.unit_id for one in part.units}
        assert part.survey == tuple(one for one in whole if one.unit_id in inside)
        own = [(one.code, one.times, one.reports, one.person_times) for one in part.survey if one.unit_id == unit.id]
        assert own == [(one.code, one.times, one.reports, one.person_times) for one in part.categories]


@given(months())
def test_a_survey_that_counts_each_unit_counts_each_report(rows: MonthRows) -> None:
    each = sheet(replace(rows, incidents_once=False), "ja").survey
    assert all(one.times == one.reports for one in each)
    assert [one.reports for one in each] == [one.reports for one in sheet(rows, "ja").survey]


def test_the_years_stand_beside_the_month_by_the_same_count() -> None:
    years = (
        YearRow("K1", "fire", 10, 13, 90, 7, 9, 60),
        YearRow("K1", "drill", 4, 5, 40, 3, 3, 30),
        YearRow("Q11", "fire", 6, 6, 30, 5, 5, 20),
    )
    rows = month(report(1, "Q11", event="E1"), report(2, "Q21", event="E1"), years=years)
    own = [one for one in sheet(rows, "ja").survey if one.unit_id == "K1"]
    assert [(one.code, one.times, one.person_times, one.calendar_times, one.fiscal_times) for one in own] == [
        ("fire", 1, 2, 10, 7),
        ("drill", 0, 0, 4, 3),
    ]
    assert (own[0].calendar_person_times, own[0].fiscal_person_times) == (90, 60)
    each = [one for one in sheet(replace(rows, incidents_once=False), "ja").survey if one.unit_id == "K1"]
    assert [(one.times, one.calendar_times, one.fiscal_times) for one in each] == [(2, 13, 9), (0, 5, 3)]
    # The month has something of a squad of which the years know nothing: nothing, not unknown.
    [squad] = [one for one in sheet(rows, "ja").survey if one.unit_id == "Q21"]
    assert (squad.times, squad.calendar_times, squad.fiscal_person_times) == (1, 0, 0)
    assert all(one.calendar_times is None for one in sheet(replace(rows, years=()), "ja").survey)
    # A category of the year alone is no category of the month.
    assert [one.code for one in sheet(rows, "ja").categories] == ["fire"]


# --- In place of seals ------------------------------------------------------------------------------------------------


def test_an_approval_stands_until_it_is_undone_or_the_report_returns() -> None:
    squad, company = step("approve", 1), step("approve", 2, "company", "第一分団", "分団長")
    assert standing([squad, company]) == [squad, company]
    assert standing([squad, company, step("undo", 3, "company", "第一分団", "分団長")]) == [squad]
    assert standing([squad, step("step-back", 3, "company", "第一分団", "分団長")]) == []
    assert standing([squad, company, step("return", 3, "brigade", "中央消防団", "団長")]) == []
    again = step("approve", 5)
    assert standing([squad, step("return", 3, "company", "第一分団"), step("submit", 4), again]) == [again]
    unchanged = step("pass", 5, name="", reason="unchanged")
    assert standing([squad, step("return", 3, "company", "第一分団"), step("submit", 4), unchanged]) == [squad]
    assert standing([squad, step("return", 3), step("submit", 4), step("pass", 5, reason="vacant")]) == []
    assert standing([step("undo", 1), step("submit", 2)]) == []
    corrected = step("correct", 3, "company", "第一分団", "分団長")
    assert standing([squad, corrected]) == []
    assert standing([squad, corrected, unchanged]) == [squad]


@given(st.lists(st.sampled_from(["submit", "approve", "return", "undo", "step-back", "pass", "withdraw"]), max_size=12))
def test_what_stands_was_approved_once_for_each_level(actions: list[str]) -> None:
    trail = [
        step(action, nth, level, level, reason="unchanged" if action == "pass" else "")
        for nth, (action, level) in enumerate(zip(actions, ["squad", "company", "brigade"] * 4, strict=False))
    ]
    found = standing(trail)
    assert all(line.action == "approve" and line in trail for line in found)
    assert len({line.level for line in found}) == len(found)


def test_each_person_at_each_level_stands_once_from_the_bottom_up_and_the_seal_last() -> None:
    deputy = step("approve", 9, "company", "第一分団", "副分団長", post="deputy_company_leader", deputy_for="分団長")
    leader = step("approve", 5, "company", "第一分団", "分団長")
    said = (
        SaidRow("K1", "中央消防団", "complete", "団長", "brigade_leader", NOON + 20 * HOUR),
        SaidRow("Q12", "第一分団 第二班", "nil", "班長二", "squad_leader", NOON + 18 * HOUR),
        SaidRow("Q21", "第二分団 第一班", "excused", "団長", "brigade_leader", NOON, "建て替え", dt.date(2027, 1, 31)),
    )
    rows = month(
        report(1, "Q11", step("approve", 1), leader),
        report(2, "Q11", step("approve", 2), deputy),
        report(3, "Q21", step("approve", 3, name="班長三")),
        report(4, "Q11", step("approve", 4), state="withdrawn"),
        said=said,
        left_open=(OpenRow("K1-2026-00009", LINES["Q12"], "in_review", "company"),),
    )
    found = sheet(rows, "ja", MARK)
    assert [(one.what, one.unit_name, one.name, one.deputy_for, one.reports) for one in found.approvals] == [
        ("approve", "第一分団 第一班", "班長", None, 2),
        ("approve", "第二分団 第一班", "班長三", None, 1),
        ("approve", "第一分団", "分団長", None, 1),
        ("approve", "第一分団", "副分団長", "分団長", 1),
        ("complete", "中央消防団", "団長", None, 0),
        ("seal", "中央消防署", "署員", None, 0),
    ]
    first = found.approvals[0]
    assert (first.first_at, first.last_at) == (NOON + HOUR, NOON + 2 * HOUR)
    assert [(one.unit_name, one.saying, one.name, one.until) for one in found.statements] == [
        ("第一分団 第二班", "nil", "班長二", None),
        ("第二分団 第一班", "excused", "団長", dt.date(2027, 1, 31)),
    ]
    assert [(one.number, one.unit_name, one.waits_at) for one in found.left_open] == [
        ("K1-2026-00009", "第一分団 第二班", "company")
    ]
    assert not found.preview
    assert not [one for one in sheet(rows, "ja").approvals if one.what == "seal"]
    squad = sheet(below(rows, "Q21"), "ja", MARK)
    assert [one.name for one in squad.approvals] == ["班長三", "署員"]
    assert [one.saying for one in squad.statements] == ["excused"]
    assert squad.left_open == ()


# --- From edition to edition ------------------------------------------------------------------------------------------


@given(months(), months())
def test_a_difference_sheet_leads_to_the_figures_of_its_document(before: MonthRows, after: MonthRows) -> None:
    for unit in ("K1", "C1", "Q11"):
        part = below(after, unit)
        found = sheet(part, "ja", MARK, difference_sheet(before, part, MARK, "ja"))
        sheet_, change = found.differences, found.differences.change if found.differences else None
        assert sheet_ is not None
        assert change is not None
        assert sheet_.after.times == len(part.reports)
        for name in ("times", "person_times", "minutes", "yen"):
            assert getattr(sheet_.before, name) + getattr(change, name) == getattr(sheet_.after, name)
        assert all(line.kind_label and line.unit_name for line in sheet_.lines)
        assert (sheet_.number, sheet_.code) == (2, MARK.code)


def test_a_unit_that_the_edition_before_did_not_have_is_all_plus() -> None:
    after = month(report(1, "Q21"))
    before = replace(after, units=UNITS[:4], reports=())
    found = difference_sheet(before, below(after, "C2"), MARK, "ja")
    assert (found.before.times, found.after.times, found.change.times) == (0, 1, 1)
    assert [(line.what, line.unit_name, line.kind_label) for line in found.lines] == [
        ("added", "第二分団 第一班", "火災")
    ]
