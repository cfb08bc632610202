"""Events changed, cancelled and repeated; and what reports that were filed of them do not let happen."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import select

from api.extensions import db
from brigade.audit import AuditEntry
from tests import make
from tests.api.asking import REPORTS, act, digest, file, places
from tests.api.planning import EVENTS, done, made, of_squads, ok, plan, told

# --- Changing ---------------------------------------------------------------------------------------------------------


def test_an_event_keeps_what_a_report_starts_from(ask, city) -> None:
    said = {"details": {"drill_type": "pump"}, "order_by": "yearly_plan", "note": "水筒を持参\n雨天中止"}
    event = made(ask("company1"), plan(city, **said))
    assert {name: event[name] for name in said} == said
    assert ok(ask("squad11a").get(f"{EVENTS}/{event['id']}")) == event


def test_only_what_is_sent_changes_and_the_old_version_is_refused(ask, city) -> None:
    event = made(ask("company1"), plan(city, details={"drill_type": "pump"}))
    answer = done(ask("company1"), event, "", place="河川敷", started_at="2026-11-25T10:00:00+09:00")
    assert ok(answer) == {**event, "version": 2, "place": "河川敷", "started_at": "2026-11-25T10:00:00+09:00"}
    assert answer.headers["ETag"] == '"2"'
    stale = done(ask("company1"), event, "", place="校庭")
    assert (stale.status_code, stale.json["current_version"]) == (412, 2)
    assert ask("company1").patch(f"{EVENTS}/{event['id']}", json={"place": "校庭"}).status_code == 428
    same = done(ask("company1"), answer.json, "", place="河川敷", unit_ids=event["unit_ids"])
    assert ok(same)["version"] == 2  # nothing was changed, nothing is told


def test_another_kind_drops_the_details_of_the_one_before(ask, city) -> None:
    event = made(ask("company1"), plan(city, details={"drill_type": "pump"}))
    assert places(done(ask("company1"), event, "", details={"drill_type": "x"})) == {
        "/details/drill_type": "not-an-option"
    }
    assert ok(done(ask("company1"), event, "", kind="P-02"))["details"] == {}


def test_a_change_that_is_wrong_is_told_where(ask, city) -> None:
    event = made(ask("company1"), plan(city))
    wrong = done(ask("company1"), event, "", ended_at="2026-11-25T08:00:00+09:00", unit_ids=[str(city.unit_id("K1-2"))])
    assert places(wrong) == {"/ended_at": "end-before-start", "/unit_ids/0": "unknown-unit"}
    assert places(done(ask("company1"), event, "", unit_id=event["unit_id"])) == {"/unit_id": "unknown-field"}
    assert places(done(ask("company1"), event, "", planned=False)) == {"/planned": "unknown-field"}


def test_people_hear_of_what_concerns_them_once(app, ask, city) -> None:
    event = made(ask("company1"), plan(city, "K1-1", unit_ids=[str(city.unit_id("K1-1-1"))]))
    assert told(app, city) == Counter(dict.fromkeys((("event-planned", who) for who in of_squads("11")), 1))
    both = [str(city.unit_id(code)) for code in ("K1-1-1", "K1-1-2")]
    event = ok(done(ask("company1"), event, "", unit_ids=both))
    assert told(app, city) == Counter(dict.fromkeys((("event-planned", who) for who in of_squads("12")), 1))
    event = ok(done(ask("company1"), event, "", order_by="yearly_plan", details={"drill_type": "pump"}))
    assert told(app, city) == Counter()
    event = ok(done(ask("company1"), event, "", place="河川敷", unit_ids=both[1:]))
    assert told(app, city) == Counter(
        dict.fromkeys((("event-changed", who) for who in of_squads("12")), 1)
        | dict.fromkeys((("event-cancelled", who) for who in of_squads("11")), 1)
    )
    event = ok(done(ask("company1"), event, "cancel", reason="台風のため"))
    assert told(app, city) == Counter(dict.fromkeys((("event-cancelled", who) for who in of_squads("12")), 1))
    ok(done(ask("company1"), event, "reopen"))
    assert told(app, city) == Counter(dict.fromkeys((("event-planned", who) for who in of_squads("12")), 1))


def test_nobody_is_told_of_what_is_over_of_an_incident_or_of_the_own_doing(app, ask, city) -> None:
    past = made(ask("company1"), plan(city, day=10))
    done(ask("company1"), past, "", place="河川敷")
    made(ask("company1"), plan(city, planned=False))
    assert told(app, city) == Counter()
    made(ask("squad11"), plan(city, "K1-1-1"))
    assert {who for _, who in told(app, city)} == of_squads("11") - {"squad11"}


# --- Cancelling -------------------------------------------------------------------------------------------------------


def test_a_cancelled_event_says_who_when_and_why_until_it_is_held_after_all(app, ask, city) -> None:
    event = made(ask("company1"), plan(city))
    off = ok(done(ask("brigade"), event, "cancel", reason="台風のため"))
    assert (off["state"], off["version"]) == ("cancelled", 2)
    assert off["cancelled"]["by"]["name"] == "団員 brigade"
    assert off["cancelled"]["reason"] == "台風のため"
    assert off["cancelled"]["at"].startswith("2026-11-20T")
    for action, said in (("cancel", {"reason": "雨"}), ("", {"place": "校庭"})):
        again = done(ask("company1"), off, action, **said)
        assert (again.status_code, again.json["code"]) == (409, "event-cancelled")
    on = ok(done(ask("company1"), off, "reopen"))
    assert on == {**event, "version": 3}
    again = done(ask("company1"), on, "reopen")
    assert (again.status_code, again.json["code"]) == (409, "event-not-cancelled")
    with app.app_context():
        noted = db.session().scalars(select(AuditEntry).order_by(AuditEntry.at), execution_options=make.SYSTEM).all()
        assert [(entry.action, entry.data.get("reason")) for entry in noted] == [
            ("event.cancel", "台風のため"), ("event.reopen", "台風のため"),
        ]  # fmt: skip


def test_why_it_is_cancelled_must_be_said(ask, city) -> None:
    event = made(ask("company1"), plan(city))
    assert places(done(ask("company1"), event, "cancel", reason="  ")) == {"/reason": "required"}


def test_events_are_found_by_state(ask, city) -> None:
    one, two = made(ask("company1"), plan(city)), made(ask("company1"), plan(city, day=26))
    done(ask("company1"), two, "cancel", reason="雨")
    found = {
        query: [event["id"] for event in ask("squad11a").get(f"{EVENTS}?{query}").json["items"]]
        for query in ("", "state=planned", "state=cancelled")
    }
    assert found == {"": [one["id"], two["id"]], "state=planned": [one["id"]], "state=cancelled": [two["id"]]}


def test_a_cancelled_event_takes_no_more_reports(ask, city) -> None:
    event = made(ask("company1"), plan(city, day=18))
    draft = file(ask("squad11b"), make.body(city, "K1-1-1", "squad11b", day=18, event_id=event["id"], submit=False))
    done(ask("company1"), event, "cancel", reason="雨")
    body = make.body(city, "K1-1-1", "squad11a", day=18, event_id=event["id"])
    assert places(ask("squad11a").post(REPORTS, json=body)) == {"/event_id": "event-cancelled"}
    assert places(act(ask("squad11b"), draft, "submit")) == {"/event_id": "event-cancelled"}


# --- What reports have said already -----------------------------------------------------------------------------------


@pytest.fixture
def reported(ask, city):
    """A drill of both squads on the 18th, and the number of a report of it by the first."""
    event = made(ask("company1"), plan(city, day=18, unit_ids=[str(city.unit_id(f"K1-1-{n}")) for n in (1, 2)]))
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18, hour=9, event_id=event["id"]))
    return event, report


CONTRADICTIONS = {
    "another kind": ({"kind": "P-02"}, "/kind"),
    "another day": (
        {"started_at": "2026-11-19T09:00:00+09:00", "ended_at": "2026-11-19T12:00:00+09:00"}, "/started_at",
    ),
    "afterwards": ({"started_at": "2026-11-18T11:00:00+09:00"}, "/started_at"),
    "the squad left out": ({"unit_ids": ["K1-1-2"]}, "/unit_ids"),
}  # fmt: skip


@pytest.mark.parametrize("name", CONTRADICTIONS)
def test_a_change_that_reports_contradict_is_refused_with_their_numbers(app, ask, city, reported, name) -> None:
    event, report = reported
    change, pointer = CONTRADICTIONS[name]
    change = {
        key: [str(city.unit_id(code)) for code in value] if key == "unit_ids" else value
        for key, value in change.items()
    }
    before = digest(app)
    answer = done(ask("company1"), event, "", **change)
    assert (answer.status_code, answer.json["code"]) == (409, "event-has-reports")
    assert [(entry["pointer"], entry["params"]) for entry in answer.json["errors"]] == [
        (pointer, {"number": report["number"], "report_id": report["id"]})
    ]
    assert digest(app) == before


def test_what_no_report_contradicts_may_change_afterwards(ask, city, reported) -> None:
    event, _ = reported
    fine = {
        "title": "秋季訓練", "place": "河川敷", "note": "済", "ended_at": "2026-11-18T10:30:00+09:00",
        "unit_ids": [str(city.unit_id("K1-1-1"))],
    }  # fmt: skip
    changed = ok(done(ask("company1"), event, "", **fine))
    assert {name: changed[name] for name in fine} == fine


def test_an_event_with_reports_is_not_cancelled_until_they_are_withdrawn(ask, city, reported) -> None:
    event, report = reported
    answer = done(ask("company1"), event, "cancel", reason="雨")
    assert (answer.status_code, answer.json["code"]) == (409, "event-has-reports")
    assert answer.json["errors"][0]["params"]["number"] == report["number"]
    assert act(ask("squad11a"), report, "withdraw", comment="誤り").status_code == 200
    ok(done(ask("company1"), event, "cancel", reason="雨"))


# --- Series -----------------------------------------------------------------------------------------------------------

WEEKLY = {"every": "week", "on": {"weekday": "wed"}, "count": 4}


def starts(person, event):
    """The days and hours at which the events of its series start, for this person."""
    found = person.get(f"{EVENTS}?series_id={event['series_id']}").json["items"]
    return [(item["started_at"][5:16], item["state"]) for item in found]


def test_a_series_is_made_at_once_and_sent_again_makes_nothing_new(app, ask, city) -> None:
    body = plan(city, series=WEEKLY)
    first = ask("company1").post(EVENTS, json=body)
    assert first.status_code == 201
    event, series = first.json, first.json["series"]
    assert (event["id"], event["series_id"], series["skipped"]) == (body["id"], body["id"], [])
    assert [one["started_at"] for one in series["events"]] == [
        f"2026-{day}T09:00:00+09:00" for day in ("11-25", "12-02", "12-09", "12-16")
    ]
    for one in series["events"]:
        single = ok(ask("squad11a").get(f"{EVENTS}/{one['id']}"))
        assert single == {**{k: v for k, v in event.items() if k != "series"}, "id": one["id"],
                          "started_at": one["started_at"], "ended_at": one["started_at"].replace("T09", "T12")}  # fmt: skip
    assert told(app, city) == Counter(
        dict.fromkeys((("event-planned", who) for who in of_squads("11", "12") | {"company1-deputy"}), 1)
    )
    before = digest(app)
    again = ask("company1").post(EVENTS, json=body)
    assert (again.status_code, again.data) == (201, first.data)
    assert digest(app) == before


def test_days_that_a_month_does_not_have_are_left_out_and_named(ask, city) -> None:
    series = {"every": "month", "until": "2027-04-30"}
    said = {"started_at": "2026-12-31T09:00:00+09:00", "ended_at": "2026-12-31T10:00:00+09:00", "series": series}
    found = made(ask("company1"), plan(city, **said))["series"]
    assert [one["started_at"][:10] for one in found["events"]] == ["2026-12-31", "2027-01-31", "2027-03-31"]
    assert found["skipped"] == ["2027-02", "2027-04"]


def test_too_many_calls_at_once_are_refused(quiet) -> None:
    units = [str(quiet.city.unit_id("K1-1-1"))] + [str(make.new_id()) for _ in range(60)]
    with quiet.unchanged("company1") as leader:
        told_where = places(
            leader.post(EVENTS, json=plan(quiet.city, unit_ids=units, series={"every": "week", "count": 60}))
        )
    assert set(told_where.values()) == {"unknown-unit"}


def test_one_of_a_series_changes_alone_or_with_those_that_follow(app, ask, city) -> None:
    leader = ask("company1")
    event = made(leader, plan(city, series=WEEKLY))
    second = ok(leader.get(f"{EVENTS}/{event['series']['events'][1]['id']}"))
    later = ok(done(leader, second, "", "?scope=this", started_at="2026-12-02T10:00:00+09:00"))
    told(app, city)
    moved = {"started_at": "2026-12-03T19:00:00+09:00", "ended_at": "2026-12-03T21:00:00+09:00", "title": "夜間訓練"}
    ok(done(leader, later, "", "?scope=following", **moved))
    assert starts(leader, event) == [
        ("11-25T09:00", "planned"), ("12-03T19:00", "planned"), ("12-10T18:00", "planned"), ("12-17T18:00", "planned"),
    ]  # fmt: skip
    found = leader.get(f"{EVENTS}?series_id={event['series_id']}").json["items"]
    assert [item["title"] for item in found] == ["秋の合同訓練"] + ["夜間訓練"] * 3
    assert [item["version"] for item in found] == [1, 3, 2, 2]
    assert set(told(app, city).values()) == {1}  # once for all of them


def test_a_series_is_cancelled_from_a_day_on_and_taken_up_again(app, ask, city) -> None:
    leader = ask("company1")
    event = made(leader, plan(city, series=WEEKLY))
    third = ok(leader.get(f"{EVENTS}/{event['series']['events'][2]['id']}"))
    told(app, city)
    off = ok(done(leader, third, "cancel", "?scope=following", reason="年末のため"))
    assert [state for _, state in starts(leader, event)] == ["planned", "planned", "cancelled", "cancelled"]
    assert set(told(app, city)) == {("event-cancelled", who) for who in of_squads("11", "12") | {"company1-deputy"}}
    ok(done(leader, off, "reopen", "?scope=following"))
    assert [state for _, state in starts(leader, event)] == ["planned"] * 4


def test_one_report_holds_up_the_change_of_all_that_follow(app, ask, city) -> None:
    leader = ask("company1")
    event = made(leader, plan(city, day=18, series={**WEEKLY, "count": 3}))
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18, event_id=event["id"]))
    before = digest(app)
    for action, said in (("cancel", {"reason": "雨"}), ("", {"kind": "P-02"})):
        answer = done(leader, event, action, "?scope=following", **said)
        assert answer.status_code == 409
        assert [entry["params"]["number"] for entry in answer.json["errors"]] == [report["number"]]
    assert digest(app) == before
