"""What each action does to a report on the way from its author to the station: who acted as what, numbers, second tries."""

from __future__ import annotations

import datetime as dt
import hashlib
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update
from sqlalchemy.orm import Session

from brigade.activity import actions, many
from brigade.activity.activities import ActivityReport
from brigade.activity.content import Person
from brigade.activity.history import ReportEvent, replay
from brigade.activity.transition import actions_of
from brigade.activity.workflow import Action
from brigade.db import Base, new_id
from brigade.organisation.people import Absence, DeputyPlace, Post
from brigade.organisation.units import Unit
from brigade.problems import NotFound, Problem
from tests import make
from tests.make import NOW, SYSTEM, City

A, DAY, TODAY = Action, dt.timedelta(days=1), NOW.date()
Told = tuple[str, str | None, str | None, str | None, str | None]


def told(session: Session, city: City, report: ActivityReport) -> list[Told]:
    """The history in short: (action, by, as, for or why passed, basis)."""
    names = {member.id: login for login, member in city.people.items()}
    query = select(ReportEvent).where(ReportEvent.report_id == report.id).order_by(ReportEvent.seq)
    events = list(session.scalars(query, execution_options=SYSTEM))
    assert replay(events) == (report.state, report.step, report.version)
    return [
        (e.action, names.get(e.actor_id), e.post, names.get(e.for_id) if e.for_id else e.reason, e.basis)
        for e in events
    ]


def refusal(session: Session, city: City, who: str, report: ActivityReport, action: Action, **said: Any) -> list[str]:
    """The codes with which it is refused."""
    now, version = said.pop("now", NOW), said.pop("version", report.version)
    actor = make.bound(session, city, who, now)
    before = digest(session)
    with pytest.raises(Problem) as refused:
        actions.act(session, actor, report.id, action, version, **said)
    session.commit()
    assert digest(session) == before, "a refusal changed something"
    return list(getattr(refused.value, "reasons", (refused.value.code,)))


def digest(session: Session) -> str:
    """Of every row of every table."""
    rows = [
        [tuple(row) for row in session.connection().execute(table.select().order_by(*table.primary_key))]
        for table in Base.metadata.sorted_tables
    ]
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def step(
    session: Session, city: City, who: str, report: ActivityReport, action: Action, now: dt.datetime = NOW, **said: Any
) -> ActivityReport:
    actor = make.bound(session, city, who, now)
    done = actions.act(session, actor, report.id, action, report.version, **said)
    session.commit()
    return done


def edit(session: Session, city: City, who: str, report: ActivityReport, **changes: Any) -> ActivityReport:
    actor = make.bound(session, city, who)
    done, _ = actions.edit(session, actor, report.id, report.version, changes)
    session.commit()
    return done


def waits_at(city: City, report: ActivityReport) -> str | None:
    return next((code for code, unit in city.units.items() if unit.id == report.awaiting_unit_id), None)


def away(session: Session, city: City, who: str, absence: str = "leave") -> None:
    row = {"id": new_id(), "member_id": city.member_id(who), "absence": absence, "valid_from": TODAY}
    session.execute(insert(Absence).values(row))
    session.commit()


def resigns(session: Session, city: City, who: str) -> None:
    session.execute(delete(Post).where(Post.member_id == city.member_id(who)), execution_options=SYSTEM)
    session.commit()


def named(session: Session, city: City, unit: str, *people: str) -> None:
    for place, who in enumerate(people, 1):
        row = {"unit_id": city.unit_id(unit), "member_id": city.member_id(who), "place": place}
        session.execute(insert(DeputyPlace).values(**row, id=new_id(), valid_from=make.SINCE))
    session.commit()


def settings(session: Session, city: City, unit: str, **said: Any) -> None:
    session.execute(update(Unit).where(Unit.id == city.unit_id(unit)).values(settings=said), execution_options=SYSTEM)
    session.commit()


# --- The way up -------------------------------------------------------------------------------------------------------


