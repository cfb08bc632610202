"""Filing, reading, finding, changing and deleting activity reports."""

from __future__ import annotations

import pytest

from tests import make
from tests.api.answers import API
from tests.api.asking import ENGLISH, REPORTS, act, digest, done, file, places


@pytest.fixture
def report(ask, city):
    """A submitted drill of one member of squad 1-1, filed by that member."""
    return file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18))


def match(report):
    return {"If-Match": f'"{report["version"]}"'}


def test_the_contracts_example_is_accepted_as_it_stands(ask, city) -> None:
    sent = {
        "id": "0199a3c0-1111-7abc-8def-0123456789ab", "kind": "T-01", "unit_id": str(city.unit_id("K1-1-1")),
        "event_id": None,
        "started_at": "2026-11-08T09:00:00+09:00", "ended_at": "2026-11-08T11:30:00+09:00",
        "place": "第二分団器具置場", "summary": "…", "details": {"drill_type": "pump"},
        "participants": [{"member_id": str(city.member_id("squad11a")), "role": "member", "started_at": None,
                          "ended_at": None, "acted": True, "injured": False}],
        "vehicle_ids": [], "attachment_ids": [], "submit": True,
    }  # fmt: skip
    answer = ask("squad11a").post(REPORTS, json=sent)
    assert answer.status_code == 201
    made = answer.json
    assert made.keys() >= {
        "id", "number", "version", "kind", "unit", "author", "entry_mode", "state", "awaiting", "actions", "warnings",
        "participants", "details",
    }  # fmt: skip
    told = {name: made[name] for name in sent if name not in ("submit", "participants")}
    assert told == {name: sent[name] for name in told}
    assert made["participants"][0].items() >= sent["participants"][0].items()
    assert made["unit"] == {"id": sent["unit_id"], "name": "第1分団第1班", "level": "squad"}
    assert made["author"]["id"] == str(city.member_id("squad11a"))
    assert (made["entry_mode"], made["state"], made["number"]) == ("self", "in_review", "K1-2026-00001")
    assert made["awaiting"].items() >= {
        "level": "squad", "unit_id": sent["unit_id"], "unit_name": "第1分団第1班", "post": "squad_leader",
    }.items()  # fmt: skip
    assert made["actions"] == ["withdraw"]
    assert [warning["code"] for warning in made["warnings"]] == ["late-entry"]  # twelve days after
    assert answer.headers["ETag"] == f'"{made["version"]}"'
    assert answer.headers["Location"] == f"{REPORTS}/{made['id']}"


@pytest.mark.parametrize(
    ("author", "people", "mode"),
    [
        ("squad11a", ["squad11a"], "self"),
        ("squad11", ["squad11a"], "proxy"),
        ("squad11", ["squad11", "squad11a"], "roster"),
    ],
)
def test_entry_mode_says_who_wrote_for_whom(ask, city, author, people, mode) -> None:
    made = file(ask(author), make.body(city, "K1-1-1", *people, day=18))
    assert made["entry_mode"] == mode
    assert ("entered-by-proxy" in [warning["code"] for warning in made["warnings"]]) is (mode != "self")


def test_a_report_may_come_without_an_id_and_with_the_least_there_is(ask, city) -> None:
    least = {name: make.body(city, "K1-1-1")[name] for name in ("kind", "unit_id", "started_at", "ended_at")}
    made = file(ask("squad11a"), least)
    assert (made["state"], made["number"], made["participants"]) == ("draft", None, [])
    assert made["actions"] == ["edit", "delete", "submit", "withdraw"]


def test_reading_gives_the_same_as_filing_and_its_version_as_etag(ask, report) -> None:
    answer = ask("squad11a").get(f"{REPORTS}/{report['id']}")
    assert answer.json == report
    assert answer.headers["ETag"] == f'"{report["version"]}"'


