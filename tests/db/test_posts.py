"""Members and posts as dated rows, and the steps of reports that nobody holds any more."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport
from brigade.activity.workflow import Action
from brigade.actor import load_actor
from brigade.organisation import deputies, posts, tree
from brigade.organisation.people import DeputyPlace, Member, Membership, Post
from brigade.organisation.ranks import PostName
from brigade.problems import Invalid, Refused
from tests import make
from tests.db.rows import APRIL, EVE, TODAY, all_of, codes, events, spans
from tests.make import NOW, City


def bureau(session: Session, city: City) -> Any:
    return make.bound(session, city, "bureau")


def test_a_transfer_ends_one_membership_and_every_power_left_behind(session: Session, city: City) -> None:
    who, leader = bureau(session, city), city.member_id("squad11")
    posts.appoint(session, who, leader, city.unit_id("K1-1"), PostName.DEPUTY_COMPANY_LEADER, dt.date(2026, 1, 1))
    deputies.set_deputies(session, who, city.unit_id("K1-1"), [leader], TODAY)
    posts.transfer_member(session, who, leader, city.unit_id("K1-2-1"), APRIL)
    session.commit()
    assert spans(all_of(session, Membership, member_id=leader)) == [(make.SINCE, dt.date(2027, 3, 31)), (APRIL, None)]
    assert all(row.valid_to == dt.date(2027, 3, 31) for row in all_of(session, Post, member_id=leader))
    assert all(row.valid_to == dt.date(2027, 3, 31) for row in all_of(session, DeputyPlace, member_id=leader))


def test_a_company_leader_may_change_between_its_squads(session: Session, city: City) -> None:
    who, leader = bureau(session, city), city.member_id("squad11a")
    posts.appoint(session, who, leader, city.unit_id("K1-1"), PostName.COMPANY_LEADER, dt.date(2026, 1, 1))
    posts.transfer_member(session, who, leader, city.unit_id("K1-1-2"), TODAY)
    assert [row.valid_to for row in all_of(session, Post, member_id=leader)] == [None]


def test_a_transfer_again_on_the_same_day_replaces_the_first(session: Session, city: City) -> None:
    who, member = bureau(session, city), city.member_id("squad11a")
    for code in ("K1-1-2", "K1-2-1", "K1-2-1"):
        posts.transfer_member(session, who, member, city.unit_id(code), TODAY)
    rows = all_of(session, Membership, member_id=member)
    assert spans(rows) == [(make.SINCE, EVE), (TODAY, None)]
    assert rows[1].unit_id == city.unit_id("K1-2-1")
    with pytest.raises(Invalid) as problem:
        posts.transfer_member(session, who, member, city.unit_id("K1-1-1"), EVE)
    assert codes(problem) == {("/on", "later-change")}


@pytest.mark.parametrize(
    ("login", "unit", "post", "found"),
    [
        ("squad11", "K1-1-1", "squad_leader", {("/post", "already-held")}),
        ("squad11a", "K1-1", "squad_leader", {("/post", "post-not-here")}),
        ("squad11a", "K1-1-1", "member", {("/post", "post-not-here")}),
        ("squad11a", "B", "station_officer", {("/post", "post-not-here")}),
    ],
)
def test_posts_belong_to_their_level_and_are_held_once(
    session: Session, city: City, login: str, unit: str, post: str, found: set[tuple[str, str]]
) -> None:
    with pytest.raises(Invalid) as problem:
        posts.appoint(session, bureau(session, city), city.member_id(login), city.unit_id(unit), PostName(post), TODAY)
    assert codes(problem) == found


def test_only_the_enrolled_are_appointed(session: Session, city: City) -> None:
    with pytest.raises(Invalid) as problem:
        posts.appoint(
            session, bureau(session, city), city.member_id("squad11a"), city.unit_id("K1-1-1"),
            PostName.SQUAD_LEADER, make.SINCE - dt.timedelta(days=1),
        )  # fmt: skip
    assert codes(problem) == {("/unit_id", "unit-ended")}


def test_a_post_that_ends_frees_what_waited_for_it(session: Session, city: City) -> None:
    make.report(session, city, "squad11a", "K1-1-1", day=8)
    who = bureau(session, city)
    leader, deputy = (
        all_of(session, Post, member_id=city.member_id(name))[0] for name in ("squad11", "squad11-deputy")
    )
    posts.end_post(session, who, leader.id, TODAY)
    session.commit()
    assert all_of(session, ActivityReport)[0].step == 1, "the deputy is still there"
    posts.end_post(session, who, deputy.id, TODAY)
    session.commit()
    [kept] = all_of(session, ActivityReport)
    assert kept.step == 2
    assert posts.end_post(session, who, deputy.id, TODAY).valid_to == EVE, "the same again changes nothing"
    with pytest.raises(Invalid) as problem:
        posts.end_post(session, who, deputy.id, APRIL)
    assert codes(problem) == {("/on", "already-ended")}


def test_an_ending_dated_ahead_frees_on_its_day(session: Session, city: City) -> None:
    make.report(session, city, "squad11a", "K1-1-1", day=8)
    who = bureau(session, city)
    for login in ("squad11", "squad11-deputy"):
        posts.end_post(session, who, all_of(session, Post, member_id=city.member_id(login))[0].id, APRIL)
    session.commit()
    assert posts.release_vacant_steps(session, None, NOW) == 0
    assert posts.release_vacant_steps(session, None, NOW + dt.timedelta(days=150)) == 1


def test_what_does_not_go_on_is_not_locked(engine: Engine) -> None:
    """In a country much waits, and somebody decides on it at any time."""
    with Session(engine) as session, engine.connect() as other:
        city = make.city(session)
        decided, stuck = (
            make.report(session, city, f"{squad}a", unit)
            for squad, unit in (("squad12", "K1-1-2"), ("squad11", "K1-1-1"))
        )
        who = bureau(session, city)
        for login in ("squad11", "squad11-deputy"):
            posts.end_post(session, who, all_of(session, Post, member_id=city.member_id(login))[0].id, APRIL)
        session.commit()
        if engine.dialect.name == "postgresql":  # elsewhere who writes has the whole store
            held = select(ActivityReport.id).where(ActivityReport.id == decided.id).with_for_update()
            assert other.scalar(held) == decided.id
            session.connection().exec_driver_sql("SET LOCAL lock_timeout = '100ms'")
        assert posts.release_vacant_steps(session, None, NOW + dt.timedelta(days=150)) == 1
        assert {row.id: row.step for row in all_of(session, ActivityReport)} == {decided.id: 1, stuck.id: 2}


def test_the_station_is_never_passed(session: Session, city: City) -> None:
    report = make.report(session, city, "squad11a", "K1-1-1", day=8)
    for login in ("squad11", "company1", "brigade"):
        report = make.step(session, city, login, report, Action.APPROVE)
    who = bureau(session, city)
    posts.end_post(session, who, all_of(session, Post, member_id=city.member_id("station"))[0].id, TODAY)
    session.commit()
    [kept] = all_of(session, ActivityReport)
    assert (kept.state, kept.awaiting_unit_id) == ("in_review", city.unit_id("S1"))


def test_several_vacant_levels_are_passed_at_once(session: Session, city: City) -> None:
    report = make.report(session, city, "squad11a", "K1-1-1", day=8)
    who = bureau(session, city)
    for login in ("company1", "company1-deputy", "squad11", "squad11-deputy"):
        posts.end_post(session, who, all_of(session, Post, member_id=city.member_id(login))[0].id, TODAY)
    session.commit()
    [kept] = all_of(session, ActivityReport)
    assert (kept.step, kept.awaiting_unit_id) == (3, city.unit_id("K1"))
    assert [event.level for event in events(session, report.id)][-2:] == ["squad", "company"]


def test_an_author_who_becomes_the_leader_does_not_wait_for_themselves(session: Session, city: City) -> None:
    report = make.report(session, city, "squad11a", "K1-1-1", "squad11a", "squad11b", day=8)
    who = bureau(session, city)
    posts.end_post(session, who, all_of(session, Post, member_id=city.member_id("squad11"))[0].id, TODAY)
    posts.appoint(session, who, city.member_id("squad11a"), city.unit_id("K1-1-1"), PostName.SQUAD_LEADER, TODAY)
    session.commit()
    [kept] = all_of(session, ActivityReport)
    assert kept.step == 2
    assert events(session, report.id)[-1].reason == "author-holds"


def test_the_last_bureau_officer_stays(session: Session, city: City) -> None:
    who = bureau(session, city)
    with pytest.raises(Refused) as problem:
        posts.end_post(session, who, all_of(session, Post, member_id=who.member_id)[0].id, TODAY)
    assert problem.value.reasons == ("last-bureau-officer",)
    session.rollback()
    with pytest.raises(Refused):
        posts.transfer_member(session, who, who.member_id, city.unit_id("S1"), TODAY)


def test_nobody_is_in_two_units_on_one_day(session: Session, city: City) -> None:
    who = bureau(session, city)
    ids = [city.unit_id("K1-1-1"), city.unit_id("K1-1-2")]
    posts.transfer_member(session, who, city.member_id("squad11a"), ids[1], APRIL)
    made = tree.merge_units(session, who, ids, "K1-1-9", "合同班", TODAY)
    posts.transfer_member(session, who, city.member_id("squad12a"), city.unit_id("K1-2-1"), TODAY)
    session.commit()
    for member in all_of(session, Member):
        rows = all_of(session, Membership, member_id=member.id)
        for before, after in pairwise(rows):
            assert before.valid_to is not None
            assert before.valid_to < after.valid_from
    assert {row.unit_id for row in all_of(session, Membership, member_id=city.member_id("squad11a"))} == {
        ids[0],
        made.id,
    }


def test_two_officers_at_once_leave_one_membership_a_day(engine: Engine) -> None:
    with Session(engine) as session:
        city = make.city(session)
    start = Barrier(2)

    def transfer(code: str) -> None:
        with Session(engine) as session:
            who = make.bound(session, city, "bureau")
            session.rollback()
            start.wait()
            session.connection(execution_options={"writing": True})
            posts.transfer_member(session, who, city.member_id("squad11a"), city.unit_id(code), TODAY)
            session.commit()

    with ThreadPoolExecutor() as pool:
        list(pool.map(transfer, ["K1-1-2", "K1-2-1"]))
    with Session(engine) as session:
        assert spans(all_of(session, Membership, member_id=city.member_id("squad11a"))) == [
            (make.SINCE, EVE),
            (TODAY, None),
        ]


def test_who_leaves_the_service_is_out_and_what_waited_goes_on(session: Session, city: City) -> None:
    filed = make.report(session, city, "squad11a", "K1-1-1", day=8)
    for login in ("squad11-deputy", "squad11"):
        posts.leave_service(session, make.bound(session, city, "bureau"), city.member_id(login), make.NOW.date())
    assert load_actor(session, city.people["squad11"], make.NOW) is None
    kept = session.get_one(ActivityReport, filed.id, execution_options=make.SYSTEM, populate_existing=True)
    assert kept.awaiting_unit_id == city.unit_id("K1-1")


def test_what_begins_before_a_planned_leaving_ends_with_it(session: Session, city: City) -> None:
    who, leaver, last = bureau(session, city), city.member_id("squad11a"), dt.date(2027, 3, 31)
    posts.leave_service(session, who, leaver, APRIL)
    posts.transfer_member(session, who, leaver, city.unit_id("K1-1-2"), TODAY)
    posts.appoint(session, who, leaver, city.unit_id("K1-1-2"), PostName.SQUAD_LEADER, TODAY)
    deputies.set_deputies(session, who, city.unit_id("K1-1"), [leaver], TODAY)
    session.commit()
    assert spans(all_of(session, Membership, member_id=leaver)) == [(make.SINCE, EVE), (TODAY, last)]
    assert spans(all_of(session, Post, member_id=leaver)) == [(TODAY, last)]
    assert spans(all_of(session, DeputyPlace, member_id=leaver)) == [(TODAY, last)]


def test_a_planned_leaving_is_taken_back_by_staying_in_the_unit(session: Session, city: City) -> None:
    who, leaver = bureau(session, city), city.member_id("squad11a")
    posts.leave_service(session, who, leaver, APRIL)
    posts.transfer_member(session, who, leaver, city.unit_id("K1-1-1"), TODAY)
    session.commit()
    assert spans(all_of(session, Membership, member_id=leaver)) == [(make.SINCE, EVE), (TODAY, None)]
