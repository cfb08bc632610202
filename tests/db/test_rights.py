"""The role that runs the program on PostgreSQL: everything works, and what happened cannot be changed by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from api import create_app
from api.extensions import db
from brigade.activity import actions
from brigade.activity.workflow import Action
from brigade.connections import prepare_engine
from brigade.db import new_id
from brigade.jobs import writing
from brigade.month.sealing import seal
from brigade.retention.persons import mark_person
from brigade.retention.plans import mark
from brigade.rights import FORGOTTEN_FROM, ONLY_ADDED_TO, grant
from brigade.scopes import act_as
from tests import make
from tests.conftest import settings_for
from tests.db.leaving import LATER, bureau, done, dump, hits, leaving, verified
from tests.postgres import ADMIN, OWNER, Server


@pytest.fixture
def role(postgres_server: Server) -> str:
    """A role that may sign in and nothing else."""
    name = f"app_{uuid4().hex}"
    with postgres_server.admin() as connection:
        connection.execute(SQL("CREATE ROLE {} LOGIN").format(Identifier(name)))
    return name


@pytest.fixture
def engine(postgresql: str, role: str) -> Iterator[Engine]:
    """The program's own engine, as that role on the owner's tables."""
    owner = create_engine(postgresql)
    with owner.begin() as connection:
        grant(connection, role)
    owner.dispose()
    engine = create_engine(make_url(postgresql).set(username=role))
    prepare_engine(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def sealed(engine: Engine) -> make.City:
    """A month that was filed, approved and sealed; a draft that was thrown away."""
    with Session(engine) as session:
        city = make.city(session)
        report = make.report(session, city, "squad11a", "K1-1-1")
        for login in ("squad11", "company1", "brigade", "station"):
            report = make.step(session, city, login, report, Action.APPROVE)
        draft = make.report(session, city, "squad11a", "K1-1-1", day=9, submit=False)
        actions.delete(session, make.bound(session, city, "squad11a"), draft.id, draft.version)
        session.commit()
    with writing(engine, one_state=True) as session:
        actor = make.actor(session, city, "station")
        act_as(session, actor)
        seal(session, actor, city.unit_id("K1"), "2026-11", edition_id=new_id(), seal_id=new_id())
    return city


@pytest.mark.parametrize("table", ONLY_ADDED_TO)
@pytest.mark.parametrize("attack", ["DELETE FROM {}", "TRUNCATE {} CASCADE", "UPDATE {} SET {} = {}"])
def test_what_happened_is_only_added_to(engine: Engine, sealed: make.City, table: str, attack: str) -> None:
    with engine.connect() as connection:
        names = connection.execute(
            text("SELECT column_name FROM information_schema.columns WHERE table_name = :table"), {"table": table}
        ).scalars()
        statement = attack.format(table, *[next(iter(names))] * 2)
        with pytest.raises(ProgrammingError, match="permission denied"):
            connection.execute(text(statement))


@pytest.mark.parametrize("table", FORGOTTEN_FROM)
@pytest.mark.parametrize("attack", ["TRUNCATE {} CASCADE", "UPDATE {} SET {} = {}"])
def test_what_goes_with_its_edition_is_not_changed(engine: Engine, sealed: make.City, table: str, attack: str) -> None:
    test_what_happened_is_only_added_to(engine, sealed, table, attack)


def test_the_role_erases_a_person_and_lets_records_go(engine: Engine, tmp_path: Path) -> None:
    """What it needs for that it has, and its triggers let it."""
    left = leaving(engine, tmp_path)
    with bureau(engine, left.city) as (session, actor):
        person = mark_person(session, actor, left.member_id, "本人の請求").id
    assert done(engine, left, person, LATER + dt.timedelta(days=31))
    in_ten_years = dt.datetime(2037, 4, 1, 3, tzinfo=dt.UTC)
    with bureau(engine, left.city, in_ten_years) as (session, actor):
        run = mark(session, actor, cap=100, days=0).id
    assert done(engine, left, run, in_ten_years)
    assert hits(left.canaries, dump(engine)) == set()
    assert not verified(engine).wrong


@pytest.mark.parametrize(
    "attack", ["ALTER TABLE editions DISABLE TRIGGER ALL", "DROP TRIGGER editions_kept ON editions"]
)
def test_the_role_cannot_take_the_triggers_away(engine: Engine, sealed: make.City, attack: str) -> None:
    with engine.connect() as connection, pytest.raises(ProgrammingError, match="must be owner"):
        connection.execute(text(attack))


def test_a_role_that_there_is_not_is_refused(postgresql: str) -> None:
    owner = create_engine(postgresql)
    with owner.connect() as connection, pytest.raises(ValueError, match="does not exist"):
        grant(connection, "nobody-of-that-name")
    owner.dispose()


def test_who_does_not_own_the_tables_is_told_whose_address_to_use(
    engine: Engine, postgresql: str, role: str, tmp_path: Path
) -> None:
    """PostgreSQL itself only warns, and nothing is given."""
    app = create_app(settings_for(make_url(postgresql).set(username=role).render_as_string(False), tmp_path))
    for more in ([], ["--no-walls"]):
        ran = app.test_cli_runner().invoke(args=["grant-rights", role, *more])
        assert (ran.exit_code, ran.output.count("\n")) == (1, 1), ran.output
        assert f"the role {role!r} does not own the tables" in ran.output
        assert "owner.env" in ran.output
    with app.app_context():
        db.engine.dispose()


def test_a_database_without_tables_gives_no_rights(postgres_server: Server, role: str, tmp_path: Path) -> None:
    name = f"empty_{uuid4().hex}"
    app = create_app(settings_for(postgres_server.create(name), tmp_path))
    for more in ([], ["--no-walls"]):
        ran = app.test_cli_runner().invoke(args=["grant-rights", role, *more])
        assert (ran.exit_code, "db upgrade" in ran.output) == (1, True), ran.output
    with app.app_context():
        db.engine.dispose()
    postgres_server.drop(name)


@pytest.mark.parametrize("who", [OWNER, ADMIN])
def test_a_role_that_no_right_holds_back_is_refused(postgresql: str, who: str) -> None:
    owner = create_engine(postgresql)
    with owner.connect() as connection, pytest.raises(ValueError, match="hold it back"):
        grant(connection, who)
    owner.dispose()


def test_given_again_the_rights_are_the_same_and_no_more(postgresql: str, role: str) -> None:
    """Whatever was given by hand meanwhile."""
    owner, asked = create_engine(postgresql), text(
        "SELECT table_name, privilege_type FROM information_schema.role_table_grants WHERE grantee = :role"
    )  # fmt: skip
    with owner.begin() as connection:
        grant(connection, role)
        first = set(connection.execute(asked, {"role": role}))
        connection.execute(text(f"GRANT ALL ON editions, alembic_version TO {role}"))
        grant(connection, role)
        again = set(connection.execute(asked, {"role": role}))
    owner.dispose()
    assert again == first
    assert {right for table, right in again if table == "alembic_version"} == {"SELECT"}


def test_one_command_gives_the_rights_and_puts_up_the_walls(postgresql: str, role: str, tmp_path: Path) -> None:
    app = create_app(settings_for(postgresql, tmp_path))
    owner = create_engine(postgresql)
    with owner.begin() as connection:
        connection.execute(text("DROP POLICY brigade_wall ON members"))
    for more, said in ((["--no-walls"], ""), ([], ", 1 of them since now"), ([], ", 0 of them since now")):
        ran = app.test_cli_runner().invoke(args=["grant-rights", role, *more])
        assert ran.exit_code == 0, ran.output
        assert f"{role} can only add to: audit_entries" in ran.output
        assert said in ran.output
        assert ("wall" in ran.output) == (not more)
    refused = app.test_cli_runner().invoke(args=["grant-rights", OWNER])
    assert (refused.exit_code, "owns the tables" in refused.output) == (1, True)
    owner.dispose()
    with app.app_context():
        db.engine.dispose()


def test_sqlite_knows_no_roles(sqlite: str) -> None:
    engine = create_engine(sqlite)
    with engine.connect() as connection, pytest.raises(ValueError, match="PostgreSQL"):
        grant(connection, "someone")
    engine.dispose()
