"""Took part as planned, in one call; nobody came; and what each squad has said of an event."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from sqlalchemy import func, select

from api.extensions import db
from brigade.activity.activities import ActivityReport, Event, NobodyCame
from brigade.organisation.people import Absence
from tests import make
from tests.api.asking import REPORTS, act, digest, done, file, places, signed_in
from tests.api.planning import EVENTS, UNKNOWN, made, plan
from tests.api.planning import done as changed

DETAILS = {"details": {"drill_type": "pump"}, "order_by": "yearly_plan"}


@pytest.fixture
def drill(ask, city):
    """A drill of company 1 two days ago."""
    return made(ask("company1"), plan(city, day=18, **DETAILS))


def took_part(person, event, **said):
    return person.post(f"{EVENTS}/{event['id']}/took-part", json={"id": str(make.new_id()), **said})


def nobody_came(person, city, event, unit="K1-1-1", **said):
    return person.post(f"{EVENTS}/{event['id']}/nobody-came", json={"unit_id": str(city.unit_id(unit)), **said})


def answers(person, event):
    """State and counts of reports, by the squad's name."""
    answer = person.get(f"{EVENTS}/{event['id']}/answers")
    assert answer.status_code == 200, answer.text
    return {item["unit"]["name"][-2:]: (item["state"], item["reports"]) for item in answer.json["items"]}


# --- Took part --------------------------------------------------------------------------------------------------------


def test_one_call_files_and_submits_what_was_planned(ask, city, drill) -> None:
    answer = took_part(ask("squad11a"), drill)
    report = answer.json
    assert (answer.status_code, answer.headers["Location"]) == (201, f"{REPORTS}/{report['id']}")
    assert (report["state"], report["entry_mode"], report["warnings"]) == ("in_review", "self", [])
    assert report["awaiting"]["unit_id"] == report["unit_id"] == str(city.unit_id("K1-1-1"))
    planned = {"kind", "started_at", "ended_at", "place", "details", "order_by"}
    assert {name: report[name] for name in planned} == {name: drill[name] for name in planned}
    assert report["event_id"] == drill["id"]
    [person] = report["participants"]
    assert (person["member_id"], person["role"]) == (str(city.member_id("squad11a")), "member")
    assert ask("squad11a").get(f"{REPORTS}/{report['id']}").json == report


def test_own_times_and_role_may_be_said(ask, drill) -> None:
    said = {"ended_at": "2026-11-18T10:00:00+09:00", "role": "operator"}
    report = took_part(ask("squad11a"), drill, **said).json
    assert (report["started_at"], report["ended_at"]) == (drill["started_at"], said["ended_at"])
    assert report["participants"][0]["role"] == "operator"
    assert [warning["code"] for warning in report["warnings"]] == ["time-differs-from-event"]


def test_sent_again_it_is_answered_alike_and_a_second_tap_is_told_of_the_first(app, ask, drill) -> None:
    body = {"id": str(make.new_id())}
    first = ask("squad11a").post(f"{EVENTS}/{drill['id']}/took-part", json=body)
    before = digest(app)
    again = ask("squad11a").post(f"{EVENTS}/{drill['id']}/took-part", json=body)
    assert (again.status_code, again.data) == (201, first.data)
    tapped = took_part(ask("squad11a"), drill)
    assert places(tapped) == {"/participants/0/member_id": "overlap"}
    assert tapped.json["errors"][0]["params"] == {"number": first.json["number"], "report_id": first.json["id"]}
    assert digest(app) == before


def test_who_was_entered_by_the_leader_need_not_tap(ask, city, drill) -> None:
    roster = make.body(city, "K1-1-1", "squad11a", "squad11b", day=18, event_id=drill["id"])
    number = file(ask("squad11"), roster)["number"]
    answer = took_part(ask("squad11b"), drill)
    assert answer.json["errors"][0]["params"]["number"] == number


def test_what_the_kind_requires_and_the_plan_does_not_say_is_asked(ask, city) -> None:
    event = made(ask("company1"), plan(city, day=18, kind="X-01"))
    assert places(took_part(ask("squad11a"), event)) == {"/details/activity": "required"}


