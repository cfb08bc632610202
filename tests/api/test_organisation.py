"""Changing the organisation over HTTP: one happy way for each operation, its refusals, and being sent twice."""

from __future__ import annotations

import pytest

from brigade.db import new_id
from tests import make
from tests.api.answers import API
from tests.api.asking import REPORTS, digest, file, places

TODAY, EVE = "2026-11-20", "2026-11-19"
NAMELESS = "01932c5e-0000-7000-8000-00000000dead"


def at(version: int) -> dict[str, str]:
    return {"If-Match": f'"{version}"'}


def test_a_renamed_unit_answers_its_successor(ask, city) -> None:
    body = {"id": str(new_id()), "name": "中央分団", "on": TODAY}
    old = city.unit_id("K1-1")
    answer = ask("bureau").post(f"{API}/units/{old}/rename", json=body)
    assert answer.status_code == 201
    made = answer.json
    assert (made["id"], made["name"], made["code"], made["valid_from"]) == (body["id"], "中央分団", "K1-1", TODAY)
    assert made["parent_id"] == str(city.unit_id("K1"))
    before = ask("bureau").get(f"{API}/units/{old}").json
    assert (before["valid_to"], before["successor_id"], before["parent_id"]) == (EVE, body["id"], body["id"])
    squad = ask("squad11a").get(f"{API}/units/{city.unit_id('K1-1-1')}").json
    assert squad["parent_id"] == body["id"]


def test_the_same_change_sent_twice_happens_once(app, ask, city) -> None:
    old, body = city.unit_id("K1-1"), {"id": str(new_id()), "name": "中央分団"}
    first = ask("bureau").post(f"{API}/units/{old}/rename", json=body)
    before = digest(app)
    again = ask("bureau").post(f"{API}/units/{old}/rename", json=body)
    assert (again.status_code, again.json) == (201, first.json)
    other = ask("bureau").post(f"{API}/units/{old}/rename", json={**body, "name": "東分団"})
    assert (other.status_code, other.json["code"]) == (409, "id-taken")
    assert digest(app) == before


def test_merged_squads_go_on_as_one_and_their_reports_too(ask, city) -> None:
    report = file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=18))
    ids = [str(city.unit_id(code)) for code in ("K1-1-1", "K1-1-2")]
    made = ask("bureau").post(f"{API}/units/merge", json={"unit_ids": ids, "code": "K1-1-9", "name": "合同班"}).json
    members = ask("squad12").get(f"{API}/units/{made['id']}/members").json["items"]
    assert len(members) == 8
    kept = ask("squad12").get(f"{REPORTS}/{report['id']}").json
    assert kept["unit"]["name"] == "第1分団第1班"
    assert "approve" in kept["actions"], "the successor's leaders decide on what waits in the unit of its day"


def test_a_new_unit_is_moved_and_ended(ask, city) -> None:
    bureau = ask("bureau")
    body = {"level": "squad", "code": "K1-1-3", "name": "第3班", "parent_id": str(city.unit_id("K1-1")), "on": EVE}
    made = bureau.post(f"{API}/units", json=body).json
    moved = bureau.post(f"{API}/units/{made['id']}/move", json={"parent_id": str(city.unit_id("K1-2"))})
    assert (moved.status_code, moved.json["parent_id"]) == (200, str(city.unit_id("K1-2")))
    ended = bureau.post(f"{API}/units/{made['id']}/end", json={"on": TODAY})
    assert (ended.status_code, ended.json["valid_to"]) == (200, EVE)
    refused = bureau.post(f"{API}/units/{city.unit_id('K1-1')}/end", json={})
    assert (refused.status_code, refused.json["reasons"]) == (403, ["unit-not-empty"])


