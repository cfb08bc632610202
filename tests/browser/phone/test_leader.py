"""A squad leader on the way home: looks at what is doubtful, approves the rest at once, returns one, enters for others."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from playwright.sync_api import expect

from brigade.dates import month_before, month_bounds, month_of, utc_now
from tests.browser.phone.conftest import People, hours_ago
from tests.browser.phone.handset import CHROMIUM, Phone

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]

HALT = """() => {
  const later = setTimeout;
  window.setTimeout = (work, pause) => pause === 500 ? (window.halted = work) : later(work, pause);
}"""
"""The half second in which a new report's button takes no finger lasts until the test says ``halted()``."""


def test_a_squad_leader_approves_all_that_is_clean_at_once(phone: Phone, people: People) -> None:
    told = [people.report(login, hours_ago(5 + 24 * day)) for day, login in enumerate(("squad11a", "squad11b"))]
    phone.sign_in("squad11")
    phone.tap(phone.page.locator("#to-inbox"))
    expect(phone.page.get_by_role("heading", name="気になる所のないもの 2件")).to_be_visible()
    phone.tap("2件をまとめて承認する…")
    expect(phone.page.get_by_role("dialog")).to_contain_text("2人が出した2件です。")
    phone.tap(phone.page.get_by_role("dialog").get_by_role("button", name="承認する"))
    expect(phone.page.get_by_text("おつかれさまでした。")).to_be_visible()
    assert phone.taps == 3
    assert [people.ask("squad11", "GET", f"/activity-reports/{one['id']}")["awaiting"]["level"] for one in told] == [
        "company",
        "company",
    ]
    phone.open()
    expect(phone.page.get_by_role("link", name="承認待ちを見る")).to_be_visible()  # no number: nothing waits


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


def test_a_double_tap_does_not_decide_on_the_next_one(phone: Phone, people: People) -> None:
    unit_id = str(people.town.city.unit_id("K1-1-2"))
    far = hours_ago(56)
    told = [people.report("squad12b", far + dt.timedelta(hours=n), unit_id=unit_id, ended_at=(far + dt.timedelta(hours=n, minutes=5)).isoformat()) for n in range(2)]  # fmt: skip
    phone.sign_in("squad12")
    phone.open(f"#/look/{told[0]['id']}")
    approve = phone.page.get_by_role("button", name="承認する")
    expect(approve).to_be_enabled()
    phone.page.evaluate(HALT)
    phone.tap(approve)
    phone.until(f"() => location.hash === '#/look/{told[1]['id']}'")
    second = phone.page.get_by_role("button", name="承認する")
    expect(second).to_be_disabled()
    box = second.bounding_box()
    assert box is not None
    phone.page.touchscreen.tap(box["x"] + 20, box["y"] + 20)  # the other half of it, on what came under the finger
    expect(second).not_to_have_attribute("aria-busy", "true")
    assert people.ask("squad12", "GET", f"/activity-reports/{told[1]['id']}")["awaiting"]["level"] == "squad"
    phone.page.evaluate("halted()")
    phone.tap(second)
    expect(phone.page.get_by_role("heading", name="報告を見る")).to_have_count(0)
    assert people.ask("squad12", "GET", f"/activity-reports/{told[1]['id']}")["awaiting"]["level"] == "company"


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


def test_what_was_approved_is_taken_back_one_or_all_and_without_a_hurry(phone: Phone, people: People) -> None:
    unit_id = str(people.town.city.unit_id("K1-1-2"))
    told = [people.report("squad12a", hours_ago(4 + 24 * day), unit_id=unit_id) for day in range(3)]
    phone.sign_in("squad12")
    phone.tap(phone.page.locator("#to-inbox"))
    phone.tap("件をまとめて承認する…")
    phone.tap(phone.page.get_by_role("dialog").get_by_role("button", name="承認する"))
    expect(phone.page.get_by_text("おつかれさまでした。")).to_be_visible()
    phone.page.reload()  # nothing of it is kept on the phone: the server knows
    phone.tap(phone.page.locator("#to-undo"))
    phone.tap(phone.page.locator(f"[id='do-undo.one{told[0]['id']}']"))
    expect(phone.page.locator(f"#look-{told[0]['id']}")).to_be_visible()
    phone.tap(phone.page.locator("#to-undo"))
    people.approves("company1", people.ask("company1", "GET", f"/activity-reports/{told[1]['id']}"))
    phone.tap("件を元に戻す")
    expect(phone.page.get_by_role("alert")).to_contain_text("1件は元に戻せませんでした。")
    phone.open("#/inbox")
    expect(phone.page.locator(f"#look-{told[2]['id']}")).to_be_visible()
    levels = [people.ask("squad12a", "GET", f"/activity-reports/{one['id']}")["awaiting"]["level"] for one in told]
    assert levels == ["squad", "brigade", "squad"]


