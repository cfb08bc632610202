"""What a line of differences between two editions is called, whom it names, and in which order they stand."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from brigade.month.difference_sheet import Difference, Totals
from brigade.month.differences import difference_sheet, differences, joined, totals
from brigade.month.rows import MonthRows, PartRow, PersonRow, ReportRow, UnitRow
from brigade.month.sheet import EditionMark, TrailLine
from tests.rules.test_month_figures import LINES, NOON, UNITS, paid

HOUR = dt.timedelta(hours=1)
MARK = EditionMark(1, NOON, "署員", "station_officer", "中央署", "ABC", "")
PEOPLE = (
    PersonRow("M1", "000002", "渡辺", "ワタナベ", "ordinary"),
    PersonRow("M2", "000001", "相沢", "アイザワ", "ordinary"),
)


def report(id_: str, unit: str = "Q11", after: int = 0, who: tuple[str, ...] = ("M1", "M2")) -> ReportRow:
    start = NOON + after * HOUR
    parts = tuple(PartRow(one, "member", start, start + HOUR, True) for one in who)
    trail = (
        TrailLine("submit", "", "", "渡辺", "member", start),
        TrailLine("approve", "", "", "署", "", start + 2 * HOUR),
    )
    return ReportRow(
        id_, f"K1-{id_}", 3, "D-01", "disaster", "fire", unit, LINES[unit], id_, "火災", start, start + HOUR, "本町",
        "confirmed", None, "self", "M1", start, False, parts, trail,
    )  # fmt: skip


def month(*reports: ReportRow, city: str = "yokohama") -> MonthRows:
    return MonthRows(
        "2026-11", "K1", "中央消防団", "brigade", (), NOON, "", UNITS, PEOPLE, reports, tuple(paid(list(reports), city)), (),
    )  # fmt: skip


def one(before: ReportRow, after: ReportRow) -> Difference | None:
    found = differences(month(before), month(after))
    return found[0] if found else None


@pytest.mark.parametrize(
    "said",
    [
        {"place": "河川敷"},
        {"kind": "D-05"},
        {"unit_id": "Q12", "unit_ids": LINES["Q12"]},
        {"event": "E9"},
        {"ended_at": NOON + 2 * HOUR},
        {"started_at": NOON - HOUR},
    ],
    ids=lambda said: next(iter(said)),
)
def test_what_it_says_is_a_change_though_nobodys_figures_are_others(said: dict[str, object]) -> None:
    found = one(report("R1"), replace(report("R1"), **said))
    assert found is not None
    assert (found.what, found.times, found.people) == ("changed", 0, ())


@pytest.mark.parametrize(
    "said", [{"state": "sealed"}, {"trail": ()}, {"version": 9}, {"late": True}], ids=lambda said: next(iter(said))
)
def test_its_way_is_no_change(said: dict[str, object]) -> None:
    assert one(report("R1"), replace(report("R1"), **said)) is None
    turned = replace(report("R1"), parts=report("R1").parts[::-1])
    assert one(report("R1"), turned) is None, "nor is the order of its people"


def test_what_a_person_did_is_told_though_it_earns_the_same() -> None:
    first, second = report("R1").parts
    found = one(report("R1"), replace(report("R1"), parts=(first, replace(second, role="operator"))))
    assert found is not None
    [person] = found.people
    assert (found.what, person.member_id, person.person_times, person.minutes, person.yen) == ("changed", "M2", 0, 0, 0)


def test_other_pay_for_the_same_is_called_pay() -> None:
    [found] = differences(month(report("R1")), month(report("R1"), city="gojo"))
    assert (found.what, found.times) == ("pay", 0)
    assert [(person.yen_before, person.yen_after, person.yen) for person in found.people] == [(7000, 4000, -3000)] * 2
    assert differences(month(report("R1")), month(report("R1"), city="ichikawa")) == (), "seven thousand yen in both"


def test_of_a_report_and_its_people_each_sum_is_told() -> None:
    [added] = differences(month(), month(report("R1")))
    [removed] = differences(month(report("R1")), month())
    assert (added.what, added.times, added.person_times, added.minutes, added.yen) == ("added", 1, 2, 120, 14_000)
    assert (removed.what, removed.times, removed.person_times, removed.minutes, removed.yen) == (
        "removed",
        -1,
        -2,
        -120,
        -14_000,
    )
    assert added.at == removed.at == NOON + 2 * HOUR, "when the last decision on it was taken"
    assert (added.report_number, added.unit_name, added.kind_label) == ("K1-R1", "第一分団 第一班", "火災")
    assert [person.because for person in added.people] == ["7,000 円：災害出動 1回（横浜市 2024）"] * 2
    [english] = differences(month(), month(report("R1")), "en")
    assert [person.because for person in english.people] == ["7,000 yen: Disaster, one turnout (Yokohama 2024)"] * 2
    assert [person.because for person in removed.people] == ["", ""]
    [alone] = differences(month(), month(replace(report("R1"), trail=(), parts=())))
    assert (alone.what, alone.at, alone.people) == ("added", None, ())


def test_people_stand_in_the_order_of_names_and_reports_in_that_of_time() -> None:
    [found] = differences(month(), month(report("R1")))
    assert [person.name for person in found.people] == ["相沢", "渡辺"]
    before, after = month(report("R1", after=3), report("R3", after=9)), month(report("R3"), report("R2", after=1))
    assert [line.report_id for line in differences(before, after)] == ["R3", "R2", "R1"], (
        "by when they are said to be now"
    )
    assert [line.report_id for line in differences(month(), month(report("R9"), report("R8")))] == ["R8", "R9"]


# --- Of units that were made from others, or went to another station --------------------------------------------------


def test_a_unit_that_the_edition_did_not_have_begins_with_nothing() -> None:
    edition = month(report("R1"), report("R2", "Q12", 1))
    for unit, before in (("Q11", Totals(1, 2, 120, 14_000)), ("Q99", Totals(0, 0, 0, 0))):
        found = difference_sheet(edition, replace(month(report("R1")), unit_id=unit), MARK, "ja")
        assert (found.before, found.in_part) == (before, False)
        assert found.number == 1
        assert found.after == Totals(1, 2, 120, 14_000)
        assert len(found.lines) == 1 - before.times


def test_what_another_station_goes_on_counting_is_left_out() -> None:
    line = ("B", "S1", *LINES["Q11"])
    own, moved = replace(report("R1"), unit_ids=line), replace(report("R2", after=1), unit_ids=("B", "S2", "K1"))
    edition = month(own, moved)
    found = difference_sheet(edition, month(own), MARK, "ja", ["S1"])
    assert (found.before, found.lines, found.in_part) == (Totals(1, 2, 120, 14_000), (), True)
    assert difference_sheet(edition, edition, MARK, "ja", ["S1", "S2"]).in_part is False
    assert [line.what for line in difference_sheet(edition, month(own), MARK, "ja").lines] == ["removed"]


def test_units_taken_over_are_read_as_one() -> None:
    one, other = month(report("R1")), month(report("R2", "Q21", 2, ("M2",)))
    both = joined([one, replace(other, units=(UnitRow("K2", "東消防団", "東消防団", "brigade", 0),))], "K9")
    assert (both.unit_id, totals(both)) == ("K9", Totals(2, 3, 180, 21_000))
    assert [unit.id for unit in both.units] == [*(unit.id for unit in UNITS), "K2"]
    assert both.people == PEOPLE
    third = replace(month(), people=(PEOPLE[0], PersonRow("M3", "000003", "伊藤", "イトウ", "ordinary")))
    assert [person.id for person in joined([one, third], "K1").people] == ["M1", "M2", "M3"]
    assert totals(joined([one, other], "K1")).times == 2
    assert joined([one], "K1") is one
    assert joined([one], "K9").unit_id == "K9"
