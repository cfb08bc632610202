"""A leader puts an obvious slip right: what changes, who must look again, who is told, and who may not (S-06)."""

from __future__ import annotations

import datetime as dt

import pytest
from sqlalchemy import update

from api.extensions import db
from brigade.organisation.people import Membership, Post
from brigade.organisation.units import Unit
from tests import make
from tests.api.answers import API
from tests.api.asking import REPORTS, act, digest, done, file, places

LATER = {"ended_at": "2026-11-18T12:30:00+09:00"}


@pytest.fixture
def report(ask, city):
    """A drill of two members, submitted and waiting at the squad leader."""
    return file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", "squad11b", day=18))


def repass(app, city) -> None:
    """Levels that approved need not look twice."""
    with app.app_context(), db.engine.begin() as connection:
        brigade = update(Unit).where(Unit.id == city.unit_id("K1"))
        connection.execute(brigade.values(settings={"repass_after_return": True}))


def level(report) -> str:
    return report["awaiting"]["level"]


def kinds(person) -> list[str]:
    return [one["kind"] for one in person.get(f"{API}/notices").json["items"]]


def test_the_first_level_corrects_and_approves(ask, report) -> None:
    leader = ask("squad11")
    assert "correct" in report_of(leader, report)["actions"]
    right = done(leader, report, "correct", **LATER, summary="放水訓練", comment="終わりの書き間違い")
    assert (right["ended_at"], right["summary"]) == (LATER["ended_at"], "放水訓練")
    assert (right["state"], level(right), right["version"]) == ("in_review", "squad", report["version"] + 1)
    assert (right["author"], right["entry_mode"]) == (report["author"], report["entry_mode"])
    event = leader.get(f"{REPORTS}/{report['id']}/history").json["items"][-1]
    assert (event["action"], event["post"], event["comment"]) == ("correct", "squad_leader", "終わりの書き間違い")
    assert [one["field"] for one in event["changed"]] == ["ended_at", "summary"]
    assert level(done(leader, right, "approve")) == "company"


def report_of(person, report):
    return person.get(f"{REPORTS}/{report['id']}").json


def test_author_and_participants_are_told(ask, report) -> None:
    done(ask("squad11"), report, "correct", **LATER)
    assert kinds(ask("squad11a")).count("report-corrected") == 1
    assert kinds(ask("squad11b")).count("report-corrected") == 1
    notice = next(
        one for one in ask("squad11a").get(f"{API}/notices").json["items"] if one["kind"] == "report-corrected"
    )
    assert "squad11" in notice["text"]
    assert "報告の終わりの時刻を直しました" in notice["text"]


def test_all_that_was_corrected_is_named_to_the_author(ask, report) -> None:
    done(ask("squad11"), report, "correct", **LATER, place="河川敷")
    told = [one["text"] for one in ask("squad11a").get(f"{API}/notices").json["items"]]
    assert [text for text in told if "報告の終わりの時刻、場所を直しました" in text]
    english = ask("squad11a").get(f"{API}/notices", headers={"Accept-Language": "en"}).json["items"]
    assert [one["text"] for one in english if ": End, Place. Please" in one["text"]]


def test_of_the_place_only_the_author_hears(ask, report) -> None:
    done(ask("squad11"), report, "correct", place="河川敷")
    assert "report-corrected" in kinds(ask("squad11a"))
    assert "report-corrected" not in kinds(ask("squad11b"))


def test_whoever_is_named_no_more_is_told(ask, report) -> None:
    stay = [one for one in report["participants"] if one["name"].endswith("squad11a")]
    sent = [{"member_id": one["member_id"], "role": one["role"]} for one in stay]
    right = done(ask("squad11"), report, "correct", participants=sent)
    assert [one["member_id"] for one in right["participants"]] == [stay[0]["member_id"]]
    assert right["entry_mode"] == "self"
    assert "report-corrected" in kinds(ask("squad11b"))


@pytest.mark.parametrize("need_not", [False, True])
def test_an_approval_covers_only_what_it_saw(app, ask, city, report, need_not) -> None:
    if need_not:
        repass(app, city)
    up = done(ask("squad11"), report, "approve")
    right = done(ask("company1"), up, "correct", **LATER)
    assert level(right) == "squad"  # who approved other times looks again
    assert "correct" in report_of(ask("squad11"), right)["actions"]
    again = done(ask("squad11"), right, "approve")
    assert level(done(ask("company1"), again, "approve")) == "brigade"


@pytest.mark.parametrize("need_not", [False, True])
def test_the_place_alone_needs_no_second_look_where_the_unit_says_so(app, ask, city, report, need_not) -> None:
    if need_not:
        repass(app, city)
    up = done(ask("squad11"), report, "approve")
    right = done(ask("company1"), up, "correct", place="河川敷")
    assert level(right) == ("company" if need_not else "squad")  # and never past the one who corrected


def test_the_same_once_more_changes_nothing(app, ask, report) -> None:
    leader = ask("squad11")
    first = done(leader, report, "correct", **LATER)
    before = digest(app)
    assert done(leader, report, "correct", **LATER)["version"] == first["version"]
    assert done(leader, first, "correct", **LATER)["version"] == first["version"]  # nothing different is nothing done
    other = act(leader, report, "correct", place="河川敷")
    assert (other.status_code, other.json["code"]) == (412, "stale-version")
    assert other.json["current"]["ended_at"] == LATER["ended_at"]
    assert digest(app) == before


