"""Months that are sealed in the small city."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from brigade.activity.whole import Report
from brigade.activity.workflow import Action
from brigade.db import new_id
from brigade.jobs import writing
from brigade.month.editions import Edition
from brigade.month.sealing import seal
from brigade.scopes import act_as
from tests import make
from tests.make import City

MONTH = "2026-11"
CHAIN = ("squad11", "company1", "brigade", "station")


def paid_city(engine: Engine) -> City:
    """The small city, which pays as Yokohama does."""
    with Session(engine) as session:
        made = make.city(session)
        make.pays(session, made)
        session.commit()
        return made


def confirmed(session: Session, city: City, *logins: str, **said: object) -> Report:
    """A report of the first squad that the station has taken."""
    made = make.report(session, city, "squad11a", "K1-1-1", *(logins or ("squad11a",)), **said)
    for login in CHAIN:
        made = make.step(session, city, login, made, Action.APPROVE)
    return made


def sealed(
    engine: Engine,
    city: City,
    code: str = "K1",
    login: str = "station",
    month: str = MONTH,
    when: dt.datetime = make.NOW,
) -> list[Edition]:
    """Sealed as the worker does it, at that moment; the editions, readable by anyone."""
    with writing(engine, one_state=True) as session:
        session.expire_on_commit = False
        actor = make.actor(session, city, login, when)
        act_as(session, actor)
        return seal(session, actor, city.unit_id(code), month, edition_id=new_id(), seal_id=new_id())
