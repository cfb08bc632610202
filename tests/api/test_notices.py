"""Notices over HTTP: one's own list and marks, how one wants to be told, and whom nobody reaches."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from api.extensions import db
from brigade.jobs import writing
from brigade.messages.notices import Notice, tell
from brigade.messages.ways import NoticeSettings
from tests import make
from tests.api.answers import API
from tests.api.asking import ENGLISH, act, done, file, places
from tests.contract.test_statements import counted
from tests.make import SYSTEM

NOTICES = f"{API}/notices"


@pytest.fixture
def entered(ask: Any, city: make.City) -> dict[str, Any]:
    """A report of squad11a's in which squad11b took part."""
    return file(ask("squad11a"), make.body(city, "K1-1-1", "squad11a", "squad11b", day=18))


def told(app: Flask, city: make.City, kind: str, *logins: str, ago: int = 0, **data: Any) -> None:
    """These people are told, by work that began so many minutes ago."""
    began = dt.datetime.now(dt.UTC) - dt.timedelta(minutes=ago)
    with app.app_context(), writing(db.engine) as session:
        tell(session, kind, [city.member_id(login) for login in logins], began, data=data)


# --- The list ---------------------------------------------------------------------------------------------------------


def test_who_entered_me_is_told_to_me_by_name_and_to_nobody_else(ask, entered) -> None:
    [item] = ask("squad11b").get(NOTICES).json["items"]
    assert item["kind"] == "entered-by-other"
    assert item["title"] == "あなたの名前で報告が出ました"
    assert "団員 squad11a" in item["text"]
    assert "11月18日" in item["text"]
    assert item["href"] == f"{API}/activity-reports/{entered['id']}"
    assert ask("squad11b").get(item["href"]).status_code == 200
    assert item["screen"] == {"kind": "report", "id": entered["id"]}
    assert item["read_at"] is None
    assert ask("squad11b").get(NOTICES, headers=ENGLISH).json["items"][0]["title"] == "You were entered into a report"
    for other in ("squad11a", "squad11", "station", "bureau"):
        assert ask(other).get(NOTICES).json["items"] == []


def test_the_newest_stand_first_page_by_page(app, ask, city) -> None:
    for number in range(5):
        told(app, city, "device-signed-in", "squad11", device_name=f"電話{number}")
    found, cursor = [], ""
    while cursor is not None:
        page = ask("squad11").get(f"{NOTICES}?limit=2{cursor and f'&cursor={cursor}'}").json
        found += [item["text"][:3] for item in page["items"]]
        cursor = page["next_cursor"]
    assert found == [f"電話{number}" for number in (4, 3, 2, 1, 0)]


def test_reading_is_noted_once_and_can_be_said_again(app, ask, city, later) -> None:
    person = ask("squad11")
    told(app, city, "device-signed-in", "squad11", "squad12", device_name="電話")
    [item] = person.get(NOTICES).json["items"]
    assert person.get(f"{NOTICES}/summary").json == {"unread": 1}
    assert person.post(f"{NOTICES}/{item['id']}/read").json == {"unread": 0}
    first = person.get(NOTICES).json["items"][0]["read_at"]
    later(minutes=1)
    assert person.post(f"{NOTICES}/{item['id']}/read").json == {"unread": 0}
    assert person.get(NOTICES).json["items"][0]["read_at"] == first
    assert person.get(f"{NOTICES}?unread=true").json["items"] == []
    assert ask("squad12").post(f"{NOTICES}/{item['id']}/read").json == {"unread": 1}


def test_many_are_read_at_once(app, ask, city) -> None:
    person = ask("squad11")
    for number in range(4):
        told(app, city, "device-signed-in", "squad11", device_name=f"電話{number}", ago=120 * (4 - number))
    ids = [item["id"] for item in person.get(NOTICES).json["items"]]
    assert person.post(f"{NOTICES}/read", json={"ids": [ids[0], str(uuid.uuid4())]}).json == {"unread": 3}
    assert person.post(f"{NOTICES}/read", json={"up_to": ids[2]}).json == {"unread": 1}
    assert [item["id"] for item in person.get(f"{NOTICES}?unread=true").json["items"]] == [ids[1]]
    assert person.post(f"{NOTICES}/read", json={"up_to": ids[0]}).json == {"unread": 0}
    for body in ({}, {"up_to": ids[0], "ids": ids}):
        assert places(person.post(f"{NOTICES}/read", json=body)) == {"": "one-of-two"}
    assert person.post(f"{NOTICES}/read", json={"up_to": str(uuid.uuid4())}).status_code == 404
    assert ask("squad12").post(f"{NOTICES}/read", json={"up_to": ids[0]}).status_code == 404


