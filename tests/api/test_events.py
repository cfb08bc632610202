"""Planned drills and incidents that reports belong to: planned, found, a prior notice; and who may do what."""

from __future__ import annotations

import pytest

from tests import make
from tests.api.answers import API
from tests.api.asking import REPORTS, act, digest, file, places, signed_in
from tests.api.planning import EVENTS, UNKNOWN, done, made, ok, plan

UNSAID = {"details": {}, "order_by": None, "note": "", "state": "planned", "cancelled": None, "series_id": None}


def test_a_leader_plans_a_drill_and_the_squads_see_it(ask, city) -> None:
    sent = plan(city)
    answer = ask("company1").post(EVENTS, json=sent)
    assert answer.status_code == 201
    assert answer.json == {**sent, **UNSAID, "version": 1, "unit_ids": [sent["unit_id"]]}
    assert (answer.headers["ETag"], answer.headers["Location"]) == ('"1"', f"{EVENTS}/{sent['id']}")
    for login in ("company1", "squad11", "squad12a", "brigade", "station", "bureau"):
        read = ask(login).get(f"{EVENTS}/{sent['id']}")
        assert (read.status_code, read.json, read.headers["ETag"]) == (200, answer.json, '"1"')
        assert [item["id"] for item in ask(login).get(EVENTS).json["items"]] == [sent["id"]]
    for login in ("company2", "squad21a"):
        assert ask(login).get(f"{EVENTS}/{sent['id']}").status_code == 404
        assert ask(login).get(EVENTS).json["items"] == []


def test_only_the_units_called_see_it(ask, city) -> None:
    called = [str(city.unit_id("K1-1-1")), str(city.unit_id("K1-2-2"))]
    event = made(ask("brigade"), plan(city, "K1", unit_ids=[*called, called[0]]))
    assert event["unit_ids"] == called
    seen = {
        login: ask(login).get(f"{EVENTS}/{event['id']}").status_code for login in ("squad11a", "squad12a", "squad22a")
    }
    assert seen == {"squad11a": 200, "squad12a": 404, "squad22a": 200}


def test_events_are_found_by_time_and_unit(ask, city) -> None:
    first, second = (
        ask("brigade").post(EVENTS, json=plan(city, unit, day)).json for unit, day in (("K1-1", 25), ("K1-2", 27))
    )
    told = {
        "": [first, second],
        "from=2026-11-26T00:00:00Z": [second],
        "to=2026-11-26T00:00:00Z": [first],
        "from=2026-11-25T03:00:00Z": [second],  # it ends as this begins
        "from=2026-11-25T02:59:59Z": [first, second],
        "to=2026-11-25T00:00:00Z": [],
        "from=2026-11-25&to=2026-11-25": [first],  # a day in Tokyo, whole
        "from=2026-11-26": [second],
        "to=2026-11-26": [first],
        "to=2026-11-27": [first, second],
        f"unit_id={city.unit_id('K1-2')}": [second],
        f"unit_id={city.unit_id('K1')}": [first, second],
        "limit=1&count=true": [first],
    }
    for query, wanted in told.items():
        answer = ask("bureau").get(f"{EVENTS}?{query}")
        assert [item["id"] for item in answer.json["items"]] == [event["id"] for event in wanted], query
    assert answer.json["count"] == 2
    rest = ask("bureau").get(EVENTS, query_string={"limit": 1, "cursor": answer.json["next_cursor"]})
    assert [item["id"] for item in rest.json["items"]] == [second["id"]]


def test_the_same_event_again_is_answered_alike_and_another_is_refused(app, ask, city) -> None:
    sent = plan(city)
    first = ask("company1").post(EVENTS, json=sent)
    before = digest(app)
    again = ask("company1").post(EVENTS, json=dict(reversed(sent.items())))
    assert (again.status_code, again.data) == (201, first.data)
    other = ask("company1").post(EVENTS, json={**sent, "title": "冬の訓練"})
    assert (other.status_code, other.json["code"]) == (409, "id-taken")
    report = ask("company1").post(REPORTS, json=make.body(city, "K1-1-1", "squad11a", id=sent["id"]))
    assert report.status_code == 409  # one id, one thing
    assert digest(app) == before


