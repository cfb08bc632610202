"""A report on its way: who may take which step, what stands against it, and how the answer says so."""

from __future__ import annotations

import itertools

import pytest

from tests import make
from tests.api.asking import ENGLISH, REPORTS, act, digest, done, file, places, signed_in

CHAIN = ("squad11", "company1", "brigade", "station")
ACTIONS = ("submit", "approve", "step-back", "return", "withdraw", "undo")


@pytest.fixture
def report(ask, city):
    """A drill of one member, submitted and waiting at the squad leader."""
    return file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18))


def at(ask, report, login):
    """The report when it has come to this person."""
    for leader in itertools.takewhile(lambda leader: leader != login, CHAIN):
        report = done(ask(leader), report, "approve")
    return report


def test_it_climbs_to_the_station_and_is_confirmed(ask, report) -> None:
    waits = ["squad", "company", "brigade", "station"]
    posts = ["squad_leader", "company_leader", "brigade_leader", "station_officer"]
    for leader, level, post in zip(CHAIN, waits, posts, strict=True):
        assert (report["state"], report["awaiting"]["level"], report["awaiting"]["post"]) == ("in_review", level, post)
        offered = ask(leader).get(f"{REPORTS}/{report['id']}").json["actions"]
        assert {"approve", "return"} <= set(offered)
        assert ("step-back" in offered) is (level != "squad")
        report = done(ask(leader), report, "approve")
    assert (report["state"], report["awaiting"]) == ("confirmed", None)
    assert report["actions"] == ["return", "undo"]  # the station's own last step, and the way back
    assert ask("squad11a").get(f"{REPORTS}/{report['id']}").json["actions"] == []


def test_levels_that_the_author_holds_are_passed_and_shown(ask, city) -> None:
    made = file(ask("company1"), make.body(city, "K1-1-1", "squad11a", "squad11b", day=18))
    assert made["awaiting"]["level"] == "squad"
    assert [(stop["level"], stop["passed"]) for stop in made["route"]] == [
        ("squad", None),
        ("company", "author-holds"),
        ("brigade", None),
        ("station", None),
    ]
    made = done(ask("squad11"), made, "approve")
    assert made["awaiting"]["level"] == "brigade"
    events = ask("company1").get(f"{REPORTS}/{made['id']}/history").json["items"]
    assert [(event["action"], event["reason"]) for event in events[-1:]] == [("pass", "author-holds")]
    assert events[-1]["by"] is None


def test_returning_without_a_word_is_a_field_to_fill_in(app, ask, report) -> None:
    leader = ask("squad11")
    before = digest(app)
    for said in ({}, {"comment": ""}, {"comment": " \n "}, {"remarks": []}):
        assert places(act(leader, report, "return", **said)) == {"/comment": "reason-required"}
    assert digest(app) == before


@pytest.mark.parametrize(
    "said",
    [
        {"comment": "終わりの時刻を確かめてください。"},
        {"remarks": [{"pointer": "/participants/0/ended_at", "reason": "times-impossible", "text": "22時のはずです"}]},
        {"comment": "場所", "remarks": [{"pointer": "/place"}]},
    ],
)
def test_what_comes_back_says_why_and_goes_again(ask, report, said) -> None:
    back = done(ask("squad11"), report, "return", **said)
    assert (back["state"], back["awaiting"]) == ("returned", None)
    author = ask("squad11a")
    event = author.get(f"{REPORTS}/{report['id']}/history").json["items"][-1]
    assert event["comment"] == said.get("comment", "")
    assert [remark["pointer"] for remark in event["remarks"]] == [r["pointer"] for r in said.get("remarks", [])]
    headers = {"If-Match": f'"{back["version"]}"'}
    fixed = author.patch(f"{REPORTS}/{report['id']}", json={"summary": "直した"}, headers=headers).json
    again = done(author, fixed, "submit")
    assert (again["state"], again["number"]) == ("in_review", report["number"])


