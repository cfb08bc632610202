"""Practice: everything as it is, on a store of its own, and not one request of it reaches the API."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.phone.conftest import People
from tests.browser.phone.handset import CHROMIUM, Phone
from tests.browser.phone.looking import sideways, small_targets, violations

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]


def test_practice_sends_nothing_and_says_so_on_every_screen(phone: Phone, people: People) -> None:
    page = phone.page
    phone.sign_in("squad12b")
    phone.open("#/help")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if "/api/" in request.url else None)
    phone.tap(page.locator("#practise"))
    banner = page.get_by_role("link", name="練習です。何も送りません。")
    expect(banner).to_be_visible()
    expect(page.get_by_role("link", name="出ました")).to_be_visible()
    faults = [*violations(page), *small_targets(page)]
    phone.tap("出ました", "link")
    expect(banner).to_be_visible()
    phone.tap("提出する")
    expect(page.get_by_text("届きました。")).to_be_visible()
    expect(banner).to_be_visible()
    phone.tap("ホームへ", "link")
    phone.tap(page.locator("[id^=returned-]"))
    phone.tap("終わり ＋15分")
    phone.tap("直して提出する")
    expect(page.get_by_text("届きました。")).to_be_visible()
    phone.tap("ホームへ", "link")
    expect(page.get_by_text("報告を待っている行事はありません。")).to_be_visible()
    phone.tap("ほかの活動を報告する", "link")
    phone.tap("訓練 ポンプ操法や放水")
    phone.tap("きのう")
    for _ in range(3):
        phone.tap("つぎへ")
    expect(banner).to_be_visible()
    phone.tap("提出する")
    expect(page.get_by_text("届きました。")).to_be_visible()
    phone.tap(page.get_by_role("navigation").get_by_role("link", name="これまで"))
    expect(page.get_by_role("alert")).to_contain_text("練習では使えません")
    assert sideways(page) <= 0
    assert (faults, asked) == ([], [])
    assert people.reports_of("squad12b") == []
    assert phone.kept("queue") == []
    phone.tap(banner)
    expect(banner).to_have_count(0)
    expect(page.get_by_role("link", name="ほかの活動を報告する")).to_be_visible()
    assert page.evaluate("() => import('/phone/store.js').then(store => store.all('known', 'reports/'))") == []


def test_practice_without_having_signed_in_leads_to_signing_in(phone: Phone) -> None:
    phone.open("?practice")
    expect(phone.page.get_by_label("ログインID")).to_be_visible()
    assert "practice" not in phone.page.url