def test_the_whole_way(session: Session, city: City) -> None:
    report = make.report(session, city, "squad11a", "K1-1-1")
    seen = [waits_at(city, report)]
    for who in ("squad11", "company1", "brigade", "station"):
        report = step(session, city, who, report, A.APPROVE)
        seen.append(waits_at(city, report))
    assert seen == ["K1-1-1", "K1-1", "K1", "S1", None]
    assert (report.state, report.step, report.version, report.number) == ("confirmed", 4, 6, "K1-2026-00001")
    assert told(session, city, report) == [
        ("create", "squad11a", None, None, None),
        ("submit", "squad11a", None, None, None),
        ("approve", "squad11", "squad_leader", None, None),
        ("approve", "company1", "company_leader", None, None),
        ("approve", "brigade", "brigade_leader", None, None),
        ("approve", "station", "station_officer", None, None),
    ]


def test_levels_passed_over_stand_in_the_history(session: Session, city: City) -> None:
    resigns(session, city, "brigade")
    resigns(session, city, "brigade-deputy")
    report = make.report(session, city, "squad11", "K1-1-1", "squad11a", "squad11b")
    report = step(session, city, "company1", report, A.APPROVE)
    assert waits_at(city, report) == "S1"
    assert told(session, city, report)[2:] == [
        ("pass", None, None, "author-holds", None),
        ("approve", "company1", "company_leader", None, None),
        ("pass", None, None, "vacant", None),
    ]


def test_a_leader_alone_in_it_is_not_asked(session: Session, city: City) -> None:
    report = make.report(session, city, "squad11a", "K1-1-1", "squad11")
    assert told(session, city, report)[-1] == ("pass", None, None, "sole-participant", None)
    assert waits_at(city, report) == "K1-1"


def test_own_reports_are_refused_even_as_deputy(session: Session, city: City) -> None:
    report = make.report(session, city, "squad11-deputy", "K1-1-1")
    away(session, city, "squad11")
    assert refusal(session, city, "squad11-deputy", report, A.APPROVE) == ["own-report"]
    sole = make.report(session, city, "squad11a", "K1-1-1", "squad11-deputy", day=9)
    assert refusal(session, city, "squad11-deputy", sole, A.APPROVE) == ["own-report"]
    session.info.pop("actor")
    assert A.APPROVE.value not in actions_of(sole, make.actor(session, city, "squad11-deputy"), frozenset())


def test_refusals_name_every_reason_and_change_nothing(session: Session, city: City) -> None:
    report = make.report(session, city, "squad11a", "K1-1-1")
    assert refusal(session, city, "squad11", report, A.APPROVE, version=report.version - 1) == ["stale-version"]
    assert refusal(session, city, "squad11a", report, A.STEP_BACK) == ["not-your-step", "first-step", "reason-required"]
    assert refusal(session, city, "company1", report, A.APPROVE) == ["not-your-step"]
    assert refusal(session, city, "company2", report, A.APPROVE) == ["not-found"]
    assert refusal(session, city, "squad11b", report, A.APPROVE) == ["not-found"]
    assert refusal(session, city, "squad11", report, A.RETURN, comment=" 　\n") == ["reason-required"]
    assert refusal(session, city, "squad11", report, A.RETURN, remarks=[{"pointer": "/nowhere"}]) == ["invalid-fields"]
    assert refusal(session, city, "squad11", report, A.SUBMIT) == ["wrong-state"]
    assert refusal(session, city, "squad11", report, A.PASS) == ["not-passable"]
    assert refusal(session, city, "station", report, A.SEAL) == ["wrong-state"]


def test_station_and_withdrawal(session: Session, city: City) -> None:
    report = make.report(session, city, "squad11", "K1-1-1", "squad11a", "squad11b")
    for who in ("company1", "brigade"):
        report = step(session, city, who, report, A.APPROVE)
    assert refusal(session, city, "squad11", report, A.WITHDRAW, comment="重複") == ["wrong-state"]
    report = step(session, city, "station", report, A.APPROVE)
    assert refusal(session, city, "brigade", report, A.RETURN, comment="時刻") == [
        "not-closer",
    ]
    report = step(session, city, "station", report, A.RETURN, comment="時刻")
    report = step(session, city, "squad11", report, A.WITHDRAW, comment="重複")
    assert (report.state, report.step, report.number) == ("withdrawn", 0, "K1-2026-00001")
    for action in (A.SUBMIT, A.WITHDRAW, A.APPROVE, A.UNDO, A.RETURN):
        assert refusal(session, city, "squad11", report, action, comment="x") == ["wrong-state"]


