"""A member asks about their own data on the phone, reads the bureau's answer there, and takes a request back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.phone.conftest import People
from tests.browser.phone.handset import CHROMIUM, Phone

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]


def test_asked_answered_and_taken_back(phone: Phone, people: People) -> None:
    phone.sign_in("squad22b")
    phone.open("#/settings")
    phone.tap("自分の情報の請求", "link")
    phone.tap("間違いを直してほしい", "radio")
    phone.tap("事務局に請求する")
    expect(phone.page.get_by_role("alert")).to_contain_text("どこをどう直すかも書いてください")
    phone.page.get_by_label("どの記録を").fill("名前の読みが違います。")
    phone.tap("事務局に請求する")
    expect(phone.page.get_by_text("答えを待っています")).to_be_visible()
    (asked,) = people.ask("bureau", "GET", "/data-requests")["items"]
    assert (asked["kind"], asked["words"], asked["state"]) == ("correct", "名前の読みが違います。", "open")
    people.ask("bureau", "POST", f"/data-requests/{asked['id']}/accept", {"answer": "名簿を直しました。"})
    phone.open("#/notices")
    phone.tap(phone.page.get_by_role("link", name="請求が認められました"))
    expect(phone.page.get_by_text("名簿を直しました。")).to_be_visible()
    phone.tap("記録を見せてほしい", "radio")
    phone.tap("事務局に請求する")
    phone.tap("取り下げる")
    expect(phone.page.get_by_text("取り下げました")).to_be_visible()
    assert people.ask("bureau", "GET", "/data-requests")["items"] == []


def test_an_active_member_reads_why_and_what_to_do(phone: Phone, people: People) -> None:
    phone.sign_in("squad22a")
    phone.open("#/requests")
    phone.tap("消してほしい", "radio")
    phone.tap("事務局に請求する")
    alert = phone.page.get_by_role("alert")
    expect(alert).to_contain_text("在籍している間は消去できません")
    expect(alert).to_contain_text("退団の届を出してください")
