"""Pictures in reports: before or after them, part of what they say, and seen by whoever may read them, no one else."""

from __future__ import annotations

import shutil

import pytest

from brigade.db import new_id
from tests.api.asking import REPORTS, done, file, places
from tests.api.pictures import ATTACHMENTS, naming, root, sees, sent
from tests.api.test_sync import ask_page
from tests.pictures.samples import photograph


@pytest.fixture(autouse=True)
def _no_files(app) -> None:
    """The application is kept for many tests; what lies in its storage is not."""
    shutil.rmtree(root(app), ignore_errors=True)


# --- Reports and their pictures ---------------------------------------------------------------------------------------


def test_a_report_may_come_before_its_pictures(app, ask, city) -> None:
    author, ids = ask("squad11a"), [str(new_id()) for _ in range(3)]
    report = file(author, naming(city, *ids))
    assert (report["attachment_ids"], report["attachments"], report["missing_attachment_ids"]) == (ids, [], ids)
    second = sent(author, photograph(seed=1), ids[1])
    for login in ("squad11a", "squad11", "station"):
        seen = ask(login).get(f"{REPORTS}/{report['id']}").json
        assert (seen["attachments"], seen["missing_attachment_ids"]) == ([second], [ids[0], ids[2]])
        assert seen["version"] == report["version"]
    first, third = sent(author, photograph(seed=2), ids[0]), sent(author, photograph(seed=3), ids[2])
    seen = ask("squad11").get(f"{REPORTS}?limit=10").json["items"][0]
    assert (seen["attachments"], seen["missing_attachment_ids"]) == ([first, second, third], [])


def test_a_picture_that_its_author_leaves_out_is_not_waited_for(ask, city) -> None:
    author, ids = ask("squad11a"), [str(new_id()) for _ in range(2)]
    report = file(author, naming(city, *ids))

    def seen(login: str = "squad11") -> tuple[list[str], int]:
        one = ask(login).get(f"{REPORTS}/{report['id']}").json
        listed = ask(login).get(f"{REPORTS}?limit=10").json["items"]
        assert one["missing_attachment_ids"] == listed[0]["missing_attachment_ids"]
        assert one["attachment_ids"] == ids  # what was said stays said
        return one["missing_attachment_ids"], one["version"]

    for other in ("squad11b", "squad11", "station"):
        assert ask(other).delete(f"{ATTACHMENTS}/{ids[0]}").status_code == 404
    assert seen() == (ids, report["version"])
    for _ in range(2):  # the answer may be lost
        assert author.delete(f"{ATTACHMENTS}/{ids[0]}").status_code == 204
        assert seen() == (ids[1:], report["version"])
    assert seen("squad11a") == (ids[1:], report["version"])
    picture = sent(author, photograph(seed=1), ids[0])  # on second thoughts
    assert ask("squad11").get(f"{REPORTS}/{report['id']}").json["attachments"] == [picture]


def test_whoever_catches_up_hears_that_a_picture_was_left_out(ask, city) -> None:
    author, leader, id_ = ask("squad11a"), ask("squad11"), str(new_id())
    report = file(author, naming(city, id_))
    cursor = ask_page(leader)["cursor"]
    assert author.delete(f"{ATTACHMENTS}/{id_}").status_code == 204
    [again] = ask_page(leader, cursor)["reports"]
    assert (again["id"], again["missing_attachment_ids"]) == (report["id"], [])


def test_pictures_may_come_before_the_report(ask, city) -> None:
    author = ask("squad11a")
    picture = sent(author)
    report = file(author, naming(city, picture["id"]))
    assert (report["attachments"], report["missing_attachment_ids"]) == ([picture], [])


def test_pictures_are_part_of_what_a_report_says(ask, city) -> None:
    """Each change of them is a version with its place in the history; a number twice is there once."""
    author, ids = ask("squad11a"), [str(new_id()) for _ in range(3)]
    draft = file(author, naming(city, ids[0], ids[1], ids[0], submit=False))
    assert draft["attachment_ids"] == ids[:2]

    def change(report, attachment_ids):
        headers = {"If-Match": f'"{report["version"]}"'}
        answer = author.patch(f"{REPORTS}/{report['id']}", json={"attachment_ids": attachment_ids}, headers=headers)
        assert answer.status_code == 200, answer.text
        return answer.json

    moved = change(draft, [ids[1], ids[2]])
    assert (moved["attachment_ids"], moved["version"]) == (ids[1:], 2)
    assert change(moved, ids[1:])["version"] == 2
    turned = change(moved, [ids[2], ids[1]])
    assert turned["attachment_ids"] == [ids[2], ids[1]]
    history = author.get(f"{REPORTS}/{draft['id']}/history").json["items"]
    assert [entry["changed"] for entry in history[1:]] == [
        [{"field": "attachment_ids", "from": ids[:2], "to": ids[1:]}],
        [{"field": "attachment_ids", "from": ids[1:], "to": [ids[2], ids[1]]}],
    ]
    assert change(turned, [])["attachment_ids"] == []


