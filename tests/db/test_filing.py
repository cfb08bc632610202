"""Filing, changing and deleting: numbers without gaps, versions that tell what changed, the same request sent again."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from api.extensions import db
from brigade.activity import actions
from brigade.activity.activities import ActivityReport, ReportCounter
from brigade.activity.content import Person
from brigade.activity.history import ReportEvent, ReportVersion
from brigade.activity.workflow import Action
from brigade.creations import Creation
from brigade.db import Base, new_id
from brigade.organisation import tree
from brigade.organisation.ranks import Level
from brigade.problems import Conflict, Invalid, NotFound, Refused, Stale, WrongState
from tests import make
from tests.make import NOW, SYSTEM, City

A, DAY = Action, dt.timedelta(days=1)
REPORTS = "/api/v1/activity-reports"


def edit(session: Session, city: City, who: str, report: ActivityReport, **changes: Any) -> ActivityReport:
    actor = make.bound(session, city, who)
    done, _ = actions.edit(session, actor, report.id, report.version, changes)
    session.commit()
    return done


def count(session: Session, model: Any) -> int:
    return session.scalar(select(func.count()).select_from(model), execution_options=SYSTEM) or 0


# --- Numbers ----------------------------------------------------------------------------------------------------------


def test_numbers_have_no_gaps(session: Session, city: City) -> None:
    """What is refused, taken back or only drafted uses none; what is withdrawn or returned keeps its own."""
    made = [make.report(session, city, "squad11a", "K1-1-1")]
    actor = make.bound(session, city, "squad11a")
    for _ in range(3):
        with pytest.raises(Invalid):  # the same person at the same time
            actions.create(session, actor, make.content(city, "K1-1-1", "squad11a"), report_id=None, submit=True)
        session.rollback()
        actions.create(session, actor, make.content(city, "K1-1-1", "squad11a", day=9), report_id=None, submit=True)
        session.rollback()
    draft = make.report(session, city, "squad11b", "K1-1-1", submit=False)
    assert draft.number is None
    made.append(make.report(session, city, "squad21a", "K1-2-1"))
    returned = make.step(session, city, "squad11", made[0], A.RETURN, comment="時刻")
    make.step(session, city, "squad21a", made[1], A.WITHDRAW, comment="重複")
    made.append(make.step(session, city, "squad11b", draft, A.SUBMIT))
    again = make.step(session, city, "squad11a", returned, A.SUBMIT)
    assert [report.number for report in made] == [f"K1-2026-0000{n}" for n in (1, 2, 3)]
    assert again.number == made[0].number


def test_each_fiscal_year_and_brigade_counts_for_itself(session: Session, city: City) -> None:
    other = make.city(session, "Z")
    now = dt.datetime(2027, 4, 10, tzinfo=dt.UTC)
    for where, who, unit, head in ((city, "squad11a", "K1-1-1", "K1"), (other, "Zsquad11a", "ZK1-1-1", "ZK1")):
        found = []
        for month, day, hour in ((3, 31, 20), (4, 1, 1), (3, 31, 23), (4, 1, 9)):
            start = dt.datetime(2027, month, day, hour, tzinfo=dt.timezone(dt.timedelta(hours=9)))
            content = make.content(where, unit, who, started_at=start, ended_at=start + dt.timedelta(hours=1))
            actor = make.bound(session, where, who, now)
            report, _ = actions.create(session, actor, content, report_id=None, submit=True)
            found.append(report.number)
            session.commit()
        assert found == [f"{head}-{tail}" for tail in ("2026-00001", "2027-00001", "2026-00002", "2027-00002")]


def test_a_renamed_brigade_goes_on_counting(session: Session, city: City) -> None:
    before = make.report(session, city, "squad11a", "K1-1-1", day=8)
    bureau = make.bound(session, city, "bureau")
    tree.rename_unit(session, bureau, city.unit_id("K1"), "新消防団", dt.date(2026, 11, 10))
    session.commit()
    after = make.report(session, city, "squad11a", "K1-1-1", day=12)
    assert before.number != after.number


def test_outside_the_brigades_the_bureau_counts(session: Session, city: City) -> None:
    report = make.report(session, city, "station", "S1")
    assert report.number == "B-2026-00001"
    assert [stop["level"] for stop in report.route] == [Level.STATION]


def test_the_bureau_itself_has_nobody_to_report_to(session: Session, city: City) -> None:
    """No station stands above it: that is said, nothing breaks."""
    actor = make.bound(session, city, "bureau")
    with pytest.raises(Invalid) as refused:
        actions.create(session, actor, make.content(city, "B", "bureau"), report_id=None, submit=True)
    assert [problem.pointer for problem in refused.value.problems] == ["/unit_id"]


# --- Changing ---------------------------------------------------------------------------------------------------------


def test_versions_tell_what_changed(session: Session, city: City) -> None:
    report = make.report(session, city, "squad11a", "K1-1-1", submit=False)
    for changes in ({"place": "河川敷"}, {"place": " 河川敷 "}, {}, {"summary": "放水", "place": "本町"}):
        report = edit(session, city, "squad11a", report, **changes)
    people = tuple(Person(city.member_id(who)) for who in ("squad11b", "squad11a"))
    report = edit(session, city, "squad11a", report, participants=people)
    report = edit(session, city, "squad11a", report, participants=people[::-1])
    make.bound(session, city, "squad11a")
    events, saved = actions.history(session, report.id)
    assert [event.changed for event in events[1:]] == [
        ["place"],
        ["place", "summary"],
        ["participants"],
        ["participants"],
    ]
    assert [event.seq for event in events] == list(saved) == [1, 2, 3, 4, 5]
    assert saved[3].content["place"] == "本町"
    assert report.entry_mode == "roster"
    report = edit(session, city, "squad11a", report, participants=people[:1])
    assert (report.entry_mode, report.sole_member_id) == ("proxy", city.member_id("squad11b"))
    report = edit(session, city, "squad11a", report, participants=())
    assert (report.entry_mode, report.sole_member_id) == ("self", None)


def test_only_the_author_changes_and_only_what_lies_with_them(session: Session, city: City) -> None:
    report = make.report(session, city, "squad11a", "K1-1-1")
    for who, expected in (("squad11a", WrongState), ("squad11", WrongState), ("squad11b", NotFound)):
        with pytest.raises(expected):
            edit(session, city, who, report, place="本町")
    report = make.step(session, city, "squad11", report, A.RETURN, comment="場所")
    with pytest.raises(Refused):
        edit(session, city, "squad11", report, place="本町")
    with pytest.raises(Stale):
        actions.edit(session, make.bound(session, city, "squad11a"), report.id, report.version - 1, {"place": "本町"})
    assert edit(session, city, "squad11a", report, place="本町").state == "returned"


def test_the_way_after_a_return(session: Session, city: City) -> None:
    """Corrected into another unit's report: new route and units, the same number, a history without a break."""
    report = make.report(session, city, "company1", "K1-1-1", "squad11a", "squad11b")
    report = make.step(session, city, "squad11", report, A.RETURN, comment="班が違う")
    people = tuple(Person(city.member_id(who)) for who in ("squad12a", "squad12b"))
    report = edit(session, city, "company1", report, unit_id=city.unit_id("K1-1-2"), participants=people)
    report = make.step(session, city, "company1", report, A.SUBMIT)
    assert report.number == "K1-2026-00001"
    assert report.awaiting_unit_id == report.squad_id == city.unit_id("K1-1-2")
    assert [stop["passed"] for stop in report.route] == [None, "author-holds", None, None]
    report = make.step(session, city, "squad12", report, A.APPROVE)
    assert report.awaiting_unit_id == city.unit_id("K1")


