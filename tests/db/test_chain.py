"""The chain as the product writes it, on both stores: nothing without its link, nothing linked that did not
happen (R-05).
"""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import flask_migrate
import pytest
from flask import Flask
from sqlalchemy import Engine, event, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from api.extensions import db
from brigade.activity import actions, many
from brigade.activity.activities import ActivityReport
from brigade.activity.history import ReportEvent
from brigade.activity.workflow import Action
from brigade.chain import format as form
from brigade.chain.keys import new_chain_key, signed
from brigade.chain.signing import sign_heads
from brigade.chain.tables import ChainHead, ChainLink, SignedHeads
from brigade.db import new_id
from brigade.jobs import writing
from brigade.month.sealing import seal
from brigade.scopes import act_as
from tests import make
from tests.make import SYSTEM
from tools.verify_chain import Result, verify


@pytest.fixture
def city(engine: Engine) -> make.City:
    with Session(engine) as session:
        return make.city(session)


def verified(engine: Engine, *keys: str) -> Result:
    return verify(engine.url.render_as_string(hide_password=False), keys)


def told(engine: Engine, city: make.City) -> None:
    """A month that was filed, returned, edited, withdrawn, approved, sealed and opened again; a draft thrown away."""
    with Session(engine) as session:
        first = make.report(
            session, city, "squad11a", "K1-1-1", "squad11a", "squad11b", latitude=35.68, longitude=139.0
        )
        first = make.step(session, city, "squad11", first, Action.RETURN, comment="時刻が日誌と合いません。")
        actor = make.bound(session, city, "squad11a")
        actions.edit(session, actor, first.id, first.version, {"summary": "直しました。", "participants": ()})
        session.commit()
        other = make.report(session, city, "squad12a", "K1-1-2")
        for login in ("squad12", "company1", "brigade", "station"):
            other = make.step(session, city, login, other, Action.APPROVE)
        gone = make.report(session, city, "squad21a", "K1-2-1")
        make.step(session, city, "squad21a", gone, Action.WITHDRAW, comment="二重に出していました。")
        draft = make.report(session, city, "squad11a", "K1-1-1", day=9, submit=False)
        actions.delete(session, make.bound(session, city, "squad11a"), draft.id, draft.version)
        session.commit()
    with writing(engine, one_state=True) as session:
        actor = make.actor(session, city, "station")
        act_as(session, actor)
        seal(session, actor, city.unit_id("K1"), "2026-11", edition_id=new_id(), seal_id=new_id())
    with Session(engine) as session:
        sealed = session.scalar(select(ActivityReport).where(ActivityReport.id == other.id), execution_options=SYSTEM)
        make.step(session, city, "station", sealed, Action.RETURN, comment="人数が違います。")


def test_nothing_happens_without_its_link(engine: Engine, city: make.City) -> None:
    told(engine, city)
    with Session(engine) as session:
        linked = {(row.report_id, row.seq) for row in session.scalars(select(ChainLink)) if row.kind == form.EVENT}
        happened = set(session.execute(select(ReportEvent.report_id, ReportEvent.seq), execution_options=SYSTEM).all())
        assert happened <= linked
        assert len(linked - happened) == 1  # the draft's beginning
        assert [row.state for row in session.scalars(select(ChainLink)) if row.kind == form.DISCARD] == ["discarded"]
        assert session.scalars(select(ChainHead.chain_id)).all() == [city.unit_id("K1")]
    result = verified(engine)
    assert (result.wrong, result.links) == ([], len(linked) + 1)


def test_what_is_taken_back_is_in_no_chain(engine: Engine, city: make.City) -> None:
    with Session(engine) as session:
        actor = make.bound(session, city, "squad11a")
        actions.create(session, actor, make.content(city, "K1-1-1", "squad11a"), report_id=None, submit=True)
        session.rollback()
        with session.begin_nested() as savepoint:
            actor = make.bound(session, city, "squad11a")
            actions.create(session, actor, make.content(city, "K1-1-1", "squad11a"), report_id=None, submit=True)
            savepoint.rollback()
        actions.create(session, actor, make.content(city, "K1-1-1", "squad11a", day=7), report_id=None, submit=True)
        session.commit()
    assert verified(engine) == Result([], 2, set())


def test_many_decided_and_taken_back_are_in_no_chain(engine: Engine, city: make.City) -> None:
    """Neither in part; and what the same transaction does before and after is linked as it stands at its end."""
    with Session(engine) as session:
        filed = [make.report(session, city, "squad11a", "K1-1-1", day=day) for day in (3, 4, 5)]
    first, second, third = ((row.id, row.version) for row in filed)
    with Session(engine) as session:
        actor = make.bound(session, city, "squad11")
        many.act_on_many(session, actor, [first, second], Action.APPROVE)
        with session.begin_nested() as savepoint:
            many.act_on_many(session, actor, [third, (second[0], second[1] + 1)], Action.APPROVE)
            many.act_on_many(session, actor, [(first[0], first[1] + 1)], Action.UNDO)
            savepoint.rollback()
        undone = actions.act(session, actor, second[0], Action.UNDO, second[1] + 1)
        many.act_on_many(session, actor, [(second[0], undone.version)], Action.APPROVE)
        session.commit()
        assert (undone.version, undone.state) == (second[1] + 3, "in_review")
    assert verified(engine) == Result([], 6 + 4, set())