def test_what_is_wrong_with_a_change_is_told_by_field(ask, city) -> None:
    bureau, squad = ask("bureau"), city.unit_id("K1-1-1")
    wrong = {"level": "squad", "code": "K1-1-1", "name": "x", "parent_id": str(city.unit_id("K1-1"))}
    assert places(bureau.post(f"{API}/units", json=wrong)) == {"/code": "code-taken"}
    assert places(bureau.post(f"{API}/units", json={**wrong, "level": "bureau"})) == {"/level": "not-an-option"}
    assert places(bureau.post(f"{API}/units/{squad}/rename", json={"name": " ", "on": "0001-13-01"})).keys() == {
        "/name", "/on",
    }  # fmt: skip
    assert places(bureau.post(f"{API}/units/{squad}/rename", json={"name": "x", "on": "0001-01-01"})) == {
        "/on": "bad-date"
    }
    assert places(bureau.post(f"{API}/units/{squad}/move", json={"parent_id": NAMELESS})) == {
        "/parent_id": "unknown-unit"
    }
    assert bureau.post(f"{API}/units/{NAMELESS}/move", json={"parent_id": NAMELESS}).status_code == 404


def test_settings_with_their_version(ask, city) -> None:
    path = f"{API}/units/{city.unit_id('K1')}/settings"
    seen = ask("station").get(path)
    assert (seen.headers["ETag"], seen.json["own"]) == ('"1"', {})
    changed = ask("station").patch(path, json={"deputy_after_days": 3}, headers=at(1))
    assert (changed.json["version"], changed.json["own"]) == (2, {"deputy_after_days": 3})
    stale = ask("bureau").patch(path, json={"deputy_after_days": 4}, headers=at(1))
    assert (stale.status_code, stale.json["current_version"]) == (412, 2)
    assert ask("bureau").patch(path, json={}).status_code == 428
    assert places(ask("bureau").patch(path, json={"deputy_after_days": 91, "x": 1}, headers=at(2))) == {
        "/deputy_after_days": "out-of-range", "/x": "unknown-field",
    }  # fmt: skip
    below = ask("squad11a").get(f"{API}/units/{city.unit_id('K1-1-1')}/settings").json
    assert (below["own"], below["effective"]["deputy_after_days"]) == ({}, 3)
    back = ask("bureau").patch(path, json={"deputy_after_days": None}, headers=at(2))
    assert (back.json["own"], back.json["effective"]["deputy_after_days"]) == ({}, 7)


def test_deputies_in_their_order(ask, city) -> None:
    path = f"{API}/units/{city.unit_id('K1-1')}/deputies"
    names = [str(city.member_id(login)) for login in ("squad12", "squad11")]
    made = ask("company1").put(path, json={"member_ids": names}, headers=at(1))
    assert [(item["place"], item["member"]["id"]) for item in made.json["items"]] == [(1, names[0]), (2, names[1])]
    assert ask("brigade").get(path).json == made.json
    assert ask("squad11").get(path).json["items"] == made.json["items"][1:], "one's own place, not the others'"
    assert ask("company1").put(path, json={"member_ids": []}, headers=at(1)).status_code == 412
    assert ask("company1-deputy").put(path, json={"member_ids": []}, headers=at(2)).status_code == 403
    assert places(ask("company1").put(path, json={"member_ids": [NAMELESS]}, headers=at(2))) == {
        "/member_ids/0": "unknown-member"
    }


def test_a_post_given_and_taken(ask, city) -> None:
    body = {
        "id": str(new_id()), "member_id": str(city.member_id("squad11a")), "unit_id": str(city.unit_id("K1-1-1")),
        "post": "deputy_squad_leader",
    }  # fmt: skip
    made = ask("bureau").post(f"{API}/posts", json=body)
    assert (made.status_code, made.json["id"], made.json["valid_from"]) == (201, body["id"], TODAY)
    assert [post["post"] for post in ask("squad11a").get(f"{API}/me").json["posts"]] == ["deputy_squad_leader"]
    assert ask("bureau").post(f"{API}/posts", json=body).json == made.json
    assert places(ask("bureau").post(f"{API}/posts", json={**body, "id": str(new_id())})) == {"/post": "already-held"}
    ended = ask("bureau").post(f"{API}/posts/{body['id']}/end", json={"on": "2027-04-01"})
    assert (ended.status_code, ended.json["valid_to"]) == (200, "2027-03-31")
    ask("bureau").post(f"{API}/posts/{body['id']}/end", json={"on": TODAY})
    assert ask("squad11a").get(f"{API}/me").json["posts"] == []


