"""A member's evening on the phone: take part in two taps, report anything in eight, put a returned report right in four."""

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


def test_taking_part_is_two_taps(phone: Phone, people: People) -> None:
    event = people.event(hours_ago(3))
    phone.sign_in("squad11a")
    phone.tap("出ました", "link")
    phone.tap("提出する")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    assert phone.taps == 2
    [report] = people.reports_of("squad11a")
    assert (report["event_id"], report["state"], report["place"]) == (event["id"], "in_review", event["place"])
    expect(phone.page.get_by_text("いまここ：第1分団第1班 班長")).to_be_visible()
    phone.tap("ホームへ", "link")
    expect(phone.page.get_by_text("報告を待っている行事はありません。")).to_be_visible()


def test_taking_part_at_other_times_is_five_taps(phone: Phone, people: People) -> None:
    event = people.event(hours_ago(30), "夜間訓練")
    phone.sign_in("squad11-deputy")
    phone.tap(phone.page.locator(f"#went-{event['id']}"))
    phone.tap("時刻がちがう")
    phone.tap("終わり ＋15分")
    phone.tap("終わり ＋15分")
    phone.tap("提出する")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    assert phone.taps == 5
    [report] = people.reports_of("squad11-deputy")
    late = dt.datetime.fromisoformat(report["ended_at"]) - dt.datetime.fromisoformat(event["ended_at"])
    assert late == dt.timedelta(minutes=30)


def test_a_new_report_is_eight_taps_at_most(phone: Phone, people: People) -> None:
    phone.sign_in("squad11b")
    phone.tap("ほかの活動を報告する", "link")
    phone.tap("訓練 ポンプ操法や放水")
    phone.tap("きのう")
    phone.tap("つぎへ")
    phone.tap("つぎへ")
    phone.tap("つぎへ")
    phone.tap("提出する")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    assert phone.taps <= 8
    [report] = people.reports_of("squad11b")
    yesterday = (dt.datetime.fromisoformat(report["created_at"]) - dt.timedelta(days=1)).date()
    assert (report["kind"], report["state"], report["started_at"][:10]) == ("T-01", "in_review", yesterday.isoformat())
    assert [one["member_id"] for one in report["participants"]] == [str(people.town.city.member_id("squad11b"))]


def test_a_returned_report_is_put_right_in_four_taps(phone: Phone, people: People) -> None:
    report = people.returns(people.report("squad12a", hours_ago(50), **_in(people, "K1-1-2")), "/ended_at")
    phone.sign_in("squad12a")
    phone.tap(phone.page.locator("#returned-" + report["id"]))
    expect(phone.page.get_by_text("確かめてください。")).to_be_visible()
    expect(phone.page.get_by_text("片付けまで入れてください。")).to_be_visible()
    assert phone.page.get_by_role("group", name="始め").count() == 0  # only what was remarked is open
    phone.tap("終わり ＋15分")
    phone.tap("直して提出する")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    assert phone.taps <= 4
    [now] = people.reports_of("squad12a")
    assert (now["id"], now["state"]) == (report["id"], "in_review")
    late = dt.datetime.fromisoformat(now["ended_at"]) - dt.datetime.fromisoformat(report["ended_at"])
    assert late == dt.timedelta(minutes=15)


def _in(people: People, code: str) -> dict[str, str]:
    return {"unit_id": str(people.town.city.unit_id(code))}