@pytest.mark.parametrize(
    ("remark", "wanted"),
    [
        ({"pointer": "/author"}, {"/remarks/0/pointer": "bad-remark-pointer"}),
        ({"pointer": "place"}, {"/remarks/0/pointer": "bad-remark-pointer"}),
        ({"pointer": ""}, {"/remarks/0/pointer": "required"}),
        ({}, {"/remarks/0/pointer": "required"}),
        ({"pointer": "/place", "text": "\u202e"}, {"/remarks/0/text": "bad-characters"}),
        ({"pointer": "/place", "author": "x"}, {"/remarks/0/author": "unknown-field"}),
    ],
)
def test_remarks_point_at_what_a_report_has(app, ask, report, remark, wanted) -> None:
    leader = ask("squad11")
    before = digest(app)
    assert places(act(leader, report, "return", remarks=[remark])) == wanted
    assert digest(app) == before


def test_stepping_back_goes_down_one_level(ask, report) -> None:
    report = at(ask, report, "brigade")
    assert places(act(ask("brigade"), report, "step-back")) == {"/comment": "reason-required"}
    back = done(ask("brigade"), report, "step-back", comment="人数をもう一度")
    assert back["awaiting"]["level"] == "company"
    assert done(ask("company1"), back, "approve")["awaiting"]["level"] == "brigade"


def test_the_first_level_has_nothing_to_step_back_to(ask, report) -> None:
    answer = act(ask("squad11"), report, "step-back", comment="x")
    assert (answer.status_code, answer.json["reasons"]) == (403, ["first-step"])


def test_an_approval_is_undone_until_someone_else_acts(ask, report) -> None:
    approved = done(ask("squad11"), report, "approve")
    assert "undo" in approved["actions"]
    undone = done(ask("squad11"), approved, "undo")
    assert undone["awaiting"]["level"] == "squad"
    approved = done(ask("squad11"), undone, "approve")
    further = done(ask("company1"), approved, "approve")
    late = act(ask("squad11"), further, "undo")
    assert (late.status_code, late.json["reasons"]) == (403, ["nothing-to-undo"])


def test_the_author_withdraws_until_it_waits_at_the_station(ask, city, report) -> None:
    assert places(act(ask("squad11a"), report, "withdraw")) == {"/comment": "reason-required"}
    report = at(ask, report, "station")
    late = act(ask("squad11a"), report, "withdraw", comment="間違えた")
    assert (late.status_code, late.json["code"], late.json["state"]) == (409, "wrong-state", "in_review")
    other = file(ask("squad11b"), make.body(city, "K1-1-1", "squad11b", day=18))
    assert done(ask("squad11b"), other, "withdraw", comment="間違えた")["state"] == "withdrawn"


def test_an_old_version_is_stale_and_a_missing_one_is_asked_for(app, ask, report) -> None:
    leader = ask("squad11")
    before = digest(app)
    for action in ACTIONS:
        path = f"{REPORTS}/{report['id']}/{action}"
        for seen in ('"1"', "1", 'W/"1"', '"999999999"'):
            stale = leader.post(path, json={"comment": "x"}, headers={"If-Match": seen})
            assert (stale.status_code, stale.json["code"]) == (412, "stale-version")
            assert stale.json["current_version"] == report["version"]
        asked = leader.post(path, json={"comment": "x"})
        assert (asked.status_code, asked.json["code"]) == (428, "version-required")
    for seen in ("", "*", '"x"', '"1", "2"', '"-1"', '"1.0"', '"9999999999"', '"１"', '""'):
        asked = leader.post(path, json={"comment": "x"}, headers={"If-Match": seen})
        assert (asked.status_code, asked.json["code"]) == (428, "version-required"), seen
    assert digest(app) == before


def test_two_leaders_at_once_only_one_decides(ask, report) -> None:
    first = act(ask("squad11"), report, "approve")
    second = act(ask("squad11-deputy"), report, "approve")
    assert (first.status_code, second.status_code) == (200, 412)
    assert second.json["current_version"] == first.json["version"]