@pytest.mark.parametrize(
    ("login", "codes"),
    [("squad11a", ["not-your-step", "own-report"]), ("squad11b", ["not-your-step"]), ("company1", ["not-your-step"])],
)
def test_only_the_one_at_whom_it_waits(app, ask, report, login, codes) -> None:
    person, before = ask(login), digest(app)
    answer = act(person, report, "correct", **LATER)
    assert (answer.status_code, answer.json["reasons"]) == (403, codes)
    assert digest(app) == before


def test_the_station_receives_or_returns(ask, report) -> None:
    for leader in ("squad11", "company1", "brigade"):
        report = done(ask(leader), report, "approve")
    officer = ask("station")
    assert "correct" not in report_of(officer, report)["actions"]
    assert act(officer, report, "correct", **LATER).status_code == 409


def test_nobody_leaves_themselves_alone_in_it(app, ask, city) -> None:
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", "squad11", day=18))
    me = {"member_id": str(city.member_id("squad11"))}
    leader, before = ask("squad11"), digest(app)
    answer = act(leader, report, "correct", participants=[me])
    assert (answer.status_code, answer.json["reasons"]) == (403, ["own-report"])
    assert digest(app) == before


def test_who_corrected_the_times_does_not_receive_them_for_the_city(app, ask, city, report) -> None:
    right = done(ask("squad11"), report, "correct", **LATER)
    for leader in ("squad11", "company1", "brigade"):
        right = done(ask(leader), right, "approve")
    with app.app_context():  # the squad leader comes to sit at the station
        post = Post(
            member_id=city.member_id("squad11"), unit_id=city.unit_id("S1"), post="station_officer",
            valid_from=dt.date(2026, 11, 1),
        )  # fmt: skip
        db.session.add(post)
        db.session.commit()
    officer = ask("squad11")
    answer = act(officer, right, "approve")
    assert (answer.status_code, answer.json["reasons"]) == (403, ["own-correction"])
    assert "return" in report_of(officer, right)["actions"]
    assert done(ask("station"), right, "approve")["state"] == "confirmed"


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ({"ended_at": "2026-11-18T08:00:00+09:00"}, {"/ended_at": "end-before-start"}),
        ({"participants": []}, {"/participants": "no-participants"}),
        ({"place": "x" * 101}, {"/place": "too-long"}),
        ({"kind": "T-02"}, {"/kind": "unknown-field"}),
        ({"attachment_ids": []}, {"/attachment_ids": "unknown-field"}),
    ],
)
def test_what_is_wrong_is_told_and_nothing_changes(app, ask, report, said, where) -> None:
    leader, before = ask("squad11"), digest(app)
    assert places(act(leader, report, "correct", **said)) == where
    assert digest(app) == before


# --- A returned report, put right by a leader of its line -------------------------------------------------------------


@pytest.fixture
def returned(ask, report):
    """The same, approved by the squad leader and returned by the company's."""
    up = done(ask("squad11"), report, "approve")
    return done(ask("company1"), up, "return", comment="終わりの時刻")


@pytest.mark.parametrize(("leader", "post"), [("squad11", "squad_leader"), ("company1", "company_leader")])
def test_a_leader_of_the_line_puts_a_returned_report_right_and_sends_it(ask, returned, leader, post) -> None:
    assert "correct" in report_of(ask(leader), returned)["actions"]
    right = done(ask(leader), returned, "correct", **LATER, comment="本人に聞きました")
    assert (right["state"], level(right), right["ended_at"]) == ("in_review", "squad", LATER["ended_at"])
    assert (right["author"], right["number"]) == (returned["author"], returned["number"])
    event = ask(leader).get(f"{REPORTS}/{right['id']}/history").json["items"][-1]
    assert (event["action"], event["post"]) == ("correct", post)
    assert kinds(ask("squad11a")).count("report-corrected") == 1
    for approving in ("squad11", "company1", "brigade", "station"):
        right = done(ask(approving), right, "approve")
    assert right["state"] == "confirmed"


def test_the_same_of_a_returned_report_once_more_changes_nothing(app, ask, returned) -> None:
    right = done(ask("squad11"), returned, "correct", **LATER)
    before = digest(app)
    assert done(ask("squad11"), returned, "correct", **LATER)["version"] == right["version"]
    assert digest(app) == before


def test_levels_above_need_not_look_twice_at_a_place_where_the_unit_says_so(app, ask, city, returned) -> None:
    repass(app, city)
    right = done(ask("squad11"), returned, "correct", place="河川敷")
    assert level(right) == "company"  # the squad's leader had approved all but the place


@pytest.mark.parametrize("login", ["squad11b", "station", "bureau"])
def test_nobody_else_puts_a_returned_report_right(app, ask, returned, login) -> None:
    person, before = ask(login), digest(app)
    answer = act(person, returned, "correct", **LATER)
    assert (answer.status_code, answer.json["reasons"]) == (403, ["not-leader"])
    assert digest(app) == before


def test_the_report_of_one_who_left_is_still_paid(app, ask, city, returned) -> None:
    """The author has left the service: the leader sends it again, and whoever was there is paid."""
    with app.app_context(), db.engine.begin() as connection:
        left = update(Membership).where(Membership.member_id == city.member_id("squad11a"))
        connection.execute(left.values(valid_to=dt.date(2026, 11, 19)))
    right = done(ask("squad11"), returned, "correct", **LATER)
    assert len(right["participants"]) == 2
    assert level(right) == "squad"


def test_what_was_sealed_and_returned_is_put_right_and_confirmed_again(ask, report) -> None:
    for leader in ("squad11", "company1", "brigade", "station"):
        report = done(ask(leader), report, "approve")
    report = done(ask("station"), report, "return", comment="時刻")
    right = done(ask("brigade"), report, "correct", **LATER)
    assert (right["state"], level(right)) == ("in_review", "squad")
