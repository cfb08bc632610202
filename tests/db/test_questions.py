"""Questions that are put together once: the same rows as by the session, of either kind of store, whatever their number."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from sqlalchemy import bindparam, event, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.organisation.people import Member
from brigade.organisation.units import Unit
from brigade.questions import Question, among
from tests import make
from tests.make import SYSTEM, City

NAMED = Question(
    select(Member.id, Member.name).where(among(Member.id, "ids"), Member.number != "0").order_by(Member.id), SYSTEM
)
STARTING = Question(
    select(ActivityReport.id, ActivityReport.started_at, ActivityReport.details).where(
        among(ActivityReport.started_at, "at")
    ),
    SYSTEM,
)


def test_rows_are_those_of_the_session(session: Session, city: City) -> None:
    ids = sorted(person.id for person in city.people.values())
    asked = select(Member.id, Member.name).where(Member.id.in_(ids)).order_by(Member.id)
    wanted = [tuple(row) for row in session.execute(asked, execution_options=SYSTEM)]
    for few in (0, 1, len(ids)):
        assert NAMED.ask(session, ids=ids[:few]) == wanted[:few]
    assert NAMED.ask(session.connection(), ids=ids) == wanted


def test_more_values_than_a_statement_takes_by_themselves(session: Session, city: City) -> None:
    someone = city.member_id("squad11a")
    assert [id_ for id_, _ in NAMED.ask(session, ids=[someone, *(uuid.uuid4() for _ in range(70_000))])] == [someone]


def test_instants_and_documents_come_back_as_they_went_in(session: Session, city: City) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1")
    tokyo = dt.timezone(dt.timedelta(hours=9))
    [row] = STARTING.ask(session, at=[made.started_at.astimezone(tokyo), made.started_at + dt.timedelta(seconds=1)])
    assert row == (made.id, made.started_at, made.details)
    assert row[1].tzinfo is dt.UTC


def test_what_is_pending_is_written_first(session: Session, city: City) -> None:
    unit = session.scalars(select(Unit).where(Unit.code == "K1"), execution_options=SYSTEM).one()
    unit.name = "新しい名"
    named = Question(select(Unit.name).where(Unit.id == bindparam("id")), SYSTEM)
    with session.no_autoflush:
        assert named.ask(session, id=unit.id) != [("新しい名",)]
    assert named.ask(session, id=unit.id) == [("新しい名",)]
    session.rollback()


def test_it_is_put_together_once(session: Session, city: City) -> None:
    said = []
    question = Question(select(Member.id).where(among(Member.id, "ids")), SYSTEM)
    question.ask(session, ids=[])
    event.listen(session.get_bind(), "before_cursor_execute", lambda _c, _cursor, text, *_: said.append(text))
    for count in (1, 3):
        question.ask(session, ids=[city.member_id("squad11a")] * count)
    assert len(said) == 2
    assert len(set(said)) == 1


def test_a_value_that_is_forgotten_and_a_list_that_grows_are_mistakes(session: Session) -> None:
    with pytest.raises(KeyError):
        NAMED.ask(session)
    with pytest.raises(TypeError):
        Question(select(Member.id).where(Member.number.in_(["1", "2"])), SYSTEM).ask(session)


def test_a_question_needs_a_reason() -> None:
    with pytest.raises(ValueError, match="reason"):
        Question(select(Member.id), {"as_system": ""})
    with pytest.raises(KeyError):
        Question(select(Member.id), {})