def test_ten_pictures_and_no_more(ask, city) -> None:
    author, ids = ask("squad11a"), [str(new_id()) for _ in range(11)]
    assert places(author.post(REPORTS, json=naming(city, *ids))) == {"/attachment_ids": "too-many-items"}
    assert places(author.post(REPORTS, json=naming(city, "x"))) == {"/attachment_ids/0": "bad-id"}
    assert file(author, naming(city, *ids[:10]))["missing_attachment_ids"] == ids[:10]


# --- Who may see ------------------------------------------------------------------------------------------------------


def test_a_picture_is_seen_with_the_report_it_belongs_to(ask, city) -> None:
    picture = sent(ask("squad11a"))
    everyone = ("squad11a", "squad11b", "squad11", "company1", "brigade", "station", "bureau", "squad12", "squad21a")
    assert [login for login in everyone if sees(ask(login), picture["id"])] == ["squad11a"]
    draft = file(ask("squad11a"), naming(city, picture["id"], submit=False))
    assert [login for login in everyone if sees(ask(login), picture["id"])] == ["squad11a"]
    done(ask("squad11a"), draft, "submit")
    assert [login for login in everyone if sees(ask(login), picture["id"])] == [
        "squad11a", "squad11", "company1", "brigade", "station", "bureau",
    ]  # fmt: skip
    assert ask("squad11a").application.test_client().get(f"{ATTACHMENTS}/{picture['id']}").status_code == 401


def test_naming_someone_elses_picture_opens_nothing(app, ask, city) -> None:
    """The stolen id: named in a report of one's own before and after the picture has come."""
    id_, later_id = str(new_id()), str(new_id())
    thief, owner = ask("squad11b"), ask("squad11a")
    early = file(thief, naming(city, id_, later_id, login="squad11b"))
    assert early["missing_attachment_ids"] == [id_, later_id]
    picture = sent(owner, id_=id_)
    seen = thief.get(f"{REPORTS}/{early['id']}").json
    assert (seen["attachments"], seen["missing_attachment_ids"]) == ([], [id_, later_id])
    assert not sees(thief, id_)
    assert not sees(ask("squad11"), id_)  # who reads the thief's report
    refused = thief.post(REPORTS, json=naming(city, id_, login="squad11b", day=9))
    assert places(refused) == {"/attachment_ids/0": "attachment-not-yours"}
    assert not sees(thief, picture["id"])


def test_an_id_that_others_have_named_may_be_used_and_shows_nothing_there(ask, city) -> None:
    """Who sends a picture under an id that stands in someone's report does not smuggle it into that report."""
    id_ = str(new_id())
    report = file(ask("squad11a"), naming(city, id_))
    other = ask("squad11b")
    mine = sent(other, photograph(seed=5), id_)
    for login in ("squad11a", "squad11", "squad11b"):
        seen = ask(login).get(f"{REPORTS}/{report['id']}")
        if seen.status_code == 200:
            assert (seen.json["attachments"], seen.json["missing_attachment_ids"]) == ([], [id_])
    assert sees(other, id_)
    assert not sees(ask("squad11"), id_)
    assert mine["id"] == id_


def test_who_leads_both_is_not_shown_the_wrong_one(ask, city) -> None:
    """A leader who uploaded under the id that a member's report names sees it as missing there."""
    id_ = str(new_id())
    report = file(ask("squad11a"), naming(city, id_))
    sent(ask("squad11"), photograph(seed=6), id_)
    seen = ask("squad11").get(f"{REPORTS}/{report['id']}").json
    assert (seen["attachments"], seen["missing_attachment_ids"]) == ([], [id_])


def test_two_cities_see_nothing_of_each_other(ask, city) -> None:
    picture = sent(ask("squad11a"))
    assert not sees(ask("squad21a"), picture["id"])
    assert ask("squad21a").delete(f"{ATTACHMENTS}/{picture['id']}").status_code == 404
