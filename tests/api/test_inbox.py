"""What waits for a leader: the list, its groups, its counts, and many decisions at once."""

from __future__ import annotations

import datetime as dt
import json

import pytest

from api.paging import LONGEST
from tests import make
from tests.api.answers import API, JSON
from tests.api.asking import REPORTS, copies, digest, done, file, places, signed_in

INBOX, SUMMARY, APPROVE, UNDO, UNDOABLE, RETURNED = (
    f"{API}/inbox{path}" for path in ("", "/summary", "/approve", "/undo", "/undoable", "/returned")
)


def ids(answer):
    return [item["id"] for item in answer.json["items"]]


def as_seen(*reports):
    return {"items": [{"id": report["id"], "version": report["version"]} for report in reports]}


@pytest.fixture
def three(ask, city):
    """Three drills of squad 1-1 that wait at its leader, in the order in which they were filed."""
    days = (("squad11a", 18), ("squad11b", 17), ("squad11a", 16))
    return [file(ask(login), make.body(city, "K1-1-1", login, day=day)) for login, day in days]


def test_the_longest_waiting_comes_first_page_by_page(ask, three) -> None:
    leader = ask("squad11")
    assert ids(leader.get(INBOX)) == [report["id"] for report in three]
    first = leader.get(f"{INBOX}?limit=2&count=true")
    assert (ids(first), first.json["count"]) == ([report["id"] for report in three[:2]], 3)
    last = leader.get(INBOX, query_string={"limit": 2, "cursor": first.json["next_cursor"]})
    assert (ids(last), last.json["next_cursor"]) == ([three[2]["id"]], None)
    assert ids(leader.get(f"{REPORTS}?awaiting=me&limit=100")) == sorted(
        ids(leader.get(INBOX)), key=[r["id"] for r in three].index
    )


def test_only_whose_turn_it_is_finds_it(ask, three) -> None:
    for login in ("squad11a", "squad11-deputy", "squad12", "company1", "station", "bureau"):
        assert ids(ask(login).get(INBOX)) == []
    done(ask("squad11"), three[0], "approve")
    assert ids(ask("company1").get(INBOX)) == [three[0]["id"]]
    assert ids(ask("squad11").get(INBOX)) == [three[1]["id"], three[2]["id"]]


def test_every_item_offers_what_the_list_promises(ask, three) -> None:
    for item in ask("squad11").get(INBOX).json["items"]:
        assert {"approve", "return"} <= set(item["actions"])
        assert item["awaiting"]["unit_id"] == item["unit_id"]


def test_ones_own_report_never_waits_for_oneself(ask, city) -> None:
    filed = file(ask("station"), make.body(city, "K1-1-1", "squad11a", day=18))
    for leader in ("squad11", "company1", "brigade"):
        filed = done(ask(leader), filed, "approve")
    assert filed["awaiting"]["level"] == "station"
    assert ids(ask("station").get(INBOX)) == []


def test_doubtful_ones_are_marked_with_the_reason(ask, city) -> None:
    plain = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18))
    late = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=1))
    proxy = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11b", day=17))
    long = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=16, ended_at="2026-11-17T16:00:00+09:00"))
    told = {
        item["id"]: (item["doubtful"], [warning["code"] for warning in item["warnings"]])
        for item in ask("squad11").get(INBOX).json["items"]
    }
    assert told == {
        plain["id"]: (False, []),
        late["id"]: (True, ["late-entry"]),
        proxy["id"]: (True, ["entered-by-proxy"]),
        long["id"]: (True, ["long-activity"]),
    }


def test_reports_of_one_event_stand_together(ask, city, three) -> None:
    event = ask("company1").post(
        f"{API}/events",
        json={
            "id": str(make.new_id()), "kind": "T-01", "unit_id": str(city.unit_id("K1-1")), "title": "秋の合同訓練",
            "started_at": "2026-11-15T09:00:00+09:00", "ended_at": "2026-11-15T12:00:00+09:00",
        },
    ).json  # fmt: skip
    joined = [
        file(ask(login), make.body(city, "K1-1-1", login, day=15, event_id=event["id"]))
        for login in ("squad11a", "squad11b")
    ]
    groups = ask("squad11").get(f"{INBOX}?group=event").json
    assert "items" not in groups
    found = {group["event"] and group["event"]["id"]: group for group in groups["groups"]}
    assert {item["id"] for item in found[event["id"]]["items"]} == {report["id"] for report in joined}
    assert {item["id"] for item in found[None]["items"]} == {report["id"] for report in three}
    assert found[event["id"]]["event"] == {name: event[name] for name in ("id", "title", "started_at", "ended_at")}
    assert found[event["id"]]["doubtful"] == 2  # an hour shorter than the event
    assert found[None]["doubtful"] == 0


