"""What is on hold keeps every word in it: also those of who decided on a report, without having been there."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from brigade.activity.history import ReportEvent
from brigade.activity.workflow import Action
from brigade.dispute_rules import DisputeKind, DisputeState
from brigade.disputes import raise_dispute, settle_dispute
from brigade.month.closing import Saying, say
from brigade.organisation.people import Member
from brigade.problems import Refused
from brigade.retention.holds import lift_hold, place_hold
from brigade.retention.persons import mark_person
from brigade.retention.tables import RetentionRun, Subject
from tests import make
from tests.db.leaving import LATER, bureau, done, dump, leaves, leaving
from tests.make import SYSTEM, City


@pytest.fixture
def city(engine: Engine) -> City:
    with Session(engine) as session:
        return make.city(session)


def withdrawn(engine: Engine, city: City) -> make.Filed:
    """A report that the company's leader sent back with a word, and that its author took away."""
    with Session(engine) as session:
        made = make.report(session, city, "squad11a", "K1-1-1", "squad11a", "squad11b")
        made = make.step(session, city, "squad11", made, Action.APPROVE)
        made = make.step(session, city, "company1", made, Action.RETURN, comment="この人はいませんでした。")
        return make.step(session, city, "squad11a", made, Action.WITHDRAW, comment="間違いでした。")


def refused(engine: Engine, city: City, login: str) -> tuple[str, ...]:
    """Why the person, who has left, is not erased."""
    leaves(engine, city.member_id(login))
    with bureau(engine, city) as (session, actor), pytest.raises(Refused) as found:
        mark_person(session, actor, city.member_id(login), "本人の請求")
    return found.value.reasons


@pytest.mark.parametrize("kind", [Subject.REPORT, Subject.MONTH, Subject.UNIT])
def test_who_decided_on_what_is_on_hold_is_not_erased(engine: Engine, city: City, kind: Subject) -> None:
    made = withdrawn(engine, city)
    subject = {Subject.REPORT: made.number, Subject.MONTH: "2026-11", Subject.UNIT: "K1-1-1"}[kind]
    with bureau(engine, city) as (session, actor):
        hold = place_hold(session, actor, kind, str(subject), "監査").id
    assert refused(engine, city, "company1") == ("on-hold",)
    with Session(engine) as session:
        said = session.scalars(select(ReportEvent.comment).where(ReportEvent.comment != ""), execution_options=SYSTEM)
        assert "この人はいませんでした。" in said.all()
    with bureau(engine, city) as (session, actor):
        lift_hold(session, actor, hold)
    with bureau(engine, city) as (session, actor):
        assert mark_person(session, actor, city.member_id("company1"), "本人の請求").state == "waiting"


@pytest.mark.parametrize("after", [1, 2, 3])
def test_a_hold_stops_an_erasing_that_has_begun(engine: Engine, tmp_path: Path, after: int) -> None:
    left = leaving(engine, tmp_path)
    with bureau(engine, left.city) as (session, actor):
        run = mark_person(session, actor, left.member_id, "本人の請求", days=0).id
    steps = count(1)

    def went() -> None:
        if next(steps) == after:
            with bureau(engine, left.city) as (session, actor):
                place_hold(session, actor, Subject.MONTH, "2026-11", "監査")

    words = dump(engine)["report_versions"]
    assert done(engine, left, run, LATER, went=went)
    with Session(engine) as session:
        assert not session.get_one(Member, left.member_id, execution_options=SYSTEM).is_erased
        assert session.get_one(RetentionRun, run, execution_options=SYSTEM).gone["kept"] == 1
    assert dump(engine)["report_versions"] == words


def test_who_settled_or_stated_what_is_on_hold_is_not_erased(engine: Engine, city: City) -> None:
    with Session(engine) as session:
        made = make.report(session, city, "squad11a", "K1-1-1", "squad11a", "squad11b")
        dispute = raise_dispute(
            session, make.bound(session, city, "squad11b"), made.id, DisputeKind.OTHER, "違います。"
        ).id
        session.commit()
        officer = make.bound(session, city, "station")
        settle_dispute(session, officer, dispute, DisputeState.DISMISSED, "記録のとおりです。")
        session.commit()
        leader = make.bound(session, city, "squad12")
        say(
            session,
            leader,
            city.unit_id("K1-1-2"),
            "2026-11",
            Saying.EXCUSED,
            reason="班長が入院中",
            until=LATER.date(),
        )
        session.commit()
        make.step(session, city, "squad11a", made, Action.WITHDRAW, comment="間違いでした。")
    with bureau(engine, city) as (session, actor):
        place_hold(session, actor, Subject.REPORT, str(made.number), "監査")
        place_hold(session, actor, Subject.UNIT, "K1-1-2", "監査")
    for login in ("station", "squad12"):
        assert refused(engine, city, login) == ("on-hold",), login
    with Session(engine) as session:
        assert not [one for one in session.scalars(select(Member), execution_options=SYSTEM) if one.is_erased]