def test_a_deleted_draft_leaves_nothing(session: Session, city: City) -> None:
    report = make.report(session, city, "squad11a", "K1-1-1", submit=False)
    with pytest.raises(NotFound):
        actions.delete(session, make.bound(session, city, "squad11"), report.id, report.version)
    with pytest.raises(Stale):
        actions.delete(session, make.bound(session, city, "squad11a"), report.id, report.version + 1)
    actions.delete(session, make.bound(session, city, "squad11a"), report.id, report.version)
    session.commit()
    left = [
        t.name
        for t in Base.metadata.sorted_tables
        if "report_id" in t.c
        and t.name != "chain_links"
        and session.connection().scalar(select(func.count()).select_from(t))
    ]
    assert left == []  # but links: digests, and that a draft was thrown away
    assert count(session, ActivityReport) == count(session, ReportCounter) == 0
    submitted = make.report(session, city, "squad11a", "K1-1-1")
    with pytest.raises(WrongState):
        actions.delete(session, make.bound(session, city, "squad11a"), submitted.id, submitted.version)


def test_an_id_is_taken_whoever_took_it(session: Session, city: City) -> None:
    made = make.report(session, city, "squad21a", "K1-2-1", submit=False)
    for who, unit in (("squad11a", "K1-1-1"), ("squad21a", "K1-2-1")):
        actor = make.bound(session, city, who)
        with pytest.raises(Conflict):
            actions.create(session, actor, make.content(city, unit, who, day=9), report_id=made.id, submit=True)


