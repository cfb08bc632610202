"""Edits and decisions made without a network: sent again they are known again, overtaken they are told how."""

from __future__ import annotations

from typing import Any

import pytest

from tests import make
from tests.api.answers import API, CheckedClient
from tests.api.asking import REPORTS, act, digest, done, file

INBOX = f"{API}/inbox/approve"


@pytest.fixture
def draft(ask, city) -> dict[str, Any]:
    return file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", submit=False))


@pytest.fixture
def report(ask, city) -> dict[str, Any]:
    return file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", "squad11b"))


def edit(person: CheckedClient, report: dict[str, Any], **said: Any) -> Any:
    """The answer to a change of the report as it was seen."""
    return person.patch(f"{REPORTS}/{report['id']}", json=said, headers={"If-Match": f'"{report["version"]}"'})


def versions(person: CheckedClient, report: dict[str, Any]) -> list[str]:
    return [item["action"] for item in person.get(f"{REPORTS}/{report['id']}/history").json["items"]]


# --- The same edit again ----------------------------------------------------------------------------------------------


def test_the_same_edit_again_is_answered_and_stored_once(app, ask, draft) -> None:
    author = ask("squad11a")
    first = edit(author, draft, place="  河川敷\t", summary="a\r\nb")
    before = digest(app)
    again = edit(author, draft, place="河川敷", summary="a\nb")
    assert (again.status_code, again.json, again.headers["ETag"]) == (200, first.json, first.headers["ETag"])
    assert digest(app) == before
    assert versions(author, draft) == ["create", "edit"]


def test_it_is_known_again_whatever_came_after(app, ask, city, draft) -> None:
    author, leader = ask("squad11a"), ask("squad11")
    people = [{"member_id": str(city.member_id(login)), "role": "member"} for login in ("squad11a", "squad11b")]
    edit(author, draft, participants=people)
    now = done(author, {**draft, "version": 2}, "submit")
    now = done(leader, now, "approve")
    again = edit(author, draft, participants=people)
    assert (again.status_code, again.json["state"], again.json["version"]) == (200, "in_review", now["version"])
    other = edit(author, draft, participants=people[:1])
    assert (other.status_code, other.json["code"]) == (412, "stale-version")
    assert versions(author, draft) == ["create", "edit", "submit", "approve"]


def test_an_edit_of_a_returned_report_is_known_again_past_versions_that_saved_nothing(ask, report) -> None:
    author = ask("squad11a")
    back = done(ask("squad11"), report, "return", comment="時刻")
    first = edit(author, back, ended_at="2026-11-08T10:30:00+09:00")
    assert first.status_code == 200, first.text
    assert edit(author, back, ended_at="2026-11-08T01:30:00Z").json == first.json


def test_an_edit_that_changes_nothing_is_none(app, ask, draft) -> None:
    before = digest(app)
    for _ in range(2):
        same = edit(ask("squad11a"), draft, place=draft["place"])
        assert (same.status_code, same.json["version"]) == (200, 1)
    assert digest(app) == before


# --- A conflict -------------------------------------------------------------------------------------------------------


def test_a_conflict_tells_both_contents_and_where_they_differ(app, ask, draft) -> None:
    author = ask("squad11a")
    theirs = edit(author, draft, place="河川敷", summary="昼").json
    before = digest(app)
    answer = edit(author, draft, place="本町公民館", latitude=35.4, longitude=139.6)
    assert (answer.status_code, digest(app)) == (412, before)
    body = answer.json
    assert (body["code"], body["current_version"], body["base_version"]) == ("stale-version", 2, 1)
    assert (body["yours"]["place"], body["yours"]["summary"], body["yours"]["latitude"]) == ("本町公民館", "", 35.4)
    assert (body["theirs"]["place"], body["theirs"]["summary"], body["theirs"]["latitude"]) == ("河川敷", "昼", None)
    assert body["fields"] == ["place", "latitude", "longitude", "summary"]
    assert body["both_changed"] == ["place"]
    assert body["current"] == theirs


def test_what_both_changed_alike_is_no_difference(ask, draft) -> None:
    author = ask("squad11a")
    edit(author, draft, place="河川敷", summary="昼")
    body = edit(author, draft, place="河川敷").json
    assert (body["fields"], body["both_changed"]) == (["summary"], [])


def test_a_conflict_is_resolved_by_sending_ones_own_part_to_the_newest(ask, draft) -> None:
    author = ask("squad11a")
    edit(author, draft, summary="昼")
    conflict = edit(author, draft, place="河川敷").json
    assert conflict["both_changed"] == []
    mine = {name: conflict["yours"][name] for name in conflict["fields"] if name == "place"}
    merged = edit(author, {**draft, "version": conflict["current_version"]}, **mine)
    assert (merged.json["place"], merged.json["summary"], merged.json["version"]) == ("河川敷", "昼", 3)


def test_whole_contents_can_be_sent_back_as_they_were_told(ask, city, draft) -> None:
    author = ask("squad11a")
    edit(author, draft, place="河川敷")
    yours = edit(author, draft, summary="夜").json["yours"]
    sent = edit(author, {**draft, "version": 2}, **yours)
    assert (sent.status_code, sent.json["place"], sent.json["summary"]) == (200, "器具置場", "夜")


def test_who_may_not_read_it_is_told_nothing(ask, report) -> None:
    answer = edit(ask("squad21a"), report, place="x")
    assert (answer.status_code, answer.json["code"]) == (404, "not-found")
    assert not {"yours", "theirs", "current"} & answer.json.keys()