def test_before_the_start_it_is_too_early_and_before_the_end_one_says_until_when(ask, city, client, later) -> None:
    event = made(
        ask("company1"),
        plan(city, day=20, started_at="2026-11-20T13:00:00+09:00", ended_at="2026-11-20T15:00:00+09:00"),
    )
    early = took_part(ask("squad11a"), event)
    assert (early.status_code, early.json["code"]) == (409, "event-not-started")
    later(hours=2)  # 14:00
    member = signed_in(client, "squad11a")
    assert places(took_part(member, event)) == {"/ended_at": "in-future"}
    assert took_part(member, event, ended_at="2026-11-20T14:00:00+09:00").status_code == 201


def test_only_those_who_were_called(ask, city) -> None:
    event = made(ask("brigade"), plan(city, "K1", day=18, unit_ids=[str(city.unit_id("K1-1-1"))]))
    assert took_part(ask("squad11a"), event).status_code == 201
    for login in ("company1", "brigade"):  # they see it, but were not called
        answer = took_part(ask(login), event)
        assert (answer.status_code, answer.json["reasons"]) == (403, ["not-called"])
    for login in ("squad12a", "squad21a"):
        assert took_part(ask(login), event).status_code == 404


def test_not_a_cancelled_one(ask, drill) -> None:
    changed(ask("company1"), drill, "cancel", reason="雨")
    answer = took_part(ask("squad11a"), drill)
    assert (answer.status_code, answer.json["code"]) == (409, "event-cancelled")


@pytest.mark.parametrize("ids", [1, 2])
def test_two_taps_at_the_same_instant_are_one_report(app, ask, city, client, drill, ids) -> None:
    people = [f"squad{squad}{letter}" for squad in ("11", "12") for letter in "ab"]
    tokens = {login: ask(login).environ_base["HTTP_AUTHORIZATION"] for login in people}
    with ThreadPoolExecutor(2) as threads:
        for login in people:
            chosen = [str(make.new_id()) for _ in range(ids)] * 2
            line = Barrier(2, timeout=30)

            def tap(id_, login=login, line=line):
                line.wait()
                at = f"{EVENTS}/{drill['id']}/took-part"
                return app.test_client().post(at, json={"id": id_}, headers={"Authorization": tokens[login]})

            one, two = threads.map(tap, chosen[:2])
            statuses = sorted([one.status_code, two.status_code])
            assert statuses == ([201, 201] if ids == 1 else [201, 422]), (one.text, two.text)
            if ids == 1:
                assert one.data == two.data
    with app.app_context():
        count = select(func.count()).select_from(ActivityReport)
        assert db.session().scalar(count, execution_options=make.SYSTEM) == len(people)


def test_what_one_has_not_reported_yet_can_be_asked(ask, city, drill) -> None:
    ahead = made(ask("company1"), plan(city, day=25))
    off = made(ask("company1"), plan(city, day=26))
    changed(ask("company1"), off, "cancel", reason="雨")
    made(ask("company1"), plan(city, day=17, planned=False))
    made(ask("brigade"), plan(city, "K1", day=17, unit_ids=[str(city.unit_id("K1-1-2"))]))

    def open_(login):
        return [event["id"] for event in ask(login).get(f"{EVENTS}?expected=me").json["items"]]

    assert open_("squad11a") == open_("company1") == [drill["id"], ahead["id"]]
    report = took_part(ask("squad11a"), drill).json
    assert open_("squad11a") == [ahead["id"]]
    assert open_("squad11b") == [drill["id"], ahead["id"]]
    act(ask("squad11a"), report, "withdraw", comment="誤り")
    assert open_("squad11a") == [drill["id"], ahead["id"]]
    assert open_("brigade") == []


# --- Nobody came ------------------------------------------------------------------------------------------------------


