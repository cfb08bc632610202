"""The old edition and the differences listed give the new one, always."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from brigade.month.differences import Difference, Totals, differences, totals
from brigade.month.figures import PAYABLE
from brigade.month.rows import MonthRows
from tests.rules.test_month_figures import months, paid


def kept(rows: MonthRows, city: str = "yokohama") -> MonthRows:
    """What an edition of these rows holds."""
    reports = tuple(report for report in rows.reports if report.state in PAYABLE)
    return replace(rows, reports=reports, pay=tuple(paid(list(reports), city)))


def added(before: Totals, found: tuple[Difference, ...]) -> Totals:
    people = [person for one in found for person in one.people]
    return Totals(
        before.times + sum(one.times for one in found),
        before.person_times + sum(person.person_times for person in people),
        before.minutes + sum(person.minutes for person in people),
        before.yen + sum(person.yen for person in people),
    )


@given(months(), st.data())
def test_old_and_differences_give_new(rows: MonthRows, data: st.DataObject) -> None:
    city = data.draw(st.sampled_from(["yokohama", "kumiyama"]))  # these give a long duty several lines
    before = kept(rows, city)
    changed = []
    for report in before.reports:
        fate = data.draw(st.sampled_from(["same", "gone", "longer", "fewer", "stood by"]))
        if fate == "gone":
            continue
        parts = report.parts
        if fate == "longer":
            parts = tuple(replace(part, ended_at=part.ended_at + dt.timedelta(seconds=60)) for part in parts)
        elif fate == "fewer":
            parts = parts[1:]
        elif fate == "stood by":
            parts = tuple(replace(part, acted=not part.acted) for part in parts)
        changed.append(replace(report, parts=parts))
    late = [replace(report, id=f"{report.id}-late", state="confirmed", started_at=report.started_at + dt.timedelta(days=9),
                    parts=tuple(replace(part, started_at=part.started_at + dt.timedelta(days=9),
                                        ended_at=part.ended_at + dt.timedelta(days=9)) for part in report.parts))
            for report in rows.reports if report.state == "returned"]  # fmt: skip
    reports = [*changed, *late]
    after = replace(rows, reports=tuple(reports), pay=tuple(paid(reports, city)))
    found = differences(before, after)
    for one in found:
        for person in one.people:
            its = [
                line for line in after.pay if (line.line.report_id, line.member_id) == (one.report_id, person.member_id)
            ]
            assert person.because == " ".join(line.ja for line in its), "every line of the new amount is told"
    assert added(totals(before), found) == totals(after)
    assert added(totals(after), differences(after, before)) == totals(before)
    assert {one.report_id for one in found if one.what == "added"} == {report.id for report in late}
    gone = {report.id for report in before.reports} - {report.id for report in reports}
    assert {one.report_id for one in found if one.what == "removed"} == gone


@given(months())
def test_the_same_is_no_difference(rows: MonthRows) -> None:
    assert differences(kept(rows), kept(rows)) == ()


@given(months())
def test_a_first_edition_is_all_plus(rows: MonthRows) -> None:
    edition = kept(rows)
    found = differences(replace(edition, reports=(), pay=()), edition)
    assert {one.what for one in found} <= {"added"}
    assert added(Totals(0, 0, 0, 0), found) == totals(edition)