@pytest.mark.parametrize("version", [0, 3, 999_999_999])
def test_a_version_that_never_was_has_no_base(ask, draft, version) -> None:
    answer = edit(ask("squad11a"), {**draft, "version": version}, place="x")
    assert (answer.status_code, answer.json["current_version"]) == (412, 1)
    assert "yours" not in answer.json


# --- The same decision again ------------------------------------------------------------------------------------------


def test_every_step_sent_again_is_answered_and_done_once(app, ask, report) -> None:
    steps = [
        ("squad11", "approve", {}), ("squad11", "undo", {}), ("squad11", "approve", {"comment": "確認"}),
        ("company1", "step-back", {"comment": "人数"}),
        ("squad11", "return", {"remarks": [{"pointer": "/ended_at", "reason": "times-impossible", "text": "22時"}]}),
        ("squad11a", "submit", {}), ("squad11a", "withdraw", {"comment": "重複"}),
    ]  # fmt: skip
    now = report
    for who, action, said in steps:
        seen, now = now, done(ask(who), now, action, **said)
        before = digest(app)
        again = act(ask(who), seen, action, **said)
        assert (again.status_code, again.json, again.headers["ETag"]) == (200, now, f'"{now["version"]}"'), action
        assert digest(app) == before
    assert versions(ask("squad11a"), report)[2:] == [action for _, action, _ in steps]


def test_other_words_or_another_person_are_another_decision(ask, report) -> None:
    done(ask("squad11"), report, "return", comment="時刻")
    for who, action, said in (
        ("squad11", "return", {"comment": "人数"}),
        ("squad11", "return", {"comment": "時刻", "remarks": [{"pointer": "/place"}]}),
        ("squad11", "approve", {"comment": "時刻"}),
        ("company1", "return", {"comment": "時刻"}),
        ("squad11-deputy", "return", {"comment": "時刻"}),
    ):
        answer = act(ask(who), report, action, **said)
        assert (answer.status_code, answer.json["code"]) == (412, "stale-version"), (who, action, said)
    assert act(ask("squad21"), report, "return", comment="時刻").status_code == 404


def test_levels_passed_over_belong_to_the_step(ask, city) -> None:
    """The leader's own report: submitting it passes the squad over, and the repeated submission knows that."""
    draft = file(ask("squad11"), make.body(city, "K1-1-1", "squad11", submit=False))
    first = done(ask("squad11"), draft, "submit")
    assert first["version"] > draft["version"] + 1
    assert done(ask("squad11"), draft, "submit") == first


def test_many_sent_again_are_each_known_again(ask, city) -> None:
    three = [file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", day=day)) for day in (1, 2, 3)]
    leader = ask("squad11")
    sent = {"items": [{"id": row["id"], "version": row["version"]} for row in three]}
    first = leader.post(INBOX, json={"items": sent["items"][:2]}).json["results"]
    again = leader.post(INBOX, json=sent).json["results"]
    assert again[:2] == first
    assert [result["ok"] for result in again] == [True, True, True]
    done(ask("company1"), {**three[0], "version": first[0]["version"]}, "return", comment="時刻")
    late = leader.post(INBOX, json=sent).json["results"]
    assert [result["state"] for result in late] == ["returned", "in_review", "in_review"]
    assert versions(leader, three[0]) == ["create", "submit", "approve", "return"]


def test_a_draft_deleted_twice_is_gone_all_the_same(ask, draft) -> None:
    path, seen = f"{REPORTS}/{draft['id']}", {"If-Match": '"1"'}
    assert [ask("squad11a").delete(path, headers=seen).status_code for _ in range(2)] == [204, 404]


def test_an_old_edit_is_laid_over_what_its_author_saw(ask, city) -> None:
    """Over the newest content of that version, and over that of no other report."""
    author = ask("squad11a")
    mine, other = (
        file(author, make.body(city, "K1-1-1", "squad11a", day=day, submit=False, place="初め")) for day in (8, 9)
    )
    for version, place in enumerate(("二番目", "三番目", "四番目"), start=1):
        assert edit(author, {**other, "version": version}, place=f"別の{place}").status_code == 200
        assert edit(author, {**mine, "version": version}, place=place).status_code == 200
    refused = edit(author, {**mine, "version": 3}, summary="遅れた言葉")
    assert (refused.status_code, refused.json["code"], refused.json["base_version"]) == (412, "stale-version", 3)
    assert (refused.json["yours"]["place"], refused.json["theirs"]["place"]) == ("三番目", "四番目")
    assert refused.json["yours"]["summary"] == "遅れた言葉"


def test_an_old_edit_is_laid_over_the_content_before_a_step(ask, city) -> None:
    """A submission says nothing new: what was saved before it counts, though another report was saved later."""
    author = ask("squad11a")
    mine, other = (
        file(author, make.body(city, "K1-1-1", "squad11a", day=day, submit=False, place="初め")) for day in (8, 9)
    )
    now = done(author, mine, "submit")
    for version in (1, 2):
        edit(author, {**other, "version": version}, place=f"別の所{version}")
    now = done(ask("squad11"), now, "return", comment="場所を直してください")
    edit(author, now, place="直した所")
    refused = edit(author, {**mine, "version": now["version"] - 1}, summary="遅れた言葉")
    assert (refused.status_code, refused.json["code"]) == (412, "stale-version")
    assert (refused.json["yours"]["place"], refused.json["theirs"]["place"]) == ("初め", "直した所")
