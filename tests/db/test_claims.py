"""Until when a person is claimed stands beside their part, so that old reports cost a new one nothing."""

from __future__ import annotations

import datetime as dt

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from api.extensions import db
from brigade.activity import actions
from brigade.activity.activities import ActivityReport, Participation
from brigade.activity.claims import CLAIMS
from brigade.activity.content import Person
from brigade.activity.workflow import Action
from brigade.problems import Invalid
from tests import make
from tests.make import SYSTEM, City
from tools.verify_chain import verify

HOUR = dt.timedelta(hours=1)


def until(session: Session, report: ActivityReport) -> dict[str, dt.datetime]:
    rows = session.execute(
        select(Participation.member_id, Participation.claims_until).where(Participation.report_id == report.id),
        execution_options=SYSTEM,
    )
    return {str(member_id): at for member_id, at in rows}


def claimed(session: Session, city: City, made: ActivityReport) -> int:
    people, last = [city.member_id("squad11a")], made.ended_at
    return len(CLAIMS.ask(session, people=people, first=made.started_at, last=last))


def test_it_is_the_end_of_the_person_and_else_of_the_report_also_after_a_change(session: Session, city: City) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1", "squad11a", "squad11b", submit=False)
    first, second = (str(city.member_id(login)) for login in ("squad11a", "squad11b"))
    assert until(session, made) == {first: made.ended_at, second: made.ended_at}
    later, early = made.ended_at + HOUR, made.started_at + HOUR / 2
    people = (Person(city.member_id("squad11a")), Person(city.member_id("squad11b"), ended_at=early))
    who = make.bound(session, city, "squad11a")
    changed, _ = actions.edit(session, who, made.id, made.version, {"ended_at": later, "participants": people})
    assert until(session, made) == {first: later, second: early}
    actions.edit(session, who, made.id, changed.version, {"ended_at": later + HOUR})
    assert until(session, made) == {first: later + HOUR, second: early}


def test_sending_puts_right_what_a_program_that_does_not_know_of_it_left(session: Session, city: City) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1", submit=False)
    stale = made.started_at + HOUR / 4
    session.execute(update(Participation).values(claims_until=stale), execution_options=SYSTEM)
    session.commit()
    make.step(session, city, "squad11a", made, Action.SUBMIT)
    assert set(until(session, made).values()) == {made.ended_at}


def test_a_part_from_before_claims_as_any_other(session: Session, city: City) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1")
    never = Participation.__table__.c.claims_until.server_default.arg
    session.execute(update(Participation).values(claims_until=never), execution_options=SYSTEM)
    session.commit()
    assert claimed(session, city, made) == 1
    with pytest.raises(Invalid):
        make.report(session, city, "squad11a", "K1-1-1")
    session.rollback()
    make.report(session, city, "squad11a", "K1-1-1", day=9)


def test_what_has_long_been_over_is_not_looked_at(session: Session, city: City) -> None:
    if session.get_bind().dialect.name == "sqlite":
        made = CLAIMS._make(session.connection().dialect)
        plan = session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {made.text}", tuple("[]" for _ in made.order))
        assert "ix_participations_member_id_claims_until (member_id=? AND claims_until>?)" in str(plan.all())
    else:
        session.execute(text("SET LOCAL enable_seqscan = off"), execution_options=SYSTEM)
        made = CLAIMS._make(session.connection().dialect)
        said = {**made.given, "people": [], "first": make.NOW, "last": make.NOW}
        plan = session.connection().exec_driver_sql(f"EXPLAIN {made.text}", said)
        assert "claims_until > " in str([row for (row,) in plan if "Index Cond" in row])


def test_rows_of_before_the_migration_never_end_and_the_chain_is_whole(app: Flask) -> None:
    with app.app_context():
        session = db.session()
        town = make.city(session)
        made = make.report(session, town, "squad11a", "K1-1-1")
        made = make.step(session, town, "squad11", made, Action.APPROVE)
        address = db.engine.url.render_as_string(hide_password=False).replace("+psycopg", "")
        db.session.remove()
        flask_migrate.downgrade(revision="0017")
        assert verify(address, []).wrong == []
        flask_migrate.upgrade()
        flask_migrate.check()
        assert verify(address, []).wrong == []
        with db.engine.connect() as connection:
            [(kept,)] = connection.execute(select(Participation.__table__.c.claims_until))
        assert kept == dt.datetime(9999, 12, 31, tzinfo=dt.UTC)
        session = db.session()
        assert claimed(session, town, made) == 1