def test_a_leader_says_that_nobody_came_and_takes_it_back(ask, city, drill, later) -> None:
    leader = ask("squad11")
    said = nobody_came(leader, city, drill, comment="地区の祭り")
    assert said.status_code == 201
    later(minutes=5)
    assert nobody_came(ask("company1"), city, drill, comment="二度目").status_code == 201  # the first one stands
    assert answers(leader, drill) == {"1班": ("nobody_came", {})}
    assert answers(ask("company1"), drill) == {"1班": ("nobody_came", {}), "2班": ("overdue", {})}
    at = f"{EVENTS}/{drill['id']}/nobody-came/{city.unit_id('K1-1-1')}"
    assert ask("brigade").delete(at).status_code == 204
    assert ask("brigade").delete(at).status_code == 404
    assert answers(leader, drill) == {"1班": ("overdue", {})}
    [item] = leader.get(f"{EVENTS}/{drill['id']}/answers").json["items"]
    [statement] = item["statements"]
    assert (statement["by"]["name"], statement["comment"]) == ("団員 squad11", "地区の祭り")
    assert (statement["withdrawn_by"]["name"], statement["withdrawn_because"]) == ("団員 brigade", "undone")
    assert dt.datetime.fromisoformat(statement["at"]) < dt.datetime.fromisoformat(statement["withdrawn_at"])
    assert nobody_came(leader, city, drill).status_code == 201  # and may be said again


def test_only_who_decides_for_the_squad_takes_it_back(ask, city, drill) -> None:
    nobody_came(ask("squad11"), city, drill)
    at = f"{EVENTS}/{drill['id']}/nobody-came"
    for login, status in {"squad11a": 403, "squad11-deputy": 403, "squad12": 404, "squad21": 404}.items():
        assert ask(login).delete(f"{at}/{city.unit_id('K1-1-1')}").status_code == status, login
    assert ask("company1").delete(f"{at}/{city.unit_id('K1-1')}").status_code == 404  # a company is no squad
    assert answers(ask("company1"), drill)["1班"] == ("nobody_came", {})


def test_the_deputy_says_it_while_the_leader_is_away(app, ask, city, drill) -> None:
    assert nobody_came(ask("squad11-deputy"), city, drill).status_code == 403
    with app.app_context():
        away = Absence(member_id=city.member_id("squad11"), absence="leave", valid_from=dt.date(2026, 11, 1))
        db.session().add(away)
        db.session().commit()
    assert nobody_came(ask("squad11"), city, drill).status_code == 403
    assert nobody_came(ask("squad11-deputy"), city, drill).status_code == 201


def test_not_of_what_is_yet_to_come_was_cancelled_or_was_not_called(ask, city, drill) -> None:
    ahead = made(ask("company1"), plan(city, day=25))
    assert nobody_came(ask("squad11"), city, ahead).json["code"] == "event-not-started"
    for unit in ("K1-1", "K1-2-1"):
        assert places(nobody_came(ask("brigade"), city, drill, unit)) == {"/unit_id": "squad-not-called"}
    unknown = ask("brigade").post(f"{EVENTS}/{drill['id']}/nobody-came", json={"unit_id": UNKNOWN})
    assert places(unknown) == {"/unit_id": "squad-not-called"}
    changed(ask("company1"), drill, "cancel", reason="雨")
    assert nobody_came(ask("squad11"), city, drill).json["code"] == "event-cancelled"


def test_a_report_and_the_statement_exclude_each_other(ask, city, drill) -> None:
    report = took_part(ask("squad11a"), drill).json
    refused = nobody_came(ask("squad11"), city, drill)
    assert (refused.status_code, refused.json["code"]) == (409, "squad-has-reported")
    act(ask("squad11a"), report, "withdraw", comment="誤り")
    assert nobody_came(ask("squad11"), city, drill).status_code == 201
    late = took_part(ask("squad11b"), drill).json
    assert [warning["code"] for warning in late["warnings"]] == ["nobody-came-withdrawn"]
    assert answers(ask("squad11"), drill) == {"1班": ("reported", {"in_review": 1})}
    seen = ask("squad11").get(f"{EVENTS}/{drill['id']}/answers").json
    [statement] = seen["items"][0]["statements"]
    assert (statement["withdrawn_by"]["name"], statement["withdrawn_because"]) == ("団員 squad11b", "reported")
    assert seen["reports"] == [
        {"id": one["id"], "number": one["number"], "unit_id": one["unit_id"], "state": state}
        for one, state in ((report, "withdrawn"), (late, "in_review"))
    ]


