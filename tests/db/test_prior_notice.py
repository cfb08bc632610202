"""What announces an activity: not any plan, and not any id that somebody writes into the report."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from brigade.activity import actions
from brigade.activity.workflow import Action
from brigade.calendar.events import Plan, create_event
from brigade.db import new_id
from brigade.month.earnings import turnouts_of
from brigade.organisation.units import Unit
from tests import make
from tests.db.test_checks import AT, HOUR, START, problems, warnings
from tests.make import SYSTEM, City

BEFORE = START - 48 * HOUR
NONE = {("/event_id", "no-prior-notice")}
WRONG = {("/details/plan_id", "other-notice")}


@pytest.fixture(autouse=True)
def strict(session: Session, city: City) -> None:
    asking = update(Unit).where(Unit.id == city.unit_id("K1")).values(settings={"prior_notice": "hard"})
    session.execute(asking, execution_options=SYSTEM)
    session.commit()


def planned(session: Session, city: City, kind: str, first: dt.datetime, last: dt.datetime) -> Any:
    plan = Plan(kind, "行事", first, last)
    [event] = create_event(
        session, make.bound(session, city, "brigade", BEFORE), plan, unit_id=city.unit_id("K1")
    ).events
    session.commit()
    return event.id


@pytest.mark.parametrize(
    ("kind", "first", "last", "said"),
    [
        ("T-01", START, START + HOUR, set()),
        ("T-01", START - 5 * HOUR, START - 4 * HOUR, set()),  # another hour of the day
        ("T-01", START - 24 * HOUR, START + 24 * HOUR, set()),  # one of its days
        ("T-01", START - 24 * HOUR, START - 23 * HOUR, NONE),
        ("T-01", START + 24 * HOUR, START + 25 * HOUR, NONE),
        ("P-01", START, START + HOUR, NONE),
    ],
)
def test_what_was_planned_for_something_else_announces_nothing(
    session: Session, city: City, kind: str, first: dt.datetime, last: dt.datetime, said: set[tuple[str, str]]
) -> None:
    event_id = planned(session, city, kind, first, last)
    assert problems(session, city, AT, "K1-1-1", AT, event_id=event_id) == said


@pytest.mark.parametrize(("other_day", "noticed"), [(False, True), (True, False)])
def test_pay_takes_the_same_for_an_announcement(session: Session, city: City, other_day: bool, noticed: bool) -> None:
    free = update(Unit).where(Unit.id == city.unit_id("K1")).values(settings={})
    session.execute(free, execution_options=SYSTEM)
    first = START + 24 * HOUR if other_day else START
    event_id = planned(session, city, "T-01", first, first + HOUR)
    report = make.report(session, city, AT, "K1-1-1", event_id=event_id)
    for leader in ("squad11", "company1", "brigade", "station"):
        report = make.step(session, city, leader, report, Action.APPROVE)
    done = turnouts_of(session, make.bound(session, city, AT).bureau_id, [city.member_id(AT)], "2026-11", "2026-11")
    [turnout] = done.by_member[str(city.member_id(AT))]
    assert turnout.notified is noticed


def filed(session: Session, city: City, *, at: dt.datetime = BEFORE, submit: bool = True, **said: Any) -> uuid.UUID:
    """A notice of a drill on the day of the report, filed on the day before yesterday."""
    values: dict[str, Any] = {
        "kind": "N-01", "details": {"planned_kind": "T-01"}, "started_at": START, "ended_at": START + HOUR,
    }  # fmt: skip
    content = make.content(city, "K1-1-1", **{**values, **said})
    made, _ = actions.create(session, make.bound(session, city, AT, at), content, report_id=None, submit=submit)
    return make.kept(session, made).id


def test_a_notice_that_was_filed_before_announces_a_drill_of_its_day(session: Session, city: City) -> None:
    notice = filed(session, city)
    assert problems(session, city, "squad11b", "K1-1-1", "squad11b", details={"plan_id": str(notice)}) == set()


def test_an_id_that_is_no_such_notice_announces_nothing(session: Session, city: City) -> None:
    day = 24 * HOUR
    fire = make.report(session, city, AT, "K1-1-1", kind="D-01", details={}, day=1)
    taken_back = filed(session, city)
    who = make.bound(session, city, AT)
    actions.act(session, who, taken_back, Action.WITHDRAW, actions.read(session, taken_back).version, comment="中止")
    session.commit()
    for named in (
        new_id(),
        fire.id,
        taken_back,
        filed(session, city, submit=False),
        filed(session, city, at=make.NOW),
        filed(session, city, details={"planned_kind": "C-01"}),
        filed(session, city, started_at=START + day, ended_at=START + day + HOUR),
    ):
        said = {"details": {"plan_id": str(named)}}
        assert problems(session, city, AT, "K1-1-1", AT, **said) == WRONG
        assert warnings(session, city, AT, "K1-1-1", AT, **said) & WRONG == WRONG
