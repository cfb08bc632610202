"""What a report may say: every refusal with its place, what another report already claims, and what is only doubtful."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import insert, update
from sqlalchemy.orm import Session

from brigade.activity import actions
from brigade.activity.content import Person
from brigade.activity.kinds import catalogue
from brigade.activity.workflow import Action
from brigade.calendar.events import Plan, create_event
from brigade.db import new_id
from brigade.organisation.people import Absence, Member, Membership
from brigade.organisation.units import Unit, UnitParent, Vehicle, rebuild_tree
from brigade.problems import Invalid
from tests import make
from tests.make import NOW, SYSTEM, City

HOUR = dt.timedelta(hours=1)
DAY = dt.date(2026, 11, 8)
START = dt.datetime(2026, 11, 8, tzinfo=dt.UTC)
LONG_AGO = NOW - dt.timedelta(days=6 * 366)
WHO, AT = "/participants/0/member_id", "squad11a"


def problems(session: Session, city: City, who: str, unit: str, *people: str, **said: Any) -> set[tuple[str, str]]:
    """What is wrong with it; an empty set when it was filed (and taken back)."""
    submit = said.pop("submit", True)
    actor = make.bound(session, city, who)
    try:
        actions.create(session, actor, make.content(city, unit, *people, **said), report_id=None, submit=submit)
    except Invalid as refusal:
        return {(problem.pointer, problem.code) for problem in refusal.problems}
    finally:
        session.rollback()
    return set()


def warnings(session: Session, city: City, who: str, unit: str, *people: str, **said: Any) -> set[tuple[str, str]]:
    """What is doubtful about it."""
    actor = make.bound(session, city, who)
    _, checked = actions.create(session, actor, make.content(city, unit, *people, **said), report_id=None, submit=False)
    session.rollback()
    return {(warning.pointer, warning.code) for warning in checked.warnings}


def person(city: City, login: str = AT, **said: Any) -> dict[str, Any]:
    return {"participants": (Person(city.member_id(login), **said),)}


WRONG: list[tuple[str, str, list[str], dict[str, Any], set[tuple[str, str]]]] = [
    # who files, unit, people, what else it says, what is wrong with it
    (AT, "K1-1-1", [AT], {}, set()),
    (AT, "K1-1-1", [AT], {"started_at": LONG_AGO, "ended_at": LONG_AGO + HOUR}, set()),
    (
        AT, "K1-1-1", [AT], {"started_at": LONG_AGO - HOUR / 3600, "ended_at": LONG_AGO + HOUR},
        {("/started_at", "too-far-past")},
    ),
    (AT, "K1-1-1", [AT], {"place": "あ" * 100, "summary": "あ" * 1000}, set()),
    (
        AT, "K1-1-1", [AT], {"place": "あ" * 101, "summary": "あ" * 1001},
        {("/place", "too-long"), ("/summary", "too-long")},
    ),
    # a day that is not known: nothing is said of what hangs on it
    (AT, "K1-1-1", [AT], {"ended_at": START, "unit_id": new_id()}, {("/ended_at", "end-before-start")}),
    (AT, "K1-1-1", [AT], {"ended_at": START}, {("/ended_at", "end-before-start")}),
    (AT, "K1-1-1", [AT], {"ended_at": START + 73 * HOUR}, {("/ended_at", "too-long-activity")}),
    (AT, "K1-1-1", [AT], {"ended_at": START + 72 * HOUR}, set()),
    (AT, "K1-1-1", [AT], {"started_at": NOW - HOUR, "ended_at": NOW + HOUR}, {("/ended_at", "in-future")}),
    (AT, "K1-1-1", [AT], {"started_at": NOW - HOUR, "ended_at": NOW + HOUR / 7}, set()),
    (AT, "K1-1-1", [AT], {"started_at": NOW - HOUR, "ended_at": NOW + HOUR / 6}, set()),
    (
        AT, "K1-1-1", [AT], {"started_at": NOW - HOUR, "ended_at": NOW + HOUR / 6 + HOUR / 3600},
        {("/ended_at", "in-future")},
    ),
    (
        AT, "K1-1-1", [AT], {"started_at": NOW + HOUR, "ended_at": NOW + 2 * HOUR}, {("/started_at", "in-future")},
    ),
    (
        AT, "K1-1-1", [AT], {"started_at": START.replace(year=2020, month=4), "ended_at": START.replace(year=2020, month=4) + HOUR},
        {("/started_at", "too-far-past")},
    ),
    (AT, "K1-1-1", [AT], {"kind": "T-99"}, {("/kind", "unknown-kind")}),
    (AT, "K1-1-1", [], {}, {("/participants", "no-participants")}),
    (AT, "K1-1-1", [AT, AT], {}, {("/participants/1/member_id", "participant-twice")}),
    (AT, "K1-1-1", [AT], {"place": "あ" * 101}, {("/place", "too-long")}),
    (AT, "K1-1-1", [AT], {"summary": "a\x00b"}, {("/summary", "bad-characters")}),
    (AT, "K1-1-2", [AT], {}, {("/unit_id", "unknown-unit")}),
    (AT, "K1-2", [AT], {}, {("/unit_id", "unknown-unit")}),
    (AT, "K1-1", [AT], {}, {("/unit_id", "not-your-unit")}),
    ("company1", "K1-1-2", ["squad12a"], {}, set()),
    ("company1", "K1-2-1", ["squad21a"], {}, {("/unit_id", "unknown-unit")}),
    ("station", "K1-2-1", ["squad21a"], {}, set()),
    (AT, "K1-1-1", ["squad12a"], {}, {(WHO, "unknown-member")}),
    (AT, "K1-1-1", ["company1"], {}, {(WHO, "unknown-member")}),
    ("company1", "K1-1-1", ["squad12a"], {}, {(WHO, "not-enrolled")}),
    ("company1", "K1-1", ["squad12a", "squad11b"], {}, set()),
    (
        AT, "K1-1-1", ["squad11b", "squad21a"], {"place": "あ" * 101, "details": {"drill_type": "tea"}},
        {("/participants/1/member_id", "unknown-member"), ("/place", "too-long"), ("/details/drill_type", "not-an-option")},
    ),
]  # fmt: skip


def test_every_problem_is_named_at_its_place(session: Session, city: City) -> None:
    for who, unit, people, said, expected in WRONG:
        found = problems(session, city, who, unit, *people, **said)
        assert found == expected, (who, unit, people, said)


def test_six_years_back_are_not_too_far(session: Session, city: City) -> None:
    too_far, oldest = ("/started_at", "too-far-past"), NOW - dt.timedelta(days=6 * 366)
    assert too_far not in problems(session, city, AT, "K1-1-1", AT, started_at=oldest, ended_at=oldest + HOUR)
    before = oldest - HOUR / 3600
    assert too_far in problems(session, city, AT, "K1-1-1", AT, started_at=before, ended_at=oldest)


def test_five_hundred_people_are_not_too_many(session: Session, city: City) -> None:
    crowd = tuple(Person(uuid.uuid4()) for _ in range(501))
    found = problems(session, city, AT, "K1-1-1", participants=crowd)
    assert found == {("/participants", "too-many-participants")}, "and nobody says that none were named"
    assert {code for _, code in problems(session, city, AT, "K1-1-1", participants=crowd[1:])} == {"unknown-member"}


def test_a_draft_may_be_unfinished(session: Session, city: City) -> None:
    assert problems(session, city, AT, "K1-1-1", submit=False) == set()
    assert problems(session, city, AT, "K1-1-1", AT, ended_at=START, submit=False) == {
        ("/ended_at", "end-before-start")
    }


def test_own_times_lie_around_the_reports(session: Session, city: City) -> None:
    def with_times(first: dt.datetime, last: dt.datetime) -> set[tuple[str, str]]:
        return problems(session, city, AT, "K1-1-1", **person(city, started_at=first, ended_at=last))

    assert with_times(START - 12 * HOUR, START + 14 * HOUR) == set()
    outside = {("/participants/0/started_at", "participant-outside-times")}
    assert with_times(START - 12 * HOUR - HOUR / 60, START) == outside
    assert with_times(START, START + 14 * HOUR + HOUR / 60) == outside
    assert with_times(START, START) == {("/participants/0/ended_at", "end-before-start")}


def test_nobody_takes_part_in_a_notice_of_what_is_to_come(session: Session, city: City) -> None:
    later = {"started_at": NOW + 50 * HOUR, "ended_at": NOW + 52 * HOUR, "details": {"planned_kind": "T-01"}}
    assert problems(session, city, AT, "K1-1-1", kind="N-01", **later) == set()
    assert ("/participants", "participants-not-allowed") in problems(
        session, city, AT, "K1-1-1", AT, kind="N-01", **later
    )


def test_a_suspended_member_took_no_part_on_those_days(session: Session, city: City) -> None:
    one_day = dt.timedelta(days=1)
    for first, last, expected in [
        (DAY, DAY, {(WHO, "suspended")}),
        (DAY - one_day, None, {(WHO, "suspended")}),
        (DAY - one_day, DAY - one_day, set()),
        (DAY + one_day, None, set()),
    ]:
        row = {"id": new_id(), "member_id": city.member_id("squad11b"), "valid_from": first, "valid_to": last}
        session.execute(insert(Absence).values(**row, absence="suspension"))
        assert problems(session, city, "squad11", "K1-1-1", "squad11b") == expected


def test_leave_is_no_suspension(session: Session, city: City) -> None:
    row = {"id": new_id(), "member_id": city.member_id("squad11b"), "valid_from": DAY}
    session.execute(insert(Absence).values(**row, absence="leave"))
    assert problems(session, city, AT, "K1-1-1", "squad11b") == set()


@pytest.mark.parametrize(
    ("kind", "allowed_kinds", "barred"),
    [
        ("T-01", None, False),
        ("D-01", None, True),
        ("D-04", None, False),
        ("D-01", ["D-01"], False),
        ("T-01", ["D-01"], True),
        ("T-01", [], True),
    ],
)
def test_function_limited_members_do_what_was_agreed(
    session: Session, city: City, kind: str, allowed_kinds: list[str] | None, barred: bool
) -> None:
    limited = update(Member).where(Member.id == city.member_id("squad11b"))
    session.execute(
        limited.values(member_type="function_limited", allowed_kinds=allowed_kinds), execution_options=SYSTEM
    )
    expected = {(WHO, "barred-kind")} if barred else set()
    assert problems(session, city, AT, "K1-1-1", "squad11b", kind=kind) == expected


def test_vehicles_stand_in_the_unit_or_above_or_below(session: Session, city: City) -> None:
    ids = {}
    for code in ("K1-1-1", "K1-1", "K1-1-2", "K1-2"):
        ids[code] = new_id()
        row = {"id": ids[code], "bureau_id": city.bureau_id, "unit_id": city.unit_id(code), "code": code, "name": "車"}
        session.execute(insert(Vehicle).values(**row, valid_from=make.SINCE, valid_to=None))
    session.commit()
    found = {code: problems(session, city, AT, "K1-1-1", AT, vehicle_ids=(ids[code],)) for code in ids}
    unknown = {("/vehicle_ids/0", "unknown-vehicle")}
    assert found == {"K1-1-1": set(), "K1-1": set(), "K1-1-2": unknown, "K1-2": unknown}
    assert problems(session, city, "company1", "K1-1", "squad11a", vehicle_ids=(ids["K1-1-2"],)) == set()


MINUTE = HOUR / 60


@pytest.mark.parametrize(
    ("kind", "minutes", "doubted"),
    [
        ("T-01", 14, True), ("T-01", 15, False), ("T-01", 1 / 60, True), ("M-01", 14, True),
        ("D-01", 9, True), ("D-01", 10, False), ("D-06", 4, True), ("D-06", 5, False),
        ("V-01", 1, True), ("V-01", 2, False), ("I-01", 1 / 60, False), ("E-02", 1 / 60, False),
    ],
)  # fmt: skip
def test_what_was_over_at_once_is_doubted_by_its_kind(
    session: Session, city: City, kind: str, minutes: float, doubted: bool
) -> None:
    found = warnings(
        session, city, AT, "K1-1-1", AT, kind=kind, details={}, ended_at=START + minutes * MINUTE,
    )  # fmt: skip
    assert (("/ended_at", "short-activity") in found) is doubted


@pytest.mark.parametrize(
    ("said", "doubted"),
    [
        ({}, False), ({"place": ""}, True), ({"place": "", "latitude": 35.4, "longitude": 139.6}, False),
        ({"place": "", "kind": "T-01"}, False),
    ],
)  # fmt: skip
def test_a_fire_that_was_nowhere_is_doubted(session: Session, city: City, said: dict[str, Any], doubted: bool) -> None:
    found = warnings(session, city, AT, "K1-1-1", AT, **{"kind": "D-01", "details": {}, **said})
    assert (("/place", "place-missing") in found) is doubted


def test_whoever_was_there_for_a_moment_is_doubted_too(session: Session, city: City) -> None:
    def was_there(first: dt.datetime | None, last: dt.datetime | None) -> set[tuple[str, str]]:
        return warnings(session, city, AT, "K1-1-1", **person(city, started_at=first, ended_at=last))

    short = {("/participants", "short-stay")}
    assert was_there(None, None) & short == set()
    assert was_there(None, START + 15 * MINUTE) & short == set()
    assert was_there(None, START + 14 * MINUTE) & short == short
    assert was_there(START + 2 * HOUR - MINUTE, None) & short == short
    over = warnings(session, city, AT, "K1-1-1", AT, ended_at=START + MINUTE)
    assert over & {*short, ("/ended_at", "short-activity")} == {("/ended_at", "short-activity")}, "said once"


# --- One person in one place at a time --------------------------------------------------------------------------------


def test_a_claim_is_named_to_those_who_may_see_it(session: Session, city: City) -> None:
    made = make.report(session, city, "company1", "K1-1-1", "squad11a", "squad11b")
    assert problems(session, city, "squad11a", "K1-1-1", "squad11a") == {(WHO, "overlap")}
    assert problems(session, city, "squad11", "K1-1-1", "squad11", "squad11b") == {
        ("/participants/1/member_id", "overlap")
    }
    assert problems(session, city, "squad11a", "K1-1-1", "squad11b") == {(WHO, "overlap")}
    make.step(session, city, "company1", made, Action.WITHDRAW, comment="重複")
    assert problems(session, city, "squad11a", "K1-1-1", "squad11a") == set()


def test_a_claim_that_one_may_not_see_is_not_named(session: Session, city: City) -> None:
    made = make.report(session, city, "squad11a", "K1-1-1", "squad11b", day=9)
    assert problems(session, city, "squad11-deputy", "K1-1-1", "squad11b", day=9) == {(WHO, "overlap")}
    member = make.member(session, city, "new", "K1-1-1")
    session.commit()
    assert problems(session, city, "new", "K1-1-1", "squad11b", day=9) == {(WHO, "overlap-hidden")}
    assert member.id != made.author_id


@pytest.mark.parametrize(
    ("hour", "said", "meets"),
    [
        (9, {}, True),
        (10, {}, True),
        (8, {}, True),
        (11, {}, False),
        (7, {}, False),
        (7, {"ended_at": START + HOUR / 60}, True),
        (13, {"participants": "squad11a until 11"}, False),
    ],
)
def test_spans_that_only_touch_do_not_meet(
    session: Session, city: City, hour: int, said: dict[str, Any], meets: bool
) -> None:
    make.report(session, city, "squad11a", "K1-1-1", hour=9)
    if "participants" in said:
        said = person(city, started_at=START + 2 * HOUR, ended_at=START + 5 * HOUR)
    found = problems(session, city, "squad11a", "K1-1-1", *([] if "participants" in said else [AT]), hour=hour, **said)
    assert found == ({(WHO, "overlap")} if meets else set())


def test_own_times_decide_what_is_claimed(session: Session, city: City) -> None:
    early = person(city, ended_at=START + HOUR)
    make.report(session, city, "squad11", "K1-1-1", hour=9, **early)
    assert problems(session, city, AT, "K1-1-1", AT, hour=10) == set()
    assert problems(session, city, AT, "K1-1-1", AT, hour=9) == {(WHO, "overlap")}


def test_drafts_claim_nobody_and_returned_reports_do(session: Session, city: City) -> None:
    made = make.report(session, city, AT, "K1-1-1", submit=False)
    assert problems(session, city, AT, "K1-1-1", AT) == set()
    made = make.step(session, city, AT, made, Action.SUBMIT)
    made = make.step(session, city, "squad11", made, Action.RETURN, comment="時刻")
    assert problems(session, city, AT, "K1-1-1", AT) == {(WHO, "overlap")}
    assert warnings(session, city, AT, "K1-1-1", AT) >= {(WHO, "overlap")}
    make.step(session, city, AT, made, Action.SUBMIT)  # its own claim does not stand in its way


def test_nobody_is_twice_in_one_event(session: Session, city: City) -> None:
    who = make.bound(session, city, "brigade")
    fire = Plan("D-01", "火災", START, START + 30 * HOUR, planned=False, place="本町")
    [event] = create_event(session, who, fire, unit_id=city.unit_id("K1")).events
    session.commit()
    make.report(session, city, AT, "K1-1-1", event_id=event.id, hour=9)
    assert problems(session, city, AT, "K1-1-1", AT, event_id=event.id, hour=15) == {(WHO, "overlap")}
    assert problems(session, city, AT, "K1-1-1", AT, hour=15) == set()
    assert problems(session, city, AT, "K1-1-1", "squad11b", event_id=event.id, hour=15) == set()
    assert problems(session, city, AT, "K1-1-1", "squad11b", event_id=uuid.uuid4()) == {("/event_id", "unknown-event")}


def test_prior_notice_where_kind_and_brigade_ask_for_it(
    session: Session, city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    asking = {"T-01": replace(catalogue()["T-01"], prior_notice="hard")}
    monkeypatch.setattr("brigade.activity.report_checks.catalogue", lambda: asking)
    brigade = update(Unit).where(Unit.id == city.unit_id("K1"))
    none = {("/event_id", "no-prior-notice")}
    for setting, refused, warned in [("hard", none, none), ("warn", set(), none), ("off", set(), set())]:
        session.execute(brigade.values(settings={"prior_notice": setting}), execution_options=SYSTEM)
        session.commit()
        assert problems(session, city, AT, "K1-1-1", AT) == refused
        assert warnings(session, city, AT, "K1-1-1", AT) & none == warned
    session.execute(brigade.values(settings={"prior_notice": "hard"}), execution_options=SYSTEM)
    before = START - 24 * HOUR
    for planned, at, expected in [(True, before, set()), (True, make.NOW, none), (False, before, none)]:
        who = make.bound(session, city, "brigade", at)
        plan = Plan("T-01", "訓練", START, START + HOUR, planned=planned)
        [event] = create_event(session, who, plan, unit_id=city.unit_id("K1")).events
        session.commit()
        assert problems(session, city, AT, "K1-1-1", AT, event_id=event.id) == expected


# --- The organisation of the day --------------------------------------------------------------------------------------


def moved(session: Session, city: City, login: str, unit: str, first: dt.date) -> None:
    """The member belongs to another unit from that day on."""
    here = update(Membership).where(Membership.member_id == city.member_id(login))
    session.execute(here.values(valid_to=first - dt.timedelta(days=1)), execution_options=SYSTEM)
    row = {"id": new_id(), "member_id": city.member_id(login), "unit_id": city.unit_id(unit), "valid_from": first}
    session.execute(insert(Membership).values(row))
    session.commit()


def test_membership_counts_on_the_day_of_the_report(session: Session, city: City) -> None:
    moved(session, city, "squad11b", "K1-2-1", dt.date(2026, 11, 10))
    assert problems(session, city, "squad11", "K1-1-1", "squad11b", day=9) == set()
    assert problems(session, city, "squad11", "K1-1-1", "squad11b", day=10) == {(WHO, "not-enrolled")}
    assert problems(session, city, "squad21", "K1-2-1", "squad11b", day=9) == {(WHO, "not-enrolled")}
    assert problems(session, city, "squad21", "K1-2-1", "squad11b", day=10) == set()
    assert problems(session, city, "squad11b", "K1-1-1", "squad11b", day=9) == set(), "the old unit, on an old day"
    assert problems(session, city, "squad11b", "K1-1-1", "squad11b", day=10) == {("/unit_id", "unknown-unit")}


def test_a_unit_that_ended_takes_reports_of_its_days(session: Session, city: City) -> None:
    last = update(Unit).where(Unit.id == city.unit_id("K1-1-1"))
    session.execute(last.values(valid_to=dt.date(2026, 11, 9)), execution_options=SYSTEM)
    session.commit()
    assert problems(session, city, AT, "K1-1-1", AT, day=9) == set()
    assert problems(session, city, AT, "K1-1-1", AT, day=10) == {("/unit_id", "unit-ended")}


def test_a_report_keeps_the_units_of_its_day(session: Session, city: City) -> None:
    before = make.report(session, city, AT, "K1-1-1", day=9)
    tenth = dt.date(2026, 11, 10)
    link = update(UnitParent).where(UnitParent.unit_id == city.unit_id("K1-1-1"))
    session.execute(link.values(valid_to=tenth - dt.timedelta(days=1)), execution_options=SYSTEM)
    session.add(UnitParent(unit_id=city.unit_id("K1-1-1"), parent_id=city.unit_id("K1-2"), valid_from=tenth))
    rebuild_tree(session, city.bureau_id)
    session.commit()
    after = make.report(session, city, AT, "K1-1-1", day=10)
    late = make.report(session, city, AT, "K1-1-1", day=9, hour=15)
    companies = [city.unit_id("K1-1"), city.unit_id("K1-2"), city.unit_id("K1-1")]
    assert [made.company_id for made in (before, after, late)] == companies
    assert [made.route[1]["unit_id"] for made in (before, after, late)] == [str(id_) for id_ in companies]
    before = make.step(session, city, "squad11", before, Action.APPROVE)
    before = make.step(session, city, "company1", before, Action.APPROVE)
    assert before.company_id == city.unit_id("K1-1")
