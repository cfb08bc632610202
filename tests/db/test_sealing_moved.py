"""The months of a brigade that moved to another station: each station seals what was done under it, and nothing is stuck."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.workflow import Action
from brigade.db import new_id
from brigade.jobs import writing
from brigade.month.differences import difference_sheet
from brigade.month.editions import Edition, newest, rows_of
from brigade.month.preceding import followed_by
from brigade.month.sealing import seal
from brigade.month.sheet import EditionMark
from brigade.organisation import tree
from brigade.organisation.ranks import Level
from brigade.organisation.units import rebuild_tree
from brigade.problems import NotFound, Refused
from brigade.scopes import act_as
from tests import make
from tests.make import SYSTEM, City

MONTH = "2026-11"
DECEMBER = dt.datetime(2026, 12, 3, 3, tzinfo=dt.UTC)
Sums = list[tuple[str, int, int, int]]


@pytest.fixture
def city(engine: Engine) -> City:
    """The small city, which pays as Yokohama does, with a second station that has no brigade yet."""
    with Session(engine) as session:
        made = make.city(session)
        make.pays(session, made)
        make.unit(session, made, Level.STATION, "S2", "B消防署", "B")
        make.member(session, made, "station2", "S2", "station_officer", member_type="staff")
        rebuild_tree(session, made.bureau_id)
        return make.kept(session, made)


def confirmed(engine: Engine, city: City, day: int, station: str = "station") -> None:
    """A report of one person that the station has taken."""
    with Session(engine) as session:
        made = make.report(session, city, "squad11a", "K1-1-1", day=day)
        for login in ("squad11", "company1", "brigade", station):
            made = make.step(session, city, login, made, Action.APPROVE)


def moves(engine: Engine, city: City, on: dt.date) -> None:
    """The brigade stands under the second station from that day on."""
    with Session(engine) as session:
        bureau = make.bound(session, city, "bureau")
        make.kept(session, tree.move_unit(session, bureau, city.unit_id("K1"), city.unit_id("S2"), on))


def sealed(engine: Engine, city: City, code: str, login: str, when: dt.datetime = DECEMBER) -> Sums:
    """Code, number, times and yen of each edition that the officer's sealing makes."""
    with writing(engine, one_state=True) as session:
        actor = make.actor(session, city, login, when)
        act_as(session, actor)
        made = seal(session, actor, city.unit_id(code), MONTH, edition_id=new_id(), seal_id=new_id())
        codes = {unit.id: code for code, unit in city.units.items()}
        return [(codes[one.unit_id], one.number, one.times, one.yen) for one in made]


def states(engine: Engine) -> list[str]:
    with Session(engine) as session:
        rows = session.scalars(
            select(ActivityReport.state).order_by(ActivityReport.started_at), execution_options=SYSTEM
        )
        return list(rows)


def test_moved_after_the_month_it_is_sealed_where_it_stood(engine: Engine, city: City) -> None:
    confirmed(engine, city, 8)
    moves(engine, city, dt.date(2026, 12, 1))
    assert sealed(engine, city, "S2", "station2") == [("S2", 1, 0, 0)]
    assert sealed(engine, city, "S1", "station") == [("S1", 1, 1, 3_500), ("K1", 1, 1, 3_500)]
    assert states(engine) == ["sealed"]


def test_the_new_station_does_not_take_back_what_the_old_one_sealed(engine: Engine, city: City) -> None:
    confirmed(engine, city, 8)
    assert sealed(engine, city, "K1", "station", make.NOW) == [("K1", 1, 1, 3_500)]
    confirmed(engine, city, 9)
    moves(engine, city, dt.date(2026, 12, 1))
    with pytest.raises(Refused):
        sealed(engine, city, "K1", "station2")
    with pytest.raises(NotFound):
        sealed(
            engine, city, "K1", "station"
        )  # it is no longer theirs to look into: the station's own month brings it along
    assert sealed(engine, city, "S1", "station") == [("S1", 1, 2, 7_000), ("K1", 2, 2, 7_000)]


@pytest.mark.parametrize("first", ["station", "station2"])
def test_moved_within_the_month_each_report_is_counted_by_one_station(engine: Engine, city: City, first: str) -> None:
    confirmed(engine, city, 8)
    moves(engine, city, dt.date(2026, 11, 15))
    confirmed(engine, city, 17, "station2")
    found = {}
    for login in sorted(("station", "station2"), key=lambda one: one != first):
        found[login] = sealed(engine, city, "S1" if login == "station" else "S2", login)
    assert found == {"station": [("S1", 1, 1, 3_500)], "station2": [("S2", 1, 1, 3_500), ("K1", 1, 1, 3_500)]}
    assert states(engine) == ["sealed", "sealed"]


def test_brigades_of_two_stations_that_become_one_are_sealed_where_each_stood(engine: Engine, city: City) -> None:
    with Session(engine) as session:
        make.unit(session, city, Level.BRIGADE, "K2", "B消防団", "S2")
        make.unit(session, city, Level.SQUAD, "K2-1", "B班", "K2")
        make.member(session, city, "other", "K2-1")
        rebuild_tree(session, city.bureau_id)
        make.kept(session, None)
        made = make.report(session, city, "other", "K2-1")
        make.step(session, city, "station2", made, Action.APPROVE)
    confirmed(engine, city, 8)
    with Session(engine) as session:
        bureau = make.bound(session, city, "bureau")
        ids = [city.unit_id("K1"), city.unit_id("K2")]
        made = tree.merge_units(
            session, bureau, ids, "K9", "合同消防団", dt.date(2026, 12, 1), parent_id=city.unit_id("S2")
        )
        city.units["K9"] = make.kept(session, made)
    with pytest.raises(Refused):
        sealed(engine, city, "K9", "station2")  # a part of it was the other station's
    assert sealed(engine, city, "S1", "station") == [("S1", 1, 1, 3_500), ("K1", 1, 1, 3_500)]
    assert sealed(engine, city, "S2", "station2") == [("S2", 1, 1, 3_500), ("K2", 1, 1, 3_500)]
    with Session(engine) as session:
        offices = session.scalars(
            select(Edition.office).order_by(Edition.sealed_at, Edition.office), execution_options=SYSTEM
        )
        assert set(offices) == {"A消防署", "B消防署"}


def test_the_new_station_does_not_take_back_what_the_old_one_counts(engine: Engine, city: City) -> None:
    confirmed(engine, city, 8)
    assert sealed(engine, city, "K1", "station", make.NOW) == [("K1", 1, 1, 3_500)]
    moves(engine, city, dt.date(2026, 11, 15))
    confirmed(engine, city, 17, "station2")
    assert sealed(engine, city, "S1", "station") == [("S1", 1, 1, 3_500)]
    assert sealed(engine, city, "S2", "station2") == [("S2", 1, 1, 3_500), ("K1", 2, 1, 3_500)]
    with Session(engine) as session:
        edition = newest(session, city.unit_id("K1"), MONTH)
        assert edition is not None
        followed = followed_by(session, edition)
        assert followed is not None
        mark = EditionMark(1, DECEMBER, "", "", "", "", "", ())
        found = difference_sheet(followed.rows, rows_of(session, edition), mark, "ja", followed.stations)
    assert (found.before.yen, found.after.yen, found.in_part) == (0, 3_500, True)
    assert [(one.what, one.yen) for one in found.lines] == [("added", 3_500)]