def test_of_more_than_the_list_holds_the_last_approved_is_taken_back(phone: Phone, people: People) -> None:
    unit_id = str(people.town.city.unit_id("K1-1-2"))
    told = [people.report("squad12a", hours_ago(13 + 24 * day), unit_id=unit_id) for day in range(3)]
    phone.sign_in("squad12")
    for report in told:
        people.approves("squad12", report)
    phone.page.route(
        "**/inbox/undoable*", lambda route: route.continue_(url=route.request.url.replace("limit=100", "limit=2"))
    )
    phone.open("#/undo")
    expect(phone.page.locator(f"[id='do-undo.one{told[2]['id']}']")).to_be_visible()
    assert [one.get_attribute("id") for one in phone.page.locator("[id^='do-undo.one']").all()] == [
        f"do-undo.one{one['id']}" for one in (told[2], told[1])
    ]
    expect(phone.page.get_by_role("main")).to_contain_text("残りはそのあとに出ます。")
    phone.open("#/inbox")
    expect(phone.page.locator("#to-undo")).to_contain_text("2＋件")


def test_reports_of_one_event_stand_together_and_doubtful_ones_first(phone: Phone, people: People) -> None:
    unit_id = str(people.town.city.unit_id("K1-1-1"))
    event = people.event(hours_ago(125), "放水訓練", unit_ids=[unit_id])
    start = dt.datetime.fromisoformat(event["started_at"])
    own = people.report("squad11a", start, event_id=event["id"], unit_id=unit_id)
    late = people.report(
        "squad11b", start, event_id=event["id"], unit_id=unit_id, ended_at=(start + dt.timedelta(hours=9)).isoformat()
    )
    other = people.report("squad11b", hours_ago(145), unit_id=unit_id)
    phone.sign_in("squad11")
    phone.tap(phone.page.locator("#to-inbox"))
    expect(phone.page.get_by_role("heading", name="確かめてください 1件")).to_be_visible()
    assert phone.page.locator("[id^=look-]").first.get_attribute("id") == f"look-{late['id']}"
    heap = phone.page.locator(".heap").filter(has=phone.page.get_by_role("heading", name="放水訓練"))
    assert [one.get_attribute("id") for one in heap.locator("[id^=look-]").all()] == [f"look-{own['id']}"]
    rest = phone.page.locator(".heap").filter(has=phone.page.get_by_role("heading", name="行事のほか"))
    assert [one.get_attribute("id") for one in rest.locator("[id^=look-]").all()] == [f"look-{other['id']}"]
    console = people.ask("squad11", "GET", "/inbox")["items"]
    warnings = next(one["warnings"] for one in console if one["id"] == late["id"])
    for warning in warnings:
        expect(phone.page.locator(f"#look-{late['id']}")).to_contain_text(warning["message"])


def test_a_leader_withdraws_what_came_back_to_somebody_who_left(phone: Phone, people: People) -> None:
    city = people.town.city
    both = [{"member_id": str(city.member_id(login))} for login in ("squad12-deputy", "squad12b")]
    report = people.report("squad12-deputy", hours_ago(52), unit_id=str(city.unit_id("K1-1-2")), participants=both)
    people.returns(report)
    people.leaves("squad12-deputy")
    phone.sign_in("squad12")
    phone.open("#/inbox")
    phone.tap(phone.page.locator("#returned summary"))
    expect(phone.page.locator("#returned summary")).to_contain_text("件")
    phone.tap(phone.page.locator(f"#look-{report['id']}"))
    expect(phone.page.get_by_role("definition").filter(has_text=report["author"]["name"])).to_have_count(3)
    phone.tap("取り下げる…", "link")
    expect(phone.page.get_by_text("取り下げると元に戻せません。")).to_be_visible()
    expect(phone.page.get_by_text("報告に名前のあるほかの人に知らせます。")).to_be_visible()
    phone.tap("取り下げる")
    expect(phone.page.get_by_role("alert")).to_contain_text("わけを入れてください。")
    phone.page.get_by_label("わけ").fill("二重の報告でした。")
    phone.tap("取り下げる")
    expect(phone.page.get_by_label("わけ")).to_have_count(0)  # on to whatever else waits
    assert people.ask("squad12", "GET", f"/activity-reports/{report['id']}")["state"] == "withdrawn"


