"""What is loaded: how much, the same every time, all or nothing, and who may sign in."""

from __future__ import annotations

import datetime as dt
import json
import stat
from collections import Counter
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, select
from sqlalchemy.orm import Session

from brigade.access.accounts import Account
from brigade.access.passwords import fits
from brigade.activity.activities import ActivityReport, Participation
from brigade.connections import prepare_engine
from brigade.db import Base
from brigade.demo import load as loading
from brigade.demo.load import load
from brigade.demo.shapes import cities
from brigade.kana import sort_key
from brigade.organisation.member_numbers import is_valid
from brigade.organisation.people import Absence, DeputyPlace, Member, Membership, Post
from brigade.organisation.ranks import DEPUTIES, LEADS, Level
from brigade.organisation.units import Unit, UnitParent, UnitTree, Vehicle, valid_on
from tests.demo.conftest import NOW, REPORTS, SYSTEM, Loaded, count, loaded

TODAY = dt.date(2026, 11, 20)
SIZES = {
    "small": {"bureau": 1, "station": 1, "brigade": 1, "company": 2, "section": 0, "squad": 6},
    "city": {"bureau": 1, "station": 18, "brigade": 20, "company": 108, "section": 18, "squad": 417},
}


def test_sizes_are_exact(small: Loaded, city: Loaded) -> None:
    for made, size, members, vehicles, reports in ((small, "small", 60, 8, 200), (city, "city", 7_868, 395, REPORTS)):
        with Session(made.engine) as session:
            units = {level: count(session, Unit, Unit.level == level, valid_on(Unit, TODAY)) for level in Level}
            assert units == SIZES[size]
            assert count(session, Member, Member.member_type != "staff") == members
            assert count(session, Vehicle) == vehicles
            assert count(session, ActivityReport) == reports
            assert count(session, Membership, valid_on(Membership, TODAY)) == count(session, Member)


def test_country_adds_up() -> None:
    counted: Counter[str] = Counter()
    names = set()
    for shape in cities("country", Random(1)):
        names.add(shape.name)
        counted["brigades"] += sum(map(len, shape.stations))
        counted["members"] += shape.members
    assert counted == {"brigades": 2_200, "members": 750_000}
    assert len(names) == 725