def test_a_draft_outweighs_nothing_until_it_is_submitted(ask, city, drill) -> None:
    nobody_came(ask("squad11"), city, drill)
    draft = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18, event_id=drill["id"], submit=False))
    assert answers(ask("squad11"), drill)["1班"][0] == "nobody_came"
    done(ask("squad11a"), draft, "submit")
    assert answers(ask("squad11"), drill)["1班"][0] == "reported"


def test_a_companys_report_answers_for_the_squads_whose_people_it_names(ask, city, drill) -> None:
    for squad in ("1", "2"):
        nobody_came(ask("company1"), city, drill, f"K1-1-{squad}")
    roster = make.body(city, "K1-1", "company1", "squad11a", day=18, event_id=drill["id"])
    file(ask("company1"), roster)
    assert answers(ask("company1"), drill) == {"1班": ("reported", {"in_review": 1}), "2班": ("nobody_came", {})}


def test_a_statement_about_another_day_stands_no_more(app, ask, city, drill) -> None:
    nobody_came(ask("squad11"), city, drill)
    moved = {"started_at": "2026-11-19T09:00:00+09:00", "ended_at": "2026-11-19T12:00:00+09:00"}
    event = changed(ask("company1"), drill, "", **moved).json
    assert answers(ask("squad11"), event) == {"1班": ("overdue", {})}
    nobody_came(ask("squad11"), city, event)
    later = changed(ask("company1"), event, "", ended_at="2026-11-19T13:00:00+09:00").json
    assert answers(ask("squad11"), later) == {"1班": ("nobody_came", {})}
    with app.app_context():
        rows = db.session().scalars(select(NobodyCame), execution_options=make.SYSTEM).all()
        assert sorted(str(row.withdrawn_because) for row in rows) == ["None", "moved"]


def test_members_see_what_their_squad_has_said_and_no_other(ask, city, drill) -> None:
    took_part(ask("squad12a"), drill)
    nobody_came(ask("squad11"), city, drill)
    assert answers(ask("squad11a"), drill) == {"1班": ("nobody_came", {})}
    assert answers(ask("squad12b"), drill) == {"2班": ("reported", {"in_review": 1})}
    assert ask("squad12b").get(f"{EVENTS}/{drill['id']}/answers").json["reports"] == []  # another's report
    assert ask("squad21a").get(f"{EVENTS}/{drill['id']}/answers").status_code == 404


# --- Filing and cancelling at once -------------------------------------------------------------------------------------


def test_a_report_and_a_cancellation_at_once_never_both_succeed(app, ask, city) -> None:
    company, member = (ask(login).environ_base["HTTP_AUTHORIZATION"] for login in ("company1", "squad11a"))
    with ThreadPoolExecutor(2) as threads:
        for hour in range(6):
            times = {
                f"{name}ed_at": f"2026-11-18T{9 + hour:02}:{minute}:00+09:00"
                for name, minute in (("start", "00"), ("end", "50"))
            }
            event = made(ask("company1"), plan(city, day=18, **times))
            at, line = f"{EVENTS}/{event['id']}", Barrier(2, timeout=30)

            def ask_(path, token, body, at=at, line=line, **headers):
                line.wait()
                headers = {"Authorization": token, "If-Match": '"1"'}
                return app.test_client().post(f"{at}/{path}", json=body, headers=headers)

            off = threads.submit(ask_, "cancel", company, {"reason": "雨"})
            report = threads.submit(ask_, "took-part", member, {"id": str(make.new_id())})
            assert sorted([off.result().status_code, report.result().status_code]) in (
                [200, 409],
                [200, 422],
                [201, 409],
            )
    with app.app_context():
        session = db.session()
        named = select(Event.id).join(ActivityReport, ActivityReport.event_id == Event.id)
        assert session.scalars(named.where(Event.state == "cancelled"), execution_options=make.SYSTEM).all() == []