def test_step_back_and_return(session: Session, city: City) -> None:
    report = make.report(session, city, "squad11a", "K1-1-1")
    report = step(session, city, "squad11", report, A.APPROVE)
    remark = {"pointer": "/participants/0/ended_at", "reason": "times-impossible", "text": "22時"}
    report = step(session, city, "company1", report, A.STEP_BACK, remarks=[remark])
    assert waits_at(city, report) == "K1-1-1"
    report = step(session, city, "squad11", report, A.RETURN, comment=" 時刻 ")
    assert (report.state, report.step, report.awaiting_unit_id) == ("returned", 0, None)
    actor = make.bound(session, city, "squad11a")
    events, saved = actions.history(session, report.id)
    assert [event.remarks for event in events[-2:]] == [[remark], []]
    assert [event.comment for event in events[-2:]] == ["", "時刻"]
    assert list(saved) == [1]
    assert actions_of(report, actor, frozenset()) == ["edit", "submit", "withdraw"]


# --- Deputies ---------------------------------------------------------------------------------------------------------


def test_a_deputy_of_a_vacant_unit_acts_at_once(session: Session, city: City) -> None:
    report = make.report(session, city, "squad11a", "K1-1-1")
    resigns(session, city, "squad11")
    report = step(session, city, "squad11-deputy", report, A.APPROVE)
    assert told(session, city, report)[-1] == ("approve", "squad11-deputy", "deputy_squad_leader", None, "vacant")


@pytest.mark.parametrize("absence", ["leave", "suspension"])
def test_a_deputy_acts_for_a_leader_who_is_away(session: Session, city: City, absence: str) -> None:
    report = make.report(session, city, "squad11a", "K1-1-1")
    assert refusal(session, city, "squad11-deputy", report, A.APPROVE) == ["not-your-step"]
    away(session, city, "squad11", absence)
    report = step(session, city, "squad11-deputy", report, A.APPROVE)
    assert told(session, city, report)[-1] == (
        "approve",
        "squad11-deputy",
        "deputy_squad_leader",
        "squad11",
        "on-leave",
    )


def test_deputies_wait_their_days_in_their_order(session: Session, city: City) -> None:
    named(session, city, "K1-1-1", "squad11b", "squad12")
    report = make.report(session, city, "squad11a", "K1-1-1")
    for place, who in enumerate(("squad11-deputy", "squad11b", "squad12"), 1):
        early = NOW + place * 7 * DAY - dt.timedelta(seconds=1)
        assert refusal(session, city, who, report, A.APPROVE, now=early) == ["not-your-step"]
        then = make.actor(session, city, who, NOW + place * 7 * DAY)
        assert then.desk_for(report.awaiting_unit_id, report.awaiting_since)
    settings(session, city, "K1-1-1", deputy_after_days=2)
    report = step(session, city, "squad12", report, A.APPROVE, now=NOW + 6 * DAY)
    assert told(session, city, report)[-1] == ("approve", "squad12", "member", "squad11", "idle")


def test_a_deputy_who_is_away_is_left_out(session: Session, city: City) -> None:
    named(session, city, "K1-1-1", "squad11b")
    report = make.report(session, city, "squad11a", "K1-1-1")
    away(session, city, "squad11")
    assert refusal(session, city, "squad11b", report, A.APPROVE) == ["not-your-step"]
    away(session, city, "squad11-deputy")
    report = step(session, city, "squad11b", report, A.APPROVE)
    assert told(session, city, report)[-1] == ("approve", "squad11b", "member", "squad11", "on-leave")


