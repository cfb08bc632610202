"""What people ask about their own data: by its day, answered once, told to both sides, and erased without a way around."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from brigade.actor import Actor
from brigade.audit import AuditEntry
from brigade.jobs import writing
from brigade.messages.notices import Notice
from brigade.organisation.ranks import Level
from brigade.problems import Invalid, NotFound, Problem, Refused
from brigade.retention import requests
from brigade.retention.holds import place_hold
from brigade.retention.tables import DataRequest, RequestKind, RetentionRun, Subject
from brigade.scopes import act_as
from tests import make
from tests.db.leaving import LATER, Leaving, bureau, canary, done, dump, hits, leaves, leaving
from tests.db.test_erasing import SEALED
from tests.make import NOW, SYSTEM, City

K = RequestKind
DAY = dt.timedelta(days=1)


@pytest.fixture
def city(engine: Engine) -> City:
    with Session(engine) as session:
        return make.city(session)


@contextmanager
def as_(engine: Engine, city: City, login: str, now: dt.datetime = NOW) -> Iterator[tuple[Session, Actor]]:
    with writing(engine) as session:
        actor = make.actor(session, city, login, now)
        act_as(session, actor)
        yield session, actor


def asked(engine: Engine, city: City, login: str, kind: RequestKind = K.SHOW, words: str = "", **said: Any) -> Any:
    with as_(engine, city, login, **said) as (session, actor):
        return requests.ask(session, actor, kind, words).id


def row(engine: Engine, id_: Any) -> DataRequest:
    with Session(engine) as session:
        return session.get_one(DataRequest, id_, execution_options=SYSTEM)


def noted(engine: Engine) -> list[str]:
    with Session(engine) as session:
        entries = select(AuditEntry.action).where(AuditEntry.action.startswith("data-request"))
        return list(session.scalars(entries.order_by(AuditEntry.at, AuditEntry.id), execution_options=SYSTEM))


def told(engine: Engine, city: City, login: str) -> list[str]:
    with Session(engine) as session:
        mine = select(Notice.kind).where(Notice.member_id == city.member_id(login)).order_by(Notice.at, Notice.id)
        return list(session.scalars(mine, execution_options=SYSTEM))


def refused(call: Callable[[], Any]) -> tuple[str, ...]:
    with pytest.raises(Problem) as problem:
        call()
    return problem.value.reasons if isinstance(problem.value, Refused) else (problem.value.code,)


def test_thirty_days_and_thirty_more_once(engine: Engine, city: City) -> None:
    id_ = asked(engine, city, "squad11a")
    assert row(engine, id_).due_on == dt.date(2026, 12, 20)
    with as_(engine, city, "bureau", NOW + DAY) as (session, actor):
        with pytest.raises(Invalid):
            requests.extend(session, actor, id_, " ")
        assert requests.extend(session, actor, id_, "紙の記録を探しています").due_on == dt.date(2027, 1, 19)
        assert refused(lambda: requests.extend(session, actor, id_, "もう一度")) == ("extended-already",)
    with as_(engine, city, "bureau", NOW + 2 * DAY) as (session, actor):
        requests.accept(session, actor, id_, "窓口で写しを渡します")
    assert row(engine, id_).state == "accepted"
    assert noted(engine) == ["data-request.make", "data-request.extend", "data-request.accept"]
    assert told(engine, city, "bureau") == ["data-request-made"]
    assert told(engine, city, "squad11a") == ["data-request-extended", "data-request-accepted"]


def test_answered_once_and_never_ones_own(engine: Engine, city: City) -> None:
    own = asked(engine, city, "bureau")
    id_ = asked(engine, city, "squad11a", K.CORRECT, "カナが違います")
    with as_(engine, city, "bureau") as (session, actor):
        assert refused(lambda: requests.refuse(session, actor, own, "自分で")) == ("own-request",)
        for answer in ("", " "):
            with pytest.raises(Invalid):
                requests.refuse(session, actor, id_, answer)
            with pytest.raises(Invalid):
                requests.accept(session, actor, id_, answer)
        requests.refuse(session, actor, id_, "戸籍のとおりです")
        for again in (requests.accept, requests.refuse, requests.extend):
            assert refused(lambda again=again: again(session, actor, id_, "もう一度")) == ("request-answered",)
    with as_(engine, city, "squad11a") as (session, actor):
        assert refused(lambda: requests.withdraw(session, actor, id_)) == ("request-answered",)
    assert (row(engine, id_).state, row(engine, id_).answer) == ("refused", "戸籍のとおりです")


def test_withdrawn_by_its_member_alone(engine: Engine, city: City) -> None:
    id_ = asked(engine, city, "squad11a")
    for login in ("squad11b", "squad11", "bureau"):
        with as_(engine, city, login) as (session, actor), pytest.raises(NotFound):
            requests.withdraw(session, actor, id_)
    for _ in range(2):
        with as_(engine, city, "squad11a") as (session, actor):
            assert requests.withdraw(session, actor, id_).state == "withdrawn"
    assert told(engine, city, "bureau") == ["data-request-made", "data-request-withdrawn"]
    again = asked(engine, city, "squad11a")
    assert again != id_
    assert refused(lambda: asked(engine, city, "squad11a")) == ("asked-already",)
    assert asked(engine, city, "squad11a", K.CORRECT, "住所")


def test_no_leader_sees_one(engine: Engine, city: City) -> None:
    id_ = asked(engine, city, "squad11a")
    for login, sees in (
        ("squad11", False),
        ("brigade", False),
        ("station", False),
        ("squad11a", True),
        ("bureau", True),
    ):
        with as_(engine, city, login) as (session, _):
            found = session.scalars(select(DataRequest.id)).all()
            assert found == ([id_] if sees else []), login


def test_an_active_member_is_told_why_not(engine: Engine, city: City) -> None:
    assert refused(lambda: asked(engine, city, "squad11a", K.ERASE)) == ("not-leaving-yet",)
    with as_(engine, city, "bureau") as (session, actor):
        number = city.people["squad11a"].number
        letter = (session, actor, number, K.ERASE, "", NOW.date())
        assert refused(lambda: requests.enter(*letter)) == ("still-serving",)


def test_a_letter_counts_from_its_day(engine: Engine, city: City) -> None:
    number = city.people["squad11a"].number
    with as_(engine, city, "bureau") as (session, actor):
        for wrong, day in (("nobody", NOW.date()), (number, NOW.date() + DAY), (number, NOW.date() - 367 * DAY)):
            with pytest.raises(Invalid):
                requests.enter(session, actor, wrong, K.SHOW, "", day)
        made = requests.enter(session, actor, number, K.SHOW, "手当の記録", dt.date(2026, 11, 10))
        assert (made.due_on, made.entered_by_id) == (dt.date(2026, 12, 10), city.member_id("bureau"))


def test_asked_before_leaving_and_done_after_it(engine: Engine, city: City, tmp_path: Path) -> None:
    leaves(engine, city.member_id("squad12a"), dt.date(2027, 1, 31))
    id_ = asked(engine, city, "squad12a", K.ERASE, canary("words"))
    with as_(engine, city, "bureau") as (session, actor):
        request = requests.accept(session, actor, id_, canary("answer"))
        run = session.get_one(RetentionRun, request.run_id)
        assert run.goes_at == NOW + 73 * DAY  # the first of February, not the 20th of December
        run_id = run.id
    assert refused(lambda: asked(engine, city, "squad12a", K.ERASE)) == ("asked-already",)
    made = Leaving(city, None, city.member_id("squad12a"))  # type: ignore[arg-type]  # a person without files
    with pytest.raises(Problem, match="run-not-due"):
        done(engine, made, run_id, NOW + 72 * DAY)


def test_an_erasure_that_was_asked_for_takes_its_words_along(engine: Engine, tmp_path: Path) -> None:
    left = leaving(engine, tmp_path)
    left.canaries += [canary("words"), canary("answer")]
    with bureau(engine, left.city) as (session, actor):
        number = left.city.people["squad11a"].number
        id_ = requests.enter(session, actor, number, K.ERASE, canary("words"), LATER.date()).id
        run_id = requests.accept(session, actor, id_, canary("answer")).run_id
    assert hits([canary("words"), canary("answer")], dump(engine)) == {"data_requests"}
    assert done(engine, left, run_id, LATER + 31 * DAY)
    assert hits(left.canaries, dump(engine)) <= SEALED
    assert row(engine, id_).state == "accepted"


def test_undone_or_held_it_waits_again(engine: Engine, tmp_path: Path) -> None:
    left = leaving(engine, tmp_path)
    with bureau(engine, left.city) as (session, actor):
        number = left.city.people["squad11a"].number
        id_ = requests.enter(session, actor, number, K.ERASE, "", LATER.date()).id
        due = requests.accept(session, actor, id_, "").due_on
        run_id = row_of(session, id_).run_id
        requests.take_back(session, actor, run_id)
        requests.take_back(session, actor, run_id)
        again = row_of(session, id_)
        assert (again.state, again.run_id, again.due_on, again.ended_at) == ("open", None, due, None)
        run_id = requests.accept(session, actor, id_, "").run_id
        place_hold(session, actor, Subject.MEMBER, number, "訴訟")
    assert done(engine, left, run_id, LATER + 31 * DAY)
    assert row(engine, id_).state == "open"
    assert noted(engine).count("data-request.reopen") == 2


def row_of(session: Session, id_: Any) -> DataRequest:
    return session.get_one(DataRequest, id_)


def test_what_stands_against_an_erasure_is_said(engine: Engine, city: City) -> None:
    with Session(engine) as session:
        make.report(session, city, "squad11a", "K1-1-1", "squad11a")
        session.commit()
    leaves(engine, city.member_id("squad11a"), dt.date(2026, 11, 30))
    id_ = asked(engine, city, "squad11a", K.ERASE)
    with as_(engine, city, "bureau") as (session, actor):
        place_hold(session, actor, Subject.MEMBER, city.people["squad11a"].number, "訴訟")
        assert set(refused(lambda: requests.accept(session, actor, id_, ""))) == {"on-hold", "unsealed-reports"}
    assert row(engine, id_).state == "open"


def test_the_store_itself_keeps_two_open_ones_apart(engine: Engine, city: City) -> None:
    asked(engine, city, "squad11a")
    with Session(engine) as session:
        first = session.scalars(select(DataRequest), execution_options=SYSTEM).one()
        values = {column.name: getattr(first, column.name) for column in DataRequest.__table__.columns}
        session.add(DataRequest(**{**values, "id": make.new_id()}))
        with pytest.raises(IntegrityError):
            session.flush()


def test_another_citys_officer_finds_none(engine: Engine, city: City) -> None:
    id_ = asked(engine, city, "squad11a")
    with Session(engine) as session:
        other = City(make.new_id())
        make.unit(session, other, Level.BUREAU, "B2", "隣の市", None)
        make.rebuild_tree(session, other.bureau_id)
        other.numbers = iter(range(500000, 500100))
        make.member(session, other, "elsewhere", "B2", "bureau_officer")
        make.kept(session, other)
    with as_(engine, other, "elsewhere") as (session, actor), pytest.raises(NotFound):
        requests.refuse(session, actor, id_, "知りません")
