"""Disputes at the same instant: one wins, the other is told, and a line is on hold or it is not."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from brigade.actor import Actor
from brigade.dispute_rules import DisputeKind, DisputeState
from brigade.disputes import Dispute, held, raise_dispute, settle_dispute, withdraw_dispute
from brigade.messages.notices import Notice
from brigade.problems import Problem
from tests import make
from tests.db.test_races import as_, at_once
from tests.make import SYSTEM, City

S = DisputeState


@pytest.fixture
def engine(shared_engine: Engine) -> Engine:
    return shared_engine


@pytest.fixture(scope="module")
def officers(shared_engine: Engine, shared_city: City) -> tuple[str, str]:
    """Two officers of one station."""
    with Session(shared_engine) as session:
        make.member(session, shared_city, "station2", "S1", "station_officer", member_type="staff")
        session.flush()
        session.expunge_all()
        session.commit()
    return "station", "station2"


SLOTS = itertools.count()


def report(engine: Engine, city: City) -> Any:
    """A report about hours of their own that names squad11b."""
    nth = next(SLOTS)
    with Session(engine) as session:
        return make.report(
            session, city, "squad11a", "K1-1-1", "squad11a", "squad11b", day=1 + nth % 19, hour=6 + nth // 19 * 3
        )


def person(engine: Engine, city: City, login: str) -> Any:
    with Session(engine) as session:
        return make.actor(session, city, login)


def raised(engine: Engine, city: City) -> tuple[Any, Any]:
    """A report and the dispute that squad11b raised."""
    made = report(engine, city)
    return made, as_(engine, person(engine, city, "squad11b"), raising(made.id))()


def raising(report_id: Any) -> Callable[[Session, Actor], Any]:
    def once(session: Session, actor: Actor) -> Any:
        try:
            return raise_dispute(session, actor, report_id, DisputeKind.TIMES, "時刻が違います").id
        except IntegrityError:  # the request is tried again, and then told
            session.rollback()
            raise Problem("already-disputed") from None

    return once


def settling(id_: Any, to: DisputeState) -> Callable[[Session, Actor], Any]:
    return lambda session, actor: settle_dispute(session, actor, id_, to, "確かめました").state


def withdrawing(id_: Any) -> Callable[[Session, Actor], Any]:
    return lambda session, actor: withdraw_dispute(session, actor, id_).state


def row(engine: Engine, id_: Any) -> Dispute:
    with Session(engine) as session:
        return session.get_one(Dispute, id_, execution_options=SYSTEM)


def on_hold(engine: Engine, made: Any) -> bool:
    with Session(engine) as session:
        return bool(held(session, {str(made.id)}))


def test_two_officers_settle_at_once_and_one_of_them_does(
    engine: Engine, city: City, officers: tuple[str, str]
) -> None:
    with ThreadPoolExecutor(2) as pair:
        for _ in range(6):
            made, id_ = raised(engine, city)
            runs = [
                as_(engine, person(engine, city, login), settling(id_, to))
                for login, to in zip(officers, (S.DISMISSED, S.UPHELD), strict=True)
            ]
            found = at_once(pair, *runs)
            done = [one for one in found if not isinstance(one, Problem)]
            if len(done) == 2:  # upheld first, and dismissed after all
                assert row(engine, id_).state == S.DISMISSED
            else:
                [refused] = [one.code for one in found if isinstance(one, Problem)]
                assert (refused, row(engine, id_).state) == ("dispute-settled", "dismissed")
            assert not on_hold(engine, made)
            with Session(engine) as session:
                told = select(func.count(Notice.id)).where(Notice.kind.in_(["dispute-upheld", "dispute-dismissed"]))
                count = session.scalar(
                    told.where(Notice.data["number"].as_string() == made.number), execution_options=SYSTEM
                )
            assert count == len(done)


def test_a_withdrawal_and_a_settlement_do_not_both_count(engine: Engine, city: City, officers: tuple[str, str]) -> None:
    with ThreadPoolExecutor(2) as pair:
        for _ in range(6):
            made, id_ = raised(engine, city)
            found = at_once(
                pair,
                as_(engine, person(engine, city, "squad11b"), withdrawing(id_)),
                as_(
                    engine,
                    person(engine, city, officers[0]),
                    settling(id_, S.UPHELD),
                ),
            )
            [refused] = [one.code for one in found if isinstance(one, Problem)]
            [done] = [one for one in found if not isinstance(one, Problem)]
            assert refused == "dispute-settled"
            assert row(engine, id_).state == done
            assert on_hold(engine, made) is (done == S.UPHELD)


def test_from_two_phones_at_once_one_dispute_is_open(engine: Engine, city: City) -> None:
    with ThreadPoolExecutor(2) as pair:
        for _ in range(6):
            made = report(engine, city)
            me = person(engine, city, "squad11b")
            found = at_once(pair, as_(engine, me, raising(made.id)), as_(engine, me, raising(made.id)))
            assert [one.code for one in found if isinstance(one, Problem)] == ["already-disputed"]
            with Session(engine) as session:
                mine = select(func.count(Dispute.id)).where(Dispute.report_id == made.id)
                assert session.scalar(mine, execution_options=SYSTEM) == 1
