"""What of the store is paid: by the day of the activity whenever it was entered, through mergers; and what was said."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from brigade.activity import report_checks
from brigade.activity.activities import ActivityReport, Event
from brigade.activity.content import Person
from brigade.activity.kinds import catalogue
from brigade.activity.workflow import Action
from brigade.db import new_id
from brigade.month import earnings
from brigade.month.closing import Saying, say
from brigade.month.earnings import turnouts_of
from brigade.month.reading import month_rows
from brigade.organisation import tree
from brigade.organisation.people import Membership
from brigade.pay.what_if import what_if
from brigade.pay.year import annual_year
from tests import make
from tests.make import NOW, SYSTEM, City

TOKYO = dt.timezone(dt.timedelta(hours=9))


def confirmed(session: Session, made: ActivityReport) -> None:
    """The station has taken it."""
    session.execute(
        update(ActivityReport)
        .where(ActivityReport.id == made.id)
        .values(state="confirmed", step=1, awaiting_unit_id=None, awaiting_since=None),
        execution_options=SYSTEM,
    )
    session.commit()


def test_what_is_entered_long_after_is_paid_by_the_day_of_the_activity(session: Session, city: City) -> None:
    make.pays(session, city)
    start = dt.datetime(2024, 3, 31, 23, tzinfo=TOKYO)  # the day before the rules begin
    for nth, begun in enumerate((start, start + dt.timedelta(hours=2))):
        made = make.report(
            session, city, "squad11a", "K1-1-1", started_at=begun, ended_at=begun + dt.timedelta(minutes=50 + nth)
        )
        confirmed(session, made)
    who = make.bound(session, city, "station")
    [before] = month_rows(session, who, city.unit_id("K1"), "2024-03").pay
    [after] = month_rows(session, who, city.unit_id("K1"), "2024-04").pay
    assert (before.line.yen, before.line.reason, before.line.rule_set) == (None, "no-rules", "")
    assert (after.line.yen, after.line.rule_set, after.line.day) == (3_500, "yokohama-2024", dt.date(2024, 4, 1))
    assert month_rows(session, who, city.unit_id("K1"), "2026-11").pay == ()
    before, after = (annual_year(session, who, city.unit_id("K1"), year).members for year in (2023, 2024))
    assert [max((one.turnouts.unknown, one.turnouts.yen) for one in year) for year in (before, after)] == [
        (1, 0),
        (0, 3_500),
    ]


def test_a_day_is_paid_once_however_long_before_its_month_a_duty_began(session: Session, city: City) -> None:
    """Three days, and a person who stays eleven hours longer: paid by the day, up to a day of the next month."""
    make.pays(session, city, "nakatsugawa")
    begun = dt.datetime(2026, 10, 28, 23, tzinfo=TOKYO)
    who = Person(city.member_id("squad11a"), ended_at=begun + dt.timedelta(days=3, hours=11))
    confirmed(session, make.report(
        session, city, "squad11a", "K1-1-1", started_at=begun, ended_at=begun + dt.timedelta(days=3), participants=(who,)
    ))  # fmt: skip
    confirmed(session, make.report(session, city, "squad11a", "K1-1-1", day=1, hour=12))
    station = make.bound(session, city, "station")
    months = [month_rows(session, station, city.unit_id("K1"), month).pay for month in ("2026-10", "2026-11")]
    assert [[paid.line.yen for paid in lines] for lines in months] == [[1_600] * 5, [0]]
    assert [paid.line.reason for paid in months[1]] == ["in-day"]


def test_what_is_read_around_a_month_holds_the_longest_duty() -> None:
    longest = dt.timedelta(hours=max(kind.max_hours for kind in catalogue()))
    assert longest + 2 * report_checks.AROUND + dt.timedelta(days=1) <= earnings.AROUND


def test_a_merged_unit_pays_for_those_it_took_over(session: Session, city: City) -> None:
    make.pays(session, city)
    for login, unit in (("squad11a", "K1-1-1"), ("squad12a", "K1-1-2")):
        confirmed(session, make.report(session, city, login, unit, day=8))
    left = select(Membership).where(Membership.member_id == city.member_id("squad12b"))
    session.scalars(left, execution_options=SYSTEM).one().valid_to = dt.date(2026, 10, 31)
    session.commit()
    ids = [city.unit_id("K1-1-1"), city.unit_id("K1-1-2")]
    day = dt.date(2026, 11, 15)
    made = tree.merge_units(session, make.bound(session, city, "bureau"), ids, "K1-1-9", "合同班", day)
    session.commit()
    city.units["K1-1-9"] = made
    confirmed(session, make.report(session, city, "squad11b", "K1-1-9", day=16))
    who = make.bound(session, city, "squad11")
    rows = month_rows(session, who, made.id, "2026-11")
    assert sorted(paid.line.yen or 0 for paid in rows.pay) == [3_500, 3_500, 3_500]
    assert [paid.line.yen for paid in month_rows(session, who, made.id, "2026-10").pay] == []
    year = annual_year(session, make.bound(session, city, "company1"), city.unit_id("K1-1"), 2026)
    people = {one.member.id: one for one in year.members}
    one = people[city.member_id("squad11a")]
    assert (one.unit.id, one.turnouts.yen, len(one.served)) == (made.id, 3_500, 1)
    assert len(people) == len(year.members) == 10
    gone = people[city.member_id("squad12b")]  # before the merger, from a unit that is there no more
    assert (gone.unit.id, gone.rules, len(gone.served)) == (ids[1], one.rules, 1)
    station = make.bound(session, city, "station")
    assert what_if(session, station, made.id, "yokohama-2024", "2026-11", "2026-11").whole.other.yen == 3 * 3_500
    assert len(annual_year(session, station, ids[0], 2025).members) == 4


def test_a_month_before_the_merger_is_paid_by_the_same_settings(session: Session, city: City) -> None:
    make.pays(session, city)
    start = dt.datetime(2026, 10, 8, 9, tzinfo=TOKYO)
    old = make.report(session, city, "squad11a", "K1-1-1", started_at=start, ended_at=start + dt.timedelta(hours=1))
    confirmed(session, old)
    ids = [city.unit_id("K1-1-1"), city.unit_id("K1-1-2")]
    day = dt.date(2026, 11, 15)
    made = tree.merge_units(session, make.bound(session, city, "bureau"), ids, "K1-1-9", "合同班", day)
    session.commit()
    rows = month_rows(session, make.bound(session, city, "squad11"), made.id, "2026-10")
    assert [paid.line.yen for paid in rows.pay] == [3_500]


def test_what_was_said_comes_with_the_post_of_who_said_it(session: Session, city: City) -> None:
    say(session, make.bound(session, city, "squad12"), city.unit_id("K1-1-2"), "2026-11", Saying.NIL)
    session.commit()
    until = dt.date(2026, 12, 20)
    say(
        session, make.bound(session, city, "company1", NOW + dt.timedelta(hours=1)), city.unit_id("K1-1-1"), "2026-11",
        Saying.EXCUSED, reason="班長が入院中", until=until,
    )  # fmt: skip
    session.commit()
    said = month_rows(session, make.bound(session, city, "company1"), city.unit_id("K1-1"), "2026-11").said
    assert [(row.unit_name, row.saying, row.by, row.post, row.reason, row.until) for row in said] == [
        ("第1分団第2班", "nil", "団員 squad12", "squad_leader", "", None),
        ("第1分団第1班", "excused", "団員 company1", "", "班長が入院中", until),
    ]
    assert month_rows(session, make.bound(session, city, "company1"), city.unit_id("K1-1"), "2026-10").said == ()


def test_a_withdrawn_report_earns_nothing(session: Session, city: City) -> None:
    make.pays(session, city)
    made = make.report(session, city, "squad11a", "K1-1-1", day=8)
    make.step(session, city, "squad11a", made, Action.WITHDRAW, comment="間違い")
    assert month_rows(session, make.bound(session, city, "station"), city.unit_id("K1"), "2026-11").pay == ()


def test_a_drill_that_was_moved_to_its_day_afterwards_was_not_announced(session: Session, city: City) -> None:
    """As where a report is checked: what was planned before was for another day."""
    who = make.bound(session, city, "squad11")
    start = dt.datetime(2026, 11, 8, 9, tzinfo=TOKYO)
    told = []
    for planned_at in (start - dt.timedelta(minutes=1), start + dt.timedelta(minutes=1)):
        event = Event(
            id=new_id(), version=1, bureau_id=city.bureau_id, unit_id=city.unit_id("K1-1-1"), kind="T-01", title="訓練",
            planned=True, started_at=start, ended_at=start + dt.timedelta(hours=2), day=start.date(), place="",
            created_by_id=who.member_id, created_at=start - dt.timedelta(days=9), updated_at=NOW, planned_at=planned_at,
        )  # fmt: skip
        session.add(event)
        session.commit()
        made = make.report(session, city, "squad11a", "K1-1-1")
        confirmed(session, made)
        session.execute(
            update(ActivityReport).where(ActivityReport.id == made.id).values(event_id=event.id),
            execution_options=SYSTEM,
        )
        done = turnouts_of(session, city.bureau_id, [city.member_id("squad11a")], "2026-11", "2026-11")
        told.append(
            [one.notified for one in done.by_member[str(city.member_id("squad11a"))] if one.report_id == str(made.id)]
        )
        session.execute(
            update(ActivityReport).where(ActivityReport.id == made.id).values(state="withdrawn", step=0),
            execution_options=SYSTEM,
        )
        session.commit()
    assert told == [[True], [False]]