def test_what_came_after_the_list_was_read_is_not_read(app, ask, city) -> None:
    """Work that began before the newest notice on the list, and was done after the list was read."""
    person = ask("squad11")
    told(app, city, "device-signed-in", "squad11", device_name="前の電話", ago=90)
    told(app, city, "device-signed-in", "squad11", device_name="新しい電話")
    newest, older = person.get(NOTICES).json["items"]
    told(app, city, "device-signed-in", "squad11", device_name="遅れて届いた電話", ago=50)
    assert person.post(f"{NOTICES}/read", json={"up_to": newest["id"]}).json == {"unread": 1}
    [late] = person.get(f"{NOTICES}?unread=true").json["items"]
    assert late["id"] not in (newest["id"], older["id"])
    assert person.post(f"{NOTICES}/read", json={"ids": [late["id"]]}).json == {"unread": 0}


def test_what_is_refused_tells_nobody(app, ask, city, entered) -> None:
    assert act(ask("squad11"), entered, "return").status_code == 422
    assert act(ask("squad12"), entered, "approve").status_code in (403, 404)
    stale = {**entered, "version": 1}
    assert act(ask("squad11"), stale, "return", comment="時刻").status_code == 412
    with app.app_context():
        kinds = db.session.scalars(select(Notice.kind), execution_options=SYSTEM).all()
    assert kinds == ["entered-by-other"]


def test_notices_cost_a_write_one_statement_and_no_question(app, ask, city, entered) -> None:
    with counted(app) as said:
        done(ask("squad11"), entered, "return", comment="時刻")
    assert len([one for one in said if "notices" in one]) == 1
    assert not [one for one in said if one.startswith("SELECT") and "notices" in one]


def test_a_list_costs_the_same_however_long(app, ask, city) -> None:
    person, bounds = ask("squad11"), []
    for count in (1, 30):
        for _ in range(count):
            told(app, city, "entered-by-other", "squad11", by=str(city.member_id("squad11a")))
        with counted(app) as said:
            assert person.get(f"{NOTICES}?limit=100").status_code == 200
        bounds.append(len(said))
    assert bounds[0] == bounds[1] <= 10
    with counted(app) as said:
        person.get(f"{NOTICES}/summary")
    assert len(said) <= 9


# --- Whom no way reaches ----------------------------------------------------------------------------------------------


def test_leaders_see_the_unreachable_people_below_them_alone(app, ask, city) -> None:
    with app.app_context():
        db.session.add(
            NoticeSettings(
                member_id=city.member_id("squad11a"), email="a@example.jp", next_digest_at=make.NOW, digest_hour=20
            )
        )
        db.session.commit()
    listed = f"{API}/unreachable-members"
    found = ask("squad11").get(listed).json["items"]
    assert [item["member"]["name"] for item in found] == ["団員 squad11", "団員 squad11-deputy", "団員 squad11b"]
    assert {item["unit"]["name"] for item in found} == {"第1分団第1班"}
    assert {(item["reason"], item["reason_label"]) for item in found} == {
        ("no-way", "メールもアプリの通知もありません")
    }
    assert found[0]["since"] == "2020-04-01T00:00:00+09:00"
    squad = str(city.unit_id("K1-1-1"))
    assert len(ask("company1").get(f"{listed}?unit_id={squad}&count=true").json["items"]) == 3
    assert len(ask("company1").get(f"{listed}?limit=100").json["items"]) == 9
    assert ask("squad12").get(f"{listed}?unit_id={squad}").json["items"] == []
    assert ask("squad11b").get(listed).status_code == 403
    page = ask("station").get(f"{listed}?limit=4").json
    assert page["next_cursor"]
    assert ask("station").get(f"{listed}?limit=4&cursor={page['next_cursor']}").status_code == 200
    assert len(ask("bureau").get(f"{listed}?limit=100&count=true").json["items"]) == len(city.people) - 1


def test_no_address_of_anyone_is_shown_to_others(ask, city, app) -> None:
    with app.app_context():
        db.session.add(
            NoticeSettings(
                member_id=city.member_id("squad11a"), email="secret@example.jp", email_failed_at=make.NOW,
                next_digest_at=make.NOW,
            )
        )  # fmt: skip
        db.session.commit()
    answer = ask("squad11").get(f"{API}/unreachable-members")
    assert "all-failed" in answer.text
    assert "secret" not in answer.text