def test_first_cities_of_the_country_load(sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def few(size: str, rng: Random) -> Any:
        return [replace(shape, stations=shape.stations[:1]) for shape in list(cities(size, rng))[:5]]

    monkeypatch.setattr(loading, "cities", few)
    engine = create_engine(sqlite)
    prepare_engine(engine)
    load(engine, "country", 1, 100, tmp_path / "accounts.json", NOW)
    listed = json.loads((tmp_path / "accounts.json").read_text())["accounts"]
    assert len([a for a in listed if a["post"] == "bureau_officer"]) == 5
    assert {a["unit_path"][0] for a in listed if a["post"] == "squad_leader"} == {
        a["unit_path"][0] for a in listed[:1]
    } | {a["unit_path"][0] for a in listed if a["login"].startswith(("c2-", "c3-"))}
    with Session(engine) as session:
        assert count(session, ActivityReport) == 100
    engine.dispose()


def rows_of(engine: Engine) -> dict[str, list[Any]]:
    with engine.connect() as connection:
        return {
            table.name: sorted(connection.execute(select(table)).all(), key=repr)
            for table in Base.metadata.sorted_tables
        }


def test_same_seed_gives_the_same_rows(small: Loaded, sqlite_template: Path, tmp_path: Path) -> None:
    again = loaded(sqlite_template, tmp_path, "small", 200)
    assert rows_of(again.engine) == rows_of(small.engine)
    assert again.accounts.read_bytes() == small.accounts.read_bytes()
    other = loaded(sqlite_template, tmp_path, "small", 200, seed=2)
    assert rows_of(other.engine)["members"] != rows_of(small.engine)["members"]
    fewer = loaded(sqlite_template, tmp_path, "small", 20)
    for table in ("units", "unit_tree", "members", "memberships", "posts", "vehicles", "accounts"):
        assert rows_of(fewer.engine)[table] == rows_of(small.engine)[table]
    for made in (again, other, fewer):
        made.engine.dispose()


def test_hour_of_loading_changes_nothing(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = []
    for hour in (15, 38):  # the first and the last of 20 November in Tokyo
        monkeypatch.setattr(
            "tests.demo.conftest.NOW", dt.datetime(2026, 11, 19, tzinfo=dt.UTC) + hour * dt.timedelta(hours=1)
        )
        (tmp_path / str(hour)).mkdir()
        made.append(loaded(sqlite_template, tmp_path / str(hour), "small", 30))
    assert rows_of(made[0].engine) == rows_of(made[1].engine)
    for one in made:
        one.engine.dispose()


def test_refuses_a_store_that_is_not_empty(small: Loaded, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="already holds"):
        load(small.engine, "small", 2, 0, tmp_path / "accounts.json", NOW)
    assert not list(tmp_path.iterdir())


def test_failing_leaves_nothing(sqlite: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = create_engine(sqlite)
    prepare_engine(engine)
    monkeypatch.setattr(loading, "words_of", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        load(engine, "small", 1, 50, tmp_path / "accounts.json", NOW)
    with Session(engine) as session:
        assert count(session, Unit) == count(session, Participation) == 0
    assert not list(tmp_path.glob("*accounts*"))
    engine.dispose()


def test_impossible_wishes(sqlite: str, tmp_path: Path) -> None:
    engine = create_engine(sqlite)
    prepare_engine(engine)
    for size, reports in (("large", 1), ("small", -1), ("small", 200_000)):
        with pytest.raises(ValueError):
            load(engine, size, 1, reports, tmp_path / "accounts.json", NOW)
    with Session(engine) as session:
        assert count(session, Unit) == 0
    engine.dispose()


def test_loads_into_either_store(engine: Engine, tmp_path: Path) -> None:
    load(engine, "small", 3, 60, tmp_path / "accounts.json", NOW)
    with Session(engine) as session:
        assert count(session, ActivityReport) == 60


def test_accounts_file(small: Loaded, city: Loaded) -> None:
    for made in (small, city):
        content = json.loads(made.accounts.read_text(encoding="utf-8"))
        assert stat.S_IMODE(made.accounts.stat().st_mode) == 0o600
        assert content["city"] == {"id": made.summary.city_id, "name": "潮見市"}
        assert not list(made.accounts.parent.glob(".*"))
        with Session(made.engine) as session:
            stored = {a.login: a for a in session.scalars(select(Account), execution_options=SYSTEM)}
            members = {str(m.id): m for m in session.scalars(select(Member), execution_options=SYSTEM)}
            units = {str(u.id): u for u in session.scalars(select(Unit), execution_options=SYSTEM)}
        assert set(stored) == {a["login"] for a in content["accounts"]}
        for account in content["accounts"]:
            assert list(account) == ["login", "password", "member_id", "name", "post", "unit_id", "unit_path"]
            assert str(stored[account["login"]].member_id) == account["member_id"]
            assert members[account["member_id"]].name == account["name"]
            assert units[account["unit_id"]].name == account["unit_path"][-1]
            assert account["unit_path"][0] == "潮見市"
            assert len(account["login"]) <= 40
        first = content["accounts"][0]
        assert fits(stored[first["login"]].password_hash, first["password"])


def test_every_post_has_an_account(small: Loaded, city: Loaded) -> None:
    for made in (small, city):
        listed = {(a["unit_id"], a["post"]) for a in json.loads(made.accounts.read_text())["accounts"]}
        with Session(made.engine) as session:
            held = session.execute(
                select(Post.unit_id, Post.post).where(valid_on(Post, TODAY)), execution_options=SYSTEM
            )
            assert {(str(unit), post) for unit, post in held} <= listed
            squads = select(Unit.id).where(Unit.level == Level.SQUAD, valid_on(Unit, TODAY))
            assert {(str(id_), "member") for id_ in session.scalars(squads, execution_options=SYSTEM)} <= listed


def test_small_has_no_gaps(small: Loaded) -> None:
    with Session(small.engine) as session:
        held = {tuple(row) for row in session.execute(select(Post.unit_id, Post.post), execution_options=SYSTEM)}
        for unit in session.scalars(select(Unit), execution_options=SYSTEM):
            assert (unit.id, LEADS[Level(unit.level)]) in held
            assert Level(unit.level) not in DEPUTIES or (unit.id, DEPUTIES[Level(unit.level)]) in held
        assert count(session, Absence) == count(session, DeputyPlace) == 0
        assert count(session, UnitParent) == count(session, Unit) - 1
        assert count(session, Account) == count(session, Member)


def test_city_has_a_past(city: Loaded) -> None:
    with Session(city.engine) as session:
        ended = session.scalars(select(Unit).where(Unit.valid_to.is_not(None)), execution_options=SYSTEM).all()
        assert [unit.level for unit in ended] == ["brigade"]
        assert ended[0].successor_id is not None
        assert count(session, UnitTree, UnitTree.above_id == ended[0].id, UnitTree.depth == 1) == 3
        assert count(session, Absence) > 10
        assert count(session, DeputyPlace) > 20
        assert count(session, Membership, Membership.valid_to.is_not(None)) > 5
        assert count(session, Post, Post.valid_to.is_not(None)) > 30
        leaders = select(Post.unit_id).where(Post.post == "squad_leader", valid_on(Post, TODAY))
        assert count(session, Unit, Unit.level == "squad", Unit.id.not_in(leaders)) > 5


def test_nobody_is_in_two_units_on_a_day(city: Loaded) -> None:
    with Session(city.engine) as session:
        spans: dict[Any, list[Any]] = {}
        for row in session.scalars(select(Membership), execution_options=SYSTEM):
            spans.setdefault(row.member_id, []).append((row.valid_from, row.valid_to or dt.date.max))
    for held in spans.values():
        held.sort()
        assert all(before[1] < after[0] for before, after in pairwise(held))


def test_people_have_good_numbers_and_keys(city: Loaded) -> None:
    with Session(city.engine) as session:
        people = session.scalars(select(Member), execution_options=SYSTEM).all()
    assert all(is_valid(person.number) for person in people)
    assert len({person.number for person in people}) == len(people)
    assert all(person.kana_sort == sort_key(person.kana) for person in people)
    assert any("髙" in person.name for person in people)
    assert any("𠮷" in person.name for person in people)
    assert len([person for person in people if person.member_type == "function_limited"]) > 100
