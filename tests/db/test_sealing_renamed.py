"""The months of units that change names, are merged, or have settings of their own: nothing is counted twice."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from brigade.activity.workflow import Action
from brigade.month.differences import differences, joined, totals
from brigade.month.editions import Edition, EditionUnit, editions_before, rows_of
from brigade.month.figures import below
from brigade.month.reading import month_rows
from brigade.organisation import tree
from brigade.organisation.ranks import Level
from brigade.organisation.units import Unit, rebuild_tree
from tests import make
from tests.db.sealed import MONTH, confirmed, paid_city, sealed
from tests.make import SYSTEM, City


@pytest.fixture
def city(engine: Engine) -> City:
    return paid_city(engine)


def december(day: int) -> dt.datetime:
    return dt.datetime(2026, 12, day, 3, tzinfo=dt.UTC)


def renamed(session: Session, city: City, on: dt.date) -> None:
    """The brigade has another name from that day on: ``K1new``."""
    bureau = make.bound(session, city, "bureau")
    made = tree.rename_unit(session, bureau, city.unit_id("K1"), "新消防団", on)
    city.units["K1new"] = make.kept(session, made)


def sealed_then_renamed(engine: Engine, city: City, *days: int) -> Edition:
    """The edition of a month with a report of each day, sealed before the brigade got its other name."""
    with Session(engine) as session:
        for day in days:
            confirmed(session, city, day=day)
    (first,) = sealed(engine, city)
    with Session(engine) as session:
        renamed(session, city, dt.date(2026, 12, 1))
    return first


def test_a_renamed_brigade_goes_on_counting_where_it_stopped(engine: Engine, city: City) -> None:
    first = sealed_then_renamed(engine, city, 8, 9)
    (second,) = sealed(engine, city, "K1new", when=december(20))
    assert (second.number, second.yen) == (first.number + 1, first.yen)
    with Session(engine) as session:
        unit = session.get_one(Unit, second.unit_id, execution_options=SYSTEM)
        (before,) = editions_before(session, unit, MONTH, second.number)
        assert before.id == first.id
        assert differences(joined([rows_of(session, before)], str(unit.id)), rows_of(session, second)) == ()
    (third,) = sealed(engine, city, "K1new", when=december(21))
    with Session(engine) as session:
        assert [one.id for one in editions_before(session, unit, MONTH, third.number)] == [second.id]


def test_who_leads_a_brigade_sees_the_editions_of_the_one_that_it_took_over(engine: Engine, city: City) -> None:
    first = sealed_then_renamed(engine, city, 8)
    for login, seen in (("brigade", [first.id]), ("squad11a", [])):
        with Session(engine) as session:
            make.bound(session, city, login, december(20))
            assert session.scalars(select(Edition.id)).all() == seen
            parts = session.scalars(select(EditionUnit.unit_id)).all()
            assert (city.unit_id("K1") in parts) == bool(seen)


def test_a_brigade_that_took_others_over_follows_their_editions_together(engine: Engine, city: City) -> None:
    with Session(engine) as session:
        make.unit(session, city, Level.BRIGADE, "K2", "B消防団", "S1")
        make.unit(session, city, Level.SQUAD, "K2-1", "B班", "K2")
        make.member(session, city, "other", "K2-1")
        rebuild_tree(session, city.bureau_id)
        make.kept(session, None)
        confirmed(session, city)
        other = make.report(session, city, "other", "K2-1")
        make.step(session, city, "station", other, Action.APPROVE)
    (first,), (second,) = sealed(engine, city, "K1"), sealed(engine, city, "K2")
    assert (first.yen, second.yen) == (3_500, 3_500)
    with Session(engine) as session:
        bureau = make.bound(session, city, "bureau")
        ids = [city.unit_id("K1"), city.unit_id("K2")]
        made = tree.merge_units(session, bureau, ids, "K9", "合同消防団", dt.date(2026, 12, 1))
        city.units["K9"] = make.kept(session, made)
    (both,) = sealed(engine, city, "K9", when=december(20))
    assert (both.number, both.yen) == (2, 7_000)
    with Session(engine) as session:
        unit = session.get_one(Unit, both.unit_id, execution_options=SYSTEM)
        before = editions_before(session, unit, MONTH, both.number)
        assert {one.id for one in before} == {first.id, second.id}
        then = joined([rows_of(session, one) for one in before], str(unit.id))
        assert totals(then) == totals(rows_of(session, both))
        assert differences(then, rows_of(session, both)) == ()


def test_a_name_beside_other_units_alone_makes_no_further_edition(engine: Engine, city: City) -> None:
    with Session(engine) as session:
        make.unit(session, city, Level.SQUAD, "K1-9", "第9班", "K1")
        make.member(session, city, "direct", "K1-9")
        rebuild_tree(session, city.bureau_id)
        make.kept(session, None)
        made = make.report(session, city, "direct", "K1-9")
        for login in ("brigade", "station"):
            made = make.step(session, city, login, made, Action.APPROVE)
    (first,) = sealed(engine, city)
    assert [(edition.level, edition.number) for edition in sealed(engine, city, "S1")] == [("station", 1)]
    (again,) = sealed(engine, city)
    assert (first.number, again.number, first.yen) == (1, 2, 3_500)
    assert [(edition.level, edition.number) for edition in sealed(engine, city, "S1")] == [("station", 2)]


def test_a_brigade_has_its_own_settings_also_where_its_station_seals(engine: Engine, city: City) -> None:
    with Session(engine) as session:
        brigade = session.get_one(Unit, city.unit_id("K1"), execution_options=SYSTEM)
        brigade.settings = {"incidents_once": False, "late_after_days": 90}
        session.commit()
        confirmed(session, city)
    station, its = sealed(engine, city, "S1")
    with Session(engine) as session:
        rows, own = rows_of(session, station), rows_of(session, its)
    assert [row.late for row in rows.reports] == [row.late for row in own.reports] == [False]
    assert (rows.incidents_once, own.incidents_once) == (True, False)
    (again,) = sealed(engine, city)
    assert (again.digest, again.number) == (its.digest, 2)


def test_a_brigade_renamed_within_the_month_is_sealed_once(engine: Engine, city: City) -> None:
    with Session(engine) as session:
        confirmed(session, city)
        renamed(session, city, dt.date(2026, 11, 15))
    found = sealed(engine, city, "S1", when=december(20))
    assert [(one.unit_id, one.number, one.yen) for one in found] == [
        (city.unit_id("S1"), 1, 3_500),
        (city.unit_id("K1new"), 1, 3_500),
    ]


def test_what_an_edition_follows_does_not_change_later(engine: Engine, city: City) -> None:
    first = sealed_then_renamed(engine, city, 8)
    (second,) = sealed(engine, city, "K1new", when=december(20))
    (of_the_old_one,) = sealed(engine, city, "K1", when=december(21))
    assert (second.number, of_the_old_one.number) == (2, 2)
    with Session(engine) as session:
        unit = session.get_one(Unit, second.unit_id, execution_options=SYSTEM)
        assert [one.id for one in editions_before(session, unit, MONTH, second.number)] == [first.id]


def test_an_edition_counts_in_one_way_and_a_companys_month_in_its_own(engine: Engine, city: City) -> None:
    with Session(engine) as session:
        company = session.get_one(Unit, city.unit_id("K1-1"), execution_options=SYSTEM)
        company.settings = {"incidents_once": False}
        session.commit()
        confirmed(session, city)
    (edition,) = sealed(engine, city, "K1")
    with Session(engine) as session:
        part = below(rows_of(session, edition), str(city.unit_id("K1-1")))
        own = month_rows(session, make.bound(session, city, "company1", december(3)), city.unit_id("K1-1"), MONTH)
    assert (part.incidents_once, own.incidents_once) == (True, False)
