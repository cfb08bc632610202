"""A report that begins as an earlier one: what is copied, what is not, and that it can be done without a signal."""

from __future__ import annotations

import datetime as dt

import pytest
from playwright.sync_api import expect

from brigade.dates import TOKYO
from tests.browser.phone.conftest import People, hours_ago, named
from tests.browser.phone.handset import CHROMIUM, Phone

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]
PARTS = "async () => (await Promise.all((await caches.keys()).map(async name => (await (await caches.open(name)).keys()).map(one => new URL(one.url).pathname)))).flat().includes('/phone/after/copy.js')"


def test_last_months_drill_is_the_start_of_this_months(phone: Phone, people: People, truck: str) -> None:
    there = [{"member_id": str(people.town.city.member_id(login)), "injured": login == "squad11b"} for login in ("squad11", "squad11a", "squad11b")]  # fmt: skip
    start = hours_ago(30 * 24).replace(hour=6, minute=5)
    old = people.report("squad11", start, participants=there, place="河川敷", summary="放水訓練", vehicle_ids=[truck])  # fmt: skip
    people.leaves("squad11b")
    phone.sign_in("squad11")
    phone.keeps_itself()
    phone.until(PARTS)
    phone.context.set_offline(True)
    phone.open("#/new")
    phone.tap("前の報告をもとに作る", "link")
    phone.tap(phone.page.locator(f"#copy-{old['id']}"))
    expect(phone.page.get_by_text("の報告から写しました。")).to_be_visible()
    expect(phone.page.get_by_text("いまの名簿にない1人は、写していません。")).to_be_visible()
    expect(phone.page.get_by_role("definition").filter(has_text=named(people, truck))).to_be_visible()
    expect(phone.page.get_by_role("definition").filter(has_text="6:05–8:05")).to_be_visible()
    phone.page.reload()
    expect(phone.page.get_by_text("の報告から写しました。")).to_be_visible()
    if dt.datetime.now(TOKYO).hour < 9:  # six o'clock of today is still to come
        phone.tap("日を直す", "link")
        phone.tap("きのう")
        for _ in range(3):
            phone.tap("つぎへ")
    phone.tap("提出する")
    expect(phone.page.get_by_text("電波が届かないため")).to_be_visible()
    phone.context.set_offline(False)
    phone.page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    new = people.reports_of("squad11")[0]
    assert new["id"] != old["id"]
    assert [one["member_id"] for one in new["participants"]] == [one["member_id"] for one in there[:2]]
    assert [one["injured"] for one in new["participants"]] == [False, False]
    assert (new["kind"], new["place"], new["vehicle_ids"]) == ("T-01", "河川敷", old["vehicle_ids"])
    assert (new["summary"], new["details"], new["attachments"]) == ("", {}, [])


def test_a_vehicle_can_be_left_out_and_nothing_begun_is_lost(phone: Phone, people: People, truck: str) -> None:
    old = people.report("squad11a", hours_ago(25 * 24).replace(hour=3, minute=0), vehicle_ids=[truck])
    phone.sign_in("squad11a")
    phone.open("#/copy")
    phone.tap(phone.page.locator(f"#copy-{old['id']}"))
    phone.tap("使った車両を直す", "link")
    phone.tap(phone.page.get_by_role("checkbox", name=named(people, truck)))
    phone.tap("つぎへ")
    phone.tap("日を直す", "link")
    phone.tap("きのう")
    for _ in range(3):
        phone.tap("つぎへ")
    expect(phone.page.get_by_role("link", name="使った車両を直す")).to_be_visible()
    expect(phone.page.get_by_role("definition").filter(has_text=named(people, truck))).to_have_count(0)
    phone.open("#/copy")
    phone.tap(phone.page.locator(f"#copy-{old['id']}"))
    expect(phone.page.get_by_role("dialog")).to_contain_text("書きかけの報告が、代わりに消えます。")
    phone.tap("やめる")
    phone.open("#/new/check")
    phone.tap("提出する")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    assert people.reports_of("squad11a")[0]["vehicle_ids"] == []


def test_who_has_no_report_is_not_offered_it(phone: Phone) -> None:
    phone.sign_in("squad22a")
    phone.open("#/new")
    expect(phone.page.locator("#kind-T-01")).to_be_visible()
    expect(phone.page.get_by_role("link", name="前の報告をもとに作る")).to_have_count(0)