def test_readers_see_it_and_outsiders_cannot_tell_it_from_one_that_is_not(ask, report) -> None:
    for login in ("squad11a", "squad11", "squad11-deputy", "company1", "brigade", "station", "bureau"):
        assert ask(login).get(f"{REPORTS}/{report['id']}").status_code == 200
    for login in ("squad11b", "squad12", "squad12a", "company2"):
        for path in ("", "/history"):
            foreign = ask(login).get(f"{REPORTS}/{report['id']}{path}")
            unknown = ask(login).get(f"{REPORTS}/{make.new_id()}{path}")
            assert foreign.status_code == unknown.status_code == 404
            own = dict.fromkeys(("request_id", "instance"))
            assert {**foreign.json, **own} == {**unknown.json, **own}


def test_a_draft_is_its_authors_alone(ask, city) -> None:
    draft = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", "squad11b", submit=False))
    assert draft["state"] == "draft"
    for login in ("squad11b", "squad11", "station", "bureau"):
        assert ask(login).get(f"{REPORTS}/{draft['id']}").status_code == 404
    assert ask("squad11a").get(f"{REPORTS}/{draft['id']}").status_code == 200


def test_a_draft_is_changed_then_submitted(ask, city) -> None:
    author = ask("squad11a")
    draft = file(author, make.body(city, "K1-1-1", "squad11a", day=18, submit=False))
    wanted = {"place": "本町公園", "details": {"drill_type": "relay"}}
    changed = author.patch(f"{REPORTS}/{draft['id']}", json=wanted, headers=match(draft))
    assert changed.status_code == 200
    assert {name: changed.json[name] for name in wanted} == wanted
    assert changed.json["participants"] == draft["participants"]  # what was not sent stays
    assert changed.json["version"] == draft["version"] + 1
    assert changed.headers["ETag"] == f'"{changed.json["version"]}"'
    assert done(author, changed.json, "submit")["state"] == "in_review"


def test_an_unchanged_patch_changes_nothing(ask, city) -> None:
    author = ask("squad11a")
    draft = file(author, make.body(city, "K1-1-1", "squad11a", submit=False))
    same = author.patch(f"{REPORTS}/{draft['id']}", json={"place": draft["place"]}, headers=match(draft))
    assert (same.status_code, same.json["version"]) == (200, draft["version"])


@pytest.mark.parametrize("body", [{"id": str(make.new_id())}, {"submit": True}, {"state": "confirmed"}, {"version": 9}])
def test_what_a_patch_may_not_name_is_refused(ask, city, body) -> None:
    author = ask("squad11a")
    draft = file(author, make.body(city, "K1-1-1", "squad11a", submit=False))
    (name,) = body
    answer = author.patch(f"{REPORTS}/{draft['id']}", json=body, headers=match(draft))
    assert places(answer) == {f"/{name}": "unknown-field"}


@pytest.mark.parametrize("person", [{}, {"role": "driver"}, {"member_id": None}])
def test_a_patch_with_an_unnamed_person_is_told_so(app, ask, city, person) -> None:
    author = ask("squad11a")
    draft = file(author, make.body(city, "K1-1-1", "squad11a", submit=False))
    before = digest(app)
    answer = author.patch(f"{REPORTS}/{draft['id']}", json={"participants": [person]}, headers=match(draft))
    assert places(answer) == {"/participants/0/member_id": "required"}
    assert digest(app) == before


def test_a_submitted_report_is_no_longer_changed_or_deleted(app, ask, report) -> None:
    author, path, before = ask("squad11a"), f"{REPORTS}/{report['id']}", digest(app)
    for answer in (
        author.patch(path, json={"place": "x"}, headers=match(report)),
        author.delete(path, headers=match(report)),
    ):
        assert (answer.status_code, answer.json["code"], answer.json["state"]) == (409, "wrong-state", "in_review")
    assert digest(app) == before


