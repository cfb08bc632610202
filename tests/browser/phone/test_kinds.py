"""Every kind of activity that the phone offers, with every field of it; and a vehicle's run, which hangs on its vehicle."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Locator, expect

from brigade.activity.kind_types import ActivityKind, KindField
from brigade.activity.kinds import catalogue
from tests.browser.phone.conftest import People, hours_ago, named
from tests.browser.phone.handset import CHROMIUM, Phone
from tests.browser.phone.looking import sideways, small_targets

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="chromium is not on this machine"),
    pytest.mark.xdist_group("browser"),
]
NOT_HERE = {"N-01": "of what is to come", "I-01": "confidential: kept on no phone"}
PARTS = "async () => (await Promise.all((await caches.keys()).map(async name => (await (await caches.open(name)).keys()).map(one => new URL(one.url).pathname)))).flat().includes('/phone/after/fields.js')"
SPAN = """async (days) => {
  const { draft, save } = await import("/phone/draft.js");
  const { addDays, dayOf, now } = await import("/phone/clock.js");
  const begun = await draft();
  await save({ ...begun, place: "本町二丁目", span: { day: addDays(dayOf(now()), -days), start: 1380, end: 1500 } });
}"""
DONE = """async () => {
  const [one] = await (await import("/phone/store.js")).all("queue");
  return location.hash.startsWith("#/sent") && Boolean(!one || one.problem);
}"""


def drawn(kind: ActivityKind) -> list[KindField]:
    return [field for field in kind.fields if field.type != "uuid"]


def fill(phone: Phone, where: Locator, field: KindField, name: str, n: int) -> None:
    """A good value, by the finger. ``n`` lets what stands in an order go up."""
    if field.type in ("choice", "choices"):
        where.locator(f"[id='{name}-{field.options[0].value}']").check()
    elif field.type == "boolean":
        where.locator(f"[id='{name}-yes']").check()
    elif field.type == "items":
        phone.tap(where.locator(f"#add-{field.name}"))
        row = where.get_by_role("group", name=f"{field.label.ja} 1")
        for column in (one for one in field.fields if one.type != "uuid"):
            fill(phone, row, column, f"{field.name}-0-{column.name}", n)
    else:
        values: dict[str, Any] = {
            "text": "12", "integer": field.min or 0, "decimal": (field.min or 0) + n, "instant": f"23:{n:02}",
            "date": "2030-04-01",
        }  # fmt: skip
        if field.type == "decimal" and field.max is not None and values["decimal"] > field.max:
            values["decimal"] = field.max
        where.get_by_label(field.label.ja, exact=False).first.fill(str(values[field.type]))


def test_every_kind_is_filed_with_all_that_it_asks_for(phone: Phone, people: People, truck: str) -> None:
    phone.sign_in("squad11a")
    phone.open("#/new")
    expect(phone.page.locator("#kind-V-01")).to_be_visible()
    offered = {one.get_attribute("id") or "" for one in phone.page.locator("[id^=kind-]").all()}
    assert offered == {f"kind-{kind.code}" for kind in catalogue() if kind.code not in NOT_HERE}
    for days, kind in enumerate((one for one in catalogue() if one.code not in NOT_HERE), start=2):
        phone.open("#/new")
        phone.tap(phone.page.locator(f"#kind-{kind.code}"))
        expect(phone.page.locator("#day-0")).to_be_visible()
        phone.page.evaluate(SPAN, days)
        phone.open("#/new/what")
        fold = phone.page.locator("summary")
        fold.tap()
        main = phone.page.get_by_role("main")
        for n, field in enumerate(drawn(kind)):
            fill(phone, main, field, field.name, n)
        assert sideways(phone.page) == 0
        assert small_targets(phone.page) == []
        phone.tap("つぎへ")
        if kind.code == "S-01":  # what was written is open when one comes back to it
            phone.tap(phone.page.get_by_role("link", name="調べた水利を直す"))
            expect(phone.page.get_by_label("水利の番号")).to_have_value("12")
            phone.tap("調べた水利 1 を消す")
            expect(phone.page.get_by_role("dialog")).to_contain_text("元に戻せません。")
            phone.tap("やめる")
            phone.tap("つぎへ")
        phone.tap("提出する")
        phone.until(DONE)
        assert [one["problem"] for one in phone.kept("queue")] == []
        [report] = [one for one in people.reports_of("squad11a") if one["kind"] == kind.code]
        assert set(report["details"]) == {field.name for field in drawn(kind)}


def test_a_run_of_a_vehicle_is_written_without_a_signal_and_put_right(phone: Phone, people: People, truck: str) -> None:
    start = hours_ago(24 * 40)
    there = [{"member_id": str(people.town.city.member_id("squad11b")), "role": "driver"}]
    old = {"kind": "V-01", "vehicle_ids": [truck], "participants": there, "details": {"odometer_end_km": 18320}}
    people.report("squad11b", start, **old)
    phone.sign_in("squad11b")
    phone.keeps_itself()
    phone.until(PARTS)
    phone.context.set_offline(True)
    phone.open("#/new")
    phone.tap(phone.page.locator("#kind-V-01"))
    phone.tap("きのう")
    phone.tap("つぎへ")
    phone.tap("つぎへ")
    chosen = phone.page.get_by_role("checkbox", name=named(people, truck))
    if not chosen.is_checked():  # the only one there is needs no choosing
        expect(phone.page.locator("#last-meter")).to_have_count(0)
        phone.tap("つぎへ")
        expect(phone.page.get_by_role("alert")).to_contain_text("使った車両・帰着時の走行距離計を入れてください。")
        chosen.tap()
    expect(phone.page.get_by_role("radio", name="squad11b")).to_be_checked()
    phone.tap(phone.page.locator("#last-meter"))
    expect(phone.page.get_by_label("出発時の走行距離計")).to_have_value("18320")
    phone.page.get_by_label("帰着時の走行距離計").fill("1833.2")
    phone.page.get_by_label("酒気帯びを確認した時刻").fill("18:55")
    phone.tap("酒気なし", "radio")
    phone.tap("つぎへ")
    expect(phone.page.get_by_role("alert")).to_contain_text("「帰着時の走行距離計」が「出発時の走行距離計」より")
    phone.page.get_by_label("帰着時の走行距離計").fill("18332.25")
    phone.tap("つぎへ")
    expect(phone.page.get_by_role("alert")).to_contain_text("小数点より下は1けたまで")
    phone.page.reload()  # in the middle: all is still there
    expect(phone.page.get_by_label("酒気帯びを確認した時刻")).to_have_value("18:55")
    phone.page.get_by_label("帰着時の走行距離計").fill("18332.5")
    phone.tap("つぎへ")
    expect(phone.page.get_by_role("definition").filter(has_text="18332.5km")).to_be_visible()
    phone.tap("日を直す", "link")  # the time of day goes along
    phone.tap("今日" if hours_ago(0).hour >= 20 else "きのう")
    for _ in range(3):
        phone.tap("つぎへ")
    phone.tap("提出する")
    expect(phone.page.get_by_text("電波が届かないため")).to_be_visible()
    phone.context.set_offline(False)
    phone.page.evaluate("() => dispatchEvent(new Event('online'))")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    run = people.reports_of("squad11b")[0]
    assert (run["kind"], run["vehicle_ids"], run["participants"][0]["role"]) == ("V-01", [truck], "driver")
    assert run["details"]["odometer_end_km"] == 18332.5
    assert run["details"]["alcohol_checked_at"][11:16] == "09:55"
    people.returns(run, comment="距離計を確かめてください。")
    phone.page.evaluate("async () => (await import('/phone/refresh.js')).refresh(true)")
    phone.open(f"#/fix/{run['id']}")
    expect(phone.page.get_by_role("checkbox", name=named(people, truck))).to_be_checked()
    expect(phone.page.get_by_label("酒気帯びを確認した時刻")).to_have_value("18:55")
    phone.page.get_by_label("帰着時の走行距離計").fill("18333")
    phone.tap("直して提出する")
    expect(phone.page.get_by_text("届きました。")).to_be_visible()
    now = people.ask("squad11b", "GET", f"/activity-reports/{run['id']}")
    assert (now["state"], now["details"]) == ("in_review", {**run["details"], "odometer_end_km": 18333})