def test_what_is_doubtful_about_a_vehicle_is_set_aside_before_many_are_approved(
    phone: Phone, people: People, truck: str
) -> None:
    unit_id = str(people.town.city.unit_id("K1-1-2"))
    start, run = hours_ago(130), {"kind": "V-01", "vehicle_ids": [truck]}
    first = people.report("squad12b", start, **run, unit_id=unit_id, details={"odometer_end_km": 500})
    people.approves("squad12", first)
    clean = [people.report("squad12a", start + dt.timedelta(days=2), unit_id=unit_id)]
    odd = people.report("squad12a", start + dt.timedelta(days=1), **run, unit_id=unit_id,
                        participants=[{"member_id": str(people.town.city.member_id("squad12a")), "role": "driver"}],
                        details={"odometer_start_km": 90, "odometer_end_km": 99})  # fmt: skip
    clean.append(people.report("squad12a", start + dt.timedelta(days=3), unit_id=unit_id))
    # Before they are approved the list is read to its end, however many pages that are: here each has one.
    phone.page.route(
        "**/inbox?limit=100&vehicles=true*",
        lambda route: route.continue_(url=route.request.url.replace("limit=100", "limit=1")),
    )
    phone.sign_in("squad12")
    phone.open("#/inbox")
    expect(phone.page.locator(f"#look-{odd['id']}.warn")).to_have_count(0)  # a list does not compare it
    phone.tap("件をまとめて承認する…")
    expect(phone.page.get_by_role("dialog")).to_contain_text(
        "車両や距離計に確かめる所がある1件は、承認せずに残します。"
    )
    phone.tap(phone.page.get_by_role("dialog").get_by_role("button", name="承認する"))
    expect(phone.page.locator(f"#look-{odd['id']}.warn")).to_contain_text("距離計")
    for one in clean:
        expect(phone.page.locator(f"#look-{one['id']}")).to_have_count(0)
    levels = [people.ask("squad12", "GET", f"/activity-reports/{one['id']}")["awaiting"]["level"] for one in (odd, *clean)]  # fmt: skip
    assert levels == ["squad", "company", "company"]


def test_a_squad_without_activity_says_so_of_last_month(phone: Phone, people: People) -> None:
    unit_id = people.town.city.unit_id("K1-2-2")
    month = month_before(month_of(utc_now()))

    def own() -> dict[str, Any]:
        return people.ask("squad22", "GET", f"/months/{month}?unit_id={unit_id}")["progress"]["units"][0]

    phone.sign_in("squad22")
    phone.open("#/told/month")
    expect(phone.page.get_by_role("heading", name="先月の締め")).to_be_visible()
    expect(phone.page.get_by_text("この月の報告がまだありません。")).to_be_visible()
    phone.tap("活動なしにする")
    expect(phone.page.get_by_text("活動なしにしてあります。")).to_be_visible()
    assert (own()["nil"], own()["owing"]) == (1, [])
    phone.tap("活動なしを取り消す")
    expect(phone.page.get_by_text("この月の報告がまだありません。")).to_be_visible()
    assert own()["owing"] == [str(unit_id)]
    people.report("squad22a", month_bounds(month)[0] + dt.timedelta(hours=10), unit_id=str(unit_id))
    phone.open("#/")
    phone.open("#/month")
    expect(phone.page.get_by_text("この月の報告が1件あります。")).to_be_visible()
    expect(phone.page.get_by_role("button", name="活動なしにする")).to_have_count(0)