def test_a_report_names_its_event_and_is_told_when_times_differ(ask, city) -> None:
    event = ask("company1").post(EVENTS, json=plan(city, day=18)).json
    same = {"event_id": event["id"], "started_at": event["started_at"]}
    good = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", **same, ended_at=event["ended_at"]))
    assert (good["event_id"], good["warnings"]) == (event["id"], [])
    differs = file(ask("squad11b"), make.body(city, "K1-1-1", "squad11b", **same, ended_at="2026-11-18T12:31:00+09:00"))
    assert [warning["code"] for warning in differs["warnings"]] == ["time-differs-from-event"]
    foreign = ask("squad21a").post(REPORTS, json=make.body(city, "K1-2-1", "squad21a", event_id=event["id"]))
    assert places(foreign) == {"/event_id": "unknown-event"}
    twice = ask("squad11a").post(REPORTS, json=make.body(city, "K1-1-1", "squad11a", day=17, event_id=event["id"]))
    assert places(twice) == {"/participants/0/member_id": "overlap"}  # claimed twice for one event


BAD = {
    "kind": ({"kind": "Z-99"}, {"/kind": "unknown-kind"}),
    "no title": ({"title": ""}, {"/title": "required"}),
    "blank title": ({"title": " \u3000 "}, {"/title": "required"}),
    "long title": ({"title": "訓" * 101}, {"/title": "too-long"}),
    "title turned round": ({"title": "\u202e"}, {"/title": "bad-characters"}),
    "end before start": ({"ended_at": "2026-11-25T08:00:00+09:00"}, {"/ended_at": "end-before-start"}),
    "three weeks": ({"ended_at": "2026-12-16T08:00:00+09:00"}, {"/ended_at": "too-long-activity"}),
    "no offset": ({"started_at": "2026-11-25T09:00:00"}, {"/started_at": "naive-time"}),
    "unit": ({"unit_id": UNKNOWN}, {"/unit_id": "unknown-unit"}),
    "called unit": ({"unit_ids": [UNKNOWN]}, {"/unit_ids/0": "unknown-unit"}),
    "501 units": ({"unit_ids": [UNKNOWN] * 501}, {"/unit_ids": "too-many-items"}),
    "planned": ({"planned": "yes"}, {"/planned": "wrong-type"}),
    "unknown field": ({"version": 3}, {"/version": "unknown-field"}),
    "details": (
        {"details": {"drill_type": "x", "y": 1}},
        {"/details/drill_type": "not-an-option", "/details/y": "unknown-field"},
    ),
    "order": ({"order_by": "mayor"}, {"/order_by": "not-an-option"}),
    "long note": ({"note": "注" * 1001}, {"/note": "too-long"}),
    "no end of a series": ({"series": {"every": "week"}}, {"/series": "series-without-end"}),
    "61 times": ({"series": {"every": "week", "count": 61}}, {"/series/count": "out-of-range"}),
    "every day": ({"series": {"every": "day", "count": 3}}, {"/series/every": "not-an-option"}),
    "wrong weekday": (
        {"series": {"every": "week", "on": {"weekday": "mon"}, "count": 2}},
        {"/series/on": "series-off-day"},
    ),
    "the zeroth Sunday": (
        {"series": {"every": "month", "on": {"weekday": "sun", "nth": 0}, "count": 2}},
        {"/series/on/nth": "not-an-option"},
    ),
    "several": ({"kind": "Z", "unit_id": UNKNOWN}, {"/kind": "unknown-kind", "/unit_id": "unknown-unit"}),
}


@pytest.mark.parametrize("name", BAD)
def test_a_bad_event_is_told_where(quiet, name) -> None:
    change, wanted = BAD[name]
    with quiet.unchanged("company1") as leader:
        assert places(leader.post(EVENTS, json={**plan(quiet.city), **change})) == wanted


@pytest.mark.parametrize(("login", "unit"), [("squad11a", "K1-1-1"), ("squad11-deputy", "K1-1"), ("company1", "K1")])
def test_who_does_not_lead_the_unit_is_refused(quiet, login, unit) -> None:
    with quiet.unchanged(login) as person:
        answer = person.post(EVENTS, json=plan(quiet.city, unit))
        assert (answer.status_code, answer.json["reasons"]) == (403, ["not-permitted"])


def test_another_companys_units_are_not_called_or_known(quiet) -> None:
    with quiet.unchanged("company1") as leader:
        answer = leader.post(EVENTS, json=plan(quiet.city, unit_ids=[str(quiet.city.unit_id("K1-2-1"))]))
        assert places(answer) == {"/unit_ids/0": "unknown-unit"}
        assert places(leader.post(EVENTS, json=plan(quiet.city, "K1-2"))) == {"/unit_id": "unknown-unit"}


# --- A plan is a prior notice if it stood before ----------------------------------------------------------------------


