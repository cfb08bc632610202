"""Keeping times, runs, holds and erasures over HTTP: what the console does, for the bureau's officers alone."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import update

from api.extensions import db
from api.worker import work_once
from brigade.organisation.people import Membership, Post
from tests import make
from tests.api.answers import API
from tests.api.asking import ENGLISH, digest, places, signed_in
from tests.api.visiting import CONSOLE, visitor
from tests.make import NOW, SYSTEM

RETENTION = f"{API}/retention"
LATER = dt.timedelta(days=800)


def leave(app: Flask, city: Any, login: str = "squad11b", on: dt.date = dt.date(2026, 10, 31)) -> None:
    """The person serves until that day."""
    with app.app_context():
        for model in (Membership, Post):
            ends = update(model).where(model.member_id == city.member_id(login)).values(valid_to=on)
            db.session.execute(ends, execution_options=SYSTEM)
        db.session.commit()
        db.session.remove()


@pytest.fixture
def gone(app: Flask, city: Any) -> Any:
    """``squad11b`` left and had written a draft that nobody sent."""
    with app.app_context():
        made = make.report(db.session(), city, "squad11b", "K1-1-1", day=3, submit=False)
        db.session.commit()
        db.session.remove()
    leave(app, city)
    return made


def test_the_bureau_alone_comes_here(ask) -> None:
    for login in ("station", "brigade", "squad11a"):
        for path in ("times", "plan", "runs", "holds", "erasures/preview?number=000001"):
            assert ask(login).get(f"{RETENTION}/{path}").status_code == 403
        for path in ("runs", "holds", "erasures"):
            assert ask(login).post(f"{RETENTION}/{path}", json={}).status_code == 403


def test_keeping_times_are_read_and_set_within_their_limits(app, ask) -> None:
    bureau = ask("bureau")
    items = {one["record"]: one for one in bureau.get(f"{RETENTION}/times").json["items"]}
    assert (items["report"]["length"], items["report"]["least"], items["report"]["most"]) == (10, 5, None)
    assert items["report"]["label"] == "活動の報告"
    before = digest(app)
    for wrong, code in (
        ({"length": 4}, "keeping-time-out-of-range"),
        ({}, "required"),
        ({"length": "5"}, "wrong-type"),
    ):
        answer = bureau.put(f"{RETENTION}/times/report", json=wrong)
        assert places(answer) == {"/length": code}
    assert bureau.put(f"{RETENTION}/times/roster", json={"length": None}).status_code == 422
    assert bureau.put(f"{RETENTION}/times/nothing", json={"length": 5}).status_code == 404
    assert digest(app) == before
    assert bureau.put(f"{RETENTION}/times/report", json={"length": None}).json["length"] is None
    assert bureau.put(f"{RETENTION}/times/picture", json={"length": 7}).json["length"] == 7
    items = {one["record"]: one for one in bureau.get(f"{RETENTION}/times").json["items"]}
    assert (items["report"]["length"], items["picture"]["length"], items["picture"]["usual"]) == (None, 7, 5)


def test_a_run_is_planned_marked_undone_and_done(app, city, ask, gone) -> None:
    with time_machine.travel(NOW + LATER, tick=True):
        bureau, before = ask("bureau"), digest(app)
        plan = bureau.get(f"{RETENTION}/plan").json
        due = {one["record"]: one["due"] for one in plan["items"] if one["due"]}
        assert due == {"draft": 1, "contact": 1}
        assert (plan["waiting_run_id"], digest(app)) == (None, before)
        assert [one["samples"] for one in plan["items"] if one["record"] == "draft"] == [[str(gone.id)]]
        over = bureau.post(f"{RETENTION}/runs", json={"cap": 0})
        assert places(over) == {"/cap": "more-than-cap"}
        assert "上限" in over.json["errors"][0]["message"]
        english = bureau.post(f"{RETENTION}/runs", json={"cap": 0}, headers=ENGLISH)
        assert "cap" in english.json["errors"][0]["message"]
        body = {"id": str(make.new_id()), "reason": "年度はじめの整理"}
        made, again = (bureau.post(f"{RETENTION}/runs", json=body) for _ in range(2))
        assert (made.status_code, made.json) == (201, again.json)
        assert (made.json["state"], made.json["planned"]) == ("waiting", due)
        assert bureau.post(f"{RETENTION}/runs", json={**body, "days": 3}).status_code == 409
        assert bureau.post(f"{RETENTION}/runs", json={}).json["code"] == "run-waits"
        assert bureau.get(f"{RETENTION}/plan").json["waiting_run_id"] == body["id"]
        undone = bureau.post(f"{RETENTION}/runs/{body['id']}/undo")
        assert (undone.json["state"], undone.json["ended_by"]["name"]) == ("undone", "団員 bureau")
        made = bureau.post(f"{RETENTION}/runs", json={"days": 0}).json
        while work_once(app):
            pass
        assert bureau.post(f"{RETENTION}/runs/{made['id']}/undo").json["code"] == "run-begun"
        listed = bureau.get(f"{RETENTION}/runs").json["items"]
        assert [one["state"] for one in listed] == ["done", "undone"]
        assert listed[0]["gone"] == due
        found = bureau.get(f"{RETENTION}/runs?state=undone").json["items"]
        assert [one["id"] for one in found] == [body["id"]]
        assert bureau.post(f"{RETENTION}/runs", json={}).json["code"] == "nothing-due"
        assert bureau.post(f"{RETENTION}/runs/{make.new_id()}/undo").status_code == 404


def test_holds_are_placed_listed_and_lifted(city, ask) -> None:
    bureau = ask("bureau")
    for wrong, where in (
        ({"kind": "month", "subject": "2026-13"}, "/subject"),
        ({"kind": "x", "subject": "1"}, "/kind"),
    ):
        assert list(places(bureau.post(f"{RETENTION}/holds", json={"reason": "監査", **wrong}))) == [where]
    person = {"kind": "member", "subject": city.people["squad11a"].number, "reason": "訴訟", "id": str(make.new_id())}
    made, again = (bureau.post(f"{RETENTION}/holds", json=person) for _ in range(2))
    assert (made.status_code, made.json) == (201, again.json)
    assert (made.json["label"], made.json["subject"]) == ("団員 squad11a", str(city.member_id("squad11a")))
    assert bureau.post(f"{RETENTION}/holds", json={**person, "id": str(make.new_id())}).json["code"] == "held-already"
    assert [one["id"] for one in bureau.get(f"{RETENTION}/holds").json["items"]] == [person["id"]]
    assert bureau.post(f"{RETENTION}/holds/{person['id']}/lift").json["lifted_by"]["name"] == "団員 bureau"
    assert bureau.post(f"{RETENTION}/holds/{person['id']}/lift").status_code == 404
    assert bureau.get(f"{RETENTION}/holds").json["items"] == []
    assert len(bureau.get(f"{RETENTION}/holds?lifted=true").json["items"]) == 1


def test_a_person_is_looked_at_erased_and_not(app, city, ask, gone) -> None:
    bureau, number = ask("bureau"), city.people["squad11b"].number
    seen = bureau.get(f"{RETENTION}/erasures/preview?number={number}").json
    assert (seen["goes"]["accounts"], seen["against"]) == (1, [])
    serving = bureau.get(f"{RETENTION}/erasures/preview?number={city.people['squad11a'].number}").json
    assert [one["code"] for one in serving["against"]] == ["still-serving"]
    assert bureau.get(f"{RETENTION}/erasures/preview?number=nobody").status_code == 404
    refused = bureau.post(f"{RETENTION}/erasures", json={"member_id": serving["member"]["id"], "reason": "本人の請求"})
    assert (refused.status_code, refused.json["reasons"]) == (403, ["still-serving"])
    body = {"id": str(make.new_id()), "member_id": seen["member"]["id"], "reason": "本人の請求"}
    assert places(bureau.post(f"{RETENTION}/erasures", json={**body, "reason": " "})) == {"/reason": "required"}
    made, again = (bureau.post(f"{RETENTION}/erasures", json=body) for _ in range(2))
    assert (made.status_code, made.json["member"]["number"], made.json) == (201, number, again.json)
    twice = bureau.post(f"{RETENTION}/erasures", json={**body, "id": str(make.new_id())})
    assert twice.json["code"] == "run-waits"
    assert bureau.post(f"{RETENTION}/runs/{body['id']}/undo").json["state"] == "undone"
    assert bureau.post(f"{RETENTION}/erasures", json={**body, "member_id": str(make.new_id())}).status_code == 409


def test_each_month_by_itself_once_it_is_switched_on(app, city, ask, gone) -> None:
    units = f"{API}/units/{{}}/settings"
    with time_machine.travel(dt.datetime(2029, 1, 31, 3, tzinfo=dt.UTC), tick=True) as clock:
        bureau = ask("bureau")
        for code, said, status in (("B", True, 200), ("S1", True, 422)):
            path = units.format(city.unit_id(code))
            seen = {"If-Match": bureau.get(path).headers["ETag"]}
            assert bureau.patch(path, json={"mark_monthly": said}, headers=seen).status_code == status
        while work_once(app):
            pass
        assert ask("bureau").get(f"{RETENTION}/runs").json["items"] == []
        clock.shift(dt.timedelta(days=1))
        while work_once(app):
            pass
        bureau = signed_in(app.test_client(), "bureau")
        (run,) = bureau.get(f"{RETENTION}/runs").json["items"]
        assert (run["state"], run["month"], run["planned"]) == ("waiting", "2029-02", {"draft": 1, "contact": 1})
        notice = next(one for one in bureau.get(f"{API}/notices").json["items"] if one["kind"] == "retention-marked")
        assert (notice["screen"]["kind"], notice["href"]) == ("retention", f"{RETENTION}/runs")
        assert "2件あり、3月3日(土)に消えます" in notice["text"]
        assert bureau.post(f"{RETENTION}/runs/{run['id']}/undo").json["state"] == "undone"


def test_the_setting_is_the_bureaus_alone(app, city) -> None:
    bureau, settings = visitor(app, "bureau"), f"{CONSOLE}/office/settings"
    assert "mark_monthly" in bureau.raw(settings).text
    assert "mark_monthly" not in bureau.raw(f"{settings}?unit_id={city.unit_id('S1')}").text
    assert "mark_monthly" not in visitor(app, "station").raw(settings).text
