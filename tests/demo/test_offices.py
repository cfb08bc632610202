"""The organisation in memory answers as the stored one does, on every day that matters."""

from __future__ import annotations

import datetime as dt
from random import Random

from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from brigade.actor import lines_of_deciders
from brigade.connections import prepare_engine
from brigade.dates import day_start
from brigade.demo.changes import change, turn_of
from brigade.demo.founding import found
from brigade.demo.ids import Ids
from brigade.demo.load import store_organisation, writing
from brigade.demo.offices import Offices
from brigade.demo.shapes import cities, share
from brigade.organisation.units import line_of
from tests.demo.conftest import NOW, SYSTEM

TODAY = dt.date(2026, 11, 20)


def test_lines_are_those_of_the_store(sqlite: str) -> None:
    rng = Random(5)
    made = found(next(iter(cities("city", rng))), rng, Ids(rng, day_start(TODAY)), TODAY)
    change(made, rng, TODAY)
    offices = Offices(made)
    engine = create_engine(sqlite)
    prepare_engine(engine)
    with writing(engine) as connection:
        store_organisation(connection, made)
    with Session(engine) as session:
        turn = turn_of(TODAY)
        units = [unit.id for unit in made.units]
        for day in (turn - dt.timedelta(days=1), turn, TODAY, *(TODAY - dt.timedelta(days=n) for n in (15, 100, 200))):
            stored = lines_of_deciders(session, units, day)
            assert {unit_id: offices.line(unit_id, day) for unit_id in units} == stored
            for unit_id in rng.sample(units, 40):
                line = [unit.id for unit in line_of(session, unit_id, day, SYSTEM)]
                assert [unit.id for unit in offices.above(unit_id, day)] == line
    engine.dispose()


def test_turn_of_the_year_lies_three_months_back() -> None:
    assert turn_of(dt.date(2026, 11, 20)) == dt.date(2026, 4, 1)
    assert turn_of(dt.date(2026, 6, 30)) == dt.date(2025, 4, 1)
    assert turn_of(dt.date(2026, 7, 1)) == dt.date(2026, 4, 1)
    assert turn_of(NOW.date()) < NOW.date()


def test_shares_add_up() -> None:
    for total, weights in ((417, [1.0] * 108), (7, [0.2, 5.0]), (60, [1.0, 2.0, 3.0])):
        parts = share(total, weights, 2)
        assert sum(parts) == total
        assert min(parts) >= 2


def test_a_city_can_be_founded_at_any_time_of_the_year() -> None:
    for today in (dt.date(2027, 1, 1), dt.date(2028, 2, 29), dt.date(2027, 4, 1), dt.date(2027, 7, 1)):
        rng = Random(today.month)
        made = found(next(iter(cities("city", rng))), rng, Ids(rng, day_start(today)), today)
        change(made, rng, today)
        assert all(row.valid_to is None or row.valid_from <= row.valid_to for row in (*made.posts, *made.memberships))
