"""The wall on PostgreSQL: plain SQL, which knows no scopes, finds of the two cities only the one that is acted
for (S-32).
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import closing
from uuid import uuid4

import pytest
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from brigade.actor import load_actor
from brigade.connections import prepare_engine
from brigade.db import Base
from brigade.organisation.people import Member
from brigade.scopes import SCOPES, act_as
from brigade.walls import BEHIND, BY_BUREAU, LOW, raise_walls, rules
from tests.db.town import Town
from tests.make import NOW, SYSTEM
from tests.postgres import OWNER, PROGRAM, Server
from tools.verify_chain import Store

WALLED = [table for table, _ in rules()]
PLAIN = {"as_system": "a query that forgot its scope"}


@pytest.fixture(scope="module")
def cities(postgresql_template: str, postgres_server: Server) -> Iterator[tuple[Engine, Town]]:
    """Two cities with rows in every table, and the engine of the program's role."""
    name = f"walls_{uuid4().hex}"
    url = make_url(postgres_server.create(name, postgresql_template))
    owner, engine = create_engine(url), create_engine(url.set(username=PROGRAM))
    for one in (owner, engine):
        prepare_engine(one)
    town = Town(1)
    with Session(owner) as session:
        town.stored(session)
        session.commit()
    owner.dispose()
    yield engine, town
    engine.dispose()
    postgres_server.drop(name)


def keys(session: Session, table: str) -> set[tuple[object, ...]]:
    """What plain SQL finds in a table."""
    names = ", ".join(f'"{column.name}"' for column in Base.metadata.tables[table].primary_key)
    return {tuple(row) for row in session.execute(text(f"SELECT {names} FROM {table}"), execution_options=PLAIN)}


def acting(session: Session, member_id: uuid.UUID) -> None:
    """The session is that person's."""
    actor = load_actor(session, session.get_one(Member, member_id, execution_options=SYSTEM), NOW)
    assert actor is not None
    act_as(session, actor)


def one_of_each_city(town: Town, engine: Engine) -> list[uuid.UUID]:
    """Somebody in the service of each."""
    found: dict[uuid.UUID, uuid.UUID] = {}
    with Session(engine) as session:
        for row in town.of(Member):
            member = session.get_one(Member, row["id"], execution_options=SYSTEM)
            if load_actor(session, member, NOW) is not None:
                found.setdefault(row["bureau_id"], row["id"])
    assert len(found) == 2
    return list(found.values())


def test_every_table_is_behind_the_wall_or_says_why_not() -> None:
    assert sorted([*BY_BUREAU, *BEHIND, *LOW]) == sorted(Base.metadata.tables)
    assert {name for name, table in Base.metadata.tables.items() if "bureau_id" in table.c} - {"changes"} == set(
        BY_BUREAU
    )
    assert set(WALLED) <= {model.__tablename__ for model in SCOPES}


@pytest.mark.parametrize("table", WALLED)
def test_plain_sql_finds_one_city_only(cities: tuple[Engine, Town], table: str) -> None:
    engine, town = cities
    with Session(engine) as session:
        everything = keys(session, table)
    seen = []
    for member_id in one_of_each_city(town, engine):
        with Session(engine) as session:
            acting(session, member_id)
            seen.append(keys(session, table))
            session.commit()
            assert keys(session, table) == seen[-1], "the next transaction is the same person's"
    assert seen[0] | seen[1] == everything
    assert not seen[0] & seen[1]
    if everything:
        assert all(seen), "each city has rows of its own"


def test_the_next_to_use_the_connection_is_not_behind_the_last_ones_wall(cities: tuple[Engine, Town]) -> None:
    engine, town = cities
    with Session(engine) as session:
        everything = keys(session, "members")
    with Session(engine) as session:
        acting(session, one_of_each_city(town, engine)[0])
        assert keys(session, "members") < everything
    with Session(engine) as session:
        assert keys(session, "members") == everything


def test_a_savepoint_taken_back_takes_no_wall_away(cities: tuple[Engine, Town]) -> None:
    engine, town = cities
    with Session(engine) as session:
        acting(session, one_of_each_city(town, engine)[0])
        before = keys(session, "activity_reports")
        with session.begin_nested() as savepoint:
            assert keys(session, "activity_reports") == before
            savepoint.rollback()
        assert keys(session, "activity_reports") == before


def test_nothing_is_written_over_the_wall(cities: tuple[Engine, Town]) -> None:
    engine, town = cities
    here, there = one_of_each_city(town, engine)
    bureau = next(row["bureau_id"] for row in town.of(Member) if row["id"] == there)
    with Session(engine) as session:
        acting(session, here)
        moved = session.execute(
            text("UPDATE members SET name = 'x' WHERE id = :there"), {"there": there}, execution_options=PLAIN
        )
        assert moved.rowcount == 0
        with pytest.raises(ProgrammingError, match="row-level security"):
            session.execute(
                text("UPDATE members SET bureau_id = :bureau WHERE id = :here"),
                {"bureau": bureau, "here": here},
                execution_options=PLAIN,
            )


def test_a_connection_that_says_nothing_finds_nothing(cities: tuple[Engine, Town]) -> None:
    engine, _ = cities
    silent = create_engine(engine.url)
    with silent.connect() as connection:
        for table in WALLED:
            assert not connection.execute(text(f"SELECT 1 FROM {table}")).all(), table
    silent.dispose()


def test_walls_that_stand_are_not_built_again(postgresql: str) -> None:
    """So an upgrade waits for no lock that it does not need."""
    owner = create_engine(postgresql)
    with owner.begin() as connection:
        assert raise_walls(connection) == []
        connection.execute(text("ALTER TABLE members DISABLE ROW LEVEL SECURITY"))
        connection.execute(text("DROP POLICY brigade_wall ON events"))
        assert sorted(raise_walls(connection)) == ["events", "members"]
        assert raise_walls(connection) == []
    owner.dispose()


def test_chains_are_verified_whole_by_the_role_behind_the_wall(cities: tuple[Engine, Town]) -> None:
    """Links stand before the wall and reports behind it: to who sees nothing there each report would be gone."""
    found = {}
    for role in (PROGRAM, OWNER):
        address = cities[0].url.set(drivername="postgresql", username=role).render_as_string(False)
        with closing(Store(address).connection) as connection:
            (found[role],) = connection.execute("SELECT count(*) FROM activity_reports").fetchone()
    assert found[PROGRAM] == found[OWNER] > 0
