"""A squad leader on the way home: looks at what is doubtful, approves the rest at once, returns one, enters for others."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import expect

from tests.browser.phone.conftest import People, hours_ago
from tests.browser.phone.handset import CHROMIUM, Phone

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]


def test_a_squad_leader_approves_all_that_is_clean_at_once(phone: Phone, people: People) -> None:
    told = [people.report(login, hours_ago(5 + 24 * day)) for day, login in enumerate(("squad11a", "squad11b"))]
    phone.sign_in("squad11")
    phone.tap(phone.page.locator("#to-inbox"))
    expect(phone.page.get_by_role("heading", name="気になる所のないもの 2件")).to_be_visible()
    phone.tap("まとめて承認する…")
    expect(phone.page.get_by_role("dialog")).to_contain_text("2人が出した2件です。")
    phone.tap(phone.page.get_by_role("dialog").get_by_role("button", name="承認する"))
    expect(phone.page.get_by_text("おつかれさまでした。")).to_be_visible()
    assert phone.taps == 3
    assert [people.ask("squad11", "GET", f"/activity-reports/{one['id']}")["awaiting"]["level"] for one in told] == [
        "company",
        "company",
    ]
    phone.open()
    expect(phone.page.locator("#to-inbox")).to_have_count(0)


def test_a_squad_leader_returns_one_with_fields_a_phrase_and_a_line(phone: Phone, people: People) -> None:
    report = people.report("squad12a", hours_ago(40), unit_id=str(people.town.city.unit_id("K1-1-2")))
    phone.sign_in("squad12")
    phone.tap(phone.page.locator("#to-inbox"))
    phone.tap(phone.page.locator(f"#look-{report['id']}"))
    expect(phone.page.get_by_role("definition").filter(has_text=report["author"]["name"]).first).to_be_visible()
    phone.tap("差し戻す…", "link")
    phone.tap("差し戻す")
    expect(phone.page.get_by_role("alert")).to_contain_text("直すところか、わけか、ひとこと")
    phone.tap("終わりの時刻", "checkbox")
    phone.tap(phone.page.get_by_role("radio").first)
    phone.page.get_by_label("ひとこと").fill("片付けまで入れてください。")
    phone.tap("差し戻す")
    expect(phone.page.get_by_text("おつかれさまでした。")).to_be_visible()
    [now] = [one for one in people.reports_of("squad12a") if one["id"] == report["id"]]
    assert now["state"] == "returned"
    history = people.ask("squad12a", "GET", f"/activity-reports/{report['id']}/history")["items"]
    assert history[-1]["comment"] == "片付けまで入れてください。"
    assert [(one["pointer"], one["reason"] != "other") for one in history[-1]["remarks"]] == [("/ended_at", True)]


def test_one_that_somebody_else_decided_says_so(phone: Phone, people: People) -> None:
    unit_id = str(people.town.city.unit_id("K1-1-2"))
    report = people.report("squad12b", hours_ago(44), unit_id=unit_id)
    phone.sign_in("squad12")
    phone.open(f"#/look/{report['id']}")
    expect(phone.page.get_by_role("button", name="承認する")).to_be_visible()
    people.returns(report)
    phone.tap("承認する")
    expect(phone.page.get_by_role("alert")).to_be_visible()
    phone.page.reload()
    expect(phone.page.get_by_text("いまはあなたの番ではありません。")).to_be_visible()


def test_a_squad_leader_enters_for_those_without_a_phone(phone: Phone, people: People) -> None:
    event = people.event(hours_ago(70), "夜警")
    there = people.report("squad11b", dt.datetime.fromisoformat(event["started_at"]), event_id=event["id"])
    phone.sign_in("squad11")
    phone.tap(phone.page.locator(f"#roster-{event['id']}"))
    expect(phone.page.get_by_text("もう報告した人：団員 squad11b")).to_be_visible()
    assert phone.page.get_by_role("checkbox").count() == phone.page.get_by_role("checkbox", checked=True).count() > 1
    phone.tap(phone.page.get_by_role("checkbox", name="squad11a"))
    phone.tap("提出する")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    assert phone.taps == 3
    [made] = [one for one in people.reports_of("squad11") if one["event_id"] == event["id"]]
    named = {one["member_id"] for one in made["participants"]}
    assert str(people.town.city.member_id("squad11a")) not in named
    assert str(people.town.city.member_id("squad11")) in named
    assert not named & {one["member_id"] for one in there["participants"]}
    assert made["entry_mode"] == "roster"
