"""A leader plans an event on the console, changes it, calls it off and holds it after all."""

from __future__ import annotations

import pytest

from tests import make
from tests.api.asking import file
from tests.api.planning import EVENTS, made, plan
from tests.api.visiting import CONSOLE, visitor

NEW = {"title": "夜間訓練", "kind": "T-01", "day": "2026-12-02", "place": "器具置場", "note": "長靴\r\n雨具"}


def planned(leader, **said):
    """The page after planning."""
    form = leader.get(f"{CONSOLE}/plans/new").form("/plans/new")
    form.pop("unit", None)
    return leader.send(form, unit_id=said.pop("unit_id", ""), **NEW | said)


@pytest.fixture
def leader(app):
    """The leader of company 1 at the console."""
    return visitor(app, "company1")


def test_it_is_planned_for_the_whole_company(ask, city, leader) -> None:
    page = planned(leader, unit_id=str(city.unit_id("K1-1")))
    assert "行事を計画しました（1回）" in page.text
    assert "夜間訓練" in page.text
    (event,) = ask("squad11a").get(f"{EVENTS}?from=2026-12-01T00:00:00%2B09:00").json["items"]
    assert event["unit_ids"] == [str(city.unit_id("K1-1"))]
    assert (event["started_at"][:16], event["ended_at"][:16]) == ("2026-12-02T19:00", "2026-12-02T21:00")
    assert event["note"] == "長靴\n雨具"
    assert "夜間訓練" in leader.get(f"{CONSOLE}/plans").text


def test_the_calendar_of_ones_own_is_on_the_phones_pages(app, city, leader) -> None:
    there = "/phone/#/calendar"
    officer = visitor(app, "station")
    assert there in leader.get(f"{CONSOLE}/plans").links
    assert there not in officer.get(f"{CONSOLE}/plans").links  # these are seldom in an officer's own calendar
    assert all(there in one.get(f"{CONSOLE}/account").links for one in (leader, officer, visitor(app, "squad11a")))


def test_sent_twice_it_is_planned_once(ask, city, leader) -> None:
    form = leader.get(f"{CONSOLE}/plans/new").form("/plans/new")
    for _ in range(2):
        page = leader.send(form, unit_id=str(city.unit_id("K1-1")), **NEW)
        assert page.status == 200
        assert "夜間訓練" in page.text
    assert len(ask("squad11a").get(f"{EVENTS}?from=2026-12-01T00:00:00%2B09:00").json["items"]) == 1


@pytest.mark.parametrize(
    ("every", "days"),
    [
        ("week", ["02", "09", "16"]),
        ("month-weekday", ["2026-12-02", "2027-01-06", "2027-02-03"]),
        ("month-day", ["2026-12-02", "2027-01-02", "2027-02-02"]),
    ],
)
def test_it_repeats(ask, city, leader, every, days) -> None:
    squad = str(city.unit_id("K1-1-2"))
    page = planned(leader, unit_id=str(city.unit_id("K1-1")), unit=[squad], every=every, count="3")
    assert "（3回）" in page.text
    found = ask("squad12a").get(f"{EVENTS}?from=2026-12-01T00:00:00%2B09:00").json["items"]
    assert [one["started_at"][:10].endswith(day) for one, day in zip(found, days, strict=True)] == [True] * 3
    assert {tuple(one["unit_ids"]) for one in found} == {(squad,)}
    page = leader.send(page.form("/cancel"), reason="冬休み", scope="following")
    assert "中止にしました" in page.text
    found = ask("squad12a").get(f"{EVENTS}?from=2026-12-01T00:00:00%2B09:00").json["items"]
    assert {one["state"] for one in found} == {"cancelled"}


def test_what_is_wrong_is_told_beside_its_field(city, leader) -> None:
    for said in (
        {"title": ""}, {"title": "あ" * 101}, {"day": ""}, {"start": "25:00"}, {"place": "あ" * 101},
        {"every": "week", "count": "1"}, {"every": "week", "count": "x"}, {"kind": "nope"},
    ):  # fmt: skip
        page = planned(leader, unit_id=str(city.unit_id("K1-1")), **said)
        assert page.status == 422, said
        assert "入力内容" in page.text or "確かめてください" in page.text
    assert planned(leader, unit_id="x").status == 404
    assert planned(leader, unit_id=str(city.unit_id("S1"))).status == 403


def test_it_is_changed_called_off_and_held_after_all(ask, city, leader) -> None:
    event = made(ask("company1"), plan(city))
    at = f"{CONSOLE}/plans/{event['id']}"
    page = leader.get(leader.get(at).link("/change"))
    form = page.form("/change")
    page = leader.send(form, kind="T-01", place="河川敷", end="13:00", unit=[str(city.unit_id("K1-1-1"))], note="")
    assert "行事の内容を変えました" in page.text
    assert "河川敷" in page.text
    now = ask("company1").get(f"{EVENTS}/{event['id']}").json
    assert (now["place"], now["unit_ids"]) == ("河川敷", [str(city.unit_id("K1-1-1"))])
    assert leader.send(form, kind="T-01", place="別の所", note="").status == 412
    assert leader.send(page.form("/cancel"), reason=" ").status == 422
    page = leader.send(page.form("/cancel"), reason="台風のため")
    assert "台風のため" in page.text
    assert not [link for link in page.links if link.endswith("/change")]
    page = leader.send(page.form("/reopen"))
    assert "中止を取り消しました" in page.text


def test_a_report_stands_against_it(ask, city, leader) -> None:
    event = made(ask("company1"), plan(city, day=18))
    body = make.body(city, "K1-1-1", "squad11a", day=18)
    report = file(ask("squad11a"), {**body, "event_id": event["id"]})
    at = f"{CONSOLE}/plans/{event['id']}"
    page = leader.send(leader.get(at).form("/cancel"), reason="雨")
    assert page.status == 409
    assert report["number"] in page.text
    page = leader.send(leader.get(f"{at}/change").form("/change"), kind="T-01", day="2026-11-19", note="")
    assert page.status == 422
    assert report["number"] in page.text


def test_others_may_look_and_no_more(app, ask, city) -> None:
    event = made(ask("company1"), plan(city))
    at = f"{CONSOLE}/plans/{event['id']}"
    squad = visitor(app, "squad11")
    page = squad.get(at)
    assert page.status == 200
    assert not [form for form in page.forms if "/plans/" in form.action]
    assert squad.get(f"{at}/change").status == 404
    form = visitor(app, "company1").get(at).form("/cancel")
    form["token"] = squad.get(f"{CONSOLE}/plans/new").form("/plans/new")["token"]
    assert squad.send(form, reason="いや").status == 403
    assert visitor(app, "company2").get(at).status == 404
