"""The sums of one small month, worked out by hand: each number, and what is left out where less is asked for."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Event, Participation
from brigade.activity.content import Person
from brigade.db import new_id
from brigade.month.sheet import CategoryTotal, KindTotal
from brigade.month.sums import MonthSums, Received, month_sums, received
from brigade.month.totals import Sum, month_totals
from brigade.organisation import tree
from brigade.organisation.ranks import Level
from brigade.organisation.units import Unit, UnitParent, rebuild_tree
from tests import make
from tests.make import SYSTEM, City

MONTH = "2026-11"
TAKEN = {"state": "confirmed", "step": 1, "awaiting_unit_id": None, "awaiting_since": None}
RETURNED = {**TAKEN, "state": "returned", "step": 0}


@pytest.fixture
def month(session: Session, city: City) -> City:
    """Two squads at one fire, a drill, two meetings without an amount, a writing that the survey does not count; one
    report in review, one returned. Yokohama pays 7,000 and 3,500.
    """
    make.pays(session, city)
    begun = dt.datetime(2026, 11, 8, tzinfo=dt.UTC)
    event = Event(
        id=new_id(), version=1, bureau_id=city.bureau_id, unit_id=city.unit_id("K1"), kind="D-01", title="火災", place="",
        planned=False, started_at=begun, ended_at=begun + dt.timedelta(hours=2), day=begun.date(),
        created_by_id=city.member_id("squad11"), created_at=make.NOW, updated_at=make.NOW, planned_at=None,
    )  # fmt: skip
    session.add(event)
    session.flush()
    fire = event.id
    for day, unit, logins, kind, set_ in (
        (8, "K1-1-1", ("squad11a", "squad11b"), "D-01", {**TAKEN, "event_id": fire}),
        (8, "K1-1-2", ("squad12a",), "D-01", {**TAKEN, "event_id": fire}),
        (9, "K1-2-1", ("squad21", "squad21a", "squad21b"), "T-01", TAKEN),
        (10, "K1-1-1", ("squad11a",), "M-01", TAKEN),
        (11, "K1-1-1", ("squad11a", "squad11b"), "M-01", TAKEN),
        (12, "K1-1-1", ("squad11a",), "V-01", TAKEN),
        (13, "K1-1-2", ("squad12a", "squad12b"), "T-01", {}),
        (14, "K1-2-1", ("squad21a",), "T-01", RETURNED),
    ):
        added(session, city, day, unit, logins, {"kind": kind, **set_})
    session.commit()
    return city


def added(session: Session, city: City, day: int, unit: str, logins: tuple[str, ...], set_: dict[str, Any]) -> None:
    """Two hours; whoever is named first comes an hour later. Written over what was checked when it was filed."""
    begun = dt.datetime(2026, 11, day, 10, tzinfo=dt.timezone(dt.timedelta(hours=9)))
    first, *others = (city.member_id(login) for login in logins)
    people = (Person(first, started_at=begun), *map(Person, others))
    made = make.report(session, city, logins[0], unit, day=day, participants=people)
    of_one = update(ActivityReport).where(ActivityReport.id == made.id)
    session.execute(of_one.values(set_), execution_options={**SYSTEM, "synchronize_session": False})


def sums(session: Session, city: City, login: str, code: str, **said: Any) -> MonthSums:
    return month_sums(session, make.bound(session, city, login), city.unit_id(code), MONTH, "en", **said)


def numbers(found: MonthSums, city: City) -> dict[str, tuple[Any, ...]]:
    """By code of the unit."""
    codes = {str(unit.id): code for code, unit in city.units.items()}
    return {
        codes[one.unit_id]: (
            one.level, one.depth, one.times, one.person_times, one.minutes, one.waiting, one.returned, one.yen,
        )
        for one in found.units
    }  # fmt: skip


def test_every_number_of_a_month(session: Session, month: City) -> None:
    found = sums(session, month, "station", "S1")
    assert (found.month, found.unit_id, found.unit_name, found.level) == (
        MONTH, str(month.unit_id("S1")), "A消防署", "station"
    )  # fmt: skip
    assert (found.times, found.person_times, found.minutes) == (8, 13, 8 * 60 + 5 * 120)
    assert (found.yen, found.unknown) == (3 * 7_000 + 3 * 3_500, 3)
    assert found.kinds == (
        KindTotal("D-01", found.kinds[0].label, 2, 3, 240),
        KindTotal("M-01", found.kinds[1].label, 2, 3, 240),
        KindTotal("T-01", found.kinds[2].label, 3, 6, 540),
        KindTotal("V-01", found.kinds[3].label, 1, 1, 60),
    )
    assert len({one.label for one in found.kinds} - {one.code for one in found.kinds}) == 4
    assert found.categories == (
        CategoryTotal("fire", found.categories[0].label, 1, 2, 3),
        CategoryTotal("drill", found.categories[1].label, 3, 3, 6),
        CategoryTotal("other", found.categories[2].label, 2, 2, 3),
    )
    assert ["Yokohama" in one for one in found.rules] == [True]
    assert numbers(found, month) == {
        "S1": ("station", 0, 8, 13, 1_080, 1, 1, 31_500),
        "K1": ("brigade", 1, 8, 13, 1_080, 1, 1, 31_500),
        "K1-1": ("company", 2, 6, 9, 720, 1, 0, 21_000),
        "K1-1-1": ("squad", 3, 4, 6, 480, 0, 0, 14_000),
        "K1-1-2": ("squad", 3, 2, 3, 240, 1, 0, 7_000),
        "K1-2": ("company", 2, 2, 4, 360, 0, 1, 10_500),
        "K1-2-1": ("squad", 3, 2, 4, 360, 0, 1, 10_500),
        "K1-2-2": ("squad", 3, 0, 0, 0, 0, 0, 0),
    }


@pytest.mark.parametrize(("code", "login"), [("B", "bureau"), ("S1", "station"), ("K1", "brigade")])
def test_received_is_what_would_be_sealed(session: Session, month: City, code: str, login: str) -> None:
    who = make.bound(session, month, login)
    assert received(session, who, month.unit_id(code), MONTH) == Received(6, 10, 6 * 60 + 4 * 120, 31_500, 3)


def test_less_deep_is_the_same_to_that_level(session: Session, month: City) -> None:
    whole = numbers(sums(session, month, "station", "S1"), month)
    for level, depth in ((Level.COMPANY, 2), (Level.BRIGADE, 1), (Level.STATION, 0), (Level.BUREAU, 0)):
        found = sums(session, month, "station", "S1", down_to=level)
        assert numbers(found, month) == {code: one for code, one in whole.items() if one[1] <= depth}, level
        assert (found.yen, found.unknown, found.times) == (31_500, 3, 8)


def test_pay_is_left_out_of_a_month_of_more_reports_than_asked_for(session: Session, month: City) -> None:
    paid = sums(session, month, "station", "S1")
    assert sums(session, month, "station", "S1", paid_up_to=8) == paid
    unpaid = sums(session, month, "station", "S1", paid_up_to=7)
    without = tuple(replace(unit, yen=0) for unit in paid.units)
    assert unpaid == replace(paid, yen=None, unknown=None, rules=(), units=without)


def test_each_report_of_an_event_is_a_time_where_the_bureau_counts_so(session: Session, month: City) -> None:
    bureau = session.scalars(select(Unit).where(Unit.id == month.bureau_id), execution_options=SYSTEM).one()
    bureau.settings = {**bureau.settings, "incidents_once": False}
    session.commit()
    found = sums(session, month, "station", "S1").categories
    assert [(one.code, one.times, one.reports) for one in found] == [("fire", 2, 2), ("drill", 3, 3), ("other", 2, 2)]


def test_totals_name_each_unit_down_to_the_level_asked_for(session: Session, month: City) -> None:
    who = make.bound(session, month, "station")
    found = month_totals(session, who, month.unit_id("S1"), MONTH, Level.COMPANY)
    codes = ("S1", "K1", "K1-1", "K1-2")
    assert found.units.keys() == {month.unit_id(code) for code in codes}
    assert found.of(month.unit_id("K1-1")) == Sum(6, 9, 720, 1, 0)
    assert found.of(uuid.uuid4()) == Sum(0, 0, 0, 0, 0)


def test_a_units_totals_are_its_own_and_those_below(session: Session, month: City) -> None:
    """A report of the company itself stands in no squad."""
    added(session, month, 15, "K1-1", ("company1",), TAKEN)
    session.commit()
    who = make.bound(session, month, "company1")
    squad = month_totals(session, who, month.unit_id("K1-1-1"), MONTH)
    assert (squad.whole, squad.units) == (Sum(4, 6, 480), {month.unit_id("K1-1-1"): Sum(4, 6, 480)})
    company = month_totals(session, who, month.unit_id("K1-1"), MONTH)
    assert company.units == {
        month.unit_id("K1-1"): Sum(7, 10, 780, 1),
        month.unit_id("K1-1-1"): Sum(4, 6, 480),
        month.unit_id("K1-1-2"): Sum(2, 3, 240, 1),
    }


def test_what_took_others_over_counts_theirs_and_its_own(session: Session, month: City) -> None:
    ids = [month.unit_id("K1-1-1"), month.unit_id("K1-1-2")]
    bureau = make.bound(session, month, "bureau")
    made = tree.merge_units(session, bureau, ids, "K1-1-9", "合同班", dt.date(2026, 11, 15))
    session.commit()
    found = month_totals(session, make.bound(session, month, "company1"), month.unit_id("K1-1"), MONTH)
    assert found.of(made.id) == found.whole == Sum(6, 9, 720, 1)
    month.units["K1-1-9"] = made
    added(session, month, 16, "K1-1-9", ("squad11a",), TAKEN)
    session.commit()
    found = month_totals(session, make.bound(session, month, "company1"), month.unit_id("K1-1"), MONTH)
    assert found.of(made.id) == found.whole == Sum(7, 10, 780, 1)
    assert [found.of(id_) for id_ in ids] == [Sum(4, 6, 480), Sum(2, 3, 240, 1)]


def test_a_unit_of_a_part_of_the_month_stands_in_it(session: Session, month: City) -> None:
    new = make.unit(session, month, Level.SQUAD, "K1-2-3", "第2分団第3班", "K1-2")
    new.valid_from = dt.date(2026, 11, 15)
    of_unit = update(UnitParent).where(UnitParent.unit_id == new.id).values(valid_from=new.valid_from)
    session.execute(of_unit, execution_options=SYSTEM)
    rebuild_tree(session, month.bureau_id)
    session.commit()
    assert numbers(sums(session, month, "station", "S1"), month)["K1-2-3"] == ("squad", 3, 0, 0, 0, 0, 0, 0)


def test_a_confirmed_report_of_nobody_stops_nobodys_pay(session: Session, month: City) -> None:
    written = select(ActivityReport.id).where(ActivityReport.kind == "V-01")
    nobody = delete(Participation).where(Participation.report_id.in_(written))
    session.execute(nobody, execution_options={**SYSTEM, "synchronize_session": False})
    session.commit()
    found = sums(session, month, "station", "S1")
    assert (found.times, found.person_times, found.yen, found.unknown) == (8, 12, 31_500, 3)
    assert received(session, make.bound(session, month, "station"), month.unit_id("S1"), MONTH).yen == 31_500