def test_what_leads_nowhere_from_this_state_is_told_with_the_state(app, ask, report) -> None:
    gone = done(ask("squad11a"), report, "withdraw", comment="間違えた")
    before = digest(app)
    for action in ACTIONS:
        answer = act(ask("squad11a"), gone, action, comment="x")
        assert (answer.status_code, answer.json["code"], answer.json["state"]) == (409, "wrong-state", "withdrawn")
    assert digest(app) == before


def test_refusals_name_every_reason(ask, city, report) -> None:
    tried = {
        ("company1", "approve"): ["not-your-step"],
        ("bureau", "approve"): ["not-your-step"],
        ("squad11a", "approve"): ["not-your-step", "own-report"],
        ("squad11", "withdraw"): ["not-author"],
        ("company1", "return"): ["not-your-step"],
        ("company1", "undo"): ["nothing-to-undo"],
        ("squad11-deputy", "approve"): ["not-your-step"],  # the leader is there and has not let it lie
    }
    for (login, action), reasons in tried.items():
        answer = act(ask(login), report, action, comment="x")
        assert (answer.status_code, answer.json["code"], answer.json["reasons"]) == (403, "refused", reasons), login
    both = act(ask("company1"), report, "step-back")
    assert both.json["reasons"] == ["not-your-step", "first-step", "reason-required"]
    english = ask("company1").post(
        f"{REPORTS}/{report['id']}/approve", json={}, headers={"If-Match": f'"{report["version"]}"', **ENGLISH}
    )
    assert "waits for someone else" in english.json["detail"]


def test_the_deputy_decides_once_the_leader_has_let_it_lie(client, ask, report, later) -> None:
    assert act(ask("squad11-deputy"), report, "approve").status_code == 403
    later(days=8)
    deputy = signed_in(client, "squad11-deputy")
    approved = done(deputy, report, "approve")
    event = deputy.get(f"{REPORTS}/{report['id']}/history").json["items"][-1]
    assert (event["basis"], event["deputy_for"]["name"]) == ("idle", "団員 squad11")
    assert approved["awaiting"]["level"] == "company"


def test_nobody_decides_on_a_report_of_their_own(ask, city) -> None:
    own = file(ask("squad11"), make.body(city, "K1-1-1", "squad11", day=18))
    assert own["awaiting"]["level"] == "company"  # the squad's level is passed over
    about = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11", day=17))
    assert about["route"][0].items() >= {"level": "squad", "passed": "sole-participant"}.items()
    station = file(ask("station"), make.body(city, "K1-1-1", "squad11a", day=16))
    station = at(ask, station, "station")
    answer = act(ask("station"), station, "approve")
    assert (answer.status_code, answer.json["reasons"]) == (403, ["own-report"])


def test_what_one_cannot_see_is_not_found_whatever_one_tries(app, ask, report) -> None:
    stranger, own = ask("squad21"), dict.fromkeys(("request_id", "instance"))
    before = digest(app)
    for action in ACTIONS:
        foreign = act(stranger, report, action, comment="x")
        unknown = act(stranger, {**report, "id": make.new_id()}, action, comment="x")
        for answer in (foreign, unknown):
            assert (answer.status_code, answer.json["code"]) == (404, "not-found")
        assert {**foreign.json, **own} == {**unknown.json, **own}
    assert digest(app) == before


def test_a_step_may_come_without_any_body(ask, report) -> None:
    headers = {"If-Match": f'"{report["version"]}"'}
    assert ask("squad11").post(f"{REPORTS}/{report['id']}/approve", headers=headers).status_code == 200


def test_submitting_checks_again_what_a_draft_may_lack(app, ask, city) -> None:
    author = ask("squad11a")
    draft = file(author, make.body(city, "K1-1-1", submit=False))
    before = digest(app)
    assert places(act(author, draft, "submit")) == {"/participants": "no-participants"}
    assert digest(app) == before