def test_the_summary_counts_what_the_lists_show(ask, city, three) -> None:
    assert ask("squad11").get(SUMMARY).json == {
        "waiting": 3, "oldest_waiting_since": three[0]["awaiting"]["since"], "returned_to_me": 0, "my_drafts": 0,
    }  # fmt: skip
    done(ask("squad11"), three[0], "return", comment="時刻")
    file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", submit=False))
    assert ask("squad11a").get(SUMMARY).json == {
        "waiting": 0, "oldest_waiting_since": None, "returned_to_me": 1, "my_drafts": 1,
    }  # fmt: skip
    assert ask("squad11").get(SUMMARY).json["waiting"] == 2
    assert dt.datetime.fromisoformat(ask("squad11").get(SUMMARY).json["oldest_waiting_since"]).utcoffset()


def test_many_are_approved_each_for_itself(ask, city, three) -> None:
    leader = ask("squad11")
    foreign = file(ask("squad21a"), make.body(city, "K1-2-1", "squad21a", day=18))
    own = file(leader, make.body(city, "K1-1-1", "squad11", day=14))
    unknown = {"id": str(make.new_id()), "version": 1}
    stale = {**three[1], "version": 1}
    asked = as_seen(three[0], stale, foreign, own, unknown, three[2], three[0])
    answer = leader.post(APPROVE, json=asked)
    assert answer.status_code == 200
    results = answer.json["results"]
    assert [result["id"] for result in results] == [item["id"] for item in asked["items"]]
    assert [result["ok"] for result in results] == [True, False, False, False, False, True, True]
    codes = [result["problem"]["code"] if not result["ok"] else result["state"] for result in results]
    assert codes == ["in_review", "stale-version", "not-found", "refused", "not-found", "in_review", "in_review"]
    assert results[1]["problem"]["current_version"] == three[1]["version"]
    assert results[3]["problem"]["reasons"] == ["not-your-step", "own-report"]
    assert results[0]["version"] == results[6]["version"] == three[0]["version"] + 1
    assert ids(leader.get(INBOX)) == [three[1]["id"]]
    assert set(ids(ask("company1").get(INBOX))) == {three[0]["id"], three[2]["id"], own["id"]}


def test_the_station_confirms_five_hundred_in_one_go(app, ask, city) -> None:
    report = file(ask("brigade"), make.body(city, "K1", "squad11a", day=18))
    assert report["awaiting"]["level"] == "station"
    wait = [report["id"], *copies(app, report["id"], 499)]
    answer = ask("station").post(APPROVE, json={"items": [{"id": id_, "version": report["version"]} for id_ in wait]})
    assert [(r["id"], r["ok"], r["state"]) for r in answer.json["results"]] == [
        (id_, True, "confirmed") for id_ in wait
    ]
    assert ask("station").get(SUMMARY).json["waiting"] == 0
    events = ask("station").get(f"{REPORTS}/{wait[-1]}/history").json["items"]
    assert (events[-1]["action"], events[-1]["post"]) == ("approve", "station_officer")


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"items": [{"id": str(make.new_id()), "version": 1}] * 501}, {"/items": "too-many-items"}),
        ({}, {"/items": "required"}),
        ({"items": None}, {"/items": "required"}),
        ({"items": {}}, {"/items": "wrong-type"}),
        ({"items": [{"id": "x", "version": 1}]}, {"/items/0/id": "bad-id"}),
        ({"items": [{"version": 1}]}, {"/items/0/id": "required"}),
        ({"items": [{"id": str(make.new_id())}]}, {"/items/0/version": "required"}),
        ({"items": [{"id": str(make.new_id()), "version": 0}]}, {"/items/0/version": "out-of-range"}),
        ({"items": [{"id": str(make.new_id()), "version": "1"}]}, {"/items/0/version": "wrong-type"}),
        ({"items": [{"id": str(make.new_id()), "version": True}]}, {"/items/0/version": "wrong-type"}),
        ({"items": [{"id": str(make.new_id()), "version": 1.5}]}, {"/items/0/version": "wrong-type"}),
        ({"items": [{"id": str(make.new_id()), "version": 10**30}]}, {"/items/0/version": "out-of-range"}),
        ({"items": [{"id": str(make.new_id()), "version": 1, "comment": "x"}]}, {"/items/0/comment": "unknown-field"}),
        ({"items": [], "comment": "x"}, {"/comment": "unknown-field"}),
    ],
)  # fmt: skip
def test_a_bad_list_is_refused_as_a_whole(quiet, body, wanted) -> None:
    with quiet.unchanged("squad11") as leader:
        assert places(leader.post(APPROVE, data=json.dumps(body), content_type=JSON)) == wanted


