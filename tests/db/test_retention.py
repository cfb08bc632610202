"""Records past their keeping time go, nothing else does, and what was counted and linked stays, on both
stores (S-30).
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.chain.keys import new_chain_key
from brigade.chain.signing import sign_heads
from brigade.jobs import Job, writing
from brigade.month.edition_files import Made, Which, keep
from brigade.month.editions import Edition, rows_of
from brigade.organisation.people import Member
from brigade.problems import Invalid, Problem
from brigade.retention.holds import lift_hold, place_hold
from brigade.retention.plans import OverCap, foresee, mark, runs_of, set_length, undo
from brigade.retention.schedule import schedule
from brigade.retention.tables import RetentionRun, Subject
from tests.db.leaving import Leaving, a_crowd, bureau, done, dump, figures, files_with, hits, leaving, sealed, verified
from tests.make import NOW, SYSTEM

OURS = ("retention_runs", "jobs", "audit_entries", "keeping_times", "legal_holds")
IN_TEN_YEARS = dt.datetime(2037, 4, 1, 3, tzinfo=dt.UTC)
"""1 April in Tokyo, ten years after the April that follows November 2026."""
A_DAY = dt.timedelta(days=1)


@pytest.fixture
def left(engine: Engine, tmp_path: Path) -> Leaving:
    return leaving(engine, tmp_path)


def due(engine: Engine, left: Leaving, now: dt.datetime) -> dict[str, int]:
    with bureau(engine, left.city, now) as (session, actor):
        return {one.keeping.code: one.due for one in foresee(session, actor.bureau_id, actor.today) if one.due}


def marked(engine: Engine, left: Leaving, now: dt.datetime, **said: int) -> RetentionRun:
    with bureau(engine, left.city, now) as (session, actor):
        run = mark(session, actor, **{"cap": 1000, **said})
        session.flush()
        session.expunge_all()
    return run


def document(engine: Engine, left: Leaving) -> None:
    with Session(engine) as session:
        edition_id = session.scalars(select(Edition.id), execution_options=SYSTEM).one()
    keep(engine, left.storage, Which(edition_id, left.city.unit_id("K1"), "month.pdf"), Made(b"paper of a month"), NOW)


def test_each_type_is_due_when_its_time_is_over_and_not_before(engine: Engine, left: Leaving) -> None:
    assert due(engine, left, NOW) == {}
    assert "report" not in due(engine, left, IN_TEN_YEARS - A_DAY)
    assert due(engine, left, IN_TEN_YEARS) == {
        "report": 3, "edition": 1, "picture": 1, "draft": 1, "roster": 1, "answer": 1, "contact": 1, "member": 1
    }  # fmt: skip


def test_after_ten_years_what_is_due_is_gone_and_nothing_else(engine: Engine, left: Leaving, tmp_path: Path) -> None:
    document(engine, left)
    key = new_chain_key()
    with writing(engine) as session:
        sign_heads(session, key, NOW)
        sums = session.execute(select(Edition.yen, Edition.minutes, Edition.digest), execution_options=SYSTEM).all()
    kept = dump(engine)
    run = marked(engine, left, IN_TEN_YEARS)
    assert done(engine, left, run.id, IN_TEN_YEARS + 31 * A_DAY)
    rows = dump(engine)
    assert hits(left.canaries, rows) == set()
    assert files_with([*left.canaries, "paper of a month"], left.storage, tmp_path / "files") == []
    for table in (
        "activity_reports",
        "report_events",
        "report_versions",
        "participations",
        "report_words",
        "edition_files",
    ):
        assert rows[table] == [], table
    for table in ("units", "memberships", "posts", "unit_tree", "signed_heads", "edition_units"):
        assert rows[table] == kept[table], table
    found = verified(engine)
    assert (found.wrong, found.removed) == ([], 3)
    with writing(engine) as session:
        assert (
            session.execute(select(Edition.yen, Edition.minutes, Edition.digest), execution_options=SYSTEM).all()
            == sums
        )
        with pytest.raises(Problem, match="edition-forgotten"):
            rows_of(session, session.scalars(select(Edition), execution_options=SYSTEM).one())
        assert session.scalar(select(func.count()).select_from(Member), execution_options=SYSTEM) == 24
    assert due(engine, left, IN_TEN_YEARS + 31 * A_DAY) == {}


def test_a_dry_run_changes_nothing_and_marking_only_the_plan(engine: Engine, left: Leaving) -> None:
    before = dump(engine)
    assert due(engine, left, IN_TEN_YEARS)
    assert dump(engine) == before
    run = marked(engine, left, IN_TEN_YEARS)
    with pytest.raises(Problem, match="run-waits"):
        marked(engine, left, IN_TEN_YEARS)
    with pytest.raises(Problem, match="run-not-due"):
        done(engine, left, run.id, IN_TEN_YEARS + 29 * A_DAY)
    same = {table: rows for table, rows in before.items() if table not in OURS}
    assert dump(engine, without=OURS) == same
    with bureau(engine, left.city, IN_TEN_YEARS) as (session, actor):
        undo(session, actor, run.id)
        undo(session, actor, run.id)
        assert [one.state for one in runs_of(session, 5)] == ["undone"]
    assert not done(engine, left, run.id, IN_TEN_YEARS + 60 * A_DAY)
    assert dump(engine, without=OURS) == same
    with Session(engine) as session:
        job = session.scalars(select(Job).where(Job.kind == "retention")).one()
        assert job.run_after == IN_TEN_YEARS + 30 * A_DAY


def test_a_run_that_has_begun_is_not_undone(engine: Engine, left: Leaving) -> None:
    run = marked(engine, left, IN_TEN_YEARS, days=0)
    assert done(engine, left, run.id, IN_TEN_YEARS)
    with bureau(engine, left.city, IN_TEN_YEARS) as (session, actor), pytest.raises(Problem, match="run-begun"):
        undo(session, actor, run.id)


def test_more_than_the_cap_is_refused(engine: Engine, left: Leaving, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(OverCap) as refused:
        marked(engine, left, IN_TEN_YEARS, cap=2)
    assert refused.value.params == {"record": "report", "due": 3, "all": 3}
    monkeypatch.setattr("brigade.retention.plans.CAP_FROM", 2)
    with bureau(engine, left.city, IN_TEN_YEARS) as (session, actor), pytest.raises(OverCap):
        mark(session, actor)
    assert marked(engine, left, IN_TEN_YEARS, cap=3)


@pytest.mark.parametrize(
    ("kind", "subject", "stays"),
    [
        (Subject.MONTH, "2026-11", {"report": 3, "edition": 1, "picture": 1}),
        (Subject.UNIT, "K1-1", {"report": 3, "edition": 1, "picture": 1}),
        (Subject.MEMBER, "000005", {}),
        (Subject.REPORT, "K1-2026-00001", {"report": 1, "edition": 1, "picture": 1, "member": 1}),
    ],
)
def test_what_is_on_hold_stays_and_the_plan_says_so(
    engine: Engine, left: Leaving, kind: Subject, subject: str, stays: dict[str, int]
) -> None:
    if kind is Subject.MEMBER:
        subject = left.city.people["squad11a"].number
        stays = {"report": 3, "edition": 1, "picture": 1, "member": 1, "contact": 1, "draft": 1, "answer": 1}
    with bureau(engine, left.city, IN_TEN_YEARS) as (session, actor):
        hold_id = place_hold(session, actor, kind, subject, "訴訟のため").id
        with pytest.raises(Problem, match="held-already"):
            place_hold(session, actor, kind, subject, "訴訟のため")
        held = {one.keeping.code: one.held for one in foresee(session, actor.bureau_id, actor.today) if one.held}
        assert held.items() >= stays.items()
    run = marked(engine, left, IN_TEN_YEARS)
    assert done(engine, left, run.id, IN_TEN_YEARS + 31 * A_DAY)
    with Session(engine) as session:
        there = session.scalar(select(func.count()).select_from(ActivityReport), execution_options=SYSTEM) or 0
        assert there >= stays["report"]
    assert not verified(engine).wrong
    with bureau(engine, left.city, IN_TEN_YEARS) as (session, actor):
        lift_hold(session, actor, hold_id)
    again = marked(engine, left, IN_TEN_YEARS + 31 * A_DAY)
    assert done(engine, left, again.id, IN_TEN_YEARS + 62 * A_DAY)
    assert hits(left.canaries, dump(engine)) == set()


def test_a_hold_is_on_something_and_has_a_reason(engine: Engine, left: Leaving) -> None:
    with bureau(engine, left.city) as (session, actor), pytest.raises(Invalid) as refused:
        place_hold(session, actor, Subject.MEMBER, "999999", " ")
    assert [one.code for one in refused.value.problems] == ["required", "unknown-hold-subject"]
    with bureau(engine, left.city) as (session, actor), pytest.raises(Invalid):
        place_hold(session, actor, Subject.MONTH, "2026-13", "監査")


def test_the_longer_of_two_times_counts(engine: Engine, left: Leaving) -> None:
    """Kept longer after a run was marked: it stays. Kept shorter: the run takes no more than it said."""
    run = marked(engine, left, IN_TEN_YEARS)
    with bureau(engine, left.city, IN_TEN_YEARS) as (session, actor):
        set_length(session, actor, "report", 11)
        set_length(session, actor, "edition", None)
        with pytest.raises(Invalid):
            set_length(session, actor, "report", 4)
    assert done(engine, left, run.id, IN_TEN_YEARS + 31 * A_DAY)
    with Session(engine) as session:
        assert session.scalar(select(func.count()).select_from(ActivityReport), execution_options=SYSTEM) == 3
        assert (
            session.get_one(RetentionRun, run.id, execution_options=SYSTEM)
            .gone.keys()
            .isdisjoint({"report", "edition"})
        )
    assert sealed(engine)[0][14]
    assert not verified(engine).wrong


def test_what_waits_for_somebody_is_never_due(engine: Engine, left: Leaving) -> None:
    from tests import make

    with Session(engine) as session:
        make.report(session, left.city, "squad12a", "K1-1-2", day=5)
    assert due(engine, left, IN_TEN_YEARS)["report"] == 3


class Killed(BaseException):
    """The worker is gone."""


def test_killed_after_any_step_it_goes_on(engine: Engine, left: Leaving, tmp_path: Path) -> None:
    run = marked(engine, left, IN_TEN_YEARS)
    for after in range(1, 60, 3):
        steps = iter(range(1, 200))

        def went(steps: object = steps, after: int = after) -> None:
            if next(steps) == after:  # type: ignore[call-overload]
                raise Killed

        try:
            assert done(engine, left, run.id, IN_TEN_YEARS + 31 * A_DAY, went=went)
        except Killed:
            assert not verified(engine).wrong
        else:
            break
    assert hits(left.canaries, dump(engine)) == set()
    assert files_with(left.canaries, left.storage, tmp_path / "files") == []


def test_every_type_of_the_schedule_is_planned(engine: Engine, left: Leaving) -> None:
    assert marked(engine, left, IN_TEN_YEARS).plan.keys() == schedule().keys()


def test_a_hundred_people_are_erased_and_every_figure_stays(engine: Engine, tmp_path: Path) -> None:
    """Their names go by time while reports and papers of months are kept for ever."""
    crowd = a_crowd(engine, tmp_path, 100)
    with bureau(engine, crowd.city, IN_TEN_YEARS) as (session, actor):
        for code in ("report", "edition", "picture"):
            set_length(session, actor, code, None)
    before = sealed(engine), figures(engine)
    run = marked(engine, crowd, IN_TEN_YEARS)
    assert run.plan["member"]["due"] == 100
    assert done(engine, crowd, run.id, IN_TEN_YEARS + 31 * A_DAY)
    assert (sealed(engine), figures(engine)) == before
    found = verified(engine)
    assert (found.wrong, found.erased) == ([], 20)
    assert hits(crowd.canaries, dump(engine)) <= {"editions"}
    with Session(engine) as session:
        names = session.scalars(select(Member.name), execution_options=SYSTEM).all()
        assert names.count("（消去済）") == 100
        assert len(set(session.scalars(select(Member.number), execution_options=SYSTEM))) == len(names)