def test_many_cost_as_many_statements_as_one(engine: Engine, city: make.City) -> None:
    costs = []
    for days in ([1], [2], range(3, 18)):
        with Session(engine) as session:
            filed = [make.report(session, city, "squad11a", "K1-1-1", day=day) for day in days]
        with Session(engine) as session:
            actor = make.bound(session, city, "squad11")
            many.act_on_many(session, actor, [(row.id, row.version) for row in filed], Action.APPROVE)
            with counted(engine) as said:
                session.commit()
        costs.append([statement for statement in said if "chain_" in statement])
    # The heads held; links and heads written, which PostgreSQL does at once.
    assert {len(chained) for chained in costs} == {2 if engine.dialect.name == "postgresql" else 3}
    assert verified(engine).wrong == []


@contextmanager
def counted(engine: Engine):
    """The statements of a ``with`` block."""
    said: list[str] = []

    def note(connection: Any, cursor: Any, statement: str, *rest: Any) -> None:
        said.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield said
    event.remove(engine, "before_cursor_execute", note)


def test_many_at_once_stand_in_one_chain_without_gaps(engine: Engine, city: make.City) -> None:
    def file(n: int) -> None:
        login, unit = (("squad11a", "K1-1-1"), ("squad12a", "K1-1-2"), ("squad21a", "K1-2-1"))[n % 3]
        with Session(engine) as session:
            session.connection(execution_options={"writing": True})
            actor = make.bound(session, city, login)
            actions.create(session, actor, make.content(city, unit, login, day=1 + n), report_id=None, submit=True)
            session.commit()

    with ThreadPoolExecutor(4) as many:
        list(many.map(file, range(12)))
    assert verified(engine) == Result([], 24, set())
    with Session(engine) as session:
        assert session.scalar(select(ChainHead.length)) == 24


@pytest.mark.parametrize(
    "attack",
    [
        "UPDATE chain_links SET state = 'draft'", "DELETE FROM chain_links", "DELETE FROM chain_heads",
        "UPDATE chain_heads SET length = length - 1", "UPDATE report_events SET comment = 'x'",
        "DELETE FROM report_events", "UPDATE report_versions SET author_id = author_id", "DELETE FROM report_versions",
        "UPDATE signed_heads SET number = 5", "DELETE FROM signed_heads", "DELETE FROM activity_reports",
    ],
)  # fmt: skip
def test_the_store_itself_refuses_to_rewrite(engine: Engine, city: make.City, attack: str) -> None:
    with Session(engine) as session:
        make.report(session, city, "squad11a", "K1-1-1")
    with writing(engine) as session:
        sign_heads(session, new_chain_key(), make.NOW)
    with engine.connect() as connection, pytest.raises(DBAPIError, match=r"never changes|only grows|only a draft"):
        connection.execute(text(attack))


def test_heads_are_signed_when_they_have_grown(engine: Engine, city: make.City) -> None:
    key = new_chain_key()
    with writing(engine) as session:
        assert sign_heads(session, key, make.NOW) is None
    for day in (3, 4):
        with Session(engine) as session:
            make.report(session, city, "squad11a", "K1-1-1", day=day)
        with writing(engine) as session:
            sign_heads(session, key, make.NOW + dt.timedelta(hours=day))
    public = signed(key, b"")[0].hex()
    assert verified(engine, public) == Result([], 4, {public})
    (wrong,) = verified(engine, "00" * 32).wrong
    assert "not ours" in wrong.what
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(SignedHeads)) == 2


def test_a_history_from_before_is_linked_by_the_migration(app: Flask) -> None:
    with app.app_context():
        with Session(db.engine) as session:
            city = make.city(session)
        told(db.engine, city)
        flask_migrate.downgrade(revision="0012")
        flask_migrate.upgrade()
        with Session(db.engine) as session:
            count = session.scalar(select(func.count()).select_from(ReportEvent), execution_options=SYSTEM)
        assert verified(db.engine) == Result([], count, set())


@pytest.mark.parametrize(
    ("value", "spelled"),
    [
        ({"b": 1, "a": [True, None, "班"]}, '{"a":[true,null,"班"],"b":1}'),
        ({"x": 35.68, "y": 35.0, "z": -0.0000001}, '{"x":{"number":"35.68"},"y":35,"z":{"number":"-1e-07"}}'),
        (dt.datetime(2026, 11, 8, 9, tzinfo=dt.timezone(dt.timedelta(hours=9))), '"2026-11-08T00:00:00.000000Z"'),
        (b"\x00\xff", '"00ff"'),
    ],
)
def test_a_value_has_one_spelling(value: Any, spelled: str) -> None:
    assert form.canonical(value).decode() == spelled