def test_ones_own_post_goes_before_anothers(session: Session, city: City) -> None:
    named(session, city, "K1-1-1", "company1")
    away(session, city, "squad11")
    away(session, city, "squad11-deputy")
    report = make.report(session, city, "squad11a", "K1-1-1")
    report = step(session, city, "company1", report, A.APPROVE)
    report = step(session, city, "company1", report, A.APPROVE)
    assert [event[2:] for event in told(session, city, report)[-2:]] == [
        ("member", "squad11", "on-leave"),
        ("company_leader", None, None),
    ]


def test_a_stations_deputy_reopens_nothing_while_the_officer_is_there(session: Session, city: City) -> None:
    named(session, city, "S1", "brigade-deputy")
    report = make.report(session, city, "squad11", "K1-1-1", "squad11a", "squad11b")
    for who in ("company1", "brigade", "station"):
        report = step(session, city, who, report, A.APPROVE)
    assert refusal(session, city, "brigade-deputy", report, A.RETURN, comment="時刻") == ["not-closer"]
    away(session, city, "station")
    report = step(session, city, "brigade-deputy", report, A.RETURN, comment="時刻")
    assert told(session, city, report)[-1] == ("return", "brigade-deputy", "member", "station", "on-leave")


# --- Second thoughts --------------------------------------------------------------------------------------------------


def test_undo_is_ones_own_and_only_until_the_next(session: Session, city: City) -> None:
    resigns(session, city, "brigade")
    resigns(session, city, "brigade-deputy")
    report = make.report(session, city, "squad11a", "K1-1-1")
    report = step(session, city, "squad11", report, A.APPROVE)
    assert refusal(session, city, "company1", report, A.UNDO) == ["nothing-to-undo"]
    report = step(session, city, "squad11", report, A.UNDO)
    assert (waits_at(city, report), report.step) == ("K1-1-1", 1)
    assert refusal(session, city, "squad11", report, A.UNDO) == ["nothing-to-undo"]
    report = step(session, city, "squad11", report, A.APPROVE)
    report = step(session, city, "company1", report, A.APPROVE)  # goes past the vacant brigade
    assert refusal(session, city, "squad11", report, A.UNDO) == ["nothing-to-undo"]
    report = step(session, city, "company1", report, A.UNDO)
    assert (waits_at(city, report), report.step) == ("K1-1", 2)
    report = step(session, city, "company1", report, A.APPROVE)
    report = step(session, city, "station", report, A.APPROVE)
    report = step(session, city, "station", report, A.UNDO)
    assert (report.state, waits_at(city, report)) == ("in_review", "S1")
    assert told(session, city, report)[-1][:2] == ("undo", "station")


def test_who_lost_the_post_takes_nothing_back(session: Session, city: City) -> None:
    report = make.report(session, city, "squad11a", "K1-1-1")
    for login in ("squad11", "company1", "brigade", "station"):
        report = step(session, city, login, report, A.APPROVE)
    resigns(session, city, "station")
    assert "undo" not in actions_of(report, make.actor(session, city, "station"), frozenset())
    with pytest.raises(NotFound):  # nor reads it any more
        step(session, city, "station", report, A.UNDO)
    assert report.state == "confirmed"


@pytest.mark.parametrize("login", ["squad11", "company1", "brigade", "station"])
def test_who_lost_the_post_does_not_read_what_they_approved_last(session: Session, city: City, login: str) -> None:
    report = make.report(session, city, "squad11a", "K1-1-1")
    for leader in ("squad11", "company1", "brigade", "station"):
        report = step(session, city, leader, report, A.APPROVE)
        if leader == login:
            break
    asked = select(ActivityReport.id).where(ActivityReport.id == report.id)
    make.bound(session, city, login)
    assert session.scalar(asked) == report.id
    resigns(session, city, login)
    make.bound(session, city, login)
    assert session.scalar(asked) is None


