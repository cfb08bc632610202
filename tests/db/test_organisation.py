"""Changes of the organisation: dated rows, who may make them, and what becomes of waiting reports."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from brigade.activity.activities import ActivityReport, Event, EventUnit
from brigade.activity.history import replay
from brigade.activity.inbox import waiting
from brigade.activity.workflow import Action
from brigade.actor import load_actor
from brigade.audit import AuditEntry
from brigade.organisation import deputies, posts, tree
from brigade.organisation.people import DeputyPlace, Membership, Post
from brigade.organisation.ranks import PostName
from brigade.organisation.units import Unit, UnitParent, UnitTree, Vehicle
from brigade.problems import Invalid, NotFound, Refused
from tests import make
from tests.db.rows import APRIL, EVE, TODAY, all_of, codes, events, line_codes, spans, under
from tests.make import NOW, City


def bureau(session: Session, city: City) -> Any:
    return make.bound(session, city, "bureau")


# --- Renaming and merging ---------------------------------------------------------------------------------------------


def test_a_rename_ends_one_unit_and_begins_its_successor(session: Session, city: City) -> None:
    old = city.unit_id("K1-1")
    made = tree.rename_unit(session, bureau(session, city), old, "中央分団", APRIL)
    session.commit()
    before, after = all_of(session, Unit, code="K1-1")
    assert (before.id, before.name, before.valid_to, before.successor_id) == (
        old,
        "第1分団",
        dt.date(2027, 3, 31),
        made.id,
    )
    assert (after.id, after.name, after.valid_from, after.valid_to) == (made.id, "中央分団", APRIL, None)


def test_units_below_go_on_under_the_successor(session: Session, city: City) -> None:
    old, squad = city.unit_id("K1-1"), city.unit_id("K1-1-1")
    made = tree.rename_unit(session, bureau(session, city), old, "中央分団", TODAY)
    assert spans(all_of(session, UnitParent, unit_id=squad)) == [(make.SINCE, EVE), (TODAY, None)]
    assert squad in under(session, made.id, TODAY)
    assert squad not in under(session, made.id, EVE)
    assert line_codes(session, squad, TODAY) == ["K1-1-1", "K1-1", "K1", "S1", "B"]
    assert old in under(session, made.id, TODAY), "an ended unit stays within reach, under its successor"
    assert line_codes(session, old, EVE) == ["K1-1", "K1", "S1", "B"]


def test_people_and_posts_go_on_in_the_successor(session: Session, city: City) -> None:
    leader, old = city.member_id("squad11"), city.unit_id("K1-1-1")
    made = tree.rename_unit(session, bureau(session, city), old, "川端班", TODAY)
    for model in (Membership, Post):
        before, after = all_of(session, model, member_id=leader)
        assert (before.unit_id, before.valid_to) == (old, EVE)
        assert (after.unit_id, after.valid_from, after.valid_to) == (made.id, TODAY, None)


def test_a_report_keeps_the_units_of_its_day_and_the_new_leader_decides(session: Session, city: City) -> None:
    report = make.report(session, city, "squad11a", "K1-1-1", day=8)
    old = city.unit_id("K1-1-1")
    made = tree.rename_unit(session, bureau(session, city), old, "川端班", TODAY)
    session.commit()
    [kept] = all_of(session, ActivityReport)
    assert (kept.squad_id, kept.awaiting_unit_id) == (old, old)
    leader = make.bound(session, city, "squad11")
    assert made.id in {desk.unit_id for desk in leader.desks}
    assert session.scalars(select(ActivityReport.id).where(waiting(leader))).all() == [report.id]
    make.step(session, city, "squad11", kept, Action.APPROVE)
    assert kept.step == 2


def test_a_renamed_brigade_goes_on_numbering(session: Session, city: City) -> None:
    before = make.report(session, city, "squad11a", "K1-1-1", day=8)
    tenth = dt.date(2026, 11, 10)
    tree.rename_unit(session, bureau(session, city), city.unit_id("K1"), "新消防団", tenth)
    after = make.report(session, city, "squad11b", "K1-1-1", day=12)
    late = make.report(session, city, "squad12a", "K1-1-2", day=9)
    assert [row.number for row in (before, after, late)] == ["K1-2026-00001", "K1-2026-00002", "K1-2026-00003"]


def test_several_units_become_one(session: Session, city: City) -> None:
    ids = [city.unit_id("K1-1-1"), city.unit_id("K1-1-2")]
    made = tree.merge_units(session, bureau(session, city), ids, "K1-1-9", "合同班", TODAY)
    session.commit()
    assert {unit.successor_id for unit in all_of(session, Unit) if unit.id in ids} == {made.id}
    assert len(all_of(session, Membership, unit_id=made.id)) == 8
    assert len(all_of(session, Post, unit_id=made.id)) == 4
    assert under(session, made.id, TODAY) == {made.id, *ids}
    assert line_codes(session, made.id, TODAY) == ["K1-1-9", "K1-1", "K1", "S1", "B"]
    assert line_codes(session, made.id, EVE) == []


def test_one_who_held_the_same_in_both_holds_it_once(session: Session, city: City) -> None:
    ids = [city.unit_id("K1-1-1"), city.unit_id("K1-1-2")]
    who = bureau(session, city)
    posts.appoint(session, who, city.member_id("squad11"), ids[1], PostName.SQUAD_LEADER, dt.date(2026, 5, 1))
    for unit_id in ids:
        deputies.set_deputies(session, who, unit_id, [], TODAY)
    made = tree.merge_units(session, who, ids, "K1-1-9", "合同班", APRIL)
    held = [row for row in all_of(session, Post, unit_id=made.id) if row.member_id == city.member_id("squad11")]
    assert spans(held) == [(APRIL, None)]


def test_the_order_of_deputies_is_kept_through_a_merger(session: Session, city: City) -> None:
    who = bureau(session, city)
    ids = [city.unit_id("K1-1-1"), city.unit_id("K1-1-2")]
    deputies.set_deputies(session, who, ids[0], [city.member_id("squad11b"), city.member_id("squad11a")], TODAY)
    deputies.set_deputies(session, who, ids[1], [city.member_id("squad12a")], TODAY)
    made = tree.merge_units(session, who, ids, "K1-1-9", "合同班", APRIL)
    places = sorted(all_of(session, DeputyPlace, unit_id=made.id), key=lambda row: row.place)
    assert [(row.place, row.member_id) for row in places] == [
        (1, city.member_id("squad11b")), (2, city.member_id("squad11a")), (3, city.member_id("squad12a")),
    ]  # fmt: skip


def test_units_apart_need_a_parent(session: Session, city: City) -> None:
    who = bureau(session, city)
    ids = [city.unit_id("K1-1-1"), city.unit_id("K1-2-1")]
    with pytest.raises(Invalid) as problem:
        tree.merge_units(session, who, ids, "X", "合同班", TODAY)
    assert codes(problem) == {("/parent_id", "required")}
    made = tree.merge_units(session, who, ids, "X", "合同班", TODAY, parent_id=city.unit_id("K1-2"))
    assert line_codes(session, made.id, TODAY)[1] == "K1-2"


@pytest.mark.parametrize(
    ("units", "code", "day", "found"),
    [
        (["K1-1-1", "K1-1-2"], "K1-2", TODAY, ("/code", "code-taken")),
        (["K1-1-1", "K1-1"], "X", TODAY, ("/unit_ids", "not-one-level")),
        (["K1-1-1"], "X", TODAY, ("/unit_ids", "not-several-units")),
        (["K1-1-1", "K1-1-1"], "X", TODAY, ("/unit_ids", "not-several-units")),
        (["K1-1-1", "K1-1-2"], " ", TODAY, ("/code", "required")),
        (["K1-1-1", "K1-1-2"], "X", make.SINCE, ("/on", "too-early")),
        (["K1-1-1", "K1-1-2"], "X", dt.date(1, 1, 1), ("/on", "bad-date")),
    ],
)
def test_what_cannot_be_merged(
    session: Session, city: City, units: list[str], code: str, day: dt.date, found: tuple[str, str]
) -> None:
    ids = [city.unit_id(unit) for unit in units]
    with pytest.raises(Invalid) as problem:
        tree.merge_units(session, bureau(session, city), ids, code, "合同班", day)
    assert codes(problem) == {found}


def test_a_merged_unit_lends_its_code_to_the_successor(session: Session, city: City) -> None:
    ids = [city.unit_id("K1-1-1"), city.unit_id("K1-1-2")]
    made = tree.merge_units(session, bureau(session, city), ids, "K1-1-1", "合同班", TODAY)
    assert made.code == "K1-1-1"


def test_an_ended_unit_does_not_change_again(session: Session, city: City) -> None:
    who = bureau(session, city)
    tree.rename_unit(session, who, city.unit_id("K1-1"), "中央分団", TODAY)
    for change in (
        lambda: tree.rename_unit(session, who, city.unit_id("K1-1"), "東分団", APRIL),
        lambda: tree.end_unit(session, who, city.unit_id("K1-1"), APRIL),
    ):
        with pytest.raises(Invalid) as problem:
            change()
        assert codes(problem) == {("/on", "unit-ended")}


def test_the_bureau_is_renamed_as_it_is_and_otherwise_stays(session: Session, city: City) -> None:
    who = bureau(session, city)
    assert tree.rename_unit(session, who, city.bureau_id, "新消防局", TODAY).id == city.bureau_id
    with pytest.raises(Refused) as problem:
        tree.end_unit(session, who, city.bureau_id, TODAY)
    assert problem.value.reasons == ("bureau-stays",)


def test_events_to_come_call_the_successor(session: Session, city: City) -> None:
    old = city.unit_id("K1-1-1")
    for day in (1, 28):
        at = dt.datetime(2026, 11, day, tzinfo=dt.UTC)
        session.add(
            Event(
                version=1,
                bureau_id=city.bureau_id,
                unit_id=city.unit_id("K1"),
                kind="T-01",
                title=str(day),
                planned=True,
                started_at=at,
                ended_at=at + dt.timedelta(hours=2),
                place="",
                created_at=NOW,
                created_by_id=city.member_id("brigade"),
                units=[EventUnit(unit_id=old)],
            )
        )
    session.commit()
    made = tree.rename_unit(session, bureau(session, city), old, "川端班", TODAY)
    session.commit()
    called = {row.event_id for row in all_of(session, EventUnit, unit_id=made.id)}
    assert [(event.title, event.version) for event in all_of(session, Event) if event.id in called] == [("28", 2)]


def test_vehicles_go_on_in_the_successor(session: Session, city: City) -> None:
    old = city.unit_id("K1-1-1")
    session.add(Vehicle(bureau_id=city.bureau_id, unit_id=old, code="V1", name="積載車", valid_from=make.SINCE))
    session.commit()
    made = tree.rename_unit(session, bureau(session, city), old, "川端班", TODAY)
    before, after = all_of(session, Vehicle, code="V1")
    assert (before.unit_id, before.valid_to) == (old, EVE)
    assert (after.unit_id, after.valid_from, after.valid_to) == (made.id, TODAY, None)


def test_a_change_twice_leaves_a_sound_tree(session: Session, city: City) -> None:
    who = bureau(session, city)
    first = tree.rename_unit(session, who, city.unit_id("K1-1"), "中央分団", TODAY)
    second = tree.merge_units(session, who, [first.id, city.unit_id("K1-2")], "K1-9", "統合分団", APRIL)
    session.commit()
    assert {city.unit_id("K1-1"), first.id, city.unit_id("K1-2-2")} <= under(session, second.id, APRIL)
    assert line_codes(session, city.unit_id("K1-1-1"), APRIL) == ["K1-1-1", "K1-9", "K1", "S1", "B"]
    for day in (EVE, TODAY, APRIL):
        depths = session.execute(
            select(UnitTree.below_id, func.count(), func.count(UnitTree.depth.distinct()))
            .where(UnitTree.valid_from <= day, (UnitTree.valid_to.is_(None)) | (UnitTree.valid_to >= day))
            .group_by(UnitTree.below_id)
        )
        assert all(count == distinct for _, count, distinct in depths), "one unit above at each distance"


# --- Adding, moving, ending -------------------------------------------------------------------------------------------


def test_a_unit_added_for_later_can_be_filled_at_once(session: Session, city: City) -> None:
    who = bureau(session, city)
    made = tree.add_unit(
        session, who, level="squad", code="K1-1-3", name="第3班", parent_id=city.unit_id("K1-1"), on=APRIL
    )
    posts.transfer_member(session, who, city.member_id("squad11a"), made.id, APRIL)
    posts.appoint(session, who, city.member_id("squad11a"), made.id, PostName.SQUAD_LEADER, APRIL)
    session.commit()
    assert line_codes(session, made.id, APRIL) == ["K1-1-3", "K1-1", "K1", "S1", "B"]
    actor = load_actor(session, city.people["squad11a"], dt.datetime(2027, 4, 1, 3, tzinfo=dt.UTC))
    assert actor is not None
    assert actor.home == (made.id,)


@pytest.mark.parametrize(("level", "parent"), [("company", "K1-1"), ("station", "K1"), ("bureau", "B"), ("team", "B")])
def test_levels_only_go_down(session: Session, city: City, level: str, parent: str) -> None:
    with pytest.raises(Invalid) as problem:
        tree.add_unit(
            session, bureau(session, city), level=level, code="X", name="X", parent_id=city.unit_id(parent), on=TODAY
        )
    assert codes(problem) == {("/parent_id", "wrong-level")}


def test_a_moved_unit_takes_all_below_it_along(session: Session, city: City) -> None:
    who = bureau(session, city)
    squad = city.unit_id("K1-1-1")
    for _ in range(2):  # the same again changes nothing
        tree.move_unit(session, who, squad, city.unit_id("K1-2"), TODAY)
    assert line_codes(session, squad, EVE)[1] == "K1-1"
    assert line_codes(session, squad, TODAY)[1] == "K1-2"
    assert spans(all_of(session, UnitParent, unit_id=squad)) == [(make.SINCE, EVE), (TODAY, None)]
    assert len(all_of(session, AuditEntry, action="unit.move")) == 1
    with pytest.raises(Invalid) as problem:
        tree.move_unit(session, who, squad, city.unit_id("K1-1"), EVE)
    assert codes(problem) == {("/on", "later-change")}


def test_a_full_unit_does_not_end(session: Session, city: City) -> None:
    for code in ("K1-1-1", "K1-1"):
        with pytest.raises(Refused) as problem:
            tree.end_unit(session, bureau(session, city), city.unit_id(code), TODAY)
        assert problem.value.reasons == ("unit-not-empty",)


def test_what_waits_in_an_ended_unit_goes_on_to_the_next_level(session: Session, city: City) -> None:
    report = make.report(session, city, "squad11a", "K1-1-1", day=8)
    who, squad = bureau(session, city), city.unit_id("K1-1-1")
    for login in ("squad11", "squad11-deputy", "squad11a", "squad11b"):
        posts.transfer_member(session, who, city.member_id(login), city.unit_id("K1-1-2"), TODAY)
    tree.end_unit(session, who, squad, TODAY)
    session.commit()
    [kept] = all_of(session, ActivityReport)
    assert (kept.step, kept.awaiting_unit_id) == (2, city.unit_id("K1-1"))
    told = [(event.action, event.reason) for event in events(session, report.id)]
    assert told == [("create", None), ("submit", None), ("pass", "vacant")]
    assert replay(events(session, report.id)) == (kept.state, kept.step, kept.version)


# --- Who may ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("login", ["station", "brigade", "company1", "squad11", "squad11a", "brigade-deputy"])
def test_the_tree_and_the_posts_are_the_bureaus(session: Session, city: City, login: str) -> None:
    actor = make.bound(session, city, login)
    squad, company, member = city.unit_id("K1-1-1"), city.unit_id("K1-1"), city.member_id("squad11a")
    post = all_of(session, Post, member_id=city.member_id("squad11"))[0]
    for change in (
        lambda: tree.add_unit(session, actor, level="squad", code="X", name="X", parent_id=company, on=TODAY),
        lambda: tree.rename_unit(session, actor, squad, "X", TODAY),
        lambda: tree.merge_units(session, actor, [squad, city.unit_id("K1-1-2")], "X", "X", TODAY),
        lambda: tree.move_unit(session, actor, squad, city.unit_id("K1-2"), TODAY),
        lambda: tree.end_unit(session, actor, squad, TODAY),
        lambda: posts.transfer_member(session, actor, member, city.unit_id("K1-1-2"), TODAY),
        lambda: posts.appoint(session, actor, member, squad, PostName.SQUAD_LEADER, TODAY),
        lambda: posts.end_post(session, actor, post.id, TODAY),
    ):
        with pytest.raises(Refused) as problem:
            change()
        assert problem.value.reasons == ("not-permitted",)


def test_another_citys_units_and_people_are_unknown(session: Session, city: City) -> None:
    other = make.city(session, "Z")
    who = bureau(session, city)
    squad, member = other.unit_id("ZK1-1-1"), other.member_id("Zsquad11a")
    for change in (
        lambda: tree.rename_unit(session, who, squad, "X", TODAY),
        lambda: tree.end_unit(session, who, squad, TODAY),
        lambda: tree.change_settings(session, who, squad, {}),
        lambda: posts.transfer_member(session, who, member, city.unit_id("K1-1"), TODAY),
        lambda: posts.end_post(session, who, all_of(session, Post, unit_id=squad)[0].id, TODAY),
        lambda: deputies.record_absence(session, who, member, "leave", TODAY, None),
        lambda: deputies.set_deputies(session, who, squad, [], TODAY),
    ):
        with pytest.raises(NotFound):
            change()
    for pointer, change in (
        (
            "/unit_ids/0",
            lambda: tree.merge_units(session, who, [squad, city.unit_id("K1-1-1")], "X", "X", TODAY),
        ),
        (
            "/parent_id",
            lambda: tree.move_unit(session, who, city.unit_id("K1-1-1"), other.unit_id("ZK1"), TODAY),
        ),
        ("/unit_id", lambda: posts.transfer_member(session, who, city.member_id("squad11a"), squad, TODAY)),
        ("/member_id", lambda: posts.appoint(session, who, member, city.unit_id("K1"), PostName.BRIGADE_LEADER, TODAY)),
    ):
        with pytest.raises(Invalid) as problem:
            change()
        assert {found.pointer for found in problem.value.problems} == {pointer}


def test_a_station_officer_sets_what_is_below_the_station(session: Session, city: City) -> None:
    actor = make.bound(session, city, "station")
    tree.change_settings(session, actor, city.unit_id("K1-1"), {"late_after_days": 3})
    deputies.set_deputies(session, actor, city.unit_id("K1"), [city.member_id("company1")], TODAY)
    with pytest.raises(Refused):
        tree.change_settings(session, actor, city.bureau_id, {"late_after_days": 3})
    with pytest.raises(Refused):
        tree.change_settings(session, make.bound(session, city, "brigade"), city.unit_id("K1"), {})


def test_every_change_is_noted(session: Session, city: City) -> None:
    who = bureau(session, city)
    tree.rename_unit(session, who, city.unit_id("K1"), "新消防団", TODAY)
    posts.transfer_member(session, who, city.member_id("squad11a"), city.unit_id("K1-1-2"), TODAY)
    tree.change_settings(session, who, city.unit_id("S1"), {"late_after_days": 3})
    session.commit()
    entries = all_of(session, AuditEntry)
    assert {entry.action for entry in entries} == {"unit.rename", "member.transfer", "unit.settings"}
    assert {(entry.actor_id, entry.at) for entry in entries} == {(who.member_id, NOW)}
