"""A person is erased: their words go everywhere, what was counted stays, the chain says who erased what, on both stores."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, create_engine, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Participation
from brigade.activity.search import ReportWords
from brigade.connections import prepare_engine
from brigade.dispute_rules import DisputeState
from brigade.disputes import Dispute, settle_dispute
from brigade.organisation.people import FormerType, Member
from brigade.problems import Problem, Refused
from brigade.retention.holds import lift_hold, place_hold
from brigade.retention.persons import mark_person, preview
from brigade.retention.plans import undo
from brigade.retention.tables import RetentionRun, Subject
from tests import make
from tests.db.leaving import (
    LATER,
    Leaving,
    bureau,
    done,
    dump,
    figures,
    files_with,
    hits,
    leaving,
    sealed,
    verified,
)
from tests.make import SYSTEM

DAYS = dt.timedelta(days=31)
SEALED = {"editions"}
"""Where the name stays until the edition's own time is over."""


@pytest.fixture
def left(engine: Engine, tmp_path: Path) -> Leaving:
    return leaving(engine, tmp_path)


def marked(engine: Engine, left: Leaving, **said: Any) -> RetentionRun:
    with bureau(engine, left.city) as (session, actor):
        run = mark_person(session, actor, left.member_id, "本人の請求", **said)
        session.flush()
        session.expunge_all()
    return run


def test_the_words_go_and_the_figures_stay(engine: Engine, left: Leaving, tmp_path: Path) -> None:
    before = figures(engine), sealed(engine)
    assert hits(left.canaries, dump(engine)) >= {"members", "activity_reports", "report_versions", "report_events"}
    assert files_with(left.canaries, left.storage, tmp_path / "files")
    assert not verified(engine).wrong
    run = marked(engine, left)
    assert done(engine, left, run.id, LATER + DAYS)
    assert (figures(engine), sealed(engine)) == before
    assert hits(left.canaries, dump(engine)) <= SEALED
    assert files_with(left.canaries, left.storage, tmp_path / "files") == []
    found = verified(engine)
    assert (found.wrong, found.erased) == ([], 2)
    with Session(engine) as session:
        member = session.get_one(Member, left.member_id, execution_options=SYSTEM)
        assert (member.name, member.number) == ("（消去済）", left.city.people["squad11a"].number)
        kept = session.scalars(
            select(ActivityReport.summary).order_by(ActivityReport.started_at), execution_options=SYSTEM
        )
        assert kept.all() == ["", "", "放水をしました。"]
        words = session.scalars(select(ReportWords.body), execution_options=SYSTEM).all()
        assert all("消去済" in body for body in words)
    assert done(engine, left, run.id, LATER + DAYS), "once more does nothing"


def test_of_former_types_the_days_stay_and_the_agreed_kinds_go(engine: Engine, left: Leaving) -> None:
    row = {"member_id": left.member_id, "bureau_id": left.city.bureau_id, "member_type": "function_limited"}
    with Session(engine) as session:
        session.add(FormerType(**row, allowed_kinds=["T-01"], valid_to=dt.date(2026, 3, 31)))
        session.commit()
    assert done(engine, left, marked(engine, left).id, LATER + DAYS)
    with Session(engine) as session:
        [kept] = session.scalars(select(FormerType), execution_options=SYSTEM)
        assert (kept.member_type, kept.allowed_kinds, kept.valid_to) == ("function_limited", None, dt.date(2026, 3, 31))


def test_before_its_day_nothing_is_changed(engine: Engine, left: Leaving) -> None:
    ours = ("retention_runs", "jobs", "audit_entries")
    before = dump(engine, without=ours)
    with bureau(engine, left.city) as (session, actor):
        seen = preview(session, actor, left.city.people["squad11a"].number)
        assert (seen.pictures, seen.accounts, seen.attendances, seen.editions, seen.against) == (1, 1, 3, 1, ())
    assert dump(engine, without=ours) == before
    run = marked(engine, left)
    with pytest.raises(Problem, match="run-not-due"):
        done(engine, left, run.id, LATER + dt.timedelta(days=29))
    assert dump(engine, without=ours) == before
    with bureau(engine, left.city) as (session, actor):
        undo(session, actor, run.id)
    assert not done(engine, left, run.id, LATER + DAYS)
    assert dump(engine, without=ours) == before


def test_a_hold_holds_whatever_was_marked(engine: Engine, left: Leaving) -> None:
    run = marked(engine, left)
    with bureau(engine, left.city) as (session, actor):
        hold = place_hold(session, actor, Subject.MONTH, "2026-11", "監査が済むまで")
        hold_id = hold.id
    before = dump(engine, without=("retention_runs", "jobs", "audit_entries"))
    assert done(engine, left, run.id, LATER + DAYS)
    assert dump(engine, without=("retention_runs", "jobs", "audit_entries")) == before
    with Session(engine) as session:
        assert session.get_one(RetentionRun, run.id, execution_options=SYSTEM).gone == {"kept": 1}
    with bureau(engine, left.city) as (session, actor):
        lift_hold(session, actor, hold_id)
    again = marked(engine, left)
    assert done(engine, left, again.id, LATER + DAYS)
    assert hits(left.canaries, dump(engine)) <= SEALED