# --- The same request again (R-02) ------------------------------------------------------------------------------------


def test_the_same_report_forty_days_later(app: Flask) -> None:
    """The phone was in a drawer: what was stored is answered again, word for word, and nothing more is stored."""
    with app.app_context():
        city = make.city(db.session())
        db.session.remove()
    body = make.body(city, "K1-1-1", "squad11a")
    with time_machine.travel(NOW, tick=True) as clock:
        first = signed_in(app, "squad11a").post(REPORTS, json=body)
        make_it_move(app, city, body["id"])
        clock.shift(40 * DAY)
        person = signed_in(app, "squad11a")
        for _ in range(3):
            again = person.post(REPORTS, json=dict(reversed(body.items())))
            assert (again.status_code, again.json, again.headers["ETag"]) == (201, first.json, first.headers["ETag"])
        changed = person.post(REPORTS, json={**body, "place": "河川敷"})
        assert (changed.status_code, changed.json["code"]) == (409, "id-taken")
        stranger = signed_in(app, "squad11b").post(REPORTS, json=body)
        assert (stranger.status_code, stranger.json["code"]) == (409, "id-taken")
    with app.app_context():
        counted = [count(db.session(), model) for model in (ActivityReport, Creation, ReportEvent, ReportVersion)]
    assert counted == [1, 1, 3, 1]


def signed_in(app: Flask, login: str) -> Any:
    client = app.test_client()
    tokens = client.post("/api/v1/auth/login", json={"login": login, "password": make.PASSWORD}).json
    client.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {tokens['access_token']}"
    return client


def make_it_move(app: Flask, city: City, id_: str) -> None:
    """The squad leader approves meanwhile: the first answer stays what it was."""
    leader = signed_in(app, "squad11")
    version = leader.get(f"{REPORTS}/{id_}").headers["ETag"]
    assert leader.post(f"{REPORTS}/{id_}/approve", headers={"If-Match": version}).status_code == 200


def test_a_draft_sent_again_after_it_was_deleted(app: Flask) -> None:
    """The first answer again; the report stays deleted."""
    with app.app_context():
        city = make.city(db.session())
        db.session.remove()
    body = make.body(city, "K1-1-1", "squad11a", submit=False)
    with time_machine.travel(NOW, tick=True):
        person = signed_in(app, "squad11a")
        first = person.post(REPORTS, json=body)
        assert person.delete(f"{REPORTS}/{body['id']}", headers={"If-Match": '"1"'}).status_code == 204
        assert person.post(REPORTS, json=body).json == first.json
        assert person.get(f"{REPORTS}/{body['id']}").status_code == 404
        assert person.post(REPORTS, json={**body, "id": str(new_id())}).status_code == 201