def test_an_empty_list_has_no_results(quiet) -> None:
    with quiet.unchanged("squad11") as leader:
        assert leader.post(APPROVE, json={"items": []}).json == {"results": []}


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("group=unit", {"/group": "not-an-option"}),
        ("limit=0", {"/limit": "out-of-range"}),
        ("limit=101", {"/limit": "out-of-range"}),
        ("limit=ten", {"/limit": "wrong-type"}),
        ("limit=1e9", {"/limit": "wrong-type"}),
        ("limit=" + "9" * 5000, {"/limit": "wrong-type"}),
        ("count=perhaps", {"/count": "wrong-type"}),
        ("cursor=%00", {"/cursor": "bad-characters"}),
        ("cursor=x", {"/cursor": "bad-cursor"}),
        ("cursor=" + "x" * (LONGEST + 1), {"/cursor": "too-long"}),
        ("sort=name", {"/sort": "unknown-field"}),
        ("q=%ff%fe", {"/q": "unknown-field"}),
    ],
)
def test_a_bad_question_is_told_so(quiet, query, wanted) -> None:
    with quiet.unchanged("squad11") as leader:
        assert places(leader.get(f"{INBOX}?{query}")) == wanted


def test_a_report_approved_by_bulk_is_approved_once_however_often_it_is_sent(app, ask, three) -> None:
    deputy, first = ask("squad11-deputy"), ask("squad11").post(APPROVE, json=as_seen(*three)).json["results"]
    before = digest(app)
    assert ask("squad11").post(APPROVE, json=as_seen(*three)).json["results"] == first
    assert done(ask("squad11"), three[0], "approve")["version"] == first[0]["version"]
    others = deputy.post(APPROVE, json=as_seen(*three)).json["results"]
    assert [result["problem"]["code"] for result in others] == ["stale-version"] * 3
    assert digest(app) == before


def test_what_one_just_approved_is_taken_back_as_long_as_nobody_acted(ask, three, later) -> None:
    leader = ask("squad11")
    approved = [row | {"id": report["id"]} for report, row in zip(
        three, leader.post(APPROVE, json=as_seen(*three)).json["results"], strict=True
    )]  # fmt: skip
    assert ids(leader.get(UNDOABLE)) == [report["id"] for report in three]
    assert ids(ask("company1").get(UNDOABLE)) == ids(ask("squad12").get(UNDOABLE)) == []
    done(ask("company1"), approved[1], "approve")
    assert ids(leader.get(UNDOABLE)) == [three[0]["id"], three[2]["id"]]
    results = leader.post(UNDO, json=as_seen(*approved)).json["results"]
    assert [one["ok"] for one in results] == [True, False, True]
    assert ids(leader.get(INBOX)) == [three[0]["id"], three[2]["id"]]
    assert ids(leader.get(UNDOABLE)) == []
    again = leader.post(UNDO, json=as_seen(*approved)).json["results"]  # the answer was lost
    assert [one["ok"] for one in again] == [True, False, True]


def test_what_was_approved_last_is_asked_for_first_where_only_some_are_shown(ask, three, later) -> None:
    leader = ask("squad11")
    for report in three:
        done(leader, report, "approve")
        later(minutes=1)
    newest = leader.get(UNDOABLE, query_string={"newest": "true", "limit": 2})
    assert ids(newest) == [three[2]["id"], three[1]["id"]]
    older = leader.get(UNDOABLE, query_string={"newest": "true", "limit": 2, "cursor": newest.json["next_cursor"]})
    assert (ids(older), older.json["next_cursor"]) == ([three[0]["id"]], None)


def test_after_half_a_day_an_approval_is_taken_back_by_itself_alone(client, ask, three, later) -> None:
    leader = ask("squad11")
    approved = done(leader, three[0], "approve")
    later(hours=13)
    leader = signed_in(client, "squad11")
    assert ids(leader.get(UNDOABLE)) == []
    assert done(leader, approved, "undo")["awaiting"]["level"] == "squad"


def test_what_came_back_to_its_authors_is_listed_for_those_above_them(ask, three) -> None:
    for report in (three[1], three[0]):
        done(ask("squad11"), report, "return", comment="終わりの時刻")
    longest_first = [three[1]["id"], three[0]["id"]]
    for login in ("squad11", "company1", "brigade", "station"):
        assert ids(ask(login).get(RETURNED)) == longest_first, login
    first = ask("squad11").get(RETURNED, query_string={"limit": 1, "count": True})
    assert (ids(first), first.json["count"]) == ([three[1]["id"]], 2)
    rest = ask("squad11").get(RETURNED, query_string={"limit": 1, "cursor": first.json["next_cursor"]})
    assert (ids(rest), rest.json["next_cursor"]) == ([three[0]["id"]], None)
    for login in ("squad12", "company2", "squad11a", "squad11b"):  # authors find theirs in their own list
        assert ids(ask(login).get(RETURNED)) == [], login
