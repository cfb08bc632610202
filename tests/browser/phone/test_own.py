"""One's own matters: signing out a lost phone, and saying that something in the record is not so."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests import make
from tests.browser.phone.conftest import People, hours_ago
from tests.browser.phone.handset import CHROMIUM, Phone
from tests.faults.wire import Person

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]


def test_a_lost_phone_is_signed_out(phone: Phone, people: People) -> None:
    lost = Person(people.town.port, "squad21a", make.PASSWORD)
    phone.sign_in("squad21a")
    phone.open("#/settings")
    phone.tap("ログイン中の電話など", "link")
    expect(phone.page.get_by_text("（この電話）")).to_have_count(1)
    phone.tap("ログアウトさせる")
    phone.tap(phone.page.get_by_role("dialog").get_by_role("button", name="ログアウトさせる"))
    expect(phone.page.get_by_role("button", name="ログアウトさせる")).to_have_count(0)
    assert lost.ask("GET", "/me").status == 401
    phone.open("#/settings")
    expect(phone.page.locator("#line a")).to_have_count(0)  # this one stays signed in


def test_what_is_wrong_is_told_to_the_station_and_taken_back(phone: Phone, people: People) -> None:
    report = people.report("squad22", hours_ago(20), unit_id=str(people.town.city.unit_id("K1-2-2")), participants=[
        {"member_id": str(people.town.city.member_id(login))} for login in ("squad22", "squad22b")
    ])  # fmt: skip
    phone.sign_in("squad22b")
    phone.open(f"#/record/{report['month']}")
    phone.tap(phone.page.locator(f"#dispute-{report['id']}"))
    phone.tap("消防署に申し出る")
    expect(phone.page.get_by_role("alert")).to_contain_text("何がちがうかを選び")
    phone.tap("出ていない", "radio")
    phone.page.get_by_label("どうちがうか").fill("その日は仕事で、出ていません。")
    phone.tap("消防署に申し出る")
    expect(phone.page.get_by_role("button", name="申し出を取り下げる")).to_be_visible()
    [raised] = people.ask("squad22b", "GET", "/me/disputes")["items"]
    assert (raised["report_id"], raised["kind"], raised["state"]) == (report["id"], "not-there", "open")
    assert [one["id"] for one in people.ask("station", "GET", "/disputes")["items"]] == [raised["id"]]
    phone.tap("申し出を取り下げる")
    expect(phone.page.locator(".sums")).to_be_visible()
    [withdrawn] = people.ask("squad22b", "GET", "/me/disputes")["items"]
    assert withdrawn["state"] == "withdrawn"
