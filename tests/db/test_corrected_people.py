"""A leader puts right who was there: the report's way and what squads said of the event follow the people who stand in it."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from brigade.activity.activities import NobodyCame
from brigade.activity.content import Person
from brigade.activity.corrections import correct
from brigade.activity.many import act_on_many
from brigade.activity.own_corrections import own_corrections
from brigade.activity.transition import route_of
from brigade.activity.workflow import Action
from brigade.calendar.event_answers import state_nobody_came
from brigade.calendar.events import Plan, create_event
from brigade.organisation.people import Post
from brigade.problems import Refused
from tests import make
from tests.make import SYSTEM, City


def people(city: City, *logins: str) -> dict[str, tuple[Person, ...]]:
    return {"participants": tuple(Person(city.member_id(login)) for login in logins)}


@pytest.mark.parametrize(
    ("before", "after", "passed"),
    [
        (["squad11"], ["squad11", "squad11b"], None),
        (["squad11", "squad11b"], ["squad11"], "sole-participant"),
    ],
)
def test_the_way_is_that_of_the_people_who_stand_in_it(
    session: Session, city: City, before: list[str], after: list[str], passed: str | None
) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1", *before)
    if made.awaiting_unit_id == city.unit_id("K1-1-1"):
        made = make.step(session, city, "squad11", made, Action.APPROVE)
    made = make.step(session, city, "company1", made, Action.RETURN, comment="出た人が違います。")
    leader = make.bound(session, city, "company1")
    report, _ = correct(session, leader, made.id, made.version, people(city, *after), comment="名簿で直しました。")
    [squad] = [stop for stop in route_of(report) if stop.unit_id == city.unit_id("K1-1-1")]
    assert squad.passed == passed


@pytest.mark.parametrize("returned", [False, True])
def test_a_squad_of_whom_somebody_stands_in_it_did_come(session: Session, city: City, returned: bool) -> None:
    start = make.content(city, "K1-1-1").started_at
    plan = Plan("T-01", "合同訓練", start, make.content(city, "K1-1-1").ended_at)
    [event] = create_event(session, make.bound(session, city, "brigade"), plan, unit_id=city.unit_id("K1")).events
    make.kept(session, event)
    made = make.report(session, city, "company1", "K1-1", "squad11a", "squad11b", event_id=event.id)
    squad = make.bound(session, city, "squad12")
    state_nobody_came(session, squad, event.id, city.unit_id("K1-1-2"), "")
    session.commit()
    if returned:
        made = make.step(session, city, "brigade", made, Action.RETURN, comment="出た人が違います。")
    leader = make.bound(session, city, "brigade")
    correct(session, leader, made.id, made.version, people(city, "squad11a", "squad12a"), comment="名簿で直しました。")
    session.commit()
    [said] = session.scalars(select(NobodyCame), execution_options=SYSTEM)
    assert said.withdrawn_because == "reported"


@pytest.mark.parametrize("last", ["who is there", "the place"])
def test_figures_put_there_before_another_leader_corrected_are_not_taken_for_the_city(
    session: Session, city: City, last: str
) -> None:
    """Neither one by one nor among many; the author stands for all of it again once it was sent again."""
    lent = {"member_id": city.member_id("station"), "unit_id": city.unit_id("K1-1-1"), "post": "squad_leader"}
    session.execute(insert(Post).values(**lent, valid_from=make.SINCE), execution_options=SYSTEM)
    session.commit()
    made = make.report(session, city, "squad11a", "K1-1-1", "squad11a", "squad11b")
    officer = make.bound(session, city, "station")
    longer = {"ended_at": made.ended_at + dt.timedelta(hours=3)}
    made, _ = correct(session, officer, made.id, made.version, longer, comment="点検まで。")
    session.commit()
    made = make.step(session, city, "squad11", made, Action.APPROVE)
    crew = people(city, "squad11a", "squad11b", "squad11-deputy")
    other = crew if last == "who is there" else {"place": "本町"}
    made, _ = correct(session, make.bound(session, city, "company1"), made.id, made.version, other, comment="名簿で。")
    session.commit()
    for login in ("squad11", "company1", "brigade"):
        made = make.step(session, city, login, made, Action.APPROVE)
    assert made.awaiting_unit_id == city.unit_id("S1")
    with pytest.raises(Refused) as refusal:
        make.step(session, city, "station", made, Action.APPROVE)
    assert refusal.value.reasons == ("own-correction",)
    officer = make.bound(session, city, "station")
    [refused] = act_on_many(session, officer, [(made.id, made.version)], Action.APPROVE)
    assert refused.problem is not None
    assert own_corrections(session, officer, [made]) == ({made.id} if last == "who is there" else set())
    made = make.step(session, city, "station", made, Action.RETURN, comment="もう一度見てください。")
    made = make.step(session, city, "squad11a", made, Action.SUBMIT)
    for login in ("squad11", "company1", "brigade", "station"):
        made = make.step(session, city, login, made, Action.APPROVE)
    assert made.state == "confirmed"