@pytest.fixture
def strict(ask, city):
    """The brigade takes no drill that was not notified beforehand."""
    settings = f"{API}/units/{city.unit_id('K1')}/settings"
    seen = {"If-Match": ask("station").get(settings).headers["ETag"]}
    assert ask("station").patch(settings, json={"prior_notice": "hard"}, headers=seen).status_code == 200


@pytest.mark.usefixtures("strict")
def test_only_an_event_planned_before_the_activity_is_prior_notice(ask, city, client, later) -> None:
    after, before, other = (made(ask("company1"), plan(city, day=day)) for day in (19, 21, 24))
    member = ask("squad11a")
    body = make.body(city, "K1-1-1", "squad11a", day=19, event_id=after["id"])
    assert places(member.post(REPORTS, json=body)) == {"/event_id": "no-prior-notice"}
    later(days=3)
    member, leader = signed_in(client, "squad11a"), signed_in(client, "company1")
    file(member, make.body(city, "K1-1-1", "squad11a", day=21, event_id=before["id"]))
    # A plan for the 24th says nothing of the 22nd, even if it is moved there afterwards.
    moved = {"started_at": "2026-11-22T09:00:00+09:00", "ended_at": "2026-11-22T12:00:00+09:00"}
    ok(done(leader, other, "", **moved))
    body = make.body(city, "K1-1-1", "squad11a", day=22, event_id=other["id"])
    assert places(member.post(REPORTS, json=body)) == {"/event_id": "no-prior-notice"}


@pytest.mark.usefixtures("strict")
def test_a_plan_that_is_prolonged_by_days_afterwards_says_nothing_of_them(ask, city, client, later) -> None:
    event = made(ask("company1"), plan(city, day=21))
    later(days=5)
    ok(done(signed_in(client, "company1"), event, "", ended_at="2026-11-23T12:00:00+09:00"))
    body = make.body(city, "K1-1-1", "squad11a", day=22, event_id=event["id"])
    assert places(signed_in(client, "squad11a").post(REPORTS, json=body)) == {"/event_id": "no-prior-notice"}


@pytest.mark.usefixtures("strict")
def test_another_hour_of_the_same_day_is_still_the_same_notice(ask, city, client, later) -> None:
    event = made(ask("company1"), plan(city, day=21))
    later(days=2)
    ok(done(signed_in(client, "company1"), event, "", ended_at="2026-11-21T12:30:00+09:00", title="訓練"))
    file(signed_in(client, "squad11a"), make.body(city, "K1-1-1", "squad11a", day=21, event_id=event["id"]))


# --- Who may do what --------------------------------------------------------------------------------------------------

# Of an event of company 1 that calls the company. A deputy may plan, but decides nothing while the leader is there.
MAY = {
    #                   read change took-part nobody-came (squad 1-1)
    "squad11a":        (200, 403, 201, 403),
    "squad11-deputy":  (200, 403, 201, 403),
    "squad11":         (200, 403, 201, 201),
    "squad12":         (200, 403, 201, 422),
    "company1-deputy": (200, 200, 201, 403),
    "company1":        (200, 200, 201, 201),
    "brigade-deputy":  (200, 200, 403, 403),
    "brigade":         (200, 200, 403, 201),
    "station":         (200, 200, 403, 201),
    "bureau":          (200, 200, 403, 201),
    "company2":        (404, 404, 404, 404),
    "squad21":         (404, 404, 404, 404),
}  # fmt: skip


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)  # what is asked here asks no store
def test_each_post_may_do_what_the_table_says(app, ask, city) -> None:
    found = {}
    for login in MAY:
        event = made(ask("company1"), plan(city, day=18))
        at = f"{EVENTS}/{event['id']}"
        person = ask(login)
        statuses = [person.get(at).status_code, done(person, event, "", place="河川敷").status_code]
        seen = ask("company1").get(at).json
        off = done(person, seen, "cancel", reason="雨")
        assert off.status_code == statuses[1], login
        if off.status_code == 200:
            assert done(person, off.json, "reopen").status_code == 200, login
        elif statuses[1] == 403:
            assert off.json["reasons"] == ["not-permitted"]
            reopened = done(person, done(ask("company1"), seen, "cancel", reason="雨").json, "reopen")
            assert reopened.status_code == 403, login
            done(ask("company1"), ask("company1").get(at).json, "reopen")
        nobody = person.post(f"{at}/nobody-came", json={"unit_id": str(city.unit_id("K1-1-1"))})
        took = person.post(f"{at}/took-part", json={"id": str(make.new_id())})
        found[login] = (*statuses, took.status_code, nobody.status_code)
        if took.status_code == 201:
            assert act(person, took.json, "withdraw", comment="試し").status_code == 200
    assert found == MAY
