"""What has come to its time is marked each month where that is switched on: once, within the cap, undone like any run."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.orm import Session

from brigade.jobs import FIRST_DAYS, MARK_MONTH, Job, plan_housekeeping, writing
from brigade.messages.notices import Notice
from brigade.organisation.people import Post
from brigade.organisation.tree import change_settings
from brigade.problems import Invalid, Refused
from brigade.retention import plans
from brigade.retention.monthly import bureaus_marking, mark_month
from brigade.retention.plans import undo
from brigade.retention.tables import RetentionRun
from brigade.scopes import act_as
from tests import make
from tests.db.leaving import Leaving, bureau, done, dump, leaving
from tests.db.test_retention import OURS
from tests.make import NOW, SYSTEM

APRIL = dt.date(2037, 4, 1)
"""On which what was filed in November 2026 is past its time."""

A_DAY = dt.timedelta(days=1)


def at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(3), dt.UTC)


@pytest.fixture
def left(engine: Engine, tmp_path: Path) -> Leaving:
    return leaving(engine, tmp_path)


def switch(engine: Engine, left: Leaving, *, on: bool | None = True) -> None:
    with bureau(engine, left.city) as (session, actor):
        change_settings(session, actor, left.city.bureau_id, {"mark_monthly": on})


def marks(engine: Engine, left: Leaving, day: dt.date) -> Any:
    """What the job of that day does; the id of the run that it made."""
    with writing(engine) as session:
        made = [mark_month(session, bureau_id, day, at(day)) for bureau_id in bureaus_marking(session, day)]
        return made[0].id if made and made[0] else None


def run_of(engine: Engine, run_id: Any) -> RetentionRun:
    with Session(engine) as session:
        return session.get_one(RetentionRun, run_id, execution_options=SYSTEM)


def told(engine: Engine, left: Leaving) -> list[tuple[str, dict[str, Any]]]:
    with Session(engine) as session:
        mine = select(Notice.kind, Notice.data).where(
            Notice.member_id == left.city.member_id("bureau"), Notice.kind.startswith("retention")
        )
        return [(row.kind, row.data) for row in session.execute(mine.order_by(Notice.at), execution_options=SYSTEM)]


def test_off_until_it_is_switched_on(engine: Engine, left: Leaving) -> None:
    before = dump(engine)
    assert marks(engine, left, APRIL) is None
    assert dump(engine) == before
    switch(engine, left)
    assert marks(engine, left, APRIL) is not None
    switch(engine, left, on=None)
    assert marks(engine, left, dt.date(2037, 6, 1)) is None


def test_marked_once_told_once_and_nothing_goes_before_its_day(engine: Engine, left: Leaving) -> None:
    switch(engine, left)
    before = dump(engine, without=(*OURS, "notices"))
    run_id = marks(engine, left, APRIL)
    run = run_of(engine, run_id)
    assert (run.month, run.state, run.goes_at) == ("2037-04", "waiting", at(APRIL) + 30 * A_DAY)
    assert run.planned_by_id == left.city.member_id("bureau")
    assert [marks(engine, left, APRIL + n * A_DAY) for n in range(FIRST_DAYS + 3)] == [None] * (FIRST_DAYS + 3)
    ((kind, data),) = told(engine, left)
    assert (kind, data["goes_on"], data["count"]) == ("retention-marked", "2037-05-01", 10)
    assert dump(engine, without=(*OURS, "notices")) == before


def test_undone_it_does_not_come_back_in_the_same_month(engine: Engine, left: Leaving) -> None:
    switch(engine, left)
    run_id = marks(engine, left, APRIL)
    with bureau(engine, left.city, at(APRIL)) as (session, actor):
        undo(session, actor, run_id)
    assert marks(engine, left, APRIL + A_DAY) is None
    assert not done(engine, left, run_id, at(APRIL) + 31 * A_DAY)
    assert marks(engine, left, dt.date(2037, 5, 1)) is not None


def test_a_run_that_still_waits_is_waited_for(engine: Engine, left: Leaving) -> None:
    switch(engine, left)
    first = marks(engine, left, APRIL + 2 * A_DAY)  # the worker was away for two days
    assert [marks(engine, left, dt.date(2037, 5, n)) for n in (1, 2)] == [None, None]
    assert done(engine, left, first, at(dt.date(2037, 5, 3)))
    assert marks(engine, left, dt.date(2037, 5, 3)) is None  # nothing is left that is due
    assert run_of(engine, first).gone["report"] == 3


def test_too_much_is_not_marked_and_said_once(engine: Engine, left: Leaving, monkeypatch: pytest.MonkeyPatch) -> None:
    switch(engine, left)
    monkeypatch.setattr(plans, "CAP_NUMBER", 2)
    assert [marks(engine, left, APRIL + n * A_DAY) for n in range(3)] == [None] * 3
    assert told(engine, left) == [("retention-over-cap", {"record": "report", "due": 3})]


def test_only_the_bureau_sets_it_and_for_itself(engine: Engine, left: Leaving) -> None:
    with writing(engine) as session:
        actor = make.actor(session, left.city, "station")
        act_as(session, actor)
        with pytest.raises(Refused):
            change_settings(session, actor, left.city.unit_id("S1"), {"mark_monthly": True})
    with bureau(engine, left.city) as (session, actor), pytest.raises(Invalid) as wrong:
        change_settings(session, actor, left.city.unit_id("S1"), {"mark_monthly": True})
    assert [one.code for one in wrong.value.problems] == ["not-set-here"]


def test_whoever_is_an_officer_answers_for_it(engine: Engine, left: Leaving) -> None:
    """Switched on by somebody who is no officer any more; and nobody is one."""
    with Session(engine) as session:
        make.member(session, left.city, "bureau2", "B", "bureau_officer")
        make.kept(session, left.city)
    switch(engine, left)
    with Session(engine) as session:
        theirs = Post.member_id == left.city.member_id("bureau")
        session.execute(update(Post).where(theirs).values(valid_to=APRIL - A_DAY), execution_options=SYSTEM)
        session.commit()
    run_id = marks(engine, left, APRIL)
    assert run_of(engine, run_id).planned_by_id == left.city.member_id("bureau2")
    with Session(engine) as session:
        ends = update(Post).where(Post.valid_to.is_(None)).values(valid_to=APRIL)
        session.execute(ends, execution_options=SYSTEM)
        session.commit()
    assert marks(engine, left, dt.date(2037, 6, 1)) is None


@pytest.mark.parametrize(("day", "planned"), [(1, 1), (FIRST_DAYS, 1), (FIRST_DAYS + 1, 0)])
def test_planned_on_a_months_first_days(engine: Engine, day: int, planned: int) -> None:
    with writing(engine) as session:
        for hour in (0, 5):
            plan_housekeeping(session, NOW.replace(month=12, day=day, hour=hour))
    with Session(engine) as session:
        assert len(session.scalars(select(Job).where(Job.kind == MARK_MONTH)).all()) == planned