def test_a_deputy_may_undo_too(session: Session, city: City) -> None:
    """What is offered in the answer to the approval can be done."""
    named(session, city, "K1-1-1", "squad12a")
    resigns(session, city, "squad11-deputy")
    report = make.report(session, city, "squad11a", "K1-1-1")
    report = step(session, city, "squad12a", report, A.APPROVE, now=NOW + 7 * DAY)
    later = make.actor(session, city, "squad12a", NOW + 7 * DAY)
    assert "undo" in actions_of(report, later, frozenset())
    report = step(session, city, "squad12a", report, A.UNDO, now=NOW + 7 * DAY)
    assert waits_at(city, report) == "K1-1-1"


CHANGES: dict[str, Any] = {
    "nothing": {},
    "place": {"place": "河川敷", "summary": "放水"},
    "times": {"ended_at": dt.datetime(2026, 11, 8, 4, tzinfo=dt.UTC)},
    "details": {"details": {"drill_type": "hose"}},
}


@pytest.mark.parametrize(
    ("changed", "passes"), [("nothing", True), ("place", True), ("times", False), ("details", False)]
)
def test_levels_that_approved_need_not_look_twice(session: Session, city: City, changed: str, passes: bool) -> None:
    """Where the brigade wants it so; where it does not, every level looks again."""
    for setting in (True, False):
        settings(session, city, "K1", repass_after_return=setting)
        report = make.report(session, city, "squad11a", "K1-1-1")
        for who in ("squad11", "company1"):
            report = step(session, city, who, report, A.APPROVE)
        report = step(session, city, "brigade", report, A.RETURN, comment="時刻")
        report = edit(session, city, "squad11a", report, **CHANGES[changed])
        report = step(session, city, "squad11a", report, A.SUBMIT)
        assert waits_at(city, report) == ("K1" if passes and setting else "K1-1-1")
        again = told(session, city, report)
        assert again.count(("pass", None, None, "unchanged", None)) == (2 if passes and setting else 0)
        step(session, city, "squad11a", report, A.WITHDRAW, comment="次へ")


@pytest.mark.parametrize("second", [A.UNDO, A.STEP_BACK])
def test_an_approval_taken_back_does_not_pass_again(session: Session, city: City, second: Action) -> None:
    """Squad and company approve; it comes back changed; the squad approves again, and that is taken back."""
    settings(session, city, "K1", repass_after_return=True)
    report = make.report(session, city, "squad11a", "K1-1-1")
    for who in ("squad11", "company1"):
        report = step(session, city, who, report, A.APPROVE)
    report = step(session, city, "brigade", report, A.RETURN, comment="人")
    report = edit(session, city, "squad11a", report, participants=(Person(city.member_id("squad11b")),))
    report = step(session, city, "squad11a", report, A.SUBMIT)
    report = step(session, city, "squad11", report, A.APPROVE)
    who = "squad11" if second is A.UNDO else "company1"
    report = step(session, city, who, report, second, comment="待って")
    report = step(session, city, "squad11", report, A.RETURN, comment="人")
    report = step(session, city, "squad11a", report, A.SUBMIT)
    assert waits_at(city, report) == "K1-1-1"


def test_the_station_always_looks_again(session: Session, city: City) -> None:
    settings(session, city, "K1", repass_after_return=True)
    report = make.report(session, city, "squad11a", "K1-1-1")
    for who in ("squad11", "company1", "brigade", "station"):
        report = step(session, city, who, report, A.APPROVE)
    report = step(session, city, "station", report, A.RETURN, comment="添付")
    report = step(session, city, "squad11a", report, A.SUBMIT)
    assert waits_at(city, report) == "S1"
    report = step(session, city, "station", report, A.STEP_BACK, comment="団で")
    assert waits_at(city, report) == "K1"


def test_what_was_read_before_many_were_decided_on_is_not_stale(session: Session, city: City) -> None:
    made, leader = make.report(session, city, "squad11a", "K1-1-1"), make.bound(session, city, "squad11")
    row = session.get_one(ActivityReport, made.id)
    many.act_on_many(session, leader, [(made.id, made.version)], A.APPROVE)
    assert (row.version, row.step) == (made.version + 1, made.step + 1)
