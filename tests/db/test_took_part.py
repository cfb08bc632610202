"""Nobody takes for the city what they took part in themselves, as long as another officer of the station can."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import delete, insert, update
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.many import act_on_many
from brigade.activity.took_part import took_part
from brigade.activity.workflow import Action
from brigade.db import new_id
from brigade.organisation.people import Absence, DeputyPlace, Post
from brigade.problems import Refused
from tests import make
from tests.db.test_flags import counted
from tests.make import City, Filed

A, B = "squad11a", "squad11b"
"""Two of one squad; ``A`` also sits at the station here."""


def sits(session: Session, city: City, login: str) -> None:
    """Gets the post of an officer of the station beside their own place."""
    row = {"member_id": city.member_id(login), "unit_id": city.unit_id("S1"), "post": "station_officer"}
    session.execute(insert(Post).values(**row, id=new_id(), valid_from=make.SINCE), execution_options=make.SYSTEM)
    session.commit()


def at_the_station(session: Session, city: City, *people: str, author: str = B, **said: object) -> Filed:
    made = make.report(session, city, author, "K1-1-1", *people, **said)
    for login in ("squad11", "company1", "brigade"):
        made = make.step(session, city, login, made, Action.APPROVE)
    assert made.awaiting_unit_id == city.unit_id("S1")
    return made


def refused(session: Session, city: City, made: Filed, login: str = A) -> tuple[str, ...]:
    """Why this person may not receive it, by itself and among others; none where they may."""
    actor = make.bound(session, city, login)
    with session.begin_nested() as tried:
        [many] = act_on_many(session, actor, [(made.id, made.version)], Action.APPROVE)
        tried.rollback()
    codes: tuple[str, ...] = ()
    try:
        make.step(session, city, login, made, Action.APPROVE)
    except Refused as problem:
        codes = problem.reasons
        session.rollback()
    assert getattr(many.problem, "reasons", ()) == codes
    return codes


def test_who_was_there_leaves_it_to_a_colleague(session: Session, city: City) -> None:
    sits(session, city, A)
    made = at_the_station(session, city, A, B)
    assert refused(session, city, made) == ("took-part",)
    assert refused(session, city, made, "station") == ()


def test_who_was_not_there_receives_it(session: Session, city: City) -> None:
    sits(session, city, A)
    assert refused(session, city, at_the_station(session, city, B)) == ()


def test_it_can_be_returned_and_approved_below(session: Session, city: City) -> None:
    """Leaders take part in nearly everything: the squad's approves here as ever."""
    sits(session, city, A)
    made = at_the_station(session, city, A, B, "squad11")
    make.step(session, city, A, made, Action.RETURN, comment="時刻を確かめてください。")


@pytest.mark.parametrize("why", ["nobody else", "on leave", "was there too", "wrote it", "post over", "corrected it"])
def test_where_nobody_else_can_it_is_received_by_who_was_there(session: Session, city: City, why: str) -> None:
    sits(session, city, A)
    author = B
    other = Post.member_id == city.member_id("station")
    if why == "was there too":
        sits(session, city, B)
        author = "squad11-deputy"
    if why == "wrote it":
        sits(session, city, B)
    made = at_the_station(session, city, *([A, B] if why == "was there too" else [A, "squad11-deputy"]), author=author)
    if why == "on leave":
        away = {"member_id": city.member_id("station"), "absence": "leave", "valid_from": make.SINCE}
        session.execute(insert(Absence).values(**away, id=new_id()), execution_options=make.SYSTEM)
    elif why == "post over":
        over = update(Post).where(other).values(valid_to=make.NOW.date() - dt.timedelta(days=1))
        session.execute(over, execution_options=make.SYSTEM)
    elif why == "corrected it":
        session.execute(
            update(ActivityReport)
            .where(ActivityReport.id == made.id)
            .values(corrected_by_id=city.member_id("station")),
            execution_options=make.SYSTEM,
        )
    else:
        session.execute(delete(Post).where(other), execution_options=make.SYSTEM)
    session.commit()
    assert refused(session, city, made) == ()


def test_a_deputy_of_the_station_is_somebody_else(session: Session, city: City) -> None:
    sits(session, city, A)
    made = at_the_station(session, city, A, B)
    session.execute(delete(Post).where(Post.member_id == city.member_id("station")), execution_options=make.SYSTEM)
    place = {"member_id": city.member_id("station"), "unit_id": city.unit_id("S1"), "place": 1}
    session.execute(
        insert(DeputyPlace).values(**place, id=new_id(), valid_from=make.SINCE), execution_options=make.SYSTEM
    )
    session.commit()
    assert refused(session, city, made) == ("took-part",)


def test_nothing_is_asked_for_who_was_nowhere_and_two_for_a_page(session: Session, city: City) -> None:
    sits(session, city, A)
    made = [at_the_station(session, city, A, B, day=day) for day in (16, 17, 18)]
    for login, statements, ids in (("station", 0, set()), (A, 2, {one.id for one in made})):
        actor = make.bound(session, city, login)
        with counted(session) as asked:
            assert took_part(session, actor, made) == ids
        assert len(asked) == statements