def test_a_transfer(ask, city) -> None:
    member = city.member_id("squad11")
    body = {"unit_id": str(city.unit_id("K1-2-1"))}
    made = ask("bureau").post(f"{API}/members/{member}/transfer", json=body)
    assert (made.status_code, made.json["unit"]["name"], made.json["valid_to"]) == (201, "第2分団第1班", None)
    me = ask("squad11").get(f"{API}/me").json
    assert (me["unit"]["id"], me["posts"]) == (body["unit_id"], [])


def test_leave_and_its_end(ask, city) -> None:
    body = {"absence": "leave", "valid_from": TODAY, "reason": "入院"}
    me = city.member_id("squad11")
    made = ask("squad11").post(f"{API}/members/{me}/absences", json=body)
    assert (made.status_code, made.json["absence"], "reason" in made.json) == (201, "leave", False)
    acting = ask("squad11-deputy").get(f"{API}/me").json["posts"]
    assert [(post["post"], post["acting"]) for post in acting] == [
        ("deputy_squad_leader", False),
        ("squad_leader", True),
    ]
    back = ask("squad11").post(f"{API}/absences/{made.json['id']}/end", json={"on": "2026-12-01"})
    assert (back.status_code, back.json["valid_to"]) == (200, "2026-11-30")
    assert ask("squad12").post(f"{API}/absences/{made.json['id']}/end", json={}).status_code == 404


def test_a_suspended_member_is_out_at_once(ask, city) -> None:
    assert ask("squad11a").get(f"{API}/me").status_code == 200
    path = f"{API}/members/{city.member_id('squad11a')}/absences"
    assert ask("station").post(path, json={"absence": "suspension", "valid_from": TODAY}).status_code == 201
    assert ask("squad11a").get(f"{API}/me").status_code == 401


@pytest.mark.parametrize("login", ["station", "brigade", "squad11", "squad11a"])
def test_what_is_the_bureaus_is_refused_to_others(quiet, login) -> None:
    city = quiet.city
    unit, member = city.unit_id("K1-1-1"), city.member_id("squad11a")
    sent = [
        ("units", {"level": "squad", "code": "X", "name": "X", "parent_id": str(city.unit_id("K1-1"))}),
        (f"units/{unit}/rename", {"name": "X"}),
        ("units/merge", {"unit_ids": [str(unit), str(city.unit_id("K1-1-2"))], "code": "X", "name": "X"}),
        (f"units/{unit}/move", {"parent_id": str(city.unit_id("K1-2"))}),
        (f"units/{unit}/end", {}),
        ("posts", {"member_id": str(member), "unit_id": str(unit), "post": "squad_leader"}),
        (f"posts/{NAMELESS}/end", {}),
        (f"members/{member}/transfer", {"unit_id": str(city.unit_id("K1-1-2"))}),
    ]
    with quiet.unchanged(login) as person:
        for path, body in sent:
            answer = person.post(f"{API}/{path}", json=body)
            assert (answer.status_code, answer.json["reasons"]) == (403, ["not-permitted"]), path


def test_unknown_and_unseen_are_alike(quiet) -> None:
    with quiet.unchanged("bureau") as bureau:
        for path in (f"posts/{NAMELESS}/end", f"absences/{NAMELESS}/end", f"units/{NAMELESS}/end"):
            assert bureau.post(f"{API}/{path}", json={}).status_code == 404
    with quiet.unchanged("squad11a") as person:
        elsewhere = quiet.city.unit_id("K1-2-1")
        assert person.get(f"{API}/units/{elsewhere}/settings").status_code == 404
        assert person.get(f"{API}/units/{elsewhere}/deputies").status_code == 404
        body = {"absence": "leave", "valid_from": TODAY}
        other = quiet.city.member_id("squad21a")
        assert person.post(f"{API}/members/{other}/absences", json=body).status_code == 404
