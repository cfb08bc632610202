"""A member asks about their own data over HTTP, the bureau answers by its day, and each hears of the other."""

from __future__ import annotations

import datetime as dt

import pytest

from tests import make
from tests.api.answers import API
from tests.api.asking import ENGLISH, places
from tests.api.test_retention import leave

MINE, ALL = f"{API}/me/data-requests", f"{API}/data-requests"


def kinds(person) -> list[str]:
    return [one["kind"] for one in person.get(f"{API}/notices").json["items"]]


@pytest.fixture
def made(ask):
    """``squad11a`` wants their kana put right."""
    body = {"id": str(make.new_id()), "kind": "correct", "words": "名前の読みが違います。"}
    answer = ask("squad11a").post(MINE, json=body)
    assert answer.status_code == 201, answer.text
    return {**body, "answer": answer.json}


def test_asked_once_and_seen_by_two(ask, made) -> None:
    member = ask("squad11a")
    assert made["answer"]["due_on"] == "2026-12-20"
    again = member.post(MINE, json={key: made[key] for key in ("id", "kind", "words")})
    assert (again.status_code, again.json) == (201, made["answer"])
    other = member.post(MINE, json={"id": made["id"], "kind": "show"})
    assert (other.status_code, other.json["code"]) == (409, "id-taken")
    assert member.post(MINE, json={"kind": "correct", "words": "もう一度"}).json["code"] == "asked-already"
    assert places(ask("squad11b").post(MINE, json={"kind": "correct"})) == {"/words": "required"}
    assert [one["id"] for one in member.get(MINE).json["items"]] == [made["id"]]
    assert ask("squad11b").get(MINE).json["items"] == []
    for login in ("squad11", "brigade", "station"):
        assert ask(login).get(ALL).status_code == 403
    (listed,) = ask("bureau").get(ALL).json["items"]
    assert (listed["member"]["name"], listed["may_answer"], listed["kind_label"]) == ("団員 squad11a", True, "訂正")


def test_put_off_once_and_accepted(ask, made) -> None:
    bureau, member, path = ask("bureau"), ask("squad11a"), f"{ALL}/{made['id']}"
    assert "data-request-made" in kinds(bureau)
    assert places(bureau.post(f"{path}/extend", json={"reason": ""})) == {"/reason": "required"}
    longer = bureau.post(f"{path}/extend", json={"reason": "古い名簿を探しています。"})
    assert (longer.json["due_on"], longer.json["extension"]) == ("2027-01-19", "古い名簿を探しています。")
    assert bureau.post(f"{path}/extend", json={"reason": "まだ"}).json["code"] == "extended-already"
    assert places(bureau.post(f"{path}/accept", json={})) == {"/answer": "required"}
    done = bureau.post(f"{path}/accept", json={"answer": "名簿を直しました。"}).json
    assert (done["state"], done["ended_by"]["name"], done["may_answer"]) == ("accepted", "団員 bureau", False)
    assert kinds(member)[:2] == ["data-request-accepted", "data-request-extended"]
    (mine,) = member.get(MINE).json["items"]
    assert (mine["answer"], mine["state_label"]) == ("名簿を直しました。", "認められました")
    (notice, *_) = member.get(f"{API}/notices", headers=ENGLISH).json["items"]
    assert notice["screen"]["kind"] == "own-data-requests"
    assert "correction" in notice["text"]
    assert bureau.post(f"{path}/refuse", json={"reason": "やはり"}).json["code"] == "request-answered"
    assert member.post(f"{MINE}/{made['id']}/withdraw").json["code"] == "request-answered"
    assert bureau.get(ALL).json["items"] == []
    assert [one["id"] for one in bureau.get(f"{ALL}?state=over").json["items"]] == [made["id"]]


def test_refused_with_a_reason_or_withdrawn(ask, made) -> None:
    bureau, member = ask("bureau"), ask("squad11a")
    assert bureau.post(f"{ALL}/{made['id']}/refuse", json={}).status_code == 422
    assert bureau.post(f"{ALL}/{made['id']}/refuse", json={"reason": "戸籍のとおりです。"}).json["state"] == "refused"
    assert member.get(MINE).json["items"][0]["answer"] == "戸籍のとおりです。"
    second = member.post(MINE, json={"kind": "show"}).json
    assert ask("squad11b").post(f"{MINE}/{second['id']}/withdraw").status_code == 404
    for _ in range(2):
        assert member.post(f"{MINE}/{second['id']}/withdraw").json["state"] == "withdrawn"
    assert "data-request-withdrawn" in kinds(bureau)
    assert bureau.post(f"{ALL}/{make.new_id()}/refuse", json={"reason": "ない"}).status_code == 404


def test_an_active_member_reads_why_and_what_to_do(ask) -> None:
    refused = ask("squad11a").post(MINE, json={"kind": "erase"})
    assert (refused.status_code, refused.json["reasons"]) == (403, ["not-leaving-yet"])
    assert "退団の届" in refused.text
    assert "hand in" in ask("squad11a").post(MINE, json={"kind": "erase"}, headers=ENGLISH).text


def test_who_is_leaving_is_erased_after_it_and_asks_again_when_undone(app, city, ask) -> None:
    leave(app, city, "squad11a", dt.date(2027, 1, 31))
    member, bureau = ask("squad11a"), ask("bureau")
    made = member.post(MINE, json={"kind": "erase"}).json
    done = bureau.post(f"{ALL}/{made['id']}/accept", json={"days": 10}).json
    assert (done["state"], done["erased_on"]) == ("accepted", "2027-02-01")
    assert member.get(MINE).json["items"][0]["erased_on"] == "2027-02-01"
    assert member.post(MINE, json={"kind": "erase"}).json["code"] == "asked-already"
    assert bureau.post(f"{API}/retention/runs/{done['run_id']}/undo").json["state"] == "undone"
    assert kinds(member)[0] == "data-request-reopened"
    (again,) = bureau.get(ALL).json["items"]
    assert (again["state"], again["erased_on"], again["run_id"]) == ("open", None, None)


def test_a_letter_is_entered_and_what_is_due_first_comes_first(app, city, ask, made) -> None:
    leave(app, city)
    bureau = ask("bureau")
    letter = {"number": city.people["squad11b"].number, "kind": "erase", "received_on": "2026-11-02"}
    entered = bureau.post(ALL, json={"id": str(make.new_id()), **letter}).json
    assert (entered["due_on"], entered["entered_by"]["name"]) == ("2026-12-02", "団員 bureau")
    first = bureau.get(f"{ALL}?limit=1").json
    second = bureau.get(f"{ALL}?limit=1&cursor={first['next_cursor']}").json
    assert [first["items"][0]["id"], second["items"][0]["id"]] == [entered["id"], made["id"]]
    assert bureau.get(f"{ALL}?cursor={first['next_cursor'][:-4]}").status_code == 422
    wrong = bureau.post(ALL, json={**letter, "number": "nobody", "received_on": "2026-12-01"})
    assert places(wrong) == {"/number": "unknown-member", "/received_on": "not-a-day-of-arrival"}
    serving = bureau.post(ALL, json={**letter, "number": city.people["squad12a"].number})
    assert serving.json["reasons"] == ["still-serving"]