def test_who_serves_or_waits_for_pay_is_not_erased(engine: Engine, left: Leaving) -> None:
    with bureau(engine, left.city) as (session, actor), pytest.raises(Refused) as refused:
        mark_person(session, actor, left.city.member_id("squad12a"), "本人の請求")
    assert refused.value.reasons == ("still-serving",)
    with Session(engine) as session:
        asked = select(ActivityReport).where(ActivityReport.state == "sealed").limit(1)
        report = session.scalars(asked, execution_options=SYSTEM).one()
        make.step(session, left.city, "station", report, make.Action.RETURN, comment="人数が違います。")
    with bureau(engine, left.city) as (session, actor), pytest.raises(Refused) as refused:
        mark_person(session, actor, left.member_id, "本人の請求")
    assert refused.value.reasons == ("unsealed-reports",)


def test_nothing_of_it_is_left_in_the_file_of_the_store(sqlite: str, tmp_path: Path) -> None:
    """Not even where SQLite has no row any more; but for the sealed edition, which is compressed."""
    engine = create_engine(sqlite)
    prepare_engine(engine)
    left = leaving(engine, tmp_path)
    file = tmp_path / "brigade.sqlite3"
    words = [word.encode() for one in left.canaries for word in (one, json.dumps(one)[1:-1])]
    assert any(word in file.read_bytes() for word in words)
    assert done(engine, left, marked(engine, left).id, LATER + DAYS)
    engine.dispose()
    assert [word for word in words if word in file.read_bytes()] == []


class Killed(BaseException):
    """The worker is gone."""


def test_killed_after_any_step_it_goes_on(engine: Engine, left: Leaving, tmp_path: Path) -> None:
    run = marked(engine, left)
    for after in range(1, 20):
        steps = iter(range(1, 100))

        def went(steps: Iterator[int] = steps, after: int = after) -> None:
            if next(steps) == after:
                raise Killed

        try:
            assert done(engine, left, run.id, LATER + DAYS, went=went)
        except Killed:
            assert not verified(engine).wrong
        else:
            break
    assert after > 6, "it was killed after every step"
    assert hits(left.canaries, dump(engine)) <= SEALED
    assert files_with(left.canaries, left.storage, tmp_path / "files") == []
    assert not verified(engine).wrong


REWRITING = (
    "UPDATE report_events SET comment = ''",
    "UPDATE report_events SET comment = '', nonce = NULL WHERE comment <> ''",
    "UPDATE report_versions SET nonce = NULL",
    "UPDATE report_versions SET content = '{}', nonce = NULL",
    "UPDATE activity_reports SET summary = '' WHERE state = 'sealed'",
    "UPDATE activity_reports SET summary = '', version = version + 1 WHERE state = 'sealed'",
    "UPDATE participations SET left_early_reason = NULL",
    "UPDATE editions SET rows = ''",
    "UPDATE audit_entries SET data = '{}'",
    "DELETE FROM edition_files",
    "DELETE FROM activity_reports WHERE state = 'sealed'",
    "UPDATE erased_parts SET seq = seq - 1",
    "DELETE FROM erased_parts",
)


def test_the_store_lets_nothing_go_without_an_erasure(engine: Engine, left: Leaving) -> None:
    """Not before one, and not more than it named after one."""
    run = marked(engine, left)
    for _ in range(2):
        for attack in REWRITING:
            with engine.connect() as connection, connection.begin() as everything:
                try:
                    assert connection.execute(text(attack)).rowcount == 0, attack
                except DBAPIError:
                    pass
                finally:
                    everything.rollback()
        done(engine, left, run.id, LATER + DAYS)


def test_pay_on_hold_stands_against_it(engine: Engine, left: Leaving) -> None:
    """Nobody could release it once the person is erased; it is paid first, or settled as the report says."""
    with Session(engine) as session:
        mine = session.scalars(
            select(Participation.report_id).where(Participation.member_id == left.member_id), execution_options=SYSTEM
        )
        report = session.get_one(ActivityReport, mine.first(), execution_options=SYSTEM)
        upheld = Dispute(
            report_id=report.id, member_id=left.member_id, kind="times", reason="", state="upheld", raised_at=make.NOW,
            withdrawn_at=None, settled_by_id=left.city.member_id("bureau"), settled_at=make.NOW,
            settled_version=report.version, comment="",
        )  # fmt: skip
        session.add(upheld)
        session.flush()
        id_ = upheld.id
        session.commit()
    with bureau(engine, left.city) as (session, actor), pytest.raises(Refused) as refused:
        mark_person(session, actor, left.member_id, "本人の請求")
    assert refused.value.reasons == ("held-pay",)
    with bureau(engine, left.city) as (session, actor):
        settle_dispute(session, actor, id_, DisputeState.DISMISSED, "規則を直しました。")
    assert marked(engine, left).state == "waiting"