def test_only_the_author_deletes_and_only_a_draft(app, ask, city) -> None:
    author = ask("squad11a")
    draft = file(author, make.body(city, "K1-1-1", "squad11a", submit=False))
    path = f"{REPORTS}/{draft['id']}"
    assert ask("squad11").delete(path, headers=match(draft)).status_code == 404
    assert author.delete(path).status_code == 428
    assert author.delete(path, headers={"If-Match": '"9"'}).status_code == 412
    assert author.delete(path, headers=match(draft)).status_code == 204
    assert author.get(path).status_code == 404
    assert author.delete(path, headers=match(draft)).status_code == 404


def test_validate_says_what_filing_would_and_stores_nothing(app, ask, city) -> None:
    author, before = ask("squad11a"), digest(app)
    good = make.body(city, "K1-1-1", "squad11a")
    checked = author.post(f"{REPORTS}/validate", json=good)
    assert (checked.status_code, checked.json["valid"], checked.json["entry_mode"]) == (200, True, "self")
    bad = {**good, "participants": [], "ended_at": good["started_at"]}
    assert places(author.post(f"{REPORTS}/validate", json=bad)) == {"/ended_at": "end-before-start"}
    assert digest(app) == before
    made = file(author, good)
    assert [w["code"] for w in made["warnings"]] == [w["code"] for w in checked.json["warnings"]]


def test_history_tells_every_step_in_both_languages(ask, report) -> None:
    seen = done(ask("squad11"), report, "approve", comment="確認した")
    japanese = ask("squad11a").get(f"{REPORTS}/{report['id']}/history").json["items"]
    english = ask("squad11a").get(f"{REPORTS}/{report['id']}/history", headers=ENGLISH).json["items"]
    assert [event["seq"] for event in japanese] == list(range(1, seen["version"] + 1))
    assert [event["action"] for event in japanese] == ["create", "submit", "approve"]
    last = japanese[-1]
    assert (last["by"]["name"], last["post"], last["level"]) == ("団員 squad11", "squad_leader", "squad")
    assert (last["from_state"], last["to_state"], last["comment"]) == ("in_review", "in_review", "確認した")
    assert last["deputy_for"] is None
    assert "承認" in last["sentence"]
    assert "Approve" in english[-1]["sentence"]


def test_an_edit_names_the_fields_with_what_they_were(ask, city) -> None:
    author = ask("squad11a")
    draft = file(author, make.body(city, "K1-1-1", "squad11a", submit=False))
    author.patch(f"{REPORTS}/{draft['id']}", json={"place": "本町公園"}, headers=match(draft))
    (change,) = author.get(f"{REPORTS}/{draft['id']}/history").json["items"][-1]["changed"]
    assert change == {"field": "place", "from": "器具置場", "to": "本町公園"}


def test_a_shared_overlap_is_named_only_to_who_may_see_it(ask, city) -> None:
    first = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=17))
    own = ask("squad11").post(REPORTS, json=make.body(city, "K1-1-1", "squad11a", day=17, hour=10))
    assert places(own) == {"/participants/0/member_id": "overlap"}
    assert own.json["errors"][0]["params"] == {"number": first["number"], "report_id": first["id"]}
    hidden = ask("squad11b").post(REPORTS, json=make.body(city, "K1-1-1", "squad11a", day=17, hour=10))
    assert places(hidden) == {"/participants/0/member_id": "overlap-hidden"}
    assert first["number"] not in hidden.text


def test_the_api_base_has_no_other_way_in(ask) -> None:
    assert ask("squad11a").get(f"{API}/activity-report").status_code == 404


def test_acting_on_it_changes_the_version_that_writes_must_name(ask, report) -> None:
    assert done(ask("squad11"), report, "approve")["version"] > report["version"]
    stale = act(ask("squad11a"), report, "withdraw", comment="間違えた")
    assert (stale.status_code, stale.json["current_version"]) == (412, report["version"] + 1)
